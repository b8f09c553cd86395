from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sample_shop import ANGRY, ARTICLES, NOON, angry, build_sample_index, message, open_shop

from cs_assist.assistant import Assistant
from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import IndexMissingError, SettingsError, UnknownMarketError
from cs_assist.knowledge.articles import load_articles
from cs_assist.store.base import MemoryStore
from cs_assist.store.sql import SqlStore
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Customer, Message, Order, Turn

DELIVERY = "How long does delivery to the United States take and what does it cost?"
TEXTS = {article.head.id: article.text for article in load_articles(ARTICLES).articles}


Open = Callable[..., Assistant]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder, reader: MessageReader) -> Open:
    """Open the sample shop's assistant, with a store and with settings by name."""
    index = build_sample_index(tmp_path_factory.mktemp("shop") / "index", encoder)
    return partial(open_shop, index, encoder, reader)


def test_a_question_with_a_known_answer_is_answered_with_the_articles_text(shop: Open) -> None:
    outcome = shop(reply_at=0.3).handle(message(DELIVERY))
    assert outcome.action.value == "reply"
    assert outcome.reply.citations == ("shipping-us",)
    assert "4 to 6 working days and costs 5.90 USD" in outcome.reply.text
    assert outcome.decision.send_at == NOON
    assert outcome.handover is None


def test_two_dissatisfied_messages_hand_over_with_a_notice_in_the_customers_language_and_a_packet(shop: Open) -> None:
    assistant = shop()
    first, second = assistant.handle(angry(1)), assistant.handle(angry(2))
    assert first.action.value == "draft"
    assert (second.action.value, second.decision.reason) == ("handover", "dissatisfied")
    assert (second.reply.language, second.reply.source) == ("de", "notice")
    assert assistant.reader.identify(second.reply.text)[0] == "de"
    packet = second.handover
    assert packet is not None
    assert (packet.reason, packet.queue, packet.customer_language, packet.market) == ("dissatisfied", "team_lead", "de", "DE")
    assert tuple(turn.text for turn in packet.timeline) == ANGRY
    assert packet.due_at > NOON


def test_a_satisfied_message_between_two_dissatisfied_ones_keeps_the_bot_at_work(shop: Open) -> None:
    assistant = shop()
    assistant.handle(angry(1))
    assistant.handle(message("Vielen Dank, das Paket ist jetzt da, alles bestens!", 5, market="DE"))
    last = assistant.handle(angry(2))
    assert last.action.value != "handover"
    assert last.conversation is not None
    assert last.conversation.strikes == 1


def test_conversations_do_not_count_each_others_strikes(shop: Open) -> None:
    assistant = shop()
    assistant.handle(angry(1))
    other = assistant.handle(angry(2).model_copy(update={"conversation_id": "another"}))
    assert other.conversation is not None
    assert other.conversation.strikes == 1


