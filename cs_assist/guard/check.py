"""Check: may this text leave the house? Numbers, placeholders, contact data, length and language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.types import Draft, Finding, Message, same_language

LIMITS = Path(__file__).parent / "data" / "limits.yaml"
_PLACEHOLDER = re.compile(r"\{[a-z_]{1,40}\}")
_NUMBER = re.compile(r"\d+(?:[.,\u202f\u00a0'’٫٬]\d+)*")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"']{2,300}")
_PHONE = re.compile(r"(?<![\w.,-])\+?\d[\d\s().-]{7,18}\d(?![\w-])")
_MESSENGER = re.compile(r"(?<![A-Za-z])(?:whats\s?app|telegram|we\s?chat|line id|kakao\s?talk|viber|zalo)(?![A-Za-z])", re.I)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_MIN_LETTERS = 20
_SURE_LANGUAGE = 0.8
#: Languages that the head cannot tell apart well enough to hold a reply back for it.
_NEAR: tuple[set[str], ...] = ({"id", "ms"}, {"hi-Latn", "en"})


class Limit(BaseModel):
    """A length with how sure it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: int
    certainty: Literal["verified", "secondary", "general"]
    source: str
    reviewed: date


class Limits(BaseModel):
    """The file of lengths."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: dict[str, Limit]
    platforms: dict[str, Limit]


@cache
def load_limits(path: Path = LIMITS) -> Limits:
    """Return the shipped limits, read once."""
    return load_yaml(path, Limits)


class Guard:
    """Checks one draft against evidence, platform and channel.

    Args:
        identify: Tells the language of a text (its BCP 47 tag, ``und`` where it cannot) and how sure it is.
    """

    def __init__(self, identify: Callable[[str], tuple[str, float]]) -> None:
        self._identify = identify
        self._limits = load_limits()

    def __call__(self, draft: Draft, message: Message) -> tuple[Finding, ...]:
        """Return what stands against ``draft``, in the order of its text; empty where nothing does."""
        if not draft.text:
            return ()
        found = [
            *self._placeholders(draft.text),
            *_unsupported_numbers(draft),
            *_contact(draft.text, message),
            *self._length(draft.text, message),
            *self._language(draft, message),
        ]
        return tuple(sorted(found, key=lambda finding: (finding.start, finding.rule)))

    def _placeholders(self, text: str) -> Iterable[Finding]:
        for match in _PLACEHOLDER.finditer(text):
            yield _finding("placeholder", "block", match, f"'{match.group()}' was not filled in")

    def _length(self, text: str, message: Message) -> Iterable[Finding]:
        limits = (self._limits.platforms.get(message.platform or ""), self._limits.channels.get(message.channel))
        for limit in limits:
            if limit and len(text) > limit.value:
                severity: Literal["block", "warn"] = "warn" if limit.certainty == "general" else "block"
                yield Finding(
                    rule="length", severity=severity, start=limit.value, end=len(text),
                    message=f"{len(text)} characters; {limit.value} are allowed ({limit.source})",
                )  # fmt: skip

    def _language(self, draft: Draft, message: Message) -> Iterable[Finding]:
        letters = sum(c.isalpha() for c in draft.text)
        if letters < _MIN_LETTERS:
            return
        seen, p = self._identify(draft.text)
        if p >= _SURE_LANGUAGE and not same_language(seen, draft.language) and {seen, draft.language} not in _NEAR:
            yield Finding(
                rule="language", severity="block", start=0, end=len(draft.text),
                message=f"reads as '{seen}', should be '{draft.language}'",
            )  # fmt: skip


def digits(text: str) -> str:
    """Return ``text`` with the digits of every script as 0-9.

    Example:
        >>> digits("١٤ 日 ２日")
        '14 日 2日'
    """
    return "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text)


def _numbers(text: str) -> list[re.Match[str]]:
    return list(_NUMBER.finditer(digits(text)))


def _canonical(number: str) -> str:
    """Return a number in one form: ``1.250`` and ``1,250`` are 1250, ``12,50`` and ``12.5`` are 12.5."""
    whole, *rest = re.split(r"\D+", number)
    if len(rest) == 1 and len(rest[0]) != 3:
        fraction = rest[0].rstrip("0")
        return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    if all(len(part) == 3 for part in rest):
        return ("".join([whole, *rest])).lstrip("0") or "0"
    return ".".join([whole, *rest])


def _unsupported_numbers(draft: Draft) -> Iterable[Finding]:
    """A number that neither the articles, the order nor the clock gave does not leave the house."""
    allowed = {_canonical(m.group()) for text in draft.evidence for m in _numbers(text)}
    for match in _numbers(draft.text):
        if _canonical(match.group()) not in allowed:
            yield _finding("number_unsupported", "block", match, f"'{match.group()}' is in no evidence")


def _contact(text: str, message: Message) -> Iterable[Finding]:
    """On a marketplace the conversation stays there: no addresses, numbers, links or messengers.

    The strict pack: it holds for every platform whose own rules were not verified too.
    """
    platform = message.platform
    if platform in (None, "own_shop"):
        return
    order = message.order
    ours = {_only_digits(value) for value in (order.number, order.tracking) if value} if order else set()
    taken: list[tuple[int, int]] = []
    for rule, pattern in (
        ("contact_email", _EMAIL),
        ("external_link", _LINK),
        ("contact_messenger", _MESSENGER),
        ("contact_phone", _PHONE),
    ):
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            if rule == "contact_phone" and not _may_be_phone(match.group(), ours):
                continue
            taken.append(match.span())
            yield _finding(rule, "block", match, f"'{match.group()}' leads off {platform}")


def _only_digits(text: str) -> str:
    return re.sub(r"\D", "", digits(text))


def _may_be_phone(text: str, ours: set[str]) -> bool:
    """Tell a phone number from a date, a marketplace's order number, and the numbers of the customer's own order."""
    number = _only_digits(text)
    if not 8 <= len(number) <= 15 or number in ours:
        return False
    return not _DATE.fullmatch(text.strip()) and not re.fullmatch(r"\d{3}-\d{7}-\d{7}", text.strip())


def _finding(rule: str, severity: Literal["block", "warn", "note"], match: re.Match[str], message: str) -> Finding:
    return Finding(rule=rule, severity=severity, start=match.start(), end=match.end(), message=message)


def verdict(findings: Iterable[Finding]) -> Literal["pass", "warn", "block"]:
    """Return the gravest consequence of some findings."""
    severities = {finding.severity for finding in findings}
    return "block" if "block" in severities else "warn" if "warn" in severities else "pass"
