from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_assist.config import load_settings
from cs_assist.markets.market import load_market
from cs_assist.reply.compose import Composer
from cs_assist.reply.phrases import Leaf, load_phrases
from cs_assist.types import LANGUAGES, Conversation, Decision, Draft, Emotion, Message, Order, Passage, Triage, Turn

SCRIPTS = {
    "ar": r"[\u0600-\u06ff]",
    "hi": r"[\u0900-\u097f]",
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "ko": r"[\uac00-\ud7af]",
    "ru": r"[\u0400-\u04ff]",
    "th": r"[\u0e00-\u0e7f]",
    "zh-Hans": r"[\u4e00-\u9fff]",
    "zh-Hant": r"[\u4e00-\u9fff]",
}
ORDER = Order(number="A-1001", status="shipped", carrier="DHL", tracking="00340434", promised_date=date(2026, 11, 30))
ANSWER = Passage(
    doc_id="returns",
    chunk=0,
    title="Returns",
    text="**14 days** from receipt.",
    score=1,
    p_answers=0.9,
    language="en",
    category="returns",
    approved=True,
)


def wordings(leaf: Leaf) -> tuple[str, ...]:
    """Return all wordings of a leaf, whatever the register."""
    return leaf if isinstance(leaf, tuple) else (*leaf.formal, *leaf.informal)


#: Every action, by each way that the composer takes for it.
DECISIONS: list[dict[str, Any]] = [
    {"action": "reply", "reason": "praise"},
    {"action": "reply", "reason": "greeting"},
    {"action": "reply", "reason": "order_facts"},
    {"action": "reply", "reason": "answered", "passage": True},
    {"action": "ask", "reason": "bare", "ask": "details"},
    {"action": "ask", "reason": "unclear", "ask": "which"},
    {"action": "ask", "reason": "order_number", "ask": "order_number"},
    {"action": "draft", "reason": "needs_hands"},
    *({"action": "handover", "reason": reason} for reason in ("dissatisfied", "safety_issue", "self_harm", "language", "fault")),
]
Compose = Callable[..., Draft]
PROMISED = wordings(load_phrases("en").order.promised)


@pytest.fixture(scope="session")
def compose(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime) -> Compose:
    """Compose for a message and a triage with the given fields; ``decision`` holds the decision's."""
    composer = Composer(load_settings(shop_name="Papaya Lane"))

    def run(
        *,
        decision: dict[str, Any],
        market: str | None = None,
        turns: tuple[Turn, ...] = (),
        conversation: str = "c",
        message: dict[str, Any] | None = None,
        passage: str = ANSWER.text,
        **triage: Any,
    ) -> Draft:
        read = make_triage(**triage)
        fields = dict(decision)
        if fields.get("passage"):
            fields["passage"] = ANSWER.model_copy(update={"language": read.language, "text": passage})
        return composer(
            Message(id="1", **{"order": ORDER, "name": "Ana", **(message or {})}),
            read,
            Conversation(id=conversation, turns=turns),
            make_decision(**fields),
            market=load_market(market) if market else None,
            now=now,
        )

    return run


@pytest.mark.parametrize("channel", ["email", "live_chat"])
@pytest.mark.parametrize("emotion", list(Emotion))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_is_put_into_words(language: str, emotion: Emotion, channel: str, compose: Compose) -> None:
    for decision in DECISIONS:
        for intensity in (0.2, 0.9):
            draft = compose(
                decision=decision, language=language, emotion=emotion, intensity=intensity, message={"channel": channel}
            )
            assert draft.language == language
            assert draft.text.strip() == draft.text
            assert len(draft.text) > 10
            assert not re.search(r"[{}]", draft.text)
            assert "\n\n\n" not in draft.text
            if language in SCRIPTS and not decision.get("passage"):
                own = re.sub(r"Papaya Lane|Ana|DHL|A-1001", "", draft.text)
                letters = sum(char.isalpha() or bool(re.match(SCRIPTS[language], char)) for char in own)
                assert len(re.findall(SCRIPTS[language], own)) > 0.9 * letters, draft.text


