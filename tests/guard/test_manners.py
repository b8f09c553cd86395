from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.culture import Look
from cs_assist.guard.culture_data import load_culture
from cs_assist.guard.manners import manners


def read(
    text: str, language: str = "en", market: str | None = "GB", channel: str = "email", customer: str = ""
) -> dict[str, str]:
    known = load_culture(language)
    assert known is not None
    where = Context(language=language, market=market, platform=None, channel=channel, customer_text=customer)
    return {f.rule.removeprefix("culture_"): f.severity for f in manners(Look(text, where, known))}


def test_a_softened_refusal_passes() -> None:
    assert "refusal" in read("That is not possible. The time is over.")
    assert "refusal" not in read("Unfortunately, that is not possible. We can offer an exchange.")


def test_a_direct_market_only_takes_note_of_a_blunt_refusal() -> None:
    assert read("That is not possible.", market="US")["refusal"] == "note"
    assert read("That is not possible.", market="GB")["refusal"] == "warn"


def test_an_apology_is_expected_where_the_customer_complains() -> None:
    complaint = "The lamp arrived broken and two parts are missing."
    cold = "Please send us a photo of the lamp and your order number."
    assert read(cold, customer=complaint)["no_apology"] == "warn"
    assert "no_apology" not in read(f"We are sorry to hear this. {cold}", customer=complaint)
    assert "no_apology" not in read(cold, customer="How do I send the lamp back?")
    assert (
        read("Bitte senden Sie uns ein Foto.", "de", "DE", customer="Die Lampe ist kaputt und es fehlt ein Teil!")["no_apology"]
        == "note"
    )


def test_grovelling_is_too_much_where_apology_is_sparing() -> None:
    text = "Es tut uns leid. Wir bitten um Entschuldigung für den Fehler. Wir bedauern das Missverständnis zutiefst."
    assert read(text, "de", "DE")["many_apologies"] == "warn"
    assert "many_apologies" not in read(text, "de", "CH")


@pytest.mark.parametrize(
    ("text", "language", "market", "missing"),
    [
        ("Merhaba Mehmet, kargonuz yolda.", "tr", "TR", True),
        ("Merhaba Mehmet Bey, kargonuz yolda.", "tr", "TR", False),
        ("Merhaba, kargonuz yolda.", "tr", "TR", False),
        ("山本、ありがとうございます。", "ja", "JP", True),
        ("山本様、ありがとうございます。", "ja", "JP", False),
        ("山口県への送料は無料です。", "ja", "JP", False),
        ("안녕하세요, 이영희. 감사합니다.", "ko", "KR", True),
        ("안녕하세요, 이영희 고객님. 감사합니다.", "ko", "KR", False),
        ("王伟，您的包裹已发出。", "zh-Hans", "CN", True),
        ("王伟先生，您的包裹已发出。", "zh-Hans", "CN", False),
        ("Halo Kak Dewi, pesanan dikirim.", "id", "ID", False),
    ],
)
def test_a_name_without_its_honorific(text: str, language: str, market: str, missing: bool) -> None:
    assert ("honorific" in read(text, language, market)) is missing


def test_emoji_follow_market_and_customer() -> None:
    assert "emoji" in read("お届けします😊", "ja", "JP")
    assert "emoji" in read("On its way 😊", customer="Where is it?")
    assert "emoji" not in read("On its way 😊", customer="Where is it? 🙂")
    assert "emoji" in read("We will look into it 😊", customer="It is broken! 😡")
    assert "emoji" not in read("Chega amanhã 😊", "pt-BR", "BR", customer="Quando chega?")


@pytest.mark.parametrize("text", ["Please use a USB HDMI cable.", "DHL and UPS deliver it.", "Your code is SAVE."])
def test_short_names_in_capitals_are_no_shouting(text: str) -> None:
    assert "shouting" not in read(text)


def test_shouting() -> None:
    assert "shouting" in read("PLEASE READ THE DESCRIPTION first.")
    assert "shouting" in read("It is here!!")


def test_what_the_customer_says_may_be_said() -> None:
    assert "hey" in read("Salut, votre colis est parti.", "fr", "FR")
    assert "hey" not in read("Salut, votre colis est parti.", "fr", "FR", customer="Salut, où est mon colis ?")


@pytest.mark.parametrize(
    ("text", "language", "market", "rule"),
    [
        ("With all due respect, the manual says so.", "en", "GB", "condescend"),
        ("Bitte beruhigen Sie sich erst einmal.", "de", "DE", "calm"),
        ("请您先冷静，我们马上处理。", "zh-Hans", "CN", "calm"),
        ("La próxima vez le pedimos que lea las condiciones.", "es", "ES", "condescend"),
        ("Bij die prijs: goedkoop is duurkoop.", "nl", "NL", "shrug"),
        ("Wir sind am Boden zerstört.", "de", "DE", "many_apologies"),
        ("Vi ber om tusen ursäkter.", "sv", "SE", "many_apologies"),
    ],
)
def test_politeness_that_offends(text: str, language: str, market: str, rule: str) -> None:
    assert rule in read(text, language, market)


def test_only_a_complaint_is_forgiven() -> None:
    assert "forgives" in read("Never mind, we will send a new one.", customer="The lamp is broken.")
    assert "forgives" not in read("Never mind, we will send a new one.", customer="I forgot to add the second one.")


@pytest.mark.parametrize(("text", "seen"), [("Thanks. No. The price stays.", True), ("Thanks. No problem at all.", False)])
def test_a_bare_no_is_noted(text: str, seen: bool) -> None:
    assert ("refusal" in read(text)) is seen


def test_an_emoji_beside_condolences_warns() -> None:
    assert read("Nossos sentimentos pelo falecimento. 🎈", "pt-BR", "BR")["emoji"] == "warn"


def test_a_limit_behind_an_answer_is_no_blunt_refusal() -> None:
    answer = "Yes, the coat comes in red. It is 80 cm long. It is in the shop today. Another colour is not possible."
    assert read(answer)["refusal"] == "note"
    assert read("That is not possible. The coat comes in red. It is 80 cm long. It is in the shop today.")["refusal"] == "warn"


def test_abbreviations_of_the_customer_and_letters_without_case_are_no_shouting() -> None:
    assert "shouting" not in read("Pay with PAYLATER, KLARNA here.", customer="Do you take PAYLATER, KLARNA?")
    assert "shouting" in read("Pay with PAYLATER, KLARNA here.")
    assert "shouting" not in read("HDMI-Cで接続できます。", "ja", "JP")


def test_a_smiley_answers_a_smiley() -> None:
    assert read("O anel chega amanhã 🙂", "pt-BR", "BR", customer="meu anel veio quebrado 😭")["emoji"] == "note"
    assert read("O anel chega amanhã 🙂", "pt-BR", "BR", customer="meu anel veio quebrado")["emoji"] == "warn"


@pytest.mark.parametrize(
    ("language", "market", "text", "rule"),
    [
        ("en", "GB", "That is not how you should have been treated.", "blame"),
        ("zh-Hant", "TW", "難怪您這麼著急。", "blame"),
        ("fr", "FR", "Le bracelet est sans nickel.", "slang"),
        ("tr", "TR", "Adresiniz aynen böyle mi?", "slang"),
    ],
)
def test_other_senses_of_a_word_pass(language: str, market: str, text: str, rule: str) -> None:
    assert rule not in read(text, language, market)
