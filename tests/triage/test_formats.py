from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.formats import TrackingFormat, order_formats, tracking_formats

CHECKED = {f.name: f for f in tracking_formats() if f.check}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("upu_s10", "RB123456785GB"),
        ("upu_s10", "RR000000005DE"),
        ("upu_s10", "RR000040000DE"),
        ("ups", "1Z999AA10123456784"),
        ("ups", "1Z5R89390357567127"),
        ("usps", "9400 1112 0108 0805 4830 16"),
        ("usps", "9405803699300124287899"),
        ("japan", "1234-5678-9013"),
    ],
)
def test_a_right_check_digit_fits_and_every_other_does_not(name: str, code: str) -> None:
    carrier = CHECKED[name]
    assert carrier.compiled.fullmatch(code)
    assert carrier.fits(code)
    at = max(place for place, char in enumerate(code) if char.isdigit())
    for digit in set("0123456789") - {code[at]}:
        assert not carrier.fits(code[:at] + digit + code[at + 1 :])


def test_digits_of_other_scripts_are_digits() -> None:
    assert CHECKED["japan"].fits("１２３４５６７８９０１３")


@given(st.integers(min_value=0, max_value=10**8 - 1))
def test_each_s10_serial_has_one_right_check_digit(serial: int) -> None:
    fits = [digit for digit in range(10) if CHECKED["upu_s10"].fits(f"RR{serial:08}{digit}CN")]
    assert len(fits) == 1


def test_a_format_without_a_check_always_fits() -> None:
    assert TrackingFormat(name="x", pattern=r"\d{4}", source="test").fits("1234")


@pytest.mark.parametrize(
    ("platform", "number"),
    [
        ("amazon", "302-1234567-7654321"),
        ("ebay", "12-34567-89012"),
        ("rakuten", "123456-20261103-0000012345"),
        ("shopee", "261103ABCD1234"),
        ("temu", "PO-211-12345678901234567"),
        ("walmart", "2000123-12345678"),
        ("mercado_libre", "2000012345678901"),
        ("tiktok_shop", "576461413038785752"),
        ("shopify", "#1001"),
        ("shopify", "#AB1001-X"),
    ],
)
def test_a_platforms_number_has_its_form(platform: str, number: str) -> None:
    order = next(f for f in order_formats() if f.name == platform)
    assert order.sure
    assert order.compiled.fullmatch(number)
    assert not order.compiled.search("7" + number + "7")


def test_a_shopee_number_begins_with_a_date() -> None:
    shopee = next(f for f in order_formats() if f.name == "shopee")
    assert not shopee.compiled.search("269903ABCD1234")


@pytest.mark.parametrize("entry", [*order_formats(), *tracking_formats()], ids=lambda entry: entry.name)
def test_every_format_names_its_source_and_repeats_within_bounds(entry: object) -> None:
    assert getattr(entry, "source")  # noqa: B009
    pattern = re.sub(r"\\.|\[[^\]]*\]", "a", entry.pattern)  # type: ignore[attr-defined]
    assert not re.search(r"[*+]|\{\d+,\}", pattern)


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("4111111111111111", False),
        ("4111111111111112", True),
        ("5105105105105100", False),
        ("8123456789012345", True),
        ("１９８００１０１", True),
    ],
)
def test_what_has_the_look_of_a_card_needs_a_word(code: str, fits: bool) -> None:
    assert next(f for f in order_formats() if f.name == "aliexpress").fits(code) is fits


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)), st.sampled_from(["%Y%m%d", "%d%m%Y"]))
def test_what_has_the_look_of_a_day_needs_a_word(day: date, form: str) -> None:
    assert not next(f for f in order_formats() if f.name == "digits").fits(day.strftime(form))
