"""One fact, however a language or a shop writes it, is borne out by any other writing of it; another fact is not."""

from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.grounding import Grounding

CHECK = Grounding()
#: A sentence in which a shop states something, by language.
FRAMES = {
    "en": "It takes {}.", "de": "Es sind {}.", "fr": "Il faut {}.", "es": "Son {}.", "pt-BR": "São {}.", "it": "Sono {}.",
    "nl": "Het is {}.", "pl": "To jest {}.", "sv": "Det är {}.", "tr": "Bu {} sürer.", "ru": "Это {}.", "ar": "هذا {}.",
    "hi": "यह {} है।", "id": "Itu {}.", "ms": "Ia {}.", "th": "คือ {} ค่ะ", "vi": "Là {} ạ.", "ja": "{}です。", "ko": "{}입니다.",
    "zh-Hans": "是{}。", "zh-Hant": "是{}。",
}  # fmt: skip
FOURTEEN_DAYS = [
    ("en", "14 days"), ("en", "two weeks"), ("en", "a fortnight"), ("de", "zwei Wochen"), ("de", "vierzehn Tage"),
    ("fr", "quatorze jours"), ("fr", "deux semaines"), ("es", "catorce días"), ("pt-BR", "duas semanas"),
    ("it", "due settimane"), ("nl", "twee weken"), ("pl", "dwa tygodnie"), ("sv", "fjorton dagar"), ("tr", "iki hafta"),
    ("ru", "двух недель"), ("ar", "أسبوعين"), ("ar", "١٤ يوما"), ("hi", "दो हफ़्ते"), ("id", "dua minggu"),
    ("ms", "14 hari"), ("th", "สองสัปดาห์"), ("vi", "hai tuần"), ("ja", "2週間"), ("ko", "2주"), ("zh-Hans", "两个星期"),
    ("zh-Hant", "兩個禮拜"),
]  # fmt: skip
TWO_YEARS = [
    ("en", "24 months"), ("en", "two-year"), ("de", "zwei Jahre"), ("de", "zweijährige"), ("fr", "deux ans"),
    ("es", "dos años"), ("pt-BR", "dois anos"), ("it", "due anni"), ("nl", "tweejarige"), ("pl", "dwa lata"),
    ("sv", "tvåårig"), ("tr", "24 ay"), ("ru", "двухлетняя"), ("ar", "سنتين"), ("hi", "दो साल"), ("id", "dua tahun"),
    ("th", "สองปี"), ("vi", "hai năm"), ("ja", "24か月"), ("ko", "24개월"), ("zh-Hans", "两年"), ("zh-Hant", "24個月"),
]  # fmt: skip
TWO_DAYS = [
    ("en", "48 hours"), ("de", "48 Stunden"), ("fr", "48 h"), ("es", "48 horas"), ("pl", "48 godzin"), ("ru", "48 часов"),
    ("ar", "48 ساعة"), ("hi", "48 घंटे"), ("id", "2x24 jam"), ("th", "48 ชม."), ("vi", "48 tiếng"), ("ja", "48時間"),
    ("ko", "48시간"), ("zh-Hans", "48小时"),
]  # fmt: skip
WORKING_DAYS = [
    ("en", "3 to 5 work days"), ("en", "three to five business days"), ("de", "3–5 Werktage"),
    ("fr", "3 à 5 jours ouvrés"), ("es", "de tres a cinco días laborables"), ("pt-BR", "3 a 5 dias úteis"),
    ("it", "3-5 giorni lavorativi"), ("nl", "3-5 werkdagen"), ("pl", "od trzech do pięciu dni roboczych"),
    ("sv", "3–5 arbetsdagar"), ("tr", "üç ila beş iş günü"), ("ru", "3–5 рабочих дней"), ("ar", "من 3 إلى 5 أيام عمل"),
    ("hi", "3 से 5 कार्यदिवस"), ("id", "3-5 hari kerja"), ("ms", "3 hingga 5 hari bekerja"), ("th", "3-5 วันทำการ"),
    ("vi", "từ 3 đến 5 ngày làm việc"), ("ja", "3〜5営業日"), ("ko", "영업일 기준 3~5일"), ("zh-Hans", "三到五个工作日"),
    ("zh-Hant", "3至5個工作天"), ("en", "between three and five business days"), ("de", "zwischen drei und fünf Werktagen"),
    ("fr", "entre trois et cinq jours ouvrés"), ("es", "entre tres y cinco días laborables"),
    ("pt-BR", "entre três e cinco dias úteis"), ("it", "tra tre e cinque giorni lavorativi"),
    ("nl", "tussen drie en vijf werkdagen"), ("sv", "mellan tre och fem arbetsdagar"), ("pl", "między trzy a pięć dni roboczych"),
]  # fmt: skip
EUROS = [
    ("en", "€49.90"), ("de", "49,90 Euro"), ("fr", "49 € 90"), ("fr", "49€90"), ("es", "49,90 €"), ("nl", "€ 49,90"),
    ("ru", "49,90 евро"), ("ar", "٤٩٫٩٠ يورو"), ("ja", "49.90ユーロ"), ("ko", "49.90유로"), ("zh-Hant", "49.90歐元"),
    ("th", "49.90 ยูโร"), ("hi", "49.90 यूरो"),
]  # fmt: skip
DOLLARS = [
    ("en", "$1,299"), ("de", "1.299,00 USD"), ("fr", "1 299 dollars"), ("es", "1.299 dólares"), ("pt-BR", "US$ 1.299,00"),
    ("pl", "1 299 dolarów"), ("ru", "1 299 долларов"), ("ar", "١٬٢٩٩ دولار"), ("id", "1.299 dolar AS"),
    ("vi", "1.299 đô la"), ("ja", "1299米ドル"), ("ko", "1,299달러"), ("zh-Hant", "1299 美金"),
]  # fmt: skip
FIFTEEN_PERCENT = [
    ("en", "15%"), ("de", "15 Prozent"), ("fr", "15 pour cent"), ("tr", "%15"), ("tr", "yüzde 15"),
    ("ru", "15 процентов"), ("ar", "15 بالمئة"), ("ar", "١٥٪"), ("hi", "15 प्रतिशत"), ("id", "15 persen"),
    ("vi", "15 phần trăm"), ("ja", "15パーセント"), ("ja", "1割5分"), ("ko", "15퍼센트"), ("zh-Hans", "8.5折"),
    ("zh-Hant", "85折"), ("zh-Hans", "八五折"),
]  # fmt: skip
DECEMBER_5 = [
    ("en", "December 5, 2026"), ("en", "5th of December"), ("de", "05.12.2026"), ("de", "5. Dez."),
    ("fr", "5 décembre 2026"), ("es", "5 de diciembre"), ("pt-BR", "5 de dezembro de 2026"), ("it", "5 dicembre 2026"),
    ("nl", "5-12-2026"), ("pl", "5 grudnia 2026"), ("sv", "2026-12-05"), ("tr", "5 Aralık 2026"), ("ru", "5 дек."),
    ("ar", "٥ ديسمبر ٢٠٢٦"), ("ar", "5 كانون الأول 2026"), ("hi", "5 दिसम्बर"), ("id", "5 Desember 2026"),
    ("ms", "5 Disember 2026"), ("th", "5 ธันวาคม 2569"), ("th", "5 ธ.ค. 69"), ("vi", "ngày 5 tháng 12 năm 2026"),
    ("ja", "12月5日"), ("ko", "2026년 12월 5일"), ("zh-Hans", "12月5号"), ("zh-Hant", "115年12月5日"),
    ("ja", "令和8年12月5日"), ("en", "the fifth of December"), ("ru", "пятого декабря"), ("de", "dem fünften Dezember"),
]  # fmt: skip
METRES = [
    ("en", "160 centimetres"), ("en", "1.60 m"), ("de", "160 Zentimeter"), ("fr", "1 m 60"), ("es", "160 centímetros"),
    ("pt-BR", "1,60 m"), ("pl", "1,6 metra"), ("tr", "160 santim"), ("ru", "160 сантиметров"), ("ar", "160 سنتيمترًا"),
    ("hi", "160 सेंटीमीटर"), ("th", "160 ซม."), ("vi", "1m6"), ("ja", "160センチ"), ("ko", "160센티"), ("zh-Hans", "1米6"),
    ("zh-Hant", "160公分"),
]  # fmt: skip
KILOGRAMS = [
    ("en", "2.5 kg"), ("en", "2500 grams"),
    ("de", "2,5 Kilo"), ("fr", "2,5 kilogrammes"), ("pt-BR", "2,5 quilos"), ("it", "2,5 chili"),
    ("ru", "2,5 килограмма"), ("ar", "2.5 كيلو"), ("hi", "2.5 किलो"), ("th", "2.5 กิโล"), ("vi", "2,5 cân"), ("ja", "2.5キロ"),
    ("ko", "2.5킬로"), ("zh-Hans", "5斤"), ("zh-Hant", "2.5公斤"),
]  # fmt: skip
EIGHTEEN_MONTHS = [
    ("en", "18 months"), ("en", "one and a half years"), ("en", "1.5 years"), ("de", "anderthalb Jahre"),
    ("de", "eineinhalb Jahre"), ("fr", "un an et demi"), ("es", "un año y medio"), ("pt-BR", "um ano e meio"),
    ("it", "un anno e mezzo"), ("nl", "anderhalf jaar"), ("pl", "półtora roku"), ("sv", "ett och ett halvt år"),
    ("ru", "полтора года"), ("tr", "bir buçuk yıl"), ("ar", "سنة ونصف"), ("hi", "डेढ़ साल"), ("id", "satu setengah tahun"),
    ("ms", "satu tahun setengah"), ("th", "หนึ่งปีครึ่ง"), ("vi", "một năm rưỡi"), ("ja", "1年半"), ("ko", "1년 반"),
    ("zh-Hans", "一年半"), ("zh-Hant", "1年半"),
]  # fmt: skip
LIFETIME = [
    ("en", "lifetime warranty"), ("de", "lebenslange Garantie"), ("fr", "garantie à vie"), ("es", "garantía de por vida"),
    ("pt-BR", "garantia vitalícia"), ("it", "garanzia a vita"), ("nl", "levenslange garantie"), ("sv", "livstidsgaranti"),
    ("pl", "dożywotnia gwarancja"), ("ru", "пожизненная гарантия"), ("tr", "ömür boyu garanti"), ("ar", "ضمان مدى الحياة"),
    ("hi", "आजीवन वारंटी"), ("id", "garansi seumur hidup"), ("vi", "bảo hành trọn đời"), ("th", "รับประกันตลอดชีพ"),
    ("ja", "永久保証"), ("ko", "평생 보증"), ("zh-Hans", "终身质保"), ("zh-Hant", "終身保固"),
]  # fmt: skip
NINETY_DAYS = [
    ("en", "90 days"), ("en", "9️⃣0️⃣ days"), ("en", "ninety days"), ("fr", "quatre-vingt-dix jours"), ("hi", "नब्बे दिन"),
    ("vi", "chín mươi ngày"), ("zh-Hans", "九十天"), ("id", "sembilan puluh hari"),
]  # fmt: skip
WRITTEN = [METRES, KILOGRAMS, FOURTEEN_DAYS, TWO_YEARS, TWO_DAYS, WORKING_DAYS, EUROS, DOLLARS, FIFTEEN_PERCENT, DECEMBER_5]
WRITTEN += [EIGHTEEN_MONTHS, LIFETIME, NINETY_DAYS]
OTHERS = ["180 cm", "3.5 kg", "3 weeks", "3 years", "72 hours", "6-9 business days", "€94.90", "$2,199", "51%", "20 May 2026"]
OTHERS += ["3 years", "2 years", "30 days"]


