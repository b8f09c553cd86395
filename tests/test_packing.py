"""What a person gets, over the whole way of a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sample_shop import NOON, build_sample_index, message, open_shop

from cs_assist.assistant import Assistant
from cs_assist.conversation.packet import to_html, to_json, to_markdown
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.reply.phrases import load_phrases
from cs_assist.triage.reader import MessageReader
from cs_assist.types import LANGUAGES, Handover, Message, Order, Outcome

Open = Callable[..., Assistant]
ORDER = Order(number="PL-2610-47715", status="shipped", carrier="DHL", promised_date=date(2026, 11, 25))
SHIFTS = """
shifts:
  - {team: berlin, skills: [after_sales, presales], languages: [de, en], timezone: Europe/Berlin, days: [1, 2, 3, 4, 5],
     start: "09:00", end: "17:00"}
  - {team: tokyo, skills: [after_sales, presales], languages: [ja], timezone: Asia/Tokyo, days: [1, 2, 3, 4, 5],
     start: "09:00", end: "17:00"}
  - {team: law, skills: [safety_legal], languages: [en], timezone: UTC, days: [1, 2, 3, 4, 5, 6, 7], start: "00:00", end: "00:00"}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder, reader: MessageReader) -> Open:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shifts.yaml").write_text(SHIFTS, encoding="utf-8")
    index = build_sample_index(folder / "index", encoder)
    return partial(open_shop, index, encoder, reader, shifts_file=folder / "shifts.yaml")


def packet_of(outcome: Outcome) -> Handover:
    assert outcome.handover is not None
    return outcome.handover


PERSON = {
    "de": (
        "DE",
        "Wo ist meine Bestellung PL-2610-47715?",
        "Ich möchte mit einem Menschen sprechen!",
        "Bestellung: PL-2610-47715",
    ),
    "en": ("GB", "Where is my order PL-2610-47715?", "I want to talk to a human now.", "Order: PL-2610-47715"),
    "fr": ("FR", "Où est ma commande PL-2610-47715 ?", "Je veux parler à un humain.", "Commande: PL-2610-47715"),
    "es": ("ES", "¿Dónde está mi pedido PL-2610-47715?", "Quiero hablar con una persona.", "Pedido: PL-2610-47715"),
    "ja": ("JP", "注文番号PL-2610-47715の商品は今どこですか？", "担当者と話したいです。", "ご注文: PL-2610-47715"),
    "th": ("TH", "คำสั่งซื้อ PL-2610-47715 ของฉันอยู่ที่ไหน", "ขอคุยกับเจ้าหน้าที่ค่ะ", "คำสั่งซื้อ: PL-2610-47715"),
    "ar": ("SA", "أين طلبي رقم PL-2610-47715؟", "أريد التحدث مع موظف.", "الطلب: PL-2610-47715"),
}


@pytest.mark.parametrize("language", PERSON)
def test_what_was_said_of_the_order_before_stands_in_the_packet_of_the_handover(language: str, shop: Open) -> None:
    market, asked, wish, order = PERSON[language]
    assistant = shop()
    assistant.handle(message(asked, 1, market=market, channel="email", order=ORDER))
    outcome = assistant.handle(message(wish, 2, market=market, channel="email", received_at=NOON + timedelta(minutes=5)))
    assert (outcome.action.value, outcome.decision.reason) == ("handover", "human_request")
    packet = packet_of(outcome)
    assert packet.order == ORDER
    assert "PL-2610-47715" in [entity.value for entity in packet.entities]
    for text in (packet.summary, packet.customer_summary):
        assert asked in text
        assert wish in text
    assert order in packet.customer_summary
    assert packet.notice == outcome.reply.text


def test_the_shops_people_and_the_customer_each_read_their_own_language(shop: Open) -> None:
    market, asked, wish, order = PERSON["de"]
    assistant = shop(agent_language="pl")
    assistant.handle(message(asked, 1, market=market, order=ORDER))
    packet = packet_of(assistant.handle(message(wish, 2, market=market, received_at=NOON + timedelta(minutes=5))))
    assert packet.agent_language == "pl"
    for part in ("Przekazano: human_request (prośba o rozmowę z człowiekiem)", "status zamówienia", "(wysłane, 2026-11-25)"):
        assert part in packet.summary
    assert packet.customer_summary.startswith("Anliegen: ")
    assert order in packet.customer_summary
    assert "### Dla klienta" in to_markdown(packet)


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_every_language_has_titles_for_what_its_customer_reads(language: str) -> None:
    own, english = load_phrases(language), load_phrases("en")
    assert own.recap != english.recap
    assert not set(own.intent_names.values()) & set(english.intent_names.values())


