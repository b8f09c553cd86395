"""Passages about another country, model or code than the message names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.countries import CountryNames
from cs_assist.knowledge.another import for_another_country, names_another
from cs_assist.knowledge.passages import Stored
from tests.sample_shop import make_chunk

COUNTRIES = CountryNames()


def passage(text: str, **head: object) -> Stored:
    return Stored.of(make_chunk("one", text, title="Title", **head))


@pytest.mark.parametrize(
    ("message", "text", "another"),
    [
        ("What does error E41 mean?", "E40: the door is open. Close it.", True),
        ("What does error E40 mean?", "E40: the door is open. Close it.", False),
        ("Was heißt E4?", "E4 und E5: Sensor reinigen.", False),
        ("电池 A30 能用多久？", "Papaya A20 的电池可以用8小时。", True),
        ("电池 A20 能用多久？", "Papaya A20 的电池可以用8小时。", False),
        ("バッテリーXR-7は？", "XR7のバッテリーは8時間です。", False),
        ("My invoice says RM45, is that right?", "Orders above RM80 are free.", False),  # an amount
        ("Is it 3 days?", "It takes 30 days.", False),  # a number alone is of no series
        ("Does the A20 fit?", "Returns within 30 days.", False),  # the passage is of no series
    ],
)
def test_another_member_of_a_series_is_told_by_its_name(message: str, text: str, another: bool) -> None:
    assert names_another(message, passage(text)) is another


def test_the_product_of_an_article_counts_as_named() -> None:
    assert names_another("How long does the battery of the Kiwi K9 last?", passage("It lasts 8 hours.", product="Kiwi K8"))
    assert not names_another("How long does the battery of the Kiwi K8 last?", passage("It lasts 8 hours.", product="Kiwi K8"))


@pytest.mark.parametrize(
    ("message", "language", "market", "text", "another"),
    [
        ("Wie lange dauert die Lieferung nach Österreich?", "de", "DE", "Die Lieferung nach Deutschland dauert 3 Tage.", True),
        ("Wie lange dauert die Lieferung nach Österreich?", "de", "DE", "Nach Österreich dauert es 5 Tage.", False),
        ("Wie lange dauert die Lieferung nach Österreich?", "de", "DE", "Innerhalb der EU dauert es 5 Tage.", False),
        ("Wie lange dauert die Lieferung nach Österreich?", "de", "DE", "Die Lieferung dauert 3 Tage.", False),
        ("How long does delivery from Germany take?", "en", "GB", "Delivery to the United Kingdom takes 4 days.", False),
        ("韓国への送料はいくらですか", "ja", "JP", "日本国内の送料は500円です。", True),
        ("¿Cuánto cuesta el envío a Portugal?", "es", "ES", "El envío a España cuesta 4 euros.", True),
        (
            "Combien coûte la livraison en Belgique ?",
            "fr",
            "BE",
            "La livraison en France coûte 4 euros.",
            False,
        ),  # its own market
    ],
)
def test_another_country_is_told_by_its_name(message: str, language: str, market: str, text: str, another: bool) -> None:
    abroad = COUNTRIES.asked(message, language) - {market}
    assert for_another_country(abroad, passage(text), COUNTRIES) is another


def test_the_markets_of_an_article_count_as_named() -> None:
    assert for_another_country(frozenset({"AT"}), passage("Delivery takes 3 days.", markets=("DE",)), COUNTRIES)
    assert not for_another_country(frozenset({"AT"}), passage("Delivery takes 3 days.", markets=("AT", "DE")), COUNTRIES)


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_passage_that_says_what_the_message_says_is_never_another(message: str, more: str) -> None:
    assert not names_another(message, passage(f"{message} . {more}"))
