"""What a model is told before it writes: style, limits, and the texts, with all that is private hidden."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cs_assist.llm.tokens import Part, Trimmed, split
from cs_assist.reply import formats
from cs_assist.reply.markdown import to_plain
from cs_assist.reply.order_words import true_lines
from cs_assist.reply.proof import Bounds, Fault
from cs_assist.reply.scene import Scene
from cs_assist.sentences import beginning
from cs_assist.types import Conversation, Message, Passage

#: The id under which the order's facts are cited.
ORDER = "order"
_NONE = "(none)"
_PIECES, _TURNS = 3, 6
_CHARACTERS = {"message": 4_000, "turn": 800, "findings": 1_500, "excerpt": 80}
_TOKENS = {"message": 400, "history": 250, "order": 200}
_SENTENCES = {True: 3, False: 6}
_ROLES = {"customer": "Customer", "bot": "Shop", "agent": "Shop"}
_APOLOGY = {
    "none": "none",
    "slight": "one short apology for the trouble",
    "formal": "one formal apology for the trouble",
    "grave": "one grave apology for the trouble",
}
_DIRECTNESS = {"direct": "come to the point", "balanced": "friendly and to the point", "indirect": "considerate, never blunt"}
_ALWAYS_AVOID = ("whose fault it is", "what other customers or people did", "anything about law, politics or religion")


class Veil(Protocol):
    """Hides what is private behind placeholders, and puts it back."""

    def hide(self, text: str) -> str:
        """Return ``text`` with placeholders."""

    def restore(self, text: str) -> str:
        """Return ``text`` with what the placeholders stand for."""


@dataclass(frozen=True)
class Brief:
    """All that one draft is written from and held against."""

    scene: Scene
    veil: Veil
    passages: tuple[Passage, ...]
    facts: tuple[str, ...]
    apology: str
    instructions: str = field(default="", repr=False)

    @property
    def alone(self) -> bool:
        """Whether the text would be sent without a person having read it."""
        return self.scene.decision.action == "reply"

    @property
    def language(self) -> str:
        """The customer's language."""
        return self.scene.triage.language

    @property
    def emoji(self) -> bool:
        """Whether emoji are welcome."""
        market = self.scene.market
        return market is not None and market.tone.emoji == "welcome" and self.scene.chat

    def ids(self) -> dict[str, Passage]:
        """Return the passages by the ids under which a model cites them."""
        return {f"E{number}": passage for number, passage in enumerate(self.passages, 1)}

    def pieces(self) -> dict[str, str]:
        """Return the evidence by id."""
        told = {name: f"{_plain(passage)}\n{passage.lead}\n{passage.text}" for name, passage in self.ids().items()}
        return told | ({ORDER: "\n".join((*self.facts, *self._lines()))} if self.facts else {})

    def bounds(self) -> Bounds:
        """Return what the text must keep to."""
        return Bounds(self.language, self.pieces(), self.instructions, self.emoji)

    def evidence(self) -> tuple[str, ...]:
        """Return the passages' texts, for the check."""
        return tuple(text for passage in self.passages for text in (passage.lead, passage.text) if text)

    def variables(self) -> dict[str, str | Trimmed]:
        """Return what the prompt ``draft`` asks for."""
        return {
            **self._common(),
            "avoid": _term("\n".join(f"- {what}" for what in self._avoided())),
            "history": self._history(),
        }

    def repair_variables(self, draft: str, faults: Sequence[Fault]) -> dict[str, str | Trimmed]:
        """Return what the prompt ``repair`` asks for.

        Args:
            draft: The refused text as the model wrote it, with its placeholders.
            faults: What stands against it.
        """
        told = [f"- {fault.rule}: {fault.advice} («{self._excerpt(fault.words)}»)" for fault in faults]
        return {**self._common(), "findings": _term("\n".join(told))[: _CHARACTERS["findings"]], "draft": draft}

    def _common(self) -> dict[str, str | Trimmed]:
        parts = [Part(f"[{name}] {_plain(passage)}", passage.p_answers + 1) for name, passage in self.ids().items()]
        told = split(beginning(self.veil.hide(self.scene.triage.text), _CHARACTERS["message"]))
        said = tuple(Part(sentence, 1 - number / 1000) for number, sentence in enumerate(told))
        return {
            "language": formats.locale_for(self.language, None).get_display_name("en") or self.language,
            "style": _term("\n".join(f"- {line}" for line in self._style())),
            "message": Trimmed(said, budget=_TOKENS["message"], separator=" "),
            "order": self._order(),
            "evidence": Trimmed(tuple(parts), separator="\n\n") if parts else _NONE,
        }

    def _style(self) -> list[str]:
        scene, market = self.scene, self.scene.market
        tone = market.tone if market else None
        feeling = scene.triage.emotion.value
        lines = [
            f"form of address: {scene.voice.register}",
            f"at most {_SENTENCES[scene.chat]} sentences",
            "no greeting, thanks for writing, closing, signature or waiting time: the program adds them",
        ]
        if self.alone:  # what nobody reads before the customer has its empathy from the phrase bank
            lines.append("no empathy and no apology: the program adds them")
            lines.append("choose from the order record the sentences that answer, in the best order; keep their words")
        else:
            lines.append(f"apology: {_APOLOGY[self.apology]}")
            lines.append(f"the customer seems {feeling}; empathy: {tone.empathy if tone else 'standard'}")
        lines.append(f"directness: {_DIRECTNESS[tone.directness if tone else 'balanced']}")
        return [*lines, "plain text" if self.emoji else "plain text without emoji"]

    def _avoided(self) -> tuple[str, ...]:
        return (*_ALWAYS_AVOID, *(self.scene.market.avoid if self.scene.market else ()))

    def _history(self) -> str | Trimmed:
        turns = said_before(self.scene.conversation, self.scene.message, self.veil.hide)
        return turns if isinstance(turns, str) else Trimmed(turns, keep_first=False, budget=_TOKENS["history"])

    def _order(self) -> str | Trimmed:
        parts = tuple(Part(self.veil.hide(fact), 1.0) for fact in (*self.facts, *self._lines()))
        head = (Part(f"[{ORDER}]", 2.0),)
        return Trimmed((*head, *parts), budget=_TOKENS["order"]) if parts else _NONE

    def _lines(self) -> tuple[str, ...]:
        """Return how the phrase bank says the order's facts, in the customer's language."""
        return tuple(self.scene.voice.say(wordings) for wordings in true_lines(self.scene)) if self.facts else ()

    def _excerpt(self, words: str) -> str:
        return re.sub(r"\s+", " ", self.veil.hide(words))[: _CHARACTERS["excerpt"]]