@pytest.mark.parametrize("language", sorted(set(SCRIPTS) & {"zh-Hans", "zh-Hant"}))
@pytest.mark.parametrize("market", ["TW", "CN"])
def test_chinese_is_written_in_the_customers_own_script(language: str, market: str, compose: Compose) -> None:
    text = compose(decision={"action": "handover", "reason": "no_answer"}, language=language, market=market).text
    assert ("小时" in text, "小時" in text) == (language == "zh-Hans", language == "zh-Hant")


def test_nothing_is_said_to_what_is_ignored(compose: Compose) -> None:
    draft = compose(decision={"action": "ignore", "reason": "spam"})
    assert (draft.text, draft.source) == ("", "none")


def test_nothing_is_drafted_into_a_persons_conversation_without_an_answer(compose: Compose) -> None:
    assert compose(decision={"action": "draft", "reason": "held_by_person"}).text == ""


@pytest.mark.parametrize(("language", "market", "spoken"), [("fi", "SE", "sv"), ("fi", None, "en"), ("und", "JP", "ja")])
def test_a_language_without_phrases_is_answered_in_the_markets(
    language: str, market: str | None, spoken: str, compose: Compose
) -> None:
    assert compose(decision={"action": "handover", "reason": "language"}, language=language, market=market).language == spoken


@given(conversation=st.text(max_size=20))
def test_the_same_conversation_is_answered_in_the_same_words(conversation: str, compose: Compose) -> None:
    decision = {"action": "reply", "reason": "greeting"}
    assert compose(decision=decision, conversation=conversation) == compose(decision=decision, conversation=conversation)


def test_an_answer_carries_the_shops_words_and_their_source(compose: Compose) -> None:
    draft = compose(decision={"action": "reply", "reason": "answered", "passage": True})
    assert "14 days from receipt." in draft.text
    assert (draft.source, draft.citations) == ("curated", ("returns",))


def test_the_orders_facts_are_told_and_are_evidence(compose: Compose) -> None:
    draft = compose(decision={"action": "reply", "reason": "order_facts"}, market="GB")
    for fact in ("A-1001", "00340434", "DHL", "30 November 2026"):
        assert fact in draft.text
        assert fact in draft.evidence


@pytest.mark.parametrize(
    ("order", "promised"),
    [
        (ORDER, True),
        (ORDER.model_copy(update={"promised_date": date(2026, 11, 23)}), True),
        (ORDER.model_copy(update={"promised_date": date(2026, 11, 22)}), False),
        (ORDER.model_copy(update={"status": "delivered"}), False),
    ],
)
def test_a_date_is_promised_only_while_it_lies_ahead(order: Order, promised: bool, compose: Compose) -> None:
    draft = compose(decision={"action": "reply", "reason": "order_facts"}, message={"order": order}, market="GB")
    told = [text.format(date=day) for text in PROMISED for day in draft.evidence]
    assert any(line in draft.text for line in told) is promised


@pytest.mark.parametrize(
    ("name", "market", "called"),
    [
        ("Ana", None, "Ana"),
        ("Ana Maria Lopez", "US", "Ana"),
        ("Ana Maria Lopez", "DE", "Ana Maria Lopez"),
        ("  Ana \n Lopez ", "DE", "Ana Lopez"),
        ("田中 花子", "US", "田中 花子"),
        ("ana1987", None, None),
        ("ana٣", None, None),
        ("ana@mail.example", None, None),
        ("{shop}", None, None),
        ("<b>Ana</b>", None, None),
        ("A" * 61, None, None),
        ("   ", None, None),
        (None, None, None),
    ],
)
def test_a_customer_is_called_by_a_name_only_where_it_is_one(
    name: str | None, market: str | None, called: str | None, compose: Compose
) -> None:
    first = compose(decision={"action": "handover", "reason": "fault"}, message={"name": name}, market=market).text.split("\n")[0]
    if called:
        assert called in first
        assert first.strip("!,. ").endswith(called)
    else:
        unnamed = load_phrases("en").greeting.unnamed
        assert first in (*unnamed.formal, *unnamed.informal)


