"""Numbers that a state gives a person: their forms, from ``data/privacy/ids.yaml``, and their check digits.

Each check gets the number without spaces, dots, dashes, slashes and brackets, letters as capitals, and
tells whether its check digits are right. Where a date is part of the number, the form in the data sees to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml

IDS = Path(__file__).parent / "data" / "privacy" / "ids.yaml"
_MARKS = re.compile(r"[\s.\-/()]")
_START, _END = r"(?<![A-Za-zÀ-ɏЀ-ӿ\d])(?<!\w[-_])(?<!\d[.,/])", r"(?![A-Za-zÀ-ɏЀ-ӿ\d]|[-_/][A-Za-z\d]|[.,]\d)"
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_VERHOEFF_D = [
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104",
    "9876543210",
]  # fmt: skip
_VERHOEFF_P = ["0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"]


def luhn(code: str) -> bool:
    """Tell whether the last digit is right by ISO/IEC 7812-1, annex B (Luhn).

    Example:
        >>> luhn("4111111111111111"), luhn("4111111111111112")
        (True, False)
    """
    total = 0
    for place, char in enumerate(reversed(code)):
        digit = int(char) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def _weighted(code: str, weights: Sequence[int]) -> int:
    return sum(int(char) * weight for char, weight in zip(code, weights, strict=False))


def _modulo_11_10(code: str) -> bool:
    """ISO 7064, MOD 11,10."""
    rest = 10
    for char in code[:-1]:
        rest = ((int(char) + rest) % 10 or 10) * 2 % 11
    return (11 - rest) % 10 == int(code[-1])


def _steuer_id(code: str) -> bool:
    counts = [code[:10].count(digit) for digit in "0123456789"]
    return _modulo_11_10(code) and max(counts) in (2, 3) and sum(count > 1 for count in counts) == 1


def _rvnr(code: str) -> bool:
    digits = code[:8] + f"{ord(code[8]) - 64:02}" + code[9:11]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(int(d) * w, 10)) for d, w in zip(digits, weights, strict=True))
    return total % 10 == int(code[11])


def _svnr(code: str) -> bool:
    return _weighted(code[:3] + code[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(code[3])


def _ean13(code: str) -> bool:
    return _weighted(code, (1, 3) * 6 + (1,)) % 10 == 0


def _nir(code: str) -> bool:
    department = code[5:7]
    number = int(code[:5] + {"2A": "19", "2B": "18"}.get(department, department) + code[7:13])
    return 97 - number % 97 == int(code[13:])


def _dni(code: str) -> bool:
    digits = str("XYZ".index(code[0])) + code[1:-1] if code[0] in "XYZ" else code[:-1]
    return _DNI[int(digits) % 23] == code[-1]


def _codice_fiscale(code: str) -> bool:
    odd = dict(zip("0123456789ABCDEFGHIJ", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21) * 2, strict=True))
    odd |= dict(zip("KLMNOPQRSTUVWXYZ", (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23), strict=True))
    total = sum(odd[c] if place % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for place, c in enumerate(code[:15]))
    return chr(65 + total % 26) == code[15]


def _pt_nif(code: str) -> bool:
    rest = 11 - _weighted(code[:8], (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(code[8]) == (0 if rest > 9 else rest)


def _pt_cc(code: str) -> bool:
    total = 0
    for place, char in enumerate(code):
        value = int(char, 36) * (2 if place % 2 == 0 else 1)
        total += value - 9 if place % 2 == 0 and value > 9 else value
    return total % 10 == 0


def _cpf(code: str) -> bool:
    if len(set(code)) == 1:
        return False
    for length in (9, 10):
        rest = _weighted(code[:length], range(length + 1, 1, -1)) * 10 % 11 % 10
        if rest != int(code[length]):
            return False
    return True


def _cnpj(code: str) -> bool:
    """Letters count too: since July 2026 the first twelve places may have them (value: code point less 48)."""
    values = [ord(char) - 48 for char in code]
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    for length in (12, 13):
        rest = sum(v * w for v, w in zip(values[:length], weights[13 - length :], strict=True)) % 11
        if values[length] != (0 if rest < 2 else 11 - rest):
            return False
    return len(set(code)) > 1


def _curp(code: str) -> bool:
    letters = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(letters.index(char) * (18 - place) for place, char in enumerate(code[:17]))
    return -total % 10 == int(code[17])


def _rfc(code: str) -> bool:
    letters = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
    padded = code.rjust(13)
    rest = sum(letters.index(char) * (13 - place) for place, char in enumerate(padded[:12])) % 11
    return padded[12] == {0: "0", 1: "A"}.get(rest, str(11 - rest))


def _cuit(code: str) -> bool:
    rest = 11 - _weighted(code[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(code[10]) == {11: 0, 10: 9}.get(rest, rest)


def _rut(code: str) -> bool:
    total = sum(int(char) * (2 + place % 6) for place, char in enumerate(reversed(code[:-1])))
    return code[-1] == "0K987654321"[total % 11]


def _verhoeff(code: str) -> bool:
    check = 0
    for place, char in enumerate(reversed(code)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[place % 8][int(char)])])
    return check == 0


def _cn_resident(code: str) -> bool:
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    return "10X98765432"[_weighted(code[:17], weights) % 11] == code[17]


def _hkid(code: str) -> bool:
    body = [36, *(ord(char) - 55 if char.isalpha() else int(char) for char in code[:-1])][-8:]
    total = sum(value * weight for value, weight in zip(body, range(9, 1, -1), strict=True))
    return code[-1] == "0123456789A"[-total % 11]


def _tw_id(code: str) -> bool:
    value = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(code[0]) + 10
    return (value // 10 + _weighted(str(value % 10) + code[1:], (9, 8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def _my_number(code: str) -> bool:
    rest = _weighted(code[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(code[11]) == (0 if rest < 2 else 11 - rest)


def _nric(code: str) -> bool:
    total = _weighted(code[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(code[0], 0)
    rest = total % 11
    if code[0] == "M":
        return "KLJNPQRTUWX"[10 - rest] == code[8]
    return ("JZIHGFEDCBA" if code[0] in "ST" else "XWUTRQPNMLK")[rest] == code[8]


def _th_id(code: str) -> bool:
    return (11 - _weighted(code[:12], range(13, 1, -1)) % 11) % 10 == int(code[12])


def _kimlik(code: str) -> bool:
    digits = [int(char) for char in code]
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def _pesel(code: str) -> bool:
    return _weighted(code, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _dowod(code: str) -> bool:
    values = [int(char, 36) for char in code]
    return sum(v * w for v, w in zip(values, (7, 3, 1, 9, 7, 3, 1, 7, 3), strict=True)) % 10 == 0


def _fnr(code: str) -> bool:
    first = -_weighted(code[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -_weighted(code[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return code[9:] == f"{first}{second}"


def _hetu(code: str) -> bool:
    # The century's sign is one of the marks that are taken away, or a letter.
    number = code[:6] + code[-4:-1]
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number) % 31] == code[-1]


def _bsn(code: str) -> bool:
    return int(code) > 0 and (_weighted(code.zfill(9)[:8], range(9, 1, -1)) - int(code[-1])) % 11 == 0


def _be_nrn(code: str) -> bool:
    return any(97 - int(century + code[:9]) % 97 == int(code[9:]) for century in ("", "2"))


def _snils(code: str) -> bool:
    rest = _weighted(code[:9], range(9, 0, -1)) % 101
    return rest % 100 == int(code[9:])


def _ru_inn(code: str) -> bool:
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    places = (9,) if len(code) == 10 else (10, 11)
    return all(_weighted(code[:n], weights[11 - n :]) % 11 % 10 == int(code[n]) for n in places)


def _tfn(code: str) -> bool:
    return _weighted(code, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def _medicare(code: str) -> bool:
    return _weighted(code[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(code[8])


def _ird(code: str) -> bool:
    base = code[:-1].zfill(8)
    rest = -_weighted(base, (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    if rest == 10:
        rest = -_weighted(base, (7, 4, 3, 2, 5, 2, 7, 6)) % 11
    return rest == int(code[-1])


def _nhs(code: str) -> bool:
    return (11 - _weighted(code[:9], range(10, 1, -1)) % 11) % 11 == int(code[9])


def _pps(code: str) -> bool:
    total = _weighted(code[:7], range(8, 1, -1))
    if len(code) == 9 and code[8] not in "WT":
        total += (ord(code[8]) - 64) * 9
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == code[7]


def _se_pnr(code: str) -> bool:
    return luhn(re.sub(r"\D", "", code)[-10:])


_CHECKS: dict[str, Callable[[str], bool]] = {
    "be_nrn": _be_nrn, "bsn": _bsn, "cn_resident": _cn_resident, "cnpj": _cnpj, "codice_fiscale": _codice_fiscale, "cpf": _cpf,
    "cuit": _cuit, "curp": _curp, "dni": _dni, "dowod": _dowod, "ean13": _ean13, "fnr": _fnr, "hetu": _hetu, "hkid": _hkid,
    "ird": _ird, "kimlik": _kimlik, "luhn": luhn, "medicare": _medicare, "my_number": _my_number, "nhs": _nhs, "nir": _nir,
    "nric": _nric, "pesel": _pesel, "pps": _pps, "pt_cc": _pt_cc, "pt_nif": _pt_nif, "rfc": _rfc, "ru_inn": _ru_inn, "rut": _rut,
    "rvnr": _rvnr, "se_pnr": _se_pnr, "snils": _snils, "steuer_id": _steuer_id, "svnr": _svnr, "tfn": _tfn, "th_id": _th_id,
    "tw_id": _tw_id, "verhoeff": _verhoeff,
}  # fmt: skip


class IdSpec(BaseModel):
    """One kind of number: its countries, its form, the name of its check, and the words that announce it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    countries: tuple[str, ...]
    pattern: str
    loose: str = ""
    check: str | None = None
    when: Literal["always", "home", "label"]
    labels: tuple[str, ...]

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The form with its borders; letters of any case."""
        return re.compile(f"{_START}(?:{self.pattern}){_END}", re.I)

    @cached_property
    def after_label(self) -> re.Pattern[str]:
        """The form that counts after the number's own label."""
        return re.compile(f"(?:{self.loose or self.pattern}){_END}", re.I)

    def fits(self, code: str) -> bool:
        """Tell whether the check digits of ``code`` are right; a kind without any always fits.

        Example:
            >>> pesel = next(spec for spec in id_specs() if spec.name == "pl_pesel")
            >>> pesel.fits("44051401359"), pesel.fits("44051401358")
            (True, False)
        """
        return self.check is None or _CHECKS[self.check](_MARKS.sub("", code).upper())


class IdFile(BaseModel):
    """The file of national ids."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    ids: tuple[IdSpec, ...]


@cache
def id_specs() -> tuple[IdSpec, ...]:
    """Return the kinds of numbers, read once."""
    return load_yaml(IDS, IdFile).ids
