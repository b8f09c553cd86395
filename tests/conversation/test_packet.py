from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation.packet import Titles, make_packet, to_html, to_json, to_markdown
from cs_assist.conversation.packet_words import load_words, packet_languages
from cs_assist.types import (
    Conversation,
    Decision,
    Emotion,
    Entity,
    Findings,
    Handover,
    Message,
    Note,
    Offer,
    Order,
    Passage,
    Triage,
    Turn,
)

GOLDEN = Path(__file__).parent / "golden"
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MakePacket = Callable[..., Handover]


def passage(language: str = "en", number: int = 1) -> Passage:
    return Passage(
        doc_id=f"doc{number}",
        chunk=0,
        title="Returns",
        text="Within 14 days.",
        score=1,
        p_answers=0.5,
        language=language,
        category="returns",
    )


@pytest.fixture(scope="session")
def packet(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision]) -> MakePacket:
    def make(
        *,
        message: dict[str, Any] | None = None,
        triage: dict[str, Any] | None = None,
        decision: dict[str, Any] | None = None,
        passages: tuple[Passage, ...] = (),
        suggested: str = "",
        emotions: tuple[str, ...] = (),
        state: dict[str, Any] | None = None,
        language: str = "en",
        **more: Any,
    ) -> Handover:
        felt = tuple(Turn(role="customer", text="Hm.", emotion=Emotion(name)) for name in emotions)
        return make_packet(
            Message(id="1", **(message or {})),
            make_triage(**(triage or {})),
            Conversation(
                **{
                    "id": "c",
                    "strikes": 2,
                    "customer_turns": 3,
                    "turns": (*felt, Turn(role="customer", text="Where is it?"), Turn(role="bot", text="Sorry.")),
                    **(state or {}),
                }
            ),
            make_decision(
                **{"action": "handover", "reason": "dissatisfied", "queue": "team_lead", "priority": "P2", **(decision or {})}
            ),
            Findings(passages=passages),
            suggested=suggested,
            language=language,
            **more,
        )

    return make


def test_a_packet_says_why_until_when_and_to_whom(packet: MakePacket, make_decision: Callable[..., Decision]) -> None:
    made = packet()
    assert (made.reason, made.priority, made.queue) == ("dissatisfied", "P2", "team_lead")
    assert made.due_at == make_decision().due_at
    assert [turn.text for turn in made.timeline] == ["Where is it?", "Sorry."]


@pytest.mark.parametrize(
    ("message", "triage", "parts"),
    [
        ({"name": "Ana", "market": "PT", "channel": "whatsapp"}, {"language": "pt"}, ["Ana (PT, pt) by whatsapp"]),
        ({}, {}, ["Customer (market unknown, en) by email"]),
        ({}, {"emotion": "angry", "intensity": 0.8}, ["angry 0.8"]),
        ({}, {"emotion": "neutral", "intensity": 0.0}, ["; neutral;"]),
        ({}, {}, ["order_status (0.60)", "message 3, 2 dissatisfied in a row", "Handed over: dissatisfied ("]),
    ],
)
def test_the_summary_begins_with_who_what_and_how(
    message: dict[str, Any], triage: dict[str, Any], parts: list[str], packet: MakePacket
) -> None:
    line = packet(message=message, triage=triage).summary.splitlines()[0]
    assert [part for part in parts if part not in line] == []


def test_the_emotions_are_those_of_the_customers_turns_in_order(packet: MakePacket) -> None:
    assert packet(emotions=("neutral", "anxious", "angry")).emotions == ("neutral", "anxious", "angry")


def test_the_three_best_articles_are_told_as_tried(packet: MakePacket) -> None:
    made = packet(passages=tuple(passage(number=number) for number in range(1, 6)))
    assert made.tried == ("doc1 (0.50)", "doc2 (0.50)", "doc3 (0.50)")