def test_only_the_first_chat_line_greets_and_says_that_it_is_automatic(compose: Compose) -> None:
    decision = {"action": "ask", "reason": "bare", "ask": "details"}
    first = compose(decision=decision, message={"channel": "live_chat"}).text
    later = compose(decision=decision, message={"channel": "live_chat"}, turns=(Turn(role="bot", text=first),)).text
    assert "Ana" in first
    assert "automatic" in first
    assert "Ana" not in later
    assert "automatic" not in later


def test_a_mail_is_greeted_and_signed_each_time(compose: Compose) -> None:
    turns = (Turn(role="bot", text="earlier"),)
    text = compose(decision={"action": "handover", "reason": "fault"}, turns=turns).text
    assert "Ana" in text.split("\n")[0]
    assert "Papaya Lane" in text.split("\n")[-1]


def test_the_notice_can_be_switched_off(
    make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime
) -> None:
    composer = Composer(load_settings(shop_name="Papaya Lane", ai_notice=False))
    draft = composer(Message(id="1"), make_triage(), Conversation(id="c"), make_decision(), market=None, now=now)
    assert "automatic" not in draft.text


def test_no_sentence_is_read_twice_in_three_answers_of_a_conversation(compose: Compose) -> None:
    turns: tuple[Turn, ...] = ()
    for _ in range(3):
        text = compose(decision={"action": "handover", "reason": "no_answer"}, turns=turns, message={"channel": "live_chat"}).text
        sentences = re.split(r"(?<=[.!?])\s", text)
        assert not [sentence for sentence in sentences if sentence in "\n".join(turn.text for turn in turns)]
        turns = (*turns, Turn(role="bot", text=text))


@pytest.mark.parametrize(("hours", "told"), [(12, "12 hours"), (72, "3 days")])
def test_a_notice_promises_the_time_that_was_decided(hours: int, told: str, compose: Compose) -> None:
    decision = {"action": "handover", "reason": "no_answer", "answer_within": timedelta(hours=hours)}
    draft = compose(decision=decision)
    assert told in draft.text
    assert told in draft.evidence


@pytest.mark.parametrize("reason", ["self_harm", "safety_issue", "data_exposed"])
def test_grave_notices_carry_no_sentence_of_feeling(reason: str, compose: Compose) -> None:
    decision = {"action": "handover", "reason": reason}
    angry = compose(decision=decision, emotion="angry", intensity=0.9, dissatisfied=True)
    assert angry.text == compose(decision=decision, emotion="neutral").text


@pytest.mark.parametrize(
    ("intent", "said", "unsaid"),
    [("item_damaged", "apology", "regret"), ("delivery_delayed", "regret", "apology"), ("size_advice", "", "apology")],
)
def test_what_is_ours_is_apologised_for_and_the_rest_regretted(intent: str, said: str, unsaid: str, compose: Compose) -> None:
    decision = {"action": "draft", "reason": "needs_hands"}
    text = compose(decision=decision, intent=intent, intents=((intent, 0.9),), message={"order": None}).text
    bank = load_phrases("en")
    for name in filter(None, (said, unsaid)):
        told = any(line in text for line in wordings(getattr(bank, name).slight))
        assert told is (name == said)


def test_a_legal_threat_is_answered_without_an_admission(compose: Compose) -> None:
    bank = load_phrases("en")
    decision = {"action": "handover", "reason": "legal_threat"}
    text = compose(decision=decision, intent="item_damaged", dissatisfied=True, emotion="angry", intensity=0.9).text
    tiers = (bank.apology.slight, bank.apology.formal, bank.apology.grave)
    assert not [line for leaf in tiers for line in wordings(leaf) if line in text]
    assert any(line in text for line in wordings(bank.regret.formal))


