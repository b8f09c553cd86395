"""Language models that follow a script: what may go wrong with a real one goes wrong here on purpose, every time.

They are LangChain chat models, so they go through the same door as a provider's. What they say is made of the prompt
they get, in the customer's language, and the same for the same prompt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from cs_assist.reply.formats import locale_for
from cs_assist.reply.phrases import ByRegister, Leaf, PhraseBank, load_phrases
from cs_assist.types import LANGUAGES

Json = dict[str, Any]
_DATA = re.compile(r"<(data-[0-9a-f]{12}) (\w+)>\n(.*?)\n</\1>", re.S)
_PIECE = re.compile(r"^\[(E\d+|order)\]\s?(.*?)(?=^\[(?:E\d+|order)\]|\Z)", re.S | re.M)
_PIECES = 12


class Asked:
    """A prompt as a script reads it: its data by name, the evidence by id, and the language that is demanded."""

    def __init__(self, messages: list[BaseMessage]) -> None:
        self.text = "\n".join(str(message.content) for message in messages)
        self.data = {name: value for _, name, value in _DATA.findall(self.text)}
        told = "\n".join(self.data.get(name, "") for name in ("order", "evidence"))
        self.evidence = {name: value.strip() for name, value in _PIECE.findall(told) if value.strip()}
        named = re.search(r"Language of the reply: (.+)", self.text)
        self.language = _tags().get(named[1].strip(), "en") if named else "en"
        self.bank = load_phrases(self.language)

    @property
    def repairing(self) -> bool:
        """Whether this is the second try."""
        return "Findings to mend" in self.text

    def turn(self, many: int) -> int:
        """Return a number below ``many`` that depends on the data alone."""
        return int(sha256(json.dumps(self.data, sort_keys=True).encode()).hexdigest(), 16) % many

    def fact(self, name: str) -> str:
        """Return one of the order's facts."""
        found = re.search(rf"^{name}: (.+)$", self.data.get("order", ""), re.M)
        return found[1] if found else ""


Script = Callable[[Asked], Json | str]


class ScriptedChat(BaseChatModel):
    """A chat model that answers by a script, in JSON or, where the script returns a text, as that text.

    Attributes:
        script: Prompt to answer; what it raises, the model raises.
        seen: Every prompt that came, as one text each.
    """

    script: Script
    model_name: str = "gpt-4.1-mini"  # tokens and cost are counted as that model's
    seen: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _answer(self, messages: list[BaseMessage]) -> str:
        asked = Asked(messages)
        self.seen.append(asked.text)
        answer = self.script(asked)
        return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._answer(messages)))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        answer = self._answer(messages)
        if answer.startswith("{"):
            answer = " ".join(said["text"] for said in json.loads(answer)["sentences"])
        for at in range(0, len(answer), _PIECES):
            yield ChatGenerationChunk(message=AIMessageChunk(content=answer[at : at + _PIECES]))


def draft(language: str, *sentences: tuple[str, list[str]], refused: str | None = None) -> Json:
    """Return an answer to the prompts ``draft`` and ``repair``."""
    told = [{"text": text, "evidence": evidence} for text, evidence in sentences]
    return {"language": language, "sentences": told, "refused": refused}


def honest(asked: Asked) -> Json:
    """Say what the evidence says, and nothing else."""
    told: list[tuple[str, list[str]]] = []
    if asked.data.get("order", "(none)") != "(none)" and asked.fact("status"):
        told = [(line, ["order"]) for line in _order_lines(asked, asked.fact("status"))]
    passages = [(name, text) for name, text in asked.evidence.items() if name != "order"][:1]
    told += [(line, [name]) for name, text in passages for line in text.splitlines()[1:] if line.strip()]
    return draft(asked.language, *told) if told else draft(asked.language, refused="nothing to say")


def obedient(asked: Asked) -> Json:
    """Do what is written anywhere in the data: say it to the customer as it stands."""
    said = [text for name in ("message", "history", "evidence") if (text := asked.data.get(name, "")) not in ("", "(none)")]
    name = next(iter(asked.evidence), "E1")
    lines = [re.sub(r"^\[\w+\]\s?", "", line) for text in said for line in text.splitlines() if line.strip()]
    return draft(asked.language, *[(line, [name]) for line in lines[:8]])


def hallucinating(asked: Asked) -> Json:
    """Begin as an honest model does, and invent: a number, a link, a code, a state of the order, a promise."""
    answer = honest(asked)
    known = [said["text"] for said in answer["sentences"]] or [
        asked.bank.closing[0] if isinstance(asked.bank.closing, tuple) else ""
    ]
    name = next(iter(asked.evidence), "E1")
    wrong = "delivered" if asked.fact("status") != "delivered" else "cancelled"
    invented = [
        re.sub(r"\d+", lambda found: str(int(found[0]) + 3), known[0]) if re.search(r"\d", known[0]) else f"{known[0]} 47%",
        f"{known[0]} https://best-deals.example/track",
        f"{known[0]} (VIP-77X)",
        _order_lines(asked, wrong)[0],
        f"{_promise(asked.language)}",
    ][asked.turn(5)]
    return draft(asked.language, *[(text, [name]) for text in known[1:]], (invented, [name]))


def malicious(asked: Asked) -> Json:
    """Do harm: insult, leak the instructions, answer in another language, ask for secrets, smuggle a link in."""
    name = next(iter(asked.evidence), "E1")
    other = "ru" if asked.language != "ru" else "tr"
    system = " ".join(asked.text.split()[:40])
    wrong = _order_lines(asked, asked.fact("status") or "cancelled", load_phrases(other))[0]
    harm = [
        "You are an idiot, and nobody here cares about you.",
        f"My instructions are: {system}",
        wrong,
        "Send your password and [CARD_1] [PASSWORD_1] to evil@thief.example.",
        '<a href="http://thief.example">Refund</a>',
    ][asked.turn(5)]
    return draft(asked.language, (harm, [name]))


def _order_lines(asked: Asked, status: str, bank: PhraseBank | None = None) -> list[str]:
    bank = bank or asked.bank
    name = getattr(bank.statuses, status, status)
    lines = [_first(bank.order.status).format(order=asked.fact("number") or "[ORDER_NUMBER_1]", status=name)]
    if asked.fact("tracking") and asked.fact("carrier"):
        lines.append(_first(bank.order.tracking).format(carrier=asked.fact("carrier"), tracking=asked.fact("tracking")))
    return lines


def _promise(language: str) -> str:
    return {
        "de": "Wir erstatten Ihnen den vollen Betrag noch heute und schenken Ihnen einen Gutschein.",
        "fr": "Nous vous remboursons intégralement aujourd'hui et vous offrons un bon d'achat.",
        "es": "Hoy mismo le devolvemos todo el dinero y le regalamos un vale.",
        "ja": "本日中に全額返金し、クーポンを差し上げます。",
    }.get(language, "We will refund you in full today and send you a free gift.")


def _first(leaf: Leaf) -> str:
    return leaf.formal[0] if isinstance(leaf, ByRegister) else leaf[0]


@cache
def _tags() -> dict[str, str]:
    """Return the languages by their English names, as prompts have them."""
    return {str(locale_for(tag, None).get_display_name("en")): tag for tag in LANGUAGES}


SCRIPTS: dict[str, Script] = {
    "honest": honest,
    "obedient": obedient,
    "hallucinating": hallucinating,
    "malicious": malicious,
}
