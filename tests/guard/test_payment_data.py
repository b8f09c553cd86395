from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.payment_data import is_iban, payment_data
from cs_assist.guard.privacy import Vault
from cs_assist.guard.private_words import read

from .private_cases import best


def found(text: str, market: str | None = None, language: str | None = None) -> list[tuple[str, str]]:
    reading = read(text, market=market, language=language)
    return [(value.type, text[value.start : value.end]) for value in best(payment_data(reading))]


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "3782 822463 10005",
        "30569309025904",
        "3530111333300000",
        "6011111111111117",
        "6222 0212 3456 7890 128",
        "2200 0000 0000 0004",
        "5105105105105100",
    ],
)
def test_test_cards_of_the_schemes_are_found(number: str) -> None:
    assert ("card", number) in found(f"Charge {number} please")


@pytest.mark.parametrize(
    "text",
    [
        "EAN 4006381333931",
        "article number 4111 1111 1111 1112",
        "order number 4111111111111111",
        "4111 1111 1111 1112",
        "0000 0000 0000 0000",
        "41111111111111111111111",
        "35 361100 123456 7 is the IMEI",
        "a 4111111111111111b",
    ],
)
def test_other_long_numbers_are_no_cards(text: str) -> None:
    assert not found(text)


def test_a_mistyped_card_is_masked_after_its_label() -> None:
    assert found("my card number is 4111 1111 1111 1112") == [("card", "4111 1111 1111 1112")]


@pytest.mark.parametrize(
    "iban",
    [
        "DE89 3704 0044 0532 0130 00",
        "GB29NWBK60161331926819",
        "FR76 3000 6000 0112 3456 7890 189",
        "NL91 ABNA 0417 1643 00",
        "NO93 8601 1117 947",
        "MT84MALT011000012345MTLCAST001S",
        "SA0380000000608010167519",
        "BR1800360305000010009795493C1",
        "de89370400440532013000",
        "TR33 0006 1005 1978 6457 8413 26",
    ],
)
def test_ibans_of_many_countries_are_found_in_any_grouping(iban: str) -> None:
    assert ("iban", iban) in found(f"Bitte auf {iban} danke")


@pytest.mark.parametrize("text", ["DE88 3704 0044 0532 0130 00", "XX89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130"])
def test_what_fails_length_or_check_is_no_iban_without_its_label(text: str) -> None:
    assert not [kind for kind, _ in found(text) if kind == "iban"]


def test_a_mistyped_iban_is_masked_after_its_label() -> None:
    assert ("iban", "DE88 3704 0044 0532 0130 00") in found("IBAN: DE88 3704 0044 0532 0130 00")


def test_a_polish_account_needs_no_country() -> None:
    assert ("iban", "61 1090 1014 0000 0712 1981 2874") in found("konto 61 1090 1014 0000 0712 1981 2874")


@given(st.integers(min_value=0, max_value=10**18 - 1), st.integers(min_value=2, max_value=98))
def test_of_all_check_digits_of_an_account_one_is_right(account: int, check: int) -> None:
    body = f"{account:018}"
    right = 98 - int(body + "1314" + "00") % 97  # D is 13, E is 14
    assert is_iban(f"DE{check:02}{body}") == (check == right)


@pytest.mark.parametrize("gap", [" ", "-", ".", "/", "_", "–", "\n"])
def test_a_card_is_found_whatever_stands_between_its_groups(gap: str) -> None:
    assert "4111" not in Vault().mask(f"Please charge {gap.join(['4111', '1111', '1111', '1111'])} again").text
