"""Write with a model: from evidence only, proved sentence by sentence, checked, mended once, or not used at all.

The model decides nothing. What it writes takes the place of the composed text where it passes every check; else the
composed text goes its way as if there were no model, and the reason is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cs_assist.config import Settings
from cs_assist.errors import CsAssistError, ModelError, PromptError
from cs_assist.llm.door import LanguageModel
from cs_assist.llm.prompts import load_prompt
from cs_assist.llm.schemas import DraftAnswer, DraftSentence
from cs_assist.markets.market import Market
from cs_assist.reply.brief import ORDER, Brief, Veil, most_useful
from cs_assist.reply.compose import Composer
from cs_assist.reply.order_words import unsaid
from cs_assist.reply.proof import Fault, Identify, prove
from cs_assist.reply.streaming import Restoring, sentences_of
from cs_assist.types import (
    LANGUAGES,
    Action,
    Conversation,
    Decision,
    Draft,
    Finding,
    Findings,
    Message,
    ModelUse,
    Passage,
    Triage,
    Usage,
    same_language,
)

__all__ = ["Drafter", "Written"]

#: No model writes where one of these is possible, for whoever reads it.
_GRAVE = {"safety_issue", "legal_threat", "data_exposed", "self_harm", "suspected", "human_request"}
Check = Callable[[Draft], Sequence[Finding]]


@dataclass(frozen=True)
class Written:
    """A model's text that passed every check, or None; and what was asked of the model, where anything was."""

    draft: Draft | None = None
    use: ModelUse | None = None


@dataclass
class _Tally:
    """What is asked of the model for one draft."""

    calls: int = 0
    usage: list[Usage] = field(default_factory=list)

    def use(self, downgraded: str = "") -> ModelUse:
        return ModelUse(calls=self.calls, usage=tuple(self.usage), downgraded=downgraded)

    def failed(self, exc: CsAssistError) -> Written:
        """Return that nothing was written, with the cost of the call that failed."""
        if isinstance(exc, ModelError) and exc.usage is not None:
            self.usage.append(exc.usage)
        return Written(use=self.use(_why(exc)))