@pytest.mark.parametrize("second", ["PL-2610-99999", None])
def test_of_an_order_that_was_left_for_another_nothing_is_told(second: str | None, shop: Open) -> None:
    assistant = shop()
    assistant.handle(message("Where is my order PL-2610-47715?", 1, market="GB", order=ORDER))
    about = f"And order {second}? " if second else ""
    packet = packet_of(assistant.handle(message(f"{about}I want to talk to a human.", 2, market="GB")))
    assert packet.order == (None if second else ORDER)


def test_what_nobody_needs_to_read_is_hidden_in_every_form(shop: Open) -> None:
    secrets = ("4111 1111 1111 1111", "529.982.247-25", "hunter22")
    told = f"Meu cartão {secrets[0]}, meu CPF é {secrets[1]}, minha senha: {secrets[2]}. Meu e-mail é ana@example.com."
    assistant = shop()
    assistant.handle(message(told, 1, market="BR"))
    packet = packet_of(assistant.handle(message("Vou processar vocês no Procon!", 2, market="BR")))
    for text in (to_json(packet), to_markdown(packet), to_html(packet)):
        assert [secret for secret in secrets if secret in text] == []
        assert "[CARD]" in text
        assert "ana@example.com" in text
    kept = assistant.memory.known(message("", 3))
    assert kept is not None
    assert kept.turns[0].text == told  # what the customer wrote is not lost


@pytest.mark.parametrize(
    ("text", "market", "hours", "team", "zone"),
    [
        ("Ich möchte mit einem Menschen sprechen!", "DE", 8, "berlin", "Europe/Berlin"),
        ("担当者と話したいです。", "JP", 8, "tokyo", "Asia/Tokyo"),
        ("I will sue you.", "GB", 8, "law", "UTC"),
    ],
)
def test_the_packet_names_the_team_and_its_hours(text: str, market: str, hours: int, team: str, zone: str, shop: Open) -> None:
    packet = packet_of(shop().handle(message(text, market=market, received_at=NOON + timedelta(hours=hours))))
    assert (packet.team, packet.timezone) == (team, zone)
    assert packet.human_at is not None
    assert f"({zone})" in to_markdown(packet)


def test_what_the_bot_could_have_answered_is_suggested_to_the_person(shop: Open) -> None:
    order = ORDER.model_copy(update={"total": Decimal(900), "currency": "EUR"})
    assistant = shop(handover_amount={"EUR": 500})
    packet = packet_of(assistant.handle(message("Wo ist meine Bestellung PL-2610-47715?", market="DE", order=order)))
    assert packet.reason == "amount"
    assert "PL-2610-47715" in packet.suggested_reply
    assert "25. November 2026" in packet.suggested_reply


@pytest.mark.parametrize(
    "text",
    ["I will take you to court over this. How do I return a jacket?", "You showed me another customer's data and address."],
)
def test_a_threat_gets_no_ready_text(text: str, shop: Open) -> None:
    packet = packet_of(shop(draft_at=0.0).handle(message(text, market="GB")))
    assert packet.priority == "P1"
    assert packet.suggested_reply == ""


def test_the_timeline_spans_the_channels_and_the_episodes(shop: Open) -> None:
    def told(text: str, number: int, **more: Any) -> Message:
        return message(text, number, market="DE", received_at=NOON + timedelta(hours=number), **more)

    assistant = shop()
    assistant.handle(told("Wie lange dauert die Lieferung?", 1, channel="email"))
    assistant.memory.resolve("c", now=NOON + timedelta(hours=1, minutes=1))
    assistant.handle(told("Wo ist meine Bestellung PL-2610-47715?", 2, channel="email"))
    note = to_markdown(packet_of(assistant.handle(told("Ich möchte mit einem Menschen sprechen!", 3, channel="whatsapp"))))
    now, earlier = note.split("### Earlier episodes (Europe/Berlin)")
    assert "2026-11-23 15:00 · email · customer" in now
    assert "2026-11-23 16:00 · whatsapp · customer" in now
    assert "Wie lange" in earlier
    assert "Wie lange" not in now
