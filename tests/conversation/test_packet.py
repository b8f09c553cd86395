from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cs_assist.conversation.packet import make_packet, to_markdown
from cs_assist.types import Conversation, Decision, Emotion, Entity, Findings, Handover, Message, Order, Passage, Triage, Turn

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
    ) -> Handover:
        felt = tuple(Turn(role="customer", text="Hm.", emotion=Emotion(name)) for name in emotions)
        return make_packet(
            Message(id="1", **(message or {})),
            make_triage(**(triage or {})),
            Conversation(
                id="c",
                strikes=2,
                customer_turns=3,
                turns=(*felt, Turn(role="customer", text="Where is it?"), Turn(role="bot", text="Sorry.")),
            ),
            make_decision(
                **{"action": "handover", "reason": "dissatisfied", "queue": "team_lead", "priority": "P2", **(decision or {})}
            ),
            Findings(passages=passages),
            suggested=suggested,
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
        ({}, {}, ["order_status (0.60)", "message 3, 2 dissatisfied in a row", "Handed over: dissatisfied."]),
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


def test_a_note_has_only_the_parts_that_there_are(packet: MakePacket) -> None:
    note = to_markdown(packet())
    assert note.startswith("**dissatisfied** · P2 · queue team_lead · due 2026-11-24 00:00 UTC")
    assert [line for line in note.splitlines() if line.startswith("#")] == ["### Timeline"]
    assert "- customer: Where is it?\n- bot: Sorry." in note


def test_a_note_has_everything_that_is_known(packet: MakePacket) -> None:
    made = packet(
        message={"order": Order(number="A-1001", status="shipped")},
        triage={"entities": (Entity(type="email", value="a@b.example", start=0, end=11),)},
        decision={"passage": passage("de")},
        passages=(passage("de"),),
        suggested="Dear Ana",
    )
    note = to_markdown(made)
    for part in (
        "- email: a@b.example",
        "- number: A-1001\n- status: shipped",
        "- doc1 (0.50)",
        "[doc1, de] Returns",
        "### Suggested reply\nDear Ana",
    ):
        assert part in note
    assert "carrier" not in note
    assert "None" not in note
