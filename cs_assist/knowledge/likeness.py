"""How alike two texts are, whatever their languages, on a scale that means the same for every encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.encoder.base import Vectors, unit

ANCHORS = Path(__file__).parent / "data" / "likeness.yaml"
#: Texts that the anchors of a language count for when its mean is taken: with few texts at hand the anchors' mean holds,
#: with many theirs, so that one question asked by many is not taken for the language itself.
_ANCHOR_WEIGHT = 10


class _Anchors(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    questions: dict[str, tuple[str, ...]]


class Likeness:
    """The scale of one way of encoding.

    A multilingual encoder puts texts of one language near each other, whatever they say, and a cosine of 0.9 is much for
    one encoder and little for another. Both are measured on the same questions in each language
    (``data/likeness.yaml``): the mean vector of a language is taken off its texts, and of what is left the cosine is
    stretched so that 0 is the mean of different questions, and 1 the mean of one question in two languages. Two
    equal texts have about 2.

    Args:
        encode: Gives one unit vector a text, such as an encoder's ``encode_passages`` or ``encode_queries``.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Vectors]) -> None:
        questions = _anchors().questions
        vectors = encode([text for texts in questions.values() for text in texts])
        by_language = vectors.reshape(len(questions), -1, vectors.shape[1])
        self._means = dict(zip(questions, by_language.mean(axis=1), strict=True))
        self._mean = vectors.mean(axis=0)
        centred = unit((by_language - by_language.mean(axis=1, keepdims=True)).reshape(vectors.shape))
        cosines = centred @ centred.T
        number = np.tile(np.arange(by_language.shape[1]), len(questions))
        language = np.repeat(np.arange(len(questions)), by_language.shape[1])
        other = language[:, None] != language[None, :]
        same = number[:, None] == number[None, :]
        self._unrelated = float(cosines[~same & other].mean())
        self._alike = float(cosines[same & other].mean())

    def place(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Return unit vectors without what the languages put into them.

        Args:
            vectors: One a text. What the texts of one language share is taken off, so give all texts at once.
            languages: The texts' languages, BCP 47; one that has no anchors starts from the mean of all.
        """
        moved = np.array(vectors, np.float32)
        of = np.array(languages, object)
        for language in sorted(set(languages)):
            rows = of == language
            anchor = self._means.get(language, self._means.get(language.split("-")[0], self._mean))
            mean = (vectors[rows].sum(axis=0) + _ANCHOR_WEIGHT * anchor) / (rows.sum() + _ANCHOR_WEIGHT)
            moved[rows] -= mean
        return unit(moved)

    def of(self, cosines: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the likeness of cosines between vectors of one :meth:`place`."""
        return (np.asarray(cosines, np.float64) - self._unrelated) / (self._alike - self._unrelated)


@lru_cache(maxsize=1)
def _anchors() -> _Anchors:
    return load_yaml(ANCHORS, _Anchors)
