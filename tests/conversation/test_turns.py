from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation.turns import place, replaced, strikes_of, text_of
from cs_assist.types import Conversation, Turn

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


def test_an_edit_keeps_place_and_time() -> None:
    turns, there = replaced((turn(1, id="a"), turn(2, id="b")), "a", turn(9, id="c"))
    assert there
    assert [(t.id, t.text, t.at) for t in turns] == [
        ("a", "9", START + timedelta(minutes=1)),
        ("b", "2", START + timedelta(minutes=2)),
    ]
    assert replaced((turn(1, id="a"),), "z", turn(9))[1] is False
    assert replaced((turn(1, id="a", role="bot"),), "a", turn(9))[1] is False


def test_strikes_are_counted_within_the_episode_and_since_it_was_forgiven() -> None:
    turns = [turn(i, dissatisfied=True, episode=1 + (i > 1)) for i in range(4)]
    assert strikes_of(turns, Conversation(id="c", episode=2)) == 2
    assert strikes_of(turns, Conversation(id="c", episode=2, counted_from=START + timedelta(minutes=3))) == 1
    assert strikes_of([turn(1)], Conversation(id="c")) == 0


@given(st.text())
def test_a_text_is_its_own_copy(text: str) -> None:
    assert text_of(text_of(text)) == text_of(text)
