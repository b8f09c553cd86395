from __future__ import annotations

import pytest

from cs_assist.guard import form
from cs_assist.guard.context import Context
from cs_assist.reply.phrases import Leaf, load_phrases, phrase_languages
from cs_assist.triage.language import LanguageReader
from cs_assist.types import Finding

READER = LanguageReader()


def context(language: str = "en", platform: str | None = None, channel: str | None = None) -> Context:
    return Context(language=language, market=None, platform=platform, channel=channel)


@pytest.mark.parametrize(
    "left",
    [
        "{name}",
        "{order_number}",
        "{{ customer.name }}",
        "[Customer Name]",
        "[ORDER_NUMBER]",
        "[EMAIL_1]",
        "[Kundenname]",
        "【姓名】",
        "[nombre del cliente]",
        "○○",
        "%first_name%",
        "XXXX",
        "____",
        "{{имя_клиента}}",
        "{{ग्राहक_का_नाम}}",
        "{ชื่อ ลูกค้า}",
        "${orderId}",
        "$ORDER_ID",
        "$ФАМИЛИЯ",
        "$first_name",
        "<Bestellnummer>",
        "<НОМЕР ЗАКАЗА>",
        "＜お名前＞",
        "%(price)s",
        "%ΌΝΟΜΑ%",
        "#CUSTOMER_NAME#",
        "##betrag##",
        "%s",
        "%2$s",
        "{0}",
        "[NAME]",
        "{{name}}",
    ],
)
def test_a_placeholder_that_was_not_filled_in_blocks(left: str) -> None:
    (found,) = form.placeholders(f"Dear {left}, thank you.")
    assert (found.severity, found.start, found.end) == ("block", 5, 5 + len(left))


def test_a_placeholder_needs_no_space_beside_it() -> None:
    for text, left in (("由XXXX快递派送", "XXXX"), ("亲爱的{姓名}您好", "{姓名}"), ("○○様、ご注文", "○○")):
        (found,) = form.placeholders(text)
        assert text[found.start : found.end] == left


@pytest.mark.parametrize(
    "text",
    [
        "Size XXL or XXXL is in stock.",
        "It costs 20% less than 30% of that.",
        "See our page (FAQ) [1].",
        "See [the FAQ](https://shop.example/faq).",
        "Code SAVE_20",
        "<3 thank you",
        "It is $AUD 50 or US$40, or 50%.",
        "10% oder 20% weniger, 5%até10%",
        "Write to Ana <ana@shop.example> or see <https://shop.example/faq>.",
        "<b>Returns</b><br>We take it back. <strong>Free of charge.</strong>",
        "## Delivery ##",
        "#1001 and #1002, size < 40 > 38",
        "138xxxx5678, MX-XXL2, Foxxxy",
        "20 %d'avis ou 20%s, 5 %dix",
    ],
)
def test_brackets_and_signs_that_say_something_are_no_placeholders(text: str) -> None:
    assert not [*form.placeholders(text)]


MODEL_TALK = {
    "en": [
        "As an AI language model, I cannot open parcels.",
        "Here is a polite reply you can send:",
        "I'm just a language model.",
    ],
    "de": ["Als KI-Sprachmodell kann ich Pakete nicht öffnen.", "Hier ist ein Antwortentwurf:"],
    "fr": ["En tant que modèle de langage, je n'ouvre pas de colis."],
    "es": ["Como modelo de lenguaje no puedo abrir paquetes."],
    "it": ["In quanto modello linguistico, non apro pacchi."],
    "pt": ["Sou apenas um modelo de linguagem."],
    "nl": ["Als AI-taalmodel open ik geen pakketten."],
    "sv": ["Som språkmodell kan jag inte öppna paket."],
    "pl": ["Jestem tylko modelem językowym."],
    "tr": ["Bir dil modeli olarak paketleri açamam."],
    "ru": ["Я всего лишь языковая модель."],
    "ar": ["أنا مجرد نموذج لغوي ولا أفتح الطرود."],
    "hi": ["एक एआई भाषा मॉडल होने के नाते मैं पार्सल नहीं खोलता।"],
    "hi-Latn": ["Ek language model hone ke naate main parcel nahi khol sakta."],
    "id": ["Saya hanya model bahasa."],
    "ms": ["Saya hanyalah model bahasa."],
    "vi": ["Tôi chỉ là một mô hình ngôn ngữ."],
    "th": ["ดิฉันเป็นเพียงโมเดลภาษาค่ะ"],
    "ja": ["私は言語モデルですので、荷物を開けられません。"],
    "ko": ["저는 언어 모델입니다."],
    "zh-Hans": ["我只是一个语言模型。"],
    "zh-Hant": ["我只是一個語言模型。"],
}


@pytest.mark.parametrize(("tag", "text"), [(tag, text) for tag, texts in MODEL_TALK.items() for text in texts])
def test_a_language_models_own_talk_blocks(tag: str, text: str) -> None:
    (found,) = form.model_talk(text, context(tag))
    assert (found.rule, found.severity) == ("model_talk", "block")
    assert 0 <= found.start < found.end <= len(text)


