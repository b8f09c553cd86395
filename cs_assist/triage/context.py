"""What earlier turns say about a message: whether it was answered, what is asked again, how displeased they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
#: Earlier turns of the customer that are looked at.
REACH = 4
FEATURES = ("displeasure", "likeness", "same_intent", "last_displeasure", "most_displeasure", "turns_before", "answered")


@dataclass(frozen=True)
class Reading:
    """One customer turn as the heads see it.

    Args:
        vector: The unit vector that searches.
        intents: Probabilities of the shipped intents.
        displeasure: The logit of dissatisfaction.
    """

    vector: Array
    intents: Array
    displeasure: float


def features(now: Reading, before: Sequence[Reading], *, answered: bool) -> Array:
    """Return one row of :data:`FEATURES`.

    Args:
        now: The message.
        before: Earlier turns of the customer, oldest first; the latest :data:`REACH` count.
        answered: Whether the shop has said something since the first of them.
    """
    recent = before[-REACH:]
    likeness = max((float(now.vector @ turn.vector) for turn in recent), default=0.0)
    same = max((float(np.minimum(now.intents, turn.intents).sum()) for turn in recent), default=0.0)
    moods = [turn.displeasure for turn in recent]
    return np.array(
        (
            now.displeasure,
            likeness,
            same,
            moods[-1] if moods else 0.0,
            max(moods, default=0.0),
            min(len(before), REACH),
            float(answered),
        ),
        np.float32,
    )
