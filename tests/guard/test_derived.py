from __future__ import annotations

import pytest

from cs_assist.guard.derived import is_borne_out, is_worked_out
from cs_assist.guard.evidence import evidence_of
from cs_assist.guard.facts import read

MADE = [
    ("es", "Tu carrito suma 34 € y el envío es gratis desde 50 €, así que te faltan 16 €.", ("desde 50 €", "carrito: 34,00 EUR")),
    ("pl", "Koszyk ma 180 zł, do progu 250 zł brakuje 70 zł.", ("Próg: 250 zł", "cart 180.00 PLN")),
    ("ko", "장바구니는 42,000원이고 기준은 50,000원이라 8,000원이 부족합니다.", ("5만원 이상 무료배송", "cart 42,000 KRW")),
    ("de", "In drei Raten zahlen Sie bei 360 € je 120 €.", ("Payment in 3 instalments", "cart 360 EUR")),
    ("tr", "1.200 TL'yi 4 taksitle öderseniz her taksit 300 TL olur.", ("4 taksit imkânı", "sepet 1200 TRY")),
    ("en", "With the 20% code, your 80 EUR order comes to 64 EUR.", ("Code gives 20%", "cart 80 EUR")),
    ("zh-Hans", "税率13%，货值300元，税额39元。", ("税率13%", "300 CNY")),
    ("nl", "Uw 500 punten zijn 5 euro waard.", ("100 punten = 1 euro", "saldo 500 punten")),
    ("fr", "Trois tasses à 12 € font 36 €.", ("tasse 12 €", "3 cups")),
]  # fmt: skip


def last_is_made(language: str, text: str, evidence: tuple[str, ...], customer: tuple[str, ...] = ()) -> bool:
    reading = read(text, language)
    amount = [fact for fact in reading.facts if fact.kind.startswith("money")][-1]
    return is_worked_out(amount, reading, evidence_of(evidence, language), evidence_of(customer, language))


@pytest.mark.parametrize(("language", "text", "evidence"), MADE)
def test_what_follows_from_amounts_that_are_stated_and_known_is_worked_out(
    language: str, text: str, evidence: tuple[str, ...]
) -> None:
    assert last_is_made(language, text, evidence)


@pytest.mark.parametrize(
    ("language", "text", "evidence"),
    [
        ("es", "Tu carrito suma 34 €, desde 50 € es gratis: te faltan 26 €.", ("desde 50 €", "carrito: 34,00 EUR")),
        ("de", "In drei Raten zahlen Sie bei 360 € je 100 €.", ("Payment in 3 instalments", "cart 360 EUR")),
        ("en", "With the 20% code, your 80 EUR order comes to 60 EUR.", ("Code gives 20%", "cart 80 EUR")),
        ("en", "With the 25% code, your 80 EUR order comes to 60 EUR.", ("Code gives 20%", "cart 80 EUR")),
        ("nl", "Uw 500 punten zijn 8 euro waard.", ("100 punten = 1 euro", "saldo 500 punten")),
        ("en", "That is 15 EUR in all.", ("Item 10 EUR, delivery 5 EUR",)),
    ],
)
def test_what_does_not_follow_is_not(language: str, text: str, evidence: tuple[str, ...]) -> None:
    assert not last_is_made(language, text, evidence)


def test_an_amount_of_the_customers_counts() -> None:
    assert last_is_made("it", "Con 900 € in 6 rate paga 150 € al mese.", ("fino a 6 rate",), ("un divano da 900 €",))


def test_what_is_left_of_the_customers_amount_is_worked_out() -> None:
    asked = ("I have a 50 EUR voucher. If I spend 35 EUR now, is the rest lost?",)
    for left, made in (("15", True), ("25", False)):
        text = f"After a purchase of 35 EUR you have {left} EUR left."
        assert last_is_made("en", text, ("Vouchers can be used in several steps.",), asked) is made


@pytest.mark.parametrize(
    ("language", "text", "evidence", "borne"),
    [
        ("pt-BR", "O limite é de 800 dólares.", "up to 800 USD", True),
        ("ar", "الحد 500 ريال.", "limit 500.00 SAR", True),
        ("ko", "관세 한도는 150달러입니다.", "duty free to 150 USD", True),
        ("ko", "관세는 30달러입니다.", "duty free to 150 USD", False),
    ],
)
def test_an_amount_is_borne_out_in_whatever_sign(language: str, text: str, evidence: str, borne: bool) -> None:
    reading = read(text, language)
    (amount,) = [fact for fact in reading.facts if fact.kind.startswith("money")]
    assert is_borne_out(amount, reading, evidence_of((evidence,), language), evidence_of((), language)) is borne