@pytest.mark.parametrize("urgency", ["normal", "high", "critical"])
def test_the_gravest_regret_is_kept_for_harm(urgency: str, compose: Compose) -> None:
    """A broken kettle, however angry it makes, gets no "our thoughts are with you"."""
    regret = load_phrases("en").regret
    decision = {"action": "draft", "reason": "needs_hands"}
    furious = {"dissatisfied": True, "emotion": "angry", "intensity": 0.95, "urgency": urgency}
    text = compose(decision=decision, intent="warranty_repair", **furious).text
    said = {tier for tier in ("formal", "grave") if any(line in text for line in wordings(getattr(regret, tier)))}
    assert said == {"grave" if urgency == "critical" else "formal"}


def test_a_question_is_drafted_where_a_detail_is_missing(compose: Compose) -> None:
    text = compose(decision={"action": "draft", "reason": "needs_hands", "ask": "photo"}).text
    assert any(line in text for line in wordings(load_phrases("en").ask.photo))


def test_the_customers_language_keeps_the_markets_scale(compose: Compose) -> None:
    """A Turk in Germany reads Turkish, and as few apologies as are usual there."""
    decision = {"action": "draft", "reason": "needs_hands"}
    given: dict[str, Any] = {"decision": decision, "intent": "item_damaged", "language": "tr", "dissatisfied": True}
    bank = load_phrases("tr")
    for market, tier in (("DE", bank.apology.slight), ("TR", bank.apology.formal)):
        draft = compose(**given, market=market)
        assert draft.language == "tr"
        assert any(line in draft.text for line in wordings(tier))


def test_even_where_apologies_are_sparing_there_is_a_word_for_what_we_broke(compose: Compose) -> None:
    draft = compose(decision={"action": "draft", "reason": "needs_hands"}, intent="item_damaged", language="nl", market="NL")
    assert any(line in draft.text for line in wordings(load_phrases("nl").apology.slight))


@pytest.mark.parametrize("status", ["cancelled", "delivered", "pending"])
def test_an_order_that_does_not_travel_is_not_said_to(status: str, compose: Compose) -> None:
    order = Order(number="PL-1", status=status, carrier="DHL", tracking="JD014600")  # type: ignore[arg-type]
    decision = {"action": "draft", "reason": "order_facts"}
    assert "DHL" not in compose(decision=decision, language="fr", market="FR", message={"order": order}).text


def test_thanks_beside_a_question_are_no_joy(compose: Compose) -> None:
    decision = {"action": "reply", "reason": "order_facts"}
    order = Order(number="PL-1", status="shipped")
    text = compose(
        decision=decision, intent="order_status", emotion="happy", language="en", market="US", message={"order": order}
    ).text
    assert not any(line in text for line in wordings(load_phrases("en").empathy.happy))
    praised = compose(decision={"action": "reply", "reason": "praise"}, intent="praise", emotion="happy", language="en").text
    assert praised


def test_a_question_promises_no_explanation(compose: Compose) -> None:
    decision = {"action": "ask", "reason": "order_number", "ask": "order_number"}
    text = compose(decision=decision, intent="order_status", emotion="confused", language="en", market="US").text
    leaf = load_phrases("en").empathy.confused
    assert not any(line in text for line in (*wordings(leaf.low), *wordings(leaf.high)))


def test_a_hazard_is_not_answered_with_good_cheer(compose: Compose) -> None:
    decision = {"action": "handover", "reason": "safety_issue", "priority": "P1"}
    text = compose(decision=decision, intent="safety_issue", language="pt-BR", market="BR", message={"channel": "whatsapp"}).text
    assert text.startswith("Olá")
    assert "tudo bem" not in text


