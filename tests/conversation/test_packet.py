from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation.packet import _load, make_packet, to_html, to_json, to_markdown
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
    Tier,
    Triage,
    Turn,
)

TIERS = get_args(Tier)
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
def test_the_summary_is_one_line_with_who_what_and_how(
    message: dict[str, Any], triage: dict[str, Any], parts: list[str], packet: MakePacket
) -> None:
    summary = packet(message=message, triage=triage).summary
    assert "\n" not in summary
    assert [part for part in parts if part not in summary] == []


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
    assert note.startswith("**dissatisfied** · P2 · queue team_lead · due 2026-11-24 00:00 UTC")
    assert titles(note) == ["For the customer", "Timeline", "Until somebody is there"]
    assert "- customer: Where is it?\n- bot: Sorry." in note


def full(packet: MakePacket, **settings: Any) -> Handover:
    said = (
        Turn(role="customer", text="<b>Where</b> is it?", channel="email", emotion=Emotion.ANXIOUS, orders=("A1001",)),
        Turn(role="bot", text="See below. We will write again on Friday.", citations=("shipping",), channel="email"),
        Turn(role="customer", text="Still nothing, PL-1?", channel="whatsapp", emotion=Emotion.ANGRY, intent="order_status"),
        Turn(role="agent", text="I'm sorry. Here is a voucher for 5 EUR.", channel="whatsapp"),
    )
    notes = (Note(kind="contacts", count=3, text="A1001"), Note(kind="address_changes", count=2))
    return packet(
        message={"order": Order(number="A-1001", status="shipped")},
        triage={"entities": (Entity(type="email", value="a@b.example", start=0, end=11),)},
        decision={"passage": passage("de"), "tier": "supervisor", "reasons": ("2 in a row",), "nobody_speaks": True},
        passages=(passage("de"),),
        suggested="Dear Ana",
        state={"turns": said, "notes": notes, "clash": ("p1",)},
        **settings,
    )


def test_a_note_has_everything_that_is_known(packet: MakePacket) -> None:
    note = to_markdown(full(packet))
    for part in (
        "tier supervisor",
        "- 2 in a row",
        "- Careful: shares",
        "- contact no. 3 about order A1001\n- address changed 2 times",
        "- customer (whatsapp): Still nothing",
        "- anxious → angry",
        "- email: a@b.example",
        "- number: A-1001\n- status: shipped",
        "- shipping: See below.",
        "### Open promises\n- We will write again on Friday.",
        "### Already given\n- Here is a voucher for 5 EUR.",
        "- doc1 (0.50)",
        "[doc1, de] Returns",
        "Nobody on shift speaks en",
        "### Suggested reply\nDear Ana",
    ):
        assert part in note
    assert "carrier" not in note
    assert "None" not in note


def test_html_runs_nothing_that_a_customer_wrote_and_json_comes_back(packet: MakePacket) -> None:
    made = full(packet)
    assert "&lt;b&gt;Where&lt;/b&gt;" in to_html(made)
    assert "<b>" not in to_html(made)
    assert Handover.model_validate_json(to_json(made)) == made


@pytest.mark.parametrize(
    ("language", "title"), [("de", "Verlauf"), ("es-419", "Conversación"), ("zh-Hans", "对话记录"), ("fi", "Timeline")]
)
def test_a_note_is_in_the_language_of_the_shops_people(packet: MakePacket, language: str, title: str) -> None:
    made = full(packet, language=language)
    assert title in titles(to_markdown(made))
    assert "“" in made.summary


def test_every_language_has_a_word_for_every_reason_and_the_summaries_fill_in(packet: MakePacket) -> None:
    words = _load()
    assert {frozenset(row) for row in words.reasons.values()} == {frozenset(words.languages)}
    for language, found in words.languages.items():
        assert set(found.tiers) == set(TIERS)
        assert set(found.notes) == {*get_args(Note.model_fields["kind"].annotation), "contacts_any"}
        assert "{" not in to_markdown(full(packet, language=language))


def test_the_customers_summary_is_in_their_own_words(packet: MakePacket) -> None:
    assert full(packet).customer_summary == "About: order_status. You wrote: “Still nothing, PL-1?”"


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
    assert "refund 49.9 EUR – supervisor: more than the ceiling" in note
    assert "gift – bot" in note
    assert "offered" not in to_markdown(packet())
