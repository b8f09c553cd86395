from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_shop import make_chunk

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import HeadMismatchError
from cs_assist.knowledge.answerability import FEATURES, SHIPPED, Answerability, Candidate, Question, features, leads
from cs_assist.knowledge.index import Stored
from cs_assist.knowledge.reader import DEPTH, Reader
from cs_assist.types import Intent

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def weights(encoder: OnnxEncoder) -> Answerability:
    return Answerability(encoder=encoder.revision)


def candidate(position: int = 0, *, cosine: float = 0.8, lexical: float = 1.0, text: str = "Text.", **head: Any) -> Candidate:
    doc_id = head.pop("doc_id", f"doc-{position}")
    return Candidate(position, Stored.of(make_chunk(doc_id, text, **head)), cosine, lexical)


def question(text: str = "How long does it take?", **fields: Any) -> Question:
    values: dict[str, Any] = {"language": "en", "market": "DE", "platform": None, "categories": {}, **fields}
    return Question(text=text, **values)


def feature(name: str, asked: Question, candidates: list[Candidate], row: int = 0) -> float:
    return float(features(asked, candidates)[row, FEATURES.index(name)])


@pytest.mark.parametrize(
    ("name", "asked", "found", "value"),
    [
        ("same_language", question(language="es-419"), candidate(language="es"), 1),
        ("same_language", question(language="zh-Hant"), candidate(language="zh-Hans"), 0),
        ("names_market", question(market="DE"), candidate(markets=("AT", "DE")), 1),
        ("names_market", question(market="DE"), candidate(), 0),
        ("names_market", question(market=None), candidate(markets=("DE",)), 0),
        ("names_platform", question(platform="ebay"), candidate(platform="ebay"), 1),
        ("names_platform", question(platform=None), candidate(platform=None), 0),
        ("product_named", question("Is the Brewa leaking?"), candidate(product="Brewa K1"), 1),
        ("product_other", question("Is the Toasta leaking?"), candidate(product="Brewa K1"), 1),
        ("product_other", question("Is the Toasta leaking?"), candidate(), 0),
        ("codes_found", question("Is the K1 at 4.90?"), candidate(text="The K1 costs 4.90 EUR."), 2),
        ("codes_missing", question("Is the K2 at 4.90?"), candidate(text="The K1 costs 4.90 EUR."), 1),
        ("category_fit", question(categories={"returns": 0.7}), candidate(category="returns"), 0.7),
        ("category_fit", question(categories={"returns": 0.7}), candidate(category="policy"), 0),
        ("overlap", question("refund label"), candidate(text="The label is free."), 0.5),
        ("title_overlap", question("refund label"), candidate(title="Refund and label"), 1),
        ("first_part", question(), candidate(), 1),
    ],
)
def test_a_feature_says_what_its_name_says(name: str, asked: Question, found: Candidate, value: float) -> None:
    assert feature(name, asked, [found]) == pytest.approx(value)


def test_a_gap_is_the_distance_to_the_best_candidate() -> None:
    found = [candidate(0, cosine=0.9, lexical=3.0), candidate(1, cosine=0.6, lexical=0.0)]
    assert feature("cosine_gap", question(), found) == 0
    assert feature("cosine_gap", question(), found, row=1) == pytest.approx(-0.3)
    assert feature("lexical_gap", question(), found, row=1) == pytest.approx(-np.log1p(3.0))


def test_the_margin_is_measured_against_other_articles_only() -> None:
    found = [candidate(0, cosine=0.9, doc_id="a"), candidate(1, cosine=0.85, doc_id="a"), candidate(2, cosine=0.5, doc_id="b")]
    assert feature("margin", question(), found) == pytest.approx(0.4)
    assert feature("margin", question(), found, row=2) == 0


@pytest.mark.parametrize("text", ["", "😡", "12345", "word " * 5000])
def test_features_are_finite_for_any_question(text: str) -> None:
    found = [candidate(0, cosine=0.0, lexical=0.0), candidate(1)]
    rows = features(question(text), found)
    assert rows.shape == (2, len(FEATURES))
    assert np.isfinite(rows).all()


def test_the_order_of_the_candidates_changes_no_score(weights: Answerability) -> None:
    found = [candidate(i, cosine=0.5 + i / 20, lexical=float(i), doc_id=f"d{i // 2}") for i in range(6)]
    forward, turned = weights.score(question(), found), weights.score(question(), found[::-1])
    np.testing.assert_allclose(forward.scores, turned.scores[::-1], rtol=1e-5)
    np.testing.assert_allclose(forward.raw, turned.raw[::-1], rtol=1e-5)


def test_probabilities_lie_between_none_and_certain_whatever_the_features_are(weights: Answerability) -> None:
    found = [
        candidate(i, cosine=float(c), lexical=abs(float(x))) for i, (c, x) in enumerate(RANDOM.normal(scale=100, size=(50, 2)))
    ]
    scored = weights.score(question(), found)
    answers = weights.probabilities(scored.raw)
    assert np.isfinite(scored.scores).all()
    assert ((answers >= 0) & (answers <= 1)).all()


