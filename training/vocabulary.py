"""Which pieces of the base model's vocabulary our languages need."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

#: Unicode scripts that customers of the 22 languages write in.
SCRIPTS = {"LATIN", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "ARABIC", "DEVANAGARI", "THAI"}
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def script_of(piece: str) -> str:
    """Return the commonest script of a piece's letters; ``OTHER`` for digits, punctuation and emoji.

    Example:
        >>> script_of("заказ")
        'CYRILLIC'
    """
    names = Counter(unicodedata.name(c, "OTHER").split()[0].removesuffix("-KATAKANA") for c in piece if c.isalpha())
    return names.most_common(1)[0][0] if names else "OTHER"


def choose(vocabulary: list[tuple[str, float]], seen: Counter[int], size: int) -> list[int]:
    """Return the ids to keep, in their old order.

    Kept in this order of precedence until ``size`` is reached: the special pieces; single characters
    of our scripts and all characters of no script (the fallback that leaves no word wholly unknown);
    pieces seen in text of our languages, most seen first; unseen pieces of our scripts by their
    unigram score, which is their log probability in the base model's own training text.
    """
    keep: dict[int, None] = {}
    by_piece = {piece: number for number, (piece, _) in enumerate(vocabulary)}
    keep.update(dict.fromkeys(by_piece[piece] for piece in SPECIAL))
    scripts = [script_of(piece) for piece, _ in vocabulary]
    for number, (piece, _) in enumerate(vocabulary):
        bare = piece.replace("▁", "")
        if len(bare) <= 1 and scripts[number] in SCRIPTS | {"OTHER"}:
            keep[number] = None
    ranked = [number for number, _ in seen.most_common()]
    ranked += sorted(
        (n for n in range(len(vocabulary)) if n not in seen and scripts[n] in SCRIPTS | {"OTHER"}),
        key=lambda n: -vocabulary[n][1],
    )
    for number in ranked:
        if len(keep) >= size:
            break
        if scripts[number] in SCRIPTS | {"OTHER"}:
            keep[number] = None
    return sorted(keep)


def count(tokenizer: Any, texts: Iterable[str]) -> Counter[int]:
    """Return how often each piece occurs in ``texts``."""
    seen: Counter[int] = Counter()
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == 512:
            _add(tokenizer, batch, seen)
            batch = []
    _add(tokenizer, batch, seen)
    return seen


def _add(tokenizer: Any, batch: list[str], seen: Counter[int]) -> None:
    for encoding in tokenizer.encode_batch(batch, add_special_tokens=False):
        seen.update(encoding.ids)
