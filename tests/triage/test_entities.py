from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.entities import find_entities

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
        ("size 38, 2 pieces", []),
        ("", []),
    ],
)
def test_values_are_found_with_their_kind(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(entity.type, entity.value) for entity in find_entities(text)] == expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("RB123456785GB", "tracking_number"),
        ("RB123456784GB", "order_number"),
        ("EE876543216CN", "tracking_number"),  # 11 - 5
        ("RR000000005DE", "tracking_number"),  # remainder 0 is written as 5
        ("RR000000000DE", "order_number"),
        ("RR000040000DE", "tracking_number"),  # 4 * 3 leaves 1, and 10 is written as 0
    ],
)
def test_an_s10_number_needs_its_check_digit(code: str, kind: str) -> None:
    assert [(entity.type, entity.value) for entity in find_entities(code)] == [(kind, code)]


@given(st.lists(PIECES, max_size=10), st.sampled_from(["", " ", "\n"]))
def test_spans_are_inside_the_text_in_order_and_apart(pieces: list[str], glue: str) -> None:
    text = glue.join(pieces)
    end = 0
    for entity in find_entities(text):
        assert end <= entity.start < entity.end <= len(text)
        assert text[entity.start : entity.end] == entity.value
        end = entity.end


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert all(entity.value for entity in find_entities(text))
