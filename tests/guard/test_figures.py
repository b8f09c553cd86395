from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.grounding import Grounding


def found(text: str, *evidence: str, language: str = "en", customer: str = "") -> set[tuple[str, str]]:
    context = Context(language, None, None, None, evidence, customer)
    return {(finding.rule.removeprefix("ungrounded_"), finding.severity) for finding in Grounding()(text, context)}


@pytest.mark.parametrize(
    ("language", "text", "evidence"),
    [
        ("nl", "We bezorgen tussen 8 en 13 uur.", "slot 08:00-13:00"),
        ("fr", "Nous répondons de 9 h à 12 h 30.", "hours 9:00-12:30"),
        ("ko", "보증 기간은 12개월입니다.", "12-month warranty"),
        ("zh-Hant", "金額為3,600元。", "TWD 3,600"),
        ("zh-Hant", "發票於115年11月20日開立。", "issued 2026-11-20"),
        ("zh-Hans", "16日收到，19日验货。", "2026-11-16 received, 2026-11-19 checked"),
        ("tr", "160 × 220 cm.", "duvet cover 160x220 cm"),
        ("en", "You have 30 days.", "one month from receipt"),
        ("de", "Das Lager ist in Polen.", "Polish warehouse"),
        ("ja", "シンガポールの倉庫です。", "shipped from SG warehouse"),
        ("es", "Sale mañana, lunes.", "dispatch Mon 2026-11-23"),
    ],
)
def test_what_is_written_otherwise_is_borne_out(language: str, text: str, evidence: str) -> None:
    assert found(text, evidence, language=language) == set()


@pytest.mark.parametrize(
    ("language", "text", "evidence", "kind"),
    [
        ("pt-BR", "A mesa acompanha oito cadeiras.", "Table with 6 chairs", "count"),
        ("nl", "We bezorgen tussen 8 en 15 uur.", "slot 08:00-13:00", "time"),
        ("zh-Hant", "金額為3,900元。", "TWD 3,600", "money"),
        ("de", "Das Lager ist in Spanien.", "Polish warehouse", "country"),
        ("en", "You have 45 days.", "one month from receipt", "time"),
    ],
)
def test_what_is_other_is_found(language: str, text: str, evidence: str, kind: str) -> None:
    assert (kind, "block") in found(text, evidence, language=language)


def test_a_customers_own_amount_is_compared_with_the_evidences() -> None:
    evidence, asked = "Minimum order 50 USD", "My code fails, my cart is $42."
    assert found("It needs $50, so at $42 it does not apply.", evidence, customer=asked) == set()
    assert ("money", "block") in found("It needs $42.", evidence, customer="Does it need $42?")


def test_an_amount_that_can_be_computed_warns() -> None:
    assert found("That is 15 EUR in all.", "Item 10 EUR, delivery 5 EUR") == {("money", "warn")}


def test_spans_end_on_whole_words() -> None:
    text = "Within 14 days."
    findings = Grounding()(text, Context("en", None, None, None, ("Within 7 days.",)))
    assert [text[finding.start : finding.end] for finding in findings] == ["14 days"]


