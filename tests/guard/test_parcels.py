from __future__ import annotations

import pytest

from cs_assist.guard.parcels import parcel_forms, parcels
from cs_assist.guard.private_words import read

from .private_cases import best


def found(text: str, market: str | None = None, language: str | None = "en") -> set[tuple[str, str]]:
    reading = read(text, market=market, language=language)
    return {(value.type, text[value.start : value.end]) for value in best(parcels(reading))}


@pytest.mark.parametrize(
    "number", ["RB123456785GB", "RB 123 456 785 GB", "1Z999AA10123456784", "TBA123456789012", "SF1234567890123"]
)
def test_numbers_with_a_carriers_form_need_no_label(number: str) -> None:
    assert ("tracking_number", number) in found(f"Where is {number} now")


@pytest.mark.parametrize("text", ["RB123456784GB", "1Z999AA10123456783", "model XB123456785GBX"])
def test_a_wrong_check_digit_or_a_longer_code_is_none(text: str) -> None:
    assert not [kind for kind, _ in found(text) if kind == "tracking_number"]


@pytest.mark.parametrize("number", ["114-5520917-1234567", "12-34567-89012", "#30219", "PO-211-12345678901234567", "TW-118206"])
def test_numbers_with_a_platforms_form_need_no_label(number: str) -> None:
    assert found(f"Where is {number} now") == {("order_number", number)}


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("my order 8821 please", "en", "8821"),
        ("Bestellung mit der Nummer F-30082", "de", "F-30082"),
        ("la commande n° 60-2218", "fr", "60-2218"),
        ("注文番号AX-70015の件", "ja", "AX-70015"),
        ("订单号20240317", "zh-Hans", "20240317"),
        ("رقم الطلب SA-773120", "ar", "SA-773120"),
        ("pesanan saya nomor 7719-10", "id", "7719-10"),
        ("33190 numaralı siparişim", "tr", "33190"),
        ("주문번호 20250311", "ko", "20250311"),
        ("đơn 90017", "vi", "90017"),
    ],
)
def test_a_label_makes_a_code_an_order_number(text: str, language: str, number: str) -> None:
    assert ("order_number", number) in found(text, language=language)


def test_the_codes_of_a_list_are_all_found() -> None:
    assert found("orders 12345678, 23456789 and 34567890") == {("order_number", n) for n in ("12345678", "23456789", "34567890")}


def test_a_carriers_name_makes_a_long_number_a_tracking_number() -> None:
    assert found("FedEx 7749 1234 5678") == {("tracking_number", "7749 1234 5678")}


@pytest.mark.parametrize(
    "text",
    [
        "I ordered 3 of them in 2024",
        "item number 4006381333931",
        "order of 12 pieces",
        "serial number LM-22091",
        "invoice INV-2025-00871",
        "DHL Packstation 142",
        "a 20000mAh battery",
        "size 38 or 40",
    ],
)
def test_other_numbers_are_left(text: str) -> None:
    assert not found(text)


def test_every_form_says_where_it_is_from() -> None:
    forms = parcel_forms()
    assert all(form.source for form in (*forms.orders, *forms.unsure, *forms.tracking))
