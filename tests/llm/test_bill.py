from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cs_assist.errors import DataFileError, ModelError, SettingsError
from cs_assist.llm.bill import Prices, Spending, Spent, load_prices

NOW = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
OWN = """currency: {currency}
models:
  {model}: {{input: 1, output: 2, source: "our contract", reviewed: 2026-11-01, certainty: verified}}
"""


def at(*moments: datetime) -> Callable[[], datetime]:
    left = list(moments)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_a_dated_model_costs_what_the_undated_one_costs() -> None:
    prices = load_prices()
    assert prices.of("gpt-4o-mini-2024-07-18", 1_000_000, 0) == prices.of("gpt-4o-mini", 1_000_000, 0) == Decimal("0.15")


@pytest.mark.parametrize("model", ["SmolLM2", "gpt-4o-mini-tuned", ""])
def test_an_unknown_model_has_no_price_rather_than_a_guessed_one(model: str) -> None:
    assert load_prices().of(model, 1, 1) is None


def test_own_prices_go_before_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(OWN.format(currency="USD", model="gpt-4o"))
    prices = load_prices(path)
    assert prices.of("gpt-4o", 1_000_000, 1_000_000) == 3
    assert prices.of("gpt-4o-mini", 1_000_000, 0) is not None


def test_currencies_are_never_mixed(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(OWN.format(currency="EUR", model="gpt-4o"))
    assert set(load_prices(path).models) == {"gpt-4o"}


def test_a_wrong_price_file_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(OWN.format(currency="USD", model="gpt-4o").replace("output: 2", "output: -2"))
    with pytest.raises(DataFileError, match=r"line 3.*output"):
        load_prices(path)


def test_every_shipped_price_is_plausible() -> None:
    prices: Prices = load_prices()
    assert all(0 < price.input < price.output < 100 for price in prices.models.values())


def test_sums_are_kept_by_day_and_conversation() -> None:
    spending = Spending(clock=at(NOW, NOW, NOW + timedelta(minutes=2)))
    spending.book("a", Spent(calls=1, prompt_tokens=10, completion_tokens=5, cost=Decimal("0.1")))
    spending.book("a", Spent(calls=1, prompt_tokens=1, completion_tokens=1, cost=Decimal("0.2")))
    assert spending.conversation("a").tokens == 17
    assert spending.day(date(2026, 11, 22)).tokens == 15
    assert spending.day().tokens == 2
    assert spending.total.cost == Decimal("0.3")
    assert spending.conversation("b") == Spent()


@pytest.mark.parametrize(("limits", "what"), [({"per_day": 100}, "day"), ({"per_conversation": 100}, "conversation")])
def test_what_is_reserved_counts_until_the_true_cost_is_known(limits: dict[str, int], what: str) -> None:
    spending = Spending(clock=at(NOW), **limits)
    held = spending.reserve("a", 60)
    with pytest.raises(ModelError, match=f"budget of the {what} is 100 tokens: 60 are used") as caught:
        spending.reserve("a", 60)
    assert caught.value.kind == "budget"
    spending.book("a", Spent(calls=1, prompt_tokens=20), held=held)
    spending.reserve("a", 60)


def test_a_call_over_midnight_gives_the_new_day_nothing_back() -> None:
    before, after = NOW.replace(hour=23, minute=59), NOW.replace(hour=0, minute=1) + timedelta(days=1)
    spending = Spending(per_day=100, clock=at(before, before, after, after, after))
    spending.book("a", Spent(calls=1, prompt_tokens=1), held=spending.reserve("a", 90))
    spending.reserve("a", 99)
    with pytest.raises(ModelError, match="100 are used"):
        spending.reserve("a", 90)


def test_what_a_killed_process_reserved_runs_out(tmp_path: Path) -> None:
    path, longest = tmp_path / "models.db", timedelta(minutes=1)
    Spending(path, per_day=100, longest=longest, clock=at(NOW)).reserve("a", 90)
    with pytest.raises(ModelError, match="90 are used"):
        Spending(path, per_day=100, longest=longest, clock=at(NOW)).reserve("b", 90)
    Spending(path, per_day=100, longest=longest, clock=at(NOW + timedelta(minutes=2))).reserve("b", 90)


def test_a_new_day_has_a_new_budget_and_another_conversation_its_own() -> None:
    spending = Spending(per_day=100, clock=at(NOW, NOW, NOW + timedelta(minutes=2)))
    spending.reserve("a", 100)
    spending.reserve("a", 100)
    spending = Spending(per_conversation=100, clock=at(NOW))
    spending.reserve("a", 100)
    spending.reserve("b", 100)
    spending.reserve("", 1000)


def test_processes_share_a_budget_by_its_file_which_holds_no_ids(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "models.db"
    Spending(path, per_day=100, clock=at(NOW)).reserve("mia@example.org", 60)
    with pytest.raises(ModelError):
        Spending(path, per_day=100, clock=at(NOW)).reserve("other", 60)
    assert b"mia@example.org" not in path.read_bytes()


def test_old_sums_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "models.db"
    Spending(path, clock=at(NOW)).book("a", Spent(calls=1))
    assert Spending(path, clock=at(NOW + timedelta(days=92))).total == Spent()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="llm_cache_dir"):
        Spending(tmp_path / "file" / "models.db")
