"""What earlier turns say about a message: whether it was answered and how, what is asked again, how displeased they were."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
#: Earlier turns of the customer, and of the shop, that are looked at.
REACH = 4
#: Letters of a message whose repetition is told (an ideograph, kana or Hangul counts as two), and how much longer it may be.
_LEAST_AGAIN, _MORE_AGAIN = 14, 1.5
FEATURES = (
    "displeasure",
    "likeness",
    "same_intent",
    "last_displeasure",
    "most_displeasure",
    "turns_before",
    "answered",
    "shop_repeats",
    "echo",
    "shop_turns",
    "exchange",
)


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


def features(now: Reading, before: Sequence[Reading], said: Sequence[Array], *, answered: bool, exchange: float = 0.0) -> Array:
    """Return one row of :data:`FEATURES`.

    Args:
        now: The message.
        before: Earlier turns of the customer, oldest first; the latest :data:`REACH` count.
        said: The vectors of what the shop has said, oldest first; the latest :data:`REACH` count.
        answered: Whether the shop has said something since the first of them.
        exchange: What the wording of the message, and of the shop's last turn, tells of displeasure
            (:meth:`~cs_assist.triage.heads.Heads.exchange`).
    """
    recent, shop = before[-REACH:], said[-REACH:]
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
            max((float(shop[-1] @ earlier) for earlier in shop[:-1]), default=0.0),
            float(now.vector @ shop[-1]) if shop else 0.0,
            len(shop),
            exchange,
        ),
        np.float32,
    )


def row(found: Array, message: Array, emotions: Array, said: Sequence[Array]) -> Array:
    """Return what the head in context hears of one message.

    Args:
        found: What :func:`features` says.
        message: The encoder's vector of the message, both halves.
        emotions: The probabilities of its emotions.
        said: The vectors of what the shop has said; the last one tells what the message answers.
    """
    last = said[-1] if said else np.zeros(len(message) // 2, np.float32)
    return np.concatenate([found, np.log(emotions + 1e-4), message, last]).astype(np.float32)


def says_again(text: str, earlier: str) -> bool:
    """Tell whether a message says what an earlier one said, word for word, and hardly more.

    Short ones ("thank you", "any news?") are passed over: they are said again without being a question again.

    Example:
        >>> says_again("Do you ship to Norway??? Please.", "Hi, do you ship to Norway?")
        False
        >>> says_again("do you ship to Norway??? Please!", "Do you ship to Norway?")
        True
        >>> says_again("Thank you!", "thank you")
        False
    """
    now, before = _letters(text), _letters(earlier)
    weight = sum(2 if "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" else 1 for char in before)
    return weight >= _LEAST_AGAIN and before in now and len(now) <= _MORE_AGAIN * len(before)


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
