from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from talks import ANA, ENCODER, HOUR, MOODS, Talk

from cs_assist.config import load_settings
from cs_assist.conversation.identity import Identity
from cs_assist.conversation.memory import Memory, count_strikes
from cs_assist.conversation.packet import make_packet
from cs_assist.conversation.repetition import Repetition
from cs_assist.errors import CsAssistError
from cs_assist.policy.decide import Policy
from cs_assist.store.base import Event
from cs_assist.store.sql import SqlStore
from cs_assist.triage.reader import MessageReader
from cs_assist.types import (
    Action,
    Conversation,
    Customer,
    Decision,
    Draft,
    Findings,
    Holder,
    Message,
    Outcome,
    Triage,
    Turn,
)


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


def test_the_last_message_of_5000_turns_is_read_decided_and_saved_with_no_more_than_one_of_50(
    tmp_path: Path, reader: MessageReader, now: datetime
) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'state.db'}")
    memory, policy = Memory(store, load_settings(), repetition=Repetition(ENCODER)), Policy(load_settings())
    asked: dict[str, list[str]] = {}
    for name, messages in (("short", 25), ("long", 2_500)):
        turns: list[Turn] = []
        for n in range(1, messages + 1):
            turns += [Turn(role="customer", text=f"Where is parcel {n}?", id=f"m{n}"), Turn(role="bot", text=f"On its way: {n}.")]
            state = Conversation(id=name, version=n, customer_turns=n, turns=tuple(turns[-40:]), updated_at=now)
            assert store.save(state, Event(conversation_id=name, message_id=f"m{n}", kind="handled", at=now.isoformat()))
        statements = asked[name] = []

        def heard(_c: object, _x: object, statement: str, *_: object, statements: list[str] = statements) -> None:
            statements.append(statement)

        message = Message(id="last", conversation_id=name, text="I want to speak to a human now.", market="US")
        event.listen(Engine, "before_cursor_execute", heard)
        try:
            found = memory.find(message)
            assert found.state is not None
            triage = reader(message.model_copy(update={"history": found.state.turns}))
            state = memory(message, triage, found=found, now=now)
            decision = policy(message, triage, state, Findings(), market=None, now=now)
            packet = make_packet(message, triage, state, decision, Findings(), suggested="")
            reply = Draft(text="A colleague will answer.", language="en", source="notice")
            outcome = Outcome(
                message_id="last", action=decision.action, triage=triage, conversation=state, findings=Findings(),
                decision=decision, reply=reply, handover=packet,
            )  # fmt: skip
            assert memory.commit(state, outcome, message, now=now)
        finally:
            event.remove(Engine, "before_cursor_execute", heard)
        assert (decision.action, decision.reason) == (Action.HANDOVER, "human_request")
        assert (packet.timeline[-1].text, packet.timeline[0].text) == (message.text, f"On its way: {messages - 19}.")
        assert f"{messages + 1}" in packet.summary
        saved = store.load(name)
        assert saved is not None
        assert (saved.version, saved.customer_turns, saved.holder) == (messages + 1, messages + 1, "pending")
        assert [turn.text for turn in saved.turns[-2:]] == [message.text, reply.text]
        assert len(saved.turns) == 40
        assert [known.message_id for known in store.events(name)] == [*(f"m{n}" for n in range(1, messages + 1)), "last"]
        assert memory(message, triage, now=now).duplicate
    assert asked["long"] == asked["short"]
    assert not any("cs_events.detail" in statement for statement in asked["long"])
    store.close()


def test_what_happened_since_a_conversation_was_found_is_noticed_when_it_is_saved(talk: Talk) -> None:
    talk.say()
    message = Message(id="n", conversation_id="c", text="And now?")
    found = talk.memory.find(message)
    talk.memory.assign("c", "human", now=talk.now)
    talk.told = message
    stale = talk.memory(message, talk.make(), found=found, now=talk.now)
    assert stale.holder == "bot"
    assert talk.save(stale, message_id="n") is False
    assert talk.memory(message, talk.make(), now=talk.now).held


