from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation.turns import (
    GONE,
    KEPT_TURNS,
    agent_wrote,
    place,
    recent,
    replaced,
    still_asked,
    strikes_of,
    text_of,
    wording,
    written,
)
from cs_assist.types import Conversation, Message, Turn

START = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)


def turn(minute: int, **fields: object) -> Turn:
    return Turn.model_validate({"role": "customer", "text": str(minute), "at": START + timedelta(minutes=minute), **fields})


@given(st.lists(st.integers(0, 600), max_size=20))
def test_turns_stand_in_the_order_of_their_times(minutes: list[int]) -> None:
    turns: tuple[Turn, ...] = ()
    for minute in minutes:
        turns, at_end = place(turns, turn(minute), silence=DAY)
        assert at_end == (
            turns[-1].text == str(minute) and turns.index(turn(minute)) <= len(turns) - 1 and turns[-1] == turn(minute)
        )
    assert [int(t.text) for t in turns] == sorted(minutes)


def test_a_clock_that_was_set_back_puts_a_turn_at_the_end() -> None:
    turns, at_end = place((turn(5000),), turn(0), silence=DAY)
    assert ([t.text for t in turns], at_end) == (["5000", "0"], True)


def told(message_id: str, *, conversation: str = "c", edits: str | None = None) -> Message:
    return Message(id=message_id, conversation_id=conversation, edits=edits)


def test_an_edit_keeps_place_time_and_episode() -> None:
    turns = (turn(1, id="a", episode=2), turn(2, id="b"))
    after = replaced(turns, 0, turn(9, id="a", episode=3, edits=("e",)))
    assert after == (turn(9, id="a", at=turns[0].at, episode=2, edits=("e",)), turns[1])
    assert replaced(after, 0, turn(10, edits=("f",)))[0].edits == ("e", "f")
    for number in range(100):
        after = replaced(after, 0, turn(10, edits=(str(number),)))
    assert (len(after[0].edits), after[0].edits[-1]) == (10, "99")


def test_a_message_is_found_by_its_number_and_where_it_was_said() -> None:
    turns = (turn(0), turn(1, id="1"), turn(2, id="1", said_in="chat"), turn(3, id="2", role="agent"))
    state = Conversation(id="c", turns=turns)
    assert [written(state, message) for message in (told("1"), told("1", conversation="chat"), told("9", edits="1"))] == [1, 2, 1]
    assert [written(state, message) for message in (told("2"), told("1", conversation="mail"))] == [None] * 2
    assert written(state, told("x", edits="")) is None


def test_the_words_of_a_message_stand_until_it_is_edited_or_deleted() -> None:
    state = Conversation(id="c", turns=(turn(1, id="1"), turn(2, id="2", edits=("e", "f")), turn(3, id="3", **GONE)))
    told_by = {name: wording(state, name) for name in ("1", "2", "3", "e", "f", "x")}
    assert {name: still_asked(found, name) for name, found in told_by.items() if found} == {
        "1": True, "2": False, "3": False, "e": False, "f": True,
    }  # fmt: skip
    assert told_by["x"] is None


def test_an_agent_has_written_since_only_where_the_turn_is_new_and_comes_after() -> None:
    asked, old, new = turn(5, id="1"), turn(1, role="agent"), turn(9, role="agent")
    then = Conversation(id="c", turns=(old, asked))
    for turns, wrote in [((old, asked), False), ((old, asked, new), True), ((old, turn(2, role="agent"), asked), False)]:
        assert agent_wrote(Conversation(id="c", turns=turns), then, asked) is wrote
    assert agent_wrote(Conversation(id="c", turns=(turn(2, role="agent"), asked)), then, None)


def test_strikes_are_counted_within_the_episode_and_since_it_was_forgiven() -> None:
    turns = [turn(i, dissatisfied=True, episode=1 + (i > 1)) for i in range(4)]
    assert strikes_of(turns, Conversation(id="c", episode=2)) == 2
    assert strikes_of(turns, Conversation(id="c", episode=2, counted_from=START + timedelta(minutes=3))) == 1
    assert strikes_of([turn(1)], Conversation(id="c")) == 0


@given(st.text())
def test_a_text_is_its_own_copy(text: str) -> None:
    assert text_of(text_of(text)) == text_of(text)


@pytest.mark.parametrize("count", [0, 1, KEPT_TURNS, 5000])
def test_of_a_long_history_the_latest_turns_are_read(count: int) -> None:
    turns = tuple(turn(i) for i in range(count))
    assert recent(turns) == turns[max(0, count - KEPT_TURNS) :]
