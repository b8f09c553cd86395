"""What a seller lets every reply say: the shop's own pages, telephone numbers, addresses, brands and turns of phrase."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cs_assist.guard.normal import Normal, normal
from cs_assist.guard.private_words import glued
from cs_assist.types import Finding

__all__ = ["Allowances"]

Span = tuple[int, int]
#: What no allowance reaches: whose number it is nobody can tell by the number, and a form does not become right.
_NEVER = frozenset(
    ["private_card", "private_national_id", "private_password", "private_date_of_birth", "length", "language", "markup"]
)
_PAGE = re.compile(r"(?:https?://)?(?P<host>(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})(?P<path>/\S*)?")
_PAGES = re.compile(
    r"(?<![a-z0-9@._/-])(?:https?://)?(?P<host>(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})(?![a-z0-9@-])"
    r"(?::\d{1,5})?(?P<path>[/?#][^\s<>\"'。，、）)]{0,300})?"
)
_NUMBER = re.compile(r"\+?[\d\s().\-/]{7,30}")
_NUMBERS = re.compile(r"(?<![\w+])\+?\(?\d(?:[ ().\-/·]{0,3}\d){6,17}(?!\w)")
_MIN_DIGITS = 7
#: Digits that a country's code has at most.
_CODE = 3


class Allowances:
    """Tells whether a finding lies within what a seller lets every reply say.

    Args:
        texts: A host ("myshop.example") stands for its pages and those of its subdomains, with a path for the pages
            below it; a telephone number for itself in any way of writing, with or without its country's code; anything
            else for these words, in any case.

    Example:
        >>> allowed = Allowances(["myshop.example"])
        >>> [allowed.spans(text) for text in ("see www.myshop.example/a", "see myshop.example.evil.net")]
        [[(4, 24)], []]
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._pages: list[tuple[str, str]] = []
        self._numbers: list[str] = []
        words = []
        for text in map(normal, texts):
            page = _PAGE.fullmatch(text.strip())
            if page:
                self._pages.append((page["host"].removeprefix("www."), page["path"] or ""))
            elif _NUMBER.fullmatch(text.strip()) and len(_digits(text)) >= _MIN_DIGITS:
                self._numbers.append(_digits(text))
            elif text.strip():
                words.append(_as_words(text))
        self._words = re.compile("|".join(sorted(words, key=len, reverse=True))) if words else None

    def keep(self, findings: Iterable[Finding], text: str) -> list[Finding]:
        """Return the findings that do not lie within what is allowed."""
        findings = list(findings)
        if not findings or not (self._pages or self._numbers or self._words):
            return findings
        spans = self.spans(text)
        return [f for f in findings if f.rule in _NEVER or not any(start <= f.start and f.end <= end for start, end in spans)]

    def spans(self, text: str) -> list[Span]:
        """Return the places of ``text`` that are allowed."""
        seen = Normal(text)
        return [seen.span(*span) for span in self._found(seen.text)]

    def _found(self, text: str) -> Iterator[Span]:
        if self._words:
            yield from (match.span() for match in self._words.finditer(text))
        for match in _PAGES.finditer(text) if self._pages else ():
            if any(_below(match["host"], match["path"] or "", *page) for page in self._pages):
                yield match.start(), match.end() - (len(match.group()) - len(match.group().rstrip(".,;:!?")))
        for match in _NUMBERS.finditer(text) if self._numbers else ():
            if any(_same_number(_digits(match.group()), number) for number in self._numbers):
                yield match.span()


def _below(host: str, path: str, allowed: str, folder: str) -> bool:
    """Whether a page is one of an allowed host and folder."""
    folder = folder.rstrip("/")
    there = host == allowed or host.endswith("." + allowed)
    return there and (not folder or path == folder or path.startswith((folder + "/", folder + "?", folder + "#")))


def _digits(text: str) -> str:
    return "".join(re.findall(r"[0-9]", text)).lstrip("0")


def _same_number(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _MIN_DIGITS and long.endswith(short) and len(long) - len(short) <= _CODE


def _as_words(text: str) -> str:
    """Return a pattern of a text's words that does not begin or end inside another word."""
    words = text.split()
    pattern = r"\s{1,3}".join(map(re.escape, words))
    first, last = words[0][0], words[-1][-1]
    begin = r"(?<!\w)" if first.isalnum() and not glued(first) else ""
    return begin + pattern + (r"(?!\w)" if last.isalnum() and not glued(last) else "")
