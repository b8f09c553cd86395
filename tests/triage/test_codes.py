from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.codes import codes, sellers_codes
from cs_assist.triage.vocabulary import read


def found(text: str, language: str | None = None) -> set[tuple[str, str]]:
    """Return the surest type of each stretch."""
    surest: dict[tuple[int, int], tuple[int, str]] = {}
    for value in codes(read(text, market=None, language=language)):
        span = value.start, value.end
        surest[span] = min(surest.get(span, (99, "")), (value.tier, value.type))
    return {(kind, text[start:end]) for (start, end), (_, kind) in surest.items()}


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "Could you look at order no. 40417 please", "40417"),
        ("en", "order 8821 came broken", "8821"),
        ("de", "Meine Bestellnummer lautet 4711-08.", "4711-08"),
        ("fr", "commande n° 55120, toujours rien", "55120"),
        ("es-419", "mi número de pedido es AB90017", "AB90017"),
        ("it", "ordine n. 123456 mai arrivato", "123456"),
        ("pt-BR", "cadê meu pedido 700134?", "700134"),
        ("nl", "ordernummer: 90-1166", "90-1166"),
        ("pl", "zamówienie nr 30771", "30771"),
        ("sv", "ordernr 60551 saknas", "60551"),
        ("ru", "Где заказ № 104233?", "104233"),
        ("tr", "sipariş numaram 123456", "123456"),
        ("ar", "رقم الطلب ٤٥٦٧٨٩ لم يصل", "٤٥٦٧٨٩"),
        ("hi", "ऑर्डर नंबर १२३४५६ कहाँ है", "१२३४५६"),
        ("hi-Latn", "mera order 55102 kab aayega", "55102"),
        ("id", "pesanan saya nomor 7719-KB", "7719-KB"),
        ("ms", "no pesanan 60118 belum sampai", "60118"),
        ("vi", "mã đơn hàng 90017 đâu rồi", "90017"),
        ("th", "เลขคำสั่งซื้อ 123456 ยังไม่มา", "123456"),
        ("ja", "注文番号は７７１２３です", "７７１２３"),
        ("ja", "12345番の注文の件です", "12345"),
        ("ko", "주문번호 11984 확인해 주세요", "11984"),
        ("zh-Hans", "订单号660418怎么还没发", "660418"),
        ("zh-Hant", "訂單編號：40198", "40198"),
    ],
)
def test_a_number_beside_a_word_for_order_is_an_order_number(language: str, text: str, number: str) -> None:
    assert ("order_number", number) in found(text, language)


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "tracking number 7714 9023 8812", "7714 9023 8812"),
        ("de", "Sendungsnummer JJD00001234567890", "JJD00001234567890"),
        ("fr", "numéro de suivi : 6A12345678901", "6A12345678901"),
        ("id", "no resi JP1234567890 belum gerak", "JP1234567890"),
        ("ja", "追跡番号 123456789012 が動きません", "123456789012"),
        ("ko", "운송장번호 640123456789", "640123456789"),
        ("zh-Hans", "快递单号SF1234567890123没更新", "SF1234567890123"),
        ("ru", "трек-номер RA644000001RU", "RA644000001RU"),
        ("en", "DHL says 1234567890 is on its way", "1234567890"),
        ("ja", "ヤマト 1234-5678-9013", "1234-5678-9013"),
        ("en", "it is 1Z 999 AA1 01 2345 6784", "1Z 999 AA1 01 2345 6784"),
        ("en", "YT2229521272164446?", "YT2229521272164446"),
    ],
)
def test_a_tracking_number_is_told_by_its_word_carrier_or_form(language: str, text: str, number: str) -> None:
    assert ("tracking_number", number) in found(text, language)


def test_beside_a_carrier_the_check_digit_counts() -> None:
    assert not {kind for kind, _ in found("ヤマト 1234-5678-9014", "ja")} & {"tracking_number"}


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "voucher WELCOME isn't accepted", "WELCOME"),
        ("en", "the code SAVE20 does nothing", "SAVE20"),
        ("de", "Gutscheincode HERBST-10 geht nicht", "HERBST-10"),
        ("es", "el cupón HOLA15 no va", "HOLA15"),
        ("pt-BR", "cupom PRIMEIRA10 inválido", "PRIMEIRA10"),
        ("tr", "indirim kodu YAZ25 çalışmıyor", "YAZ25"),
        ("ar", "كود الخصم EID25 ما يشتغل", "EID25"),
        ("ja", "クーポン「SPRING5」が使えません", "SPRING5"),
        ("ko", "쿠폰 WINTER7 적용이 안 돼요", "WINTER7"),
        ("zh-Hans", "优惠码NEW100用不了", "NEW100"),
        ("th", "โค้ด RAYA20 ใช้ไม่ได้", "RAYA20"),
        ("ru", "Промокод SALE15 не работает", "SALE15"),
    ],
)
def test_a_coupon_stands_beside_its_word(language: str, text: str, code: str) -> None:
    assert ("coupon", code) in found(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "error code ERR404X",
        "THE CODE DOES NOT WORK",
        "our postal code SW1A1AA",
        "I paid by PAYPAL, the voucher is fine",
        "Code bitte",
    ],
)
def test_other_codes_and_capitals_are_no_coupons(text: str) -> None:
    assert not {code for kind, code in found(text, "en") if kind == "coupon"}


@pytest.mark.parametrize("text", ["WH-1000XM5", "TSH-4421-BLU", "model number DV70", "型番TR-88"])
def test_a_code_with_hyphens_or_its_word_is_a_sku(text: str) -> None:
    assert "sku" in {kind for kind, _ in found(text)}


@pytest.mark.parametrize(
    "text",
    [
        "COVID-19",
        "USB-C",
        "T-shirt",
        "2-in-1",
        "5-10kg",
        "90-68-97",
        "order 800-3,000 a day",
        "serial number 12345678",
        "ПЭ-2200",
    ],
)
def test_what_only_looks_like_a_code_is_left(text: str) -> None:
    assert found(text, "en") == set()


@pytest.mark.parametrize("text", ["order it. Then 12345 more", "order now! 12345", "order 5 of the 12345"])
def test_a_word_does_not_reach_over_a_sentence_or_another_number(text: str) -> None:
    assert found(text, "en") == set()


def test_the_sellers_own_patterns_find_what_they_describe() -> None:
    text = "Hi, PL/77/a and PL/78/b please"
    spans = {(v.start, v.end) for v in sellers_codes(text, [re.compile(r"PL/\d+/[a-z]")])}
    assert {text[start:end] for start, end in spans} == {"PL/77/a", "PL/78/b"}


@given(st.integers(0, 1_900), st.text("ab 1", max_size=60))
def test_an_own_code_is_found_wholly_wherever_it_stands(before: int, after: str) -> None:
    text = "x" * before + " PL1234567890 " + after
    assert {text[v.start : v.end] for v in sellers_codes(text, [re.compile(r"PL\d+")])} == {"PL1234567890"}


@given(st.integers(0, 200))
def test_an_own_code_may_have_forty_characters(before: int) -> None:
    text = "x" * before + " " + "7" * 40 + " x"
    assert {text[v.start : v.end] for v in sellers_codes(text, [re.compile(r"7+")])} == {"7" * 40}


def test_own_patterns_read_the_beginning_of_a_text_only() -> None:
    assert not list(sellers_codes("x" * 2_000 + " PL123", [re.compile(r"PL\d+")]))
