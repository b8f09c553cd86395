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
_MESSENGER = re.compile(r"(?<!\w)(?:whats\s?app|telegram|we\s?chat|line id|kakao\s?talk|viber|zalo)(?!\w)", re.I)
_MIN_LETTERS = 20


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
        identify: Tells the language of a text (its BCP 47 tag, ``und`` where it cannot).
    """

    def __init__(self, identify: Callable[[str], str]) -> None:
        self._identify = identify
        self._limits = load_limits()

    def __call__(self, draft: Draft, message: Message) -> tuple[Finding, ...]:
        """Return what stands against ``draft``, in the order of its text; empty where nothing does."""
        if not draft.text:
            return ()
        found = [
            *self._placeholders(draft.text),
            *_unsupported_numbers(draft),
            *_contact(draft.text, message.platform),
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
        seen = self._identify(draft.text)
        if not same_language(seen, draft.language):
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
    return re.sub(r"\D", "", number).lstrip("0") or "0"


def _unsupported_numbers(draft: Draft) -> Iterable[Finding]:
    """A number that neither the articles, the order nor the clock gave does not leave the house."""
    allowed = {_canonical(m.group()) for text in draft.evidence for m in _numbers(text)}
    for match in _numbers(draft.text):
        if _canonical(match.group()) not in allowed:
            yield _finding("number_unsupported", "block", match, f"'{match.group()}' is in no evidence")


def _contact(text: str, platform: str | None) -> Iterable[Finding]:
    """On a marketplace the conversation stays there: no addresses, numbers, links or messengers.

    The strict pack: it holds for every platform whose own rules were not verified too.
    """
    if platform in (None, "own_shop"):
        return
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
            if rule == "contact_phone" and sum(c.isdigit() for c in match.group()) < 8:
                continue
            taken.append(match.span())
            yield _finding(rule, "block", match, f"'{match.group()}' leads off {platform}")


def _finding(rule: str, severity: Literal["block", "warn", "note"], match: re.Match[str], message: str) -> Finding:
    return Finding(rule=rule, severity=severity, start=match.start(), end=match.end(), message=message)


def verdict(findings: Iterable[Finding]) -> Literal["pass", "warn", "block"]:
    """Return the gravest consequence of some findings."""
    severities = {finding.severity for finding in findings}
    return "block" if "block" in severities else "warn" if "warn" in severities else "pass"