def test_an_event_tells_all_that_a_replay_needs_and_no_address(talk: Talk) -> None:
    customer = {"email": "ana@example.com"}
    state = talk.read("upset", message={"text": "Where is my order?", "customer": customer})
    assert talk.save(state, action="handover", reason="human_request")
    (event,) = talk.store.events("c")
    assert (event.conversation_id, event.message_id, event.at) == ("c", "m1", talk.now.isoformat())
    assert (event.detail["action"], event.detail["reason"], event.detail["strikes"]) == ("handover", "human_request", 1)
    assert event.detail["message"] == {"id": "m1", "text": "Where is my order?", "conversation_id": "c"}
    assert event.detail["versions"] == {"encoder": "e@1"}
    assert event.detail["notes"] == []
    assert "ana@example.com" not in event.model_dump_json() + state.model_dump_json()


def test_an_event_says_who_did_it(talk: Talk) -> None:
    talk.say()
    memory, now = talk.memory, talk.now
    memory.assign("c", "human", now=now, by="agent-17")
    memory.resolve("c", now=now, by="agent-18")
    memory.close("c", now=now)
    memory.delete("c", "m1", now=now, by="admin")
    memory.delete("nowhere", "m1", now=now, by="admin")
    told = [(event.kind, event.detail.get("by")) for name in ("c", "nowhere") for event in talk.store.events(name)]
    assert told == [
        ("handled", None), ("assigned_human", "agent-17"), ("assigned_resolved", "agent-18"), ("assigned_closed", None),
        ("deleted", "admin"), ("deleted", "admin"),
    ]  # fmt: skip


def test_resolving_and_closing_end_an_episode_and_old_anger_counts_no_more(talk: Talk) -> None:
    for end in (talk.memory.resolve, talk.memory.close):
        talk.say("upset")
        end("c", now=talk.now)
        assert talk.say("upset").strikes == 1


def test_an_agents_turn_takes_the_conversation_and_is_remembered(talk: Talk) -> None:
    talk.say("upset")
    state = talk.read(message={"author": "agent", "text": "I look into it."}, text="I look into it.")
    assert (state.passed_over, state.holder, state.customer_turns) == ("own", "human", 1)
    assert talk.save(state, action="ignore", reason="own", text="")
    assert talk.say().held


def test_a_conversation_that_the_bot_or_an_agent_begins_is_one(talk: Talk) -> None:
    bot = talk.read(message={"author": "bot", "text": "Your parcel is on its way!"}, text="Your parcel is on its way!")
    assert (bot.holder, bot.customer_turns, [turn.role for turn in bot.turns]) == ("bot", 0, ["bot"])
    assert talk.save(bot, action="ignore", reason="own", text="")
    assert talk.say("upset").strikes == 1


def test_the_shops_own_words_that_come_back_are_an_echo(talk: Talk) -> None:
    assert talk.save(talk.read(), text="We look into it and write again tomorrow.")
    state = talk.read(text="We look into it  and write again tomorrow.")
    assert (state.passed_over, state.customer_turns, len(state.turns)) == ("echo", 1, 2)


def test_a_person_who_takes_the_conversation_while_it_is_decided_is_not_talked_over(talk: Talk) -> None:
    talk.say()
    state = talk.read("upset")
    talk.memory.assign("c", "human", now=talk.now)
    assert talk.save(state) is False
    assert talk.read("upset", message={"id": "m2"}).held


def outcome_of(state: Conversation, made: Decision, number: int, text: str = "An answer.") -> Outcome:
    reply = Draft(text=text, language="en", source="composed")
    return Outcome(message_id=f"m{number}", action=made.action, triage=None, conversation=state, findings=Findings(),
                   decision=made, reply=reply)  # fmt: skip


def test_what_may_leave_is_asked_again_before_it_leaves(talk: Talk, make_decision: Callable[..., Decision]) -> None:
    state = talk.say()
    reply = outcome_of(state, make_decision(), 1)
    assert talk.memory.may_send(reply)
    assert not talk.memory.may_send(outcome_of(state, make_decision(), 1, text=""))
    talk.memory.assign("c", "human", now=talk.now)
    assert not talk.memory.may_send(reply)
    talk.memory.assign("c", "bot", now=talk.now)
    assert not talk.memory.may_send(reply)
    assert talk.memory.may_send(outcome_of(talk.say(), make_decision(), 2))


def test_a_reply_to_a_deleted_message_does_not_leave(talk: Talk, make_decision: Callable[..., Decision]) -> None:
    reply = outcome_of(talk.say(), make_decision(), 1)
    talk.memory.delete("c", "m1", now=talk.now)
    assert not talk.memory.may_send(reply)


