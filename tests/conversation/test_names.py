from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation import names
from cs_assist.types import Message, Turn

IDS = st.sampled_from(["1", "2", "a/1", "joined", "assign-3", "deleted-1", "cs-assist:joined", "cs-assist:assigned_human:3"])


@given(IDS, st.integers(0, 9))
def test_nothing_that_happens_has_the_name_of_a_message(message_id: str, version: int) -> None:
    changes = [names.of_change(kind, version) for kind in ("joined", "assigned_human")]
    own = {*changes, names.of_deletion("c", message_id, "c")}
    assert names.of_message(Message(id=message_id, conversation_id="c"), "c") not in own
    assert len(own) == 3


@given(IDS, IDS)
def test_two_messages_have_two_names(one: str, two: str) -> None:
    first, second = (names.of_message(Message(id=name, conversation_id="c"), "c") for name in (one, two))
    assert (first == second) == (one == two)


@pytest.mark.parametrize("message_id", ["1", "cs-assist:joined", "<a.b@mail.example>"])
def test_an_edit_has_a_name_of_its_own_for_each_wording(message_id: str) -> None:
    first = Message(id=message_id, text="Hola", conversation_id="c")
    wordings = [first, *(first.model_copy(update={"edits": message_id, "text": text}) for text in ("Hola!", "¿Dónde está?"))]
    wordings.append(first.model_copy(update={"edits": message_id, "text": "Hola!", "html": "<p>Hola</p>"}))
    known = [names.of_message(message, "c") for message in wordings]
    assert all(a != b for a, b in combinations(known, 2))
    assert names.of_message(wordings[1].model_copy(), "c") == known[1]


def test_a_turn_knows_the_messages_that_wrote_it() -> None:
    edit = Message(id="7", text="x", conversation_id="chat", edits="1")
    turn = Turn(role="customer", text="x", id="1", said_in="chat", edits=(names.of_message(edit, "mail"),))
    assert names.wrote(turn, "mail") == {"chat/1", "chat/7"}
    assert names.wrote(Turn(role="bot", text="x"), "mail") == {None}
