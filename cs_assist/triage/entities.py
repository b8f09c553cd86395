"""Values that a person would copy out of the message, with their spans."""

from __future__ import annotations

import re

from cs_assist.types import Entity

# Quantifiers are bounded everywhere: no pattern can run longer than linear in the text.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")),
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>\"']{2,300}")),
    ("order_number", re.compile(r"(?<![\d-])\d{3}-\d{7}-\d{7}(?![\d-])")),
    ("tracking_number", re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{2}\d{9}[A-Z]{2}|1Z[0-9A-Z]{16})(?![A-Za-z0-9])")),
    ("order_number", re.compile(r"(?<![\w-])[A-Z]{2,4}-?\d{4,12}(?:-\d{3,12}){0,3}(?![\w-])")),
    ("order_number", re.compile(r"(?<![\w#])#\s?[A-Z]{0,4}-?\d{3,12}(?![\w-])")),
    ("money", re.compile(r"(?:[$€£¥₩₹₫฿₽₺]|R\$|RM|Rp|USD|EUR|GBP|JPY|BRL|MXN|CNY)\s?\d[\d.,'\u00a0]{0,14}(?<=\d)")),
    (
        "money",
        re.compile(
            r"(?<![\w.,])\d[\d.,'\u00a0]{0,14}(?<=\d)\s?(?:[€£₩₫฿₽₺]|(?:USD|EUR|GBP|JPY|BRL|MXN|zł|kr|TL|円|元|원|บาท)(?!\w))"
        ),
    ),
    ("date", re.compile(r"(?<![\d./-])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})(?![\d/-])")),
    ("phone", re.compile(r"(?<![\w+])\+\d[\d\s().-]{6,18}\d(?!\w)")),
    ("order_number", re.compile(r"(?<![\w.,-])\d{8,18}(?![\w-])(?![.,]\d)")),
)


def find_entities(text: str) -> list[Entity]:
    """Return the values in ``text``, in order, none overlapping an earlier and more certain kind.

    UPU S10 tracking numbers must have a right check digit (UPU standard S10); others that look
    like one are taken for order numbers.

    Example:
        >>> [(e.type, e.value) for e in find_entities("Order 114-5520917-1234567?")]
        [('order_number', '114-5520917-1234567')]
    """
    found: list[Entity] = []
    taken = bytearray(len(text))
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(taken[start:end]):
                continue
            value = match.group().rstrip(".,;:!?)")
            end = start + len(value)
            taken[start:end] = b"\x01" * (end - start)
            real = "order_number" if kind == "tracking_number" and not _s10_or_carrier(value) else kind
            found.append(Entity(type=real, value=value, start=start, end=end))
    return sorted(found, key=lambda entity: entity.start)


def _s10_or_carrier(value: str) -> bool:
    if value.startswith("1Z"):
        return True
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    digits = [int(d) for d in value[2:11]]
    rest = 11 - sum(w * d for w, d in zip(weights, digits, strict=False)) % 11
    return digits[8] == {10: 0, 11: 5}.get(rest, rest)
