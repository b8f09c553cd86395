from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.entities import READ, find_entities
from cs_assist.types import LANGUAGES

PIECES = st.one_of(
    st.sampled_from(
        [
            "114-5520917-1234567",
            "RB123456785GB",
            "1Z999AA10123456784",
            "AB-12345",
            "#1001",
            "$12.99",
            "12,99€",
            "R$30",
            "USD",
            "2026-11-03",
            "3/11/2026",
            "+4915123456789",
            "a.b@shop.example",
            "https://x.example/a?b=1",
            "www.",
            "12345678",
            "٣٤٥٦٧٨٩٠",
            "order",
            "注文番号",
            "code",
            "3 days",
            "五天",
            "1 234,56 zł",
            "3 мая",
            "via Roma 5",
            "渋谷区1-2",
            "x2",
            "ﬁ½①",
            "-",
            ".",
            ",",
            "(",
            ")",
            "#",
            "@",
            "+",
        ]
    ),
    st.text(max_size=5),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order 114-5520917-1234567?", [("order_number", "114-5520917-1234567")]),
        ("AB-12345, #1001 and #A-1001", [("order_number", "AB-12345"), ("order_number", "#1001"), ("order_number", "#A-1001")]),
        ("number 12345678.", [("order_number", "12345678")]),
        ("RB123456785GB", [("tracking_number", "RB123456785GB")]),
        ("1Z999AA10123456784", [("tracking_number", "1Z999AA10123456784")]),
        ("paid $12.99, 12,99 € and R$ 30.", [("money", "$12.99"), ("money", "12,99 €"), ("money", "R$ 30")]),
        ("99.5 kr or 3000円", [("money", "99.5 kr"), ("money", "3000円")]),
        ("on 2026-11-03 or 3/11/2026", [("date", "2026-11-03"), ("date", "3/11/2026")]),
        ("call +49 151 23456789 now", [("phone", "+49 151 23456789")]),
        ("mail a.b+c@shop.example.", [("email", "a.b+c@shop.example")]),
        ("see https://x.example/a?b=12345678.", [("url", "https://x.example/a?b=12345678")]),
        ("(www.shop.example)", [("url", "www.shop.example")]),
        ("1234567", []),
        ("iPhone 15 Pro", []),
        ("AB12", []),
        ("size 38, 2 pieces", [("quantity", "2 pieces")]),
        ("", []),
    ],
)
def test_values_are_found_with_their_kind(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(entity.type, entity.value) for entity in find_entities(text)] == expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("RB123456785GB", "tracking_number"),
        ("RB123456784GB", None),
        ("EE876543216CN", "tracking_number"),  # 11 - 5
        ("RR000000005DE", "tracking_number"),  # remainder 0 is written as 5
        ("RR000000000DE", None),
        ("RR000040000DE", "tracking_number"),  # 4 * 3 leaves 1, and 10 is written as 0
    ],
)
def test_an_s10_number_needs_its_check_digit(code: str, kind: str | None) -> None:
    assert [(entity.type, entity.value) for entity in find_entities(code)] == ([(kind, code)] if kind else [])


def kinds(text: str, market: str | None = None, language: str | None = None) -> list[tuple[str, str]]:
    return [(entity.type, entity.value) for entity in find_entities(text, market=market, language=language)]


@pytest.mark.parametrize(
    ("market", "language", "text", "expected"),
    [
        (
            "US", "en", "Order 302-1234567-7654321 (2 pcs, $45.90) due March 3, call +1 212 555 2368",
            ["order_number", "quantity", "money", "date", "phone"],
        ),
        (
            "DE", "de", "Bestellung 40417 vom 3. Mai über 59,90 €: seit 14 Tagen nichts, Sendung RB123456785GB",
            ["order_number", "date", "money", "duration", "tracking_number"],
        ),
        ("JP", "ja", "5月3日に注文した3個、10,000円、3営業日待ちました", ["date", "quantity", "money", "duration"]),
        ("SA", "ar", "رقم الطلب ٤٥٦٧٨٩٠ بقيمة ١٢٠ ريال قبل ٣ أيام", ["order_number", "money", "duration"]),
        ("TH", "th", "ออเดอร์ 240512ABCD1234 สั่ง 2 ชิ้น 1,234 บาท รอ ๓ วัน", ["order_number", "quantity", "money", "duration"]),
        ("BR", "pt-BR", "pedido 2000012345678901, cupom VOLTA10, R$ 79,90", ["order_number", "coupon", "money"]),
    ],
)  # fmt: skip
def test_a_message_gives_all_that_it_names(market: str, language: str, text: str, expected: list[str]) -> None:
    assert [kind for kind, _ in kinds(text, market, language)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://shop.example/orders/12345678", "url"),  # over the number in it
        ("order 2125552368", "order_number"),  # over a phone number's form
        ("2125552368", "phone"),  # over a bare number
        ("order 12.05.2026", "date"),  # over a code further from certain
        ("order number 9400111201080805483016", "tracking_number"),  # a right check digit over a word
        ("my order costs 10045 USD", "money"),
        ("order +4915123456789", "phone"),
        ("ul. Długa 12/5", "address"),  # over a date's form
        ("2月30日", ""),
    ],
)
def test_of_two_readings_the_more_certain_stays(text: str, expected: str) -> None:
    assert [kind for kind, _ in kinds(text, "US", "en")] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("Order 114-5520917-1234567", r"\d{7}", [("order_number", "114-5520917-1234567")]),
        ("RB123456785GB", r"[A-Z]{2}\d{9}[A-Z]{2}", [("tracking_number", "RB123456785GB")]),
        ("#1001/A7", r"#\d+/[A-Z]\d", [("order_number", "#1001/A7")]),  # the longer
        ("+49 30 9018200, order 9018200", r"\d{7}", [("phone", "+49 30 9018200"), ("order_number", "9018200")]),
        ("x " * 4_900 + "AB/12.34", r"AB/\d\d\.\d\d", [("order_number", "AB/12.34")]),
    ],
)
def test_a_surer_value_stays_over_a_piece_that_the_sellers_pattern_finds(
    text: str, pattern: str, expected: list[tuple[str, str]]
) -> None:
    assert [(e.type, e.value) for e in find_entities(text, order_patterns=[re.compile(pattern)])] == expected


def test_the_sellers_own_patterns_come_before_all_but_links() -> None:
    own = (re.compile(r"20\d\d-\d\d-\d\d"),)
    found = find_entities("2026-11-03 and https://x.example/2026-11-03", order_patterns=own)
    assert [entity.type for entity in found] == ["order_number", "url"]


def test_a_number_touched_by_chinese_or_japanese_is_found_whole() -> None:
    assert kinds("订单号１２３４５６７８怎么办") == [("order_number", "１２３４５６７８")]


def test_the_beginning_of_a_very_long_text_is_read() -> None:
    found = find_entities("a@b.example " + "x" * READ + " a@b.example")
    assert [(entity.type, entity.start) for entity in found] == [("email", 0)]


@given(
    st.lists(PIECES, max_size=10),
    st.sampled_from(["", " ", "\n"]),
    st.sampled_from([None, "DE", "JP", "ZA"]),
    st.sampled_from([None, *LANGUAGES]),
)
def test_spans_are_inside_the_text_in_order_and_apart(
    pieces: list[str], glue: str, market: str | None, language: str | None
) -> None:
    text = glue.join(pieces)
    end = 0
    for entity in find_entities(text, market=market, language=language):
        assert end <= entity.start < entity.end <= len(text)
        assert text[entity.start : entity.end] == entity.value
        end = entity.end


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert all(entity.value for entity in find_entities(text))
