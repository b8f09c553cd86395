from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_shop import NOON, message, open_shop

from cs_assist.assistant import Assistant
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import CsAssistError, MessageError, UnknownConversationError
from cs_assist.interop.tools import DEFINITIONS, LONGEST, REASON, AgentTools, explained
from cs_assist.store.base import MemoryStore
from cs_assist.triage.reader import MessageReader

PRIVATE = "I am Anna Smith, anna.smith@example.com. Where is my order 114-5520917-1234567?"
SECRETS = ("Anna", "Smith", "anna.smith@example.com", "114-5520917-1234567")
Make = Callable[..., AgentTools]


@pytest.fixture
def tools(shop: Assistant) -> AgentTools:
    return AgentTools(shop)


# --- what each tool gives


def test_triage_says_what_the_library_says_and_names_few_candidates(tools: AgentTools, shop: Assistant) -> None:
    found = tools.call("triage", {"text": "Wo ist mein Paket?", "market": "de"}).shown
    read = shop.triage([message("Wo ist mein Paket?", market="DE")])[0]
    assert (found["language"], found["intent"], found["intents"][0][1]) == ("de", read.intent, read.intents[0][1])
    assert len(found["intents"]) <= 5


def test_search_finds_the_shops_articles_for_market_and_day(tools: AgentTools) -> None:
    question = {"text": "How long does delivery to the United States take?", "market": "US", "k": 2}
    now = tools.call("search_knowledge", {**question, "on": "2026-11-23"}).shown["passages"]
    before = tools.call("search_knowledge", {**question, "on": "2025-06-01"}).shown["passages"]
    assert (now[0]["doc_id"], before[0]["doc_id"]) == ("shipping-us", "shipping-us-2025")
    assert len(now) <= 2


def test_a_draft_is_neither_sent_nor_remembered(tools: AgentTools, shop: Assistant, store: MemoryStore) -> None:
    asked = {"text": "How long does delivery to the United States take?", "market": "US", "conversation_id": "c"}
    drafted = tools.call("draft_reply", asked).clear
    assert drafted["sent"] is False
    assert store.load("c") is None
    assert tools.call("draft_reply", asked).clear["action"] == drafted["action"]
    assert drafted["reply"]["text"]
    outcome = shop.handle(message("How long does delivery to the United States take?"))
    assert drafted["action"] == outcome.action.value


def test_a_draft_knows_the_stored_conversation(tools: AgentTools, shop: Assistant) -> None:
    shop.handle(message("I want to talk to a human being!", 1))
    drafted = tools.call("draft_reply", {"text": "Are you still there?", "market": "US", "conversation_id": "c"}).shown
    assert drafted["reasons"][0] == "held_by_person"


def test_a_check_needs_evidence_for_every_figure(tools: AgentTools) -> None:
    text = "You can return it within 45 days."
    assert tools.call("check_reply", {"text": text, "language": "en"}).shown["verdict"] == "block"
    borne_out = {"text": text, "language": "en", "evidence": ["Items can be returned within 45 days."]}
    assert tools.call("check_reply", borne_out).shown["verdict"] == "pass"
    finding = tools.call("check_reply", {"text": text, "language": "en"}).shown["findings"][0]
    assert "45 days" in finding["quote"]


def test_articles_are_evidence_by_their_ids(tools: AgentTools) -> None:
    said = {"text": "Delivery takes 4 to 6 working days.", "language": "en", "market": "US"}
    assert tools.call("check_reply", {**said, "articles": ["shipping-us"]}).shown["verdict"] == "pass"
    with pytest.raises(MessageError, match=r"key 'articles'.*'made-up'"):
        tools.call("check_reply", {**said, "articles": ["made-up"]})


def test_a_check_obeys_the_platforms_rules_and_the_customers_language(tools: AgentTools) -> None:
    reply = {"text": "Vielen Dank für Ihre Nachricht, wir prüfen das gern für Sie."}
    found = tools.call("check_reply", {**reply, "customer_text": "Where is my parcel? I am waiting."}).shown
    assert "language" in [f["rule"] for f in found["findings"]]
    contact = {"text": "Write to me at joe@shop.example.", "platform": "ebay", "channel": "marketplace"}
    assert tools.call("check_reply", contact).shown["verdict"] == "block"


# --- handing over


def test_a_handover_of_a_new_message_is_recorded_with_its_packet(tools: AgentTools, store: MemoryStore) -> None:
    call = {"conversation_id": "c", "why": "the customer is in a hurry", "text": "Where is my parcel?", "market": "US"}
    done = tools.call("hand_over", {**call, "message_id": "m1"}).clear
    state = store.load("c")
    assert state is not None
    assert (state.holder, state.customer_turns, done["holder"]) == ("pending", 1, "pending")
    assert [turn.role for turn in state.turns] == ["customer"], "what was not sent is not remembered as said"
    assert done["packet"]["reason"] == REASON
    assert "the customer is in a hurry" in " ".join(done["packet"]["reasons"])
    (event,) = store.events("c")
    assert (event.message_id, event.detail["action"]) == ("m1", "handover")
    assert done["notice"]


