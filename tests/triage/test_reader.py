from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import HeadMismatchError
from cs_assist.triage.cleaning import html_to_text
from cs_assist.triage.reader import MessageReader
from cs_assist.triage.training import Example, save, train_intents
from cs_assist.types import Emotion, Intent, Message, Triage


def read(reader: MessageReader, text: str, **fields: object) -> Triage:
    return reader(Message.model_validate({"id": "1", "text": text, "channel": "live_chat", **fields}))


@pytest.mark.parametrize(
    ("text", "market", "language"),
    [
        ("Wo bleibt mein Paket? Ich warte seit Tagen.", "DE", "de"),
        ("¿Cuándo llega mi pedido?", "MX", "es-419"),
        ("¿Cuándo llega mi pedido?", "PE", "es-419"),  # no market data: by the CLDR
        ("¿Cuándo llega mi pedido?", "ES", "es"),
        ("Quando chega o meu pedido?", "BR", "pt-BR"),
        ("荷物がまだ届きません。", "JP", "ja"),
        ("mera parcel kab tak aayega bhai", "IN", "hi-Latn"),
        ("请问什么时候发货？", "CN", "zh-Hans"),
        ("請問什麼時候會出貨？", "TW", "zh-Hant"),
        ("أين طلبي؟", "SA", "ar"),
    ],
)
def test_the_language_is_told_from_words_and_market(reader: MessageReader, text: str, market: str, language: str) -> None:
    assert read(reader, text, market=market).language == language


@pytest.mark.parametrize("answer", ["no", "ok", "merci", "ja", "si"])
def test_a_short_answer_is_in_the_language_that_is_spoken(reader: MessageReader, answer: str) -> None:
    history = [
        {"role": "customer", "text": "Which payment methods do you accept?"},
        {"role": "bot", "text": "Cards and PayPal. Is there anything else?"},
    ]
    assert read(reader, answer, market="US", history=history).language == "en"


def test_another_sentence_is_in_its_own_language(reader: MessageReader) -> None:
    history = [{"role": "customer", "text": "Which payment methods do you accept?"}]
    assert read(reader, "Merci, et le paiement à la livraison ?", market="US", history=history).language == "fr"


@pytest.mark.parametrize("text", ["Thanks!", "vielen Dank", "ありがとうございます。", "спасибо :)", "谢谢", "cảm ơn shop"])
def test_thanks_alone_are_flagged(reader: MessageReader, text: str) -> None:
    triage = read(reader, text)
    assert triage.bare
    assert "thanks" in triage.flags
    assert "thanks" not in read(reader, f"{text} - 114-5520917").flags


def test_a_text_without_words_takes_the_markets_language_as_a_guess(reader: MessageReader) -> None:
    assert read(reader, "👍👍", market="SE").language == "sv"
    assert read(reader, "👍👍").language == "und"
    assert "no_words" in read(reader, "👍👍").flags


def test_probabilities_are_ranked_complete_and_sum_to_one(reader: MessageReader) -> None:
    triage = read(reader, "My kettle arrived broken, can I send it back?")
    names = [name for name, _ in triage.intents]
    values = [p for _, p in triage.intents]
    assert sorted(names) == sorted(intent.value for intent in Intent)
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(1, abs=0.01)
    assert sorted(name for name, _ in triage.emotions) == sorted(emotion.value for emotion in Emotion)
    assert triage.intent == names[0]


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("The charger caught fire last night and burnt my hand", "safety_issue"),
        ("If I don't hear back I will sue you", "legal_threat"),
        ("I want to speak to a human being please", "human_request"),
    ],
)
def test_a_stated_rule_is_visible_with_its_span_and_decides(reader: MessageReader, text: str, signal: str) -> None:
    triage = read(reader, text)
    hit = next(hit for hit in triage.hits if hit.signal == signal)
    assert 0 <= hit.start < hit.end <= len(text)
    assert f"rule:{signal}" in triage.flags
    assert triage.intent == signal


@pytest.mark.parametrize("text", ["The power bank exploded in my bag", "I have a lawyer and will sue you"])
def test_the_gravest_messages_are_critical_whatever_was_learned(reader: MessageReader, text: str) -> None:
    triage = read(reader, text)
    assert (triage.urgency.value, triage.priority) == ("critical", "P1")


def test_spans_refer_to_the_original_mail(reader: MessageReader) -> None:
    text = "Dear shop,\n\n> you wrote: order 111\nmy order is 114-5520917-1234567.\n"
    triage = read(reader, text, channel="email")
    entity = next(e for e in triage.entities if e.value == "114-5520917-1234567")
    assert text[entity.start : entity.end] == entity.value