def test_a_fitting_passage_is_likelier_to_answer_than_an_unrelated_one(weights: Answerability) -> None:
    asked = question("How long does delivery to Austria take?", categories={"logistics": 0.9})
    good = candidate(0, cosine=0.9, lexical=12.0, text="Delivery to Austria takes 3 days.", category="logistics")
    poor = candidate(1, cosine=0.7, lexical=0.0, text="Cards are printed on paper.", category="products")
    scored = weights.score(asked, [poor, good])
    answers = weights.probabilities(scored.raw)
    assert scored.scores[1] > scored.scores[0]
    assert answers[1] > answers[0]


def test_a_passage_that_is_alone_can_be_judged(weights: Answerability) -> None:
    scored = weights.score(question(), [candidate()])
    assert scored.scores.shape == scored.raw.shape == (1,)


def test_categories_are_weighed_by_the_intents_probabilities(weights: Answerability) -> None:
    intent = Intent.SHIPPING_TIME.value
    whole, half = weights.category_fit([(intent, 1.0)]), weights.category_fit([(intent, 0.5)])
    assert whole
    assert set(whole) == set(half)
    assert all(half[name] == pytest.approx(whole[name] / 2) for name in whole)
    assert max(whole, key=lambda name: whole[name]) == "logistics"


def test_an_intent_without_articles_fits_no_category(weights: Answerability) -> None:
    assert weights.category_fit([("no_such_intent", 1.0)]) == {}


def test_weights_of_another_encoder_are_refused_and_the_remedy_is_named() -> None:
    with pytest.raises(HeadMismatchError, match="but 'other@1' is in use") as caught:
        Answerability(encoder="other@1")
    assert "training/train_answerability.py" in caught.value.hint


def test_weights_of_other_features_are_refused(tmp_path: Path, encoder: OnnxEncoder) -> None:
    data = json.loads(SHIPPED.read_text(encoding="utf-8"))
    path = tmp_path / "answerability.json"
    path.write_text(json.dumps({**data, "features": data["features"][::-1]}), encoding="utf-8")
    with pytest.raises(HeadMismatchError, match="has other features than this release"):
        Answerability(path, encoder=encoder.revision)


def test_a_lead_is_measured_against_other_articles_only() -> None:
    found = leads(np.array([3.0, 2.5, 1.0], np.float32), ["a", "a", "b"])
    assert found.tolist() == [2.0, 1.5, -2.0]
    assert leads(np.array([3.0], np.float32), ["a"]).tolist() == [1.0]


@pytest.fixture(scope="module")
def reading(encoder: OnnxEncoder) -> Answerability:
    return Answerability(encoder=encoder.revision, reader=Reader())


def test_the_reader_finds_the_passage_that_answers_among_like_ones(reading: Answerability) -> None:
    asked = question("How long does delivery to Austria take?")
    found = [candidate(0, text="Delivery to Austria takes 3 days."), candidate(1, text="We do not deliver furniture.")]
    scored = reading.score(asked, found)
    assert scored.scores[0] > scored.scores[1]
    assert scored.raw[0] > scored.raw[1]


def test_the_best_are_read_and_the_others_keep_their_order_below(reading: Answerability) -> None:
    found = [candidate(i, cosine=0.9 - i / 50, text=f"Delivery takes {i} days.") for i in range(DEPTH + 4)]
    scored = reading.score(question(), found)
    assert set(scored.spans) == set(range(DEPTH))
    assert scored.scores[:DEPTH].min() > scored.scores[DEPTH:].max()
    assert (np.diff(scored.scores[DEPTH:]) < 0).all()
    assert (scored.raw[DEPTH:] <= scored.raw[:DEPTH].min()).all()


def test_a_span_lies_in_the_text_that_was_read(reading: Answerability) -> None:
    found = [candidate(0, title="Delivery", text="To Austria it takes 3 days."), candidate(1, text="Cards are printed on paper.")]
    for i, (start, end) in reading.score(question(), found).spans.items():
        assert 0 <= start <= end <= len(found[i].passage.indexed_text)


def test_weights_of_another_reader_are_refused(tmp_path: Path, encoder: OnnxEncoder) -> None:
    data = json.loads(SHIPPED.read_text(encoding="utf-8"))
    path = tmp_path / "answerability.json"
    path.write_text(json.dumps({**data, "reader": "other@1"}), encoding="utf-8")
    with pytest.raises(HeadMismatchError, match="was trained with reader 'other@1'"):
        Answerability(path, encoder=encoder.revision, reader=Reader())
    assert Answerability(path, encoder=encoder.revision).score(question(), [candidate()]).spans == {}


def test_a_calibration_with_the_reader_is_none_without_it(weights: Answerability, reading: Answerability) -> None:
    assert weights.revision != reading.revision
