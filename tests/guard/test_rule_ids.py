from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cs_assist.guard
from cs_assist.errors import SettingsError
from cs_assist.guard.check import Guard
from cs_assist.guard.rule_ids import CULTURE_IDS, FORM_IDS, GROUNDING_KINDS, check_ids, rule_ids
from cs_assist.guard.rules import RuleBook

GUARD = Path(cs_assist.guard.__file__).parent
BOOK = RuleBook().ids


def strings(node: ast.AST | None) -> Iterator[str]:
    """The texts that an argument may be: "free" if ... else "cost"."""
    if isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def first_arguments(name: str) -> Iterator[str]:
    for path in GUARD.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield from strings(node.args[0] if node.args else None)


def test_the_ids_that_the_code_gives_are_known() -> None:
    assert set(first_arguments("Fault")) - GROUNDING_KINDS == set()
    assert set(first_arguments("finding")) - CULTURE_IDS == set()
    form = ast.parse((GUARD / "form.py").read_text(encoding="utf-8"))
    named = {
        keyword.value.value
        for node in ast.walk(form)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "rule" and isinstance(keyword.value, ast.Constant)
    }
    assert named == FORM_IDS


@pytest.mark.parametrize(
    "name",
    [
        "placeholder", "ebay_contact_email", "platform_marketing", "claim_promise", "claim_duty_figure", "claim_outside",
        "topic_religion", "ungrounded_money", "ungrounded_voltage", "private_address", "culture_register", "culture_forgives",
        "planted_message",
    ],
)  # fmt: skip
def test_every_kind_of_rule_can_be_switched_off(name: str) -> None:
    check_ids([name], BOOK)
    assert name in rule_ids(BOOK)


@pytest.mark.parametrize(
    ("name", "near"),
    [("claim_promisse", "claim_promise"), ("ebay_contact_emails", "ebay_contact_email"), ("privat_card", "private_card")],
)
def test_an_id_that_no_rule_has_is_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(SettingsError, match=f"'{name}'.*{near}"):
        Guard(lambda _: ("en", 1.0), switched_off=["placeholder", name])


def test_an_id_that_is_like_none_is_refused_too() -> None:
    with pytest.raises(SettingsError, match=r"docs/guard\.md"):
        Guard(lambda _: ("en", 1.0), switched_off=["q"])
