from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from cs_assist.quality.page import outcomes_page
from cs_assist.types import (
    Action,
    Decision,
    Draft,
    Entity,
    Finding,
    Findings,
    Handover,
    Message,
    Order,
    Outcome,
    Passage,
    Triage,
    Turn,
)

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)> & \"quoted\""
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Tags(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


Pair = tuple[Message, Outcome]


@pytest.fixture
def pair(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision]) -> Callable[..., Pair]:
    """A message with its outcome, in which every text from outside is ``text``."""

    def make(text: str = EVIL, action: Action = Action.HANDOVER) -> Pair:
        message = Message(id=text, text=text, name=text, market="DE", history=(Turn(role="customer", text=text),))
        triage = make_triage(text=text, entities=(Entity(type=text, value=text, start=0, end=1),))
        passage = Passage(doc_id=text, chunk=0, title=text, text=text, score=1, p_answers=0.5, language=text, category="policy")
        packet = Handover(
            reason=text, priority="P1", queue=text, due_at=NOW, summary=text, timeline=(Turn(role="bot", text=text),),
            emotions=(text,), entities=triage.entities, order=Order(number=text, carrier=text), tried=(text,),
            suggested_reply=text, source_text=text, customer_language=text, market=text,
        )  # fmt: skip
        return message, Outcome(
            message_id=text, action=action, triage=triage, conversation=None, findings=Findings(passages=(passage,)),
            decision=make_decision(action=action, reason=text, reasons=(text,), queue=text),
            reply=Draft(text=text, language="en", source="composed"),
            checks=(Finding(rule=text, severity="block", start=0, end=1, message=text),), handover=packet,
        )  # fmt: skip

    return make


def test_text_from_outside_never_becomes_markup(pair: Callable[..., Pair]) -> None:
    page = Tags(outcomes_page([pair()], title=EVIL))
    assert not {"script", "img", "iframe", "link", "object"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.text.count("<script>alert('x')</script>") > 10


def test_the_page_has_the_same_elements_whatever_the_texts_are(pair: Callable[..., Pair]) -> None:
    assert Tags(outcomes_page([pair()], title=EVIL)).tags == Tags(outcomes_page([pair("plain")], title="plain")).tags


def test_the_page_fetches_nothing(pair: Callable[..., Pair]) -> None:
    page = outcomes_page([pair("see https://shop.example/a")], title="Inbox")
    assert not [value for name, value in Tags(page).attributes if name in ("src", "href", "srcset", "action", "data")]
    assert not re.search(r"@import|url\(", page)


def test_every_message_has_a_card_and_the_actions_are_counted(pair: Callable[..., Pair]) -> None:
    actions = [Action.REPLY, Action.REPLY, Action.DRAFT, Action.IGNORE]
    page = outcomes_page([pair(f"text {i}", action) for i, action in enumerate(actions)], title="Inbox")
    assert Tags(page).tags.count("article") == 4
    assert "2 reply · 1 draft · 1 ignore" in page
    assert re.findall(r'<article class="(\w+)">', page) == [action.value for action in actions]


def test_no_messages_make_an_empty_page() -> None:
    page = outcomes_page([], title="Nothing today")
    assert "<h1>Nothing today</h1>" in page
    assert "article" not in Tags(page).tags


def test_marks_of_the_template_in_a_text_stay_text(pair: Callable[..., Pair]) -> None:
    page = outcomes_page([pair("@TITLE@ @CARDS@ @TALLY@")], title="Inbox")
    assert Tags(page).tags.count("article") == 1
    assert "@TITLE@ @CARDS@ @TALLY@" in Tags(page).text


def test_a_message_that_could_not_be_read_and_a_reply_without_text_are_shown(make_decision: Callable[..., Decision]) -> None:
    outcome = Outcome(
        message_id="1", action=Action.IGNORE, triage=None, conversation=None, findings=Findings(),
        decision=make_decision(action="ignore", reason="spam"), reply=Draft(text="", language="und", source="none"),
    )  # fmt: skip
    page = outcomes_page([(Message(id="1", text="x"), outcome)], title="Inbox")
    assert "not read" in page
    assert "nothing is sent" in page
    assert "packet for the person" not in page
