from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.obfuscation import contacts

PIECES = [
    "joe",
    "@",
    "(at)",
    " at ",
    "shop",
    ".",
    " dot ",
    "com",
    "w h a t s a p p",
    "+49",
    "151",
    "2345678",
    "👩",
    "٣",
    "\u200b",
    "ѕ",
]
PARTS = st.sampled_from(PIECES)


def kinds(text: str, language: str = "en", **values: object) -> list[tuple[str, str]]:
    return [(contact.kind, contact.shown) for contact in contacts(text, language, **values)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("Write to joe@shop.example now", "email", "joe@shop.example"),
        ("joe (at) shop (dot) com", "email", "joe (at) shop (dot) com"),
        ("joe[@]shop.com", "email", "joe[@]shop.com"),
        ("jое@ѕhop.com", "email", "jое@ѕhop.com"),
        ("see https://a.example/b.", "link", "https://a.example/b"),
        ("see shop[.]com", "link", "shop[.]com"),
        ("on wh4ts4pp", "messenger", "wh4ts4pp"),
        ("on w-h-a-t-s-a-p-p", "messenger", "w-h-a-t-s-a-p-p"),
        ("on whаtѕарр", "messenger", "whаtѕарр"),
        ("on Ｔｅｌｅｇｒａｍ", "messenger", "Ｔｅｌｅｇｒａｍ"),
        ("our t\u200belegram", "messenger", "t\u200belegram"),
        ("call +1 (212) 555-0142 today", "phone", "+1 (212) 555-0142"),
        ("phone ٠٥٥١٢٣٤٥٦٧", "phone", "٠٥٥١٢٣٤٥٦٧"),
        ("find @shop_88", "handle", "@shop_88"),
        ("call us 4️⃣1️⃣5️⃣5️⃣5️⃣5️⃣0️⃣1️⃣3️⃣2️⃣", "phone", "4️⃣1️⃣5️⃣5️⃣5️⃣5️⃣0️⃣1️⃣3️⃣2️⃣"),
        ("🆆🅷🅐🆃🆂🅰🅿🅿 me", "messenger", "🆆🅷🅐🆃🆂🅰🅿🅿"),
        ("🇼🇭🇦🇹🇸🇦🇵🇵 me", "messenger", "🇼🇭🇦🇹🇸🇦🇵🇵"),
        ("What’s App me", "messenger", "What’s App"),
        ("on d1sc0rd", "messenger", "d1sc0rd"),
        ("join discord.gg/abc", "link", "discord.gg/abc"),
        ("gmail: best.shop88", "messenger", "gmail: best.shop88"),
        ("it is 212 five five five 0142", "phone", "212 five five five 0142"),
    ],
)
def test_contact_data_is_found_however_it_is_written(text: str, kind: str, shown: str) -> None:
    assert (kind, shown) in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Order 112-1234567-1234567 of 2026-11-20",
        "Your tracking number is 12345678901234.",
        "It costs 1 250 000 or 1.250.000.",
        "From 10.05.2026 to 12.05.2026, 9:00-17:00",
        "Sizes 36 38 40 42 44 46",
        "Größen 36/38/40/42/44, 46-44-42-40-38, 110 116 122 128 134",
        "Phone cases: 36 38 40 42 44",
        "Node.js and ASP.NET are not needed, and Booking.com vouchers are not sold here.",
        "Our microphone stands next to the Discord speaker.",
        "A telegram-style card and a set of Instagram frames",
        "The Facebook-blue cushion, the Skype certified headset",
        "Taille trente-six, trente-huit, quarante, quarante-deux et quarante-quatre",
        "e.g. this, i.e. that",
        "It has arrived.It is there.",
        "Paid by WeChat Pay and LINE Pay",
        "One, two or three of the four boxes",
    ],
)
def test_numbers_and_dots_of_a_service_reply_are_no_contact_data(text: str) -> None:
    assert kinds(text) == []


def test_a_number_of_the_order_is_no_telephone_number_unless_it_is_called_one() -> None:
    assert kinds("It is 0171 2345678.", evidence=("parcel 01712345678",)) == []
    assert kinds("Phone 0171 2345678.", evidence=("parcel 01712345678",)) == [("phone", "0171 2345678")]


def test_the_platforms_own_pages_and_the_carriers_are_no_way_out() -> None:
    assert kinds("See www.ebay.com/help and https://www.dhl.de/x", platform="ebay") == []
    assert kinds("See www.ebay.com/help", platform="amazon") == [("link", "www.ebay.com/help")]
    assert kinds("See www.ebay.com.evil.net", platform="ebay") == [("link", "www.ebay.com.evil.net")]


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        (
            "fr",
            "C'est le zéro six douze trente-quatre cinquante-six soixante-dix-huit.",
            "zéro six douze trente-quatre cinquante-six soixante-dix-huit",
        ),
        (
            "fr",
            "Appelez le quatre-vingt-dix douze quatorze seize vingt et un.",
            "quatre-vingt-dix douze quatorze seize vingt et un",
        ),
        (
            "tr",
            "Numaram sıfır beş yüz kırk bir iki yüz on üç elli beş altmış altı",
            "sıfır beş yüz kırk bir iki yüz on üç elli beş altmış altı",
        ),
    ],
)
def test_a_number_that_is_said_by_tens_is_a_phone_number(language: str, text: str, shown: str) -> None:
    assert ("phone", shown) in kinds(text, language)


@given(st.lists(st.one_of(PARTS, st.text(max_size=5)), max_size=12).map("".join), st.sampled_from(["en", "ru", "ja", "th", "ar"]))
def test_any_text_can_be_read_and_spans_fit(text: str, language: str) -> None:
    for contact in contacts(text, language):
        assert 0 <= contact.start < contact.end <= len(text)
        assert contact.shown == text[contact.start : contact.end]
