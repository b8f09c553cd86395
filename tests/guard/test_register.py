from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.culture import Look
from cs_assist.guard.culture_data import load_culture
from cs_assist.guard.register import registers


def read(
    text: str, language: str, market: str | None, channel: str | None = "email", customer: str = ""
) -> list[tuple[str, str]]:
    known = load_culture(language)
    assert known is not None
    where = Context(language=language, market=market, platform=None, channel=channel, customer_text=customer)
    return [(f.rule.removeprefix("culture_"), f.severity) for f in registers(Look(text, where, known))]


def test_a_customer_who_writes_informally_may_be_answered_so() -> None:
    text = "Deine Bestellung ist da."
    assert read(text, "de", "DE") == [("register", "warn")]
    assert read(text, "de", "DE", customer="Habt ihr mein Paket? Kannst du nachsehen?") == [("register", "note")]
    assert read(text, "de", "DE", customer="Können Sie nachsehen?") == [("register", "warn")]


def test_the_channel_decides_where_the_market_has_two_registers() -> None:
    text = "Je pakket is onderweg."
    assert read(text, "nl", "NL", "email") == [("register", "warn")]
    assert read(text, "nl", "NL", "live_chat") == []
    assert read(text, "nl", "NL", None) == []


def test_a_market_says_nothing_of_a_language_that_is_not_its_own() -> None:
    assert read("Deine Bestellung ist da.", "de", "TR") == []
    assert read("Ihre Bestellung ist da, und du bekommst Post.", "de", "TR") == [("mixed_register", "warn")]


@pytest.mark.parametrize("text", ["Die Hosen sind da. Sie kommen morgen mit der Post.", "Wenn sie passen, freut uns das."])
def test_they_is_no_address(text: str) -> None:
    assert read(text, "de", "DE") == []


@pytest.mark.parametrize(
    ("text", "language", "market"),
    [
        ("ご注文の品は明日お届けいたします。ありがとうございました。", "ja", "JP"),
        ("주문하신 상품을 보냈습니다. 확인해 주세요.", "ko", "KR"),
        ("Ürününüz yolda, deniz yoluyla gelecek. Üzgünüz.", "tr", "TR"),
        ("Ваш заказ на складе, осталась лишь доставка на сайте.", "ru", "RU"),
    ],
)
def test_words_that_only_look_like_another_register_pass(text: str, language: str, market: str) -> None:
    assert read(text, language, market) == []


@pytest.mark.parametrize(
    ("language", "market", "text", "customer"),
    [
        ("de", "DE", "Hallo Jule, dein Ring ist da.", "Ist der Ring schon da? Jule"),
        ("it", "IT", "Ciao Bruno, il tuo anello è pronto.", "è pronto? bruno"),
        ("sv", "SE", "Hej! Din ring är klar.", "är ringen klar? 🙈"),
        ("ru", "RU", "Привет, Оля! Твой заказ готов.", "Готов заказ? Оля"),
    ],
)
def test_who_is_on_first_name_terms_may_be_addressed_so(language: str, market: str, text: str, customer: str) -> None:
    assert ("register", "warn") not in read(text, language, market, customer=customer)


def test_a_title_is_no_first_name_term() -> None:
    assert read("Guten Tag Frau Jule, dein Ring ist da.", "de", "DE", customer="Ist er da? Jule") == [("register", "warn")]


def test_the_name_of_a_page_addresses_nobody() -> None:
    assert read("Abra «Tus compras» y elija su pedido.", "es", "ES") == []
