from __future__ import annotations

import pytest

from cs_assist.guard.addresses import addresses
from cs_assist.guard.private_words import read

from .private_cases import best


def found(text: str, language: str | None = "en", market: str | None = None) -> list[str]:
    reading = read(text, market=market, language=language)
    return [text[slice(*reading.normal.span(value.start, value.end))] for value in best(addresses(reading))]


@pytest.mark.parametrize(
    ("address", "language"),
    [
        ("12 Baker Street, London NW1 6XE", "en"),
        ("350 5th Ave, New York, NY 10118", "en"),
        ("1420 Willow Creek Dr Apt 9\nAustin, TX 78704", "en"),
        ("Unit 5, 22-24 George Street, Parramatta NSW 2150", "en"),
        ("PO Box 1187, Wellington 6140", "en"),
        ("Blk 123 Ang Mo Kio Ave 3 #05-12 Singapore 560123", "en"),
        ("Flat 12B, Shanti Apartments, MG Road, Pune 411001", "hi-Latn"),
        ("Lindenallee 7b, 20259 Hamburg", "de"),
        ("Mariahilfer Str. 88a, 1070 Wien", "de"),
        ("27 bis, avenue des Marronniers, 33000 Bordeaux", "fr"),
        ("Rue Neuve 8, 5000 Namur", "fr"),
        ("Calle de Fuencarral 88, 2º B, 28004 Madrid", "es"),
        ("Carrera 15 # 93-60, Bogotá", "es"),
        ("Via Giuseppe Garibaldi 14, 20121 Milano", "it"),
        ("Rua Augusta, 1508, apto 32, Consolação, São Paulo - SP, 01304-001", "pt-BR"),
        ("Prinsengracht 263, 1016 GV Amsterdam", "nl"),
        ("ul. Mickiewicza 12/4, 60-834 Poznań", "pl"),
        ("Storgatan 15, 753 31 Uppsala", "sv"),
        ("Barbaros Mah. Çiçek Sok. No: 14 D: 6 Üsküdar/İstanbul", "tr"),
        ("ул. Гагарина, д. 18, кв. 42, г. Казань, 420015", "ru"),
        ("Jl. Melati No. 21, RT 04/RW 02, Kel. Cipete, Jakarta Selatan 12410", "id"),
        ("No. 18, Jalan Kenanga 3, Taman Melawati, 53100 Kuala Lumpur", "ms"),
        ("số 25 đường Lê Lợi, phường Bến Thành, quận 1, TP. Hồ Chí Minh", "vi"),
        ("شارع التحلية، حي السليمانية، مبنى 12، الرياض 12243", "ar"),
    ],
)
def test_addresses_as_countries_write_them(address: str, language: str) -> None:
    assert found(f"→ {address}", language) == [" ".join(address.split(" "))]


@pytest.mark.parametrize(
    ("text", "language", "address"),
    [
        ("my address is 12 baker street please", "en", "12 baker street"),
        ("Zandberg 27, 8500 Kortrijk, bus 3", "nl", "Zandberg 27, 8500 Kortrijk, bus 3"),
        ("Address: Rose Cottage, Nether Wallop 7\nPhone: 1", "en", "Rose Cottage, Nether Wallop 7"),
        ("Vivo en Los Alerces 625, Contulmo, 5000\nGracias", "es", "Los Alerces 625, Contulmo, 5000"),
    ],
)
def test_a_word_for_address_or_a_postal_code_is_enough_beside_a_house(text: str, language: str, address: str) -> None:
    assert found(text, language) == [address]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I waited 2 hours on the street", "en"),
        ("120 x 60 x 75 cm", "en"),
        ("Can you deliver to London?", "en"),
        ("I paid 45 in Paris", "en"),
        ("im November 2023 bestellt", "de"),
        ("am 12 Mai im Jahr 2025", "de"),
        ("via mail 5 volte", "it"),
        ("105 kg. Boleh jelaskan", "ms"),
        ("2 av 10 armaturer", "sv"),
        ("lote L-2291", "es"),
        ("CEP 01310-100 tem frete?", "pt-BR"),
        ("Nomor 27 Tahun 2022", "id"),
        ("pincode 793001 pe", "hi-Latn"),
        ("box 14 var tom", "sv"),
        ("The room is 12 m wide, floor 3 is free", "en"),
    ],
)
def test_other_numbers_and_places_are_no_address(text: str, language: str) -> None:
    assert not found(text, language)


def test_an_address_ends_before_the_next_sentence_and_the_signature() -> None:
    assert found("I live at 12 Baker Street, London NW1 6XE. Thanks, Anna") == ["12 Baker Street, London NW1 6XE"]
    assert found("12 Baker Street\nLondon\nNW1 6XE\n\nThanks\nAnna") == ["12 Baker Street\nLondon\nNW1 6XE"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It will be released on March 12, 2027, and shipped then.", "en"),
        ("Es erscheint am 12. März, 2027 folgt der Rest.", "de"),
        ("Released on 3 September, 2027, in all shops.", "en"),
    ],
)
def test_a_date_is_no_address(text: str, language: str) -> None:
    assert found(text, language) == []
