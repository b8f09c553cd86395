from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.facts import read, sentences
from cs_assist.types import LANGUAGES


def facts(text: str, language: str = "en") -> list[tuple[str, tuple[str, ...]]]:
    return [(fact.kind, fact.values) for fact in read(text, language).facts if not fact.soft]


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("en", "within two weeks", "14"),
        ("de", "innerhalb von zwölf Tagen", "12"),
        ("fr", "dans les trois jours", "3"),
        ("es", "en treinta días", "30"),
        ("pt-BR", "em até quinze dias", "15"),
        ("it", "entro dieci giorni", "10"),
        ("nl", "binnen drie weken", "21"),
        ("sv", "inom fem dagar", "5"),
        ("pl", "w ciągu siedmiu dni", "7"),
        ("ru", "в течение двух недель", "14"),
        ("tr", "on dört gün içinde", "14"),
        ("ar", "خلال أسبوعين", "14"),
        ("hi", "दस दिन के भीतर", "10"),
        ("hi-Latn", "saat din mein", "7"),
        ("id", "dalam tiga puluh hari", "30"),
        ("ms", "dalam dua minggu", "14"),
        ("vi", "trong vòng hai tuần", "14"),
        ("th", "ภายในสามสิบวัน", "30"),
        ("ja", "二週間以内", "14"),
        ("ko", "이틀 안에", "2"),
        ("zh-Hans", "两周内", "14"),
        ("zh-Hant", "三十天內", "30"),
    ],
)
def test_durations_in_words_are_read_in_every_language(language: str, text: str, days: str) -> None:
    assert facts(text, language) == [("time day", (days,))]


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("It costs €1,234.50.", "money EUR", ("1234.5",)),
        ("It takes 3–5 business days.", "time working day", ("3", "5")),
        ("It is 12.5 cm wide.", "length mm", ("125",)),
        ("It weighs 1.5 kg.", "weight g", ("1500",)),
        ("You get 20% of it.", "percent", ("20",)),
        ("It comes on 24 December 2026.", "date", ("2026-12-24",)),
        ("It comes on 2026-12-24.", "date", ("2026-12-24",)),
        ("We close at 5:30 pm.", "time", ("1050",)),
        ("We open on Monday.", "weekday", ("0",)),
        ("Write to help@shop.example", "email", ("help@shop.example",)),
        ("See https://shop.example/help.", "link", ("shop.example/help",)),
        ("Call +49 30 1234567", "phone", ("49301234567",)),
        ("Your order AB-12345 is here.", "code", ("ab12345",)),
        ("We ship to Norway.", "country", ("NO",)),
    ],
)
def test_what_can_be_checked_is_read(text: str, kind: str, values: tuple[str, ...]) -> None:
    assert facts(text) == [(kind, values)]


@pytest.mark.parametrize(
    "text", ["We are here 24/7.", "1. Open the box.\n2. Take it out.", "Thank you for your message!", "Step 2: wait."]
)
def test_what_states_nothing_is_left_out(text: str) -> None:
    assert facts(text) == []


def test_digits_of_every_script_are_digits() -> None:
    assert facts("خلال ١٤ يوما", "ar") == facts("१४ दिन", "hi") == facts("１４日以内", "ja") == [("time day", ("14",))]


def test_sentences_end_where_they_end() -> None:
    text = "it takes 3.5 days. thank you!"
    assert [text[start:end] for start, end in sentences(text)] == ["it takes 3.5 days.", "thank you!"]


@given(st.text(max_size=300), st.sampled_from([None, *sorted(LANGUAGES)]))
def test_facts_are_inside_the_normalised_text(text: str, language: str | None) -> None:
    reading = read(text, language)
    assert all(0 <= fact.start < fact.end <= len(reading.seen.text) for fact in reading.facts)


