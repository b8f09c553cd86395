"""The invented shops keep to their form: each question's gold really holds for it, and none is near one that is measured."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cs_assist.knowledge.articles import Article, load_articles
from training.near_duplicates import near
from training.shops import CALIBRATION_SHOPS, OURS, TEST_SHOP, queries

SHOPS = sorted(OURS.iterdir())
MEASURED = [query["text"] for query in queries(TEST_SHOP)]


@pytest.fixture(scope="module", params=SHOPS, ids=lambda shop: shop.name)
def shop(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


@pytest.fixture(scope="module")
def articles(shop: Path) -> dict[str, Article]:
    loaded = load_articles(shop / "articles")
    assert loaded.problems == ()
    return {article.head.id: article for article in loaded.articles}


@pytest.fixture(scope="module")
def asked(shop: Path) -> list[dict[str, Any]]:
    return queries(shop)


def test_those_that_probabilities_are_calibrated_on_are_there() -> None:
    assert set(CALIBRATION_SHOPS) < {shop.name for shop in SHOPS}


def test_every_question_has_its_keys_and_a_name_of_its_own(asked: list[dict[str, Any]]) -> None:
    keys = {"id", "lang", "market", "platform", "date", "text", "gold", "hard_negatives", "span", "plain"}
    assert all(set(query) == keys and query["text"].strip() for query in asked)
    assert len({query["id"] for query in asked}) == len(asked)


def test_what_answers_holds_in_the_customers_market_on_the_platform_and_that_day(
    asked: list[dict[str, Any]], articles: dict[str, Article]
) -> None:
    for query in asked:
        assert {*query["gold"], *query["hard_negatives"]} <= set(articles), query["id"]
        for head in (articles[name].head for name in query["gold"]):
            on = date.fromisoformat(query["date"])
            assert not head.markets or "*" in head.markets or query["market"] in head.markets, query["id"]
            assert head.platform in (None, query["platform"]), query["id"]
            assert (head.valid_from or on) <= on <= (head.valid_until or on), query["id"]


def test_the_answering_words_stand_in_an_article_that_answers(asked: list[dict[str, Any]], articles: dict[str, Article]) -> None:
    for query in asked:
        assert bool(query["span"]) <= bool(query["gold"]), query["id"]
        if query["span"]:
            assert any(query["span"] in articles[name].text for name in query["gold"]), query["id"]


def test_a_fifth_to_a_third_have_no_answer(asked: list[dict[str, Any]]) -> None:
    assert 0.2 < sum(not query["gold"] for query in asked) / len(asked) < 0.34


def test_no_question_is_near_one_that_is_measured(asked: list[dict[str, Any]]) -> None:
    assert not near([query["text"] for query in asked], MEASURED)
