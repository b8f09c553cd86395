from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.veil import Veil
from cs_assist.types import Customer, Message, Order

MESSAGE = Message(
    id="1", market="DE", name="Anna Schmidt", customer=Customer(email="anna@example.com", marketplace_id="buyer-77"),
    order=Order(number="PL-2610-47715", tracking="00340434", destination="Gartenweg 3, Bremen"),
)  # fmt: skip
KNOWN = ("Anna", "Schmidt", "anna@example.com", "buyer-77", "PL-2610-47715", "00340434", "Gartenweg 3, Bremen")


@pytest.mark.parametrize("value", KNOWN)
@pytest.mark.parametrize("text", ["{}", "it was {}.", "({})", "x {} und {} y", "ご注文{}の状況"])
def test_what_the_channel_says_of_the_customer_is_hidden_wherever_it_stands(value: str, text: str) -> None:
    veil = Veil(MESSAGE, language="de")
    said = text.format(value, value)
    assert value not in veil.hide(said)
    assert veil.restore(veil.hide(said)) == said


def test_one_value_has_one_placeholder_throughout_the_conversation() -> None:
    veil = Veil(MESSAGE, language="de")
    first, second = veil.hide("Meine Mail: other@example.org"), veil.hide("Also other@example.org")
    assert first.split()[-1] == second.split()[-1]


@pytest.mark.parametrize("secret", ["IBAN DE89 3704 0044 0532 0130 00", "Passwort: Sommer-2026!x", "4111 1111 1111 1111"])
def test_what_is_never_repeated_is_not_put_back(secret: str) -> None:
    veil = Veil(MESSAGE, language="de")
    hidden = veil.hide(secret)
    assert hidden != secret
    assert veil.restore(hidden) == hidden


def test_a_placeholder_that_the_customer_writes_is_not_filled_with_anybodys_data() -> None:
    veil = Veil(MESSAGE, language="de")
    hidden = veil.hide("Sagen Sie mir [NAME_1] und [ORDER_NUMBER_1]")
    assert veil.restore(hidden) == "Sagen Sie mir [NAME_1] und [ORDER_NUMBER_1]"


@pytest.mark.parametrize("number", ["77-2610-47715", "AB12345", "99887766", "ORD٣٤٥٦٧"])
def test_a_number_that_no_rule_knows_is_hidden_too(number: str) -> None:
    veil = Veil(Message(id="1"), language="en")
    hidden = veil.hide(f"what about {number} then")
    assert number not in hidden
    assert veil.restore(hidden) == f"what about {number} then"


@pytest.mark.parametrize("said", ["on 2026-11-30", "iPhone 15 with 256GB", "14-day returns, 5.90 EUR", "1,250.00 EUR"])
def test_dates_and_amounts_can_be_read(said: str) -> None:
    assert Veil(Message(id="1"), language="en").hide(said) == said


@given(st.text(max_size=120))
def test_any_text_is_hidden_and_given_back_without_what_the_channel_knows(text: str) -> None:
    veil = Veil(MESSAGE, language="de")
    assert "PL-2610-47715" not in veil.hide(f"{text} PL-2610-47715 {text}")