def test_html_is_read_in_place_of_text(reader: MessageReader) -> None:
    triage = read(reader, "ignored", html="<p>Where is my parcel?</p><blockquote>old</blockquote>", channel="email")
    assert triage.text == "Where is my parcel?"


def test_a_batch_reads_like_one_by_one(reader: MessageReader) -> None:
    texts = ["Where is my parcel?", "Ich möchte mein Geld zurück!", "hello", "领导要发票，麻烦开一下"]
    batch = reader.read_many([Message(id=str(i), text=text) for i, text in enumerate(texts)])
    assert [t.language for t in batch] == [read(reader, text, channel="email").language for text in texts]
    assert [t.text for t in batch] == texts


def test_a_bare_answer_is_never_dissatisfied(reader: MessageReader) -> None:
    for text in ("ok", "114-5520917-1234567", "[photo]"):
        triage = read(reader, text)
        assert triage.bare
        assert triage.unsure
        assert not triage.dissatisfied


def test_heads_of_another_encoder_are_refused(encoder: OnnxEncoder) -> None:
    class Other:
        revision = "other@1"

        def encode_messages(self, texts: list[str]) -> object:
            return encoder.encode_messages(texts)

    with pytest.raises(HeadMismatchError, match="trained on encoder"):
        MessageReader(Other(), market_languages={})  # type: ignore[arg-type]


@settings(max_examples=60)
@given(text=st.text(max_size=300), channel=st.sampled_from(["live_chat", "email"]))
def test_any_text_is_read_and_spans_lie_inside_it(reader: MessageReader, text: str, channel: str) -> None:
    triage = read(reader, text, channel=channel)
    message = Message(id="1", text=text)
    for part in (*triage.entities, *triage.hits):
        assert 0 <= part.start < part.end <= len(message.text)


ASKED = "Which of the two chargers comes with my order?"


def history(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "text": text} for role, text in turns]


def test_the_same_question_again_after_an_answer_is_more_dissatisfied(reader: MessageReader) -> None:
    before = history(("customer", ASKED), ("bot", "Our opening hours are 9 to 5."))
    assert read(reader, ASKED, history=before).p_dissatisfied > read(reader, ASKED).p_dissatisfied


@pytest.mark.parametrize(
    "question",
    [
        "Do you also post to Iceland?",
        "Livrez-vous aussi la Réunion ?",
        "北海道へは送ってもらえますか",
        "冰岛可以寄到吗，要多少钱",
        "هل تشحنون إلى البحرين؟",
    ],
)
def test_the_same_words_again_after_the_shop_has_spoken_are_displeasure(reader: MessageReader, question: str) -> None:
    answered = read(reader, question, history=history(("customer", question), ("bot", "We open at 9:00.")))
    assert answered.dissatisfied
    assert "rule:repeated" in answered.flags
    unanswered = read(reader, question, history=history(("customer", question)))
    assert "rule:repeated" not in unanswered.flags


def test_thanks_said_again_are_no_displeasure(reader: MessageReader) -> None:
    said = "Vielen herzlichen Dank für Ihre Hilfe!"
    again = read(reader, said, history=history(("customer", said), ("agent", "Sehr gern.")))
    assert not again.dissatisfied


@pytest.mark.parametrize("text", ["😡😡", "👎", "Danke für nichts 🤬"])
def test_a_sign_that_is_sent_in_anger_is_displeasure_and_no_bare_answer(reader: MessageReader, text: str) -> None:
    result = read(reader, text)
    assert result.dissatisfied
    assert not result.bare
    assert "rule:angry_sign" in result.flags


@pytest.mark.parametrize("text", ["How much longer am I supposed to wait?", "このままでは困ります。", "Keterlaluan ya."])
def test_a_set_phrase_of_displeasure_is_displeasure_with_its_words_marked(reader: MessageReader, text: str) -> None:
    result = read(reader, text)
    assert result.dissatisfied
    assert "rule:displeased" in result.flags
    assert [hit.signal for hit in result.hits] == ["displeased"]
    assert result.grave_hits == ()


@pytest.mark.parametrize("text", ["Wo bleibt mein Paket? Ich bin stinksauer!", "Я в ярости! Где посылка?"])
def test_stated_anger_is_no_worry(reader: MessageReader, text: str) -> None:
    assert read(reader, text).emotion in ("angry", "frustrated", "disappointed")


