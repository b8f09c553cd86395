from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.culture import Look
from cs_assist.guard.culture_data import load_culture
from cs_assist.guard.foreign import foreign
from cs_assist.triage.language import LanguageReader

READER = LanguageReader()


def read(text: str, language: str, customer: str = "") -> list[str]:
    known = load_culture(language)
    assert known is not None
    where = Context(language=language, market=None, platform=None, channel="email", customer_text=customer)
    return [text[f.start : f.end] for f in foreign(Look(text, where, known), lambda t: READER.read(t)[0])]


def test_one_sentence_in_another_language_is_found_with_its_span() -> None:
    odd = "Wir melden uns so bald wie möglich bei Ihnen."
    assert read(f"Your parcel left our warehouse on Monday. {odd} Thank you.", "en") == [odd]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ihr Modell ist da. Apple iPhone Pro Max Silicone Case. Danke.", "de"),
        ("Ihr Kissen ist da. Es heißt „Sweet dreams are made of this and that“. Danke.", "de"),
        ("Ваш заказ готов. https://shop.example/orders/please-see-your-order-here Спасибо.", "ru"),
        ("Pesanan sudah dikirim. Terima kasih atas kesabaran Anda menunggu pesanan ini.", "ms"),
    ],
)
def test_names_links_and_near_languages_are_none(text: str, language: str) -> None:
    assert read(text, language) == []


def test_the_customers_own_sentence_may_be_repeated() -> None:
    said = "Where is the parcel that I ordered last week?"
    assert read(f"Sie schrieben: {said} Das prüfen wir gern.", "de", customer=said) == []
    assert read(f"Sie schrieben uns.\n{said}\nDas prüfen wir gern.", "de", customer=said) == []


def test_a_guess_that_is_not_sure_is_no_finding() -> None:
    known = load_culture("de")
    assert known is not None
    where = Context(language="de", market=None, platform=None, channel=None)
    look = Look("Das ist der erste Satz. Lampshade reassembly guideline compendium.", where, known)
    assert [*foreign(look, lambda _: ("en", 0.8))] == []


@pytest.mark.parametrize(
    ("text", "language", "odd"),
    [
        ("De bestelling is klaar. Sie können das Paket abholen. Tot snel.", "nl", "Sie können das Paket abholen."),
        ("Paketet är klart. Varen kan dessverre ikke sendes. Tack.", "sv", "Varen kan dessverre ikke sendes."),
        ("Aapka order kal aayega. Please keep the invoice with you for the technician. Dhanyavaad.", "hi-Latn",
         "Please keep the invoice with you for the technician."),
        ("您好，可以退货。Sila hubungi kami untuk penghantaran.谢谢您。", "zh-Hans", "Sila hubungi kami untuk penghantaran."),
        ("สวัสดีค่ะ Please send us a photo of the label. ขอบคุณค่ะ", "th", "Please send us a photo of the label."),
        ("Заказ готов. Mozhno zabrat ego zavtra utrom. Ждём вас.", "ru", "Mozhno zabrat ego zavtra utrom."),
        ("请带上证件，xièxie nín de hézuò，谢谢。", "zh-Hans", "xièxie nín de hézuò"),
    ],
)  # fmt: skip
def test_the_little_words_tell_the_language_without_the_identifier(text: str, language: str, odd: str) -> None:
    known = load_culture(language)
    assert known is not None
    look = Look(text, Context(language=language, market=None, platform=None, channel="email"), known)
    assert odd in [text[f.start : f.end].strip() for f in foreign(look, lambda _: ("und", 0.0))]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Film ist da. Sie sehen „The Lord of the Rings“ am 19. November per Post. Danke.", "de"),
        ("Kasutnya sudah sampai. Jangan guna lagi ya. Terima kasih.", "ms"),
        ("สินค้า Wireless Charging Stand Pro พร้อมส่งค่ะ", "th"),
        ("Ce ne scusiamo. Il pacco arriva domani. Grazie mille.", "it"),
    ],
)
def test_titles_names_and_short_words_are_no_foreign_sentence(text: str, language: str) -> None:
    known = load_culture(language)
    assert known is not None
    look = Look(text, Context(language=language, market=None, platform=None, channel="email"), known)
    assert [*foreign(look, lambda _: ("und", 0.0))] == []
