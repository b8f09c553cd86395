"""A reply as blocks, of which the least needed go first where a platform takes only so many characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cs_assist.limits import limits_of
from cs_assist.sentences import shorten


@dataclass(frozen=True)
class Block:
    """A line of a reply.

    Args:
        text: Whole sentences.
        rank: 0 stays whatever happens; of the others the greatest goes first.
        paragraph: Blocks with the same number stand in one paragraph.
        cuttable: It may be shortened at the end of a sentence, but not left out.
    """

    text: str
    rank: int = 0
    paragraph: int = 0
    cuttable: bool = False


def room(channel: str | None, platform: str | None) -> int | None:
    """Return how many characters a text may have there; None where nothing limits it."""
    return min((limit.value for limit in limits_of(channel, platform)), default=None)


def fit(blocks: Sequence[Block], limit: int | None, *, joiner: str, gap: str) -> str:
    """Return ``blocks`` as one text that fits into ``limit`` characters.

    Whole blocks are left out first, then what may be cut loses sentences at its end. Where not even the blocks that
    stay fit, the text comes back too long: nothing is cut within a sentence, and the guard holds it back.

    Args:
        blocks: In order.
        limit: Characters; None is no limit.
        joiner: Between the blocks of a paragraph.
        gap: Between paragraphs.
    """
    kept = [block for block in blocks if block.text]
    text = _text(kept, joiner, gap)
    while limit is not None and len(text) > limit:
        out = max((block for block in kept if block.rank), key=lambda block: block.rank, default=None)
        if out is None:
            return _cut(kept, limit, joiner, gap)
        kept.remove(out)
        text = _text(kept, joiner, gap)
    return text


def _cut(blocks: list[Block], limit: int, joiner: str, gap: str) -> str:
    whole = _text(blocks, joiner, gap)
    for place, block in enumerate(blocks):
        left = shorten(block.text, limit - (len(whole) - len(block.text))) if block.cuttable else ""
        if left:
            return _text([*blocks[:place], replace(block, text=left), *blocks[place + 1 :]], joiner, gap)
    return whole


def _text(blocks: Sequence[Block], joiner: str, gap: str) -> str:
    paragraphs: dict[int, list[str]] = {}
    for block in blocks:
        paragraphs.setdefault(block.paragraph, []).append(block.text)
    return gap.join(joiner.join(lines) for lines in paragraphs.values())
