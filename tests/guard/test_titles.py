"""Titles: guessed, wrong, or dropped."""

from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.culture import Look
from cs_assist.guard.culture_data import load_culture
from cs_assist.guard.titles import given_names, titles


def read(text: str, language: str, market: str, customer: str) -> list[tuple[str, str]]:
    known = load_culture(language)
    assert known is not None
    where = Context(language=language, market=market, platform=None, channel="email", customer_text=customer)
    return [(f.rule.removeprefix("culture_"), f.severity) for f in titles(Look(text, where, known))]


@pytest.mark.parametrize(
    ("text", "language", "market", "customer"),
    [
        ("Dear Mr Hill,", "en", "GB", "Is it in stock? Sam Hill"),
        ("Guten Tag Frau Berg,", "de", "DE", "Ist es da? Kim Berg"),
        ("Geachte heer Bos,", "nl", "NL", "Is hij er? Robin Bos"),
        ("Dzień dobry Pani,", "pl", "PL", "czy jest dostępny?"),
        ("Merhaba hanımefendi,", "tr", "TR", "Stokta var mı?"),
        ("林先生您好：", "zh-Hant", "TW", "請問有貨嗎？林子安"),
        ("Yth. Ibu Tri,", "id", "ID", "Apakah ada? Tri"),
        ("Salam sejahtera Puan Lee,", "ms", "MY", "Ada stok? Lee Kai"),
    ],
)
def test_a_guessed_title_is_noted(text: str, language: str, market: str, customer: str) -> None:
    assert read(text, language, market, customer) == [("title", "note")]


@pytest.mark.parametrize(
    ("text", "language", "market", "customer"),
    [
        ("Dear Mr Hill,", "en", "GB", "Is it in stock? Mr Sam Hill"),
        ("Dear Sir or Madam,", "en", "GB", "Is it in stock?"),
        ("Guten Tag Frau Berg,", "de", "DE", "Ist es da? Petra Berg"),
        ("Yth. Bapak/Ibu,", "id", "ID", "Apakah ada?"),
        ("Guten Tag Kim Berg,", "de", "DE", "Ist es da? Kim Berg"),
        ("Dear Alex,", "en", "GB", "Is it in stock? Alex Hill"),
    ],
)
def test_a_title_that_is_shown_or_none_at_all_passes(text: str, language: str, market: str, customer: str) -> None:
    assert read(text, language, market, customer) == []


def test_the_title_of_the_other_gender_warns() -> None:
    assert read("Guten Tag Herr Berg,", "de", "DE", "Ist es da? Petra Berg") == [("title", "warn")]


@pytest.mark.parametrize(
    ("text", "language", "market", "customer", "severity"),
    [
        ("Bonjour Petit,", "fr", "FR", "Mon avoir ? Mme Anne Petit", "warn"),
        ("Beste Smits,", "nl", "NL", "Graag een factuur, de heer P. Smits", "note"),
        ("सिंह,", "hi", "IN", "बिल भेजें। श्री सिंह", "warn"),
        ("Hello Hill,", "en", "GB", "Where is it? Sam Hill", "note"),
    ],
)
def test_a_name_without_its_title_is_heard(text: str, language: str, market: str, customer: str, severity: str) -> None:
    assert [rule for rule, _ in read(text, language, market, customer)] == ["honorific"]


def test_no_name_is_both() -> None:
    names = given_names()
    assert not names.madam & names.sir


def test_a_title_that_calls_the_shop_is_not_the_customers_own() -> None:
    assert ("title", "warn") not in read("Buenos días, señor Paz.", "es", "PE", "Señora, ¿llega mi pedido? Paz")
    assert ("title", "warn") in read("Buenos días, señor Paz.", "es", "PE", "¿Llega mi pedido? Soy la señora Paz")