def test_a_handled_conversation_is_handed_over_without_counting_again(
    tools: AgentTools, shop: Assistant, store: MemoryStore
) -> None:
    shop.handle(message("How long does delivery to the United States take?"))
    done = tools.call("hand_over", {"conversation_id": "c", "why": "not settled"}).clear
    state = store.load("c")
    assert state is not None
    assert (state.holder, state.customer_turns) == ("pending", 1)
    assert [turn["role"] for turn in done["packet"]["timeline"]] == ["customer", "bot"]
    assert "not settled" in json.dumps(store.events("c")[-1].detail)


def test_a_person_who_has_the_conversation_keeps_it(tools: AgentTools, shop: Assistant, store: MemoryStore) -> None:
    shop.handle(message("Where is my parcel?"))
    shop.memory.assign("c", "human", now=NOON)
    assert tools.call("hand_over", {"conversation_id": "c", "why": "again"}).clear["holder"] == "human"


def test_after_a_handover_nothing_may_be_sent(tools: AgentTools, shop: Assistant) -> None:
    tools.call("hand_over", {"conversation_id": "c", "why": "in doubt", "text": "Hello?", "market": "US"})
    later = message("How long does delivery to the United States take?", 2, received_at=None)
    assert shop.handle(later).action == "draft"


def test_the_gravest_reason_is_kept(tools: AgentTools) -> None:
    call = {"conversation_id": "c", "why": "danger", "text": "The charger is on fire!", "market": "US"}
    assert tools.call("hand_over", call).clear["packet"]["reason"] == "safety_issue"


def test_an_unknown_conversation_without_a_message_is_told(tools: AgentTools) -> None:
    with pytest.raises(UnknownConversationError, match=r"conversation_id.*'nobody'"):
        tools.call("hand_over", {"conversation_id": "nobody", "why": "x"})


# --- personal data


def test_nothing_private_is_shown_and_the_clear_answer_has_it(tools: AgentTools, shop: Assistant) -> None:
    shop.handle(message(PRIVATE, name="Anna Smith"))
    done = tools.call("hand_over", {"conversation_id": "c", "why": f"asks again: {PRIVATE}"})
    shown, clear = json.dumps(done.shown), json.dumps(done.clear)
    assert [word for word in SECRETS if word in shown] == []
    assert all(word in clear for word in SECRETS)
    read = tools.call("triage", {"text": PRIVATE, "market": "US"})
    assert [word for word in SECRETS if word in json.dumps(read.shown)] == []
    assert {entity["type"] for entity in read.shown["entities"]} == {entity["type"] for entity in read.clear["entities"]}


@pytest.mark.parametrize("text", ["Where is my order no. 84213377?", "Order number: 55120, please."])
def test_a_number_that_means_nothing_by_itself_is_hidden_too(tools: AgentTools, text: str) -> None:
    read = tools.call("triage", {"text": text, "market": "DE"})
    (number,) = [entity["value"] for entity in read.clear["entities"] if entity["type"] == "order_number"]
    assert number not in json.dumps(read.shown)


def test_placeholders_are_read_as_what_they_stand_for(tools: AgentTools, store: MemoryStore) -> None:
    masked = tools.mask(PRIVATE, "c", market="US")
    assert not any(word in masked for word in SECRETS)
    tools.call("hand_over", {"conversation_id": "c", "why": "asked", "text": masked, "market": "US"})
    state = store.load("c")
    assert state is not None
    assert state.turns[0].text == PRIVATE == tools.restore(masked, "c")
    reply = {"text": "Dear [NAME_1], thank you for your message.", "language": "en"}
    assert "placeholder" in json.dumps(tools.call("check_reply", reply).shown)
    assert tools.call("check_reply", {**reply, "conversation_id": "c"}).shown["verdict"] == "pass"


def test_one_conversation_never_gets_anothers_values(tools: AgentTools) -> None:
    tools.mask("Mail kate@example.com", "one")
    assert tools.restore("[EMAIL_1]", "two") == "[EMAIL_1]"
    drafted = tools.call("draft_reply", {"text": "My address is [EMAIL_1], where is my parcel?", "market": "US"})
    assert "kate" not in json.dumps(drafted.clear)


def test_an_agent_of_one_conversation_reaches_no_other(shop: Assistant, store: MemoryStore) -> None:
    tools = AgentTools(shop, conversation_id="mine")
    shop.handle(message(PRIVATE))
    with pytest.raises(MessageError, match="'conversation_id' is 'c'"):
        tools.call("hand_over", {"conversation_id": "c", "why": "planted"})
    assert len(store.events("c")) == 1
    assert tools.call("hand_over", {"conversation_id": "mine", "why": "asked", "text": "A human!"}).shown["holder"] == "pending"
    assert tools.call("triage", {"text": "Hello"}).shown["language"] == "en"


def test_without_masking_the_model_sees_all(shop: Assistant) -> None:
    answer = AgentTools(shop, masked=False).call("triage", {"text": PRIVATE})
    assert answer.shown == answer.clear
    assert "anna.smith@example.com" in json.dumps(answer.shown)