@pytest.mark.parametrize(
    ("language", "text", "evidence"),
    [
        ("de", "Die Garantie endet am 15. Mai 2028.", "Garantie 3 Jahre, gekauft 2025-05-15"),
        ("it", "La garanzia vale fino al 9 giugno 2027.", "2 years warranty, purchased 2025-06-09"),
        ("sv", "Du behöver avboka senast den 17 januari.", "Avbokning senast 3 dagar före besöket; besök 2027-01-20"),
        ("ja", "12月8日までにお手続きください。", "お届け予定日の2日前まで変更可。お届け予定 2026-12-10"),
        ("ar", "يمكنك الإلغاء حتى 28 نوفمبر.", "Cancel up to 2 days before renewal on 2026-11-30"),
        ("fr", "Résiliez avant le 20 décembre.", "Résiliation au plus tard le 20 du mois, contrat du 2026-12-02"),
        ("th", "รับประกันถึงปี 2571 ค่ะ", "warranty until 2028-03-01"),
        ("it", "È partito il 4 dicembre; il 15 scade il reso.", "spedito 2026-12-04, reso entro 2026-12-15"),
        ("id", "Paket tiba tanggal 9.", "tiba 2026-12-09"),
        ("zh-Hant", "您於2025年4月購買。", "bought 2025-04"),
        ("ru", "Отправили 03.12 и доставим 05.12 к вечеру.", "shipped 2026-12-03, delivery 2026-12-05"),
        ("en", "Please pay again in two weeks.", "Zahlung alle 14 Tage"),
        ("nl", "Open tot 18.30 uur.", "di 10.00-18.30 uur"),
        ("ko", "점심은 12시 반부터입니다.", "lunch from 12:30"),
        ("vi", "Bên em làm đến 8 giờ tối.", "hours 9:00-20:00"),
        ("ar", "التوصيل من يومين إلى أربعة.", "Delivery 2-4 days"),
        ("zh-Hant", "六個杯子破了一個，剩下五個可以用。", "1 of 6 cups broken"),
        ("ja", "お問い合わせ番号は556677889900です。", "tracking 5566-7788-9900"),
        ("en", "The XL lasts longer than the 21 XXL.", "Cartridge 21XL and 21XXL"),
        ("vi", "Rượu 12 độ.", "wine, 12 % vol."),
        ("de", "In Österreich brauchen Sie keinen Adapter.", "Stecker Typ F, nicht für UK"),
    ],
)
def test_what_follows_from_the_evidence_is_borne_out(language: str, text: str, evidence: str) -> None:
    customer = "Geht der in Österreich?" if language == "de" else ""
    assert found(text, evidence, language=language, customer=customer) == set()


@pytest.mark.parametrize(
    ("language", "text", "evidence", "kind"),
    [
        ("it", "La garanzia vale fino al 9 giugno 2028.", "2 years warranty, purchased 2025-06-09", "date"),
        ("sv", "Du behöver avboka senast den 14 januari.", "Avbokning senast 3 dagar före besöket; besök 2027-01-20", "date"),
        ("fr", "Résiliez avant le 25 décembre.", "Résiliation au plus tard le 20 du mois, contrat du 2026-12-02", "date"),
        ("id", "Paket tiba tanggal 19.", "tiba 2026-12-09", "number"),
        ("vi", "Bên em làm đến 7 giờ tối.", "hours 9:00-20:00", "time"),
        ("zh-Hant", "六個杯子破了一個，剩下三個可以用。", "1 of 6 cups broken", "count"),
        ("nl", "We verzenden naar Nederland.", "Verzending alleen naar België", "country"),
        ("en", "Keep it at 12 °C.", "wine, 12 % vol.", "temperature"),
    ],
)
def test_what_does_not_follow_is_found(language: str, text: str, evidence: str, kind: str) -> None:
    assert (kind, "block") in found(text, evidence, language=language)


