from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.culture import Look
from cs_assist.guard.culture_data import load_culture
from cs_assist.guard.script_variants import only_simplified, only_traditional, scripts


def read(text: str, language: str, market: str | None = None, customer: str = "") -> list[str]:
    known = load_culture(language)
    assert known is not None
    where = Context(language=language, market=market, platform=None, channel="email", customer_text=customer)
    return [text[f.start : f.end] for f in scripts(Look(text, where, known))]


@pytest.mark.parametrize("char", "这说时间东车")
def test_simplified_forms(char: str) -> None:
    assert only_simplified(char)
    assert not only_traditional(char)


@pytest.mark.parametrize("char", "這說時間東車")
def test_traditional_forms(char: str) -> None:
    assert only_traditional(char)
    assert not only_simplified(char)


@pytest.mark.parametrize("char", "好人大中后里台a。")
def test_what_both_scripts_write_is_neither(char: str) -> None:
    assert not only_traditional(char)
    assert not only_simplified(char)


def test_the_market_decides_unless_the_customer_writes_the_other_script() -> None:
    assert read("您的订单已发出。", "zh-Hans", "TW", "請問訂單到哪了") == ["订"]
    assert read("您的订单已发出。", "zh-Hans", "TW", "请问订单到哪了") == []


def test_a_quoted_name_keeps_its_script() -> None:
    assert read("您购买的「臺灣茶」已发出。", "zh-Hans", "CN") == []


@pytest.mark.parametrize(
    ("text", "language", "bad"),
    [
        ("Заказ готов, Ваш cчёт закрыт.", "ru", ["cчёт"]),
        ("Ihre Bestellung готова heute.", "de", ["готова"]),
        ("Das Modell „Привет“ ist da.", "de", []),
        ("Your parcel 包裹 is here.", "en", ["包裹"]),
        ("お荷物を发送しました。", "ja", ["发"]),
        ("髙橋様、ありがとうございます。", "ja", []),
        ("Đơn hàng của chị đã được gửi và không có lỗi.", "vi", []),
    ],
)
def test_letters_that_the_language_does_not_write(text: str, language: str, bad: list[str]) -> None:
    assert read(text, language) == bad
