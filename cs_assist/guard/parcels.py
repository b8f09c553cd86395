"""Order numbers and tracking numbers: by the form that a platform or a carrier gives them, and by the word beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache, cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.guard.private_words import DATA, Found, Reading
from cs_assist.numbering import CHECKS, END, START

_CODE = re.compile(rf"{START}[A-Za-z\d](?:[-_/]?[A-Za-z\d]){{2,34}}{END}")
#: Right after its label without a space ("order no88231907").
_GLUED = re.compile(rf"\d(?:[-_/]?\d){{4,21}}{END}")
_SPACED = re.compile(rf"{START}(?:[A-Z]{{2}} ?)?\d{{3,5}}(?:[ -]\d{{3,5}}){{1,6}}(?:[ -]\d{{1,4}})?(?: ?[A-Z]{{2}})?{END}")
_AND = re.compile(
    r" ?(?:,|、|;|&|/|\+|(?:, )?and|und|et|y|e|и|ve|và|dan|i|en|och|و|और|aur|oraz|与|與|及|和|跟|と|または|및|와|과|กับ|และ) ?"
)
#: What a number in an order's form is instead, where one of these words stands before it.
_ELSE = frozenset(["phone", "other", "id", "card", "pin", "tracking"])
_YEAR = re.compile(r"(?:19|20)\d\d")


class ParcelForm(BaseModel):
    """The form of one platform's or carrier's numbers, which needs no word beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    pattern: str
    check: Literal["s10", "ups", "mod10"] | None = None
    source: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The form with its borders."""
        return re.compile(f"{START}(?:{self.pattern}){END}")

    def fits(self, code: str) -> bool:
        """Tell whether the check digit of ``code`` is right; one without a check always fits.

        Example:
            >>> next(f for f in parcel_forms().tracking if f.check == "s10").fits("RB 123 456 785 GB")
            True
        """
        return self.check is None or CHECKS[self.check](re.sub(r"[ -]", "", code))


class ParcelFile(BaseModel):
    """The file of order and tracking numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    orders: tuple[ParcelForm, ...]
    unsure: tuple[ParcelForm, ...]
    tracking: tuple[ParcelForm, ...]
    carriers: tuple[str, ...]


@cache
def parcel_forms() -> ParcelFile:
    """Return the forms, read once."""
    return load_yaml(DATA / "parcels.yaml", ParcelFile)


def parcels(reading: Reading) -> Iterator[Found]:
    """Yield order and tracking numbers with their spans."""
    if not reading.has_digit:
        return
    forms = parcel_forms()
    text = reading.text
    upper = text.upper() if len(text.upper()) == len(text) else text
    for form in forms.tracking:
        for match in form.compiled.finditer(upper):
            if form.fits(match.group()):
                yield Found(1 if form.check else 2, "tracking_number", *match.span())
    for form in forms.orders:
        for match in form.compiled.finditer(text):
            label = reading.label(*match.span())
            if label is None or label[0].end > match.start() or label[0].role not in _ELSE:
                yield Found(2, "order_number", *match.span())
    for form in forms.unsure:
        for match in form.compiled.finditer(text):
            label = reading.label(*match.span())
            if label is None or label[0].role in ("order_number", "order", "number", "name", "address", "birth"):
                yield Found(8, "order_number", *match.span())
    if any(word.role in ("order_number", "number", "order", "tracking", "carrier") for word in reading.labels):
        for pattern in (_SPACED, _CODE):
            for match in pattern.finditer(text):
                yield from _labelled(reading, match, spaced=pattern is _SPACED)
        for word in reading.labels:
            if word.role in ("order_number", "number", "tracking") and text[word.end - 1].isalpha():
                glued = _GLUED.match(text, word.end)
                if glued:
                    yield Found(3, "tracking_number" if word.role == "tracking" else "order_number", *glued.span())


def _labelled(reading: Reading, match: re.Match[str], *, spaced: bool) -> Iterator[Found]:
    """Yield what a label makes of a code, and the codes that are listed after it."""
    start, end = match.span()
    kind = _kind(reading, match.group(), start, end, spaced=spaced)
    if kind is None:
        return
    tier, name = kind
    yield Found(tier, name, start, end)
    for _ in range(9):
        joint = _AND.match(reading.low, end)
        following = _CODE.match(reading.text, joint.end()) if joint and joint.end() > end else None
        if following is None or sum(c.isdigit() for c in following.group()) < min(5, sum(c.isdigit() for c in match.group())):
            return
        yield Found(tier + 1, name, *following.span())
        end = following.end()


def _kind(reading: Reading, code: str, start: int, end: int, *, spaced: bool) -> tuple[int, str] | None:
    label = reading.label(start, end)
    digits = sum(char.isdigit() for char in code)
    if label is None or digits < 3:
        return None
    word, direct = label
    bare_year = digits == 4 and _YEAR.fullmatch(code)
    if word.role == "order_number" and digits <= 22 and len(code) >= 4 and not bare_year:
        if spaced and " " in code and digits < 9:
            return None
        return (2 if direct else 5), "order_number"
    if word.role == "order" and not spaced and len(code) <= 22 and len(code) >= 4 and not bare_year:
        gap = start - word.end
        if (direct and 0 <= gap <= 15) or (0 <= gap <= 12 and digits >= 6) or (gap < 0 and digits >= 5):
            return (3 if direct else 6), "order_number"
    elif word.role == "number" and direct and not spaced and len(code) <= 20:
        if digits >= 5 or (digits == 4 and "-" in code):
            return 8, "order_number"
    elif word.role == "tracking" and digits >= 6 and len(code) >= 8:
        return (1 if direct else 5), "tracking_number"
    elif word.role == "carrier" and digits >= 8 and (direct or len(code) >= 10):
        return (3 if direct else 6), "tracking_number"
    return None