def test_a_reply_of_an_episode_that_is_over_does_not_leave(talk: Talk, make_decision: Callable[..., Decision]) -> None:
    old = outcome_of(talk.say(), make_decision(), 1)
    talk.memory.resolve("c", now=talk.now)
    new = outcome_of(talk.say(), make_decision(), 2)
    assert [talk.memory.may_send(outcome) for outcome in (old, new)] == [False, True]


@pytest.mark.parametrize("action", ["reply", "ask", "handover"])
def test_once_an_agent_has_written_nothing_decided_before_leaves(
    talk: Talk, make_decision: Callable[..., Decision], action: str
) -> None:
    state = talk.say(action=action)
    decided = outcome_of(state, make_decision(action=action), 1)
    assert talk.memory.may_send(decided)
    talk.now += HOUR
    talk.memory.assign("c", "pending" if action == "handover" else "bot", now=talk.now + 2 * HOUR)
    assert talk.memory.may_send(decided) is (action == "handover")  # the notice is true all the same
    agent = talk.read(message={"author": "agent", "text": "It was lost."}, text="It was lost.")
    assert talk.save(agent, action="ignore", reason="own", text="")
    assert not talk.memory.may_send(decided)


def test_of_a_message_and_its_edits_only_the_last_wordings_answer_leaves(
    talk: Talk, make_decision: Callable[..., Decision]
) -> None:
    outcomes = [outcome_of(talk.say(), make_decision(), 1)]
    for number, name in enumerate(["m2", "m1"], 2):
        talk.now += HOUR
        state = talk.read(message={"id": name, "edits": "m1", "text": f"And {number}?"}, text=f"Where are my {number} lamps?")
        assert not state.duplicate
        assert talk.save(state, message_id=name)
        outcomes.append(outcome_of(state, make_decision(), number).model_copy(update={"message_id": name}))
        expected = [False] * (number - 1) + [True]
        assert [talk.memory.may_send(outcome) for outcome in outcomes] == expected


def test_an_edit_that_changes_nothing_lets_the_answer_leave(talk: Talk, make_decision: Callable[..., Decision]) -> None:
    reply = outcome_of(talk.say(), make_decision(), 1)
    state = talk.read(message={"edits": "m1"}, text="Where is my order!!")
    assert state.passed_over == "edited"
    assert talk.save(state, action="ignore", reason="edited", text="")
    assert talk.memory.may_send(reply)


def test_the_notice_of_a_handover_leaves_though_the_message_was_edited(
    talk: Talk, make_decision: Callable[..., Decision]
) -> None:
    notice = outcome_of(talk.say(action="handover"), make_decision(action="handover"), 1)
    assert talk.save(talk.read(message={"edits": "m1"}, text="And my lamp?"), action="draft", text="")
    assert talk.memory.may_send(notice)


def test_the_notice_of_a_handover_leaves_only_while_nobody_has_taken_it(
    talk: Talk, make_decision: Callable[..., Decision]
) -> None:
    state = talk.say(action="handover", reason="human_request")
    notice = outcome_of(state, make_decision(action="handover"), 1)
    assert talk.memory.may_send(notice)
    talk.memory.assign("c", "human", now=talk.now)
    assert not talk.memory.may_send(notice)


def test_a_deleted_message_is_no_strike_and_its_text_is_gone(talk: Talk) -> None:
    talk.say("upset")
    talk.say("upset")
    for _ in range(2):
        talk.memory.delete("c", "m1", now=talk.now)
    stored = talk.store.load("c")
    assert stored is not None
    assert (stored.strikes, [turn.text for turn in stored.turns if turn.id == "m1"]) == (1, [""])
    assert [event.kind for event in talk.store.events("c")].count("deleted") == 1


def test_an_edit_takes_the_place_of_the_first_wording(talk: Talk) -> None:
    talk.say("upset", action="draft", reason="needs_hands")
    state = talk.read("content", message={"edits": "m1"}, text="All is well!")
    assert (state.strikes, state.customer_turns, state.passed_over) == (0, 1, "")
    assert [turn.text for turn in state.turns] == ["All is well!"]