def test_a_conversation_survives_a_restart(shop: Open, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    before = SqlStore(url)
    shop(before).handle(angry(1))
    before.close()
    after = SqlStore(url)
    outcome = shop(after).handle(angry(2))
    after.close()
    assert outcome.decision.reason == "dissatisfied"
    assert outcome.conversation is not None
    assert (outcome.conversation.strikes, outcome.conversation.customer_turns) == (2, 2)


def test_the_same_message_twice_is_ignored_and_counts_once(shop: Open) -> None:
    store = MemoryStore()
    assistant = shop(store)
    assistant.handle(angry(1))
    again = assistant.handle(angry(1))
    assert (again.action.value, again.decision.reason, again.reply.text) == ("ignore", "duplicate", "")
    state = store.load("c")
    assert state is not None
    assert (state.strikes, state.customer_turns, len(store.events("c"))) == (1, 1, 1)


def test_while_a_person_holds_the_conversation_nothing_is_sent(shop: Open) -> None:
    assistant = shop(reply_at=0.3)
    assert assistant.handle(message("I will take you to court over this.", 1)).action.value == "handover"
    for number in (2, 3):
        outcome = assistant.handle(message(DELIVERY, number))
        assert (outcome.action.value, outcome.decision.reason) == ("draft", "held_by_person")
        assert outcome.decision.send_at is None
        assert outcome.handover is not None
        assert outcome.decision.proposed == "answered"
        assert outcome.reply.text
        assert outcome.handover.suggested_reply == outcome.reply.text
        assert not assistant.may_send(outcome)


def test_after_the_person_closes_the_conversation_the_bot_answers_again(shop: Open) -> None:
    assistant = shop(reply_at=0.3)
    assistant.handle(message("I will take you to court over this.", 1))
    assistant.memory.assign("c", "closed", now=NOON)
    outcome = assistant.handle(message(DELIVERY, 2))
    assert outcome.action.value == "reply"
    assert outcome.conversation is not None
    assert outcome.conversation.episode == 2


def test_an_answer_that_exists_only_in_another_language_is_attached_and_never_pasted(shop: Open) -> None:
    outcome = shop().handle(message("Combien coûte la taxe d'importation pour une livraison en Suisse ?", market="CH"))
    assert (outcome.action.value, outcome.decision.reason) == ("draft", "other_language")
    assert outcome.handover is not None
    assert TEXTS["zoll-ch"] in (outcome.handover.source_text or "")
    assert "[zoll-ch, de]" in (outcome.handover.source_text or "")
    assert outcome.reply.language == "fr"
    for text in (outcome.reply.text, outcome.handover.suggested_reply):
        assert "Einfuhrsteuer" not in text


def test_a_text_that_the_check_blocks_is_not_sent_and_says_why(shop: Open) -> None:
    outcome = shop(reply_at=0.3).handle(message("How much does gift wrapping cost?", market="GB"))
    assert outcome.action.value in ("draft", "handover")
    assert "blocked by placeholder" in outcome.decision.reasons
    assert [check.rule for check in outcome.checks] == ["placeholder"]
    assert outcome.decision.send_at is None
    assert outcome.handover is not None


def test_an_order_the_caller_knows_is_told_and_not_asked_for(shop: Open) -> None:
    order = Order(number="PL-2610-47715", status="shipped", promised_date=(NOON + timedelta(days=2)).date())
    outcome = shop().handle(message("Where is my order?", order=order))
    assert (outcome.action.value, outcome.decision.reason) == ("reply", "order_facts")
    assert "PL-2610-47715" in outcome.reply.text


@pytest.mark.parametrize(("market", "guess"), [("UK", "GB"), ("uk", "GB"), ("USA", "US")])
def test_an_unknown_market_is_the_callers_mistake_and_the_nearest_is_named(shop: Open, market: str, guess: str) -> None:
    store = MemoryStore()
    with pytest.raises(UnknownMarketError, match=f"no market data for '{market}'. Did you mean '{guess}'?"):
        shop(store).handle(message(DELIVERY, market=market))
    assert store.export("c")["conversations"] == []


@pytest.mark.parametrize("market", ["us", " US"])
def test_a_markets_code_finds_the_same_articles_however_it_is_written(shop: Open, market: str) -> None:
    found = shop().handle(message(DELIVERY, market=market)).findings
    assert found == shop().handle(message(DELIVERY, market="US")).findings


def test_a_message_without_a_market_sees_the_default_markets_articles_only(shop: Open) -> None:
    outcome = shop(default_market="US").handle(message(DELIVERY, market=None))
    assert {passage.doc_id for passage in outcome.findings.passages} == {"shipping-us", "returns", "kettle-descaling"}


def test_expired_and_foreign_articles_stay_out_of_every_answer(shop: Open) -> None:
    assistant = shop(reply_at=0.0, draft_at=0.0)
    for number, market in enumerate(["US", "DE", "CH", "GB", "JP"]):
        found = assistant.handle(message(DELIVERY, number, market=market, conversation_id=market)).findings
        assert "shipping-us-2025" not in {passage.doc_id for passage in found.passages}
        assert ("shipping-us" in {passage.doc_id for passage in found.passages}) == (market == "US")


def test_a_dialogue_is_judged_turn_by_turn_with_only_what_came_before(shop: Open) -> None:
    assistant = shop()
    turns = [Turn(role=role, text=text) for role, text in [
        ("customer", "Hallo, wo ist mein Paket?"), ("bot", "Es ist unterwegs."), ("customer", ANGRY[0]),
        ("agent", "Wir prüfen das."), ("customer", ANGRY[1]),
    ]]  # fmt: skip
    frame = message("", market="DE")
    whole = list(assistant.converse(turns, message=frame))
    assert [index for index, _ in whole] == [0, 2, 4]
    assert [(o.conversation.strikes if o.conversation else None) for _, o in whole] == [0, 1, 2]
    assert whole[2][1].decision.reason == "dissatisfied"
    for end in (1, 3):
        assert list(assistant.converse(turns[:end], message=frame)) == whole[: (end + 1) // 2]
    changed = [*turns[:3], Turn(role="customer", text="I will take you to court."), Turn(role="customer", text="Danke!")]
    assert list(assistant.converse(changed, message=frame))[:2] == whole[:2]


def test_a_dialogue_leaves_no_trace_in_the_store(shop: Open) -> None:
    store = MemoryStore()
    outcomes = [o for _, o in shop(store).converse([Turn(role="customer", text="Hi")], message=message(""))]
    assert len(outcomes) == 1
    assert store.export("c")["conversations"] == []


def test_reading_remembers_nothing_and_keeps_the_order(shop: Open) -> None:
    store = MemoryStore()
    read = shop(store).triage([message("Where is my parcel?"), message(ANGRY[0], market="DE"), message("")])
    assert [triage.language for triage in read] == ["en", "de", "en"]
    assert store.export("c")["conversations"] == []


def test_without_an_index_at_the_default_place_the_assistant_works_without_knowledge(tmp_path: Path) -> None:
    outcome = Assistant(load_settings(index_dir=tmp_path / "none"), store=MemoryStore()).handle(message(DELIVERY))
    assert outcome.findings.passages == ()
    assert outcome.action.value == "draft"


def test_an_index_that_was_named_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="there is no knowledge index"):
        Assistant(index=tmp_path / "none", store=MemoryStore())


def test_a_wrong_setting_is_an_error_before_any_message() -> None:
    with pytest.raises(SettingsError, match="strikes"):
        Assistant(load_settings(strikes=0))


def test_a_case_on_three_channels_is_answered_once(shop: Open) -> None:
    assistant = shop(reply_at=0.3, identity_key="k")
    who = {"email": "ana@example.com", "phone": "+1 212 555 0199"}
    heard = [("email", {"email": who["email"]}), ("whatsapp", who), ("live_chat", {"phone": who["phone"]})]
    outcomes = [
        assistant.handle(message(DELIVERY, n, conversation_id=channel, channel=channel, customer=Customer(**known)))
        for n, (channel, known) in enumerate(heard)
    ]
    assert [(o.action.value, o.decision.reason) for o in outcomes] == [
        ("reply", "answered"),
        ("draft", "same_case"),
        ("draft", "same_case"),
    ]
    assert outcomes[1].handover is not None
    assert outcomes[1].handover.suggested_reply == outcomes[0].reply.text
    assert {o.conversation.id for o in outcomes if o.conversation} == {"email"}


def test_what_was_decided_before_a_person_came_is_not_sent(shop: Open) -> None:
    assistant = shop(reply_at=0.3)
    outcome = assistant.handle(message(DELIVERY))
    assert assistant.may_send(outcome)
    assistant.handle(message("I take over.", 2, author="agent"))
    assert not assistant.may_send(outcome)


def test_the_same_question_a_third_time_calls_a_person(shop: Open) -> None:
    turns = [Turn(role=role, text=text) for role, text in [
        ("customer", "Is the lid of the Orlando casserole safe in the dishwasher?"), ("bot", "We have seven lovely colours!"),
        ("customer", "Nice. But the lid, can it go in the dishwasher?"), ("bot", "Delivery is free today!"),
        ("customer", "So, dishwasher for the lid, yes or no?"),
    ]]  # fmt: skip
    last = list(shop().converse(turns, message=message("", market="GB")))[-1][1]
    assert (last.action.value, last.decision.reason, last.decision.tier) == ("handover", "repeated", "team_lead")


class Orders:
    """The sample shop's orders; one of them breaks the lookup."""

    def find(self, number: str, message: Message) -> Order | None:
        if number == "PL-2610-00000":
            raise TimeoutError(message.text)
        return Order(number=number, status="shipped", promised_date=(NOON + timedelta(days=2)).date())


def test_an_order_that_the_message_names_is_looked_up(shop: Open) -> None:
    assistant = shop(orders=Orders())
    outcome = assistant.handle(message("Where is my order PL-2610-47715?"))
    assert (outcome.action.value, outcome.decision.reason) == ("reply", "order_facts")
    assert "November 25, 2026" in outcome.reply.text


def test_a_lookup_that_fails_is_a_handover_with_the_stage_named(shop: Open) -> None:
    outcome = shop(orders=Orders()).handle(message("Where is my order PL-2610-00000?"))
    assert outcome.action.value == "handover"
    assert outcome.fault is not None
    assert (outcome.fault.stage, outcome.fault.error) == ("find", "TimeoutError")


def test_an_order_whose_facts_cannot_be_true_is_a_persons(shop: Open) -> None:
    order = Order(number="PL-2610-47715", status="shipped", placed_at=NOON.date(), promised_date=NOON.date() - timedelta(days=3))
    outcome = shop().handle(message("Where is my order?", order=order))
    assert (outcome.action.value, outcome.decision.reason) == ("draft", "order_doubtful")
    assert any("before it was placed" in why for why in outcome.decision.reasons)
    assert str(order.promised_date) not in outcome.reply.text


AMENDS = """\
ceiling: {USD: 20}
offers:
  - {kind: coupon, intents: [item_damaged], from_tier: slight, granted_by: bot, amount: {USD: 5}, code: SORRY5}
  - {kind: replacement, intents: [item_damaged], from_tier: slight, granted_by: team_lead}
"""


def test_what_the_bot_may_grant_stands_in_the_draft_and_the_rest_in_the_packet(shop: Open, tmp_path: Path) -> None:
    path = tmp_path / "amends.yaml"
    path.write_text(AMENDS, encoding="utf-8")
    broken = message("The lamp that I got from you is damaged, the glass is broken.")
    outcome = shop(compensation_file=path).handle(broken)
    assert outcome.triage is not None
    assert outcome.triage.intent == "item_damaged"
    assert outcome.action.value == "draft"
    assert "SORRY5" in outcome.reply.text
    assert "$5.00" in outcome.reply.text
    assert outcome.handover is not None
    offered = {(offer.kind, offer.granted_by) for offer in outcome.handover.offers}
    assert offered == {("coupon", "bot"), ("replacement", "team_lead")}
    assert "SORRY5" not in shop().handle(broken).reply.text
