from __future__ import annotations

import pytest

from cs_assist.triage.contacts import contacts
from cs_assist.triage.vocabulary import read


def found(text: str, market: str | None = None, language: str | None = None) -> list[tuple[str, str]]:
    return [(v.type, text[v.start : v.end]) for v in contacts(read(text, market=market, language=language))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("mail a.b+c@shop.example.", ("email", "a.b+c@shop.example")),
        ("see https://x.example/a?b=1, ok", ("url", "https://x.example/a?b=1")),
        ("邮箱是a.b@shop.example谢谢", ("email", "a.b@shop.example")),
        ("(www.shop.example)", ("url", "www.shop.example")),
        ("http://x.exampleをご確認ください。", ("url", "http://x.example")),
        ("-anna@shop.example", ("email", "anna@shop.example")),
        ("'anna@shop.example'", ("email", "anna@shop.example")),
        ("ali@shop.example'a yazdım", ("email", "ali@shop.example")),
        ("이메일은kim@shop.example으로", ("email", "kim@shop.example")),
        ("อีเมลsom@shop.exampleค่ะ", ("email", "som@shop.example")),
    ],
)
def test_mail_addresses_and_links_end_where_they_end(text: str, value: tuple[str, str]) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "address",
    [
        "k.o'neil@shop.example", "K.O’Neil@shop.example", "Jörg.Weiß@bücher.example", "José.Peña@correo.example",
        "łukasz@sklep.example", "çağla@dükkan.example", "nguyễn@shop.example", "мария@почта.рф", "राम@दुकान.भारत",
        "ｋａｔｅ＠ｓｈｏｐ.example", "Mu\u0308ller@shop.example", "info@日本語.example",
    ],
)  # fmt: skip
def test_a_mail_address_is_whole_in_any_letters(address: str) -> None:
    assert found(f"mail {address}, ok") == [("email", address)]


@pytest.mark.parametrize(
    ("language", "text", "address"),
    [
        ("ru", "почтаivan@shop.example", "ivan@shop.example"),
        ("ar", "وahmed@shop.example", "ahmed@shop.example"),
        ("ar", "ahmed@shop.exampleشكرا", "ahmed@shop.example"),
        ("ja", "メールはmüller@shop.exampleです", "müller@shop.example"),
        ("fr", "l’adresse d’anna@shop.example", "anna@shop.example"),
        ("it", "dell'anna@shop.example", "anna@shop.example"),
    ],
)
def test_a_word_joined_to_a_mail_address_is_no_part_of_it(language: str, text: str, address: str) -> None:
    assert found(text, language=language) == [("email", address)]


@pytest.mark.parametrize("text", ["@anna hello.you", "anna@shop", "x" * 65 + "@shop.example", "a@@b.example"])
def test_what_is_no_mail_address_is_left(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("market", "number"),
    [
        ("GB", "07911 123456"),
        ("DE", "0151 23456789"),
        ("ES", "644 10 20 30"),
        ("IT", "339 1234567"),
        ("KR", "010-2288-4410"),
        ("JP", "090-1234-5678"),
        ("CN", "13800138000"),
        ("HK", "6123 8890"),
        ("ZA", "082 555 0199"),
        ("US", "(212) 555-2368"),
        ("BR", "(11) 91234-5678"),
        ("IN", "98765 43210"),
        ("EG", "٠١٠١٢٣٤٥٦٧٨"),
        ("JP", "０９０－１２３４－５６７８"),
        ("JP", "090ー1234ー5678"),
        ("DE", "0151–23456789"),
    ],
)
def test_a_phone_number_is_known_as_its_market_dials_it(market: str, number: str) -> None:
    assert found(f"call {number} please", market) == [("phone", number)]
    assert found(f"call {number} please") == []


def test_a_phone_number_may_touch_words_of_a_script_without_spaces() -> None:
    assert found("電話090-1234-5678まで", "JP") == [("phone", "090-1234-5678")]


@pytest.mark.parametrize("market", [None, "US", "JP"])
def test_a_number_with_its_country_code_is_known_anywhere(market: str | None) -> None:
    assert found("call +49 151 23456789 now", market) == [("phone", "+49 151 23456789")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Tel.+49 30 1234567", "+49 30 1234567"),
        ("Fax/+33 1 42 68 53 00", "+33 1 42 68 53 00"),
        ("Tel+81 3 1234 5678", "+81 3 1234 5678"),
        ("電話＋８１３１２３４５６７８", "＋８１３１２３４５６７８"),
    ],
)
def test_a_plus_begins_a_number_whatever_it_touches(text: str, number: str) -> None:
    assert found(text) == [("phone", number)]


@pytest.mark.parametrize("text", ["12 34", "1234567890123456789012", "0000 000000", "3.5 x 2 000 000"])
def test_numbers_that_no_one_can_dial_are_left(text: str) -> None:
    assert found(text, "DE") == []


@pytest.mark.parametrize(
    ("market", "text", "value"),
    [
        ("US", "ship to 9B Harcourt Street instead", "9B Harcourt Street"),
        ("GB", "postcode SW1A 2AA", "SW1A 2AA"),
        ("AT", "an die Mariahilfer Str. 88a, 1070 Wien", "Mariahilfer Str. 88a, 1070 Wien"),
        ("DE", "Marktplatz 2, 8720 Knittelfeld. Danke", "Marktplatz 2, 8720 Knittelfeld"),
        ("DE", "nach Gartenweg 4 bitte", "Gartenweg 4"),
        ("NL", "stuur naar Kerkstraat 8", "Kerkstraat 8"),
        ("SE", "till Vasagatan 3", "Vasagatan 3"),
        ("FR", "au 12 rue de la Paix, 75002 Paris", "12 rue de la Paix, 75002 Paris"),
        ("ES", "en Calle Alfonso XII 22, 46002 Valencia", "Calle Alfonso XII 22, 46002 Valencia"),
        ("IT", "in via Pietro Micca 4", "via Pietro Micca 4"),
        ("BR", "mudei pra Rua das Flores, 120", "Rua das Flores, 120"),
        ("PL", "ul. Fabryczna 12", "ul. Fabryczna 12"),
        ("PL", "ul. Fabryczna 12/5", "ul. Fabryczna 12/5"),
        ("RU", "ул. Ленина, д. 5", "ул. Ленина, д. 5"),
        ("ID", "Jl. Sudirman No. 5", "Jl. Sudirman No. 5"),
        ("VN", "ở 51 đường Phan Văn Trị", "51 đường Phan Văn Trị"),
        ("SA", "شارع الملك 17", "شارع الملك 17"),
        ("KR", "서울 성동구 왕십리로 115", "성동구 왕십리로 115"),
        ("JP", "〒530-0001に送って", "〒530-0001"),
        ("JP", "渋谷区神南1-2-3です", "渋谷区神南1-2-3"),
        ("CN", "改到南京西路100号", "改到南京西路100号"),
        ("TH", "อยู่ 9/41 ถนนสุขุมวิท", "9/41 ถนนสุขุมวิท"),
    ],
)
def test_an_address_is_told_by_its_street_and_number(market: str, text: str, value: str) -> None:
    assert ("address", value) in found(text, market)


@pytest.mark.parametrize(
    "text",
    ["via mail 5 volte", "the road is 5 km", "rue 5", "via email", "calle sin nombre", "peta jalan2 nya", "auf dem weg 5 mal"],
)
def test_a_street_word_alone_is_no_address(text: str) -> None:
    assert found(text) == []