@pytest.mark.parametrize(
    ("text", "greeted"), [("Moin, wo ist mein Paket?", "Moin"), ("Moinsen! Wo?", "Moin"), ("Moina ist da", "")]
)
def test_a_regional_greeting_is_answered_in_kind(text: str, greeted: str, compose: Compose) -> None:
    decision = {"action": "reply", "reason": "order_facts"}
    first = compose(decision=decision, language="de", market="DE", text=text).text.split("\n")[0]
    assert first.startswith("Moin Ana") is bool(greeted)
    angry = compose(decision=decision, language="de", market="DE", text=text, dissatisfied=True).text
    assert not angry.startswith("Moin")


def test_a_reply_fits_the_platform_and_keeps_greeting_answer_and_next_step(compose: Compose) -> None:
    facts = " ".join(f"Fact number {n} is a sentence of some words." for n in range(30))
    message = {"channel": "marketplace", "platform": "mercado_libre"}
    draft = compose(decision={"action": "draft", "reason": "not_sure", "passage": True}, passage=facts, message=message)
    assert len(draft.text) <= 350
    assert "Ana" in draft.text.split("\n")[0]
    assert "Fact number 0 is a sentence of some words." in draft.text
    assert "12 hours" in draft.text
    assert "Fact number 29" not in draft.text
    assert draft.text.count("Fact number") == draft.text.count("is a sentence of some words.")


def test_a_telephone_note_is_greeted_and_not_signed(compose: Compose) -> None:
    text = compose(decision={"action": "handover", "reason": "fault"}, message={"channel": "phone_note"}).text
    assert "Ana" in text.split("\n")[0]
    assert "Papaya Lane" not in text


#: Six turns of one conversation, as they come: a different matter each time, or the same with another feeling.
TURNS: list[dict[str, Any]] = [
    {"decision": {"action": "ask", "reason": "order_number", "ask": "order_number"}, "emotion": "anxious"},
    {"decision": {"action": "reply", "reason": "order_facts"}, "emotion": "anxious"},
    {"decision": {"action": "draft", "reason": "needs_hands"}, "emotion": "disappointed", "dissatisfied": True},
    {"decision": {"action": "draft", "reason": "needs_hands", "ask": "photo"}, "emotion": "frustrated", "dissatisfied": True},
    {"decision": {"action": "handover", "reason": "dissatisfied"}, "emotion": "angry", "dissatisfied": True},
    {"decision": {"action": "handover", "reason": "human_request"}, "emotion": "angry", "dissatisfied": True},
]


@given(seed=st.text(max_size=8))
@settings(max_examples=5)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_read_twice_in_six_turns(language: str, seed: str, compose: Compose) -> None:
    turns: tuple[Turn, ...] = ()
    for turn in TURNS:
        draft = compose(**turn, language=language, turns=turns, conversation=seed, message={"channel": "live_chat"})
        bank = load_phrases(language)
        lines = [text for where, text in bank.lines() if "{" not in text and not where.startswith(("statuses", "greeting"))]
        said = "\n".join(earlier.text for earlier in turns)
        assert not [line for line in lines if line in draft.text and line in said]
        assert draft == compose(**turn, language=language, turns=turns, conversation=seed, message={"channel": "live_chat"})
        turns = (*turns, Turn(role="bot", text=draft.text))


@pytest.mark.parametrize("seed", [f"c{number}" for number in range(12)])
def test_a_shop_without_a_name_of_its_own_signs_as_what_it_is(
    seed: str, make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime
) -> None:
    message, decision = Message(id=seed, text="Hi"), make_decision()
    draft = Composer(load_settings())(message, make_triage(), Conversation(id=seed), decision, market=None, now=now)
    assert "Customer Service" in draft.text.splitlines()  # before the notice that a machine writes