def said_before(conversation: Conversation, message: Message, hide: Callable[[str], str]) -> str | tuple[Part, ...]:
    """Return the latest turns before ``message`` with what is private hidden, the later worth more; "(none)" without any."""
    earlier = [turn for turn in conversation.turns if turn.role in _ROLES and turn.id != message.id and turn.text.strip()]
    parts = [
        Part(f"{_ROLES[turn.role]}: {beginning(hide(turn.text), _CHARACTERS['turn'])}", number / (10 * _TURNS))
        for number, turn in enumerate(earlier[-_TURNS:])
    ]
    return tuple(parts) or _NONE


def _plain(passage: Passage) -> str:
    return to_plain("\n".join(part for part in (passage.title, passage.lead, passage.text) if part))


def _term(text: str) -> str:
    """Return a text of the library's own without what could be taken for a fence."""
    return text.replace("<", "‹").replace(">", "›")


def most_useful(first: Passage | None, others: Sequence[Passage], *, at: float) -> tuple[Passage, ...]:
    """Return the evidence: what was decided on, then what else may answer."""
    if first is None:
        return ()
    rest = [
        passage
        for passage in others
        if passage.p_answers >= at and (passage.doc_id, passage.chunk) != (first.doc_id, first.chunk)
    ]
    return (first, *rest)[:_PIECES]
