from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sample_shop import ARTICLES, DAY, make_chunk

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.chunks import Chunk, chunk_article
from cs_assist.knowledge.contradictions import Contradiction, find_contradictions

OTHERS = [
    make_chunk("invoice", "The invoice is in your account one day after dispatch.", title="Invoices", category="returns"),
    make_chunk(
        "label", "Open My orders and print the label; it is valid for 10 days.", title="The return label", category="returns"
    ),
]
GERMAN = make_chunk(
    "rueckgabe", "Sie können die Ware innerhalb von 30 Tagen nach Erhalt zurücksenden.",
    title="Rückgabe", language="de", category="returns", markets=("DE",),
)  # fmt: skip


def returns(doc_id: str, days: int, title: str = "Returning an item", **head: Any) -> Chunk:
    text = f"You can send the goods back within {days} days of receiving them."
    return make_chunk(doc_id, text, **{"title": title, "category": "returns", "markets": ("DE",), **head})


def find(encoder: OnnxEncoder, *chunks: Chunk, on: date = DAY) -> list[Contradiction]:
    given = [*chunks, *OTHERS]
    vectors = encoder.encode_passages([chunk.indexed_text for chunk in given])
    return find_contradictions(given, vectors, encoder, on=on)


def pairs(found: list[Contradiction]) -> list[tuple[str, str]]:
    return [(one.first.article.head.id, one.second.article.head.id) for one in found]


def test_different_numbers_for_one_question_are_reported_with_both_sentences(encoder: OnnxEncoder) -> None:
    (found,) = find(encoder, returns("b", 30), returns("a", 14, "Sending goods back"))
    assert pairs([found]) == [("a", "b")]
    assert (found.kinds, found.exception) == (("time day",), False)
    assert found.first.text == "You can send the goods back within 14 days of receiving them."
    assert "within 30 days" in found.second.text


def test_across_languages_too(encoder: OnnxEncoder) -> None:
    (found,) = find(encoder, returns("a", 14), GERMAN)
    assert (pairs([found]), found.kinds, found.exception) == ([("a", "rueckgabe")], ("time day",), False)
    assert find(encoder, returns("a", 30), GERMAN) == []


@pytest.mark.parametrize(
    "change",
    [
        {"markets": ("FR",)},
        {"platform": "ebay"},
        {"category": "policy"},
        {"product": "Brewa K1"},
        {"valid_until": date(2026, 11, 22)},
        {"valid_until": date(2026, 12, 31)},
    ],
    ids=str,
)
def test_articles_that_no_customer_could_both_get_are_not_compared(encoder: OnnxEncoder, change: dict[str, Any]) -> None:
    other = returns("b", 30, platform="amazon", valid_from=date(2027, 1, 1))
    assert find(encoder, returns("a", 14, **{"platform": "amazon", **change}), other) == []
    assert pairs(find(encoder, returns("a", 14, platform="amazon"), other)) == [("a", "b")]


@pytest.mark.parametrize(
    "change",
    [{"markets": ()}, {"markets": ("DE", "AT")}, {"platform": "ebay"}],
    ids=["all markets", "more markets", "one platform"],
)
def test_an_article_for_less_may_be_an_exception(encoder: OnnxEncoder, change: dict[str, Any]) -> None:
    (found,) = find(encoder, returns("a", 14, **change), returns("b", 30))
    assert found.exception


def test_markets_that_overlap_only_in_part_are_no_exception(encoder: OnnxEncoder) -> None:
    (found,) = find(encoder, returns("a", 14, markets=("DE", "AT")), returns("b", 30, markets=("DE", "CH")))
    assert not found.exception


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Delivery takes 2 to 5 working days.", "Delivery takes 3 to 4 working days."),
        ("Delivery takes 2 weeks.", "Delivery takes 14 days."),
        ("Delivery takes 48 hours.", "Delivery takes 2 days."),
        ("Delivery costs €4.90.", "Delivery costs 4,90 EUR."),
        ("Please order by 24 December.", "Please order by December 24th, 2026."),
        ("Delivery takes 5 working days.", "Delivery takes 7 days."),
    ],
)
def test_the_same_in_other_words_is_no_contradiction(encoder: OnnxEncoder, one: str, other: str) -> None:
    head = {"title": "Delivery", "category": "logistics"}
    assert find(encoder, make_chunk("a", one, **head), make_chunk("b", other, **head)) == []


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Delivery takes 2 to 5 working days.", "Delivery takes 3 to 7 working days.", "time working day"),
        ("Delivery costs €4.90.", "Delivery costs €5.90.", "money EUR"),
        ("Please order by 24 December.", "Please order by 20 December.", "date"),
        ("You get 10% off your first order.", "You get 15% off your first order.", "percent"),
        ("配送には3日から5日かかります。", "配送には7日から9日かかります。", "time day"),
    ],
)
def test_all_kinds_of_numbers_are_compared(encoder: OnnxEncoder, one: str, other: str, kind: str) -> None:
    head = {"title": "Delivery", "category": "logistics", "language": "ja" if "日" in one else "en"}
    (found,) = find(encoder, make_chunk("a", one, **head), make_chunk("b", other, **head))
    assert found.kinds == (kind,)


def test_articles_of_a_series_may_differ(encoder: OnnxEncoder) -> None:
    levels = [
        make_chunk(name, f"- Birthday voucher: {share}% off one order.", title=f"The Shop Club: level {name}", category="account")
        for name, share in (("Gold", 15), ("Silver", 10))
    ]
    assert find(encoder, *levels) == []


def test_sentences_on_different_things_are_not_compared(encoder: OnnxEncoder) -> None:
    one = make_chunk("a", "Standard delivery takes 5 working days.", title="Delivery and returns", category="policy")
    other = make_chunk("b", "We answer complaints within 3 working days.", title="How to complain", category="policy")
    assert find(encoder, one, other) == []


def test_the_sample_articles_agree(encoder: OnnxEncoder) -> None:
    chunks = [chunk for one in load_articles(ARTICLES).articles for chunk in chunk_article(one, encoder.count_tokens)]
    vectors = encoder.encode_passages([chunk.indexed_text for chunk in chunks])
    assert find_contradictions(chunks, vectors, encoder, on=DAY) == []


def test_the_order_of_the_articles_does_not_matter(encoder: OnnxEncoder) -> None:
    given = [returns("c", 14), returns("a", 30), returns("b", 60)]
    assert pairs(find(encoder, *given)) == pairs(find(encoder, *reversed(given))) == [("a", "b"), ("a", "c"), ("b", "c")]
