"""The labels of each head, in the order of its columns."""

from __future__ import annotations

from cs_assist.types import Emotion, Intent, Urgency

LABELS = {
    "intent": [i.value for i in Intent],
    "emotion": [e.value for e in Emotion],
    "dissatisfied": ["0", "1"],
    "urgency": [u.value for u in Urgency],
}
