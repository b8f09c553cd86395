"""Write and check: the last two stages, by the phrase banks alone or with a language model that is held to them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cs_assist.conversation.digest import last_order
from cs_assist.guard.check import Guard, order_facts, verdict
from cs_assist.guard.repair import repair
from cs_assist.markets.market import day_in
from cs_assist.packing import Packing
from cs_assist.policy.decide import Policy
from cs_assist.reply.compose import Composer
from cs_assist.types import Action, Decision, Draft, DraftPiece, Finding, Handover, ModelUse, Passage
from cs_assist.walk import Walk

if TYPE_CHECKING:
    from cs_assist.reply.drafting import Drafter, Written


class Writing:
    """Turns a decision into a checked text.

    Args:
        policy: Says what follows where a text is blocked.
        composer: Writes without a model.
        guard: Checks whatever was written.
        drafter: Writes with a model, where there is one.
        packing: Packs what a person gets.
    """

    def __init__(
        self,
        policy: Policy,
        composer: Composer,
        guard: Guard,
        drafter: Drafter | None = None,
        *,
        packing: Packing,
    ) -> None:
        self.packing = packing
        self._policy, self._composer, self._guard, self._drafter = policy, composer, guard, drafter

    def compose(self, walk: Walk, decision: Decision) -> Draft:
        """Return the composed text."""
        triage, conversation = walk.read()
        return self._composer(walk.message, triage, conversation, decision, market=walk.market, now=walk.now)

    def write(self, walk: Walk, decision: Decision) -> Draft:
        """Return the text: a model's, where one may write and its text passes every check, else the composed one."""
        if (drafter := self._asked(walk, decision)) is not None:
            return self._taken(walk, decision, drafter(*self._known(walk, decision), **self._around(walk, decision)))
        return self.compose(walk, decision)

    def stream(self, walk: Walk, decision: Decision) -> Generator[DraftPiece, None, Draft]:
        """Yield a model's words as they come, unchecked; return the text as :meth:`write` does."""
        if (drafter := self._asked(walk, decision)) is not None:
            written = yield from _as_pieces(drafter.stream(*self._known(walk, decision), **self._around(walk, decision)))
            return self._taken(walk, decision, written)
        return self.compose(walk, decision)

    def check(self, walk: Walk, draft: Draft, decision: Decision) -> tuple[Draft, tuple[Finding, ...], Decision]:
        """Check, repair once, then downgrade: reply to draft, draft to handover."""
        checks = self._findings(walk, draft, decision)
        if verdict(checks) == "block":
            draft = repair(draft, checks)
            checks = self._findings(walk, draft, decision)
        if verdict(checks) != "block":
            return draft, checks, decision
        decision = self._policy.after_block(decision, checks)
        if decision.action is Action.HANDOVER:
            draft = self.compose(walk, decision)
            if verdict(self._findings(walk, draft, decision)) == "block":
                draft = draft.model_copy(update={"text": ""})
        return draft, checks, decision

    def packet(self, walk: Walk, decision: Decision, draft: Draft) -> Handover | None:
        """Return the packet for a person: with a suggested reply where an answer was likely, and what a model adds to it."""
        if decision.action not in (Action.HANDOVER, Action.DRAFT):
            return None
        conversation = walk.read()[1]
        worded = decision.action is Action.DRAFT and draft.source in ("curated", "composed", "model")
        suggested = draft.text if worded else conversation.answer_there
        if decision.action is Action.HANDOVER:
            suggested = self._suggested(walk, decision) or suggested
        notice = draft.text if decision.action is Action.HANDOVER else ""
        packet = self.packing(walk, decision, suggested=suggested, notice=notice)
        # What may hold planted instructions is shown to no model.
        return packet if self._planted(walk, ()) else self.packing.with_model(walk, decision, packet)

    def _suggested(self, walk: Walk, decision: Decision) -> str:
        """Return what the bot could have answered to what a person is called for; "" where it has nothing that passes."""
        triage, conversation = walk.read()
        told = walk.message.model_copy(update={"order": last_order(walk.message, conversation)})
        known = replace(walk, message=told)
        today = day_in(walk.market, walk.now)
        for proposal in self._policy.proposals(decision, told, triage, conversation, walk.findings, today=today):
            draft = self.compose(known, proposal)
            if draft.source != "notice" and verdict(self._findings(known, draft, proposal)) != "block":
                return draft.text
        return ""

    def _asked(self, walk: Walk, decision: Decision) -> Drafter | None:
        """Return the drafter where it may write this; what may hold planted instructions is shown to no model."""
        if self._drafter is None or not self._drafter.wanted(walk.message, walk.read()[0], decision):
            return None
        with walk.stage("check"):
            planted = self._planted(walk, self._drafter.passages(decision, walk.findings))
        if planted:
            walk.used(ModelUse(downgraded=", ".join(sorted(finding.rule for finding in planted))))
            return None
        return self._drafter

    def _known(self, walk: Walk, decision: Decision) -> tuple[Any, ...]:
        return (walk.message, *walk.read(), decision, walk.findings)

    def _around(self, walk: Walk, decision: Decision) -> dict[str, Any]:
        def check(draft: Draft) -> tuple[Finding, ...]:
            with walk.stage("check"):
                return self._findings(walk, draft, decision)

        return {"market": walk.market, "now": walk.now, "facts": order_facts(walk.message.order), "check": check}

    def _taken(self, walk: Walk, decision: Decision, written: Written) -> Draft:
        if written.use is not None:
            walk.used(written.use)
        return written.draft or self.compose(walk, decision)

    def _findings(self, walk: Walk, draft: Draft, decision: Decision) -> tuple[Finding, ...]:
        """Return what stands against a draft; what is sent without a person must not rest on planted instructions either.

        A person who reads it first is warned of them.
        """
        alone = decision.action in (Action.REPLY, Action.ASK)
        if (known := walk.checked.get((draft, alone))) is not None:
            return known
        said = "\n".join(turn.text for turn in walk.read()[1].turns if turn.role == "customer")
        found = self._guard(draft, walk.message, said=said, on=walk.now.date(), task_created=not alone)
        planted = self._planted(walk, (decision.passage,) if decision.passage else (), approved=draft.source == "curated")
        found = (*(planted if alone else (each.model_copy(update={"severity": "warn"}) for each in planted)), *found)
        walk.checked[draft, alone] = found
        return found

    def _planted(self, walk: Walk, passages: Sequence[Passage], *, approved: bool = False) -> tuple[Finding, ...]:
        """Return what the message, its order and its evidence seem to tell the machine."""
        read = tuple(text for passage in passages for text in (passage.lead, passage.text))
        if (read, approved) not in walk.planted:
            walk.planted[read, approved] = self._guard.planted(walk.message, read, approved=approved)
        return walk.planted[read, approved]


def _as_pieces(words: Generator[str, None, Written]) -> Generator[DraftPiece, None, Written]:
    """Yield a model's words as pieces that are marked as unchecked."""
    try:
        while True:
            yield DraftPiece(text=next(words))
    except StopIteration as end:
        written: Written = end.value
        return written
    finally:
        words.close()
