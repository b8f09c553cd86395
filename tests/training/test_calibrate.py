"""The alarms are learned and judged on authors that the encoder has not learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.triage.heads import GRAVE
from training import corpora
from training.calibrate import train_alarms


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """Return some German, Japanese and French messages of every group that the encoder has not learned from."""
    found = corpora.messages((*corpora.UNSEEN, *corpora.GRAVE))
    return [row for row in found if row["language"] in ("de", "ja", "fr")][::3]


@pytest.fixture(scope="module")
def learned(rows: list[dict[str, str]]) -> tuple[dict[str, Any], np.ndarray]:
    arrays: dict[str, Any] = {}
    return arrays, train_alarms(arrays, rows, OnnxEncoder())


def test_each_row_of_the_groups_that_are_judged_gets_log_odds_for_each_grave_intent(
    rows: list[dict[str, str]], learned: tuple[dict[str, Any], np.ndarray]
) -> None:
    assert learned[1].shape == (sum(row["group"] in corpora.UNSEEN for row in rows), len(GRAVE))


@pytest.mark.parametrize("name", GRAVE)
def test_other_authors_teach_what_is_grave(
    name: str, rows: list[dict[str, str]], learned: tuple[dict[str, Any], np.ndarray]
) -> None:
    judged = [row["intent"] == name for row in rows if row["group"] in corpora.UNSEEN]
    assert roc_auc_score(judged, learned[1][:, GRAVE.index(name)]) > 0.85


def test_the_arrays_say_what_was_learned(rows: list[dict[str, str]], learned: tuple[dict[str, Any], np.ndarray]) -> None:
    arrays, _ = learned
    encoder = OnnxEncoder()
    odds = encoder.encode_messages([row["text"] for row in rows]) @ arrays["alarm.weights"] + arrays["alarm.bias"]
    for at, name in enumerate(GRAVE):
        assert roc_auc_score([row["intent"] == name for row in rows], odds[:, at]) > 0.9
