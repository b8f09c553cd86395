"""Help for the people who answer: translation, another tone, a summary of what is handed over.

A model writes, code compares: nothing is called verified that states other facts than its source. Personal data are
masked before the model sees a text and put back afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from babel import Locale
from pydantic import RootModel

from cs_assist.datafile import read_mapping, read_text
from cs_assist.errors import ModelError
from cs_assist.llm.door import Answer, LanguageModel
from cs_assist.llm.schemas import Summary, Translation
from cs_assist.llm.tokens import Part, Trimmed
from cs_assist.sentences import beginning
from cs_assist.types import Handover, Record, Usage, same_language

PATH = Path(__file__).parent / "machine_made.yaml"
#: From here on a text is surely in another language than was asked for.
_SURE = 0.8
_ROOM = 1500  # characters that are translated of what a customer wrote; those of dense scripts count twice
#: Nobody can tell these two apart in a short text.
_ALIKE = frozenset({"id", "ms"})
_NONE = "none"


class Masked(Protocol):
    """A text with placeholders."""

    @property
    def text(self) -> str:
        """The text."""


class Vault(Protocol):
    """Masks and restores personal data, one placeholder a value; see :class:`cs_assist.guard.privacy.Vault`."""

    def mask(self, text: str, *, market: str | None = None, language: str | None = None) -> Masked:
        """Return the text with placeholders."""

    def restore(self, text: str) -> str:
        """Return the text with the values."""


class Facts(Protocol):
    """Compares what texts state; see :class:`cs_assist.guard.parity.Parity`."""

    def differences(self, source: str, target: str, *, languages: tuple[str, str], names: Sequence[str] = ()) -> tuple[str, ...]:
        """Return what the target adds and lacks."""

    def added(self, text: str, sources: Sequence[str], *, language: str) -> tuple[str, ...]:
        """Return what the text states and no source does."""


class AgentText(Record):
    """A text that a machine made, for an agent to read.

    ``verified`` says that numbers, dates, amounts, codes, links and names are those of the source, and that the language
    is the one that was asked for; ``differences`` tells what is not, in words. It says nothing of style and tone.
    """

    text: str
    language: str
    machine_made: Literal[True] = True
    verified: bool
    differences: tuple[str, ...] = ()
    usage: tuple[Usage, ...] = ()

    def marked(self, agent_language: str = "en") -> str:
        """Return the text under a line, in the agents' language, that says where it comes from."""
        return f"[{machine_made(agent_language)}]\n{self.text}" if self.text else ""


class Summarised(Record):
    """A packet whose summary a model has added to, or why it stayed as it was: ``differences``, or a model's ``fault``."""

    packet: Handover
    verified: bool
    differences: tuple[str, ...] = ()
    fault: str = ""
    usage: tuple[Usage, ...] = ()


class Translated(Record):
    """A packet with what its customer wrote, and the suggested reply, in the agents' language, as far as that was made."""

    packet: Handover
    calls: int = 0
    usage: tuple[Usage, ...] = ()


