"""Decide: what may be done with a message, by whom and by when. Code decides, never a text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from cs_assist.config import Settings
from cs_assist.labels import COURTESY
from cs_assist.markets.clocks import answer_within, due_at, send_at
from cs_assist.markets.market import Market, day_in
from cs_assist.policy.compensation import load_compensation
from cs_assist.policy.ladder import climb, over
from cs_assist.policy.questions import missing
from cs_assist.policy.shifts import NextHuman, Shifts, Skill, load_shifts
from cs_assist.types import (
    INTENT_GROUPS,
    LANGUAGES,
    Action,
    ApologyTier,
    Conversation,
    Decision,
    Emotion,
    Fault,
    Finding,
    Findings,
    Intent,
    Message,
    Order,
    Passage,
    Priority,
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
_NUMBERS = ("order_number", "tracking_number")
#: What an order's state tells, and how likely it is that one of them is asked where it is told without a person.
_TOLD_BY_STATE = frozenset({Intent.ORDER_STATUS, Intent.DELIVERY_DELAYED, Intent.SHIPPING_TIME})
_MEANT_AT = 0.6
_CALLS_A_PERSON: dict[str, str] = {
    Intent.SAFETY_ISSUE: "safety_issue",
    Intent.LEGAL_THREAT: "legal_threat",
    Intent.HUMAN_REQUEST: "human_request",
}
_SKILLS: dict[str, Skill] = {"presale": "presales", "payment": "payments", "tech": "technical"}  # the rest: after sales
#: Queues of the front line, where they have another name than the skill.
_QUEUES = {"other": "front_line", "escalation": "team_lead"}
_PASSED_OVER = {
    "echo": "the shop's own words came back",
    "own": "not written by the customer",
    "edited": "what was answered was only spelled anew",
    "replaced": "a later wording of it came first",
    "withdrawn": "its author deleted it before it came",
}
_ASKED = 3  # times the same question
_NO_READY_TEXT = {"legal_threat", "data_exposed", "self_harm"}
#: Said about a matter that was told before.
_ABOUT_ANOTHER = {Intent.HUMAN_REQUEST, Intent.COMPLAINT, Intent.GREETING}
_GRAVE_QUEUE = {"safety_issue", "legal_threat", "data_exposed", "self_harm"}
#: Probabilities from which a person is called at once: with a stated rule's hit beside the head's, and by the head alone.
#: Below, nothing is sent without a person, who sees why. On the training dialogues (training/data/dialogues) the head alone
#: is right in 3 of 56 turns below 0.85 and in 10 of 16 above; a stated threat in 0 of 8 and in 26 of 34. A safety issue is
#: worth more false calls.
_CALLED_FROM: dict[str, tuple[float, float]] = {
    Intent.SAFETY_ISSUE: (0.0, 0.7),
    Intent.LEGAL_THREAT: (0.85, 0.85),
    Intent.HUMAN_REQUEST: (0.5, 0.85),
}
_SPAM_AT = 0.8
#: From here on nothing is sent without a person. Of messages by unknown authors this catches nine in ten safety
#: reports and legal threats, and holds back one message in twenty for nothing (evals/triage.py).
_SUSPECTED_AT = {Intent.SAFETY_ISSUE: 0.1, Intent.LEGAL_THREAT: 0.1, Intent.HUMAN_REQUEST: 0.5}
_SURE_AT = 0.4
_ACKNOWLEDGED_AT = 0.7  # "no" and "yes please" are below: they answer something
_QUESTION_MARKS = ("?", "？", "؟")
_UNKNOWN = "und"
_LONG_QUESTION = 4  # words from which a message says enough that "please tell us more" would annoy


@dataclass(frozen=True)
class _Choice:
    action: Action
    reason: str
    reasons: tuple[str, ...] = ()
    passage: Passage | None = None
    ask: str | None = None
    proposed: str = ""


class Policy:
    """The rules, in order; the first that fits decides.

    Args:
        settings: Gives the thresholds, the number of strikes, and the rules that the seller has switched off.
        shifts: Who works when; by default those of the settings' file.

    Raises:
        DataFileError: The file of the shifts or that of the compensations breaks its schema.
    """

    def __init__(self, settings: Settings, *, shifts: Shifts | None = None) -> None:
        self._settings = settings
        self._off = frozenset(settings.handover_rules_off)
        self.shifts = shifts or load_shifts(settings.shifts_file)
        self.compensation = load_compensation(settings.compensation_file)

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
        # To whom a person listens already, nobody needs to be called for being unanswered.
        state = conversation.model_copy(update={"strikes": 0, "asked": 1, "unanswered": 0}) if conversation.held else conversation
        choice = (
            self._held_back(triage, state)
            or self._unreadable(triage)
            or self._calls_a_person(triage, state)
            or self._sellers_rules(message, triage, state)
            or self._small_things(message, triage, state, day_in(market, now))
            or self._from_order(message, triage, state, day_in(market, now))
            or self._from_knowledge(message, triage, state, findings)
        )
        suspected = self._suspected(triage) if choice.action in (Action.REPLY, Action.ASK) else None
        if suspected:
            choice = replace(choice, action=Action.DRAFT, reason="suspected", reasons=(*choice.reasons, suspected))
        hands = self._may_need_hands(triage) if choice.action is Action.REPLY else None
        if hands:
            why = (*choice.reasons, hands)
            choice = replace(choice, action=Action.DRAFT, reason="unsure", reasons=why, proposed=choice.reason)
        raised = choice.reason in ("dissatisfied", "suspected") and triage.priority in ("P3", "P4")
        priority = "P2" if raised else triage.priority
        if choice.action is Action.REPLY and message.market and market is None:
            why = (*choice.reasons, f"no data for market '{message.market}': its customs are not known")
            choice = replace(choice, action=Action.DRAFT, reason="market_without_data", reasons=why, proposed=choice.reason)
        if conversation.held and choice.action is not Action.IGNORE:
            why = (f"the conversation is {conversation.holder}", choice.reason, *choice.reasons)
            choice = replace(choice, action=Action.DRAFT, reason="held_by_person", reasons=why, proposed=choice.reason)
        return self._routed(choice, message, triage, conversation, market=market, priority=priority, now=now)

    def _routed(
        self,
        choice: _Choice,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        *,
        market: Market | None,
        priority: Priority,
        now: datetime,
    ) -> Decision:
        """Return the decision with who does it, and by when: the tier, the queue, the next shift."""
        grave = choice.reason in _GRAVE_QUEUE or _is_grave(triage)
        if grave:
            priority = "P1"
        group = INTENT_GROUPS.get(triage.intent, "other")
        skill = "language" if choice.reason == "language" else _SKILLS.get(group, "after_sales")
        if grave:
            skill = "safety_legal"
        settings = self._settings
        step = climb(choice.reason, message, conversation, strikes=settings.strikes, amounts=settings.handover_amount, now=now)
        tier = step.tier
        queue = skill if grave else tier if tier != "front_line" else _QUEUES.get(group, skill)
        human = self.shifts.next_human_at(market, skill, triage.language, now)
        within = answer_within(market, message.channel, message.platform, priority)
        due = due_at(now, within, market, priority, message.platform, opens=human.at)
        for_person = choice.action in (Action.DRAFT, Action.HANDOVER)
        # What an order is like is true today: on Monday it would be old.
        pressing = (
            choice.reason == "order_facts"
            or triage.dissatisfied
            or conversation.strikes > 0
            or triage.emotion in (Emotion.ANGRY, Emotion.FRUSTRATED)
        )
        sent = send_at(now, market, message.channel, message.platform, priority, pressing=pressing, latest=due)
        return Decision(
            action=choice.action,
            reason=choice.reason,
            reasons=(*choice.reasons, *((*step.why, *_language_lacks(triage, human, now)) if for_person else ())),
            priority=priority,
            queue=queue,
            due_at=due,
            send_at=sent if choice.action in (Action.REPLY, Action.ASK) else None,
            passage=choice.passage,
            ask=choice.ask,
            proposed=choice.proposed,
            answer_within=due - now,
            tier=tier if for_person else conversation.tier,
            skill=skill,
            nobody_speaks=not human.speaks and triage.language != _UNKNOWN,
            team=human.team,
            team_zone=human.timezone,
            human_at=human.at,
            speaker_at=human.speaker_at,
            languages=human.languages if triage.language != _UNKNOWN else (),
        )

    def with_offers(
        self,
        decision: Decision,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        *,
        tier: ApologyTier,
        market: Market | None,
        now: datetime,
    ) -> Decision:
        """Return the decision with what the seller's file allows to offer for a regret of this tier."""
        if decision.action in (Action.IGNORE, Action.ASK):
            return decision
        offers = self.compensation(message, triage, conversation, reason=decision.reason, tier=tier, market=market, now=now)
        return decision.model_copy(update={"offers": offers}) if offers else decision

    def proposals(
        self,
        decision: Decision,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        findings: Findings,
        *,
        today: date,
    ) -> tuple[Decision, ...]:
        """Return what the bot could have drafted where a person is called, the likeliest first, for that person to send.

        Nobody is to send a ready text on a threat, a leak of data or a danger to a life. What is known of the order that the
        episode is about comes first, unless the customer has read it.
        """
        if decision.reason in _NO_READY_TEXT:
            return ()
        found: list[tuple[str, Passage | None]] = []
        about = triage.intent if triage.intent in _ABOUT_AN_ORDER else _asked_before(triage, conversation)
        choice = self._from_order(message, triage.model_copy(update={"intent": about}), conversation, today) if about else None
        order = message.order
        if choice and choice.reason == "order_facts" and order and not _is_told(order, conversation):
            found.append(("order_facts", None))
        best = findings.passages[0] if findings.passages else None
        if best and best.p_answers >= self._settings.draft_at and same_language(triage.language, best.language):
            found.append(("suggested", best))
        return tuple(
            decision.model_copy(update={"action": Action.DRAFT, "reason": reason, "passage": passage})
            for reason, passage in found
        )

    def after_fault(
        self, fault: Fault, triage: Triage | None = None, conversation: Conversation | None = None, *, now: datetime
    ) -> Decision:
        """Return the decision for a message that a stage failed on: a person within the hour.

        A conversation keeps its tier, and its person: nothing is sent into it. What was read of something grave stays grave.
        Nothing is calculated that may have been what failed.
        """
        state = conversation or Conversation(id="")
        action, reason = (Action.DRAFT, "held_by_person") if state.held else (Action.HANDOVER, "fault")
        if state.duplicate or state.passed_over:
            action, reason = Action.IGNORE, state.passed_over or "duplicate"
        grave = triage is not None and _is_grave(triage)
        within = timedelta(hours=1)
        return Decision(
            action=action,
            reason=reason,
            reasons=(f"stage '{fault.stage}' failed: {fault.error}",),
            priority="P1" if grave else "P2",
            queue="safety_legal" if grave else state.tier,
            due_at=now + within,
            answer_within=within,
            tier=state.tier,
            skill="safety_legal" if grave else "after_sales",
        )

    def after_block(self, decision: Decision, findings: Iterable[Finding]) -> Decision:
        """Return the decision for a text that the check blocks and no repair mended: one step down."""
        why = (*decision.reasons, f"blocked by {', '.join(sorted({finding.rule for finding in findings}))}")
        if decision.action in (Action.REPLY, Action.ASK):
            return decision.model_copy(update={"action": Action.DRAFT, "reasons": why, "send_at": None})
        if decision.action is Action.DRAFT and ("blocked" in self._off or decision.reason == "held_by_person"):
            return decision.model_copy(update={"reasons": why, "passage": None})
        reason = decision.reason if decision.action is Action.HANDOVER else "blocked"
        return decision.model_copy(update={"action": Action.HANDOVER, "reason": reason, "reasons": why, "passage": None})

    def _held_back(self, triage: Triage, conversation: Conversation) -> _Choice | None:
        """Nothing is answered twice, and spam not at all."""
        if conversation.duplicate:
            return _Choice(Action.IGNORE, "duplicate", ("this message was already handled",))
        if conversation.passed_over:
            return _Choice(Action.IGNORE, conversation.passed_over, (_PASSED_OVER[conversation.passed_over],))
        readable = "unsupported_language" not in triage.flags and not triage.bare
        if triage.intent == Intent.SPAM and triage.p_intent >= _SPAM_AT and readable and not triage.grave_hits:
            return _Choice(Action.IGNORE, "spam", (f"spam with probability {triage.p_intent:.2f}",))
        return None

    def _unreadable(self, triage: Triage) -> _Choice | None:
        """A language that we do not have is not answered."""
        if "unsupported_language" in triage.flags:
            action = Action.DRAFT if "language" in self._off else Action.HANDOVER
            return _Choice(action, "language", (f"language '{triage.language}' is not supported",))
        return None

    def _calls_a_person(self, triage: Triage, conversation: Conversation) -> _Choice | None:
        """What must never be answered by a machine alone; the gravest first."""
        signals = {hit.signal: hit for hit in triage.hits}
        for name in ("self_harm", "data_exposed"):
            if name in signals and name not in self._off:
                return _Choice(Action.HANDOVER, name, (f"stated rule {name} ({signals[name].language})",))
        reason = _CALLS_A_PERSON.get(triage.intent)
        # What was learned says nothing of a number or an "ok".
        if reason and reason not in self._off and (reason in signals or not triage.bare):
            stated, learned = _CALLED_FROM[triage.intent]
            if triage.p_intent >= (stated if reason in signals else learned):
                how = "stated rule" if reason in signals else "learned"
                return _Choice(Action.HANDOVER, reason, (f"{how}, probability {triage.p_intent:.2f}",))
        if "safety_issue" in signals and "safety_issue" not in self._off:  # the heads disagree: a missed one costs more
            return _Choice(Action.HANDOVER, "safety_issue", (f"stated rule ({signals['safety_issue'].language})",))
        if conversation.strikes >= self._settings.strikes and "dissatisfied" not in self._off:
            return _Choice(Action.HANDOVER, "dissatisfied", (f"{conversation.strikes} dissatisfied messages in a row",))
        if conversation.asked >= _ASKED and "repeated" not in self._off:
            return _Choice(Action.HANDOVER, "repeated", ("the same question for the third time, unanswered",))
        return None

    def _sellers_rules(self, message: Message, triage: Triage, conversation: Conversation) -> _Choice | None:
        """What the seller wants a person to see, and what was asked on another channel already."""
        if any(note.kind == "vip" for note in conversation.notes) and "vip" not in self._off:
            return _Choice(Action.HANDOVER, "vip", ("the seller marked this customer",))
        if over(message, self._settings.handover_amount) >= 1 and "amount" not in self._off:
            order = message.order
            total = f"{order.total} {order.currency}" if order else ""
            return _Choice(Action.HANDOVER, "amount", (f"the order's total is {total}",))
        if conversation.same_as:
            told = "answered" if conversation.answer_there else "asked"
            return _Choice(Action.DRAFT, "same_case", (f"the same was {told} in conversation '{conversation.same_as}'",))
        return None

    def _suspected(self, triage: Triage) -> str | None:
        """Return why a person should look before anything is sent, where a grave matter is only possible."""
        likely = dict(triage.intents)
        for intent, at in _SUSPECTED_AT.items():
            p = likely.get(intent.value, 0.0)
            if p >= at and not (intent is Intent.HUMAN_REQUEST and triage.bare):
                return f"{intent.value} is possible, probability {p:.2f}"
        stated = next((hit.signal for hit in triage.hits if hit.signal in _GRAVE_QUEUE), None)
        if stated:  # its own rule is switched off, or the head doubts it
            return f"stated rule {stated}"
        return next(
            (f"{flag.removeprefix('possible:')} is possible" for flag in triage.flags if flag.startswith("possible:")), None
        )

    def _may_need_hands(self, triage: Triage) -> str | None:
        """Return why a text alone may not be what is asked for, where the reading is not sure of the intent."""
        if triage.opinion is not None and triage.opinion.verdict == "differs":
            return f"not sure of the intent: a second reading says {triage.opinion.intent}"
        unsure = triage.unsure and "thanks" not in triage.flags
        other, p = triage.intents[1] if unsure and len(triage.intents) > 1 else ("", 0.0)
        return f"not sure of the intent: it may be {other}, probability {p:.2f}" if other in _NEEDS_HANDS else None

    def _small_things(self, message: Message, triage: Triage, conversation: Conversation, today: date) -> _Choice | None:
        if "empty" in triage.flags:
            return _Choice(Action.ASK, "empty", ("the message has no text",), ask="details")
        if triage.bare and conversation.customer_turns > 1:
            agrees = triage.intent == Intent.PRAISE and triage.p_intent >= _ACKNOWLEDGED_AT and not _is_asked(conversation)
            if agrees or "thanks" in triage.flags:
                return _Choice(Action.IGNORE, "acknowledged", ("thanks or agreement, with nothing to do",))
            about, order = _asked_before(triage, conversation), message.order
            if about and order and any(order.is_called(entity.value) for entity in triage.entities if entity.type in _NUMBERS):
                return self._from_order(message, triage.model_copy(update={"intent": about}), conversation, today)
            # An answer to something that was said before: what it settles, a person sees at a glance.
            return _Choice(Action.DRAFT, "bare_answer", ("a short answer to what was said before",))
        if triage.bare and "thanks" not in triage.flags and (triage.intent != Intent.GREETING or "no_words" in triage.flags):
            has_number = any(entity.type == "order_number" for entity in triage.entities) or triage.text.strip("# ").isdigit()
            why = "only an order number" if has_number else "nothing to act on yet"
            return _Choice(Action.ASK, "bare", (why,), ask="details")
        if "thanks" in triage.flags or (
            triage.intent == Intent.PRAISE and triage.p_intent >= _SURE_AT and not triage.dissatisfied
        ):
            return _Choice(Action.REPLY, "praise")
        if triage.intent == Intent.GREETING and _is_open(conversation):
            return _Choice(Action.DRAFT, "nudged", ("asks whether anybody is there: what was asked before is not answered",))
        greets = triage.intent == Intent.GREETING and triage.p_intent >= _SURE_AT
        if greets and not triage.dissatisfied:
            return _Choice(Action.REPLY, "greeting")
        return None

    def _from_order(self, message: Message, triage: Triage, conversation: Conversation, today: date) -> _Choice | None:
        if triage.intent not in _ABOUT_AN_ORDER:
            return None
        order = message.order
        numbers = [entity.value for entity in triage.entities if entity.type in _NUMBERS]
        if order is None or order.status is None:
            if order is None and not numbers and not triage.dissatisfied and not _has_asked(conversation):
                return _Choice(Action.ASK, "order_number", ("no order is known",), ask="order_number")
            return None
        if doubts := order.doubts(today):
            return _Choice(Action.DRAFT, "order_doubtful", doubts)
        if numbers and not any(order.is_called(number) for number in numbers):
            why = f"the customer names {', '.join(numbers)}, the facts are of {order.number}"
            return _Choice(Action.DRAFT, "order_doubtful", (why,))
        why = f"order {order.number} is {order.status}"
        if order.status == "held_at_customs":
            return _Choice(Action.DRAFT, "order_facts", ("the parcel is held at customs: someone must look why",))
        if not self._is_settled_by(order, triage, today):
            return _Choice(Action.DRAFT, "order_facts", ("the order's state does not settle the question",))
        if triage.dissatisfied:
            return _Choice(Action.DRAFT, "order_facts", (why, "to somebody who is dissatisfied a person tells it"))
        if _is_told(order, conversation):
            return _Choice(Action.DRAFT, "order_facts", (why, "it was told and did not settle it"))
        if trouble := _trouble(conversation):
            return _Choice(Action.DRAFT, "order_facts", (why, f"the customer has told of trouble before: {trouble}"))
        # A bare answer gives the number that was asked for: what was asked stands.
        meant = 1.0 if triage.bare else sum(p for intent, p in triage.intents if intent in _TOLD_BY_STATE)
        if meant < _MEANT_AT:
            return _Choice(Action.DRAFT, "order_facts", (why, f"whether that is asked has a probability of {meant:.2f} only"))
        return _Choice(Action.REPLY, "order_facts", (why,))

    def _is_settled_by(self, order: Order, triage: Triage, today: date) -> bool:
        """Tell whether the state says all that is asked: where it is, or that what seems late is not yet due.

        Who asks for an order that was cancelled, returned or refunded also wants to know why, and what now.
        """
        if triage.intent == Intent.ORDER_STATUS:
            return not order.overdue(today) and (order.under_way or order.status == "delivered")
        due = order.promised_date is not None and order.promised_date >= today
        return triage.intent == Intent.DELIVERY_DELAYED and order.under_way and due

    def _from_knowledge(self, message: Message, triage: Triage, conversation: Conversation, findings: Findings) -> _Choice:
        best = findings.passages[0] if findings.passages else None
        sure = best is not None and findings.answerable
        likely = sure or (best is not None and best.p_answers >= self._settings.draft_at)
        if best is not None and likely and not same_language(triage.language, best.language):
            why = f"the answer exists only in '{best.language}'"
            return _Choice(Action.DRAFT, "other_language", (why,), best)
        here = best is not None and (message.market is not None or not best.markets)
        if best is not None and sure and here and best.approved and triage.intent not in _NEEDS_HANDS and not triage.dissatisfied:
            if conversation.asked > 1 and best.doc_id in _sent(conversation):
                return _Choice(Action.DRAFT, "already_told", (f"'{best.doc_id}' was sent and did not settle it",), best)
            return _Choice(Action.REPLY, "answered", (f"p_answers {best.p_answers:.2f}",), best)
        if best is not None and likely:
            return _Choice(Action.DRAFT, self._why_draft(triage, best, sure=sure), (f"p_answers {best.p_answers:.2f}",), best)
        ask = missing(message, triage) if conversation.customer_turns <= 1 and not triage.dissatisfied else None
        if triage.intent in _NEEDS_HANDS:
            return _Choice(Action.DRAFT, "needs_hands", (f"{triage.intent} needs a person's hands",), ask=ask)
        if triage.language not in LANGUAGES:
            return _Choice(Action.ASK, "no_words", ("the language cannot be told",), ask="details")
        words = len(triage.text.split()) if triage.language not in ("ja", "th", "zh-Hans", "zh-Hant") else len(triage.text) // 4
        if triage.p_intent < _SURE_AT and words < _LONG_QUESTION and not triage.dissatisfied:
            return _Choice(Action.ASK, "unclear", (f"intent '{triage.intent}' has only {triage.p_intent:.2f}",), ask="which")
        if ask:
            return _Choice(Action.ASK, "detail_missing", (f"the customer has not told the {ask}",), ask=ask)
        if conversation.unanswered >= 1 and "no_answer" not in self._off:
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


