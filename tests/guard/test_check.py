from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import DataFileError
from cs_assist.guard.check import Guard, digits, load_limits, verdict
from cs_assist.reply.phrases import Leaf, load_phrases, phrase_languages
from cs_assist.triage.language import LanguageReader
from cs_assist.types import Draft, Finding, Message, Order

READER = LanguageReader()
GUARD = Guard(lambda text: READER.read(text)[0])
LINES = ["{name}", "12 345,50", "help@shop.example", "https://x.example/a", "+49 151 23456789", "WhatsApp", "٣٤", "２", "."]
TEXTS = st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=8)), max_size=10).map(" ".join)


def check(text: str, *, evidence: tuple[str, ...] = (), language: str = "en", **message: Any) -> tuple[Finding, ...]:
    return GUARD(Draft(text=text, language=language, source="composed", evidence=evidence), Message(id="1", **message))


def found(text: str, **values: Any) -> list[tuple[str, str]]:
    return [(finding.rule, text[finding.start : finding.end]) for finding in check(text, **values)]


@pytest.mark.parametrize("text", ["", "Thank you!", "Your order is on its way, and we will be in touch."])
def test_a_harmless_text_passes(text: str) -> None:
    assert check(text, platform="amazon") == ()


@pytest.mark.parametrize("left", ["{name}", "{order_number}"])
def test_a_placeholder_that_was_not_filled_in_blocks(left: str) -> None:
    assert found(f"Dear {left}!") == [("placeholder", left)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("It takes 14 days.", "14"),
        ("It takes ١٤ days.", "within 14 days"),
        ("It takes 14 days.", "１４日"),
        ("It costs 1,250 dollars.", "1250"),
        ("It costs 1.250 Euro.", "1,250.00 or 1,250"),
        ("Order 007.", "7"),
        ("Order AB-1234.", "AB-1234"),
    ],
)
def test_a_number_that_the_evidence_has_may_leave(text: str, evidence: str) -> None:
    assert check(text, evidence=(evidence,)) == ()


@pytest.mark.parametrize(
    ("text", "evidence", "number"),
    [
        ("It takes 14 days.", "", "14"),
        ("It takes 14 days.", "114 or 140", "14"),
        ("It takes ١٤ days.", "41", "١٤"),
        ("It costs 12.50.", "1250", "12.50"),
        ("It takes 1.5 days.", "15 days", "1.5"),
        ("It costs 0.99.", "99", "0.99"),
    ],
)
def test_a_number_that_no_evidence_has_blocks(text: str, evidence: str, number: str) -> None:
    assert found(text, evidence=(evidence,)) == [("number_unsupported", number)]


@pytest.mark.parametrize(
    ("text", "rule", "span"),
    [
        ("Write to help@shop.example now.", "contact_email", "help@shop.example"),
        ("See https://shop.example/a now.", "external_link", "https://shop.example/a"),
        ("See www.shop.example now.", "external_link", "www.shop.example"),
        ("Add us on Whats App!", "contact_messenger", "Whats App"),
        ("加我wechat", "contact_messenger", None),
        ("Call +49 151 23456789 now.", "contact_phone", "+49 151 23456789"),
        ("Call (030) 1234-5678 now.", "contact_phone", None),
    ],
)
def test_nothing_leads_off_a_marketplace(text: str, rule: str, span: str | None) -> None:
    numbers = (text,)
    for platform in ("amazon", "a_new_one"):
        hits = found(text, evidence=numbers, platform=platform)
        assert rule in [name for name, _ in hits]
        assert span is None or (rule, span) in hits
    for platform in (None, "own_shop"):
        assert found(text, evidence=numbers, platform=platform) == []


@pytest.mark.parametrize("fact", ["114-5520917-1234567", "00340434161094000000", "2026-11-21", "21.11.2026"])
def test_an_order_number_or_a_date_is_no_phone_number(fact: str) -> None:
    order = Order(number="114-5520917-1234567", tracking="00340434161094000000")
    assert check(f"Here it is: {fact}.", evidence=(fact,), platform="amazon", order=order) == ()


@pytest.mark.parametrize(
    ("message", "length", "severity"),
    [
        ({"platform": "mercado_libre"}, 350, "block"),
        ({"platform": "amazon"}, 2000, "block"),
        ({"channel": "whatsapp"}, 4096, "block"),
        ({"channel": "live_chat"}, 1500, "warn"),
    ],
)
def test_a_text_longer_than_its_place_is_found(message: dict[str, str], length: int, severity: str) -> None:
    assert check("." * length, **message) == ()
    (finding,) = check("." * (length + 1), **message)
    assert (finding.rule, finding.severity, finding.start, finding.end) == ("length", severity, length, length + 1)


