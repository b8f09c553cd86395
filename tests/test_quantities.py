from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.quantities import quantities


def read(text: str, language: str = "en") -> list[tuple[str, tuple[str, ...]]]:
    return [(quantity.kind, quantity.values) for quantity in quantities(text, language=language)]


@pytest.mark.parametrize(
    ("language", "text", "kind", "values"),
    [
        ("en", "It takes 2–5 business days.", "time working day", ("2", "5")),
        ("en", "a 24-month warranty", "time month", ("24",)),
        ("en", "within 48 hours", "time day", ("2",)),
        ("de", "innerhalb von 14 Tagen", "time day", ("14",)),
        ("de", "3 bis 4 Werktage", "time working day", ("3", "4")),
        ("fr", "3 à 4 jours ouvrés", "time working day", ("3", "4")),
        ("fr", "pendant 2 ans", "time month", ("24",)),
        ("es-419", "de 3 a 6 días hábiles", "time working day", ("3", "6")),
        ("pt-BR", "até 7 dias úteis", "time working day", ("7",)),
        ("it", "entro 10 giorni lavorativi", "time working day", ("10",)),
        ("nl", "binnen 2 werkdagen", "time working day", ("2",)),
        ("sv", "inom 3 veckor", "time day", ("21",)),
        ("pl", "w ciągu 3 dni roboczych", "time working day", ("3",)),
        ("ru", "до 10 рабочих дней", "time working day", ("10",)),
        ("tr", "3 iş günü içinde", "time working day", ("3",)),
        ("ar", "خلال ٣ أيام عمل", "time working day", ("3",)),
        ("hi", "७ दिन के भीतर", "time day", ("7",)),
        ("id", "dalam 14 hari kerja", "time working day", ("14",)),
        ("vi", "trong 7 ngày làm việc", "time working day", ("7",)),
        ("th", "ภายใน 15 วันทำการ", "time working day", ("15",)),
        ("ja", "3営業日以内に", "time working day", ("3",)),
        ("ja", "お届けまで2~3日です", "time day", ("2", "3")),
        ("ko", "5영업일 이내", "time working day", ("5",)),
        ("zh-Hans", "3个工作日内", "time working day", ("3",)),
        ("zh-Hant", "7天內", "time day", ("7",)),
        ("en", "up to 80% of it", "percent", ("80",)),
    ],
)
def test_times_and_shares_are_read_in_their_language(language: str, text: str, kind: str, values: tuple[str, ...]) -> None:
    assert read(text, language) == [(kind, values)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("It costs €4.90.", "money EUR", "4.9"),
        ("Das kostet 4,90 EUR", "money EUR", "4.9"),
        ("ab 1.500 €", "money EUR", "1500"),
        ("1 200,50 zł", "money PLN", "1200.5"),
        ("US$3", "money USD", "3"),
        ("$3", "money $", "3"),
        ("NOK 3,000 per item", "money NOK", "3000"),
        ("Rp50.000", "money IDR", "50000"),
        ("満5,000円", "money JPY", "5000"),
        ("49 kr", "money kr", "49"),
    ],
)
def test_an_amount_is_read_with_its_currency_before_or_behind(text: str, kind: str, value: str) -> None:
    assert read(text) == [(kind, (value,))]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "by 24 December 2026", "2026-12-24"),
        ("en", "from January 2nd", "01-02"),
        ("de", "bis zum 24. Dezember", "12-24"),
        ("de", "am 24.12.2026", "2026-12-24"),
        ("fr", "avant le 5 décembre", "12-05"),
        ("es", "el 24 de diciembre de 2026", "2026-12-24"),
        ("ja", "12月24日まで", "12-24"),
        ("ko", "2026년 12월 5일", "2026-12-05"),
        ("sv", "2026-12-24", "2026-12-24"),
    ],
)
def test_dates_are_read_in_their_language(language: str, text: str, value: str) -> None:
    assert read(text, language) == [("date", (value,))]


def test_a_number_counts_what_the_next_word_says() -> None:
    assert read("100 points are worth 2 vouchers") == [("count points", ("100",)), ("count vouchers", ("2",))]


@pytest.mark.parametrize("text", ["the Brewa K1 kettle", "no number", "within two days", "call 5.", "in 2026", ""])
def test_a_number_that_counts_nothing_is_left_out(text: str) -> None:
    assert read(text) == []


def test_several_numbers_come_in_order_and_keep_their_places() -> None:
    text = "Within 14 days we refund €5, at the latest on 3 March."
    found = quantities(text, language="en")
    assert [text[q.start : q.end] for q in found] == ["14 day", "5", "3 March"]


@given(st.text(max_size=300), st.sampled_from(["en", "de", "ja", "ar", "hi-Latn", "xx", ""]))
def test_any_text_is_read(text: str, language: str) -> None:
    found = quantities(text, language=language)
    assert all(0 <= q.start < q.end <= len(text) for q in found)
    assert [q.start for q in found] == sorted(q.start for q in found)


@pytest.mark.parametrize("unit", ["1", "1 ", "1,", "9 to ", "1.111.", "$", "24 Dec", "月1"])
def test_a_long_text_is_read_to_its_end(unit: str) -> None:
    text = unit * (20_000 // len(unit)) + " 7 days"
    assert ("time day", ("7",)) in [(kind, values[-1:]) for kind, values in read(text)]