def shift_lines(language: str, name: str) -> str:
    """Return a pattern for any wording of a leaf of ``shift``, or of one of the bank's own, whatever fills it."""
    bank = load_phrases(language)
    leaf = getattr(bank.shift, name, None) or getattr(bank.ask, name, None) or getattr(bank, name)
    return "|".join(".{1,80}?".join(map(re.escape, re.split(r"\{\w+\}", line))) for line in wordings(leaf))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["email", "live_chat"])
def test_where_nobody_speaks_the_customers_language_the_notice_says_so_and_when_somebody_will(
    language: str, channel: str, compose: Compose, now: datetime
) -> None:
    def told(**shift: Any) -> Draft:
        decision = {"action": "handover", "reason": "human_request", "human_at": now, **shift}
        return compose(decision=decision, market="GB", language=language, message={"channel": channel})

    tomorrow = now + timedelta(hours=20)
    there, never = told(speaker_at=now), told(nobody_speaks=True, languages=("en", "ja"))
    later = told(human_at=tomorrow, speaker_at=tomorrow, languages=("en", "ja"))
    away = told(human_at=tomorrow, speaker_at=tomorrow)
    expected = {"never": never, "later": later, "out_of_hours": away}
    for name, draft in expected.items():
        found = {other for other in expected if re.search(shift_lines(language, other), draft.text)}
        assert found == {name}
        assert not re.search(shift_lines(language, name), there.text)
    assert all(re.search(shift_lines(language, "instead"), draft.text) for draft in (never, later))
    clock = re.compile(r"8[:.]00")
    assert clock.search(later.text)
    assert any(clock.search(fact) for fact in later.evidence)


def test_a_notice_offers_only_languages_that_the_customer_may_write(compose: Compose, now: datetime) -> None:
    decision = {"action": "handover", "reason": "human_request", "human_at": now, "nobody_speaks": True}
    both = compose(decision={**decision, "languages": ("ja", "fr", "en")}, market="CH", language="de")
    assert "Französisch und Englisch" in both.text
    assert "Japanisch" not in both.text
    none = compose(decision={**decision, "languages": ("ja",)}, market="CH", language="de")
    assert "Japanisch" not in none.text


@pytest.mark.parametrize(
    ("decision", "asked"),
    [({}, True), ({"priority": "P1"}, False), ({"human_at": None}, False), ({"action": "draft", "reason": "needs_hands"}, False)],
)
def test_who_waits_until_tomorrow_is_asked_for_the_order_meanwhile(
    decision: dict[str, Any], asked: bool, compose: Compose, now: datetime
) -> None:
    waits = {"action": "handover", "reason": "dissatisfied", "human_at": now + timedelta(hours=20)}
    question = shift_lines("en", "order_number")
    told = {"intent": "item_damaged", "intents": (("item_damaged", 0.9),), "message": {"order": None}}
    assert bool(re.search(question, compose(decision={**waits, **decision}, **told).text)) is asked
    named = (Turn(role="customer", text="A-1001", orders=("A1001",)),)
    assert not re.search(question, compose(decision=waits, turns=named, **told).text)


def test_the_gravest_are_told_no_opening_hours(compose: Compose, now: datetime) -> None:
    decision = {"action": "handover", "reason": "safety_issue", "priority": "P1", "human_at": now + timedelta(hours=20)}
    assert not re.search(shift_lines("en", "out_of_hours"), compose(decision=decision).text)
    alone = compose(decision={"action": "handover", "reason": "self_harm", "nobody_speaks": True, "human_at": now})
    assert not re.search(shift_lines("en", "never"), alone.text)


def test_a_time_that_ends_in_a_dot_ends_the_sentence(compose: Compose, now: datetime) -> None:
    decision = {"action": "handover", "reason": "human_request", "human_at": now + timedelta(hours=20)}
    text = compose(decision=decision, market="AR", language="es").text
    assert "a. m." in text.replace("\u00a0", " ").replace("\u202f", " ")
    assert ".." not in text
