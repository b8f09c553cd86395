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


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "Invoice no. 7781203", "7781203"),
        ("en", "Purchase Num. 55120", "55120"),
        ("de", "meine Bestellung (Nr. 90071)", "90071"),
        ("de", "die Bestellung mit der Nr. 900712", "900712"),
        ("nl", "bestelling nr. 8821", "8821"),
        ("fr", "ma commande num. 661201", "661201"),
        ("es", "pedido núm. 661202", "661202"),
        ("pt", "encomenda n.º 661203", "661203"),
        ("it", "ordine num. 661204", "661204"),
        ("pl", "zamówienie o nr. 661205", "661205"),
        ("ru", "заказ ном. 661206", "661206"),
        ("tr", "siparişim no. 661207", "661207"),
        ("id", "pesanan no. 661208", "661208"),
        ("hi", "ऑर्डर नं. 661209", "661209"),
        ("ja", "注文No.661210", "661210"),
    ],
)
def test_a_full_stop_after_no_ends_no_sentence(language: str, text: str, number: str) -> None:
    assert ("order_number", number) in found(text, language)


@pytest.mark.parametrize(
    ("language", "text", "kind", "code"),
    [
        ("en", "Order number:\n7781203", "order_number", "7781203"),
        ("en", "Order ID\n\n77812", "order_number", "77812"),
        ("en", "Order:\n77812", "order_number", "77812"),
        ("en", "My order number is:\n77812", "order_number", "77812"),
        ("ru", "Номер моего заказа:\n77812", "order_number", "77812"),
        ("en", "Tracking number:\n- 123456789012", "tracking_number", "123456789012"),
        ("en", "Voucher code:\nSAVE20", "coupon", "SAVE20"),
        ("de", "Bestellnummer\n77812", "order_number", "77812"),
        ("fr", "Numéro de commande :\n77812", "order_number", "77812"),
        ("ru", "Номер заказа:\n77812", "order_number", "77812"),
        ("ar", "رقم الطلب:\n77812", "order_number", "77812"),
        ("ko", "주문번호\n77812", "order_number", "77812"),
        ("zh-Hans", "订单号：\n77812", "order_number", "77812"),
    ],
)
def test_a_code_may_stand_on_the_line_below_its_label(language: str, text: str, kind: str, code: str) -> None:
    assert (kind, code) in found(text, language)


@pytest.mark.parametrize(
    "text", ["Please cancel my order\n7781203", "My order number is below\n7781203", "the order came. No. 77812 too"]
)
def test_a_line_below_other_words_is_another_sentence(text: str) -> None:
    assert found(text, "en") == set()


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("en", "order number 40417, 40418 and 40419", {"40417", "40418", "40419"}),
        ("en", "Order numbers:\n- 40417\n- 40418", {"40417", "40418"}),
        ("de", "Bestellungen 40417, 40418 sowie 40419", {"40417", "40418", "40419"}),
        ("fr", "commandes 40417 et 40418", {"40417", "40418"}),
        ("es", "pedidos AB-417 y AB-418", {"AB-417", "AB-418"}),
        ("pl", "zamówienia nr 40417 i 40418", {"40417", "40418"}),
        ("ru", "номера заказа 40417 и 40418", {"40417", "40418"}),
        ("ar", "رقم الطلب 40417 و40418", {"40417", "40418"}),
        ("hi-Latn", "order no 40417 aur 40418", {"40417", "40418"}),
        ("th", "เลขออเดอร์ 40417 และ 40418", {"40417", "40418"}),
        ("ja", "注文番号40417、40418と40419", {"40417", "40418", "40419"}),
        ("ko", "주문번호 40417와 40418", {"40417", "40418"}),
        ("zh-Hant", "訂單號40417，40418和40419", {"40417", "40418", "40419"}),
        ("en", "orders 40417–40419", {"40417", "40419"}),
    ],
)
def test_a_list_goes_on_with_codes_of_the_same_make(language: str, text: str, numbers: set[str]) -> None:
    assert found(text, language) == {("order_number", number) for number in numbers}


