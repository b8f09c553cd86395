from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.allowances import Allowances
from cs_assist.guard.check import Guard
from cs_assist.guard.context import Context
from cs_assist.types import Finding

OWN = [
    "Papaya-Lane.example",
    "care.example/guides",
    "+49 30 1234567",
    "help@papaya.example",
    "Discord Pro",
    "送料無料",
    "@papayalane",
]
ALLOWED = Allowances(OWN)


def covered(text: str) -> list[str]:
    return [text[start:end] for start, end in ALLOWED.spans(text)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("See https://www.papaya-lane.example/a?b=1.", "https://www.papaya-lane.example/a?b=1"),
        ("auf papaya-lane.example, bitte", "papaya-lane.example"),
        ("shop.PAPAYA-LANE.example", "shop.PAPAYA-LANE.example"),
        ("on care.example/guides/wash", "care.example/guides/wash"),
        ("call 030 1234567 now", "030 1234567"),
        ("+49 (30) 123-45-67", "+49 (30) 123-45-67"),
        ("HELP@papaya.example", "HELP@papaya.example"),
        ("the discord  pro headset", "discord  pro"),
        ("本日は送料無料です", "送料無料"),
        ("follow @papayalane!", "@papayalane"),
    ],
)
def test_what_is_allowed_is_known_however_it_is_written(text: str, place: str) -> None:
    assert covered(text) == [place]


@pytest.mark.parametrize(
    "text",
    [
        "papaya-lane.example.evil.example",
        "notpapaya-lane.example",
        "joe@papaya-lane.example",
        "https://evil.example/?to=x&u=papaya-lane.example",
        "care.example/guidesxyz",
        "care.example",
        "030 1234568",
        "9930 1234567 55",
        "Discord Professional",
        "xhelp@papaya.example",
        "p a p a y a - l a n e . e x a m p l e",
    ],
)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert covered(text) == []


def test_a_finding_that_goes_beyond_stays_and_a_cards_number_always_does() -> None:
    text = "Discord Pro on Discord, 4111 1111 1111 1111"
    allowed = Allowances(["Discord Pro", "4111 1111 1111 1111"])

    def finding(rule: str, part: str) -> Finding:
        return Finding(rule=rule, severity="block", start=text.index(part), end=text.index(part) + len(part), message="m")

    inside, beyond = finding("ebay_contact_messenger", "Discord"), finding("ebay_contact_messenger", "Pro on Discord")
    card = finding("private_card", "4111 1111 1111 1111")
    assert allowed.keep([inside, beyond, card], text) == [beyond, card]


def test_a_reply_may_say_what_the_seller_allows_on_a_marketplace() -> None:
    text = "See papaya-lane.example or call 030 1234567; not other-shop.example."
    context = Context("en", "DE", "ebay", "marketplace")

    def found(guard: Guard) -> set[str]:
        return {text[f.start : f.end] for f in guard.check(text, context, grounded=False) if f.severity == "block"}

    assert found(Guard(lambda _: ("en", 0.0))) == {"papaya-lane.example", "030 1234567", "other-shop.example"}
    assert found(Guard(lambda _: ("en", 0.0), allowed=OWN)) == {"other-shop.example"}


@given(st.lists(st.text(max_size=20), max_size=4), st.text(max_size=80))
def test_any_texts_can_be_allowed_and_places_lie_inside(texts: list[str], text: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end in Allowances(texts).spans(text))


@pytest.mark.parametrize("piece", ["papaya.", "1 2 3 ", "a.b/", "@", "discord "])
def test_a_long_hostile_text_comes_to_its_end(piece: str) -> None:
    ALLOWED.spans((piece * 300_000)[:300_000])
