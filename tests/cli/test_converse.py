from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sample_shop import ANGRY

from .conftest import Done, Run

CALM = {"role": "customer", "text": "Hallo, wo ist mein Paket?"}
BOT = {"role": "bot", "text": "Es ist unterwegs."}
FIRST, SECOND = ({"role": "customer", "text": text} for text in ANGRY)
COURT = {"role": "customer", "text": "I will take you to court over this."}
NOW = "2026-11-23T12:00:00Z"

DIALOGUES: list[dict[str, Any]] = [
    {"id": "two strikes", "market": "DE", "now": NOW, "turns": [CALM, BOT, FIRST, BOT, SECOND]},
    {"id": "cut", "market": "DE", "now": NOW, "turns": [CALM, BOT, FIRST]},
    {"id": "other end", "market": "DE", "now": NOW, "turns": [CALM, BOT, FIRST, BOT, COURT, BOT, CALM]},
    {"id": 4, "market": "US", "channel": "live_chat", "turns": [COURT, {**BOT, "label": "x"}, {**CALM, "at": "later"}]},
    {"id": None, "turns": []},
    {"id": [6], "turns": [BOT]},
]
BAD: list[object] = [
    {"id": "no turns"},
    {"id": "not a list", "turns": "x"},
    {"id": "not objects", "turns": [5]},
    {"id": "no text", "turns": [{"role": "customer"}]},
    {"id": "no role", "turns": [{"role": "robot", "text": "x"}]},
    {"id": "market", "turns": [CALM], "market": "UK"},
    b"nonsense",
]


@pytest.fixture(scope="module")
def done(run: Run, index: Path) -> Done:
    return run("converse", "--index", index, lines=[*DIALOGUES, *BAD])


def test_answers_keep_order_and_ids_and_bad_dialogues_have_errors(done: Done) -> None:
    assert done.code == 2
    ids = [line["id"] for line in done.objects]
    assert ids == [*(line["id"] for line in [*DIALOGUES, *BAD[:-1]]), len(DIALOGUES) + len(BAD)]  # type: ignore[index]
    assert ["error" in line for line in done.objects] == [False] * len(DIALOGUES) + [True] * len(BAD)


def test_an_answer_has_exactly_the_contracts_keys(done: Done) -> None:
    for line in done.objects[: len(DIALOGUES)]:
        assert list(line) == ["id", "turns", "handover_turn", "rule"]
        for turn in line["turns"]:
            assert list(turn) == ["index", "action", "dissatisfied", "p_dissatisfied", "strikes", "rule"]


def test_every_customer_turn_is_judged_and_no_other(done: Done) -> None:
    for given, line in zip(DIALOGUES, done.objects, strict=False):
        customers = [i for i, turn in enumerate(given["turns"]) if turn["role"] == "customer"]
        assert [turn["index"] for turn in line["turns"]] == customers


def test_the_second_dissatisfied_turn_hands_over(done: Done) -> None:
    line = done.objects[0]
    assert [turn["strikes"] for turn in line["turns"]] == [0, 1, 2]
    assert (line["handover_turn"], line["rule"]) == (4, "dissatisfied")
    assert [turn["rule"] for turn in line["turns"]] == [None, None, "dissatisfied"]


def test_what_comes_later_changes_nothing_earlier(done: Done) -> None:
    whole, cut, other = done.objects[:3]
    assert cut["turns"] == whole["turns"][:2] == other["turns"][:2]
    assert (cut["handover_turn"], cut["rule"]) == (None, None)


def test_the_first_handover_is_the_dialogues(done: Done) -> None:
    assert (done.objects[3]["handover_turn"], done.objects[3]["rule"]) == (0, "legal_threat")


def test_a_dialogue_without_customers_has_no_turns(done: Done) -> None:
    for line in done.objects[4:6]:
        assert (line["turns"], line["handover_turn"], line["rule"]) == ([], None, None)


@pytest.mark.parametrize(
    ("position", "said"),
    [
        (0, "key 'turns' is missing"),
        (1, "key 'turns' is \""),
        (2, "each turn must be an object"),
        (3, "text"),
        (4, '"robot"'),
        (5, "Did you mean 'GB'?"),
        (6, "is not JSON"),
    ],
)
def test_an_error_says_what_was_expected(done: Done, position: int, said: str) -> None:
    assert said in done.objects[len(DIALOGUES) + position]["error"]["message"]
