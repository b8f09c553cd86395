from __future__ import annotations

import io
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cs_assist.quality.classification import (
    BINS,
    confusions,
    expected_calibration_error,
    per_class,
    reliability,
    reliability_picture,
    report,
)

judged = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)
pairs = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcde")), min_size=1, max_size=40)


def arrays(judgements: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([sure for sure, _ in judgements]), np.array([right for _, right in judgements])


def test_the_error_is_the_mean_gap_weighted_by_the_bins_counts() -> None:
    # Of four bins: two at 0.1 of which one is right, one at 0.6 that is right, one at 0.95 that is wrong.
    confidence, right = np.array([0.1, 0.1, 0.6, 0.95]), np.array([True, False, True, False])
    assert reliability(confidence, right, bins=4) == [(0.1, 0.5, 2), (0.6, 1.0, 1), (0.95, 0.0, 1)]
    assert expected_calibration_error(confidence, right, bins=4) == pytest.approx((2 * 0.4 + 0.4 + 0.95) / 4)


@pytest.mark.parametrize(
    ("confidence", "right", "error"),
    [
        ([1.0, 1.0], [1, 1], 0.0),
        ([1.0, 1.0], [0, 0], 1.0),
        ([0.75] * 4, [1, 1, 1, 0], 0.0),
        ([0.9] * 10, [1] * 6 + [0] * 4, 0.3),
        ([0.61, 0.65], [1, 0], 0.13),  # one bin of 15: gaps of both signs cancel there
        ([], [], 0.0),
    ],
)
def test_known_errors(confidence: list[float], right: list[int], error: float) -> None:
    assert expected_calibration_error(np.array(confidence), np.array(right)) == pytest.approx(error)


@given(judged)
@example([(1.0, True), (0.0, False)])
def test_every_example_is_in_one_bin_and_the_error_is_a_share(judgements: list[tuple[float, bool]]) -> None:
    confidence, right = arrays(judgements)
    parts = reliability(confidence, right)
    assert sum(n for _, _, n in parts) == len(judgements)
    assert len(parts) <= BINS
    assert [sure for sure, _, _ in parts] == sorted(sure for sure, _, _ in parts)
    assert 0 <= expected_calibration_error(confidence, right) <= 1


@given(judged, st.randoms(use_true_random=False))
def test_the_order_of_the_examples_makes_no_difference(judgements: list[tuple[float, bool]], random: object) -> None:
    mixed = list(judgements)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert expected_calibration_error(*arrays(mixed)) == pytest.approx(expected_calibration_error(*arrays(judgements)))


def test_precision_recall_and_f1_of_each_label() -> None:
    gold = ["lease", "lease", "lease", "rent", "rent", "ride"]
    guess = ["lease", "lease", "rent", "rent", "sell", "lease"]
    assert per_class(gold, guess) == [
        ("lease", 3, pytest.approx(2 / 3), pytest.approx(2 / 3), pytest.approx(2 / 3)),
        ("rent", 2, 0.5, 0.5, 0.5),
        ("ride", 1, 0.0, 0.0, 0.0),
        ("sell", 0, 0.0, 0.0, 0.0),
    ]


def test_mistakes_are_listed_most_frequent_first_and_right_ones_never() -> None:
    gold = ["a", "a", "a", "b", "b", "c", "c"]
    guess = ["b", "b", "a", "a", "b", "d", "a"]
    assert confusions(gold, guess) == [("a", "b", 2), ("b", "a", 1), ("c", "a", 1), ("c", "d", 1)]
    assert confusions(gold, guess, most=1) == [("a", "b", 2)]
    assert confusions(gold, gold) == []


@given(pairs)
def test_mistakes_and_hits_are_all_examples(judgements: list[tuple[str, str]]) -> None:
    gold, guess = [g for g, _ in judgements], [q for _, q in judgements]
    wrong = sum(n for _, _, n in confusions(gold, guess))
    hits = sum(round(recall * n) for _, n, _, recall, _ in per_class(gold, guess))
    assert wrong + hits == len(judgements)


LABELS = ("lease", "rent", "ride", "sell")
GOLD = ["lease", "rent", "rent", "ride"]
P = np.array([[0.7, 0.2, 0.1, 0.0], [0.1, 0.8, 0.05, 0.05], [0.6, 0.3, 0.06, 0.04], [0.4, 0.3, 0.1, 0.2]], np.float32)


def test_a_report_has_the_figures_of_the_first_guesses() -> None:
    figures, _ = report(GOLD, LABELS, P)
    assert figures == {
        "n": 4,
        "accuracy": 0.5,
        "among_three": 0.75,  # 'ride' is the last of four in the fourth row
        "macro_f1": pytest.approx((1 / 2 + 2 / 3 + 0) / 3, abs=1e-4),
        "expected_calibration_error": pytest.approx((0.3 + 0.2 + 0.6 + 0.4) / 4, abs=1e-4),
    }


def test_a_report_s_tables_show_the_interval_each_label_and_each_mistake() -> None:
    _, tables = report(GOLD, LABELS, P)
    assert "| accuracy (95% interval) | 0.500 (0.150–0.850) of 4 |" in tables
    assert "| rent | 2 | 1.000 | 0.500 | 0.667 |" in tables
    assert "| rent | lease | 1 |" in tables
    assert "| lease | lease |" not in tables
    assert "sell" not in tables
    for block in tables.split("\n\n"):
        assert len({len(re.findall(r"\|", line)) for line in block.splitlines()}) == 1


def test_a_report_of_two_labels_and_no_mistake_is_whole() -> None:
    figures, tables = report(["yes", "no"], ("no", "yes"), np.array([[0.1, 0.9], [1.0, 0.0]], np.float32))
    assert figures == {"n": 2, "accuracy": 1.0, "among_three": 1.0, "macro_f1": 1.0, "expected_calibration_error": 0.05}
    assert tables.endswith("| --- | --- | --- |")


def test_the_picture_is_a_png_that_is_the_same_each_time() -> None:
    confidence, right = np.array([0.2, 0.5, 0.9, 1.0]), np.array([False, True, True, True])
    first = reliability_picture(confidence, right, title="measured on my.tsv")
    assert first.startswith(b"\x89PNG\r\n\x1a\n")
    assert first == reliability_picture(confidence, right, title="measured on my.tsv")

    from matplotlib import image

    assert image.imread(io.BytesIO(first)).std() > 0.05  # something is drawn