def test_a_model_falls_back_to_english_in_any_language() -> None:
    assert [*form.model_talk("As a language model I cannot. Bonjour !", context("fr"))]
    assert [*form.model_talk("As a language model I cannot.", context("fi"))]


@pytest.mark.parametrize(
    "text",
    [
        "This reply was written automatically by the shop's AI assistant; a person reads along.",
        "The language model kit for children comes with 40 cards.",
        "Here is the answer to your question: it fits.",
        "Of course, here is a suggestion: take size M.",
        "Here's the reply of the carrier: the parcel is in Leeds.",
        "Here is the draft of your portrait; tell us what to change.",
        "Here's a revised version of the engraving.",
        "Let me know if you'd like to adjust the size, or want me to shorten the chain.",
        "The watch keeps your training data.",
    ],
)
def test_what_people_say_is_no_models_talk(text: str) -> None:
    assert not [*form.model_talk(text, context("en"))]


@pytest.mark.parametrize("tag", sorted(phrase_languages()))
def test_the_notice_that_a_reply_is_automatic_is_no_models_talk(tag: str) -> None:
    said = [wording for wording in _texts(load_phrases(tag).ai_notice)]
    assert said
    assert not [found for text in said for found in form.model_talk(text, context(tag))]


@pytest.mark.parametrize("shown", ["**in stock**", "# Delivery", "## Größe", "[our page](https://shop.example/a)"])
def test_markdown_is_warned_of_where_it_is_shown_as_it_is_written(shown: str) -> None:
    text = f"Thanks!\n{shown}"
    (found,) = form.markup(text, context(platform="etsy"))
    assert (found.severity, found.start) == ("warn", len("Thanks!\n"))
    assert [*form.markup(text, context(channel="whatsapp"))]
    assert not [*form.markup(text, context(platform="own_shop", channel="email"))]


@pytest.mark.parametrize(
    "text", ["Price** without VAT, size* M, 2 ** 3 ** 4", "#1001 is here\n# 1001", "Item [A] (https://a.example)"]
)
def test_stars_and_signs_are_no_markdown(text: str) -> None:
    assert not [*form.markup(text, context(platform="etsy"))]


@pytest.mark.parametrize(
    ("where", "length", "severity"),
    [
        ({"platform": "mercado_libre"}, 350, "block"),
        ({"platform": "amazon"}, 2000, "block"),
        ({"channel": "whatsapp"}, 4096, "block"),
        ({"channel": "live_chat"}, 1500, "warn"),
    ],
)
def test_a_text_longer_than_its_place_is_found(where: dict[str, str], length: int, severity: str) -> None:
    assert not [*form.length("." * length, context(**where))]
    (finding,) = form.length("." * (length + 1), context(**where))
    assert (finding.rule, finding.severity, finding.start, finding.end) == ("length", severity, length, length + 1)


def test_a_long_mail_has_no_limit() -> None:
    assert not [*form.length("." * 50_000, context(channel="email"))]


@pytest.mark.parametrize(
    ("text", "language", "fits"),
    [
        ("Vielen Dank für Ihre Nachricht, wir melden uns bald.", "de", True),
        ("Vielen Dank für Ihre Nachricht, wir melden uns bald.", "en", False),
        ("Gracias por su mensaje, le responderemos pronto.", "es-419", True),
        ("我們會盡快回覆您的訊息，感謝您的耐心等候與支持。", "zh-Hans", False),
        ("Danke!", "en", True),
    ],
)
def test_a_text_in_another_language_blocks(text: str, language: str, fits: bool) -> None:
    found: list[Finding] = [*form.language(text, context(language), lambda t: READER.read(t)[0])]
    assert [f.severity for f in found] == ([] if fits else ["block"])


def _texts(leaf: Leaf) -> tuple[str, ...]:
    return leaf if isinstance(leaf, tuple) else (*leaf.formal, *leaf.informal)


def wordings(leaf: Leaf, register: str) -> tuple[str, ...]:
    return leaf if isinstance(leaf, tuple) else getattr(leaf, register)


@pytest.mark.parametrize("register", ["formal", "informal"])
@pytest.mark.parametrize("language", sorted(phrase_languages()))
def test_the_shops_own_notices_read_as_their_language(language: str, register: str) -> None:
    """As short as they come: later in a chat, without greeting or signature."""
    bank = load_phrases(language)
    blocked = []
    for name in type(bank.handover).model_fields:
        for wording in wordings(getattr(bank.handover, name), register):
            for later in wordings(bank.handover_time.unknown, register) if name != "self_harm" else ("",):
                text = bank.joiner.join([wording, later])
                if "language" in [f.rule for f in form.language(text, context(language), lambda t: READER.read(t)[0])]:
                    blocked.append((name, text))
    assert blocked == []


def test_the_language_of_short_texts_is_not_asked() -> None:
    asked: list[str] = []

    def identify(text: str) -> tuple[str, float]:
        asked.append(text)
        return "de", 1.0

    assert not [*form.language("Hi there", context(), identify)]
    assert asked == []
