from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cs_assist.config import Settings
from cs_assist.errors import DataFileError
from cs_assist.markets.market import load_market
from cs_assist.policy.decide import Policy
from cs_assist.types import (
    Conversation,
    Decision,
    Entity,
    Fault,
    Finding,
    Findings,
    Hit,
    Intent,
    Message,
    Note,
    Order,
    Passage,
    Triage,
    Turn,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY, YESTERDAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 22), date(2026, 11, 24)

Situation = dict[str, Any]
WANTED = (Turn(role="customer", text="Where is it?", intent="order_status"), Turn(role="bot", text="Which order is it?"),
          Turn(role="customer", text="PL-1"))  # fmt: skip
GREETED = (Turn(role="customer", text="Hello", intent="greeting"), Turn(role="bot", text="Hello, how can we help?"),
           Turn(role="customer", text="Where is it?", intent="order_status"))  # fmt: skip
TROUBLED = (Turn(role="customer", text="One is missing", intent="item_wrong_or_missing"),
            Turn(role="customer", text="And when is it sent?", intent="order_status"))  # fmt: skip
NAMED = (Entity(type="order_number", value="PL-1", start=0, end=4),)


def passage(p: float, **fields: Any) -> Findings:
    values: dict[str, Any] = {"language": "en", "approved": True, **fields}
    best = Passage(doc_id="a", chunk=0, title="A", text="Text.", score=1, p_answers=p, category="policy", **values)
    return Findings(passages=(best,), p_answerable=p, answerable=p >= 0.8)


def order(status: str | None, promised: date | None = None) -> Order:
    return Order(number="PL-1", status=status, promised_date=promised)  # type: ignore[arg-type]


def hit(signal: str) -> tuple[Hit, ...]:
    return (Hit(signal=signal, language="en", start=0, end=1),)


Decide = Callable[..., Decision]


@pytest.fixture
def decide(make_triage: Callable[..., Triage]) -> Decide:
    """Decide a situation: fields of message, conversation, findings or triage by name; a calm shipping question by default."""

    def run(settings: dict[str, Any] | None = None, **given: Any) -> Decision:
        message = {k: given.pop(k) for k in ("history", "order", "channel", "platform") if k in given}
        kept = ("duplicate", "passed_over", "holder", "held", "strikes", "unanswered", "customer_turns", "asked", "turns",
                "notes", "same_as", "answer_there", "tier", "promised_at", "waiting_since")  # fmt: skip
        state = {k: given.pop(k) for k in kept if k in given}
        now = given.pop("now", NOW)
        findings, market = given.pop("findings", Findings()), given.pop("market", None)
        intent, p, second = given.pop("intent", "shipping_time"), given.pop("p_intent", 0.9), given.pop("second", None)
        ranked = ((intent, p), (second, (1 - p) / 2)) if second else ((intent, p),)
        triage = make_triage(**{"text": "How long does it take?", "intent": intent, "intents": ranked, **given})
        return Policy(Settings(**(settings or {})))(
            Message(id="1", text=triage.text, **message),
            triage,
            Conversation(id="1", **{"customer_turns": 1, **state}),
            findings,
            market=load_market(market) if market else None,
            now=now,
        )

    return run


