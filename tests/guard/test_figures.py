from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.grounding import Grounding


def found(text: str, *evidence: str, language: str = "en", customer: str = "") -> set[tuple[str, str]]:
    context = Context(language, None, None, None, evidence, customer)
    return {(finding.rule.removeprefix("ungrounded_"), finding.severity) for finding in Grounding()(text, context)}


@pytest.mark.parametrize(
    ("language", "text", "evidence"),
    [
        ("nl", "We bezorgen tussen 8 en 13 uur.", "slot 08:00-13:00"),
        ("fr", "Nous répondons de 9 h à 12 h 30.", "hours 9:00-12:30"),
        ("ko", "보증 기간은 12개월입니다.", "12-month warranty"),
        ("zh-Hant", "金額為3,600元。", "TWD 3,600"),
        ("zh-Hant", "發票於115年11月20日開立。", "issued 2026-11-20"),
        ("zh-Hans", "16日收到，19日验货。", "2026-11-16 received, 2026-11-19 checked"),
        ("tr", "160 × 220 cm.", "duvet cover 160x220 cm"),
        ("en", "You have 30 days.", "one month from receipt"),
        ("de", "Das Lager ist in Polen.", "Polish warehouse"),
        ("ja", "シンガポールの倉庫です。", "shipped from SG warehouse"),
        ("es", "Sale mañana, lunes.", "dispatch Mon 2026-11-23"),
    ],
)
def test_what_is_written_otherwise_is_borne_out(language: str, text: str, evidence: str) -> None:
    assert found(text, evidence, language=language) == set()


@pytest.mark.parametrize(
    ("language", "text", "evidence", "kind"),
    [
        ("pt-BR", "A mesa acompanha oito cadeiras.", "Table with 6 chairs", "count"),
        ("nl", "We bezorgen tussen 8 en 15 uur.", "slot 08:00-13:00", "time"),
        ("zh-Hant", "金額為3,900元。", "TWD 3,600", "money"),
        ("de", "Das Lager ist in Spanien.", "Polish warehouse", "country"),
        ("en", "You have 45 days.", "one month from receipt", "time"),
    ],
)
def test_what_is_other_is_found(language: str, text: str, evidence: str, kind: str) -> None:
    assert (kind, "block") in found(text, evidence, language=language)


def test_a_customers_own_amount_is_compared_with_the_evidences() -> None:
    evidence, asked = "Minimum order 50 USD", "My code fails, my cart is $42."
    assert found("It needs $50, so at $42 it does not apply.", evidence, customer=asked) == set()
    assert ("money", "block") in found("It needs $42.", evidence, customer="Does it need $42?")


def test_an_amount_that_can_be_computed_warns() -> None:
    assert found("That is 15 EUR in all.", "Item 10 EUR, delivery 5 EUR") == {("money", "warn")}


def test_spans_end_on_whole_words() -> None:
    text = "Within 14 days."
    findings = Grounding()(text, Context("en", None, None, None, ("Within 7 days.",)))
    assert [text[finding.start : finding.end] for finding in findings] == ["14 days"]