def test_a_set_phrase_of_somebody_who_is_happy_is_none(reader: MessageReader) -> None:
    result = read(reader, "Ridiculous how lovely these cups are, we love them! 😍")
    assert result.hits
    assert not result.dissatisfied
    assert "rule:displeased" not in result.flags


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Put me through to a human, the kettle caught fire", "safety_issue"),
        ("Quiero hablar con una persona, el cargador se incendió", "safety_issue"),
        ("Ich gehe zum Anwalt, der Akku ist explodiert", "safety_issue"),
    ],
)
def test_of_two_grave_matters_that_are_stated_the_graver_leads(reader: MessageReader, text: str, first: str) -> None:
    result = read(reader, text)
    assert result.intent == first
    assert abs(sum(p for _, p in result.intents) - 1) < 1e-3


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("The blue kettle from order 88123 was due on Monday and tracking says nothing new. When will it come? Get me a human.",
         "human_request"),
        ("Die Vase aus Bestellung 88123 sollte am Montag ankommen, seitdem tut sich nichts. Wann kommt sie? "
         "Verbinden Sie mich mit einem Mitarbeiter.", "human_request"),
        ("Когда придёт ваза из заказа 88123? Обещали в понедельник, статус старый. Соедините с оператором.", "human_request"),
        ("花瓶的订单88123本来周一到，物流一直没动，什么时候能到？转人工。", "human_request"),
        ("¿Me mandan la factura del pedido 88123? Todo puntual. La batería del taladro explotó anoche.", "safety_issue"),
        ("注文88123の領収書をお願いします。配送は早くて助かりました。昨夜、充電器から煙が出ました。", "safety_issue"),
    ],
)  # fmt: skip
def test_what_is_grave_and_stated_in_a_sentence_leads_whatever_the_rest_is_about(
    reader: MessageReader, text: str, intent: str
) -> None:
    found = read(reader, text)
    assert found.intent == intent
    assert abs(sum(p for _, p in found.intents) - 1) < 0.01


def test_a_manager_whom_a_sentence_only_mentions_is_not_asked_for(reader: MessageReader) -> None:
    text = "I wrote 100 bags and need 10. The invoice is on my manager's desk and she is back in an hour. Please cancel the rest."
    assert read(reader, text).intent == "cancel_order"


def test_turns_of_the_shop_alone_change_nothing_but_the_language(reader: MessageReader) -> None:
    alone = read(reader, ASKED)
    assert read(reader, ASKED, history=history(("bot", "How can we help?"))).p_dissatisfied == alone.p_dissatisfied


def test_earlier_turns_tell_the_language_of_a_short_one(reader: MessageReader) -> None:
    before = history(("customer", "Hej, jag undrar när mitt paket kommer fram?"), ("agent", "Vi tittar på det."))
    assert read(reader, "ok 123", history=before).language == "sv"


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de-DE", "de"),
        ("EN_gb", "en"),
        ("zh-TW", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("es-MX", "es-419"),
        ("hi-Latn-IN", "hi-Latn"),
    ],
)
def test_a_hint_at_the_language_is_taken_in_any_form(reader: MessageReader, tag: str, language: str) -> None:
    assert read(reader, "12345", language=tag).language == language


@pytest.mark.parametrize(
    ("text", "earlier", "market", "language"),
    [
        ("Oi! Cadê meu pacote, moro em Madri", None, "ES", "pt-BR"),
        ("me lo podéis mandar a Bilbao?", None, "MX", "es"),
        ("y entonces?", "ahorita no tengo señal en el celular", "ES", "es-419"),
        ("não recebi o reembolso", "enviem para a minha morada, estou a aguardar", None, "pt"),
    ],
)
def test_the_style_is_told_from_the_wording_of_the_whole_conversation(
    reader: MessageReader, text: str, earlier: str | None, market: str | None, language: str
) -> None:
    before = history(("customer", earlier), ("bot", "Un momento.")) if earlier else []
    assert read(reader, text, history=before, market=market).language == language


@pytest.mark.parametrize("said", ["no", "tak", "si", "ja"])
def test_an_earlier_word_of_many_languages_tells_none(reader: MessageReader, said: str) -> None:
    before = history(("bot", "Is this about your order?"), ("customer", said), ("bot", "Your order number?"))
    assert read(reader, "12345", history=before, market="GB").language == "en"


def test_the_latest_turns_tell_the_language_and_the_shops_where_the_customer_has_said_none(reader: MessageReader) -> None:
    turns = (
        ("customer", "Good morning, could you tell me about the blue one? " * 12),
        ("customer", "Bitte auf Deutsch, danke"),
    )
    assert read(reader, "ok", history=history(*turns)).language == "de"
    assert read(reader, "12345", history=history(("bot", "Wie lautet bitte Ihre Bestellnummer?"))).language == "de"