class AgentHelp:
    """Translates, rewrites and sums up with a language model, and verifies what it wrote.

    Args:
        model: The model.
        vault: Makes an empty vault for personal data.
        facts: Compares what texts state.
        identify: Gives a text's language and its probability.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        vault: Callable[[], Vault],
        facts: Facts,
        identify: Callable[[str], tuple[str, float]],
    ) -> None:
        self._model, self._vault, self._facts, self._identify = model, vault, facts, identify

    def translate(
        self,
        text: str,
        *,
        into: str,
        source: str | None = None,
        market: str | None = None,
        register: str = "neutral",
        names: Sequence[str] = (),
        conversation: str = "",
    ) -> AgentText:
        """Return ``text`` in another language, with one retry where the facts do not agree.

        Args:
            text: What a customer or an agent wrote.
            into: The language wanted, BCP 47. A text that is in it already comes back as it is.
            source: Its own language; identified by default.
            market: The customer's; helps to find personal data.
            register: Such as ``formal``.
            names: Names that must not change: products, carriers, the shop.
            conversation: Whose budget it counts to.

        Raises:
            ModelError: The model gave no usable answer.
        """
        own = source or self._identify(text)[0]
        if not text.strip() or same_language(own, into):
            return AgentText(text=text, language=into if not text.strip() else own, verified=True)
        vault = self._vault()
        masked = vault.mask(text, market=market, language=own).text
        fixed = {"source_language": language_name(own), "language": language_name(into), "register": register, "text": masked}

        def ask(draft: str, faults: str) -> Answer[Translation]:
            if not faults:
                return self._model.ask("translate", fixed, schema=Translation, conversation=conversation)
            again = {**fixed, "draft": draft, "faults": faults}
            return self._model.ask("translate_again", again, schema=Translation, conversation=conversation)

        return verified(ask, lambda made: self._faults(masked, made, (own, into), names), into, restore=vault.restore)

    def rewrite(
        self,
        text: str,
        *,
        tone: str,
        language: str | None = None,
        market: str | None = None,
        names: Sequence[str] = (),
        conversation: str = "",
    ) -> AgentText:
        """Return ``text`` in another tone or register, such as ``warmer``, ``formal`` or ``shorter``; facts stay.

        Raises:
            ModelError: The model gave no usable answer.
        """
        own = language or self._identify(text)[0]
        if not text.strip():
            return AgentText(text=text, language=own, verified=True)
        vault = self._vault()
        masked = vault.mask(text, market=market, language=own).text

        def ask(draft: str, faults: str) -> Answer[Translation]:
            given = {
                "language": language_name(own),
                "tone": tone,
                "text": masked,
                "draft": draft or _NONE,
                "faults": faults or _NONE,
            }
            return self._model.ask("rewrite", given, schema=Translation, conversation=conversation)

        return verified(ask, lambda made: self._faults(masked, made, (own, own), names), own, restore=vault.restore)

    def summarise(self, packet: Handover, *, conversation: str = "") -> Summarised:
        """Return a packet whose summary a model has added to, where its words state nothing that was not said.

        The packet's own line stays above it. Where the model fails, or states a number, date, code, link or name that
        neither turns nor order have, the packet stays as it was.
        """
        vault = self._vault()
        turns = [f"{turn.role}: {turn.text}" for turn in packet.timeline if turn.text and not turn.deleted]
        order = packet.order.model_dump(mode="json", exclude_none=True, exclude_defaults=True) if packet.order else {}
        facts = [f"{name.replace('_', ' ')}: {value}" for name, value in order.items()]
        told = {"market": packet.market, "language": packet.customer_language}
        turns, facts = ([vault.mask(line, **told).text for line in lines] for lines in (turns, facts))
        variables: dict[str, str | Trimmed] = {
            "language": language_name(packet.agent_language),
            "reason": packet.reason,
            "turns": Trimmed(tuple(Part(line, float(place)) for place, line in enumerate(turns)), keep_first=False),
            "order": "\n".join(facts) or _NONE,
        }
        try:
            answer = self._model.ask("summarise_for_handover", variables, schema=Summary, conversation=conversation)
        except ModelError as exc:
            return Summarised(packet=packet, verified=False, fault=exc.kind)
        made = answer.value
        lines = [made.wants, *(f"- {point}" for point in made.points), *(f"? {open_}" for open_ in made.open_questions)]
        text = "\n".join(lines)
        faults = self._facts.added(text, (*turns, *facts), language=packet.agent_language)
        faults += wrong_language(text, packet.agent_language, self._identify)
        if faults:
            told_faults = tuple(vault.restore(fault) for fault in faults)
            return Summarised(packet=packet, verified=False, differences=told_faults, usage=(answer.usage,))
        marked = f"{packet.summary}\n\n[{machine_made(packet.agent_language)}]\n{vault.restore(text)}"
        return Summarised(packet=packet.model_copy(update={"summary": marked}), verified=True, usage=(answer.usage,))

    def translate_packet(self, packet: Handover, *, conversation: str = "") -> Translated:
        """Return a packet with its customer's latest turns, and the suggested reply, in the agents' language.

        What is in it already is not translated. Where the model fails, nothing more is asked of it.
        """
        texts = {"translation": self._foreign(packet), "suggested_translation": packet.suggested_reply}
        if same_language(packet.customer_language, packet.agent_language):
            del texts["suggested_translation"]
        made: dict[str, str] = {}
        usage: list[Usage] = []
        for name, text in texts.items():
            if not text:
                continue
            try:
                answer = self.translate(
                    text, into=packet.agent_language, source=packet.customer_language, market=packet.market,
                    conversation=conversation,
                )  # fmt: skip
            except ModelError:
                return Translated(packet=packet.model_copy(update=made), calls=len(usage) + 1, usage=tuple(usage))
            usage += answer.usage
            unsure = [f"({'; '.join(answer.differences)})"] if answer.differences else []
            made[name] = "\n".join([answer.marked(packet.agent_language), *unsure])
        return Translated(packet=packet.model_copy(update=made), calls=len(usage), usage=tuple(usage))

    def _foreign(self, packet: Handover) -> str:
        """Return the customer's turns of the episode that the agents may not read, one a line, as many of the last as fit."""
        now = max((turn.episode for turn in packet.timeline), default=1)
        kept: list[str] = []
        room = _ROOM
        for turn in reversed(packet.timeline):
            line = " ".join(turn.text.split())
            if turn.role != "customer" or turn.episode != now or turn.deleted or not line or self._reads(packet, line):
                continue
            room -= sum(2 if char > "\u0e00" else 1 for char in line)
            if room < 0:
                kept = kept or [f"{beginning(line, _ROOM // 2)}…"]
                break
            kept.insert(0, line)
        return "\n".join(kept)

    def _reads(self, packet: Handover, line: str) -> bool:
        """Tell whether a turn is in the agents' language: what cannot be told is taken to be in the customer's."""
        seen, p = self._identify(line)
        return same_language(seen if p >= _SURE and seen != "und" else packet.customer_language, packet.agent_language)

    def _faults(self, source: str, made: str, languages: tuple[str, str], names: Sequence[str]) -> tuple[str, ...]:
        if not made.strip():
            return ("the text is empty",)
        found = self._facts.differences(source, made, languages=languages, names=names)
        return (*found, *wrong_language(made, languages[1], self._identify))


