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
    ],
)
def test_brackets_and_signs_that_say_something_are_no_placeholders(text: str) -> None:
    assert not [*form.placeholders(text)]


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
