"""Texts with what is private in them marked, from ``data/private_cases.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from cs_assist.guard.private_words import Found

CASES = Path(__file__).parent / "data" / "private_cases.yaml"
_MARK = re.compile(r"⟦(\w+)\|(.*?)⟧", re.S)


class Case(NamedTuple):
    """A text in a language with its private values: type, start, end."""

    language: str
    text: str
    spans: tuple[tuple[str, int, int], ...]


def unmark(language: str, marked: str) -> Case:
    text, at, spans = "", 0, []
    for mark in _MARK.finditer(marked):
        text += marked[at : mark.start()]
        spans.append((mark[1], len(text), len(text) + len(mark[2])))
        text += mark[2]
        at = mark.end()
    return Case(language, text + marked[at:], tuple(spans))


@cache
def cases() -> tuple[Case, ...]:
    listed = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    return tuple(unmark(language, marked) for language, texts in listed.items() for marked in texts)


def best(found: Iterable[Found]) -> list[Found]:
    """Return what stays of values that overlap, as in the privacy module: the surer one, then the longer."""
    kept: list[Found] = []
    for value in sorted(found, key=lambda f: (f.tier, f.start - f.end, f.start)):
        if not any(value.start < other.end and other.start < value.end for other in kept):
            kept.append(value)
    return sorted(kept, key=lambda value: value.start)