SURE, LIKELY, POOR = passage(0.9), passage(0.5), passage(0.1)
UNSURE, LOW = SURE.model_copy(update={"answerable": False}), LIKELY.model_copy(update={"answerable": True})
UNCALIBRATED = passage(0.0).model_copy(update={"uncalibrated": "no calibration for encoder 'x@1'"})
ANGRY = {"dissatisfied": True, "p_dissatisfied": 0.9, "emotion": "angry"}
DELAYED, TAIWAN = {"intent": "delivery_delayed"}, {"language": "zh-Hant"}
HUMAN = {"intent": "human_request"}
ANSWERED: Situation = {"customer_turns": 2, "turns": (Turn(role="bot", text="Delivery takes 3 days."),)}
ASKED: Situation = {"customer_turns": 2, "turns": (Turn(role="bot", text="Which one？"),)}
MATTER, HELLO = (
    Turn(role="customer", text="It is broken", intent="item_damaged"),
    Turn(role="customer", text="?", intent="greeting"),
)
OWED: Situation = {"customer_turns": 2, "turns": (MATTER, HELLO)}
UNTOLD: Situation = {"customer_turns": 2, "turns": (MATTER, Turn(role="bot", text="Which order is it?"), HELLO)}
TOLD: Situation = {"customer_turns": 2, "turns": (MATTER, Turn(role="bot", text="Send us a photo."), HELLO)}
SPOKEN: Situation = {"customer_turns": 2, "turns": (Turn(role="agent", text="Tell me which one."),)}
HELD = {"holder": "human", "held": True, "customer_turns": 2}
DOUBTFUL = Order(number="PL-1", status="shipped", placed_at=TODAY, promised_date=YESTERDAY)
HISTORY = (Turn(role="customer", text="Hi"),)
SENT = (Turn(role="bot", text="Text.", citations=("a",)),)
AMOUNT = {"handover_amount": {"EUR": 200}}
LARGE, SMALL, DOLLARS = (Order(number="1", total=Decimal(n), currency=c) for n, c in ((200, "EUR"), (199, "EUR"), (900, "USD")))
DANGER = {"intent": "safety_issue", "hits": hit("safety_issue")}
GREEK = {"language": "el", "flags": ("unsupported_language",)}


def _off(name: str) -> dict[str, Any]:
    return {"handover_rules_off": (name,)}


