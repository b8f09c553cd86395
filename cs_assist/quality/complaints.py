"""What complaints sound like: the customers' words of made-up scenarios, one YAML file a language."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Formatter
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.errors import UnknownLanguageError

DATA = Path(__file__).parent / "data" / "complaints"
Feeling = Literal["confused", "anxious", "disappointed", "frustrated", "angry"]
Situation = Literal[
    "delivery_delayed", "not_received", "item_damaged", "item_wrong_or_missing", "not_as_described", "refund_request",
    "refund_status", "return_request", "exchange_request", "cancel_order", "customs_duties", "billing_issue",
    "payment_failed", "data_privacy", "warranty_repair", "complaint", "human_request", "legal_threat", "safety_issue",
]  # fmt: skip
Feast = Literal["ramadan", "year_end", "lunar_new_year", "golden_week", "diwali", "christmas", "sabbath"]
_MAY_HAVE = {"situations": {"number"}, "platform": {"platform"}, "feast": {"feast"}}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Complaints(_Strict):
    """One language's words: what happened, how it feels, and what makes it worse.

    ``{number}`` stands for a count of days or months from 11 to 19, which take one plural in all these languages.
    ``feasts`` has the feasts of the markets in which the language is spoken.
    """

    language: str
    joiner: str = " "
    greeting: str
    situations: dict[Situation, str]
    feelings: dict[Feeling, str]
    repeat: str
    platform: str
    feast: str = ""
    feasts: dict[Feast, str] = {}
    sensitive: str

    @model_validator(mode="after")
    def _complete(self) -> Complaints:
        for name, given, kind in (("situations", self.situations, Situation), ("feelings", self.feelings, Feeling)):
            missing = sorted(set(get_args(kind)) - given.keys())
            if missing:
                raise ValueError(f"{name} lacks {', '.join(missing)}")
        for name, text in self._lines():
            unknown = {field for _, field, _, _ in Formatter().parse(text) if field is not None} - _MAY_HAVE.get(name, set())
            if unknown:
                raise ValueError(f"{name}: unknown placeholder {sorted(unknown)} in {text!r}")
        if self.feasts and "{feast}" not in self.feast:
            raise ValueError("feast: the placeholder {feast} is missing")
        return self

    def _lines(self) -> list[tuple[str, str]]:
        lines = [(name, getattr(self, name)) for name in ("greeting", "repeat", "platform", "feast", "sensitive")]
        return lines + [(name, text) for name in ("situations", "feelings") for text in getattr(self, name).values()]


@cache
def load_complaints(language: str, *, directory: Path = DATA) -> Complaints:
    """Return a language's words; ``es-419`` falls back to ``es``.

    Raises:
        UnknownLanguageError: There are none.
        DataFileError: The file breaks the schema; names file, key and line.

    Example:
        >>> load_complaints("es-419").language
        'es'
    """
    known = complaint_languages(directory)
    tag = language
    while tag not in known and "-" in tag:
        tag = tag.rsplit("-", 1)[0]
    if tag not in known:
        raise UnknownLanguageError(language, known)
    return load_yaml(directory / f"{tag}.yaml", Complaints)


@cache
def complaint_languages(directory: Path = DATA) -> frozenset[str]:
    """Return the tags of all languages that there are words in."""
    return frozenset(path.stem for path in directory.glob("*.yaml"))