@pytest.mark.parametrize(
    ("language", "text", "kind", "values"),
    [
        ("ja", "代金は2万4,500円です", "money JPY", ("24500",)),
        ("ko", "총 12만 5천 원", "money KRW", ("125000",)),
        ("es", "$60.000 en 3 cuotas", "money $", ("60000",)),
        ("tr", "1.200 TL ödendi", "money TRY", ("1200",)),
        ("en", "refund SEK 499", "money SEK", ("499",)),
        ("en", "499 SEK were refunded", "money SEK", ("499",)),
        ("zh-Hans", "电池74瓦时", "energy wh", ("74",)),
        ("en", "the 24-volt-series", "voltage v", ("24",)),
        ("ja", "60ヘルツ", "frequency hz", ("60",)),
        ("ko", "영업일 7일 안에", "time working day", ("7",)),
        ("pl", "w 4 dniach roboczych", "time working day", ("4",)),
        ("th", "ปี 2571", "year", ("2028",)),
    ],
)
def test_what_is_written_in_parts_or_with_its_unit_is_one_fact(
    language: str, text: str, kind: str, values: tuple[str, ...]
) -> None:
    assert (kind, values) in facts(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "1) abra la app, 2) toque Pedidos, 3) elija Factura."),
        ("es", "Abrimos por la mañana."),
        ("de", "Guten Morgen, wir helfen gern."),
    ],
)
def test_points_of_a_list_and_mornings_state_nothing(language: str, text: str) -> None:
    assert facts(text, language) == []


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("AC220-240V（50/60Hz）", "voltage v", ("220", "240")),
        ("SALE15：15%", "percent", ("15",)),
        ("di 10.00-17.30 uur", "time", ("1050",)),
        ("made 2025-04", "month", ("04",)),
        ("alle 14 Tage", "time day", ("14",)),
    ],
)
def test_a_table_of_the_evidence_is_read(text: str, kind: str, values: tuple[str, ...]) -> None:
    assert (kind, values) in [(fact.kind, fact.values) for fact in read(text).facts]


@pytest.mark.parametrize(
    ("language", "text", "kinds"),
    [
        ("de", "Kabel 2 m 60 W", {"length mm", "power w"}),
        ("fr", "Express 12 € 24 h", {"money EUR", "time day"}),
        ("vi", "Lều rộng 5m2", {"code"}),
        ("th", "ส่ง 5 ธ.ค. 69 บาท", {"date", "money THB"}),
    ],
)
def test_two_amounts_beside_each_other_stay_two(language: str, text: str, kinds: set[str]) -> None:
    assert {fact.kind for fact in read(text, language).facts} == kinds


@pytest.mark.parametrize(
    ("language", "text", "facts"),
    [
        ("zh-Hans", "新客户享九折", [("percent", ("10",))]),
        ("zh-Hant", "會員打對折", [("percent", ("50",))]),
        ("zh-Hans", "三折伞和八折叠的布", []),
        ("ja", "二割引です", [("percent", ("20",))]),
        ("fr", "soixante-quinze jours", [("time day", ("75",))]),
        ("fr", "cent vingt jours", [("time day", ("120",))]),
        ("en", "two hundred and fifty euros", [("money EUR", ("250",))]),
        ("en", "within 3️⃣0️⃣ days", [("time day", ("30",))]),
        ("en", "within ㉚ days", [("time day", ("30",))]),
        ("en", "③ days off the list", []),
        ("en", "please follow steps ① and ②", []),
        ("ja", "令和7年に作られました", [("year", ("2025",))]),
        ("tr", "yirmi iki buçuk gün", [("time day", ("22.5",))]),
        ("tr", "2 buçuk saat", [("time day", ("0.1042",))]),
        ("en", "2 and a half hours", [("time day", ("0.1042",))]),
        ("tr", "bir buçuk yıl", [("time month", ("18",))]),
        ("zh-Hant", "民國114年製造", [("year", ("2025",))]),
        ("en", "by the twenty-first of December", [("date", ("12-21",))]),
        ("pl", "dwudziestego pierwszego grudnia", [("date", ("12-21",))]),
        ("en", "your second March order", []),
    ],
)
def test_numerals_signs_and_eras_are_read(language: str, text: str, facts: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(fact.kind, fact.values) for fact in read(text, language).facts if fact.kind != "count"] == facts
