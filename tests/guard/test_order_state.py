"""What a reply says of an order's state is compared with the state that the shop's facts give."""

from __future__ import annotations

import pytest

from cs_assist.datafile import load_yaml
from cs_assist.guard.claims import Claims
from cs_assist.guard.context import Context
from cs_assist.guard.evidence import evidence_of
from cs_assist.guard.grounding import Grounding
from cs_assist.guard.order_state import PATH, StateFile, is_status, said_states, states_known
from cs_assist.guard.statements import stated
from cs_assist.types import LANGUAGES

#: By language: it was delivered, it is on its way, it was cancelled.
SAID = {
    "en": ("The parcel was delivered.", "Your parcel is on its way.", "Your order has been cancelled."),
    "de": ("Ihr Paket wurde zugestellt.", "Ihr Paket ist unterwegs.", "Ihre Bestellung wurde storniert."),
    "fr": ("Votre colis a été livré.", "Votre colis est en route.", "Votre commande a été annulée."),
    "es": ("Su paquete ha sido entregado.", "Su paquete está en camino.", "Su pedido ha sido cancelado."),
    "it": ("Il pacco è stato consegnato.", "Il pacco è in viaggio.", "L'ordine è stato annullato."),
    "pt": ("O pacote foi entregue.", "O pacote está a caminho.", "O pedido foi cancelado."),
    "nl": ("Uw pakket is bezorgd.", "Uw pakket is onderweg.", "Uw bestelling is geannuleerd."),
    "sv": ("Paketet har levererats.", "Paketet är på väg.", "Beställningen har avbeställts."),
    "pl": ("Paczka została doręczona.", "Paczka jest w drodze.", "Zamówienie zostało anulowane."),
    "ru": ("Посылка доставлена.", "Посылка в пути.", "Заказ отменён."),
    "tr": ("Paketiniz teslim edildi.", "Paketiniz yolda.", "Siparişiniz iptal edildi."),
    "ar": ("تم تسليم الطرد.", "الطرد في الطريق.", "تم إلغاء الطلب."),
    "hi": ("पार्सल डिलीवर हो गया है।", "पार्सल रास्ते में है।", "ऑर्डर रद्द कर दिया गया है।"),
    "hi-Latn": ("Parcel deliver ho gaya hai.", "Parcel raste mein hai.", "Order cancel ho gaya hai."),
    "id": ("Paket sudah diterima.", "Paket sedang dalam perjalanan.", "Pesanan sudah dibatalkan."),
    "ms": ("Bungkusan telah diserahkan kepada penerima.", "Bungkusan dalam perjalanan.", "Pesanan telah dibatalkan."),
    "vi": ("Đơn hàng đã được giao thành công.", "Đơn hàng đang trên đường.", "Đơn hàng đã bị hủy."),
    "th": ("พัสดุจัดส่งสำเร็จแล้วค่ะ", "พัสดุกำลังจัดส่งค่ะ", "คำสั่งซื้อถูกยกเลิกแล้วค่ะ"),
    "zh-Hans": ("包裹已送达。", "包裹正在运输途中。", "订单已取消。"),
    "zh-Hant": ("包裹已送達。", "包裹正在運送途中。", "訂單已取消。"),
    "ja": ("お荷物は配達完了となっております。", "お荷物は配送中でございます。", "ご注文はキャンセルされました。"),
    "ko": ("택배가 배송 완료되었습니다.", "택배가 배송 중입니다.", "주문이 취소되었습니다."),
}  # fmt: skip
STATES = ("delivered", "shipped", "cancelled")


def rules(text: str, language: str, *evidence: str, customer: str = "") -> set[str]:
    found = Grounding()(text, Context(language, None, None, None, evidence, customer))
    return {finding.rule for finding in found} & {"ungrounded_status"}


def test_every_language_has_examples_and_phrases() -> None:
    assert {language.split("-4")[0].replace("pt-BR", "pt") for language in LANGUAGES} <= SAID.keys()
    file = load_yaml(PATH, StateFile)
    assert file.languages.keys() == SAID.keys()
    assert all(file.states.keys() <= sets.keys() for sets in file.languages.values())


@pytest.mark.parametrize("language", SAID)
def test_the_states_are_told_apart_in_every_language(language: str) -> None:
    for true, text in zip(STATES, SAID[language], strict=True):
        assert rules(text, language, f"status: {true}") == set(), text
        for other in STATES:
            if other != true and (true, other) != ("shipped", "cancelled"):
                assert rules(text, language, f"status: {other}"), (text, other)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Once your parcel has been delivered, you have 14 days.", "shipped"),
        ("Has the parcel been delivered?", "shipped"),
        ("If your order was cancelled, you are refunded.", "shipped"),
        ("Your parcel has not been delivered yet.", "shipped"),
        ("Your refund is on its way.", "delivered"),
        ("Orders are shipped within two days.", "processing"),
        ("The parcel was delivered.", "partly_lost"),
    ],
)
def test_conditions_questions_denials_and_rules_say_nothing_of_the_order(text: str, status: str) -> None:
    assert rules(text, "en", f"status: {status}") == set()


def test_the_customers_own_word_and_the_evidence_s_count() -> None:
    text = "I am sorry that the parcel was delivered to the wrong door."
    assert rules(text, "en", "status: shipped")
    assert rules(text, "en", "status: shipped", customer="The parcel was delivered next door!") == set()
    assert rules(text, "en", "status: shipped", "Das Paket wurde gestern zugestellt.") == set()
    assert rules(text, "en", "status: shipped", "Once the parcel was delivered, it can be returned.")


def test_a_payment_has_states_of_its_own() -> None:
    assert rules("Your payment has been received.", "en", "status: pending", "payment status: unpaid")
    assert rules("Your payment has been received.", "en", "status: pending", "payment status: paid") == set()
    assert rules("Your payment has been received.", "en", "status: pending") == set()


def test_only_the_order_s_own_lines_are_its_state() -> None:
    known = evidence_of(("status: in transit", "payment: received", "The status: of our shop is good"), "en")
    assert states_known(known) == {"shipped", "paid"}
    assert [is_status(statement) for statement in known.statements] == [True, True, False]


def test_the_place_is_where_it_is_said() -> None:
    _, (statement,) = stated("We are sorry, the order was cancelled.", "en")
    assert said_states(statement, "en") == {"cancelled": (18, 37)}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We have cancelled your order."),
        ("de", "Wir haben Ihre Bestellung storniert."),
        ("fr", "Nous avons annulé votre commande."),
        ("zh-Hans", "我们已为您取消订单。"),
    ],
)
def test_a_day_alone_bears_no_deed_out(language: str, text: str) -> None:
    def claims(*evidence: str) -> set[str]:
        return {finding.rule for finding in Claims()(text, Context(language, None, None, None, evidence))}

    assert "claim_done" in claims("Our warehouse opened on 2026-01-05.")
    assert "claim_done" in claims("status: shipped", "delivered on 2026-11-20")
    assert "claim_done" not in claims("status: cancelled")
    assert "claim_done" not in claims("2026-11-20 order cancelled by customer service")