@pytest.mark.parametrize("text", ["order 40417, 10115 Berlin", "order 4041, 2026 was bad", "order 40417 and 7781203"])
def test_what_is_no_more_of_the_list_is_left(text: str) -> None:
    assert len(found(text, "en")) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("order 302‑1234567‑7654321", ("order_number", "302‑1234567‑7654321")),
        ("302–1234567–7654321", ("order_number", "302–1234567–7654321")),
        ("＃１００１です", ("order_number", "＃１００１")),
        ("ＲＢ１２３４５６７８５ＧＢ", ("tracking_number", "ＲＢ１２３４５６７８５ＧＢ")),
        ("RB 123\u00a0456\u00a0785 GB", ("tracking_number", "RB 123\u00a0456\u00a0785 GB")),
        ("order 40417—still waiting", ("order_number", "40417")),
    ],
)
def test_wide_and_typeset_characters_are_read_as_the_usual_ones(text: str, value: tuple[str, str]) -> None:
    assert found(text, "en") == {value}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I paid with 4111111111111111"),
        ("en", "378282246310005"),
        ("en", "EAN 4006381333931"),
        ("en", "ISBN 9783161484100"),
        ("en", "my birthday 19800101"),
        ("de", "geboren 31121979"),
        ("de", "USt-IdNr. DE123456789"),
        ("fr", "carte bancaire 12345678"),
        ("nl", "BTW-nummer NL123456789"),
        ("pl", "NIP 1234567890"),
        ("ru", "ИНН 7707083893"),
        ("tr", "vergi no 1234567890"),
        ("ja", "クレジットカード 12345678"),
        ("ko", "사업자등록번호 1234567890"),
        ("zh-Hant", "統一編號 12345678"),
        ("en", "RB123456784GB"),
        ("en", "+49 1512345678"),
    ],
)
def test_what_is_a_number_of_something_else_is_no_order(language: str, text: str) -> None:
    assert found(text, language) == set()


@pytest.mark.parametrize("code", ["4111111111111111", "19800101", "RB123456784GB"])
def test_beside_a_word_for_order_it_is_one_whatever_it_looks_like(code: str) -> None:
    assert ("order_number", code) in found(f"order number {code}", "en")


def own(text: str, *patterns: str) -> set[str]:
    reading = read(text, market=None, language=None)
    return {text[v.start : v.end] for v in sellers_codes(reading, [re.compile(pattern) for pattern in patterns])}


def test_the_sellers_own_patterns_find_what_they_describe() -> None:
    assert own("Hi, PL/77/a and PL/78/b please", r"PL/\d+/[a-z]") == {"PL/77/a", "PL/78/b"}


@given(st.integers(0, 9_900), st.text("ab 1", max_size=60))
def test_an_own_code_is_found_wholly_wherever_it_stands(before: int, after: str) -> None:
    assert own("x" * before + " PL1234567890 " + after, r"PL\d+") == {"PL1234567890"}


@given(st.integers(0, 200))
def test_an_own_code_may_have_forty_characters(before: int) -> None:
    assert own("x" * before + " " + "7" * 40 + " x", "7+") == {"7" * 40}


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("Order 12345678901", r"\d{7}"),
        ("xAB-1234", r"AB-\d{4}"),
        ("AB-1234-XY", r"\bAB-\d{4}"),
        ("+49 1512345678", r"\d{10}"),
        ("7" * 41, "7+"),
    ],
)
def test_a_piece_of_something_longer_is_no_own_code(text: str, pattern: str) -> None:
    assert own(text, pattern) == set()


@pytest.mark.parametrize(
    ("text", "pattern", "code"),
    [
        ("AB-1234x", r"AB-\d{4}(?=x)", "AB-1234"),
        ("xAB-1234", r"(?<=x)AB-\d{4}", "AB-1234"),
        ("order#1234", r"#\d{4}", "#1234"),
        ("it is ab-1234.", r"(?i)AB-\d{4}", "ab-1234"),
        ("1234567", r"\d{5}|\d{7}", "1234567"),
        ("订单AB1234怎么", r"AB\d+", "AB1234"),
        ("ＡＢ－１２３４", r"AB-\d+", "ＡＢ－１２３４"),
        ("注文－12", r"注文－\d+", "注文－12"),
        ("AB 12", r"(?x) AB \s \d+ # ours", "AB 12"),
    ],
)
def test_an_own_pattern_may_bring_borders_and_flags(text: str, pattern: str, code: str) -> None:
    assert own(text, pattern) == {code}
