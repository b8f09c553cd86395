from __future__ import annotations

import io
import math
import sys
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import MissingExtraError
from cs_assist.knowledge.calibrate import MIN_ANSWERED, Observed, calibrate
from cs_assist.quality.ranking import (
    answering_at,
    answering_points,
    coverage_at_precision,
    ndcg_at,
    rank_of_first,
    recall_at,
    reciprocal_rank,
    resampled,
    risk_coverage_picture,
)

NAMES = "abcdefgh"
rankings = st.permutations(NAMES).flatmap(lambda names: st.integers(0, len(names)).map(lambda n: list(names[:n])))
rights = st.sets(st.sampled_from(NAMES), min_size=1)
depths = st.integers(1, 10)
#: (confidence, what came: a right answer, a wrong one to a question with an answer, one to a question without)
outcomes = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 1), st.just(-math.inf)),
        st.sampled_from(["right", "wrong", "none"]),
    ),
    max_size=40,
)


def arrays(judged: list[tuple[float, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([p for p, _ in judged], float),
        np.array([kind == "right" for _, kind in judged], bool),
        np.array([kind != "none" for _, kind in judged], bool),
    )


@pytest.mark.parametrize(
    ("ranked", "right", "place", "reciprocal", "ndcg"),
    [
        ("abc", "a", 1, 1.0, 1.0),
        ("abc", "b", 2, 1 / 2, 1 / math.log2(3)),
        ("abc", "c", 3, 1 / 3, 1 / 2),
        ("abc", "d", 0, 0.0, 0.0),
        ("abc", "ac", 1, 1.0, (1 + 1 / 2) / (1 + 1 / math.log2(3))),
        ("abcdef", "f", 6, 1 / 6, 0.0),  # only five count
        ("", "a", 0, 0.0, 0.0),
        ("abc", "", 0, 0.0, 0.0),
    ],
)
def test_known_rankings(ranked: str, right: str, place: int, reciprocal: float, ndcg: float) -> None:
    assert rank_of_first(ranked, set(right)) == place
    assert reciprocal_rank(ranked, set(right)) == reciprocal
    assert ndcg_at(ranked, set(right), 5) == pytest.approx(ndcg)
    assert [recall_at(ranked, set(right), k) for k in (1, 3, 5)] == [float(0 < place <= k) for k in (1, 3, 5)]


@given(rankings, rights, depths)
def test_every_measure_is_a_share(ranked: list[str], right: set[str], k: int) -> None:
    for value in (recall_at(ranked, right, k), reciprocal_rank(ranked, right), ndcg_at(ranked, right, k)):
        assert 0 <= value <= 1


@given(st.permutations(NAMES), rights, depths)
def test_a_perfect_ranking_has_one(names: list[str], right: set[str], k: int) -> None:
    ranked = sorted(names, key=lambda name: name not in right)
    assert recall_at(ranked, right, k) == reciprocal_rank(ranked, right) == 1
    assert ndcg_at(ranked, right, k) == pytest.approx(1)


@given(rankings, rights, depths)
def test_looking_further_down_never_finds_less(ranked: list[str], right: set[str], k: int) -> None:
    assert recall_at(ranked, right, k) <= recall_at(ranked, right, k + 1)


@given(st.permutations(NAMES), rights, depths, st.data())
def test_moving_a_right_one_up_never_lowers_a_measure(names: list[str], right: set[str], k: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(names) - 1))
    above, below = names[at - 1], names[at]
    better = list(names)
    if below in right:
        better[at - 1], better[at] = below, above
    for measure in (lambda r: recall_at(r, right, k), lambda r: reciprocal_rank(r, right), lambda r: ndcg_at(r, right, k)):
        assert measure(better) >= measure(names) - 1e-12


def test_known_thresholds() -> None:
    # Two right answers, then one to a question that has none, then a right one and a wrong one at the same confidence.
    confidence, right, answerable = arrays([(0.9, "right"), (0.8, "right"), (0.7, "none"), (0.5, "right"), (0.5, "wrong")])
    points = answering_points(confidence, right, answerable)
    assert [(p.threshold, p.answered, p.right, p.covered, p.answerable) for p in points] == [
        (0.9, 1, 1, 1, 4), (0.8, 2, 2, 2, 4), (0.7, 3, 2, 2, 4), (0.5, 5, 3, 4, 4),
    ]  # fmt: skip
    best = coverage_at_precision(confidence, right, answerable, 0.95)
    assert best is not None
    assert (best.threshold, best.precision, best.coverage) == (0.8, 1.0, 0.5)
    lower = coverage_at_precision(confidence, right, answerable, 0.6)
    assert lower is not None
    assert (lower.threshold, lower.precision, lower.coverage) == (0.5, 0.6, 1.0)
    assert coverage_at_precision(confidence, right, answerable, 0.95, least=3) is None


def test_where_nothing_is_answered_nothing_is_wrong_and_nothing_covered() -> None:
    confidence, right, answerable = arrays([(-math.inf, "wrong"), (-math.inf, "none")])
    assert answering_points(confidence, right, answerable) == []
    assert coverage_at_precision(confidence, right, answerable, 0.5) is None
    nothing = answering_at(-math.inf, confidence, right, answerable)
    assert (nothing.answered, nothing.precision, nothing.coverage) == (0, 1.0, 0.0)


@given(outcomes)
def test_a_lower_threshold_never_answers_or_covers_less(judged: list[tuple[float, str]]) -> None:
    points = answering_points(*arrays(judged))
    for above, below in pairwise(points):
        assert below.threshold < above.threshold
        assert below.answered > above.answered
        assert below.covered >= above.covered
        assert below.right >= above.right
    for point in points:
        assert point.right <= point.covered <= min(point.answered, point.answerable)
        assert 0 <= point.precision <= 1
        assert 0 <= point.coverage <= 1


@given(outcomes, st.floats(0.01, 1), st.integers(1, 5))
def test_the_threshold_reaches_the_precision_and_no_lower_one_does(
    judged: list[tuple[float, str]], precision: float, least: int
) -> None:
    confidence, right, answerable = arrays(judged)
    found = coverage_at_precision(confidence, right, answerable, precision, least=least)
    fit = [p for p, _ in judged if p > -math.inf and _reaches(judged, p, precision, least)]
    assert (found.threshold if found else None) == (min(fit) if fit else None)


def _reaches(judged: list[tuple[float, str]], threshold: float, precision: float, least: int) -> bool:
    kinds = [kind for p, kind in judged if p >= threshold]
    return len(kinds) >= least and kinds.count("right") / len(kinds) >= precision


@given(outcomes, st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_stricter_precision_never_covers_more(judged: list[tuple[float, str]], one: float, other: float) -> None:
    strict, loose = (coverage_at_precision(*arrays(judged), at) for at in (max(one, other), min(one, other)))
    assert (strict.coverage if strict else 0) <= (loose.coverage if loose else 0)


def test_the_threshold_is_the_one_that_a_calibration_chooses() -> None:
    generator = np.random.default_rng(5)
    raw = generator.normal(size=300)
    right = generator.random(300) < 1 / (1 + np.exp(-3 * raw))
    observed = [Observed(float(r), bool(g), bool(g) or i % 3 > 0) for i, (r, g) in enumerate(zip(raw, right, strict=True))]
    made = calibrate(observed, encoder="e@1", scorer="s@1", precision=0.95, made_at=datetime(2026, 11, 22, tzinfo=UTC))
    p = made.probabilities(raw.astype(np.float64)).astype(np.float64)
    found = coverage_at_precision(p, right, np.array([o.answerable for o in observed]), 0.95, least=MIN_ANSWERED)
    assert found is not None
    assert found.threshold == pytest.approx(made.answer_at)
    assert (found.answered, found.right) == (made.point.answered, made.point.right)


def test_an_interval_by_drawing_anew_holds_the_figure_narrows_with_n_and_repeats() -> None:
    few, many = np.arange(20) % 2, np.arange(2_000) % 2
    low, high = resampled(lambda drawn: float(few[drawn].mean()), len(few))
    assert low < 0.5 < high
    narrow = resampled(lambda drawn: float(many[drawn].mean()), len(many))
    assert narrow[1] - narrow[0] < (high - low) / 5
    assert (low, high) == resampled(lambda drawn: float(few[drawn].mean()), len(few))


def test_an_interval_of_nothing_is_no_number() -> None:
    assert all(math.isnan(end) for end in resampled(lambda drawn: 1.0, 0))
    assert all(math.isnan(end) for end in resampled(lambda drawn: math.nan, 3))


def test_the_picture_is_a_png_of_every_curve() -> None:
    pyplot_image = pytest.importorskip("matplotlib.image")
    points = answering_points(*arrays([(0.9, "right"), (0.5, "wrong"), (0.2, "none")]))
    one = risk_coverage_picture({"ours": points}, title="shop")
    assert pyplot_image.imread(io.BytesIO(one), format="png").shape[:2] == (480, 640)
    assert risk_coverage_picture({"ours": points, "theirs": points[:1]}, title="shop") != one
    assert risk_coverage_picture({}, title="nothing").startswith(b"\x89PNG")


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match="train"):
        risk_coverage_picture({}, title="nothing")
