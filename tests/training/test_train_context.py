from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from training.train_context import handed_over_rightly


def dialogue(turns: str, due: int | None, rule: str | None) -> dict[str, Any]:
    """Return a dialogue by its turns: c is a customer's, b a bare one, s the shop's."""
    said = [{"role": "bot"} if turn == "s" else {"role": "customer", "bare": turn == "b"} for turn in turns]
    return {"turns": said, "handover_turn": due, "rule": rule}


@pytest.mark.parametrize(
    ("turns", "due", "first", "later", "right"),
    [
        ("cscs", 2, True, [True], 1.0),
        ("cscs", 2, False, [True], 0.0),
        ("cscsc", None, True, [False, True], 1.0),
        ("cscsc", 4, True, [False, True], 0.0),
        ("csbsc", 4, True, [True], 1.0),  # a bare answer neither counts nor resets
        ("cscsc", 2, True, [True, True], 1.0),  # only the first time counts
    ],
)
def test_two_dissatisfied_turns_in_a_row_are_looked_for(
    turns: str, due: int | None, first: bool, later: list[bool], right: float
) -> None:
    rule = None if due is None else "a"
    assert handed_over_rightly([dialogue(turns, due, rule)], np.array([first]), np.array(later)) == right


def test_dialogues_that_need_a_person_for_another_reason_are_left_out_but_read_over() -> None:
    talks = [dialogue("cscs", 2, "b"), dialogue("cscs", 2, "a")]
    assert handed_over_rightly(talks, np.array([False, True]), np.array([False, True])) == 1.0
