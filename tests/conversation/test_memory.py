from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.config import load_settings
from cs_assist.conversation.memory import Memory, count_strikes
from cs_assist.store.base import MemoryStore
from cs_assist.types import Action, Conversation, Decision, Draft, Findings, Message, Outcome, Triage, Turn

HOUR = timedelta(hours=1)
MOODS: dict[str, dict[str, bool]] = {
    "upset": {"dissatisfied": True},
    "content": {"dissatisfied": False},
    "bare": {"bare": True, "dissatisfied": False},
    "bare but upset": {"bare": True, "dissatisfied": True},
}


class Talk:
    """One conversation, message after message, with a store of its own."""

    def __init__(self, make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], start: datetime) -> None:
        self.store = MemoryStore()
        self.memory = Memory(self.store, load_settings())
        self.now = start
        self._count = 0
        self._triage = make_triage
        self._decision = make_decision

    def read(
        self, mood: str = "content", *, message: dict[str, Any] | None = None, earlier: Sequence[str] = (), **triage: Any
    ) -> Conversation:
        """Return the conversation with a message counted in; nothing is saved."""
        self._count += 1
        told = Message(**{"id": f"m{self._count}", "conversation_id": "c", **(message or {})})
        before = [self._triage(**MOODS[name]) for name in earlier]
        return self.memory(told, self._triage(**MOODS[mood], **triage), earlier=before, now=self.now)

    def save(self, state: Conversation, *, text: str = "An answer.", message_id: str = "", **decision: Any) -> bool:
        """Save what became of it."""
        made = self._decision(**decision)
        outcome = Outcome(
            message_id=message_id or f"m{self._count}",
            action=made.action,
            triage=None,
            conversation=state,
            findings=Findings(),
            decision=made,
            reply=Draft(text=text, language="en", source="composed" if text else "none"),
        )
        return self.memory.commit(state, outcome, now=self.now)

    def say(self, mood: str = "content", *, after: timedelta = HOUR, **decision: Any) -> Conversation:
        """Read and save one message some time after the last."""
        self.now += after
        state = self.read(mood)
        assert self.save(state, **decision)
        return state


@pytest.fixture
def talk(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime) -> Talk:
    return Talk(make_triage, make_decision, now)


@pytest.mark.parametrize(
    ("moods", "strikes"),
    [
        (["upset"], [1]),
        (["upset", "upset"], [1, 2]),
        (["upset", "content", "upset"], [1, 0, 1]),
        (["upset", "upset", "upset"], [1, 2, 3]),
        (["upset", "bare", "upset"], [1, 1, 2]),
        (["upset", "bare but upset", "upset"], [1, 1, 2]),
        (["bare but upset", "bare"], [0, 0]),
        (["content", "content"], [0, 0]),
    ],
)
def test_strikes_count_upset_messages_in_a_row(moods: list[str], strikes: list[int], talk: Talk) -> None:
    assert [talk.say(mood).strikes for mood in moods] == strikes


def test_a_contented_turn_resets_the_strikes(talk: Talk) -> None:
    talk.say("upset")
    assert talk.say("content").strikes == 0


@given(st.lists(st.sampled_from(sorted(MOODS)), max_size=12))
def test_strikes_are_the_upset_messages_since_the_last_contented_one(
    make_triage: Callable[..., Triage], moods: list[str]
) -> None:
    strikes = 0
    for mood in moods:
        strikes = count_strikes(strikes, make_triage(**MOODS[mood]))
    since = moods[len(moods) - moods[::-1].index("content") :] if "content" in moods else moods
    assert strikes == since.count("upset")


@pytest.mark.parametrize(
    ("silence", "episode", "strikes"), [(timedelta(hours=71), 1, 2), (timedelta(hours=72), 1, 2), (timedelta(hours=73), 2, 1)]
)
def test_a_new_episode_begins_after_a_long_silence(silence: timedelta, episode: int, strikes: int, talk: Talk) -> None:
    talk.say("upset")
    state = talk.say("upset", after=silence)
    assert (state.episode, state.strikes) == (episode, strikes)


def test_a_new_episode_is_the_bots_again_and_remembers_what_was_said(talk: Talk) -> None:
    talk.say("upset", action="handover", reason="human_request")
    state = talk.say(after=timedelta(days=30))
    assert (state.holder, state.unanswered, state.customer_turns) == ("bot", 0, 2)
    assert [turn.role for turn in state.turns] == ["customer", "bot", "customer"]


def test_a_closed_conversation_begins_a_new_episode(talk: Talk) -> None:
    talk.say("upset")
    talk.memory.assign("c", "closed", now=talk.now)
    stored = talk.store.load("c")
    assert stored is not None
    assert stored.holder == "closed"
    state = talk.say("upset")
    assert (state.episode, state.strikes, state.holder) == (2, 1, "bot")