# --- bad input


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("triage", {"text": "a", "market": "XQ"}, "'market'.*'XQ'"),
        ("triage", {"text": ""}, "'text'.*empty"),
        ("triage", {"text": " \n\t"}, "'text'.*empty"),
        ("triage", {"text": "a" * 1_000_000}, "'text'"),
        ("triage", {}, "'text'"),
        ("triage", {"text": 3}, "'text'"),
        ("triage", {"text": ["a"]}, "'text'"),
        ("triage", {"text": "a", "chanel": "email"}, "'chanel'"),
        ("triage", {"text": "a", "channel": "fax"}, "'channel'"),
        ("triage", {"text": "a", "platform": "E Bay"}, "'platform'"),
        ("triage", {"text": "a", "history": [{"role": "queen", "text": "b"}]}, "'history.0.role'"),
        ("search_knowledge", {"text": "a", "k": 1000}, "'k'"),
        ("search_knowledge", {"text": "a", "on": "soon"}, "'on'"),
        ("draft_reply", {"text": "a", "order": {"status": "shipped"}}, "'order'"),
        ("check_reply", {"text": "a", "evidence": "all of it"}, "'evidence'"),
        ("hand_over", {"text": "a", "why": "x"}, "'conversation_id'"),
        ("hand_over", {"conversation_id": "c", "why": "", "text": "a"}, "'why'"),
        ("send_reply", {"text": "a"}, "no tool 'send_reply'"),
    ],
)
def test_bad_arguments_are_named_and_nothing_is_recorded(
    tools: AgentTools, store: MemoryStore, name: str, arguments: dict[str, Any], named: str
) -> None:
    with pytest.raises(MessageError, match=named) as caught:
        tools.call(name, arguments)
    assert len(explained(caught.value)) < 600
    assert store.load("c") is None


def test_without_an_index_the_search_says_how_to_get_one() -> None:
    class Bare(Assistant):
        def __init__(self, full: Assistant) -> None:
            self.__dict__.update(full.__dict__, knowledge=None)

    bare = Bare(Assistant(store=MemoryStore()))
    with pytest.raises(CsAssistError, match="kb build"):
        AgentTools(bare).call("search_knowledge", {"text": "a"})


@settings(max_examples=25)
@given(text=st.text(min_size=1, max_size=60), name=st.sampled_from(["triage", "draft_reply", "check_reply", "search_knowledge"]))
def test_any_text_gets_json_or_a_named_error(shared: AgentTools, text: str, name: str) -> None:
    call = {"text": text, "market": "JP"}
    if text.strip():
        json.dumps(shared.call(name, call).shown).encode()
    else:
        with pytest.raises(MessageError, match="'text'"):
            shared.call(name, call)


@pytest.fixture(scope="module")
def shared(shop_index: Path, encoder: OnnxEncoder, reader: MessageReader) -> AgentTools:
    return AgentTools(open_shop(shop_index, encoder, reader))


# --- many at once, and what a model reads of them


def test_sixty_four_calls_at_once_do_not_mix(tools: AgentTools, store: MemoryStore) -> None:
    def one(number: int) -> Any:
        text = f"Hi, please call me, my e-mail is user{number}@example.com"
        call = {"conversation_id": f"c{number}", "why": f"why {number}", "text": text, "market": "US"}
        return number, tools.call("hand_over", call)

    with ThreadPoolExecutor(64) as pool:
        for number, answer in pool.map(one, range(64)):
            told = json.dumps(answer.clear)
            assert f"user{number}@" in told
            assert told.count("@example.com") == told.count(f"user{number}@example.com")
            assert "@example.com" not in json.dumps(answer.shown)
            assert tools.restore("[EMAIL_1]", f"c{number}") == f"user{number}@example.com"
            state = store.load(f"c{number}")
            assert state is not None
            assert f"user{number}@" in state.turns[0].text


def test_every_tool_has_a_schema_that_says_what_each_argument_is() -> None:
    assert [d.name for d in DEFINITIONS] == ["triage", "search_knowledge", "draft_reply", "check_reply", "hand_over"]
    assert [d.name for d in DEFINITIONS if d.writes] == ["hand_over"]
    for definition in DEFINITIONS:
        schema = definition.arguments.model_json_schema()
        assert schema["additionalProperties"] is False
        assert all("description" in field for field in schema["properties"].values())
        assert schema["properties"]["text"].get("maxLength", LONGEST) == LONGEST
        assert len(definition.description) > 80


def test_a_message_that_came_during_the_handover_is_not_lost(shop: Assistant, tools: AgentTools, store: MemoryStore) -> None:
    before = shop.memory.commit
    raced = []

    def race(*args: Any, **options: Any) -> bool:
        if not raced:
            raced.append(True)
            shop.handle(message("One more thing!", 9, received_at=NOON + timedelta(minutes=1)))
        return before(*args, **options)

    shop.handle(message("Where is my parcel?"))
    shop.memory.commit = race  # type: ignore[method-assign]
    tools.call("hand_over", {"conversation_id": "c", "why": "in doubt"})
    state = store.load("c")
    assert state is not None
    assert (state.holder, state.customer_turns) == ("pending", 2)