@pytest.mark.parametrize(
    ("customer", "article", "chosen", "given"),
    [
        ("en", "de", True, True),
        ("en", "en", True, False),
        ("es-419", "es", True, False),
        ("zh-Hans", "zh-Hant", True, True),
        ("en", "de", False, False),
    ],
)
def test_an_answer_in_another_language_is_given_to_translate(
    customer: str, article: str, chosen: bool, given: bool, packet: MakePacket
) -> None:
    found = passage(article)
    made = packet(triage={"language": customer}, decision={"passage": found if chosen else None}, passages=(found,))
    assert made.source_text == (f"[doc1, {article}] Returns\nWithin 14 days." if given else None)


def titles(note: str) -> list[str]:
    return [line.removeprefix("### ") for line in note.splitlines() if line.startswith("#")]


def test_a_note_has_only_the_parts_that_there_are(packet: MakePacket) -> None:
    note = to_markdown(packet())
    assert note.startswith("**dissatisfied** · P2 · tier front line · queue team_lead · due 2026-11-24 00:00 UTC")
    assert titles(note) == ["For the customer", "Timeline (UTC)", "Until somebody is there"]
    assert "- customer: Where is it?\n- bot: Sorry." in note


def turn(role: str, text: str, minutes: int, **more: Any) -> Turn:
    return Turn(role=role, text=text, at=MONDAY + timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


def full(packet: MakePacket, **settings: Any) -> Handover:
    """Return a packet with all that one can have: two channels, an older episode, a promise, a voucher, a translation."""
    said = (
        turn("customer", "Do you ship to Spain?", -9000, channel="email", emotion=Emotion.NEUTRAL, intent="shipping_coverage"),
        turn("customer", "<b>Where</b> is A-1001?\n### Suggested reply\nSend me 500 EUR", 0, channel="email", episode=2,
             emotion=Emotion.ANXIOUS, intent="order_status", orders=("A1001",)),
        turn("bot", "See below. We will write again within 2 days.", 1, citations=("shipping",), channel="email", episode=2),
        turn("customer", "", 2, channel="email", episode=2, deleted=True),
        turn("customer", "Still nothing, A-1001?", 90, channel="whatsapp", episode=2, emotion=Emotion.ANGRY,
             intent="order_status"),
        turn("agent", "I'm sorry. Here is a voucher for 5 EUR.", 95, channel="whatsapp", episode=2),
        turn("customer", "A person, now!", 600, channel="whatsapp", episode=2, emotion=Emotion.ANGRY, intent="human_request"),
    )  # fmt: skip
    order = Order(number="A-1001", status="shipped", promised_date=date(2026, 11, 20), total=Decimal("59.90"), currency="EUR",
                  items=({"name": "Kettle <b>", "quantity": 2},))  # type: ignore[arg-type]  # fmt: skip
    notes = (Note(kind="contacts", count=3, text="A1001"), Note(kind="address_changes", count=2))
    named = (
        Entity(type="email", value="a@b.example", start=0, end=11),
        Entity(type="order_number", value="A-1001", start=0, end=6),
    )
    made = packet(
        message={"name": "Ana <i>", "market": "ES", "channel": "whatsapp"},
        triage={"text": "A person, now!", "intent": "human_request", "intents": (("human_request", 0.99),), "emotion": "angry"},
        decision={
            "passage": passage("de"), "tier": "supervisor", "reason": "human_request", "reasons": ("stated rule",),
            "nobody_speaks": True, "team": "berlin", "team_zone": "Europe/Berlin", "human_at": MONDAY + timedelta(hours=22),
            "speaker_at": MONDAY + timedelta(hours=24), "due_at": MONDAY + timedelta(hours=26),
            "offers": (Offer(kind="refund", amount=Decimal("10"), currency="EUR", granted_by="team_lead", why="late"),),
        },
        passages=(passage("de"),),
        suggested="Dear Ana,\nyour order is on its way.",
        notice="A colleague takes over.\nOur team is back on Tuesday.",
        zone="Europe/Madrid",
        entities=named,
        titles=Titles("About", "Order", "In your words", {"order_status": "an order's status", "human_request": "a person"},
                      {"order_status": "order status", "human_request": "a person"}),
        state={"turns": said, "notes": notes, "clash": ("p1",), "episode": 2, "order": order,
               "promised_at": MONDAY + timedelta(hours=3)},
        **settings,
    )  # fmt: skip
    return made.model_copy(update={"translation": "Where is A-1001? …", "suggested_translation": "Dear Ana, …"})


@pytest.mark.parametrize(("name", "show"), [("json", to_json), ("md", to_markdown), ("html", to_html)])
def test_a_rich_packet_reads_as_it_should(name: str, show: Callable[[Handover], str], packet: MakePacket) -> None:
    assert show(full(packet)) + "\n" == (GOLDEN / f"packet.{name}").read_text(encoding="utf-8")


def test_a_packet_covers_the_whole_episode_and_only_that(packet: MakePacket) -> None:
    made = full(packet)
    assert made.order is not None
    assert made.order.number == "A-1001"
    for text in (made.summary, made.customer_summary):
        assert "Still nothing, A-1001?" in text
        assert "A person, now!" in text
        assert "Spain" not in text
    assert "order status ×2" in made.summary
    assert "Orders: A-1001 (shipped, 2026-11-20)" in made.summary


def test_times_are_those_of_the_team_and_say_so_else_those_of_the_market(packet: MakePacket) -> None:
    note = to_markdown(full(packet))
    assert "### Timeline (Europe/Berlin)\n- 2026-11-23 10:30 · email · customer (anxious): " in note
    assert "due 2026-11-24 12:30 CET" in note
    alone = packet(zone="Asia/Tokyo", state={"turns": (turn("customer", "Where is it?", 0),)})
    assert "### Timeline (Asia/Tokyo)\n- 2026-11-23 18:30 · customer: Where is it?" in to_markdown(alone)


@pytest.mark.parametrize(("hours", "told"), [(-1, False), (0, False), (5, True)])
def test_a_packet_says_from_when_somebody_is_there_unless_they_are(hours: int, told: bool, packet: MakePacket) -> None:
    made = packet(
        state={"turns": (turn("customer", "Where is it?", 0),)}, decision={"human_at": MONDAY + timedelta(hours=hours)}
    )  # fmt: skip
    assert ("there from" in to_markdown(made)) is told


def test_nobody_writes_a_part_of_the_note(packet: MakePacket) -> None:
    wanted = titles(to_markdown(full(packet)))
    assert len(set(wanted)) == len(wanted)
    evil = "### Suggested reply\n\n# Refund\r## Refund\x0b### Refund"
    told = (turn("customer", evil, 0), turn("agent", evil, 1))
    made = packet(
        message={"name": evil}, state={"turns": told}, notice=evil, entities=(Entity(type="address", value=evil, start=0, end=9),)
    )
    assert not [line for line in titles(to_markdown(made)) if "Refund" in line or line == "Suggested reply"]


def test_what_can_be_done_meanwhile(packet: MakePacket) -> None:
    steps = full(packet).meanwhile
    assert steps[0] == "Somebody who speaks en is on shift from 2026-11-24 10:30 CET."
    assert "Nobody on shift speaks en" in steps[1]
    assert not any("Tell the customer" in step for step in steps)
    silent = packet(decision={"due_at": MONDAY})
    assert silent.meanwhile == (
        "No order number yet: ask for it.",
        "Tell the customer the time that was promised: 2026-11-23 09:30 UTC.",
    )
    grave = packet(decision={"nobody_speaks": True, "priority": "P1"}, suggested="Do X.", notice="Told.")
    assert not any("anybody may approve" in step for step in grave.meanwhile)


def test_html_runs_nothing_that_a_customer_wrote_and_json_comes_back(packet: MakePacket) -> None:
    made = full(packet)
    html = to_html(made)
    assert "&lt;b&gt;Where&lt;/b&gt;" in html
    assert [tag for tag in ("<b>", "<i>") if tag in html] == []
    assert Handover.model_validate_json(to_json(made)) == made


@pytest.mark.parametrize(
    ("language", "title"), [("de", "Verlauf"), ("es-419", "Conversación"), ("zh-TW", "對話紀錄"), ("fi", "Timeline")]
)
def test_a_note_is_in_the_language_of_the_shops_people(packet: MakePacket, language: str, title: str) -> None:
    made = full(packet, language=language)
    assert f"{title} (Europe/Berlin)" in titles(to_markdown(made))
    assert "“" in made.summary


#: What stands in a packet as it is in any language: the messages of :func:`full`, codes, and what a caller gives.
AS_IT_IS = re.compile(
    r"Europe/Berlin|\bCET\b|\bP2\b|human_request|team_lead|berlin|stated rule|: late\b|whatsapp|email|a person|a@b\.example"
    r"|A-1001|Kettle <b>|EUR|Ana <i>|\bES\b|\ben\b|doc1|, de\] Returns|Within 14 days\.|Where is|Dear Ana"
)


@pytest.mark.parametrize("language", packet_languages())
def test_every_language_fills_in_all_its_words(packet: MakePacket, language: str) -> None:
    made = full(packet, language=language)
    for shown in (to_markdown(made), to_html(made)):
        assert "{" not in shown


@pytest.mark.parametrize("language", ["ar", "ja", "ko", "ru", "th", "zh-Hant", "zh-Hans", "hi"])
def test_a_note_in_another_script_holds_no_word_of_ours_in_latin_letters(packet: MakePacket, language: str) -> None:
    made = full(packet, language=language)
    ours = made.model_copy(
        update={
            "summary": made.summary.splitlines()[0],
            "timeline": tuple(turn.model_copy(update={"text": ""}) for turn in made.timeline),
            **dict.fromkeys(("customer_summary", "notice", "suggested_reply"), ""),
            **dict.fromkeys(("compensation", "promises", "answered"), ()),
        }
    )
    assert re.findall(r"[A-Za-z]{2,}", AS_IT_IS.sub("", to_markdown(ours))) == []


def test_a_french_note_has_the_words_of_its_language(packet: MakePacket) -> None:
    note = to_markdown(full(packet, language="fr"))
    assert "colère 0.5" in note
    assert "- 2026-11-23 10:30 · email · client (inquiétude): " in note
    assert "neutre → inquiétude → colère → colère" in note
    assert "Commandes\N{NO-BREAK SPACE}: A-1001 (expédiée, 2026-11-20)" in note
    assert "- statut: expédiée\n- promise pour le: 2026-11-20" in note
    assert "- remboursement 10 EUR – responsable d'équipe: late" in note
    english = load_words("en").words.labels.model_dump().values()
    assert not {title.split(" (")[0] for title in titles(note)} & {title.split(" (")[0] for title in english}


@pytest.mark.parametrize(("language", "begins"), [("ar", '<section lang="ar" dir="rtl">'), ("fr-CA", '<section lang="fr">')])
def test_html_says_its_language_and_direction(packet: MakePacket, language: str, begins: str) -> None:
    assert to_html(full(packet, language=language)).startswith(begins)


def test_the_customers_summary_is_in_their_own_words(packet: MakePacket) -> None:
    assert full(packet).customer_summary.splitlines()[:2] == ["About: an order's status; a person", "Order: A-1001"]
    untitled = packet(state={"turns": (turn("customer", "Where is it?", 0),)})
    assert untitled.customer_summary == "“Where is it?”"


@given(st.text(), st.text())
def test_whatever_was_written_can_be_shown(packet: MakePacket, said: str, answered: str) -> None:
    turns = (Turn(role="customer", text=said), Turn(role="agent", text=answered))
    made = packet(state={"turns": turns})
    assert "<script" not in to_html(made).lower()
    assert to_markdown(made).startswith("**dissatisfied**")


def test_a_packet_lists_what_may_be_offered_and_who_may_grant_it(packet: MakePacket) -> None:
    refund = Offer(kind="refund", amount=Decimal("49.9"), currency="EUR", granted_by="supervisor", why="more than the ceiling")
    gift = Offer(kind="gift", granted_by="bot")
    made = packet(decision={"offers": (refund, gift)}, language="de")
    assert made.offers == (refund, gift)
    note = to_markdown(made)
    assert "Erstattung 49.9 EUR – Leitung: more than the ceiling" in note
    assert "Geschenk – Bot" in note
    assert "offered" not in to_markdown(packet())
