"""A language model reads a message that the library is not sure of. It may lower trust; it settles nothing that was stated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from cs_assist.config import Settings
from cs_assist.errors import ModelError, PromptError
from cs_assist.llm.door import LanguageModel
from cs_assist.llm.schemas import SecondOpinion
from cs_assist.llm.tokens import Part, Trimmed, split
from cs_assist.sentences import beginning
from cs_assist.types import LANGUAGES, Intent, Message, ModelUse, Opinion, Triage, Turn

#: What is read by stated rules and heads of its own is not put to the vote.
_GRAVE = {Intent.SAFETY_ISSUE, Intent.LEGAL_THREAT, Intent.HUMAN_REQUEST, Intent.DATA_PRIVACY}
_ROLES = {"customer": "Customer", "bot": "Shop", "agent": "Shop"}
_TURNS, _CHARACTERS = 6, 4_000
_BUDGET = {"message": 500, "history": 400}


class Veil(Protocol):
    """Hides what is private."""

    def hide(self, text: str) -> str:
        """Return ``text`` with placeholders."""


class SecondReader:
    """Asks a model what an unsure message is, and records whether it agrees.

    A message with a stated rule's hit, or with a grave matter among its two candidates, is never asked about: neither
    safety nor law depends on a model. Whatever it says, the message stays marked as unsure, so that nothing is sent
    that would not be sent otherwise where the other candidate needs a person's hands.

    Args:
        model: The door to the model.
        settings: ``llm_second_opinion_below``; 0 never asks.
        veil: Makes what hides the private data of a message's conversation, from the message and its language.
    """

    def __init__(self, model: LanguageModel, settings: Settings, *, veil: Callable[[Message, str], Veil]) -> None:
        self._model, self._below, self._veil = model, settings.llm_second_opinion_below, veil

    def wanted(self, triage: Triage) -> bool:
        """Tell whether a message is to be read again."""
        if not self._below or triage.bare or triage.hits or triage.language not in LANGUAGES or len(triage.intents) < 2:
            return False
        if any(flag.startswith("possible:") for flag in triage.flags) or _GRAVE & set(_candidates(triage)):
            return False
        return triage.unsure or triage.p_intent < self._below

    def __call__(self, message: Message, triage: Triage) -> tuple[Triage, ModelUse | None]:
        """Return the triage with the model's opinion in it, and what that took; both as they were where none is wanted.

        Args:
            message: The message, with the turns before it.
            triage: What it was read as.
        """
        if not self.wanted(triage):
            return triage, None
        hide = self._veil(message, triage.language).hide
        first, second = _candidates(triage)
        told = split(beginning(hide(triage.text), _CHARACTERS))
        parts = tuple(Part(text, 2 - number / 1000) for number, text in enumerate(told))
        variables: dict[str, str | Trimmed] = {
            "intents": ", ".join(name for name, _ in triage.intents),
            "candidates": f"{first}, {second}",
            "history": _history(message.history, hide),
            "message": Trimmed(parts, budget=_BUDGET["message"], separator=" "),
        }
        try:
            answer = self._model.ask("read_hard_message", variables, schema=SecondOpinion, conversation=message.conversation)
        except (ModelError, PromptError) as exc:
            why = exc.kind if isinstance(exc, ModelError) else exc.code
            return triage.model_copy(update={"opinion": Opinion(verdict="failed", why=why)}), ModelUse(calls=1)
        return _weighed(triage, answer.value), ModelUse(calls=1, usage=(answer.usage,))


def _weighed(triage: Triage, told: SecondOpinion) -> Triage:
    """Return the triage with an opinion: of its two candidates the named one, and unsure where it named neither."""
    known = {name for name, _ in triage.intents}
    best = next((guess for guess in sorted(told.intents, key=lambda guess: -guess.p) if guess.intent in known), None)
    if best is None:
        return triage.model_copy(update={"opinion": Opinion(verdict="failed", why="invalid")})
    first, second = _candidates(triage)
    flags = triage.flags if "unsure" in triage.flags else (*triage.flags, "unsure")
    verdict = {first: "agrees", second: "settled"}.get(best.intent, "differs")
    opinion = Opinion.model_validate({"verdict": verdict, "intent": best.intent, "p": best.p})
    if verdict == "agrees":
        return triage.model_copy(update={"opinion": opinion})
    update: dict[str, object] = {"opinion": opinion, "unsure": True, "flags": flags}
    if verdict == "settled":
        (_, p_first), (_, p_second), *rest = triage.intents
        update |= {"intent": second, "intents": ((second, p_first), (first, p_second), *rest)}
        update["secondary"] = tuple(pair for pair in triage.secondary if pair[0] != second)
    return triage.model_copy(update=update)


def _candidates(triage: Triage) -> tuple[str, str]:
    return triage.intents[0][0], triage.intents[1][0]


def _history(turns: Sequence[Turn], hide: Callable[[str], str]) -> str | Trimmed:
    said = [turn for turn in turns if turn.role in _ROLES and turn.text.strip()][-_TURNS:]
    parts = tuple(
        Part(f"{_ROLES[turn.role]}: {beginning(hide(turn.text), _CHARACTERS)}", number / _TURNS)
        for number, turn in enumerate(said)
    )
    return Trimmed(parts, keep_first=False, budget=_BUDGET["history"]) if parts else "(none)"
