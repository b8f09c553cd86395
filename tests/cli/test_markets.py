from __future__ import annotations

from cs_assist.markets.market import Market, market_codes

from .conftest import Run


def test_all_markets_are_listed_in_order(run: Run) -> None:
    done = run("markets")
    assert (done.code, done.err) == (0, "")
    assert [market["code"] for market in done.objects] == sorted(market_codes())


def test_one_market_is_shown_in_full_in_any_case(run: Run) -> None:
    done = run("markets", "jp", "--json")
    assert done.code == 0
    (market,) = done.objects
    assert (market["code"], market["languages"], market["currency"]) == ("JP", ["ja"], "JPY")
    assert set(market) == set(Market.model_fields)


def test_an_unknown_market_exits_with_two_and_names_the_nearest(run: Run) -> None:
    done = run("markets", "UK")
    assert (done.code, done.out) == (2, "")
    assert "no market data for 'UK'. Did you mean 'GB'?" in done.err