def _is_asked(conversation: Conversation) -> bool:
    """Return whether the shop's last turn asks something, or is an agent's, who may have asked without a question mark."""
    last = next((turn for turn in reversed(conversation.turns) if turn.role in ("bot", "agent")), None)
    return last is not None and (last.role == "agent" or any(mark in last.text for mark in _QUESTION_MARKS))


def _is_open(conversation: Conversation) -> bool:
    """Return whether an earlier message of the episode has a matter, and the shop has said nothing or only asked since."""
    episode = [turn for turn in conversation.turns if turn.episode == conversation.episode and not turn.deleted]
    last = next((i for i in reversed(range(len(episode))) if episode[i].role != "customer"), -1)
    spoken = last >= 0 and not any(mark in episode[last].text for mark in _QUESTION_MARKS)
    since = episode[last + 1 if spoken else 0 : -1]
    return any(turn.role == "customer" and not turn.bare and turn.intent not in COURTESY for turn in since)


def _language_lacks(triage: Triage, human: NextHuman, now: datetime) -> tuple[str, ...]:
    """Return what is to be told where nobody who speaks the customer's language is on shift."""
    if triage.language == _UNKNOWN or (human.speaks and not (human.languages and human.at > now)):
        return ()
    there = f"from {human.speaker_at:%Y-%m-%d %H:%M} UTC" if human.speaker_at is not None else "on no shift"
    return (f"nobody who speaks '{triage.language}' is there for it now; somebody who speaks it is: {there}",)