def test_a_conversation_handed_back_is_the_bots_in_the_same_episode_without_strikes(talk: Talk) -> None:
    talk.say("upset", action="handover", reason="dissatisfied")
    talk.memory.assign("c", "bot", now=talk.now)
    state = talk.say("upset")
    assert (state.episode, state.strikes, state.holder) == (1, 1, "bot")


def test_an_unknown_conversation_cannot_be_handed_back(talk: Talk) -> None:
    with pytest.raises(LookupError, match="no conversation 'nowhere'"):
        talk.memory.assign("nowhere", "bot", now=talk.now)


def test_a_handover_waits_for_a_person(talk: Talk) -> None:
    talk.say(action="handover", reason="human_request")
    assert talk.say().holder == "pending"


def test_the_same_message_twice_is_a_duplicate_and_counts_once(talk: Talk) -> None:
    first = talk.say("upset")
    again = talk.read("upset", message={"id": "m1"})
    assert again.duplicate
    assert (again.strikes, again.customer_turns) == (first.strikes, first.customer_turns)
    assert talk.save(again, message_id="m1") is False


def test_the_same_id_in_another_conversation_is_another_message(talk: Talk) -> None:
    talk.say("upset")
    other = talk.read("upset", message={"id": "m1", "conversation_id": "d"})
    assert not other.duplicate
    assert other.customer_turns == 1


def test_of_two_workers_with_the_same_state_one_saves(talk: Talk) -> None:
    talk.say()
    one, two = talk.read("upset"), talk.read("upset")
    assert talk.save(one, message_id="x") is True
    assert talk.save(two, message_id="y") is False


def test_a_given_history_counts_where_the_store_knows_nothing(talk: Talk) -> None:
    history = (Turn(role="customer", text="bad"), Turn(role="bot", text="sorry"), Turn(role="customer", text="ok"))
    state = talk.read("upset", message={"history": history}, earlier=["upset", "bare"])
    assert (state.strikes, state.customer_turns) == (2, 3)
    assert [turn.text for turn in state.turns] == ["bad", "sorry", "ok", "Where is my order?"]


def test_a_given_history_is_not_counted_twice(talk: Talk) -> None:
    talk.say("upset")
    history = (Turn(role="customer", text="bad"),)
    state = talk.read("content", message={"history": history}, earlier=["upset", "upset"])
    assert (state.strikes, state.customer_turns, len(state.turns)) == (0, 2, 3)


def test_the_language_is_kept_through_messages_without_words(talk: Talk) -> None:
    assert talk.memory.known(Message(id="x", conversation_id="c")) is None
    assert talk.save(talk.read(language="sv"))
    assert talk.read(language="und").language == "sv"
    known = talk.memory.known(Message(id="x", conversation_id="c"))
    assert known is not None
    assert known.language == "sv"


@pytest.mark.parametrize(
    ("action", "text", "said"),
    [
        (Action.REPLY, "Hello.", True),
        (Action.ASK, "Which?", True),
        (Action.HANDOVER, "A colleague.", True),
        (Action.DRAFT, "Perhaps.", False),
        (Action.IGNORE, "", False),
        (Action.HANDOVER, "", False),
    ],
)
def test_only_what_the_customer_has_read_counts_as_said(action: Action, text: str, said: bool, talk: Talk) -> None:
    assert talk.save(talk.read(), action=action, text=text)
    stored = talk.store.load("c")
    assert stored is not None
    assert stored.said() == (text if said else "")


def test_answers_that_were_not_found_are_counted_until_one_is(talk: Talk) -> None:
    counts = []
    for reason in ("no_answer", "no_answer", "answered", "no_answer"):
        talk.say(reason=reason)
        stored = talk.store.load("c")
        assert stored is not None
        counts.append(stored.unanswered)
    assert counts == [1, 2, 0, 1]


def test_the_state_stays_small_in_an_endless_conversation(talk: Talk) -> None:
    for _ in range(30):
        talk.say()
    stored = talk.store.load("c")
    assert stored is not None
    assert (len(stored.turns), stored.customer_turns) == (40, 30)


def test_an_event_tells_the_decision_and_none_of_the_customers_words(talk: Talk) -> None:
    talk.say("upset", action="handover", reason="human_request")
    (event,) = talk.store.events
    assert (event.conversation_id, event.message_id, event.at) == ("c", "m1", talk.now.isoformat())
    assert (event.detail["action"], event.detail["reason"], event.detail["strikes"]) == ("handover", "human_request", 1)
    assert "Where is my order?" not in event.model_dump_json()
