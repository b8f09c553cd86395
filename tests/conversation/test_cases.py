from __future__ import annotations

from datetime import timedelta

import pytest
from talks import ANA, CHAT, HOUR, Talk

from cs_assist.store.retention import Retention
from cs_assist.types import Entity, Holder


def test_the_same_question_on_another_channel_is_the_same_case(talk: Talk) -> None:
    first = talk.read(message={"customer": ANA, "channel": "email"})
    assert talk.save(first, text="It arrives tomorrow.")
    talk.now += HOUR
    second = talk.read(message={"conversation_id": "wa", "channel": "whatsapp", "customer": {"phone": "+491701234567"}})
    assert (second.id, second.customer_turns, second.same_as, second.answer_there) == ("c", 2, "c", "It arrives tomorrow.")
    assert talk.save(second, action="draft", reason="same_case", text="")
    assert talk.read(message={"id": "m2", "conversation_id": "wa"}).duplicate
    assert talk.read("upset", message={"conversation_id": "wa"}, text="It is not here!").id == "c"


def test_another_question_on_another_channel_is_another_case(talk: Talk) -> None:
    assert talk.save(talk.read(message={"customer": ANA}))
    other = talk.read(
        message={"conversation_id": "wa", "customer": ANA}, text="How do I descale the kettle?", intent="usage_help"
    )
    assert (other.id, other.same_as, other.customer_id is not None) == ("wa", None, True)


def test_two_customers_with_one_phone_are_never_one(talk: Talk) -> None:
    assert talk.save(talk.read(message={"customer": ANA}))
    bob = talk.read(message={"conversation_id": "d", "customer": {**ANA, "email": "bob@example.com"}})
    assert (bob.id, bob.same_as) == ("d", None)
    first = talk.store.load("c")
    assert first is not None
    assert (bob.clash, bob.customer_id != first.customer_id) == ((first.customer_id,), True)
    assert talk.save(bob)
    unclear = talk.read(message={"conversation_id": "e", "customer": {"phone": ANA["phone"]}})
    assert (unclear.customer_id, len(unclear.clash)) == (None, 2)


def test_a_settled_case_is_not_continued_but_is_told(talk: Talk) -> None:
    about = (Entity(type="order_number", value="PL-2610-47715", start=0, end=1),)
    for number in (1, 2):
        assert talk.save(talk.read(message={"conversation_id": f"c{number}", "customer": ANA}, entities=about))
        talk.memory.resolve(f"c{number}", now=talk.now)
    third = talk.read(message={"conversation_id": "c3", "customer": ANA}, entities=about)
    assert third.id == "c3"
    assert [(note.kind, note.count, note.text) for note in third.notes] == [("contacts", 3, "PL261047715")]


def joined(talk: Talk, *, greeted: bool = False) -> None:
    """Write to a case on two channels, and on the first one last; the second may have had a conversation before."""
    if greeted:
        assert talk.save(talk.read(message=CHAT, intent="greeting"))
        talk.now += timedelta(days=9)
    assert talk.save(talk.read(message={"customer": ANA}))
    for message in (CHAT, {"customer": ANA}):
        talk.now += HOUR
        assert talk.save(talk.read(message=message), action="draft", text="")


@pytest.mark.parametrize("first", ["write", "take", "delete"])
def test_a_channel_goes_on_when_the_case_that_it_was_joined_to_is_deleted(talk: Talk, first: str) -> None:
    joined(talk, greeted=True)
    talk.now += timedelta(days=100)
    talk.store.purge(talk.now, Retention(by={"email": 30, "whatsapp": 365}))
    assert talk.store.load("c") is None
    if first == "take":
        talk.memory.assign("wa", "human", now=talk.now)
    if first == "delete":
        talk.memory.delete("wa", "old", now=talk.now)
    for _ in range(2):
        state = talk.read(message=CHAT)
        assert (state.id, state.joined, state.holder) == ("wa", None, "human" if first == "take" else "bot")
        assert talk.save(state)


def test_what_only_points_to_a_case_goes_with_it_and_the_channel_begins_anew(talk: Talk) -> None:
    joined(talk)
    talk.now += timedelta(days=40)
    rule = Retention(by={"email": 365, "whatsapp": 30})
    assert talk.store.purge(talk.now, rule).conversations == 0
    assert talk.read(message=CHAT).id == "c"
    talk.now += timedelta(days=400)
    assert talk.store.purge(talk.now, rule).conversations == 2
    for _ in range(2):
        state = talk.read(message=CHAT)
        assert (state.id, state.joined) == ("wa", None)
        assert talk.save(state)


