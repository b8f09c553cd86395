"""What is measured with is not trained on."""

from __future__ import annotations

from training import corpora
from training.near_duplicates import near


def test_held_out_messages_are_of_the_third_group_and_nowhere_near_the_training_ones() -> None:
    rows = corpora.messages(corpora.EVERY)
    train, test = corpora.held_out(rows)
    assert {row["group"] for row in test} == {"third"}
    assert 0.1 < len(test) / sum(row["group"] == "third" for row in rows) < 0.15
    assert len(train) + len(test) <= len(rows)
    assert not near([row["text"] for row in train], [row["text"] for row in test])


def test_every_language_is_held_out_in_part() -> None:
    rows = corpora.messages(corpora.EVERY)
    _, test = corpora.held_out(rows)
    assert {row["language"] for row in test} == {row["language"] for row in rows}


def test_the_same_messages_are_held_out_each_time() -> None:
    first, second = (corpora.held_out(corpora.messages(corpora.EVERY))[1] for _ in range(2))
    assert first == second
