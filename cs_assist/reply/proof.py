"""Is every sentence that a model wrote borne out by what it names as its evidence? Strict: what cannot be told is a fault.

The guard compares facts by their meaning; here they are compared as they are written, so that what the guard takes for
a harmless word (a code, an unknown kind of number) is still refused when no evidence has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cs_assist.types import same_language

Identify = Callable[[str], tuple[str, float]]
#: How sure the language of a model's text must be.
SURE_LANGUAGE = 0.95
_FOREIGN, _MIN_LETTERS = 0.8, 20
_MOST_CHARACTERS = 4_000
#: So many words in a row of its own instructions are no chance.
_ECHO = 6
_GROUPED = re.compile(r"(?<=\d)[.,'’\u00a0\u202f ](?=\d{3}(?!\d))")
_DIGITS = re.compile(r"\d+")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'，。、）)\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)@\w{2,}"
    r"|(?<![\w@.-])[\w-]{2,63}(?:\.[\w-]{1,63})*\.(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59}|[\u0370-\u1fff\u3040-\ud7a3]{2,8})(?!\w)(?:/[^\s<>\"'，。、）)\]]*)?"
)
#: Letters and digits in one token ("SAVE10", "PL-26-1"), but not a number with its unit ("14-day", "20kg").
_MIXED = re.compile(r"[A-Za-z0-9\u00c0-\u024f]+(?:[-_/][A-Za-z0-9\u00c0-\u024f]+)*")
_AMOUNT = re.compile(r"\d+(?:-?[a-zà-ÿ]+)+|\d+(?:[-/]\d+)*")
_LATIN = r"[a-z0-9\u00df-\u024f]"
_SHOUTED = re.compile(r"(?<![\w-])[A-Z]{5,}(?![\w-])")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")


@dataclass(frozen=True)
class Fault:
    """Why a model's text is refused: a rule, the words concerned, and what to do; some faults no second try can mend."""

    rule: str
    words: str
    advice: str
    mendable: bool = True


@dataclass(frozen=True)
class Bounds:
    """What a model's text must keep to.

    Args:
        language: BCP 47 tag of the customer's language.
        pieces: The evidence by id; a sentence may cite these only.
        instructions: What the model was told: none of it may come back.
        emoji: Whether the market likes them here.
    """

    language: str
    pieces: Mapping[str, str]
    instructions: str
    emoji: bool


def prove(sentences: Sequence[tuple[str, Sequence[str]]], bounds: Bounds, identify: Identify) -> Iterator[Fault]:
    """Yield what stands against a text, given as sentences with the ids of their evidence.

    Example:
        >>> bounds = Bounds("en", {"E1": "Returns take 14 days."}, "", emoji=False)
        >>> [f.rule for f in prove([("You may return it within 30 days.", ["E1"])], bounds, lambda text: ("en", 1.0))]
        ['figure']
    """
    text = " ".join(said for said, _ in sentences)
    if len(text) > _MOST_CHARACTERS:
        yield Fault("length", text[:60], "write less")
        return
    cited = {name for _, names in sentences for name in names}
    for name in sorted(cited - bounds.pieces.keys()):
        yield Fault("unknown_evidence", name, "cite only ids that the evidence has")
    if not cited & bounds.pieces.keys():
        yield Fault("no_evidence", text[:60], "state what the evidence says, and cite it")
    evidence = "\n".join(bounds.pieces.values())
    for name in bounds.pieces:
        said_id = re.search(rf"[\[【]\s*{re.escape(name)}\s*[\]】]", text, re.IGNORECASE)
        coded = any(char.isdigit() for char in name) and not _has_token(evidence, name) and _has_token(text, name)
        if said_id is not None or coded:
            yield Fault("evidence_id", said_id[0] if said_id else name, "never write an id of the evidence in the text")
    for said, names in sentences:
        yield from _unborne(said, [bounds.pieces[name] for name in names if name in bounds.pieces])
    yield from _in_language(text, [said for said, _ in sentences], bounds.language, identify)
    if (echo := _echo(text, bounds)) is not None:
        yield Fault("instructions", echo, "leave your instructions out", mendable=False)
    if not bounds.emoji and (found := _EMOJI.search(text)):
        yield Fault("emoji", found[0], "use no emoji")


def _unborne(said: str, pieces: Sequence[str]) -> Iterator[Fault]:
    """Yield the links, codes and figures of a sentence that the evidence it cites does not have."""
    known = "\n".join(pieces)
    bare = said
    have = {_plain_link(link) for link in _LINK.findall(known.casefold())}
    for found in _LINK.finditer(said.casefold()):
        if _plain_link(found[0]) not in have:
            yield Fault("link", found[0], "use only links and addresses of the evidence that you cite")
        bare = bare.replace(said[found.start() : found.end()], " ")
    for token in (*_MIXED.findall(bare), *_SHOUTED.findall(bare)):
        letters = any(c.isalpha() for c in token)
        code = token.isupper() and not any(c.isdigit() for c in token) and len(token) >= 5
        code = code or (letters and any(c.isdigit() for c in token) and not _AMOUNT.fullmatch(token))
        if code and not _has_token(known, token):
            yield Fault("code", token, "use only codes and numbers of the evidence that you cite")
    for figure in sorted(_figures(bare) - _figures(known)):
        yield Fault("figure", figure, "use only figures of the evidence that you cite")


def _figures(text: str) -> set[str]:
    """Return the runs of digits of a text, in ASCII, with thousands joined and without leading zeros."""
    folded = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in unicodedata.normalize("NFKC", text))
    return {run.lstrip("0") or "0" for run in _DIGITS.findall(_GROUPED.sub("", folded))}


def _plain_link(link: str) -> str:
    bare = link.rstrip(".,;:!?»”’\"'")
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", bare).rstrip("/")


def _has_token(text: str, token: str) -> bool:
    """Tell whether a code stands in a text as a whole, however it is set apart there: "PL-26-1", "pl 26 1"."""
    letters = [re.escape(char) for char in unicodedata.normalize("NFKC", token).casefold() if char.isalnum()]
    code = r"[\W_]?".join(letters)
    return re.search(rf"(?<!{_LATIN}){code}(?!{_LATIN})", unicodedata.normalize("NFKC", text).casefold()) is not None


def _in_language(text: str, sentences: Sequence[str], language: str, identify: Identify) -> Iterator[Fault]:
    """Yield that a text, or one sentence of it, is not in the customer's language, or not surely."""
    seen, p = identify(text)
    if not same_language(seen, language):
        yield Fault("language", text[:60], f"write in '{language}' only")
        return
    if p < SURE_LANGUAGE:
        yield Fault("language_unsure", text[:60], f"write in '{language}' only", mendable=False)
    for said in sentences:
        if sum(char.isalpha() for char in said) >= _MIN_LETTERS:
            seen, p = identify(said)
            if p >= _FOREIGN and not same_language(seen, language):
                yield Fault("language", said[:60], f"write in '{language}' only")


def _echo(text: str, bounds: Bounds) -> str | None:
    """Return words of the instructions that come back in a text though no evidence has them."""
    told, known = _words(bounds.instructions), f" {' '.join(_words(' '.join(bounds.pieces.values())))} "
    runs = {" ".join(told[at : at + _ECHO]) for at in range(len(told) - _ECHO + 1)}
    said = _words(text)
    for at in range(len(said) - _ECHO + 1):
        run = " ".join(said[at : at + _ECHO])
        if run in runs and f" {run} " not in known:
            return run
    return None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