def test_a_long_mail_has_no_limit() -> None:
    assert check("." * 50_000) == ()


@pytest.mark.parametrize(
    ("text", "language", "fits"),
    [
        ("Vielen Dank für Ihre Nachricht, wir melden uns bald.", "de", True),
        ("Vielen Dank für Ihre Nachricht, wir melden uns bald.", "en", False),
        ("Gracias por su mensaje, le responderemos pronto.", "es-419", True),
        ("我們會盡快回覆您的訊息，感謝您的耐心等候與支持。", "zh-Hans", False),
        ("Danke!", "en", True),
    ],
)
def test_a_text_in_another_language_blocks(text: str, language: str, fits: bool) -> None:
    assert [finding.rule for finding in check(text, language=language)] == ([] if fits else ["language"])


def wordings(leaf: Leaf, register: str) -> tuple[str, ...]:
    return leaf if isinstance(leaf, tuple) else getattr(leaf, register)


@pytest.mark.parametrize("register", ["formal", "informal"])
@pytest.mark.parametrize("language", sorted(phrase_languages()))
def test_the_shops_own_notices_read_as_their_language(language: str, register: str) -> None:
    """As short as they come: later in a chat, without greeting or signature."""
    bank = load_phrases(language)
    blocked = []
    for name in type(bank.handover).model_fields:
        for wording in wordings(getattr(bank.handover, name), register):
            for later in wordings(bank.handover_time.unknown, register) if name != "self_harm" else ("",):
                text = bank.joiner.join([wording, later])
                if "language" in [finding.rule for finding in check(text, language=language)]:
                    blocked.append((name, text))
    assert blocked == []


def test_findings_stand_in_the_order_of_the_text() -> None:
    assert [rule for rule, _ in found("7 {name} a@b.example", platform="ebay")] == [
        "number_unsupported",
        "placeholder",
        "contact_email",
    ]


@given(TEXTS, st.sampled_from([None, "amazon", "mercado_libre"]), st.sampled_from(["en", "ja", "xx"]))
def test_no_text_raises_and_spans_lie_inside_it(text: str, platform: str | None, language: str) -> None:
    findings = check(text, platform=platform, language=language)
    assert [finding.start for finding in findings] == sorted(finding.start for finding in findings)
    assert all(0 <= finding.start < finding.end <= len(text) for finding in findings)


@given(st.text())
def test_a_text_is_evidence_for_its_own_numbers(text: str) -> None:
    assert "number_unsupported" not in [rule for rule, _ in found(text, evidence=(text,))]


@given(st.text())
def test_digits_keeps_every_place_and_changes_only_digits(text: str) -> None:
    plain = digits(text)
    assert len(plain) == len(text)
    assert all(a == b or (a.isdigit() and b.isascii() and b.isdigit()) for a, b in zip(text, plain, strict=True))
    assert digits(plain) == plain


@pytest.mark.parametrize(
    ("severities", "gravest"),
    [([], "pass"), (["note"], "pass"), (["note", "warn"], "warn"), (["warn", "block", "note"], "block")],
)
def test_the_verdict_is_the_gravest_finding(severities: list[Any], gravest: str) -> None:
    assert verdict(Finding(rule="r", severity=s, start=0, end=1, message="m") for s in severities) == gravest


def test_every_limit_says_where_it_is_from() -> None:
    limits = load_limits()
    assert all(limit.value > 0 and limit.source for limit in (*limits.channels.values(), *limits.platforms.values()))


def test_a_broken_limits_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "limits.yaml"
    path.write_text("channels: {}\nplatforms:\n  amazon: {value: many}\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"limits\.yaml, line 3, key 'platforms\.amazon\.value'"):
        load_limits(path)


def test_the_guard_asks_the_language_of_long_texts_only() -> None:
    asked: list[str] = []
    identify: Callable[[str], tuple[str, float]] = lambda text: asked.append(text) or ("en", 1.0)  # type: ignore[func-returns-value]  # noqa: E731
    Guard(identify)(Draft(text="Hi there", language="en", source="notice"), Message(id="1"))
    assert asked == []
