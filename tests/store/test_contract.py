"""The contract of a store: one suite for the one in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cs_assist.errors import StoreHeldError
from cs_assist.store.base import Erased, Event, Purged
from cs_assist.store.retention import Retention
from cs_assist.types import Channel, Conversation, Turn

if TYPE_CHECKING:
    from store.conftest import AnyStore

AT = datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=UTC)


def event(message: str, *, conversation: str = "c", kind: str = "handled") -> Event:
    return Event(
        conversation_id=conversation, message_id=message, kind=kind, at=AT.isoformat(), detail={"strikes": 1, "intent": None}
    )


def state(version: int, *, conversation: str = "c", strikes: int = 0) -> Conversation:
    return Conversation(id=conversation, version=version, strikes=strikes)


def test_an_unknown_conversation_has_no_state(store: AnyStore) -> None:
    assert store.load("c") is None
    assert store.seen("c", "m") is False


def test_a_saved_state_is_loaded_as_it_was(store: AnyStore) -> None:
    turns = (Turn(role="customer", text="Où? 哪里 😀 \u0000 'quoted'; --", at=AT), Turn(role="bot", text="Ici."))
    saved = Conversation(
        id="c",
        version=1,
        episode=3,
        holder="pending",
        strikes=2,
        unanswered=1,
        customer_turns=4,
        language="fr",
        turns=turns,
        updated_at=AT,
    )
    assert store.save(saved, event("m")) is True
    assert store.load("c") == saved
    assert store.seen("c", "m") is True


def test_a_look_says_what_loading_and_asking_say(store: AnyStore) -> None:
    assert store.look("c", "m") == (None, False)
    assert store.record(event("r"))
    assert store.look("c", "r") == (None, True)
    assert store.save(state(1, strikes=2), event("m"))
    assert store.look("c", "m") == (state(1, strikes=2), True)
    assert store.look("c", "n") == (state(1, strikes=2), False)
    assert store.look("d", "m") == (None, False)


def test_a_newer_version_replaces_the_older(store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.save(state(2, strikes=1), event("2"))
    assert store.load("c") == state(2, strikes=1)


@pytest.mark.parametrize("version", [0, 1, 2, 4, 9])
def test_a_state_of_any_version_but_the_next_is_not_saved(version: int, store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.save(state(2), event("2"))
    assert store.save(state(version, strikes=7), event("late")) is False
    assert store.load("c") == state(2)
    assert store.seen("c", "late") is False


@pytest.mark.parametrize("version", [0, 2, 5])
def test_a_conversation_begins_with_version_one(version: int, store: AnyStore) -> None:
    assert store.save(state(version), event("1")) is False
    assert store.load("c") is None


@pytest.mark.parametrize("kind", ["handled", "other"])
def test_a_message_that_was_handled_is_not_saved_again(kind: str, store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.save(state(2, strikes=7), event("1", kind=kind)) is False
    assert store.load("c") == state(1)


def test_after_a_refusal_the_next_save_is_welcome(store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.save(state(2), event("1")) is False
    assert store.save(state(2), event("2")) is True


def test_conversations_do_not_meet(store: AnyStore) -> None:
    assert store.save(state(1), event("m"))
    assert store.save(state(1, conversation="d", strikes=1), event("m", conversation="d"))
    assert store.seen("d", "other") is False
    assert store.load("c") == state(1)
    assert store.load("d") == state(1, conversation="d", strikes=1)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "C",
        "c ",
        "%",
        "<a.b+c@mail.example>",
        "客户'; DROP TABLE cs_events; --",
        "x" * 500,
        "long" * 4000,
        "漢" * 5000,
        "a\x00b",
        "\x00",
        "sha256:" + "0" * 64,
    ],
)
def test_any_name_is_a_name_of_its_own(name: str, store: AnyStore) -> None:
    assert store.save(state(1), event("m"))
    assert store.load(name) is None
    assert store.save(state(1, conversation=name, strikes=1), event(name, conversation=name)) is True
    assert store.load(name) == state(1, conversation=name, strikes=1)
    assert store.seen(name, name) is True
    assert store.events(name) == (event(name, conversation=name),)
    assert store.load("c") == state(1)


def test_of_many_threads_that_save_the_same_version_one_wins(store: AnyStore) -> None:
    assert store.save(state(1), event("first"))
    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(lambda number: store.save(state(2, strikes=number), event(f"m{number}")), range(6)))
    assert sum(won) == 1
    assert store.load("c") == state(2, strikes=won.index(True))
    assert [store.seen("c", f"m{number}") for number in range(6)] == won


def test_threads_that_try_again_lose_nothing(store: AnyStore) -> None:
    assert store.save(state(1), event("first"))

    def add(number: int) -> None:
        for _ in range(200):
            known = store.load("c")
            assert known is not None
            update = {"version": known.version + 1, "customer_turns": known.customer_turns + 1}
            if store.save(known.model_copy(update=update), event(f"m{number}")):
                return
        raise AssertionError(f"thread {number} was always refused")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    known = store.load("c")
    assert known is not None
    assert (known.customer_turns, known.version) == (12, 13)


def told(store: AnyStore, conversation: str = "c") -> list[str]:
    return [known.message_id for known in store.events(conversation)]


def owned(
    store: AnyStore,
    conversation: str,
    *,
    customer: str | None,
    days: float = 0,
    market: str | None = None,
    channel: Channel | None = None,
) -> Conversation:
    """Save a conversation that was last touched ``days`` before AT."""
    saved = Conversation(
        id=conversation, version=1, customer_id=customer, updated_at=AT - timedelta(days=days), market=market, channel=channel
    )
    assert store.save(saved, event("m", conversation=conversation))
    return saved


def test_events_come_back_in_order_with_all_their_detail(store: AnyStore) -> None:
    assert store.events("c") == ()
    detail = {"text": "Où? 哪里 😀 \x00", "decision": {"action": "reply", "p": 0.25, "reasons": ["a", None, True]}, "version": 3}
    first = Event(conversation_id="c", message_id="1", kind="handled", at=AT.isoformat(), detail=detail)
    assert store.save(state(1), first)
    assert store.record(event("sent", kind="delivered"))
    assert store.save(state(2), event("2"))
    assert store.events("c") == (first, event("sent", kind="delivered"), event("2"))
    assert store.events("d") == ()


def test_an_event_is_recorded_once_and_changes_no_state(store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.record(event("agent-1", kind="agent_reply")) is True
    assert store.record(event("agent-1", kind="other")) is False
    assert store.record(event("1")) is False
    assert store.load("c") == state(1)
    assert store.seen("c", "agent-1")
    assert store.save(state(2), event("agent-1")) is False
    assert store.save(state(2), event("2")) is True
    assert [known.kind for known in store.events("c")] == ["handled", "agent_reply", "handled"]


def test_a_conversation_may_begin_with_an_event(store: AnyStore) -> None:
    assert store.record(event("hello", kind="bot_greeting")) is True
    assert store.load("c") is None
    assert store.conversations_of("c") == ()
    assert store.save(state(2), event("1")) is False
    assert store.save(state(1), event("hello")) is False
    assert store.save(state(1), event("1")) is True
    assert told(store) == ["hello", "1"]
    assert store.load("c") == state(1)


def test_of_many_threads_that_record_the_same_event_one_does(store: AnyStore) -> None:
    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(lambda _: store.record(event("m")), range(6)))
    assert (sum(won), told(store)) == (1, ["m"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(), message=st.text(), said=st.text())
def test_any_text_comes_back_as_it_was(store: AnyStore, name: str, message: str, said: str) -> None:
    given_event = Event(conversation_id=name, message_id=message, kind="k", at="", detail={"said": said})
    if store.record(given_event):
        assert store.events(name)[-1] == given_event
    assert store.seen(name, message)


def test_lone_surrogates_are_replaced_in_ids_and_texts(store: AnyStore) -> None:
    broken = Conversation(id="a\ud800", version=1)
    assert store.save(broken, Event(conversation_id="a\ud800", message_id="\udfff", kind="k", at=""))
    assert store.load("a\ud800") == Conversation(id="a\ufffd", version=1)
    assert store.seen("a\ufffd", "\ufffd")
    assert store.seen("a\ud800", "\udfff")


def test_an_event_takes_values_of_json_only() -> None:
    with pytest.raises(ValidationError, match="detail"):
        Event(conversation_id="c", message_id="m", kind="k", at="", detail={"order": AT})  # type: ignore[dict-item]


def test_a_kept_event_does_not_change_with_the_callers_values(store: AnyStore) -> None:
    detail = {"texts": ["one"]}
    store.record(Event(conversation_id="c", message_id="m", kind="k", at="", detail=detail))  # type: ignore[arg-type]
    detail["texts"].append("two")
    (known,) = store.events("c")
    known.detail["texts"] = []
    assert store.events("c")[0].detail == {"texts": ["one"]}


def test_a_customer_is_found_under_each_key(store: AnyStore) -> None:
    assert store.customer_of({"email": "e1"}) == ()
    assert store.customer_of({}) == ()
    assert store.link("ada", {}) == ()
    assert store.link("ada", {"email": "e1", "phone": "p1"}) == ("ada",)
    assert store.link("ada", {"email": "e1", "order": "o1"}) == ("ada",)
    for keys in ({"email": "e1"}, {"phone": "p1", "order": "?"}, {"order": "o1", "email": "e1"}):
        assert store.customer_of(keys) == ("ada",)
    assert store.customer_of({"phone": "e1"}) == ()


def test_a_clash_of_identities_is_told_and_never_merged(store: AnyStore) -> None:
    store.link("ada", {"email": "e1", "phone": "p1"})
    assert store.link("bob", {"email": "e2", "phone": "p1"}) == ("ada", "bob")
    assert store.customer_of({"phone": "p1"}) == ("ada", "bob")
    assert store.customer_of({"email": "e2", "phone": "p1"}) == ("ada", "bob")
    assert store.customer_of({"email": "e1"}) == ("ada",)
    assert store.customer_of({"email": "e2"}) == ("bob",)


def test_a_customers_conversations_come_oldest_first(store: AnyStore) -> None:
    new = owned(store, "a", customer="ada", days=1)
    old = owned(store, "b", customer="ada", days=30)
    owned(store, "x", customer="bob")
    assert store.conversations_of("ada") == (old, new)
    assert store.conversations_of("ada", since=AT - timedelta(days=1)) == (new,)
    assert store.conversations_of("ada", since=AT) == ()
    assert store.conversations_of("nobody") == ()


def test_a_conversation_whose_customer_becomes_known_is_found_there(store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.conversations_of("c") == (state(1),)
    known = state(2).model_copy(update={"customer_id": "ada"})
    assert store.save(known, event("2"))
    assert store.conversations_of("c") == ()
    assert store.conversations_of("ada") == (known,)


def test_erasing_a_customer_leaves_nothing_of_theirs_and_all_of_others(store: AnyStore) -> None:
    owned(store, "a", customer="ada")
    owned(store, "b", customer="ada")
    store.record(event("later", conversation="b"))
    others = owned(store, "x", customer="bob")
    store.link("ada", {"email": "e1", "phone": "p1"})
    store.link("bob", {"phone": "p1"})
    assert store.erase("ada") == Erased(conversations=2, events=3, keys=2)
    for name in "ab":
        assert (store.load(name), store.events(name), store.seen(name, "m")) == (None, (), False)
    assert store.export("ada") == {"customer_id": "ada", "keys": [], "hold": None, "conversations": []}
    assert store.customer_of({"email": "e1", "phone": "p1"}) == ("bob",)
    assert (store.load("x"), told(store, "x")) == (others, ["m"])
    assert store.erase("ada") == Erased()


def test_a_conversation_without_a_customer_is_erased_by_its_id(store: AnyStore) -> None:
    owned(store, "c", customer=None)
    store.record(event("only-an-event", conversation="d"))
    owned(store, "e", customer="c")
    assert store.erase("d") == Erased(conversations=1, events=1)
    assert store.erase("c") == Erased(conversations=2, events=2)
    assert [store.events(name) for name in "cde"] == [(), (), ()]


def test_an_erased_conversation_begins_anew(store: AnyStore) -> None:
    owned(store, "c", customer="ada")
    store.erase("ada")
    assert store.save(state(2), event("2")) is False
    assert store.save(state(1), event("m")) is True


def test_an_export_holds_everything_and_is_json(store: AnyStore) -> None:
    saved = owned(store, "c", customer="ada", market="DE", channel="email")
    store.record(Event(conversation_id="c", message_id="r", kind="agent_reply", at="", detail={"text": "Gern!"}))
    store.record(event("x", conversation="elsewhere"))
    store.link("ada", {"email": "e1"})
    store.hold("ada", "lawsuit 7")
    found = json.loads(json.dumps(store.export("ada")))
    (conversation,) = found["conversations"]
    assert Conversation.model_validate(conversation["state"]) == saved
    assert [(one["message_id"], one["kind"], one["detail"]) for one in conversation["events"]] == [
        ("m", "handled", {"strikes": 1, "intent": None}),
        ("r", "agent_reply", {"text": "Gern!"}),
    ]
    assert [(key["kind"], key["key"]) for key in found["keys"]] == [("email", "e1")]
    assert (found["customer_id"], found["hold"]["reason"], found["hold"]["until"]) == ("ada", "lawsuit 7", None)


def test_a_held_customer_is_not_erased_until_released(store: AnyStore) -> None:
    owned(store, "c", customer="ada")
    store.hold("ada", "lawsuit 7")
    with pytest.raises(StoreHeldError, match="customer 'ada' are held until it is released: lawsuit 7") as caught:
        store.erase("ada")
    assert "customers release" in caught.value.hint
    assert told(store) == ["m"]
    assert store.release("ada") is True
    assert store.release("ada") is False
    assert store.erase("ada").conversations == 1


def test_a_hold_ends_by_itself(store: AnyStore) -> None:
    owned(store, "c", customer="ada")
    store.hold("ada", "first reason")
    store.hold("ada", "tax audit", until=AT)
    with pytest.raises(StoreHeldError, match=r"until 2026-11-23.*tax audit"):
        store.erase("ada", now=AT - timedelta(seconds=1))
    assert store.erase("ada", now=AT).conversations == 1
    assert store.export("ada")["hold"] is None


def test_what_is_older_than_its_market_or_channel_allows_is_purged(store: AnyStore) -> None:
    rule = Retention(days=365, by={"DE": 180, "whatsapp": 90, "FR": 500})
    kept = {
        "de-new": owned(store, "de-new", customer=None, days=179, market="DE", channel="email"),
        "fr-old": owned(store, "fr-old", customer=None, days=499, market="FR", channel="email"),
        "us": owned(store, "us", customer=None, days=364, market="US"),
        "plain": owned(store, "plain", customer=None, days=365),
    }
    owned(store, "de-old", customer=None, days=181, market="DE", channel="email")
    owned(store, "de-chat", customer=None, days=91, market="DE", channel="whatsapp")
    owned(store, "us-old", customer=None, days=366, market="US")
    store.record(event("second", conversation="us-old").model_copy(update={"at": (AT - timedelta(days=366)).isoformat()}))
    assert store.purge(AT, rule, dry_run=True) == Purged(conversations=3, events=4)
    assert store.events("us-old") != ()
    assert store.purge(AT, rule) == Purged(conversations=3, events=4)
    for name in ("de-old", "de-chat", "us-old"):
        assert (store.load(name), store.events(name)) == (None, ())
    assert {name: store.load(name) for name in kept} == kept
    assert store.purge(AT, rule) == Purged()


def test_without_a_time_nothing_is_purged(store: AnyStore) -> None:
    owned(store, "c", customer="ada", days=9000)
    assert store.purge(AT, Retention()) == Purged()
    assert store.purge(AT, Retention(by={"DE": 1})) == Purged()
    assert told(store) == ["m"]


def test_a_held_customers_conversations_are_not_purged(store: AnyStore) -> None:
    owned(store, "c", customer="ada", days=40)
    owned(store, "d", customer=None, days=40)
    store.link("ada", {"email": "e1"})
    store.hold("ada", "lawsuit", until=AT + timedelta(days=1))
    store.hold("d", "lawsuit")
    assert store.purge(AT, Retention(days=30)) == Purged(held=2)
    later = AT + timedelta(days=1)
    assert store.purge(later, Retention(days=30), dry_run=True) == Purged(conversations=1, events=1, held=1)
    assert store.purge(later, Retention(days=30)) == Purged(conversations=1, events=1, keys=1, held=1)
    assert store.load("d") is not None


def test_the_keys_go_with_a_customers_last_conversation(store: AnyStore) -> None:
    owned(store, "a", customer="ada", days=40)
    owned(store, "b", customer="ada", days=1)
    store.link("ada", {"email": "e1"})
    assert store.purge(AT, Retention(days=30)) == Purged(conversations=1, events=1)
    assert store.customer_of({"email": "e1"}) == ("ada",)
    assert store.purge(AT + timedelta(days=30), Retention(days=30)) == Purged(conversations=1, events=1, keys=1)
    assert store.customer_of({"email": "e1"}) == ()


def test_an_agents_reply_counts_as_the_last_message(store: AnyStore) -> None:
    owned(store, "c", customer=None, days=40)
    store.record(event("reply", kind="agent_reply"))
    assert store.purge(AT, Retention(days=30)) == Purged()
    assert store.purge(AT + timedelta(days=31), Retention(days=30)).conversations == 1


def test_the_time_of_a_conversation_without_a_date_begins_with_the_first_purge(store: AnyStore) -> None:
    assert store.save(state(1), Event(conversation_id="c", message_id="m", kind="k", at="yesterday"))
    assert store.purge(AT, Retention(days=30)) == Purged()
    assert store.purge(AT + timedelta(days=31), Retention(days=30)) == Purged(conversations=1, events=1)


def test_more_conversations_than_one_transaction_takes_are_purged_and_erased(
    store: AnyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cs_assist.store.customers._BATCH", 3)
    for number in range(14):
        owned(store, f"c{number:02}", customer="ada" if number % 2 else None, days=40)
    assert store.purge(AT, Retention(days=41)) == Purged()
    assert store.purge(AT, Retention(days=30), dry_run=True) == Purged(conversations=14, events=14)
    assert store.erase("ada") == Erased(conversations=7, events=7)
    assert store.purge(AT, Retention(days=30)) == Purged(conversations=7, events=7)


def test_what_a_customer_is_known_under_is_told_in_order(store: AnyStore) -> None:
    assert store.keys_of("ada") == ()
    store.link("ada", {"phone": "p1", "email": "e1"})
    store.link("bob", {"phone": "p1"})
    store.link("ada", {"order": "o1", "phone": "p1"})
    assert set(store.keys_of("ada")[:2]) == {("phone", "p1"), ("email", "e1")}
    assert store.keys_of("ada")[2:] == (("order", "o1"),)
    assert store.keys_of("bob") == (("phone", "p1"),)
    store.erase("ada")
    assert (store.keys_of("ada"), store.keys_of("bob")) == ((), (("phone", "p1"),))


def clashing(store: AnyStore, conversation: str, customer: str | None, keys: tuple[str, ...], clash: tuple[str, ...]) -> None:
    """Save a conversation that shares keys with other customers, and link what is its own."""
    state = Conversation(id=conversation, version=1, customer_id=customer, keys=keys, clash=clash)
    happened = Event(conversation_id=conversation, message_id="m", kind="handled", at=AT.isoformat(), detail={"keys": list(keys)})
    assert store.save(state, happened)
    if customer is not None:
        store.link(customer, dict(key.split(":", 1) for key in keys))  # type: ignore[arg-type]


@pytest.mark.parametrize("ada", ["ada", 'a "quoted" ädä\\'])
def test_an_erased_customer_is_named_nowhere_else_and_others_keep_what_is_theirs(store: AnyStore, ada: str) -> None:
    clashing(store, "a", ada, ("email:e1", "phone:p1"), ("bob",))
    clashing(store, "b", "bob", ("email:e2", "phone:p1"), (ada, "eve"))
    clashing(store, "n", None, ("phone:p1", "order:o9"), (ada, "bob"))
    clashing(store, "x", "eve", ("email:e3",), ())
    assert store.erase(ada) == Erased(conversations=1, events=1, keys=2)
    left = {name: store.load(name) for name in "bnx"}
    assert {name: (state.keys, state.clash) for name, state in left.items() if state} == {
        "b": (("email:e2", "phone:p1"), ("eve",)),
        "n": (("order:o9",), ("bob",)),
        "x": (("email:e3",), ()),
    }
    assert [store.events(name)[0].detail["keys"] for name in "bnx"] == [["email:e2", "phone:p1"], ["order:o9"], ["email:e3"]]


def test_who_read_a_state_before_an_erasure_cannot_save_what_was_taken_out_of_it(store: AnyStore) -> None:
    clashing(store, "a", "ada", ("phone:p1",), ())
    clashing(store, "b", "bob", ("phone:p1",), ("ada",))
    before = store.load("b")
    assert before is not None
    store.erase("ada")
    assert store.save(before.model_copy(update={"version": before.version + 1}), event("late", conversation="b")) is False
    after = store.load("b")
    assert after is not None
    assert store.save(after.model_copy(update={"version": after.version + 1}), event("late", conversation="b")) is True


def pointing(store: AnyStore, conversation: str, case: str, *, days: float, turns: tuple[Turn, ...] = ()) -> None:
    """Save a conversation of Ada's that is part of a case."""
    state = Conversation(
        id=conversation, version=1, customer_id="ada", joined=case, turns=turns, updated_at=AT - timedelta(days=days),
        channel="whatsapp",
    )  # fmt: skip
    assert store.save(state, event("joined", conversation=conversation))


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_only_part_of_a_case_lives_as_long_as_the_case(store: AnyStore, dry_run: bool) -> None:
    rule = Retention(by={"email": 30, "whatsapp": 10})
    owned(store, "case", customer="ada", days=20, channel="email")
    owned(store, "old", customer="ada", days=40, channel="email")
    pointing(store, "chat", "case", days=20)
    pointing(store, "behind", "chat", days=20)
    pointing(store, "of-old", "old", days=1)
    pointing(store, "lost", "nowhere", days=20)
    pointing(store, "lost-new", "nowhere", days=1)
    pointing(store, "had-its-own", "case", days=20, turns=(Turn(role="customer", text="Hi"),))
    pointing(store, "has-its-own", "old", days=1, turns=(Turn(role="customer", text="Hi"),))
    assert store.purge(AT, rule, dry_run=dry_run) == Purged(conversations=5, events=5)
    if not dry_run:
        left = [name for name in ("case", "old", "chat", "behind", "of-old", "lost", "lost-new") if store.load(name)]
        assert left == ["case", "chat", "behind"]
        assert [store.load(name) is not None for name in ("had-its-own", "has-its-own")] == [False, True]
        assert store.purge(AT + timedelta(days=40), rule) == Purged(conversations=4, events=4)


def test_what_is_only_part_of_a_held_customers_case_stays_with_it(store: AnyStore) -> None:
    owned(store, "case", customer="ada", days=40)
    pointing(store, "chat", "case", days=40)
    store.hold("ada", "lawsuit")
    assert store.purge(AT, Retention(days=30)).conversations == 0
    assert store.load("chat") is not None
