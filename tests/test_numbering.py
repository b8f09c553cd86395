from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.numbering import CHECKS, END, START


@pytest.mark.parametrize(
    ("check", "right"), [("s10", "RB123456785GB"), ("ups", "1Z999AA10123456784"), ("mod10", "4006381333931"), ("mod7", "700")]
)
def test_a_right_number_passes_and_its_neighbours_do_not(check: str, right: str) -> None:
    place = 10 if check == "s10" else len(right) - 1
    fits = [digit for digit in "0123456789" if CHECKS[check](right[:place] + digit + right[place + 1 :])]
    assert right[place] in fits
    assert len(fits) == 1


@given(st.integers(0, 10**8 - 1))
def test_every_s10_serial_has_one_check_digit(serial: int) -> None:
    assert sum(CHECKS["s10"](f"RR{serial:08}{digit}CN") for digit in range(10)) == 1


@pytest.mark.parametrize(
    ("text", "stands"),
    [("订单号12345678怎么", True), ("a 12345678.", True), ("x12345678", False), ("12345678,5", False), ("12345678-b", False)],
)
def test_a_code_ends_where_its_script_does(text: str, stands: bool) -> None:
    assert bool(re.search(f"{START}12345678{END}", text)) is stands
