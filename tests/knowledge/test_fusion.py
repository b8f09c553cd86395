from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sample_shop import make_chunk

from cs_assist.knowledge.answerability import Candidate, Question
from cs_assist.knowledge.fusion import Fusion
from cs_assist.knowledge.index import Stored

QUESTION = Question(text="How long?", language="en", market=None, platform=None, categories={})


def candidate(position: int, cosine: float, lexical: float, doc_id: str = "") -> Candidate:
    return Candidate(position, Stored.of(make_chunk(doc_id or f"d{position}")), cosine, lexical)


def test_scores_are_those_of_reciprocal_rank_fusion() -> None:
    found = [candidate(0, 0.9, 0.0), candidate(1, 0.8, 5.0), candidate(2, 0.7, 7.0)]
    scores = Fusion().score(QUESTION, found).scores
    np.testing.assert_allclose(scores, [1 / 61, 1 / 62 + 1 / 62, 1 / 63 + 1 / 61], rtol=1e-5)


def test_equal_values_have_equal_ranks() -> None:
    scores = Fusion().score(QUESTION, [candidate(0, 0.5, 0.0), candidate(1, 0.5, 0.0), candidate(2, 0.4, 0.0)]).scores
    np.testing.assert_allclose(scores, [1 / 61, 1 / 61, 1 / 63], rtol=1e-5)


def test_the_raw_score_is_what_a_passage_has_over_the_mean_and_over_other_articles() -> None:
    found = [candidate(0, 0.9, 0.0, "a"), candidate(1, 0.8, 0.0, "a"), candidate(2, 0.4, 0.0, "b")]
    raw = Fusion().score(QUESTION, found).raw
    np.testing.assert_allclose(raw, [0.2 + 0.5, 0.1 + 0.4, -0.3 - 0.5], atol=1e-6)


def test_a_passage_that_is_alone_can_be_scored() -> None:
    scored = Fusion().score(QUESTION, [candidate(0, 0.9, 1.0)])
    scores, raw = scored.scores, scored.raw
    assert scores.shape == raw.shape == (1,)
    assert np.isfinite(raw).all()


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 100)), min_size=1, max_size=30))
def test_the_order_does_not_depend_on_the_scale_of_either_search(pairs: list[tuple[float, float]]) -> None:
    found = [candidate(i, c, round(lex, 3)) for i, (c, lex) in enumerate(pairs)]
    larger = [candidate(i, c, round(lex, 3) * 8) for i, (c, lex) in enumerate(pairs)]
    np.testing.assert_array_equal(Fusion().score(QUESTION, found).scores, Fusion().score(QUESTION, larger).scores)


def test_nothing_is_ever_likely_and_nothing_was_learnt() -> None:
    assert Fusion().probabilities(np.array([-5.0, 0.0, 1e6], np.float32)).tolist() == [0, 0, 0]
    assert Fusion().category_fit([("shipping_time", 1.0)]) == {}
