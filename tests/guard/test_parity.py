from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.parity import Parity

CHECK = Parity()

SAME = [
    ("de", "en", "Rückgabe binnen 14 Tagen.", "You have two weeks to return it."),
    ("de", "en", "1.234,50 € am 03.12.2026", "€1,234.50 on 3 December 2026"),
    ("de", "ja", "1.234,50 € am 03.12.2026, Code AB-1234", "2026年12月3日に1,234.50ユーロ、コードAB-1234"),
    ("en", "ar", "Within 14 days, [NAME_1]: https://shop.example.com/r", "خلال ١٤ يومًا يا [NAME_1]: https://shop.example.com/r"),
    ("ja", "en", "荷物は三日前に届くはずでした。", "The parcel should have arrived 3 days ago."),
    ("hi", "en", "मेरा पार्सल १४ दिन पहले", "My parcel 14 days ago"),
    ("en", "th", "Order 12345678 ships in 2-3 business days", "คำสั่งซื้อ 12345678 จะจัดส่งใน 2-3 วันทำการ"),
    ("en", "fr", "I got 2 parcels on Monday at 3:30 pm", "J'ai reçu deux colis lundi à 15h30"),
    ("en", "es", "Call +49 170 1234567 or mail a@b.example", "Llame al +49 170 1234567 o escriba a a@b.example"),
]
OTHER = [
    ("de", "en", "Rückgabe binnen 14 Tagen.", "You have 30 days to return it.", {"adds time '30 days'", "lacks time '14 tagen'"}),
    ("de", "en", "Rückgabe binnen 14 Tagen.", "You can return it.", {"lacks time '14 tagen'"}),
    ("en", "fr", "I got 2 parcels", "J'ai reçu trois colis", {"adds count 'trois'", "lacks number '2'"}),
    ("en", "de", "I pay with PayPal", "Ich zahle mit ApplePay", {"adds name 'ApplePay'", "lacks name 'PayPal'"}),
    ("en", "es", "Call us", "Escriba a a@b.example", {"adds email 'a@b.example'"}),
    ("en", "ar", "Hello [NAME_1]", "مرحبا [NAME_2]", {"adds placeholder '[NAME_2]'", "lacks placeholder '[NAME_1]'"}),
]


@pytest.mark.parametrize(("one", "two", "source", "target"), SAME)
def test_the_same_facts_agree_in_whatever_script_they_stand(one: str, two: str, source: str, target: str) -> None:
    assert CHECK.differences(source, target, languages=(one, two)) == ()
    assert CHECK.differences(target, source, languages=(two, one)) == ()


@pytest.mark.parametrize(("one", "two", "source", "target", "told"), OTHER)
def test_what_is_added_and_what_is_lost_is_told(one: str, two: str, source: str, target: str, told: set[str]) -> None:
    assert set(CHECK.differences(source, target, languages=(one, two))) == told


def test_two_amounts_that_changed_places_are_different() -> None:
    assert len(CHECK.differences("14 Tage, 30 EUR", "30 days, EUR 14", languages=("de", "en"))) == 4


def test_a_given_name_must_stay_as_it_is_written() -> None:
    told = CHECK.differences("Mit DHL verschickt", "Shipped with UPS", languages=("de", "en"), names=("DHL", "Hermes"))
    assert told == ("lacks name 'DHL'",)


def test_a_summary_may_leave_out_and_not_add() -> None:
    turns = ("customer: I waited 3 weeks for order 12345678.",)
    assert CHECK.added("The customer waits.", turns, language="en") == ()
    assert CHECK.added("Order 12345678 is 4 weeks late.", turns, language="en") == ("adds time '4 weeks'",)


def test_facts_without_a_source_become_blanks() -> None:
    known = ("Rückgabe in 14 Tagen",)
    blanked = CHECK.blanked("Rückgabe in 14 Tagen, danach kostet es 5 €.", known, language="de")
    assert blanked == "Rückgabe in 14 Tagen, danach kostet es […]."
    assert CHECK.added(blanked, known, language="de") == ()


@given(st.text(max_size=120), st.sampled_from(["en", "ja", "ar", "xx"]))
def test_any_text_agrees_with_itself(text: str, language: str) -> None:
    assert CHECK.differences(text, text, languages=(language, language)) == ()
