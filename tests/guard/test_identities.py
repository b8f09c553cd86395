from __future__ import annotations

import pytest

from cs_assist.guard.identities import identities
from cs_assist.guard.private_words import read

from .private_cases import best
from .test_national_ids import VALID


def found(text: str, market: str | None = None, language: str | None = None) -> set[tuple[str, str]]:
    reading = read(text, market=market, language=language)
    return {(value.type, reading.text[value.start : value.end]) for value in best(identities(reading))}


@pytest.mark.parametrize(
    "number",
    [
        VALID[name]
        for name in (
            "fr_nir",
            "it_cf",
            "es_nie",
            "br_cnpj",
            "mx_curp",
            "cn_resident_id",
            "ch_ahv",
            "fi_hetu",
            "sg_nric",
            "ae_eid",
            "ru_snils",
            "de_rvnr",
        )
    ],
)
def test_numbers_with_a_strong_form_need_neither_label_nor_market(number: str) -> None:
    assert ("national_id", number) in found(f"here it is: {number}.", market="JP", language="ja")


@pytest.mark.parametrize(
    ("number", "market"),
    [
        ("86095742719", "DE"),
        ("529.982.247-25", "BR"),
        ("2341 2341 2346", "IN"),
        ("10000000146", "TR"),
        ("44051401359", "PL"),
        ("811228-9874", "SE"),
        ("A123456789", "TW"),
        ("7503305044089", "ZA"),
    ],
)
def test_numbers_with_a_weaker_form_count_at_home(number: str, market: str) -> None:
    assert ("national_id", number) in found(f"it is {number}", market=market)


@pytest.mark.parametrize(
    ("number", "market"), [("86095742719", "US"), ("10000000146", "GB"), ("2341 2341 2346", "DE"), ("44051401359", "FR")]
)
def test_and_not_elsewhere(number: str, market: str) -> None:
    assert not found(f"it is {number}", market=market)


@pytest.mark.parametrize(
    "text", ["order number 86095742719", "Sendungsnummer 86095742719", "Artikelnummer 86095742719", "tel 86095742719"]
)
def test_another_label_goes_before_the_form(text: str) -> None:
    assert not found(text, market="DE", language="de")


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("SSN 219 09 9999", "en", "219 09 9999"),
        ("DNI 12345678A", "es", "12345678A"),
        ("my Aadhaar is 2341 2341 2345", "en", "2341 2341 2345"),
        ("BSN: 111222334", "nl", "111222334"),
        ("身份证号110105194912310021", "zh-Hans", "110105194912310021"),
        ("personnummer 811228-9870", "sv", "811228-9870"),
        ("PESEL 44051401350", "pl", "44051401350"),
        ("CPF nº 529.982.247-20", "pt-BR", "529.982.247-20"),
    ],
)
def test_a_mistyped_number_is_masked_after_its_own_label(text: str, language: str, number: str) -> None:
    assert ("national_id", number) in found(text, language=language)


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("my passport number is C01X00T47", "en", "C01X00T47"),
        ("Reisepass C01X00T47", "de", "C01X00T47"),
        ("паспорт 45 08 123456", "ru", "45 08 123456"),
        ("旅券番号TK1234567", "ja", "TK1234567"),
        ("護照號碼312345678", "zh-Hant", "312345678"),
        ("driving licence MORGA657054SM9IJ", "en", "MORGA657054SM9IJ"),
    ],
)
def test_passports_and_licences_count_after_their_label(text: str, language: str, number: str) -> None:
    assert ("national_id", number) in found(text, language=language)


def test_a_word_for_passport_without_a_number_is_nothing() -> None:
    assert not found("my passport is at home, I moved in 2019")


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("born on 3 March 1991", "en", "3 March 1991"),
        ("DOB: 1991-03-03", "en", "1991-03-03"),
        ("geb. am 03.03.1991", "de", "03.03.1991"),
        ("né le 1er mars 1991", "fr", "1er mars 1991"),
        ("nacida el 3 de marzo de 1991", "es", "3 de marzo de 1991"),
        ("生年月日：平成3年3月3日", "ja", "平成3年3月3日"),
        ("생년월일 1991년 3월 3일", "ko", "1991년 3월 3일"),
        ("วันเกิด 3 มีนาคม 2534", "th", "3 มีนาคม 2534"),
        ("生日1991/03/03", "zh-Hant", "1991/03/03"),
        ("родилась 3 марта 1991", "ru", "3 марта 1991"),
    ],
)
def test_dates_of_birth_are_dates_beside_a_word_for_birth(text: str, language: str, day: str) -> None:
    assert ("date_of_birth", day) in found(text, language=language)


@pytest.mark.parametrize(
    "text", ["ordered on 3 March 2025", "I was born in the USA", "delivery by 03.03.2025", "my birthday is in May"]
)
def test_other_dates_are_left(text: str) -> None:
    assert not found(text)
