from __future__ import annotations

import re

import pytest

from cs_assist.guard.fact_patterns import CODE, DIMENSIONS, EMAIL, PHONE, SIZE


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (SIZE, "Size XL or M, not 3XL.", ["XL", "M", "3XL"]),
        (SIZE, "Sml. XLR cable, H&M.", []),
        (DIMENSIONS, "120 x 60 cm and 24×30", ["120 x 60", "24×30"]),
        (EMAIL, "write to joe.doe@shop.example.", ["joe.doe@shop.example"]),
        (PHONE, "call +49 151 23456789 now", ["+49 151 23456789"]),
        (CODE, "rma-2231/b", ["rma-2231/b"]),
    ],
)
def test_a_pattern_finds_what_its_name_says(pattern: re.Pattern[str], text: str, found: list[str]) -> None:
    assert [match.group() for match in pattern.finditer(text)] == found
