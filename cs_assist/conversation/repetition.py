"""The same question again: how often the customer has asked it in this episode, unanswered so far.

Two messages ask the same by their words (what both share of rare pieces, and the shop has not spoken of since) or,
in other words or another language, by their meaning (the encoder's vectors), by the same orders and intent. A
message that says itself that it asks for the third time counts as that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cs_assist.conversation.cues import load_cues
from cs_assist.labels import COURTESY, Intent
from cs_assist.types import Triage, Turn

#: Earlier turns of the customer that are compared.
_REACH = 8
#: From here on three messages share a question by their words: the point that parts the third askings of the
#: even-numbered dialogues of evals/data/dialogues from their other turns best (evals/repetition.py).
SHARED_AT = 0.175
#: Cosine from which two messages ask the same: 0.78 and more for one question in four languages, 0.70 and less for
#: two questions about one delivery.
SAME_AT = 0.75
THRICE = 3
Pieces = Mapping[int, float]


class TextEncoder(Protocol):
    """What comparing questions needs of an encoder."""

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one unit vector a text."""
        ...

    def rare_pieces(self, texts: Sequence[str]) -> list[dict[int, float]]:
        """Return, for each text, its pieces and how rare each is."""
        ...


@dataclass(frozen=True)
class _Asked:
    """One message of the customer, and the pieces that the shop has used since."""

    pieces: Pieces
    vector: npt.NDArray[np.float32]
    about: tuple[str, ...]
    intent: str | None
    said_since: frozenset[int] = frozenset()


class Repetition:
    """Counts how often the question of a message was asked.

    Args:
        encoder: Gives vectors and rare pieces; it keeps the latest texts' vectors, so that this costs little.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder

    def __call__(self, triage: Triage, turns: Sequence[Turn]) -> int:
        """Return 1 for a new question, 2 for one asked before, 3 for one asked twice before without an answer.

        Args:
            triage: The new message.
            turns: What came before it in the episode, oldest first.
        """
        if triage.bare or not triage.text:
            return 1
        if load_cues().says_third_time(triage.text):
            return THRICE
        if triage.intent == Intent.GREETING and (waited := _waited(turns)):
            return min(THRICE, 1 + waited)  # "anyone there?" asks for the answer that is owed
        earlier = [i for i, turn in enumerate(turns) if turn.role == "customer" and not turn.bare and turn.text][-_REACH:]
        if not earlier:
            return 1
        now, *before = self._read(triage, turns, earlier)
        for first, second in combinations(before, 2):
            if unanswered(now.pieces, first.pieces, second.pieces, first.said_since) >= SHARED_AT:
                return THRICE
            if _alike(now, first) and _alike(now, second) and _alike(first, second):
                return THRICE
        return 2 if any(_alike(now, other) for other in before) else 1

    def same(self, triage: Triage, turn: Turn) -> bool:
        """Tell whether a message asks what another, on whatever channel and in whatever language, asked before."""
        if triage.bare or turn.bare or not triage.text or not turn.text:
            return False
        now, other = self._read(triage, [turn], [0])
        return _alike(now, other)

    def _read(self, triage: Triage, turns: Sequence[Turn], earlier: Sequence[int]) -> list[_Asked]:
        asked = [turns[i].text for i in earlier]
        answers = [i for i in range(earlier[0], len(turns)) if turns[i].role in ("bot", "agent")]
        pieces = self._encoder.rare_pieces([triage.text, *asked, *(turns[i].text for i in answers)])
        vectors = self._encoder.encode_queries([triage.text, *asked])
        said = dict(zip(answers, pieces[1 + len(asked) :], strict=True))
        result = [_Asked(pieces[0], vectors[0], order_numbers(triage), triage.intent)]
        for row, i in enumerate(earlier, 1):
            since = frozenset(piece for at, answer in said.items() if at > i for piece in answer)
            result.append(_Asked(pieces[row], vectors[row], turns[i].orders, turns[i].intent, since))
        return result


def _waited(turns: Sequence[Turn]) -> int:
    """Return how many messages the customer has written since the shop last spoke, none where all of them only greet or thank."""
    since = list(takewhile(lambda turn: turn.role == "customer", reversed(turns)))
    return len(since) if any(not turn.bare and turn.intent not in COURTESY for turn in since) else 0


def unanswered(one: Pieces, two: Pieces, three: Pieces, said: frozenset[int]) -> float:
    """Return the share of the shortest message that all three have in common and the shop has not spoken of.

    Example:
        >>> unanswered({1: 2.0, 2: 2.0}, {1: 2.0, 3: 6.0}, {1: 2.0, 4: 6.0}, frozenset())
        0.5
        >>> unanswered({1: 2.0, 2: 2.0}, {1: 2.0, 3: 6.0}, {1: 2.0, 4: 6.0}, frozenset({1}))
        0.0
    """
    shortest = min(sum(one.values()), sum(two.values()), sum(three.values()))
    common = one.keys() & two.keys() & three.keys() - said
    return sum(one[piece] for piece in common) / shortest if shortest else 0.0


def order_numbers(triage: Triage) -> tuple[str, ...]:
    """Return the order and tracking numbers of a message, in one way of writing.

    Example:
        >>> from cs_assist.types import Entity
        >>> plain("pl-2610 47715")
        'PL261047715'
    """
    return tuple(plain(entity.value) for entity in triage.entities if entity.type in ("order_number", "tracking_number"))


def plain(number: str) -> str:
    """Return an order number without the signs that people put between its parts."""
    return "".join(char for char in number.upper() if char.isalnum())


def _alike(one: _Asked, two: _Asked) -> bool:
    """Tell whether two messages ask the same by meaning, or of the same order with the same intent."""
    if one.about and two.about and not set(one.about) & set(two.about):
        return False
    if set(one.about) & set(two.about) and one.intent == two.intent:
        return True
    return float(one.vector @ two.vector) >= SAME_AT