def _asked_before(triage: Triage, conversation: Conversation) -> str:
    """Return what the customer last asked of an order in the episode, where the message only asks for an answer to it."""
    if triage.intent not in _ABOUT_ANOTHER and not triage.bare:
        return ""
    mine = [turn for turn in conversation.turns if turn.role == "customer" and turn.episode == conversation.episode]
    return next((turn.intent for turn in reversed(mine) if turn.intent in _ABOUT_AN_ORDER and not turn.deleted), None) or ""


def _has_asked(conversation: Conversation) -> bool:
    """Tell whether the customer had a matter before this message in the episode; "Hello" is none."""
    mine = [turn for turn in conversation.turns if turn.role == "customer" and turn.episode == conversation.episode]
    return any(not turn.bare and turn.intent not in COURTESY for turn in mine[:-1])


def _trouble(conversation: Conversation) -> str:
    """Return what the customer has told in the episode that needs a person's hands; "" where nothing."""
    mine = [turn for turn in conversation.turns if turn.role == "customer" and turn.episode == conversation.episode]
    return next((turn.intent for turn in reversed(mine[:-1]) if turn.intent in _NEEDS_HANDS and not turn.deleted), None) or ""


def _is_told(order: Order, conversation: Conversation) -> bool:
    """Tell whether the shop has written of this order in the episode."""
    said = [turn.text for turn in conversation.turns if turn.role != "customer" and turn.episode == conversation.episode]
    return any(order.number in text for text in said)


def _is_grave(triage: Triage) -> bool:
    """Tell whether a message is, or states, what nobody may leave lying."""
    return bool(_GRAVE_QUEUE & {triage.intent, *(hit.signal for hit in triage.hits)})


def _sent(conversation: Conversation) -> set[str]:
    """Return the articles that were sent in this episode."""
    return {doc for turn in conversation.turns if turn.episode == conversation.episode for doc in turn.citations}
