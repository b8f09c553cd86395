from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.context import Context
from cs_assist.guard.grounding import Grounding
from cs_assist.types import LANGUAGES

EVIDENCE = (
    "Returns are accepted within 14 days of receipt. Reduced items cannot be returned. Return shipping is at your cost. "
    "Refunds are paid within 5-7 business days. Delivery to Germany takes 3-5 business days and costs €4.90. "
    "Free shipping from €50. The warranty is 2 years. Batteries are not included. Write to help@shop.example.",
)


def rules(text: str, language: str = "en", *, evidence: tuple[str, ...] = EVIDENCE, customer: str = "") -> set[str]:
    return {finding.rule for finding in Grounding()(text, Context(language, None, None, None, evidence, customer))}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Sie können die Ware innerhalb von zwei Wochen zurückgeben. Die Rücksendekosten tragen Sie."),
        ("fr", "Les articles soldés ne peuvent pas être retournés. Les frais de retour sont à votre charge."),
        ("es-419", "El envío a Alemania tarda de 3 a 5 días hábiles y cuesta 4,90 €. La garantía es de dos años."),
        ("pt-BR", "Pode devolver o produto em até 14 dias. Os custos de devolução são por sua conta."),
        ("it", "Può restituire l'articolo entro 14 giorni. Le spese di reso sono a suo carico."),
        ("nl", "U kunt het artikel binnen 14 dagen retourneren. De retourkosten zijn voor uw rekening."),
        ("sv", "Du kan returnera varan inom två veckor. Du betalar returfrakten."),
        ("pl", "Towar można zwrócić w ciągu 14 dni od otrzymania. Koszt zwrotu ponosi klient."),
        ("ru", "Вы можете вернуть товар в течение двух недель. Товары со скидкой возврату не подлежат."),
        ("tr", "Ürünü 14 gün içinde iade edebilirsiniz. İndirimli ürünler iade edilemez."),
        ("ar", "تكاليف الإرجاع على حسابك. لا يمكن إرجاع المنتجات المخفضة."),
        ("hi", "आप सामान १४ दिन के भीतर वापस कर सकते हैं।"),
        ("id", "Ongkos kirim pengembalian ditanggung pembeli. Barang diskon tidak dapat dikembalikan."),
        ("vi", "Bạn có thể trả hàng trong vòng 14 ngày sau khi nhận hàng."),
        ("th", "คุณสามารถคืนสินค้าได้ภายใน 14 วัน"),
        ("ja", "商品到着後14日以内でしたら返品いただけます。電池は含まれていません。"),
        ("ko", "상품 수령 후 14일 이내에 반품하실 수 있습니다. 반품 배송비는 고객님 부담입니다."),
        ("zh-Hans", "您可以在收到商品后两周内退货。特价商品不能退货。"),
        ("zh-Hant", "您可以在收到商品後14天內退貨。退貨運費由您承擔。"),
    ],
)
def test_what_the_evidence_says_passes_in_every_language(language: str, text: str) -> None:
    assert rules(text, language) == set()


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [
        ("en", "You can return it within 30 days.", "ungrounded_time"),
        ("en", "Refunds are paid within 5-7 days.", "ungrounded_time"),
        ("en", "Delivery takes 4-6 business days.", "ungrounded_time"),
        ("en", "Refunds are paid within 14 days.", "ungrounded_time"),
        ("de", "Der Versand kostet 5,90 €.", "ungrounded_money"),
        ("de", "Der Versand nach Frankreich kostet 4,90 €.", "ungrounded_country"),
        ("de", "Reduzierte Ware kann zurückgegeben werden.", "ungrounded_negation"),
        ("de", "Die Batterien sind im Lieferumfang enthalten.", "ungrounded_included"),
        ("fr", "Vous avez trente jours.", "ungrounded_time"),
        ("fr", "Les articles soldés peuvent être retournés.", "ungrounded_negation"),
        ("zh-Hans", "特价商品可以退货。", "ungrounded_negation"),
        ("ja", "セール品も返品できます。", "ungrounded_negation"),
        ("th", "คืนสินค้าได้ภายในสามสิบวัน", "ungrounded_time"),
        ("ar", "يمكنك الإرجاع خلال ٣٠ يوما.", "ungrounded_time"),
        ("en", "Write to other@shop.example.", "ungrounded_email"),
        ("en", "Call +49 30 1234567.", "ungrounded_phone"),
        ("en", "See https://elsewhere.example/help.", "ungrounded_link"),
        ("en", "Take model XK-2200 instead.", "ungrounded_code"),
        ("fi", "Voit palauttaa tuotteen.", "ungrounded_language"),
    ],
)
def test_what_the_evidence_does_not_say_is_found(language: str, text: str, rule: str) -> None:
    assert rule in rules(text, language)


