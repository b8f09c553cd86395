from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.context import FEATURES, REACH, Reading, features, row, says_again


def reading(angle: float = 0.0, intents: tuple[float, ...] = (0.7, 0.2, 0.1), displeasure: float = 0.0) -> Reading:
    vector = np.array([np.cos(angle), np.sin(angle)], np.float32)
    return Reading(vector, np.array(intents, np.float32), displeasure)


def vector(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def named(
    now: Reading, before: list[Reading], said: tuple[float, ...] = (), *, answered: bool = False, exchange: float = 0.0
) -> dict[str, float]:
    found = features(now, before, [vector(angle) for angle in said], answered=answered, exchange=exchange)
    return dict(zip(FEATURES, found.tolist(), strict=True))


readings = st.builds(
    reading,
    st.floats(0, 6.28),
    st.tuples(*[st.floats(0.01, 1)] * 3).map(lambda parts: tuple(part / sum(parts) for part in parts)),
    st.floats(-8, 8),
)


def test_a_first_message_has_nothing_but_its_own_displeasure() -> None:
    assert named(reading(displeasure=1.5), []) == {**dict.fromkeys(FEATURES, 0.0), "displeasure": 1.5}


def test_each_feature_is_what_its_name_says() -> None:
    before = [
        reading(0.0, (0.1, 0.9, 0.0), displeasure=3.0),
        reading(np.pi / 2, (0.5, 0.5, 0.0), displeasure=-1.0),
    ]
    said = (np.pi / 2, 0.0, np.pi / 6)
    found = named(reading(np.pi / 3, (0.6, 0.2, 0.2), displeasure=0.5), before, said, answered=True, exchange=0.25)
    assert found == pytest.approx(
        {
            "displeasure": 0.5,
            "likeness": np.cos(np.pi / 6),  # the second turn is nearer than the first
            "same_intent": 0.5 + 0.2,
            "last_displeasure": -1.0,
            "most_displeasure": 3.0,
            "turns_before": 2,
            "answered": 1,
            "shop_repeats": np.cos(np.pi / 6),  # the last answer is nearer to the second than to the first
            "echo": np.cos(np.pi / 6),
            "shop_turns": 3,
            "exchange": 0.25,
        },
        abs=1e-6,
    )


def test_the_same_thing_asked_again_is_as_like_as_can_be() -> None:
    found = named(reading(1.0), [reading(2.0, (0.0, 0.0, 1.0)), reading(1.0)])
    assert found["likeness"] == pytest.approx(1)
    assert found["same_intent"] == pytest.approx(1)


@given(readings, st.lists(readings, max_size=12), st.lists(readings, min_size=REACH, max_size=REACH), st.booleans())
def test_only_the_latest_turns_count(now: Reading, older: list[Reading], recent: list[Reading], answered: bool) -> None:
    said = [vector(angle) for angle in range(9)]
    with_older = features(now, [*older, *recent], said, answered=answered)
    assert with_older.tolist() == features(now, recent, said[-REACH:], answered=answered).tolist()
    assert with_older.shape == (len(FEATURES),)


@given(readings, st.lists(readings, min_size=1, max_size=8))
def test_every_feature_stays_in_its_bounds(now: Reading, before: list[Reading]) -> None:
    found = named(now, before)
    assert -1.0001 <= found["likeness"] <= 1.0001
    assert 0 <= found["same_intent"] <= 1.0001
    assert found["last_displeasure"] <= found["most_displeasure"]
    assert 1 <= found["turns_before"] <= REACH


@given(readings, st.lists(readings, min_size=1, max_size=4), st.floats(0.1, 5))
def test_an_angrier_turn_before_raises_only_displeasure(now: Reading, before: list[Reading], more: float) -> None:
    angrier = [*before[:-1], replace(before[-1], displeasure=before[-1].displeasure + more)]
    calm, angry = named(now, before), named(now, angrier)
    assert angry.pop("last_displeasure") > calm.pop("last_displeasure")
    assert angry.pop("most_displeasure") >= calm.pop("most_displeasure")
    assert angry == calm


def test_the_head_in_context_hears_the_message_and_what_it_answers() -> None:
    found, emotions = np.zeros(len(FEATURES), np.float32), np.array([0.5, 0.5], np.float32)
    message, last = np.arange(4, dtype=np.float32), np.array([7, 8], np.float32)
    heard = row(found, message, emotions, [vector(0), last])
    assert heard[-6:].tolist() == [0, 1, 2, 3, 7, 8]
    assert row(found, message, emotions, [])[-2:].tolist() == [0, 0]
    assert len(heard) == len(FEATURES) + 2 + 4 + 2


@pytest.mark.parametrize(
    ("text", "earlier", "again"),
    [
        ("Wo bleibt mein Paket??", "wo bleibt mein Paket", True),
        ("お届けはいつになりますか。", "お届けはいつになりますか", True),
        ("Where is my parcel? I asked this yesterday and the day before, and nobody said", "Where is my parcel?", False),
        ("Where is my other parcel?", "Where is my parcel?", False),
        ("Merci beaucoup", "merci beaucoup !", False),
        ("😀", "😀", False),
    ],
)
def test_what_is_said_again_word_for_word_is_told(text: str, earlier: str, again: bool) -> None:
    assert says_again(text, earlier) is again
