"""What may be said of an order to a customer when nobody reads it before: the phrase bank's words for its facts, no others.

"Your order was lost" holds no figure that could be missing in the evidence, and likeness of meaning does not tell it from
what is so: with the shipped encoder, "is shipped, but was lost" is as near to "is shipped" as a true paraphrase is. So a
sentence that is sent unread may choose, join and order the bank's lines, and has no word that is in none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cs_assist.reply.order_lines import told
from cs_assist.reply.phrases import ByRegister, Leaf
from cs_assist.reply.scene import Scene

#: Written without spaces between words: compared by pairs of characters.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]+")


def true_lines(scene: Scene) -> list[tuple[str, ...]]:
    """Return the bank's lines for each fact of the order that may be told on this day, in all their wordings."""
    order = scene.message.order
    return [tuple(text.format(**values) for text in _wordings(leaf)) for leaf, values in told(scene, order)] if order else []


def unsaid(sentences: Sequence[str], scene: Scene) -> list[str]:
    """Return the sentences that have a word which no line that is true of the order has.

    The state's name counts as a whole: a part of it may be another state's ("handed over to the carrier").
    """
    order = scene.message.order
    state = getattr(scene.voice.bank.statuses, order.status).casefold() if order and order.status else "\0"
    known = {word for wordings in true_lines(scene) for line in wordings for word in _words(line, state)}
    return [sentence for sentence in sentences if not known.issuperset(_words(sentence, state))]


def _wordings(leaf: Leaf) -> tuple[str, ...]:
    return (*leaf.formal, *leaf.informal) if isinstance(leaf, ByRegister) else leaf


def _words(text: str, state: str) -> Iterator[str]:
    """Yield what a text is made of: words, and pairs of characters where there are no spaces between words."""
    folded = text.casefold().replace(state, "\n")
    for run in _UNSPACED.findall(folded):
        yield from (run[at : at + 2] for at in range(len(run) - 1)) if len(run) > 1 else (run,)
    yield from re.findall(r"\w+", _UNSPACED.sub(" ", folded))