@pytest.mark.parametrize(
    ("language", "text"), [("de", "Die Rücksendung ist kostenlos."), ("ja", "返品送料は無料です。"), ("hi", "वापसी मुफ़्त है।")]
)
def test_what_is_paid_for_is_not_free(language: str, text: str) -> None:
    assert rules(text, language, evidence=("Return shipping is at your cost.",)) == {"ungrounded_free"}


def test_a_dropped_condition_warns() -> None:
    evidence = ("Headphones can be returned only if unopened.",)
    assert rules("Headphones can be returned.", evidence=evidence) == {"ungrounded_condition"}
    assert rules("Headphones can be returned if they are unopened.", evidence=evidence) == set()


def test_a_part_of_a_longer_sentence_does_not_contradict_it() -> None:
    evidence = ("We deliver large furniture to Norway by truck, but not to Svalbard, islands without ferry or mountain huts.",)
    assert rules("We deliver large furniture to Norway.", evidence=evidence) == set()


def test_the_end_of_a_range_may_be_said_alone() -> None:
    assert rules("It takes up to 5 business days.") == set()


def test_the_customers_own_number_may_be_said_back_but_not_his_terms() -> None:
    assert rules("Order AB-12345 is here.", customer="Where is AB-12345?") == set()
    assert rules("You have 90 days.", customer="I have 90 days, right?") == {"ungrounded_time"}


def test_an_encoder_aligns_what_words_do_not() -> None:
    class Alike:
        def encode_queries(self, texts: list[str]) -> np.ndarray:
            return np.ones((len(texts), 1), dtype=np.float32)

    context = Context("en", None, None, None, ("The battery does not last overnight.",))
    text = "It lasts all evening long."
    assert Grounding()(text, context) == ()
    assert [finding.rule for finding in Grounding(Alike())(text, context)] == ["ungrounded_negation"]


@given(st.text(max_size=300), st.text(max_size=200), st.sampled_from(sorted(LANGUAGES)))
def test_no_text_raises_and_spans_are_inside(text: str, evidence: str, language: str) -> None:
    for finding in Grounding()(text, Context(language, None, None, None, (evidence,))):
        assert 0 <= finding.start <= finding.end <= len(text)


@pytest.mark.parametrize(
    ("language", "text", "evidence"),
    [
        ("en", "We posted the missing hinge free of charge.", "spare hinge posted, cost to buyer 0.00 GBP"),
        ("fr", "La pièce est envoyée sans frais.", "spare part sent, shipping 0 EUR"),
        ("de", "An der Tür müssen Sie nichts bezahlen.", "Nothing is due at the door."),
        ("es", "Por la etiqueta no tiene que pagar nada.", "The label is free."),
        ("pt-BR", "O envio é por nossa conta.", "El envío lo paga el vendedor."),
        ("en", "Your card is charged when the book ships.", "Payment is taken at shipping."),
        ("nl", "Je betaalt pas als de stoel klaarstaat.", "Payment is due once the chair is ready."),
        ("tr", "Gümrükte ücret ödemenize gerek yok.", "No customs duty is due for this parcel."),
        ("zh-Hans", "退货邮费由您支付。", "退货邮费由买家支付。"),
    ],
)
def test_who_pays_is_told_in_many_ways(language: str, text: str, evidence: str) -> None:
    assert rules(text, language, evidence=(evidence,)) & {"ungrounded_free", "ungrounded_cost"} == set()


def test_when_is_not_who_unless_the_evidence_has_it_for_free() -> None:
    assert rules("Return shipping is charged when you send it.", evidence=("Return shipping is free.",)) == {"ungrounded_cost"}


def test_a_figure_that_is_told_is_no_dropped_condition() -> None:
    evidence = ("Photos must be sent within 20 days of delivery through the app.",)
    assert rules("Please send photos through the app within 20 days of delivery.", evidence=evidence) == set()