def test_what_points_to_a_case_is_as_young_as_its_last_message(talk: Talk) -> None:
    joined(talk, greeted=True)
    for _ in range(4):
        talk.now += timedelta(days=20)
        assert talk.save(talk.read(message=CHAT))
    assert talk.store.purge(talk.now, Retention(days=30)).conversations == 0
    assert talk.read(message={"conversation_id": "wa", "channel": "whatsapp"}).id == "c"


ABOUT = (Entity(type="order_number", value="PL-2610-47715", start=0, end=1),)
ASKED = [
    "Where is my order PL-2610-47715?",
    "Wo ist meine Bestellung PL-2610-47715?",
    "¿Dónde está mi pedido PL-2610-47715?",
    "我的订单PL-2610-47715在哪里？",
    "أين طلبي PL-2610-47715؟",
    "मेरा ऑर्डर PL-2610-47715 कहाँ है?",
]


@pytest.mark.parametrize("text", ASKED)
@pytest.mark.parametrize(("earlier", "joins"), [("silent", True), ("resolved", True), ("closed", True), ("open", False)])
def test_the_same_question_in_a_conversation_that_was_there_before_is_not_answered_twice(
    talk: Talk, text: str, earlier: str, joins: bool
) -> None:
    assert talk.save(talk.read(message=CHAT, intent="greeting", text="Hello!"))
    if earlier in ("resolved", "closed"):
        talk.memory.assign("wa", earlier, now=talk.now)  # type: ignore[arg-type]
    talk.now += timedelta(days=9) if earlier == "silent" else HOUR
    first = talk.read(message={"customer": ANA}, entities=ABOUT, text=ASKED[0])
    assert talk.save(first, text="It arrives tomorrow.")
    talk.now += timedelta(minutes=2)
    second = talk.read(message={**CHAT, "customer": ANA}, entities=ABOUT, text=text)
    assert (second.id, second.same_as, second.answer_there) == ("c" if joins else "wa", "c", "It arrives tomorrow.")
    assert talk.save(second, action="draft", text="")
    assert talk.read(message={"id": "m3", "conversation_id": "wa"}).duplicate
    talk.now += HOUR
    assert talk.read(message=CHAT, text="And when?").id == ("c" if joins else "wa")


def test_a_question_on_three_channels_is_asked_once_and_its_answer_is_found(talk: Talk) -> None:
    assert talk.save(talk.read(message={"customer": ANA}), text="It arrives tomorrow.")
    for channel in ("wa", "chat", "shop"):
        talk.now += HOUR
        state = talk.read(message={**CHAT, "conversation_id": channel})
        assert (state.id, state.same_as, state.answer_there, state.asked) == ("c", "c", "It arrives tomorrow.", 1)
        assert talk.save(state, action="draft", text="")


@pytest.mark.parametrize("minutes", [5, -5])
def test_a_question_that_comes_late_was_answered_on_the_other_channel(talk: Talk, minutes: int) -> None:
    joined(talk)
    assert talk.save(talk.read(message=CHAT, text="And how much was it?"), text="30 euros.")
    talk.now += timedelta(minutes=minutes)
    state = talk.read(message={"customer": ANA}, text="And how much was it?")
    assert (state.same_as, state.answer_there) == ("wa", "30 euros.")


@pytest.mark.parametrize("holder", ["pending", "human"])
def test_a_persons_conversation_stays_by_itself_and_its_person_is_told(talk: Talk, holder: Holder) -> None:
    assert talk.save(talk.read(message=CHAT, intent="greeting", text="Hello!"))
    talk.now += timedelta(days=9)
    talk.memory.assign("wa", holder, now=talk.now)
    assert talk.save(talk.read(message={"customer": ANA}, entities=ABOUT, text=ASKED[0]))
    state = talk.read(message={**CHAT, "customer": ANA}, entities=ABOUT, text=ASKED[0])
    assert (state.id, state.held, state.same_as) == ("wa", True, "c")


@pytest.mark.parametrize("intent", ["greeting", "praise"])
def test_a_greeting_on_two_channels_is_no_case(talk: Talk, intent: str) -> None:
    assert talk.save(talk.read(message={"customer": ANA}, intent=intent, text="Hello!"))
    state = talk.read(message=CHAT, intent=intent, text="Hello!")
    assert (state.id, state.same_as) == ("wa", None)


