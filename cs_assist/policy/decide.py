"""Decide: what may be done with a message, by whom and by when. Code decides, never a text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cs_assist.config import Settings
from cs_assist.markets.clocks import answer_within, due_at
from cs_assist.markets.market import Market
from cs_assist.types import (
    INTENT_GROUPS,
    LANGUAGES,
    Action,
    Conversation,
    Decision,
    Fault,
    Finding,
    Findings,
    Intent,
    Message,
    Passage,
    Triage,
    same_language,
)

#: Something must be done to an order or an account: a text alone does not do it, a person does.
_NEEDS_HANDS: set[str] = {
    Intent.CHANGE_ORDER, Intent.CHANGE_ADDRESS, Intent.CANCEL_ORDER, Intent.RETURN_REQUEST,
    Intent.EXCHANGE_REQUEST, Intent.REFUND_REQUEST, Intent.BILLING_ISSUE, Intent.DATA_PRIVACY,
    Intent.ITEM_DAMAGED, Intent.ITEM_WRONG_OR_MISSING, Intent.NOT_AS_DESCRIBED, Intent.NOT_RECEIVED,
    Intent.WARRANTY_REPAIR, Intent.INVOICE_REQUEST, Intent.COMPLAINT, Intent.BULK_ORDER,
}  # fmt: skip
#: Answered from the order's own facts where the caller gives them.
_ABOUT_AN_ORDER: set[str] = {Intent.ORDER_STATUS, Intent.DELIVERY_DELAYED, Intent.REFUND_STATUS, Intent.NOT_RECEIVED}
_CALLS_A_PERSON: dict[str, str] = {
    Intent.SAFETY_ISSUE: "safety_issue",
    Intent.LEGAL_THREAT: "legal_threat",
    Intent.HUMAN_REQUEST: "human_request",
}
_QUEUES = {
    "presale": "presales", "order": "after_sales", "shipping": "after_sales", "returns": "after_sales",
    "payment": "payments", "account": "after_sales", "tech": "technical", "feedback": "after_sales",
    "escalation": "team_lead", "other": "front_line",
}  # fmt: skip
_GRAVE_QUEUE = {"safety_issue", "legal_threat", "data_exposed", "self_harm"}
_SPAM_AT = 0.8
#: From here on nothing is sent without a person. Of messages by unknown authors this catches nine in ten safety
#: reports and legal threats, and holds back one message in twenty for nothing (evals/triage.py).
_SUSPECTED_AT = 0.1
_SURE_AT = 0.4
_LONG_QUESTION = 4  # words from which a message says enough that "please tell us more" would annoy


@dataclass(frozen=True)
class _Choice:
    action: Action
    reason: str
    reasons: tuple[str, ...] = ()
    passage: Passage | None = None
    ask: str | None = None


class Policy:
    """The rules, in order; the first that fits decides.

    Args:
        settings: Gives the thresholds and the number of strikes.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        findings: Findings,
        *,
        market: Market | None,
        now: datetime,
    ) -> Decision:
        """Return the decision, with its reasons, priority, queue and due time."""
        choice = (
            self._held_back(triage, conversation)
            or self._calls_a_person(triage, conversation)
            or self._small_things(triage, conversation)
            or self._from_order(message, triage, conversation, now)
            or self._from_knowledge(message, triage, conversation, findings)
        )
        suspected = self._suspected(triage) if choice.action in (Action.REPLY, Action.ASK) else None
        if suspected:
            choice = replace(choice, action=Action.DRAFT, reason="suspected", reasons=(*choice.reasons, suspected))
        hands = self._may_need_hands(triage) if choice.action is Action.REPLY else None
        if hands:
            choice = replace(choice, action=Action.DRAFT, reason="unsure", reasons=(*choice.reasons, hands))
        raised = choice.reason in ("dissatisfied", "suspected") and triage.priority in ("P3", "P4")
        priority = "P2" if raised else triage.priority
        if choice.action is Action.REPLY and message.market and market is None:
            why = (*choice.reasons, f"no data for market '{message.market}': its customs are not known")
            choice = replace(choice, action=Action.DRAFT, reason="market_without_data", reasons=why)
        grave = choice.reason in _GRAVE_QUEUE or bool(_GRAVE_QUEUE & {triage.intent, *(hit.signal for hit in triage.hits)})
        if grave:
            priority = "P1"
        due = due_at(now, answer_within(market, message.channel, message.platform, priority), market, priority, message.platform)
        queue = "safety_legal" if grave else _QUEUES[INTENT_GROUPS.get(triage.intent, "other")]
        return Decision(
            action=choice.action,
            reason=choice.reason,
            reasons=choice.reasons,
            priority=priority,
            queue="team_lead" if choice.reason in ("dissatisfied", "human_request") and not grave else queue,
            due_at=due,
            send_at=now if choice.action in (Action.REPLY, Action.ASK) else None,
            passage=choice.passage,
            ask=choice.ask,
            answer_within=due - now,
        )

    def after_fault(self, fault: Fault, *, now: datetime) -> Decision:
        """Return the decision for a message that a stage failed on: a person within the hour."""
        within = timedelta(hours=1)
        return Decision(
            action=Action.HANDOVER,
            reason="fault",
            reasons=(f"stage '{fault.stage}' failed: {fault.error}",),
            priority="P2",
            queue="front_line",
            due_at=now + within,
            answer_within=within,
        )

    def after_block(self, decision: Decision, findings: Iterable[Finding]) -> Decision:
        """Return the decision for a text that the check blocks and no repair mended: one step down."""
        why = (*decision.reasons, f"blocked by {', '.join(sorted({finding.rule for finding in findings}))}")
        if decision.action in (Action.REPLY, Action.ASK):
            return decision.model_copy(update={"action": Action.DRAFT, "reasons": why, "send_at": None})
        reason = decision.reason if decision.action is Action.HANDOVER else "approval"
        return decision.model_copy(update={"action": Action.HANDOVER, "reason": reason, "reasons": why, "passage": None})

    def _held_back(self, triage: Triage, conversation: Conversation) -> _Choice | None:
        """Nothing is sent twice, to spam, into a person's conversation, or in a language we do not have."""
        if conversation.duplicate:
            return _Choice(Action.IGNORE, "duplicate", ("this message was already handled",))
        signals = {hit.signal for hit in triage.hits}
        readable = "unsupported_language" not in triage.flags and not triage.bare
        if triage.intent == Intent.SPAM and triage.p_intent >= _SPAM_AT and readable and not signals:
            return _Choice(Action.IGNORE, "spam", (f"spam with probability {triage.p_intent:.2f}",))
        if conversation.holder in ("human", "pending") and conversation.customer_turns > 1:
            return _Choice(Action.DRAFT, "held_by_person", (f"the conversation is {conversation.holder}",))
        if "unsupported_language" in triage.flags:
            return _Choice(Action.HANDOVER, "language", (f"language '{triage.language}' is not supported",))
        return None

    def _calls_a_person(self, triage: Triage, conversation: Conversation) -> _Choice | None:
        """What must never be answered by a machine alone; the gravest first."""
        signals = {hit.signal: hit for hit in triage.hits}
        for name in ("self_harm", "data_exposed"):
            if name in signals:
                return _Choice(Action.HANDOVER, name, (f"stated rule {name} ({signals[name].language})",))
        reason = _CALLS_A_PERSON.get(triage.intent)
        if reason and (reason in signals or not triage.bare):  # what was learned says nothing of a number or an "ok"
            how = "stated rule" if reason in signals else "learned"
            return _Choice(Action.HANDOVER, reason, (f"{how}, probability {triage.p_intent:.2f}",))
        for name in ("safety_issue", "legal_threat"):
            if name in signals:  # the heads disagree: a missed one costs more than a look
                return _Choice(Action.HANDOVER, name, (f"stated rule {name} ({signals[name].language})",))
        if conversation.strikes >= self._settings.strikes:
            return _Choice(Action.HANDOVER, "dissatisfied", (f"{conversation.strikes} dissatisfied messages in a row",))
        return None

    def _suspected(self, triage: Triage) -> str | None:
        """Return why a person should look before anything is sent, where a grave matter is only possible."""
        likely = dict(triage.intents)
        for intent in (Intent.SAFETY_ISSUE, Intent.LEGAL_THREAT):
            p = likely.get(intent.value, 0.0)
            if p >= _SUSPECTED_AT:
                return f"{intent.value} is possible, probability {p:.2f}"
        return next(
            (f"{flag.removeprefix('possible:')} is possible" for flag in triage.flags if flag.startswith("possible:")), None
        )

    def _may_need_hands(self, triage: Triage) -> str | None:
        """Return why a text alone may not be what is asked for, where the reading is not sure of the intent."""
        other, p = triage.intents[1] if triage.unsure and len(triage.intents) > 1 else ("", 0.0)
        return f"not sure of the intent: it may be {other}, probability {p:.2f}" if other in _NEEDS_HANDS else None

    def _small_things(self, triage: Triage, conversation: Conversation) -> _Choice | None:
        if "empty" in triage.flags:
            return _Choice(Action.ASK, "empty", ("the message has no text",), ask="details")
        if triage.bare and conversation.customer_turns > 1:
            # An answer to something that was said before: what it settles, a person sees at a glance.
            return _Choice(Action.DRAFT, "bare_answer", ("a short answer to what was said before",))
        if triage.bare:
            has_number = any(entity.type == "order_number" for entity in triage.entities) or triage.text.strip("# ").isdigit()
            why = "only an order number" if has_number else "nothing to act on yet"
            return _Choice(Action.ASK, "bare", (why,), ask="details")
        if triage.intent == Intent.PRAISE and triage.p_intent >= _SURE_AT and not triage.dissatisfied:
            return _Choice(Action.REPLY, "praise")
        if triage.intent == Intent.GREETING and triage.p_intent >= _SURE_AT and not triage.dissatisfied:
            return _Choice(Action.REPLY, "greeting")
        return None

    def _from_order(self, message: Message, triage: Triage, conversation: Conversation, now: datetime) -> _Choice | None:
        if triage.intent not in _ABOUT_AN_ORDER:
            return None
        order = message.order
        asked_before = conversation.customer_turns > 1
        if order is None or order.status is None:
            numbers = [entity for entity in triage.entities if entity.type in ("order_number", "tracking_number")]
            if order is None and not numbers and not triage.dissatisfied and not asked_before:
                return _Choice(Action.ASK, "order_number", ("no order is known",), ask="order_number")
            return None
        late = order.promised_date is not None and order.promised_date < now.date()
        settled = order.status in ("delivered", "cancelled", "returned", "refunded")
        if order.status == "held_at_customs":
            return _Choice(Action.DRAFT, "order_facts", ("the parcel is held at customs: someone must look why",))
        if triage.intent == Intent.ORDER_STATUS and not (late and not settled):
            return _Choice(Action.REPLY, "order_facts", (f"order {order.number} is {order.status}",))
        if triage.intent == Intent.DELIVERY_DELAYED and not late and not settled and not triage.dissatisfied:
            return _Choice(Action.REPLY, "order_facts", (f"order {order.number} is promised for {order.promised_date}",))
        return _Choice(Action.DRAFT, "order_facts", ("the order's state does not settle the question",))

    def _from_knowledge(self, message: Message, triage: Triage, conversation: Conversation, findings: Findings) -> _Choice:
        best = findings.passages[0] if findings.passages else None
        sure = best is not None and findings.answerable
        likely = sure or (best is not None and best.p_answers >= self._settings.draft_at)
        if best is not None and likely and not same_language(triage.language, best.language):
            why = f"the answer exists only in '{best.language}'"
            return _Choice(Action.DRAFT, "other_language", (why,), best)
        here = best is not None and (message.market is not None or not best.markets)
        if best is not None and sure and here and best.approved and triage.intent not in _NEEDS_HANDS and not triage.dissatisfied:
            return _Choice(Action.REPLY, "answered", (f"p_answers {best.p_answers:.2f}",), best)
        if best is not None and likely:
            return _Choice(Action.DRAFT, self._why_draft(triage, best, sure=sure), (f"p_answers {best.p_answers:.2f}",), best)
        if triage.intent in _NEEDS_HANDS:
            return _Choice(Action.DRAFT, "needs_hands", (f"{triage.intent} needs a person's hands",))
        if triage.language not in LANGUAGES:
            return _Choice(Action.ASK, "no_words", ("the language cannot be told",), ask="details")
        words = len(triage.text.split()) if triage.language not in ("ja", "th", "zh-Hans", "zh-Hant") else len(triage.text) // 4
        if triage.p_intent < _SURE_AT and words < _LONG_QUESTION and not triage.dissatisfied:
            return _Choice(Action.ASK, "unclear", (f"intent '{triage.intent}' has only {triage.p_intent:.2f}",), ask="which")
        if conversation.unanswered >= 1:
            told = (findings.uncalibrated,) if findings.uncalibrated else ()
            return _Choice(Action.HANDOVER, "no_answer", ("no answer was found twice in a row", *told))
        return _Choice(Action.DRAFT, "no_answer", (findings.uncalibrated or "the knowledge base has no answer",))

    def _why_draft(self, triage: Triage, best: Passage, *, sure: bool) -> str:
        if triage.intent in _NEEDS_HANDS:
            return "needs_hands"
        if triage.dissatisfied:
            return "dissatisfied_once"
        if sure and best.approved:
            return "market_unknown"
        return "not_approved" if sure and not best.approved else "not_sure"