def test_an_edit_of_what_was_answered_asks_for_an_answer_only_where_it_says_something_else(talk: Talk) -> None:
    talk.say()
    assert talk.read(message={"edits": "m1"}, text="Where is my order!").passed_over == "edited"
    assert talk.read(message={"edits": "m1"}, text="I want my money back now").passed_over == ""


@given(st.permutations(range(6)), st.lists(st.sampled_from(sorted(MOODS)), min_size=6, max_size=6))
def test_messages_in_any_order_end_in_the_same_state(
    make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime, order: list[int], moods: list[str]
) -> None:
    talk = Talk(make_triage, make_decision, now)
    for number in order:
        talk.now = now + number * HOUR
        assert talk.save(talk.read(moods[number], message={"id": f"m{number}"}), action="draft", message_id=f"m{number}")
    state = talk.store.load("c")
    assert state is not None
    assert [turn.id for turn in state.turns] == [f"m{number}" for number in range(6)]
    since = moods[len(moods) - moods[::-1].index("content") :] if "content" in moods else moods
    assert (state.strikes, state.updated_at) == (since.count("upset"), now + 5 * HOUR)


def test_a_message_from_the_future_does_not_stop_the_conversation(talk: Talk) -> None:
    start = talk.now
    talk.say("upset")
    talk.say("upset", after=timedelta(days=3650))
    talk.now = start + 2 * HOUR
    state = talk.read("upset")
    assert (state.updated_at, state.turns[-1].at, state.strikes) == (talk.now, talk.now, 2)


def test_ten_messages_in_one_second_are_all_counted(talk: Talk) -> None:
    for _ in range(10):
        talk.say("upset", after=timedelta(milliseconds=90), action="draft", reason="no_answer")
    state = talk.store.load("c")
    assert state is not None
    assert (state.customer_turns, state.strikes, len(state.turns)) == (10, 10, 10)


def test_what_the_sellers_own_system_knows_is_told(talk: Talk) -> None:
    class Known:
        def notes(self, customer: Customer) -> list[str]:
            return [f"since 2019 ({customer.email})"]

    memory = Memory(talk.store, load_settings(), crm=Known(), identity=Identity(b"k"))
    state = memory(Message(id="1", customer=Customer(**ANA)), talk.make(), now=talk.now)
    assert [(note.kind, note.text) for note in state.notes] == [("crm", "since 2019 (Ana@Example.com)")]


@pytest.mark.parametrize("after", [timedelta(minutes=1), timedelta(hours=71), timedelta(days=40)])
def test_a_person_who_took_an_old_conversation_keeps_it(talk: Talk, after: timedelta) -> None:
    talk.say()
    talk.now += timedelta(hours=80)
    talk.memory.assign("c", "human", now=talk.now)
    state = talk.say(after=after, action="draft", text="")
    assert (state.holder, state.held) == ("human", True)


def test_who_was_promised_a_person_waits_for_one_through_the_holidays(talk: Talk) -> None:
    due = talk.now + timedelta(hours=278)
    talk.say(action="handover", reason="human_request", due_at=due, tier="team_lead")
    state = talk.say(after=timedelta(hours=100), action="draft", text="")
    assert (state.holder, state.episode, state.promised_at, state.tier) == ("pending", 1, due, "team_lead")
    assert talk.say(after=timedelta(hours=278 + 73)).holder == "bot"


def test_a_promise_that_was_kept_is_not_broken_later(talk: Talk) -> None:
    talk.say(action="draft", reason="needs_hands")
    talk.say()
    stored = talk.store.load("c")
    assert stored is not None
    assert (stored.waiting_since, stored.promised_at) == (None, None)
    due = talk.now + timedelta(hours=50)
    talk.say(action="handover", reason="human_request", due_at=due)
    stored = talk.store.load("c")
    assert stored is not None
    assert stored.promised_at == due


@pytest.mark.parametrize("end", ["resolved", "bot", "closed"])
def test_what_an_agent_wrote_before_it_was_settled_takes_nothing_when_it_comes_late(talk: Talk, end: Holder) -> None:
    talk.say(action="handover")
    start = talk.now
    talk.memory.assign("c", end, now=start + 5 * HOUR)
    for hours in (4, 5):
        talk.now = start + hours * HOUR
        state = talk.read(message={"author": "agent", "text": "Refunded."}, text="Refunded.")
        assert (state.passed_over, state.holder, state.turns[-1].text) == ("own", end, "Refunded.")
        assert talk.save(state, action="ignore", reason="own", text="")
    talk.now = start + 6 * HOUR
    assert talk.read(message={"author": "agent", "text": "Hello?"}, text="Hello?").holder == "human"