def verified(
    ask: Callable[[str, str], Answer[Translation]],
    faults: Callable[[str], tuple[str, ...]],
    language: str,
    *,
    restore: Callable[[str], str],
) -> AgentText:
    """Return a model's text, asked once more where it has faults; the better of the two where both have.

    Args:
        ask: Asks the model, given its earlier text and its faults, both empty at first.
        faults: Says what is wrong with a text.
        language: The one asked for.
        restore: Puts personal data back.

    Raises:
        ModelError: The first call failed.
    """
    first = ask("", "")
    best, wrong, usage = first.value.text, faults(first.value.text), [first.usage]
    if wrong:
        try:
            second = ask(best, "\n".join(wrong))
        except ModelError:
            pass  # the first text is what there is, and is told to be unverified
        else:
            usage.append(second.usage)
            still = faults(second.value.text)
            if len(still) < len(wrong):
                best, wrong = second.value.text, still
    return AgentText(
        text=restore(best), language=language, verified=not wrong, differences=tuple(map(restore, wrong)), usage=tuple(usage)
    )


def wrong_language(text: str, wanted: str, identify: Callable[[str], tuple[str, float]]) -> tuple[str, ...]:
    """Return the fault of a text that is surely in another language than the one wanted."""
    seen, p = identify(text)
    if p < _SURE or seen == "und" or same_language(seen, wanted) or {seen, wanted} <= _ALIKE:
        return ()
    return (f"is written in '{seen}', not in '{wanted}'",)


def language_name(tag: str) -> str:
    """Return a language's English name with its tag, as prompts have it.

    Example:
        >>> language_name("pt-BR")
        'Portuguese (pt-BR)'
    """
    return f"{Locale('en').languages.get(tag.split('-')[0], tag)} ({tag})"


def machine_made(language: str) -> str:
    """Return the words that mark a machine's text, in the agents' language; in English where there are none in it."""
    words = _words()
    return words.get(language) or next((text for tag, text in words.items() if same_language(tag, language)), words["en"])


class _Words(RootModel[dict[str, str]]):
    pass


@cache
def _words() -> dict[str, str]:
    return _Words.model_validate(read_mapping(read_text(PATH), path=PATH).value).root
