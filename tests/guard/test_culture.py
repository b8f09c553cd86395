"""The door of the culture check: planted faults are found, the library's own sentences pass, nothing ever breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from cs_assist.guard.check import Guard
from cs_assist.guard.context import Context
from cs_assist.guard.culture import culture
from cs_assist.guard.culture_data import CULTURE
from cs_assist.reply.phrases import load_phrases, phrase_languages
from cs_assist.triage.language import LanguageReader
from cs_assist.types import Finding

READER = LanguageReader()
FAULTS = yaml.safe_load((Path(__file__).parent / "culture.yaml").read_text(encoding="utf-8"))["faults"]
HOME = {
    "ar": "SA", "de": "DE", "en": "US", "es": "ES", "es-419": "MX", "fr": "FR", "hi": "IN", "hi-Latn": "IN", "id": "ID",
    "it": "IT", "ja": "JP", "ko": "KR", "ms": "MY", "nl": "NL", "pl": "PL", "pt": "PT", "pt-BR": "BR", "ru": "RU",
    "sv": "SE", "th": "TH", "tr": "TR", "vi": "VN", "zh-Hans": "CN", "zh-Hant": "TW",
}  # fmt: skip
VALUES = {
    "name": "Ana", "shop": "Papaya Lane", "time": "24 h", "order": "A-1", "status": "OK", "carrier": "DHL",
    "tracking": "JD014600003828", "date": "2026-12-01", "destination": "Ghent", "first": "A", "second": "B",
}  # fmt: skip
#: No sentences (titles are none), answers in kind to what the customer said, or names put behind a greeting (the name decides).
NO_TEXT = {
    "language",
    "default_register",
    "joiner",
    "intent_names",
    "statuses",
    "recap",
    "source",
    "reviewed",
    "regional_greetings",
    "greeting",
}


def identify(text: str) -> tuple[str, float]:
    return READER.read(text)[0]


def context(language: str, market: str | None = None, channel: str | None = "email", customer: str = "") -> Context:
    return Context(language=language, market=market, platform=None, channel=channel, customer_text=customer)


def found(text: str, where: Context) -> list[Finding]:
    return [*culture(text, where, identify)]


@pytest.mark.parametrize(("language", "market", "channel", "rule", "customer", "text"), FAULTS)
def test_a_fault_of_manner_is_found(language: str, market: str, channel: str, rule: str, customer: str, text: str) -> None:
    here = found(text, context(language, market, channel, customer))
    assert rule in {f.rule for f in here}
    assert all(f.severity != "block" and f.message and f.suggestion and 0 <= f.start < f.end <= len(text) for f in here)


def sentences(value: Any, register: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield register, value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from sentences(item, register)
    elif isinstance(value, BaseModel):
        names = set(type(value).model_fields)
        for name in names - NO_TEXT:
            by_register = name in ("formal", "informal") and names == {"formal", "informal"}
            yield from sentences(getattr(value, name), name if by_register else register)


@pytest.mark.parametrize("language", sorted(set(phrase_languages()) & set(HOME)))
def test_the_librarys_own_sentences_sound_right_at_home(language: str) -> None:
    """Formal ones in a letter to the language's market; informal ones where no market is known."""
    faults = []
    for register, wording in sentences(load_phrases(language)):
        text = re.sub(r"\{(\w+)\}", lambda match: VALUES.get(match[1], "1"), wording)
        market, channel = (None, "live_chat") if register == "informal" else (HOME[language], "email")
        faults += [
            (f.rule, text[f.start : f.end], text) for f in found(text, context(language, market, channel)) if f.severity != "note"
        ]
    assert faults == []


@pytest.mark.parametrize("language", ["cy", "fil", "und", ""])
def test_of_a_language_without_a_file_nothing_is_claimed(language: str) -> None:
    assert found("Dear friend!!! NO WAY, BUDDY 😊 03/09/2026", context(language, "US")) == []


@pytest.mark.parametrize("market", [None, "XX", "Atlantis", "KZ"])
def test_without_customs_of_the_market_only_what_holds_everywhere_is_judged(market: str | None) -> None:
    rules = {f.rule for f in found("Dein Paket kommt am 11/25/2026 für $19,99 😊", context("de", market))}
    assert rules == set()


def test_a_note_for_colleagues_is_not_read_for_manners() -> None:
    assert found("Kunde ruft an, du rufst zurück.", context("de", "DE", "phone_note")) == []


def test_the_guard_asks_it() -> None:
    guard = Guard(lambda _: ("und", 0.0))
    rules = {f.rule for f in guard.check("Guten Tag, deine Bestellung ist da.", context("de", "DE"), grounded=False)}
    assert "culture_register" in rules


def test_a_seller_switches_a_rule_off() -> None:
    where = Context(language="de", market="DE", platform=None, channel="email", allowed=frozenset({"culture_register"}))
    assert not Guard(lambda _: ("und", 0.0)).check("Guten Tag, deine Bestellung ist da.", where, grounded=False)


LANGUAGES = sorted(path.stem for path in CULTURE.glob("*.yaml"))


@given(
    st.text(max_size=300) | st.sampled_from([row[5] for row in FAULTS]),
    st.sampled_from([*LANGUAGES, "es-419", "zh-TW"]),
    st.sampled_from([*sorted(HOME.values()), "CH", "AR", "ZZ", None]),
    st.sampled_from(["live_chat", "email", "phone_note", None]),
    st.text(max_size=60),
)
def test_any_text_is_read_and_every_span_is_inside_it(
    text: str, language: str, market: str | None, channel: str | None, customer: str
) -> None:
    for f in culture(text, context(language, market, channel, customer), lambda _: ("en", 0.5)):
        assert 0 <= f.start <= f.end <= len(text)
        assert f.severity in ("warn", "note")
        assert f.rule.startswith("culture_")


def test_a_fault_that_is_made_a_thousand_times_is_told_a_few_times() -> None:
    assert 0 < len(found("Das geht nicht!! " * 1000, context("de", "DE"))) <= 80
