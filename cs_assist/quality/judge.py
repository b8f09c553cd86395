"""A language model's judgement of a reply, for evaluation: bounded, and corrected where code knows better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from cs_assist.guard.parity import Parity
from cs_assist.guard.privacy import Vault
from cs_assist.llm.door import LanguageModel
from cs_assist.llm.schemas import Judgement
from cs_assist.llm.tokens import Part, Trimmed
from cs_assist.reply.agents import language_name
from cs_assist.types import Record, Usage

Score = Annotated[float, Field(ge=0, le=1)]
GRADES = ("helpful", "grounded", "tone", "clear")


class Judged(Record):
    """A reply's grades as scores from 0 (bad) to 1 (good), and the verdict that follows from them.

    ``score`` is their mean. ``ungrounded`` tells the facts that the evidence lacks; where there are any, ``grounded`` is
    0 whatever the model says. The verdict is ``good`` where no score is under 0.75, ``bad`` where one is under 0.5.
    """

    helpful: Score
    grounded: Score
    tone: Score
    clear: Score
    score: Score
    verdict: Literal["good", "acceptable", "bad"]
    faults: tuple[str, ...]
    ungrounded: tuple[str, ...]
    usage: Usage


class Judge:
    """Asks a model how good replies are.

    Args:
        model: The model; not the one that wrote them, if the judgement is to count.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._facts = Parity()

    def __call__(
        self, reply: str, *, message: str, evidence: Sequence[str], language: str, style: str = "", market: str | None = None
    ) -> Judged:
        """Return the judgement of a reply.

        Args:
            reply: What the customer would read.
            message: What the customer wrote; its facts may be said back.
            evidence: What the writer had to go by, the best first.
            language: The language that the reply must be in, BCP 47.
            style: Register, courtesy and empathy that were asked for.
            market: The customer's; helps to find personal data, which the model does not see.

        Raises:
            ModelError: The model gave no usable answer.
        """
        vault = Vault()

        def masked(text: str) -> str:
            return vault.mask(text, market=market, language=language).text

        parts = tuple(Part(masked(text), -float(place)) for place, text in enumerate(evidence))
        variables = {
            "language": language_name(language),
            "style": style or "none asked for",
            "message": masked(message),
            "evidence": Trimmed(parts) if parts else "none",
            "reply": masked(reply),
        }
        answer = self._model.ask("judge_reply", variables, schema=Judgement)
        ungrounded = self._facts.added(reply, (*evidence, message), language=language)
        scores = {name: (getattr(answer.value, name) - 1) / 4 for name in GRADES}
        if ungrounded:
            scores["grounded"] = 0.0
        least = min(scores.values())
        return Judged(
            **scores,
            score=sum(scores.values()) / len(scores),
            verdict="good" if least >= 0.75 else "bad" if least < 0.5 else "acceptable",
            faults=tuple(answer.value.faults),
            ungrounded=ungrounded,
            usage=answer.usage,
        )