class Drafter:
    """Has a model write what a composer would, and holds it to the evidence.

    Args:
        model: The door to the model.
        composer: Puts greeting, closing and signature around the text.
        settings: Gives ``draft_at``, from which further passages are shown, and ``prompts_dir``.
        identify: Tells the language of a text and how sure it is.
        veil: Makes what hides the private data of a message's conversation, from the message and its language.
    """

    def __init__(
        self,
        model: LanguageModel,
        composer: Composer,
        settings: Settings,
        *,
        identify: Identify,
        veil: Callable[[Message, str], Veil],
    ) -> None:
        self._model, self._composer, self._settings = model, composer, settings
        self._identify, self._veil = identify, veil

    def wanted(self, message: Message, triage: Triage, decision: Decision) -> bool:
        """Tell whether a model may write this: from an order's facts, or a draft from passages.

        An approved article is sent as it was approved; a notice, a question and a grave matter have their own words.
        """
        grave = decision.reason in _GRAVE or triage.intent in _GRAVE or any(hit.signal in _GRAVE for hit in triage.hits)
        if grave or triage.language not in LANGUAGES:
            return False
        by_order = decision.reason == "order_facts" and message.order is not None
        if decision.action is Action.REPLY:
            return by_order
        return decision.action is Action.DRAFT and (by_order or decision.passage is not None)

    def passages(self, decision: Decision, findings: Findings) -> tuple[Passage, ...]:
        """Return the evidence that the model is shown, best first."""
        return most_useful(decision.passage, findings.passages, at=self._settings.draft_at)

    def __call__(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        decision: Decision,
        findings: Findings,
        *,
        market: Market | None,
        now: datetime,
        facts: tuple[str, ...],
        check: Check,
    ) -> Written:
        """Return the checked text of a model, or why there is none; a model's failure is never an error.

        Args:
            message: The message to be answered.
            triage: What it is.
            conversation: What came before it.
            decision: What was decided; :meth:`wanted` must hold.
            findings: The passages that were found for it.
            market: Where the customer is.
            now: The clock.
            facts: What the order says, a line each.
            check: The last word on a text: what stands against it.
        """
        brief = self._brief(message, triage, conversation, decision, findings, market=market, now=now, facts=facts)
        tally = _Tally()
        try:
            answer = self._ask("draft", brief.variables(), brief, tally)
            return self._settled(answer, brief, check, tally)
        except (ModelError, PromptError) as exc:
            return tally.failed(exc)

    def stream(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        decision: Decision,
        findings: Findings,
        *,
        market: Market | None,
        now: datetime,
        facts: tuple[str, ...],
        check: Check,
    ) -> Generator[str, None, Written]:
        """Yield a model's text as it comes, unchecked, for an agent's eyes only; returns what :meth:`__call__` would.

        Free text names no evidence, so each sentence is held against all of it.
        """
        brief = self._brief(message, triage, conversation, decision, findings, market=market, now=now, facts=facts)
        tally, restoring, whole = _Tally(), Restoring(brief.veil.restore), []

        def pieces() -> Generator[str, None, None]:
            tally.calls += 1
            tally.usage.append((yield from self._model.stream("draft", brief.variables(), conversation=message.conversation)))

        try:
            for piece in pieces():
                whole.append(piece)
                if ready := restoring.push(piece):
                    yield ready
            if ready := restoring.rest():
                yield ready
            ids = list(brief.pieces())
            told = [DraftSentence(text=said, evidence=ids) for said in sentences_of("".join(whole))]
            answer = DraftAnswer(language=brief.language, sentences=told, refused=None)
            return self._settled(answer, brief, check, tally)
        except (ModelError, PromptError) as exc:
            return tally.failed(exc)

    def _brief(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        decision: Decision,
        findings: Findings,
        *,
        market: Market | None,
        now: datetime,
        facts: tuple[str, ...],
    ) -> Brief:
        scene = self._composer.scene(message, triage, conversation, decision, market=market, now=now)
        passages = self.passages(decision, findings)
        return Brief(
            scene, self._veil(message, triage.language), passages, facts, scene.apology.tier, instructions=self._instructions()
        )

    def _instructions(self) -> str:
        """Return the prompts' own words; empty where a seller's prompt is broken, which the call tells."""
        try:
            prompts = [load_prompt(name, self._settings.prompts_dir) for name in ("draft", "repair")]
        except PromptError:
            return ""
        return "\n".join(f"{prompt.system}\n{prompt.user}" for prompt in prompts)

    def _ask(self, prompt: str, variables: dict[str, Any], brief: Brief, tally: _Tally) -> DraftAnswer:
        tally.calls += 1
        conversation = brief.scene.message.conversation
        answer = self._model.ask(prompt, variables, schema=DraftAnswer, conversation=conversation)
        tally.usage.append(answer.usage)
        return answer.value

    def _settled(self, answer: DraftAnswer, brief: Brief, check: Check, tally: _Tally) -> Written:
        """Judge an answer; have it mended once where that may help."""
        draft, faults = self._judged(answer, brief, check)
        if faults and all(fault.mendable for fault in faults):
            refused = "\n".join(f"{said.text} {''.join(f'[{name}]' for name in said.evidence)}" for said in answer.sentences)
            answer = self._ask("repair", brief.repair_variables(refused, faults), brief, tally)
            draft, faults = self._judged(answer, brief, check)
        if faults or draft is None:
            return Written(use=tally.use(", ".join(sorted({fault.rule for fault in faults}))))
        return Written(draft, tally.use())

    def _judged(self, answer: DraftAnswer, brief: Brief, check: Check) -> tuple[Draft | None, list[Fault]]:
        """Return the whole text, and what stands against it."""
        if answer.refused or not any(said.text.strip() for said in answer.sentences):
            return None, [Fault("refused", "", "", mendable=False)]
        told = [(brief.veil.restore(" ".join(s.text.split())), s.evidence) for s in answer.sentences if s.text.strip()]
        faults = list(prove(told, brief.bounds(), self._identify))
        if not same_language(answer.language, brief.language):
            faults.append(Fault("language", answer.language, f"write in '{brief.language}' only"))
        if brief.alone:
            told = [(said, names) for said, names in told if names]
            unsaid_ones = unsaid([said for said, _ in told], brief.scene)
            faults += [Fault("unsaid", said, "use only the words of the order's lines") for said in unsaid_ones]
        if faults:
            return None, faults
        cited = [name for _, names in told for name in names]
        articles = tuple(dict.fromkeys(brief.ids()[name].doc_id for name in cited if name != ORDER))
        text = [said for said, _ in told]
        draft = self._composer.around(
            brief.scene, text, feeling=brief.alone, citations=articles, evidence=brief.evidence() + brief.facts
        )
        return draft, [_fault(finding, draft) for finding in check(draft) if _counts(finding, brief)]


def _counts(finding: Finding, brief: Brief) -> bool:
    """Whether a finding keeps a model's text from use: what only warns of its grounds does where nobody reads it."""
    return finding.severity == "block" or (brief.alone and finding.severity == "warn" and finding.rule.startswith("ungrounded"))


def _fault(finding: Finding, draft: Draft) -> Fault:
    planted = finding.rule.startswith("planted_")  # no other words make the source another one
    words = draft.text[finding.start : finding.end]
    return Fault(finding.rule, words, finding.suggestion or finding.message, mendable=not planted)


def _why(exc: CsAssistError) -> str:
    return exc.kind if isinstance(exc, ModelError) else exc.code
