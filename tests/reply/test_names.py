from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.markets.market import load_market
from cs_assist.reply.names import calling_name


@pytest.mark.parametrize(
    ("name", "market", "called"),
    [
        ("José García", "ES", "José"),
        ("Đặng Văn Lâm", "US", "Đặng Văn Lâm"),
        ("Иван Петров", "US", "Иван Петров"),
        ("Иван Петров", "DE", "Иван Петров"),
        ("Dr. Ana Lopez", "US", "Dr. Ana Lopez"),
        ("Mrs Smith", "GB", "Mrs Smith"),
        ("Ana Lopez", "FR", "Ana Lopez"),
        ("田中 花子様", "JP", "田中 花子"),
        ("김민수님", "KR", "김민수"),
        ("คุณสมชาย", "TH", "สมชาย"),
        ("Rahul ji", "IN", "Rahul"),
        ("Raji", "IN", "Raji"),
        ("★Ana★", None, ""),
        ("-", None, ""),
        ("<script>", None, ""),
        ("ana_lopez", None, ""),
    ],
)
def test_a_customer_is_called_as_their_market_does_without_guessing(name: str, market: str | None, called: str) -> None:
    assert calling_name(name, load_market(market) if market else None) == called


@given(st.text(max_size=80), st.sampled_from(["US", "DE", "JP", None]))
def test_what_is_called_is_a_part_of_the_name(name: str, market: str | None) -> None:
    called = calling_name(name, load_market(market) if market else None)
    assert called.casefold() in " ".join(name.split()).casefold()
    assert len(called) <= 60
    assert "\n" not in called
