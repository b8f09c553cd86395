from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation.states import STATES, TABLE, Happening, happening_for, may_send, step
from cs_assist.types import Action, Conversation, Holder

HAPPENINGS = st.lists(st.sampled_from(list(Happening)), max_size=25)
SENT = (Action.REPLY, Action.ASK)


def test_every_event_has_a_row_in_every_state() -> None:
    assert set(STATES) == set(get_args(Holder))
    assert set(TABLE) == {(state, happening) for state in STATES for happening in Happening}


@pytest.mark.parametrize("key", TABLE, ids=str)
def test_no_row_ends_in_silence(key: tuple[Holder, Happening]) -> None:
    row = TABLE[key]
    assert Action.DRAFT in row.may
    assert row.to in STATES


@given(HAPPENINGS)
def test_in_any_order_nothing_may_be_sent_once_a_person_has_it(happenings: list[Happening]) -> None:
    state = Conversation(id="c", strikes=2)
    for happening in happenings:
        before, state = state, step(state, happening)
        if state.holder in ("pending", "human"):
            assert state.held
            assert not any(may_send(state.holder, action) for action in SENT)
        if before.holder in ("resolved", "closed") and happening in (Happening.CUSTOMER, Happening.SILENCE):
            assert (state.holder, state.held, state.episode, state.strikes) == ("bot", False, before.episode + 1, 0)


@given(HAPPENINGS)
def test_an_episode_never_ends_without_an_end(happenings: list[Happening]) -> None:
    state = Conversation(id="c")
    for happening in happenings:
        before, state = state, step(state, happening)
        over = before.holder in ("resolved", "closed") or happening is Happening.SILENCE
        assert state.episode - before.episode in ((0, 1) if over else (0,))


@given(HAPPENINGS)
def test_what_a_person_holds_is_given_back_by_a_person_and_what_waits_also_by_silence(happenings: list[Happening]) -> None:
    state = Conversation(id="c")
    for happening in happenings:
        before, state = state, step(state, happening)
        if before.holder in ("pending", "human") and state.holder == "bot":
            assert happening is Happening.RETURN or (before.holder == "pending" and happening is Happening.SILENCE)


@pytest.mark.parametrize("holder", STATES)
def test_what_is_asked_for_is_reached(holder: Holder) -> None:
    for state in STATES:
        assert step(Conversation(id="c", holder=state), happening_for(holder)).holder == holder


@pytest.mark.parametrize(
    ("holder", "action", "may"),
    [
        ("bot", Action.REPLY, True),
        ("bot", Action.ASK, True),
        ("bot", Action.HANDOVER, False),
        ("pending", Action.HANDOVER, True),
        ("pending", Action.REPLY, False),
        ("human", Action.HANDOVER, False),
        ("human", Action.REPLY, False),
        ("resolved", Action.REPLY, False),
        ("closed", Action.ASK, False),
        ("bot", Action.DRAFT, False),
        ("bot", Action.IGNORE, False),
    ],
)
def test_what_may_leave(holder: Holder, action: Action, may: bool) -> None:
    assert may_send(holder, action) is may


def test_being_taken_forgives_and_being_reopened_forgets() -> None:
    angry = Conversation(id="c", strikes=3, unanswered=2, tier="supervisor")
    taken = step(angry, Happening.ASSIGN)
    assert (taken.strikes, taken.unanswered, taken.episode, taken.tier) == (0, 0, 1, "supervisor")
    again = step(step(angry, Happening.RESOLVE), Happening.CUSTOMER)
    assert (again.strikes, again.episode, again.tier) == (0, 2, "front_line")


def test_a_person_keeps_a_conversation_through_a_silence_in_a_new_episode() -> None:
    held = Conversation(id="c", holder="human", strikes=2, tier="supervisor", held=True)
    after = step(held, Happening.SILENCE)
    assert (after.holder, after.held, after.episode, after.strikes, after.tier) == ("human", True, 2, 0, "front_line")