@pytest.mark.parametrize(("hours", "waits"), [(-1, True), (1, False)])
def test_what_an_agent_wrote_in_time_ends_the_wait_though_it_comes_late(talk: Talk, hours: int, waits: bool) -> None:
    talk.say(action="handover")
    start = talk.now
    talk.memory.assign("c", "human", now=start + 2 * HOUR)
    talk.now = start + hours * HOUR
    state = talk.read(message={"author": "agent", "text": "Refunded."}, text="Refunded.")
    assert (state.holder, state.waiting_since is not None, state.promised_at is not None) == ("human", waits, waits)


def test_a_message_from_the_future_does_not_make_an_agents_words_late(talk: Talk) -> None:
    talk.say()
    talk.memory.resolve("c", now=talk.now)
    talk.say(after=timedelta(hours=50))
    talk.now -= timedelta(hours=49)
    assert talk.read(message={"author": "agent", "text": "Hello"}, text="Hello").holder == "human"


@pytest.mark.parametrize(
    "greeting",
    ["Hello, this is Tom. I look into it.", "Hallo, hier ist Tom. Ich schaue nach.", "您好，我是小王，我来帮您看一下情况吧。"],
)
def test_an_agent_who_greets_as_before_takes_the_conversation_again(talk: Talk, greeting: str) -> None:
    talk.say()
    for _ in range(2):
        talk.now += HOUR
        state = talk.read(message={"author": "agent", "text": greeting}, text=greeting)
        assert (state.passed_over, state.holder) == ("own", "human")
        assert talk.save(state, action="ignore", reason="own", text="")
        talk.memory.resolve("c", now=talk.now + HOUR)
        talk.now += HOUR
        assert talk.say().holder == "bot"


def test_an_edit_that_comes_first_stands_and_the_first_wording_is_not_answered(talk: Talk) -> None:
    talk.say()
    talk.now += 2 * HOUR
    assert talk.save(talk.read(message={"id": "e", "edits": "x"}, text="Where is lamp 2?"), message_id="e")
    talk.now -= HOUR
    first = talk.read(message={"id": "x"}, text="Where is lamp 1?")
    assert (first.passed_over, first.customer_turns) == ("replaced", 2)
    assert [turn.text for turn in first.turns if turn.role == "customer"] == ["Where is my order?", "Where is lamp 2?"]


def test_of_two_edits_the_later_one_stands_whichever_comes_last(talk: Talk) -> None:
    talk.say(action="draft", text="")
    start = talk.now
    for minutes, text, why in [(9, "Where is lamp 2?", ""), (5, "Where is lamp 1?", "replaced"), (12, "Where is lamp 3?", "")]:
        talk.now = start + timedelta(minutes=minutes)
        state = talk.read(message={"id": "m1", "edits": "m1", "text": text}, text=text)
        assert (state.duplicate, state.passed_over) == (False, why)
        assert talk.save(state, action="draft", text="", message_id="m1")
        assert talk.read(message={"id": "m1", "edits": "m1", "text": text}, text=text).duplicate
    assert [turn.text for turn in state.turns] == ["Where is lamp 3?"]


def test_an_edit_is_not_a_question_asked_again(talk: Talk) -> None:
    for text in ("Where is my lamp?", "Where is my lamp then?"):
        talk.now += HOUR
        assert talk.save(talk.read(text=text, message={"text": text}))
    edited = talk.read(message={"edits": "m2"}, text="Where is my lamp then, please?")
    assert (edited.passed_over, edited.asked) == ("", 2)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("how", [{"id": "x"}, {"id": "y", "edits": "x"}])
def test_a_message_that_was_deleted_before_it_came_is_not_answered(talk: Talk, known: bool, how: dict[str, str]) -> None:
    if known:
        talk.say("upset")
    for _ in range(2):
        talk.memory.delete("c", "x", now=talk.now)
    state = talk.read("upset", message=how)
    assert (state.passed_over, state.strikes, len(state.turns)) == ("withdrawn", int(known), 2 * known)
    assert talk.save(state, action="ignore", reason="withdrawn", text="", message_id=how["id"])
    assert talk.read(message={"id": "z"}).passed_over == ""
    assert [event.kind for event in talk.store.events("c")] == [*["handled"] * known, "deleted", "withdrawn"]


