"""Which conversations are one case: what points to another is followed, and the same question elsewhere is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cs_assist.conversation import names
from cs_assist.conversation.events import make_event
from cs_assist.conversation.identity import Person
from cs_assist.conversation.repetition import Repetition, order_numbers
from cs_assist.conversation.turns import written
from cs_assist.conversation.waiting import is_silent
from cs_assist.store.base import Store
from cs_assist.types import Conversation, Intent, Message, Note, Triage, Turn

#: Said on two channels, it is no case.
_NO_MATTER = frozenset({Intent.GREETING, Intent.PRAISE})
_LATEST = 4  # of a conversation's questions: one that asks the same continues it


@dataclass(frozen=True)
class Known:
    """A conversation as the store has it before a message.

    ``seen`` says that the message was handled in it, ``withdrawn`` that its author deleted it before it came.
    """

    state: Conversation | None
    seen: bool
    withdrawn: bool = False


@dataclass(frozen=True)
class Recalled:
    """What was known beyond the conversation when a message was handled, for a time when nobody is recognised anew.

    Args:
        case: The conversation in which the message was counted.
        notes: What was known of the customer, without words; None where that was not kept.
        same_as: The conversation in which the same was asked.
        answer_there: What was answered there.
    """

    case: str
    notes: tuple[Note, ...] | None = None
    same_as: str | None = None
    answer_there: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """The same question on another channel: where it was asked, and what was answered."""

    place: str
    answer: str = ""


class Cases:
    """Finds the conversations that are one case, and notes it.

    Args:
        store: Where conversations live.
        repetition: Tells whether two messages ask the same; without it no two do.
        silence: After which an episode is over.
        window: Within which the same question on another channel is the same case.
    """

    def __init__(self, store: Store, repetition: Repetition | None, *, silence: timedelta, window: timedelta) -> None:
        self._store = store
        self._repetition = repetition
        self._silence = silence
        self._window = window

    def find(self, message: Message) -> Known:
        """Return what the store has of the conversation before ``message``, or of the case that it is part of."""
        return _followed(self._look(message, message.conversation), lambda case: self._look(message, case))

    def end(self, state: Conversation | None) -> Conversation | None:
        """Return the conversation in which the messages of a known one are counted: itself, or the case that it is part of."""
        return _followed(Known(state, False), lambda case: Known(self._store.load(case), False)).state

    def others(
        self, theirs: Sequence[Conversation], message: Message, triage: Triage, found: Known, now: datetime
    ) -> tuple[Conversation, ...]:
        """Return those of a customer's conversations in which the same may have been asked lately, and that are going on."""
        if self._repetition is None or message.author != "customer" or triage.intent in _NO_MATTER:
            return ()
        since = now - self._window
        here = (message.conversation, found.state.id if found.state else message.conversation)
        return tuple(
            state for state in theirs
            if state.id not in here and not state.joined and not self._is_over(state, now) and (state.updated_at or now) >= since
        )  # fmt: skip

    def case(
        self, message: Message, triage: Triage, found: Known, others: Sequence[Conversation], now: datetime
    ) -> Conversation | None:
        """Return the one of the ``others`` in which the same was asked, where the message's own conversation is new or over."""
        mine = found.state
        if self._repetition is None or found.withdrawn or (mine is not None and not self._is_over(mine, now)):
            return None
        if mine is not None and message.edits is not None and written(mine, message) is not None:
            return None  # it takes the place of what was said there
        for state in reversed(others):
            asked = [turn for turn in state.turns if turn.role == "customer" and turn.episode == state.episode]
            if any(self._repetition.same(triage, turn) for turn in asked[-_LATEST:]):
                return state
        return None

    def join(self, message: Message, case: Conversation, *, now: datetime, surely: bool = False) -> bool:
        """Note that a message's conversation is part of a case, where its messages are counted from now on.

        Args:
            message: Counted in the case.
            case: The case.
            now: When.
            surely: It is known to have been so.

        Returns:
            False where the conversation goes on by itself meanwhile, or as part of another case.
        """
        pointer = self._store.load(message.conversation)
        known = self.end(pointer)
        if known is not None and known.id == case.id:
            return True
        if known is not None and not surely and not self._is_over(known, now):
            return False
        first = Conversation(id=message.conversation, channel=message.channel, market=message.market, updated_at=now)
        version = pointer.version + 1 if pointer else 1
        update = {"joined": case.id, "customer_id": case.customer_id, "version": version}
        joined = (pointer or first).model_copy(update=update)
        name = names.of_change("joined", version)
        return self._store.save(joined, make_event(joined.id, name, "joined", now, {"case": case.id}))

    def asked_elsewhere(
        self, message: Message, triage: Triage, here: Conversation, around: Sequence[Turn], others: Sequence[Conversation],
        now: datetime,
    ) -> Elsewhere | None:  # fmt: skip
        """Return where on another channel the same was asked, with all that this message says.

        Where it was answered goes before where it was not, then the case itself before other conversations.

        Args:
            message: The new message.
            triage: What it is.
            here: The conversation in which it is counted.
            around: The other turns there.
            others: The customer's other conversations.
            now: Older questions than the window's are others.
        """
        places = [(other.id, [turn for turn in other.turns if turn.episode == other.episode]) for other in reversed(others)]
        found = [
            asked for place, turns in ((here.id, around), *places) for asked in self._asked(message, triage, place, turns, now)
        ]  # fmt: skip
        return next((asked for asked in found if asked.answer), found[0] if found else None)

    def _look(self, message: Message, case: str) -> Known:
        state, seen = self._store.look(case, names.of_message(message, case))
        ids = dict.fromkeys([message.id] if message.edits is None else [message.id, message.edits])
        deletions = (names.of_deletion(message.conversation, name, case) for name in ids)
        return Known(state, state is not None and seen, any(self._store.seen(case, name) for name in deletions))

    def _is_over(self, state: Conversation, now: datetime) -> bool:
        """Tell whether the customer's next message begins a matter anew, and not with a person who has the conversation."""
        return state.holder in ("resolved", "closed") or (state.holder == "bot" and is_silent(state, now, self._silence))

    def _asked(self, message: Message, triage: Triage, place: str, turns: Sequence[Turn], now: datetime) -> Iterator[Elsewhere]:
        """Yield where the same was asked on another channel in a conversation, the last time first, until it was answered."""
        if self._repetition is None or triage.intent in _NO_MATTER:
            return
        mine = [at for at, turn in enumerate(turns) if turn.role == "customer" and not turn.deleted]
        if set(order_numbers(triage)) - {number for at in mine for number in turns[at].orders}:
            return  # it brings what the first one lacked
        for at in reversed(mine):
            turn = turns[at]
            elsewhere = (turn.said_in or place) != message.conversation
            if elsewhere and not (turn.at and now - turn.at > self._window) and self._repetition.same(triage, turn):
                answer = next((later.text for later in turns[at:] if later.role in ("bot", "agent")), "")
                yield Elsewhere(turn.said_in or place, answer)
                if answer:
                    return


def customer_of(state: Conversation | None, person: Person | None) -> str | None:
    """Return whose a message is; None where that cannot be told, or somebody else writes in a customer's conversation."""
    known = state.customer_id if state is not None else None
    if person is None or known is None:
        return known if person is None else person.customer_id
    return known if person.customer_id == known else None


def _followed(known: Known, look: Callable[[str], Known]) -> Known:
    """Return the conversation in which the messages of a known one are counted; what is left of it where its case is gone."""
    passed: set[str] = set()
    while (state := known.state) is not None and state.joined:
        passed.add(state.id)
        case = look(state.joined)
        if case.state is None or case.state.id in passed:
            return replace(known, state=state.model_copy(update={"joined": None}))
        known = replace(case, seen=known.seen or case.seen, withdrawn=known.withdrawn or case.withdrawn)
    return known
