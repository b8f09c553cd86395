from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from cs_assist.config import load_settings
from cs_assist.guard.veil import Veil
from cs_assist.llm.prompts import load_prompt
from cs_assist.markets.market import load_market, market_codes
from cs_assist.reply.brief import Brief, most_useful, said_before
from cs_assist.reply.compose import Composer
from cs_assist.reply.proof import Fault
from cs_assist.types import LANGUAGES, Conversation, Decision, Message, Order, Passage, Triage, Turn

PRIVATE = ("Ana Lima", "ana@example.com", "+49 170 1234567", "PL-2610-47715", "00340434161094")
MESSAGE = Message(
    id="m9", name="Ana Lima", market="DE", channel="email",
    order=Order(number="PL-2610-47715", status="shipped", carrier="DHL", tracking="00340434161094"),
)  # fmt: skip
TEXT = "Hier ist Ana Lima, ana@example.com, Tel. +49 170 1234567. Wo ist PL-2610-47715 (00340434161094)?"
TURNS = (
    Turn(role="customer", text=TEXT, id="m1"), Turn(role="agent", text="Hallo Ana Lima, wir prüfen PL-2610-47715."),
    Turn(role="customer", text="", id="m2", deleted=True), Turn(role="customer", text=TEXT, id="m9"),
)  # fmt: skip
MakeBrief = Callable[..., Brief]


def passage(doc_id: str, text: str = "Return within 14 days.", **fields: Any) -> Passage:
    values = {"chunk": 0, "title": doc_id, "score": 1, "p_answers": 0.8, "language": "en", "category": "returns", **fields}
    return Passage(doc_id=doc_id, text=text, **values)


@pytest.fixture
def make_brief(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime) -> MakeBrief:
    """Build a brief for the message above; any part may be given."""

    def make(*passages: Passage, market: str = "DE", **given: Any) -> Brief:
        message = given.get("message", MESSAGE)
        triage = make_triage(text=given.get("text", TEXT), language=given.get("language", "de"))
        decision = make_decision(action=given.get("action", "draft"), reason="order_facts", passage=next(iter(passages), None))
        composer = Composer(load_settings())
        conversation = Conversation(id="c", turns=given.get("turns", TURNS))
        scene = composer.scene(message, triage, conversation, decision, market=load_market(market), now=now)
        facts = given.get("facts", ("number: PL-2610-47715", "status: shipped", "tracking: 00340434161094"))
        veil = Veil(message, language=triage.language)
        return Brief(scene, veil, passages, facts, given.get("apology", "slight"))

    return make


def prompt_text(brief: Brief) -> str:
    return "\n".join(text for _, text in load_prompt("draft").render(brief.variables()))


def test_a_model_sees_nothing_private_of_message_history_or_order(make_brief: MakeBrief) -> None:
    brief = make_brief(passage("a"))
    repair = load_prompt("repair").render(
        brief.repair_variables("[NAME_1]!", [Fault("private_name", "Ana Lima", "leave it out")])
    )
    for text in (prompt_text(brief), "\n".join(text for _, text in repair)):
        assert not [value for value in PRIVATE if value in text]
        assert "[ORDER_NUMBER_1]" in text


@pytest.mark.parametrize("private", ["kate.miller@example.com", "4111 1111 1111 1111", "GB29 NWBK 6016 1331 9268 19"])
@pytest.mark.parametrize("before", range(780, 805, 6))
def test_no_half_of_what_is_private_is_seen_where_a_long_turn_is_cut(private: str, before: int) -> None:
    text = ("Слово " * 200)[:before].rstrip() + f" {private}. Further."
    turn = Turn(role="customer", text=text, id="t")
    veil = Veil(Message(id="2", text="?", history=(turn,)), language="ru")
    (part,) = said_before(Conversation(id="c", turns=(turn,)), Message(id="2", text="?"), veil.hide)
    assert not isinstance(part, str)
    assert private[:8] not in part.text


def test_the_message_itself_is_no_part_of_the_history(make_brief: MakeBrief) -> None:
    told = said_before(make_brief().scene.conversation, MESSAGE, str)
    assert [part.text.split(":")[0] for part in told if not isinstance(part, str)] == ["Customer", "Shop"]
    assert said_before(Conversation(id="c", turns=TURNS[3:]), MESSAGE, str) == "(none)"


def test_evidence_apology_and_what_not_to_say_are_told(make_brief: MakeBrief) -> None:
    brief = make_brief(passage("a"), passage("b", "Postage is free."), apology="formal")
    text = prompt_text(brief)
    assert "[E1] a\nReturn within 14 days." in text
    assert "[E2] b\nPostage is free." in text
    assert "one formal apology" in text
    assert "- politics" in text
    assert "German" in text


def test_what_is_sent_unread_has_its_empathy_from_the_phrase_bank(make_brief: MakeBrief) -> None:
    assert "no empathy and no apology" in prompt_text(make_brief(action="reply"))
    assert "empathy: " in prompt_text(make_brief(action="draft"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_languages_prompt_keeps_the_limit_however_long_the_customer_writes(language: str, make_brief: MakeBrief) -> None:
    long = "Where is it? " * 2000
    turns = tuple(Turn(role="customer", text=long, id=str(n)) for n in range(30))
    brief = make_brief(*[passage(f"d{n}", "Return it. " * 60, p_answers=0.9 - n / 10) for n in range(3)],
                       text=long, turns=turns, language=language)  # fmt: skip
    rendered = prompt_text(brief)
    assert "[E1]" in rendered
    assert rendered.endswith(".")


@pytest.mark.parametrize("market", sorted(market_codes()))
def test_every_market_can_be_told(market: str, make_brief: MakeBrief) -> None:
    assert "form of address" in prompt_text(make_brief(passage("a"), market=market))


def test_the_passage_that_was_decided_on_comes_first_and_the_unlikely_stay_out() -> None:
    first, same, likely, unlikely = passage("a"), passage("a"), passage("b"), passage("c", p_answers=0.2)
    assert most_useful(first, [unlikely, same, likely], at=0.5) == (first, likely)
    assert most_useful(None, [likely], at=0.5) == ()
