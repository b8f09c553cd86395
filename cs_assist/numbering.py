"""Where an order or tracking number begins and ends in a text, and its check digits; read in messages and kept out of replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping

#: Letters and digits of the scripts with spaces: those of others may touch a code ("订单号12345678怎么").
_LETTER = "A-Za-zÀ-ɏЀ-ӿ\\d"
#: Regular expressions of a code's borders.
START, END = rf"(?<![{_LETTER}])(?<!\w[-_])(?<!\d[.,])", rf"(?![{_LETTER}]|[-_][{_LETTER}]|[.,]\d)"


def _s10(code: str) -> bool:
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    digits = [int(char) for char in code[2:11]]
    rest = 11 - sum(w * d for w, d in zip(weights, digits, strict=False)) % 11
    return digits[8] == {10: 0, 11: 5}.get(rest, rest)


def _ups(code: str) -> bool:
    values = [int(char) if char.isdigit() else (ord(char.upper()) - 63) % 10 for char in code[2:]]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values[:-1]))
    return values[-1] == -total % 10


def _mod10(code: str) -> bool:
    digits = [int(char) for char in code]
    return digits[-1] == -sum(d * (1 if place % 2 else 3) for place, d in enumerate(reversed(digits[:-1]))) % 10


def _mod7(code: str) -> bool:
    return int(code[:-1]) % 7 == int(code[-1])


#: By name, whether a code without spaces has the right check digit. Sources: UPU standard S10; UPS, Tracking Number Check
#: Digit Calculation; GS1 General Specifications (modulo 10); the carriers of Japan (modulo 7).
CHECKS: Mapping[str, Callable[[str], bool]] = {"s10": _s10, "ups": _ups, "mod10": _mod10, "mod7": _mod7}
