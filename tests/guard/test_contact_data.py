from __future__ import annotations

import pytest

from cs_assist.guard.contact_data import contact_data
from cs_assist.guard.private_words import read

from .private_cases import best


def found(text: str, market: str | None = None, language: str | None = None) -> list[tuple[str, str]]:
    reading = read(text, market=market, language=language)
    return [(value.type, reading.text[value.start : value.end]) for value in best(contact_data(reading))]


@pytest.mark.parametrize(
    "address",
    [
        "kate@example.com",
        "k.o'neil+shop@mail.example.co.uk",
        "jörg@müller.example.de",
        "почта@пример.рф",
        "a_b-c@x-y.example.org",
        "anna (at) example (dot) com",
        "anna [at] example.com",
        "anna at gmail dot com",
        "müller@straße.example",
        "用户@例子.中国",
        "担当@例え.コム",
        "고객@예시.한국",
        "ลูกค้า@ตัวอย่าง.ไทย",
        "संपर्क@उदाहरण.भारत",
        "عميل@مثال.السعودية",
        "πελάτης@παράδειγμα.ελ",
        "王@example.com",
        "anna@xn--mgberp4a5d4ar.xn--mgbai9azgqp6j",
    ],
)
def test_addresses_of_many_forms_are_found(address: str) -> None:
    assert found(f"Write to {address}, please") == [("email", address)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("write me: lea dot brandt at posthof dot org thanks", "lea dot brandt at posthof dot org"),
        ("mi correo es ines punto vega arroba correo punto es", "ines punto vega arroba correo punto es"),
        ("mail naar joost apenstaartje planten punt nl", "joost apenstaartje planten punt nl"),
        ("scrivi a rosa chiocciola posta punto it", "rosa chiocciola posta punto it"),
        ("pisz na ola kropka nowak małpa poczta kropka pl", "ola kropka nowak małpa poczta kropka pl"),
        ("пишите oleg точка k собака pochta точка ru", "oleg точка k собака pochta точка ru"),
        ("راسلني sami نقطة h آت barid نقطة com", "sami نقطة h آت barid نقطة com"),
    ],
)
def test_addresses_that_are_spoken_are_found(text: str, address: str) -> None:
    assert found(text) == [("email", address)]


def test_an_address_ends_where_another_script_begins() -> None:
    assert found("メールはkate@example.comです") == [("email", "kate@example.com")]


@pytest.mark.parametrize(
    "text", ["5 @ 3 euros", "@shop on social media", "meet me at home dot", "a@b", "look at it. com", "we are at example dot com"]
)
def test_an_at_alone_makes_no_address(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("text", "market", "number"),
    [
        ("+49 (0)30 901820", None, "+49 (0)30 901820"),
        ("call 0176 12345678", "DE", "0176 12345678"),
        ("(415) 555-0132", "US", "(415) 555-0132"),
        ("415-555-0132 x77", "US", "415-555-0132 x77"),
        ("ring 06 39 98 12 45", "FR", "06 39 98 12 45"),
        ("010-1234-5678", "KR", "010-1234-5678"),
        ("9123 4567", "SG", "9123 4567"),
        ("(11) 98765-4321", "BR", "(11) 98765-4321"),
        ("my number is 555 01 99", None, "555 01 99"),
        ("0532 123 45 67", "TR", "0532 123 45 67"),
        ("13812345678", "CN", "13812345678"),
        ("0049 170 1234567", None, "0049 170 1234567"),
        ("前原中央4-2-1 092-555-0199", "JP", "092-555-0199"),  # a house's number stands before it
    ],
)
def test_phone_numbers_as_countries_dial_them(text: str, market: str | None, number: str) -> None:
    assert ("phone", number) in found(text, market)


@pytest.mark.parametrize(
    ("text", "market"),
    [
        ("12.05.2025 or 2025-05-12", "DE"),
        ("1.250.000 pesos", "CO"),
        ("order number 0176 12345678", "DE"),
        ("120 x 60 x 75 cm", "DE"),
        ("2021-2023", "TR"),
        ("09.00-17.00", "TR"),
        ("92-74-101", "DE"),
        ("EAN 4006381333931", "DE"),
        ("€ 1234567", "DE"),
        ("01310-100", "BR"),
        ("61077-3350", "MX"),
        ("tracking 0176 12345678", "DE"),
    ],
)
def test_dates_amounts_and_other_numbers_are_no_phone_numbers(text: str, market: str) -> None:
    assert not found(text, market)


@pytest.mark.parametrize("address", ["203.0.113.77", "255.255.255.255", "2001:db8::1", "fe80::8a2e:370:7334", "::1"])
def test_ip_addresses_are_found(address: str) -> None:
    assert found(f"from {address} today") == [("ip", address)]
    assert found(f"从{address}登录") == [("ip", address)]


@pytest.mark.parametrize("text", ["version 2.1.0.4", "firmware 1.2.3.4", "256.1.1.1", "12:30:45", "1.2.3", "1.2.3.4.5", "16:9"])
def test_versions_and_times_are_no_ip_addresses(text: str) -> None:
    assert not found(text)


def test_an_address_in_another_script_ends_where_its_domain_does() -> None:
    assert found("发到 li@例子.中国谢谢") == [("email", "li@例子.中国")]
    assert found("2 Lampen @ 30 Euro, @laden, 3@5") == []


@pytest.mark.parametrize("series", ["36 38 40 42 44 46", "36-38-40-42-44", "46 44 42 40 38", "110 116 122 128"])
@pytest.mark.parametrize("market", ["DE", "FR", "US", "PL"])
def test_sizes_are_no_phone_number(series: str, market: str) -> None:
    assert found(f"In {series} available", market=market) == []


def test_digits_on_keys_are_a_phone_number_too() -> None:
    assert found("call me: 2️⃣1️⃣2️⃣5️⃣5️⃣5️⃣0️⃣1️⃣4️⃣2️⃣", market="US") == [("phone", "2125550142")]