TABLE: list[tuple[str, Situation, str, str]] = [
    ("a duplicate is ignored whatever it says", {"duplicate": True, "intent": "legal_threat"}, "ignore", "duplicate"),
    ("certain spam is ignored", {"intent": "spam", "p_intent": 0.9}, "ignore", "spam"),
    ("likely spam is not ignored", {"intent": "spam", "p_intent": 0.7}, "draft", "no_answer"),
    ("spam with a stated danger is looked at", {"intent": "spam", "hits": hit("safety_issue")}, "handover", "safety_issue"),
    ("a person's conversation gets drafts only", {**HELD, "findings": SURE}, "draft", "held_by_person"),
    ("a pending conversation gets drafts only", {"holder": "pending", "held": True}, "draft", "held_by_person"),
    ("a closed conversation is answered", {"holder": "closed", "customer_turns": 2, "findings": SURE}, "reply", "answered"),
    ("a language that we lack goes to a person", {"language": "el", "flags": ("unsupported_language",)}, "handover", "language"),
    ("self-harm goes before all else", {"intent": "legal_threat", "hits": hit("self_harm")}, "handover", "self_harm"),
    ("leaked data goes to a person", {"hits": hit("data_exposed"), "findings": SURE}, "handover", "data_exposed"),
    ("danger goes to a person", {"intent": "safety_issue", "findings": SURE}, "handover", "safety_issue"),
    ("a legal threat goes to a person", {"intent": "legal_threat", "findings": SURE}, "handover", "legal_threat"),
    ("who asks for a person gets one", {"intent": "human_request", "findings": SURE}, "handover", "human_request"),
    ("a stated danger outweighs the learned intent", {"hits": hit("safety_issue"), "findings": SURE}, "handover", "safety_issue"),
    ("a stated threat that the head doubts is looked at", {"hits": hit("legal_threat"), "findings": SURE}, "draft", "suspected"),
    ("one strike is no handover", {**ANGRY, "strikes": 1, "findings": SURE}, "draft", "dissatisfied_once"),
    ("two strikes hand over", {**ANGRY, "strikes": 2, "findings": SURE}, "handover", "dissatisfied"),
    ("the strikes are a setting", {"settings": {"strikes": 3}, **ANGRY, "strikes": 2}, "draft", "no_answer"),
    ("an empty message is asked about", {"text": "", "language": "und", "flags": ("empty",)}, "ask", "empty"),
    ("a bare message is asked about", {"text": "PL-2610-47715", "bare": True}, "ask", "bare"),
    ("a bare message is no wish for a person", {"bare": True, "intent": "human_request"}, "ask", "bare"),
    ("unless a rule says so", {"bare": True, **HUMAN, "hits": hit("human_request")}, "handover", "human_request"),
    ("thanks are answered", {"bare": True, "flags": ("thanks",), "intent": "praise", "unsure": True}, "reply", "praise"),
    ("an ok behind an answer needs none", {"bare": True, "intent": "praise", **ANSWERED}, "ignore", "acknowledged"),
    ("nor do thanks", {"bare": True, "intent": "praise", "flags": ("thanks",), **ANSWERED}, "ignore", "acknowledged"),
    ("thanks need none behind a question either", {"bare": True, "flags": ("thanks",), **ASKED}, "ignore", "acknowledged"),
    ("a greeting is greeted", {"intent": "greeting", "bare": True}, "reply", "greeting"),
    ("but not where an answer is owed", {"intent": "greeting", **OWED}, "draft", "nudged"),
    ("nor while what was asked first is open", {"intent": "greeting", **UNTOLD}, "draft", "nudged"),
    ("behind an answer it is again", {"intent": "greeting", **TOLD}, "reply", "greeting"),
    ("behind a question a person sees it", {"bare": True, "intent": "praise", **ASKED}, "draft", "bare_answer"),
    ("and behind an agent's words", {"bare": True, "intent": "praise", **SPOKEN}, "draft", "bare_answer"),
    ("no praise, no agreement", {"bare": True, "intent": "praise", "p_intent": 0.5, **ANSWERED}, "draft", "bare_answer"),
    ("a bare answer is not", {"text": "yes", "bare": True, "customer_turns": 2, "findings": SURE}, "draft", "bare_answer"),
    ("praise is thanked for", {"intent": "praise"}, "reply", "praise"),
    ("sarcastic praise is not", {"intent": "praise", **ANGRY}, "draft", "no_answer"),
    ("a greeting is greeted", {"intent": "greeting"}, "reply", "greeting"),
    ("an unsure greeting is not", {"intent": "greeting", "p_intent": 0.3, "findings": SURE}, "reply", "answered"),
    ("nor is a sign without words", {"intent": "greeting", "bare": True, "flags": ("no_words",)}, "ask", "bare"),
    ("an unknown order is asked for", {"intent": "order_status"}, "ask", "order_number"),
    ("not of a dissatisfied customer", {"intent": "order_status", **ANGRY}, "draft", "no_answer"),
    ("not in the middle of a talk", {"intent": "order_status", "customer_turns": 2, "turns": WANTED}, "draft", "no_answer"),
    ("but behind a greeting", {"intent": "order_status", "customer_turns": 2, "turns": GREETED}, "ask", "order_number"),
    ("the number that was asked for is answered with the state", {"intent": "other", "bare": True, "customer_turns": 2,
     "turns": WANTED, "order": order("shipped", TOMORROW), "entities": NAMED}, "reply", "order_facts"),
    ("another's number is not", {"intent": "other", "bare": True, "customer_turns": 2, "turns": WANTED,
     "order": Order(number="PL-7", status="shipped", promised_date=TOMORROW), "entities": NAMED}, "draft", "bare_answer"),
    ("who told of trouble wants more than a state", {"intent": "order_status", "customer_turns": 2, "turns": TROUBLED,
     "order": order("shipped", TOMORROW)}, "draft", "order_facts"),
    ("so does a cancelled order", {"intent": "order_status", "order": order("cancelled")}, "draft", "order_facts"),
    ("an order's state is told", {"intent": "order_status", "order": order("shipped", TOMORROW)}, "reply", "order_facts"),
    ("promised for today is not late", {"intent": "order_status", "order": order("shipped", TODAY)}, "reply", "order_facts"),
    ("a late order's is not", {"intent": "order_status", "order": order("shipped", YESTERDAY)}, "draft", "order_facts"),
    ("a delivered one's is", {"intent": "order_status", "order": order("delivered", YESTERDAY)}, "reply", "order_facts"),
    ("an order without a state tells nothing", {"intent": "order_status", "order": order(None)}, "draft", "no_answer"),
    ("a delay that is none is explained", {**DELAYED, "order": order("shipped", TOMORROW)}, "reply", "order_facts"),
    ("a real delay is a person's", {**DELAYED, "order": order("shipped", YESTERDAY)}, "draft", "order_facts"),
    ("so is one that angers", {**DELAYED, "order": order("shipped", TOMORROW), **ANGRY}, "draft", "order_facts"),
    ("one without a promised day is, too", {**DELAYED, "order": order("shipped")}, "draft", "order_facts"),
    ("an angry customer reads no state from a machine", {"intent": "order_status", "order": order("delivered"), **ANGRY},
     "draft", "order_facts"),
    ("what was told is not told again", {"intent": "order_status", "order": order("shipped", TOMORROW), "customer_turns": 2,
     "turns": (Turn(role="bot", text="PL-1 is under way."),)}, "draft", "order_facts"),
    ("what may be about something else is not told", {"intent": "order_status", "p_intent": 0.5, "second": "not_received",
     "order": order("shipped", TOMORROW)}, "draft", "order_facts"),
    ("of two matters that the state tells both count", {"intent": "order_status", "p_intent": 0.5, "second": "shipping_time",
     "order": order("shipped", TOMORROW)}, "reply", "order_facts"),
    ("another order's state is not told", {"intent": "order_status", "order": order("shipped", TOMORROW),
     "entities": (Entity(type="order_number", value="PL-2", start=0, end=4),)}, "draft", "order_doubtful"),
    ("the same number otherwise written is this order's", {"intent": "order_status", "order": order("shipped", TOMORROW),
     "entities": (Entity(type="order_number", value="#pl1", start=0, end=4),)}, "reply", "order_facts"),
    ("so is a parcel that never came", {"intent": "not_received", "order": order("delivered")}, "draft", "order_facts"),
    ("so is a refund", {"intent": "refund_status", "order": order("returned")}, "draft", "order_facts"),
    ("an impossible order is a person's", {"intent": "order_status", "order": DOUBTFUL}, "draft", "order_doubtful"),
    ("a missing detail is asked for", {"intent": "usage_help", "findings": POOR}, "ask", "detail_missing"),
    ("once", {"intent": "usage_help", "findings": POOR, "customer_turns": 2}, "draft", "no_answer"),
    ("not of a dissatisfied customer either", {"intent": "usage_help", **ANGRY}, "draft", "no_answer"),
    ("not where there is an answer", {"intent": "usage_help", "findings": SURE}, "reply", "answered"),
    ("a photo is asked for in a draft", {"intent": "item_damaged", "findings": POOR}, "draft", "needs_hands"),
    ("a sure answer is sent", {"findings": SURE}, "reply", "answered"),
    ("a likely one is proposed", {"findings": LIKELY}, "draft", "not_sure"),
    ("an unapproved one is proposed", {"findings": passage(0.9, approved=False)}, "draft", "not_approved"),
    ("one in another language is proposed", {"findings": passage(0.9, language="de")}, "draft", "other_language"),
    ("a regional style is the same", {"language": "es-419", "findings": passage(0.9, language="es")}, "reply", "answered"),
    ("another script is another language", {**TAIWAN, "findings": passage(0.9, language="zh-Hans")}, "draft", "other_language"),
    ("a dissatisfied customer's is proposed", {**ANGRY, "findings": SURE}, "draft", "dissatisfied_once"),
    ("what needs hands is proposed", {"intent": "cancel_order", "findings": SURE}, "draft", "needs_hands"),
    ("also without an answer", {"intent": "refund_request", "findings": POOR}, "draft", "needs_hands"),
    ("who may want a person is", {"flags": ("possible:human_request",), "findings": SURE}, "draft", "suspected"),
    ("what may be a task is proposed", {"unsure": True, "second": "cancel_order", "findings": SURE}, "draft", "unsure"),
    ("what may be another question is sent", {"unsure": True, "second": "size_advice", "findings": SURE}, "reply", "answered"),
    ("what the search does not call answerable is not sent", {"findings": UNSURE}, "draft", "not_sure"),
    ("a low point of answering stands alone", {"findings": LOW, "settings": {"draft_at": 0.8}}, "reply", "answered"),
    ("nothing is sent on a score without calibration", {"findings": UNCALIBRATED}, "draft", "no_answer"),
    ("the threshold to propose is a setting", {"settings": {"draft_at": 0.6}, "findings": LIKELY}, "draft", "no_answer"),
    ("a language that nobody can tell is asked about", {"text": "123 ???", "language": "und"}, "ask", "no_words"),
    ("a short unclear message is asked about", {"text": "the blue one", "p_intent": 0.2}, "ask", "unclear"),
    ("a short unclear Japanese one too", {"text": "青いのは", "language": "ja", "p_intent": 0.2}, "ask", "unclear"),
    ("a long unclear one is not", {"text": "what about the blue one then", "p_intent": 0.2}, "draft", "no_answer"),
    ("no answer twice is a setting", {"findings": POOR, "unanswered": 1, "settings": _off("no_answer")}, "draft", "no_answer"),
    ("a third asking hands over", {"asked": 3, "findings": SURE}, "handover", "repeated"),
    ("a second one does not", {"asked": 2, "findings": SURE}, "reply", "answered"),
    ("unless the answer was sent", {"asked": 2, "findings": SURE, "turns": SENT}, "draft", "already_told"),
    ("a third asking is a setting", {"asked": 3, "findings": SURE, "settings": _off("repeated")}, "reply", "answered"),
    ("a marked customer gets a person", {"notes": (Note(kind="vip"),), "findings": SURE}, "handover", "vip"),
    ("a large order gets a person", {"order": LARGE, "findings": SURE, "settings": AMOUNT}, "handover", "amount"),
    ("a smaller one does not", {"order": SMALL, "findings": SURE, "settings": AMOUNT}, "reply", "answered"),
    ("another currency is not compared", {"order": DOLLARS, "findings": SURE, "settings": AMOUNT}, "reply", "answered"),
    ("the same on another channel is not answered twice", {"same_as": "mail", "findings": SURE}, "draft", "same_case"),
    ("danger on another channel is danger", {"same_as": "mail", "intent": "safety_issue"}, "handover", "safety_issue"),
    ("an echo is ignored", {"passed_over": "echo", "findings": SURE}, "ignore", "echo"),
    ("an agent's words are not answered", {"passed_over": "own", "intent": "legal_threat"}, "ignore", "own"),
    ("a reworded message is not", {"passed_over": "edited", "findings": SURE}, "ignore", "edited"),
    ("a danger is never sent an answer", {"settings": _off("safety_issue"), **DANGER, "findings": SURE}, "draft", "suspected"),
    ("two strikes are a setting", {"settings": _off("dissatisfied"), **ANGRY, "strikes": 2}, "draft", "no_answer"),
    ("a wish for a person too", {"settings": _off("human_request"), **HUMAN, "findings": POOR}, "draft", "no_answer"),
    ("a strange language is never answered", {"settings": _off("language"), **GREEK, "findings": SURE}, "draft", "language"),
    ("no answer once is a draft", {"findings": POOR}, "draft", "no_answer"),
    ("no answer twice hands over", {"findings": POOR, "unanswered": 1}, "handover", "no_answer"),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "action", "reason"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_situation_has_its_action_and_its_reason(decide: Decide, situation: Situation, action: str, reason: str) -> None:
    decision = decide(**situation)
    assert (decision.action.value, decision.reason) == (action, reason)


@pytest.mark.parametrize("situation", [row[1] for row in TABLE], ids=[row[0] for row in TABLE])
def test_only_replies_and_questions_are_sent_and_all_have_a_due_time(decide: Decide, situation: Situation) -> None:
    decision = decide(**situation)
    assert (decision.send_at == NOW) == (decision.action.value in ("reply", "ask"))
    assert decision.due_at == NOW + decision.answer_within > NOW
    assert decision.ask is not None or decision.action.value != "ask"
    assert decision.ask is None or decision.action.value in ("ask", "draft")


def test_spam_is_not_presumed_in_a_language_that_nobody_here_reads(decide: Decide) -> None:
    decision = decide(intent="spam", p_intent=0.9, language="el", flags=("unsupported_language",))
    assert (decision.action.value, decision.reason) == ("handover", "language")


@pytest.mark.parametrize(
    ("situation", "priority", "queue"),
    [
        ({}, "P3", "after_sales"),
        ({"intent": "size_advice"}, "P3", "presales"),
        ({"intent": "payment_failed"}, "P3", "payments"),
        ({"intent": "usage_help"}, "P3", "technical"),
        ({"intent": "out_of_scope"}, "P3", "front_line"),
        ({"strikes": 2}, "P2", "team_lead"),
        ({"strikes": 2, "priority": "P1"}, "P1", "team_lead"),
        ({"intent": "human_request"}, "P3", "team_lead"),
        ({"intent": "safety_issue"}, "P1", "safety_legal"),
        ({"intent": "legal_threat"}, "P1", "safety_legal"),
        ({"hits": hit("data_exposed")}, "P1", "safety_legal"),
        ({"hits": hit("self_harm"), "priority": "P4"}, "P1", "safety_legal"),
    ],
)
def test_priority_and_queue_follow_the_reason(decide: Decide, situation: Situation, priority: str, queue: str) -> None:
    decision = decide(**situation)
    assert (decision.priority, decision.queue) == (priority, queue)


def test_every_intent_has_a_decision_and_a_queue(decide: Decide) -> None:
    for intent in Intent:
        for findings in (SURE, LIKELY, POOR, Findings()):
            assert decide(intent=intent.value, findings=findings).queue


def test_a_platforms_clock_is_never_overrun(decide: Decide) -> None:
    assert decide(platform="shopee", channel="marketplace", market="SG").answer_within <= timedelta(hours=12)


def test_the_passage_is_carried_into_the_decision(decide: Decide) -> None:
    assert decide(findings=SURE).passage == SURE.passages[0]
    assert decide(intent="legal_threat", findings=SURE).passage is None


def test_after_a_fault_a_person_looks_within_the_hour() -> None:
    decision = Policy(Settings()).after_fault(Fault(stage="find", error="OSError"), now=NOW)
    assert (decision.action.value, decision.reason, decision.reasons) == ("handover", "fault", ("stage 'find' failed: OSError",))
    assert (decision.due_at - NOW, decision.send_at) == (timedelta(hours=1), None)


@pytest.mark.parametrize(
    ("action", "reason", "becomes", "because"),
    [
        ("reply", "answered", "draft", "answered"),
        ("ask", "order_number", "draft", "order_number"),
        ("draft", "not_sure", "handover", "blocked"),
        ("handover", "legal_threat", "handover", "legal_threat"),
    ],
)
def test_a_text_that_is_blocked_goes_one_step_down(
    make_decision: Callable[..., Decision], action: str, reason: str, becomes: str, because: str
) -> None:
    finding = Finding(rule="number_unsupported", severity="block", start=0, end=1, message="'9' is in no evidence")
    before = make_decision(action=action, reason=reason, reasons=("why",), send_at=NOW)
    after = Policy(Settings()).after_block(before, [finding])
    assert (after.action.value, after.reason) == (becomes, because)
    assert after.reasons == ("why", "blocked by number_unsupported")
    if becomes == "draft":
        assert after.send_at is None


def test_without_a_market_an_article_of_one_market_is_not_sent(decide: Decide) -> None:
    decision = decide(findings=passage(0.95, markets=("GB",)))
    assert (decision.action.value, decision.reason) == ("draft", "market_unknown")
    assert decide(findings=passage(0.95)).action.value == "reply"


def test_a_parcel_held_at_customs_is_looked_at_by_a_person(decide: Decide) -> None:
    assert decide(intent="order_status", order=order("held_at_customs", TOMORROW)).action.value == "draft"


def test_a_day_is_over_where_the_customer_is(decide: Decide) -> None:
    late_in_tokyo = {"intent": "order_status", "order": order("shipped", TODAY), "now": NOW.replace(hour=16)}
    assert decide(**late_in_tokyo, market="JP").action.value == "draft"
    assert decide(**late_in_tokyo, market="DE").action.value == "reply"


def test_a_draft_for_a_market_without_data_still_says_what_would_be_told(make_triage: Callable[..., Triage]) -> None:
    message = Message(id="1", market="KE", order=order("shipped", TOMORROW))
    triage = make_triage(intent="order_status", intents=(("order_status", 0.9),))
    found = Policy(Settings())(message, triage, Conversation(id="c", customer_turns=1), Findings(), market=None, now=NOW)
    assert (found.action.value, found.reason, found.proposed) == ("draft", "market_without_data", "order_facts")


def test_where_a_hazard_is_only_possible_nothing_is_sent_without_a_person(decide: Decide) -> None:
    suspicion = (("shipping_time", 0.8), ("safety_issue", 0.15))
    decision = decide(findings=SURE, intents=suspicion)
    assert (decision.action.value, decision.reason, decision.priority) == ("draft", "suspected", "P2")
    assert "safety_issue is possible, probability 0.15" in decision.reasons
    assert decide(findings=SURE, intents=(("shipping_time", 0.8), ("safety_issue", 0.05))).action.value == "reply"


NIGHT_SHIFT = """
shifts:
  - {team: night, skills: [after_sales], languages: [en], timezone: UTC, days: [1, 2, 3, 4, 5], start: "20:00", end: "04:00"}
"""


def test_who_waits_for_a_shift_is_told_so(decide: Decide, tmp_path: Path) -> None:
    path = tmp_path / "shifts.yaml"
    path.write_text(NIGHT_SHIFT, encoding="utf-8")
    settings = {"shifts_file": path}
    waiting = decide(settings=settings, findings=POOR, market="GB")
    assert (waiting.due_at, waiting.nobody_speaks) == (NOW + timedelta(hours=8 + 24), False)
    greek = decide(settings=settings, findings=POOR, market="GB", **GREEK)
    assert (greek.skill, greek.nobody_speaks) == ("language", True)
    assert "nobody who speaks 'el' is there for it now; somebody who speaks it is: on no shift" in greek.reasons
    assert (greek.team, greek.team_zone, greek.human_at) == ("night", "UTC", NOW + timedelta(hours=8))
    assert (greek.speaker_at, greek.languages, waiting.languages) == (None, ("en",), ())
    unknown = decide(settings=settings, findings=POOR, market="GB", language="und")
    assert not unknown.nobody_speaks
    assert not [reason for reason in unknown.reasons if "nobody" in reason]
    grave = decide(settings=settings, intent="safety_issue", market="GB")
    assert grave.due_at == NOW + timedelta(hours=1)


def test_a_calendar_that_is_not_there_is_told_before_any_message(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="cannot be read"):
        Policy(Settings(shifts_file=tmp_path / "none.yaml"))


def test_who_waits_past_the_promised_time_goes_up(decide: Decide) -> None:
    late = decide(**HELD, promised_at=NOW - timedelta(minutes=1))
    assert (late.action.value, late.tier, late.queue) == ("draft", "team_lead", "team_lead")
    assert "the promised time has passed" in late.reasons


def test_a_blocked_draft_stays_one_where_the_rule_is_off(make_decision: Callable[..., Decision]) -> None:
    finding = Finding(rule="placeholder", severity="block", start=0, end=1, message="x")
    policy = Policy(Settings(handover_rules_off=("blocked",)))
    after = policy.after_block(make_decision(action="draft", reason="not_sure"), [finding])
    assert (after.action.value, after.reason) == ("draft", "not_sure")


SUNDAY, MONDAY_NINE = NOW.replace(day=22), NOW.replace(hour=8)  # 9:00 in Berlin


@pytest.mark.parametrize(
    ("situation", "sent"),
    [
        ({"channel": "email"}, MONDAY_NINE),
        ({"channel": "email", "intent": "order_status", "p_intent": 0.9, "findings": POOR}, MONDAY_NINE),  # a question back
        ({"channel": "live_chat"}, SUNDAY),
        ({"channel": "email", "platform": "amazon"}, SUNDAY),
        ({"channel": "email", "market": "FR"}, SUNDAY),
        ({"channel": "email", "market": None}, SUNDAY),
        ({"channel": "email", "emotion": "frustrated"}, SUNDAY),
        ({"channel": "email", "strikes": 1}, SUNDAY),
        ({"channel": "email", "priority": "P2"}, SUNDAY),
        ({"channel": "email", "findings": POOR, "intent": "complaint"}, None),  # a person's to send
    ],
    ids=str,
)
def test_an_answer_waits_for_a_better_hour_only_where_the_market_wants_it_and_nothing_presses(
    decide: Decide, situation: Situation, sent: datetime | None
) -> None:
    decision = decide(**{"findings": SURE, "market": "DE", "now": SUNDAY, **situation})
    assert decision.send_at == sent
    assert sent is None or sent <= decision.due_at


def test_what_is_missing_is_named_for_question_and_draft(decide: Decide) -> None:
    assert decide(intent="usage_help").ask == "error"
    assert decide(intent="item_damaged").ask == "photo"
    assert decide(intent="cancel_order").ask is None


def test_offers_come_with_replies_drafts_and_handovers_only(
    make_decision: Callable[..., Decision], make_triage: Callable[..., Triage], tmp_path: Path
) -> None:
    path = tmp_path / "amends.yaml"
    rule = "{kind: replacement, intents: [item_damaged], from_tier: slight, granted_by: bot}"
    path.write_text(f"offers: [{rule}]\n", encoding="utf-8")
    policy, triage = (
        Policy(Settings(compensation_file=path)),
        make_triage(intent="item_damaged", intents=(("item_damaged", 1.0),)),
    )
    around: dict[str, Any] = {"tier": "slight", "market": None, "now": NOW}
    for action, offered in (("reply", 1), ("draft", 1), ("handover", 1), ("ask", 0), ("ignore", 0)):
        decision = make_decision(action=action, reason="needs_hands")
        found = policy.with_offers(decision, Message(id="1"), triage, Conversation(id="c"), **around)
        assert len(found.offers) == offered
        assert found.model_copy(update={"offers": ()}) == decision


@pytest.mark.parametrize(
    ("reason", "intent", "turns", "expected"),
    [
        ("vip", "order_status", (), ["order_facts", "suggested"]),
        ("human_request", "human_request", ("delivery_delayed",), ["order_facts", "suggested"]),
        ("human_request", "human_request", ("product_question",), ["suggested"]),
        ("human_request", "human_request", ("order_status", "told"), ["suggested"]),
        ("dissatisfied", "size_advice", ("order_status",), ["suggested"]),
        ("safety_issue", "safety_issue", ("order_status",), ["suggested"]),
        ("legal_threat", "legal_threat", ("order_status",), []),
        ("self_harm", "order_status", (), []),
    ],
)
def test_a_person_is_offered_what_the_bot_would_have_said(
    reason: str, intent: str, turns: tuple[str, ...], expected: list[str],
    make_triage: Callable[..., Triage], make_decision: Callable[..., Decision],
) -> None:  # fmt: skip
    said = tuple(
        Turn(role="bot", text="PL-1 is under way.") if name == "told" else Turn(role="customer", text="?", intent=name)
        for name in turns
    )
    triage = make_triage(intent=intent, intents=((intent, 0.9),))
    message = Message(id="1", order=order("shipped", TOMORROW))
    state = Conversation(id="c", turns=said)
    handed = make_decision(action="handover", reason=reason)
    found = Policy(Settings()).proposals(handed, message, triage, state, LIKELY, today=NOW.date())
    assert [proposal.reason for proposal in found] == expected
    assert {proposal.action.value for proposal in found} <= {"draft"}
    german = triage.model_copy(update={"language": "de"})
    assert "suggested" not in [
        p.reason for p in Policy(Settings()).proposals(handed, message, german, state, LIKELY, today=NOW.date())
    ]