def blocked(language: str, fact: str, evidence: str) -> bool:
    context = Context(language, None, None, None, (evidence,))
    return any(finding.severity == "block" for finding in CHECK(FRAMES[language].format(fact), context))


@pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written[0][1])
def test_every_writing_bears_out_every_other(written: list[tuple[str, str]]) -> None:
    assert [
        (said, shown)
        for language, said in written
        for own, shown in written
        if blocked(language, said, FRAMES[own].format(shown))
    ] == []


@pytest.mark.parametrize(("written", "other"), [*zip(WRITTEN, OTHERS, strict=True)], ids=OTHERS)
def test_no_writing_bears_out_another_fact(written: list[tuple[str, str]], other: str) -> None:
    assert [said for language, said in written if not blocked(language, said, FRAMES["en"].format(other))] == []


@pytest.mark.parametrize(
    ("language", "market", "text", "borne"),
    [
        ("en", "US", "12/3", True),
        ("en", "US", "3/12", False),
        ("en", "GB", "3/12", True),
        ("en", "GB", "12/3/2026", False),
        ("en", None, "12/3", True),
        ("en", "CA", "3/12", True),
        ("fr", "FR", "12/03/2026", False),
        ("de", "DE", "12.03.2026", False),
        ("de", None, "03.12.", True),
        ("ja", "JP", "12/3", True),
        ("ja", "JP", "3/12", False),
    ],
)
def test_a_date_in_figures_is_read_as_its_readers_do(language: str, market: str | None, text: str, borne: bool) -> None:
    context = Context(language, market, None, None, ("Expected delivery: 2026-12-03",))
    assert (not CHECK(FRAMES[language].format(text), context)) is borne