def test_what_a_stranger_asks_about_an_order_is_no_case_of_its_owners(talk: Talk) -> None:
    assert talk.save(talk.read(message={"customer": {"email": "ana@example.com"}}, entities=ABOUT), text="Tracking 1Z9.")
    stranger = talk.read(message={**CHAT, "customer": {"phone": "+447700900123"}}, entities=ABOUT)
    owner = talk.store.load("c")
    assert owner is not None
    assert (stranger.id, stranger.same_as, stranger.clash) == ("wa", None, (owner.customer_id,))
    assert talk.save(stranger)
    assert stranger.customer_id not in (None, owner.customer_id)
    assert [state.id for state in talk.store.conversations_of(str(owner.customer_id))] == ["c"]
    assert {kind for kind, _ in talk.store.keys_of(str(owner.customer_id))} == {"email", "order"}


def test_who_writes_in_somebody_elses_conversation_is_not_compared_with_either(talk: Talk) -> None:
    bob = {"email": "bob@example.com"}
    assert talk.save(talk.read(message={"customer": bob}))
    assert talk.save(talk.read(message={"conversation_id": "d", "customer": {"email": "eve@example.com"}}, text="Hi"))
    state = talk.read(message={"conversation_id": "d", "customer": bob})
    assert (state.id, state.same_as, len(state.clash)) == ("d", None, 1)


def test_an_edit_of_what_was_said_before_stays_where_it_was_said(talk: Talk) -> None:
    assert talk.save(talk.read(message={**CHAT, "id": "w"}, text="Where is my lmp?"), message_id="w")
    talk.memory.resolve("wa", now=talk.now)
    assert talk.save(talk.read(message={"customer": ANA}))
    state = talk.read(message={**CHAT, "edits": "w"}, text="Where is my order?")
    assert (state.id, [turn.text for turn in state.turns if turn.role == "customer"]) == ("wa", ["Where is my order?"])


def test_of_two_workers_who_join_and_go_on_one_decides_again(talk: Talk) -> None:
    assert talk.save(talk.read(message=CHAT, intent="greeting", text="Hello!"))
    talk.now += timedelta(days=9)
    assert talk.save(talk.read(message={"customer": ANA}))
    joins = talk.read(message=CHAT)
    told, number = talk.told, talk._count
    assert joins.id == "c"
    assert talk.save(talk.read(message={"conversation_id": "wa"}, text="My kettle leaks.", intent="item_damaged"))
    talk.told = told
    assert talk.save(joins, message_id=f"m{number}") is False
    again = talk.memory(told, talk.make(), now=talk.now)
    assert (again.id, again.same_as) == ("wa", "c")


def test_a_case_that_becomes_part_of_another_takes_its_channels_along(talk: Talk) -> None:
    joined(talk)
    talk.memory.resolve("c", now=talk.now)
    mail = {"conversation_id": "mail-2", "customer": ANA}
    assert talk.save(talk.read(message=mail))
    state = talk.read(message={"customer": ANA})
    assert state.id == "mail-2"
    assert talk.save(state, action="draft", text="")
    assert talk.read(message={**CHAT, "id": "m2"}).duplicate
    state = talk.read(message=CHAT)
    assert (state.id, state.same_as) == ("mail-2", "mail-2")
    assert talk.save(state, action="draft", text="")
    talk.memory.assign("wa", "human", now=talk.now)
    stored = talk.store.load("mail-2")
    assert stored is not None
    assert stored.holder == "human"


def test_what_was_said_before_a_conversation_was_joined_is_deleted_where_it_stands(talk: Talk) -> None:
    assert talk.save(talk.read(message={**CHAT, "id": "w"}, text="Hi", intent="greeting"), message_id="w")
    talk.now += timedelta(days=9)
    assert talk.save(talk.read(message={"customer": ANA}))
    assert talk.save(talk.read(message=CHAT), action="draft", text="")
    talk.memory.delete("wa", "w", now=talk.now)
    talk.memory.delete("wa", "m3", now=talk.now)
    first, case = talk.store.load("wa"), talk.store.load("c")
    assert first is not None
    assert case is not None
    assert [(turn.id, turn.deleted) for turn in first.turns if turn.role == "customer"] == [("w", True)]
    assert [(turn.id, turn.deleted) for turn in case.turns if turn.role == "customer"] == [("m2", False), ("m3", True)]