@pytest.mark.parametrize(
    ("language", "text", "evidence", "customer"),
    [
        (
            "de",
            "Sie haben bis zum 12. Januar Zeit.",
            "Returns: 30 days from delivery",
            "Kam am 13. Dezember an, wie lange geht das?",
        ),
        ("tr", "9 Mart'a kadar vaktiniz var.", "30 Tage ab Zustellung", "7 şubatta gelen çanta için"),
        ("ru", "Деньги придут в среду 25-го.", "refund 2026-11-20, 3 bd", "Когда вернут?"),
        ("sv", "Pengarna kommer inom tre bankdagar.", "refund within 3 banking days", "När?"),
        ("fr", "Il vous reste dix jours.", "sale until 2026-12-14", "Je pars le 4 décembre, c'est encore bon ?"),
        ("es", "Se anuló y se volvió a cobrar cuatro minutos después.", "auth 21:07 voided, captured 21:11", "¿Dos cobros?"),
        ("pl", "Zostają jeszcze 3 cm luzu.", "rozmiar M: do 98 cm", "mam 95 cm w klatce"),
        ("it", "I due insieme pesano 3,1 kg.", "tenda 1,9 kg; materassino 1,2 kg", "quanto pesano?"),
        ("nl", "Samen wegen ze 7,5 kg.", "pot 1,5 kg", "Ik wil 5 potten, hoe zwaar?"),
        ("en", "The campaign starts on 21 November.", "Aktion 21.–30.11.2026", "When does it start?"),
        ("es", "En 3 cuotas te queda en $280.000.", "3 y 6 cuotas sin interés", "Quiero el sillón de $840.000"),
        ("ko", "12월 9일까지 보관됩니다.", "pickup 12-02, kept 7 days", "언제까지 보관되나요?"),
        ("ja", "期限は23日までです。", "注文 2026-11-20、支払いは3日後まで", "いつまでですか"),
        ("zh-Hant", "1,950元還差50元。", "滿2,000元送帆布袋", "用完折價券1950有嗎"),
        (
            "pl",
            "25 tablic to 1600 zł, z rabatem 5% wychodzi 1520 zł.",
            "Rabat 5 % od 20 szt.; tablica 64,00 zł",
            "chcemy 25 tablic",
        ),
        ("de", "Die Garantie läuft bis zum 2. Mai 2027.", "warranty 1 year, bought 2026-05-03", "Wie lange noch?"),
        ("fr", "1. Ouvrez le compte.\n2. Choisissez la taille.", "Account > size", "Comment ?"),
    ],
)
def test_what_follows_from_evidence_and_the_customers_words_together_is_borne_out(
    language: str, text: str, evidence: str, customer: str
) -> None:
    assert not {(kind, level) for kind, level in found(text, evidence, language=language, customer=customer) if level == "block"}


@pytest.mark.parametrize(
    ("language", "text", "evidence", "customer", "kind"),
    [
        ("de", "Sie haben bis zum 15. Januar Zeit.", "Returns: 30 days from delivery", "Kam am 13. Dezember an.", "date"),
        ("ru", "Деньги придут 28-го.", "refund 2026-11-20, 3 bd", "Когда вернут?", "number"),
        ("fr", "Il vous reste douze jours.", "sale until 2026-12-14", "Je pars le 4 décembre, c'est bon ?", "time"),
        ("es", "Se volvió a cobrar nueve minutos después.", "auth 21:07 voided, captured 21:11", "¿Dos cobros?", "time"),
        ("pl", "Zostają jeszcze 5 cm luzu.", "rozmiar M: do 98 cm", "mam 95 cm w klatce", "length"),
        ("nl", "Samen wegen ze 8 kg.", "pot 1,5 kg", "Ik wil 5 potten, hoe zwaar?", "weight"),
        ("en", "The campaign starts on 19 November.", "Aktion 21.–30.11.2026", "When does it start?", "date"),
        ("es", "En 3 cuotas te queda en $260.000.", "3 y 6 cuotas sin interés", "Quiero el sillón de $840.000", "money"),
    ],
)
def test_what_does_not_follow_from_both_together_is_found(
    language: str, text: str, evidence: str, customer: str, kind: str
) -> None:
    assert (kind, "block") in found(text, evidence, language=language, customer=customer)


@pytest.mark.parametrize(("language", "text"), [("en", "Hold it for one and a half minutes."), ("tr", "Bir buçuk dakika basın.")])
def test_minutes_are_borne_out_by_seconds(language: str, text: str) -> None:
    def stopped(evidence: str) -> bool:
        return any(f.severity == "block" for f in Grounding()(text, Context(language, None, None, None, (evidence,))))

    assert not stopped("Hold for 90 s.")
    assert stopped("Hold for 60 s.")
