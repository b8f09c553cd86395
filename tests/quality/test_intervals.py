from __future__ import annotations

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cs_assist.quality.intervals import cell, wilson

shares = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (50, 100, 0.4038, 0.5962),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_known_intervals(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_nothing_measured_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert cell(0, 0) == "–"


@given(shares)
@example((0, 97))
@example((97, 97))
def test_the_interval_lies_between_0_and_1_around_the_share(share: tuple[int, int]) -> None:
    hits, n = share
    low, high = wilson(hits, n)
    assert 0 <= low < high <= 1
    assert low - 1e-12 <= hits / n <= high + 1e-12


@given(shares)
def test_both_ends_are_z_standard_errors_from_the_share_as_the_source_defines_it(share: tuple[int, int]) -> None:
    hits, n = share
    for end in wilson(hits, n):
        assert abs(hits / n - end) == pytest.approx(1.96 * math.sqrt(end * (1 - end) / n), abs=1e-6)


@given(shares)
def test_misses_mirror_hits(share: tuple[int, int]) -> None:
    hits, n = share
    low, high = wilson(hits, n)
    assert wilson(n - hits, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(shares)
def test_ten_times_the_examples_give_a_narrower_interval(share: tuple[int, int]) -> None:
    hits, n = share
    few, many = wilson(hits, n), wilson(10 * hits, 10 * n)
    assert many[1] - many[0] < few[1] - few[0]


@given(shares)
@example((0, 97))
def test_a_cell_shows_three_positive_numbers_with_three_decimals(share: tuple[int, int]) -> None:
    assert re.fullmatch(r"[01]\.\d{3} \([01]\.\d{3}–[01]\.\d{3}\)", cell(*share))
