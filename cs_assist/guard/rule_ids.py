"""The ids of all rules for replies: what a seller may switch off."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import get_args

from cs_assist.errors import SettingsError
from cs_assist.guard.claims import LEARNED, RULES
from cs_assist.guard.culture_data import CULTURE, load_culture
from cs_assist.guard.evidence import MEASURES
from cs_assist.guard.privacy import Kind
from cs_assist.guard.topics import load_topics

__all__ = ["CULTURE_IDS", "FORM_IDS", "GROUNDING_KINDS", "check_ids", "rule_ids"]

FORM_IDS = frozenset(["placeholder", "markup", "length", "language", "model_talk"])
#: Kinds of facts and statements that are compared with the evidence.
GROUNDING_KINDS = frozenset(
    [
        "link", "email", "phone", "code", "size", "date", "time", "weekday", "day", "month", "year", "country", "number", "count",
        "money", "percent", "carrier", "free", "cost", "negation", "condition", "order", "status", "included",
        "language", *MEASURES,
    ]
)  # fmt: skip
#: What is checked in every language; the languages' files add their own.
CULTURE_IDS = frozenset(
    [
        "register", "mixed_register", "rude", "honorific", "particle", "title", "unread", "no_apology", "many_apologies",
        "refusal", "emoji", "shouting", "script", "date_format", "time_format", "number_format", "currency_place",
        "foreign_sentence",
    ]
)  # fmt: skip
_PLANTED = ("message", "html", "order", "evidence")


def rule_ids(of_platforms: Iterable[str]) -> frozenset[str]:
    """Return the ids of all rules.

    Args:
        of_platforms: Those of the platforms' rules.
    """
    files = [load_culture(path.stem) for path in sorted(CULTURE.glob("*.yaml"))]
    customs = {
        item.id for culture in files if culture for item in (*culture.file.habits, *culture.file.clashes, *culture.file.terms)
    }
    return frozenset(
        [
            *FORM_IDS, *of_platforms, *RULES, *LEARNED, "claim_duty_figure",
            *(topic.id for topic in load_topics().topics),
            *(f"ungrounded_{kind}" for kind in GROUNDING_KINDS),
            *(f"private_{kind}" for kind in get_args(Kind)),
            *(f"culture_{name}" for name in CULTURE_IDS | customs),
            *(f"planted_{name}" for name in _PLANTED),
        ]
    )  # fmt: skip


def check_ids(named: Iterable[str], of_platforms: Iterable[str]) -> None:
    """Refuse ids that no rule has.

    Raises:
        SettingsError: There is such an id; the nearest ones are named.
    """
    named = [*named]
    if not named:
        return
    known = rule_ids(of_platforms)
    for name in named:
        if name not in known:
            near = get_close_matches(name, sorted(known), n=3)
            hint = f"Did you mean {' or '.join(near)}?" if near else "docs/guard.md names the rules."
            raise SettingsError(f"setting 'guard_off' names the rule '{name}', which there is not.", hint=hint)