def test_what_is_asked_besides_is_ranked_and_never_the_primary_intent(reader: MessageReader) -> None:
    triages = [
        read(reader, "My parcel is two weeks late and nobody answers, so I want my money back."),
        read(reader, "The lamp arrived broken. Please swap it for a new one."),
        read(reader, "Wo bleibt mein Paket? Falls es nicht bis Freitag da ist, möchte ich stornieren."),
        read(reader, "Quanto custa o frete pra Recife? E aceita pix?"),
    ]
    assert any(triage.secondary for triage in triages)
    for triage in triages:
        values = [p for _, p in triage.secondary]
        assert triage.intent not in dict(triage.secondary)
        assert values == sorted(values, reverse=True)


def test_an_unsure_reading_says_so_and_a_plain_one_does_not(reader: MessageReader) -> None:
    plain = read(reader, "Please cancel my order, I changed my mind.")
    vague = read(reader, "the blue one then")
    assert not plain.unsure
    assert "unsure" not in plain.flags
    assert vague.unsure
    assert "unsure" in vague.flags


def test_a_sellers_own_intents_take_the_place_of_the_shipped_ones(encoder: OnnxEncoder, tmp_path: Path) -> None:
    rows = {
        "engraving": [
            "Can you engrave a name on it?",
            "I want initials on the ring",
            "Gravur mit Datum möglich?",
            "put my dog's name on it",
        ],
        "ring_resize": [
            "The ring is too tight, can you widen it?",
            "make it two sizes larger",
            "Ring weiter machen lassen",
            "my finger is bigger",
        ],
    }
    examples = [Example(text, intent, 1) for intent, texts in rows.items() for text in texts]
    save(train_intents(examples, encoder, seed=1), tmp_path / "own")
    own = MessageReader(encoder, market_languages={}, own_intents=tmp_path / "own")
    assert read(own, "Could you engrave our wedding date?").intent == "engraving"
    names = {name for name, _ in read(own, "hello").intents}
    assert names == {*rows, "safety_issue", "legal_threat", "human_request"}
    assert read(own, "The ring's battery caught fire and burnt my hand").intent == "safety_issue"


def test_the_order_that_a_marketplaces_wrapper_names_is_found(reader: MessageReader) -> None:
    words = "----- Begin message -----\n\nWhere is it?\n\n----- End message -----\n"
    text = f"You have received a message.\nOrder ID: 114-5520917-1234567\n\n{words}"
    triage = read(reader, text, channel="marketplace")
    assert triage.text == "Where is it?"
    assert [text[e.start : e.end] for e in triage.entities if e.type == "order_number"] == ["114-5520917-1234567"]


def test_in_a_mail_too_the_order_that_the_wrapper_names_is_found_but_not_that_of_an_earlier_mail(reader: MessageReader) -> None:
    text = "Message from Amazon buyer Anna:\nOrder ID: 114-5520917-1234567\n\nWhere is my parcel?"
    triage = read(reader, text, channel="email")
    assert triage.text == "Where is my parcel?"
    assert [text[e.start : e.end] for e in triage.entities] == ["114-5520917-1234567"]
    quoted = "On 5 May 2026 at 9:30 Shop <a@shop.example> wrote:\n> Order 114-5520917-1234567\n\nWhere is my parcel?"
    assert read(reader, quoted, channel="email").entities == ()


def test_html_without_words_leaves_the_plain_text_to_be_read(reader: MessageReader) -> None:
    triage = read(reader, "The charger caught fire and burnt my hand", html="<img src=x>", channel="email")
    assert triage.intent == "safety_issue"
    assert "empty" not in triage.flags


def test_html_that_is_cut_is_flagged(reader: MessageReader) -> None:
    assert "truncated" in read(reader, "", html="<p>Where is it?</p>" + "<i></i>" * 40_000, channel="email").flags


def test_html_given_as_text_is_read_as_seen_and_spans_refer_to_what_it_shows(reader: MessageReader) -> None:
    text = "<p>Where is order <b>114-5520917-1234567</b>?</p><blockquote>I will sue you</blockquote>"
    triage = read(reader, text, channel="email")
    assert triage.text == "Where is order 114-5520917-1234567?"
    assert "rule:legal_threat" not in triage.flags
    assert [html_to_text(text)[e.start : e.end] for e in triage.entities] == ["114-5520917-1234567"]
