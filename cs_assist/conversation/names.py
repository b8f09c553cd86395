"""Under which name a thing that happens is noted with its conversation, where each name happens once.

A message has the channel's own id, which may be any text that a sender likes. What else happens has a name that
begins as no message's does, so that nothing can be written in its place.
"""

from __future__ import annotations

import hashlib

from cs_assist.types import Message, Turn

_OWN = "cs-assist:"
_EDIT = f"{_OWN}edit:"


def of_message(message: Message, case: str) -> str:
    """Return a message's name within a case: two channels may number their messages alike, and an edit may keep the id.

    Example:
        >>> mail = Message(id="1", conversation_id="mail")
        >>> of_message(mail, "mail"), of_message(mail, "chat")
        ('1', 'mail/1')
        >>> edit = mail.model_copy(update={"edits": "1"})
        >>> of_message(edit, "mail").startswith("cs-assist:edit:1:")
        True
    """
    if message.edits is None:
        return named(message.conversation, message.id, case)
    said = hashlib.sha256(f"{message.text}\0{message.html or ''}".encode()).hexdigest()[:24]
    return f"{_EDIT}{named(message.conversation, message.id, case)}:{said}"


def of_turn(turn: Turn, case: str) -> str | None:
    """Return the name of the message that a turn was first written with; None where that is not known."""
    return None if turn.id is None else named(turn.said_in or case, turn.id, case)


def wrote(turn: Turn, case: str) -> frozenset[str | None]:
    """Return the names of the messages of which a turn is made; an edit's is that of a message with its id."""
    return frozenset({of_turn(turn, case), *(edit.removeprefix(_EDIT).rpartition(":")[0] for edit in turn.edits)})


def named(conversation_id: str, message_id: str, case: str) -> str:
    """Return the name of a message that is no edit."""
    name = message_id if conversation_id == case else f"{conversation_id}/{message_id}"
    return f"{_OWN}message:{name}" if name.startswith(_OWN) else name


def of_deletion(conversation_id: str, message_id: str, case: str) -> str:
    """Return the name of the deletion of a message."""
    return f"{_OWN}deleted:{named(conversation_id, message_id, case)}"


def of_change(kind: str, version: int) -> str:
    """Return the name of what changed a state without a message."""
    return f"{_OWN}{kind}:{version}"