def test_deleting_an_edit_deletes_what_it_made_of_the_message(talk: Talk) -> None:
    talk.say(action="draft", text="")
    assert talk.save(talk.read("upset", message={"id": "e", "edits": "m1"}, text="Bad!"), action="draft", text="", message_id="e")
    talk.memory.delete("c", "e", now=talk.now)
    stored = talk.store.load("c")
    assert stored is not None
    assert (stored.turns[0].deleted, stored.turns[0].text, stored.strikes) == (True, "", 0)


def test_two_channels_that_number_alike_are_told_apart(talk: Talk, make_decision: Callable[..., Decision]) -> None:
    first = talk.read(message={"id": "1", "customer": ANA})
    assert talk.save(first, text="It arrives tomorrow.", message_id="1")
    reply = outcome_of(first, make_decision(), 1).model_copy(update={"message_id": "1"})
    talk.now += HOUR
    chat = {"id": "1", "conversation_id": "wa", "channel": "whatsapp", "customer": ANA}
    second = talk.read(message=chat)
    assert (second.id, second.same_as, second.duplicate) == ("c", "c", False)
    assert talk.save(second, action="draft", text="", message_id="1")
    assert talk.read(message=chat).duplicate
    edited = talk.read(message={**chat, "id": "2", "edits": "1"}, text="Where is my lamp?")
    assert [turn.text for turn in edited.turns if turn.role == "customer"] == ["Where is my order?", "Where is my lamp?"]
    talk.memory.delete("wa", "1", now=talk.now)
    stored = talk.store.load("c")
    assert stored is not None
    assert [(turn.said_in, turn.deleted) for turn in stored.turns if turn.id == "1"] == [("c", False), ("wa", True)]
    assert talk.memory.may_send(reply)


@pytest.mark.parametrize("message_id", ["assign-2", "cs-assist:assigned_human:2", "cs-assist:deleted:m1", "joined"])
def test_no_id_of_a_sender_stands_in_the_way_of_what_people_do(talk: Talk, message_id: str) -> None:
    assert talk.save(talk.read(message={"id": message_id}), message_id=message_id)
    talk.memory.assign("c", "human", now=talk.now)
    talk.memory.delete("c", "m1", now=talk.now)
    stored = talk.store.load("c")
    assert stored is not None
    assert (stored.holder, len(talk.store.events("c"))) == ("human", 3)


def test_a_change_that_cannot_be_saved_is_an_error(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.say()
    monkeypatch.setattr(talk.store, "save", lambda *_: False)
    with pytest.raises(CsAssistError, match="too many workers"):
        talk.memory.assign("c", "human", now=talk.now)


@pytest.mark.parametrize("text", ["Hi, Tom here.", "Bonjour, je m'en occupe.", "担当の佐藤です。"])
def test_an_agent_in_a_given_history_holds_the_conversation(talk: Talk, text: str) -> None:
    asked, agent = Turn(role="customer", text="I want a human"), Turn(role="agent", text=text)
    state = talk.read(message={"history": (asked, agent)}, earlier=["upset"])
    assert (state.holder, state.held, state.strikes) == ("human", True, 0)
    assert not talk.read(message={"history": (asked, agent.model_copy(update={"role": "bot"}))}, earlier=["upset"]).held


def test_a_silence_in_a_given_history_ends_an_episode(talk: Talk) -> None:
    history = tuple(Turn(role="customer", text="bad", at=talk.now - hours * HOUR) for hours in (300, 100, 99))
    state = talk.read("upset", message={"history": history}, earlier=["upset"] * 3)
    assert (state.episode, state.strikes, state.customer_turns) == (3, 1, 4)


def test_of_an_endless_history_the_latest_turns_are_read_and_all_are_counted(talk: Talk) -> None:
    history = tuple(Turn(role="customer" if n % 2 else "bot", text=str(n)) for n in range(5_000))
    state = talk.read("upset", message={"history": history}, earlier=["upset"] * 20)
    assert (state.strikes, state.customer_turns, len(state.turns)) == (21, 2_501, 40)
    assert [turn.text for turn in state.turns[:2]] == ["4961", "4962"]
