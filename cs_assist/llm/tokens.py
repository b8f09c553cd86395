"""Counting tokens, and trimming what a prompt carries to what it may cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from math import ceil
from typing import Any

from cs_assist.config import tiktoken_folder
from cs_assist.errors import ModelError

#: Files in tiktoken's folder: each is named by the SHA-1 of the address that it came from. With it the SHA-256 of what
#: must be in it: tiktoken would fetch a damaged one anew.
_TABLES = {
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}
_MEASURE = "o200k_base"
#: Ends a sentence: a full stop after a word of four letters or more and before no digit or small letter (else it may be
#: an abbreviation's), another mark, or a line's end.
_END = re.compile(r"(?<=[^\W\d_]{4})[.…]+[\"'”’»)\]]*(?=\s+(?![a-z\d]))|[!?।؟]+(?=\s)|[。！？]+[」』”’）]*|\n+")
_LATIN = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f"
#: What o200k makes of a run of letters at most, on average over a text: so many tokens for its first letter and for each
#: further one. Fitted to 13,972 messages and 1,638 paragraphs of articles in 22 languages: none of them is undercounted,
#: the nearest is overcounted by 7 %, and twenty messages together by 16 to 131 %.
_RUNS: dict[str, tuple[str, float, float]] = {
    "han": (r"[\u3400-\u9fff\uf900-\ufaff]+", 2.3, 1.06),
    "kana": (r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]+", 1.0, 1.19),
    "hangul": (r"[\uac00-\ud7a3]+", 1.9, 0.53),
    "thai": (r"[\u0e01-\u0e4e]+", 1.0, 0.53),
    "devanagari": (r"[\u0900-\u0963\u0970-\u097f]+", 1.0, 0.36),
    "arabic": (r"[\u0621-\u065f\u066e-\u06d3\u06fa-\u06ff]+", 1.0, 0.53),
    "cyrillic": (r"[\u0400-\u052f]+", 1.9, 0.14),
    "plain": (rf"(?<![{_LATIN}])[A-Za-z]+(?![{_LATIN}])", 1.0, 0.36),
    "latin": (rf"[{_LATIN}]+", 1.2, 0.58),
}
#: Besides the runs of letters: three digits are one token, a space joins the word after it, an ASCII character is at
#: most one token, full-width punctuation is one as measured, and anything else has at most its bytes.
_PIECES = re.compile(
    "|".join(f"(?P<{name}>{pattern})" for name, (pattern, _, _) in _RUNS.items())
    + r"|(?P<digits>[0-9]+)|(?P<gap> (?=\S))|(?P<ascii>[\x00-\x7f])|(?P<wide>[\u2010-\u2027\u3000-\u303f\uff00-\uff65])"
    r"|(?P<other>.)",
    re.S,
)
#: Added once for a text: a short one may be denser than the average.
_SHORT = 8


@dataclass(frozen=True)
class Count:
    """A number of tokens; where it is not ``exact`` it is a bound, see :func:`count`."""

    tokens: int
    exact: bool


@dataclass(frozen=True)
class Part:
    """A part of a variable, such as one passage or one turn; what is worth least is dropped first."""

    text: str
    value: float = 0.0


@dataclass(frozen=True)
class Trimmed:
    """A variable that may be shortened to fit its prompt's limit: by whole sentences, from the end of its worst part.

    Args:
        parts: In reading order. The least valuable goes first, over all variables of a prompt; of equals, the earlier.
        keep_first: The first part is never dropped nor shortened (the best evidence).
        budget: Tokens of this variable at most; None shares what the prompt's limit leaves.
        separator: Stands between the parts.

    Example:
        >>> passages = Trimmed((Part("[a#0] Thirty days.", 0.9), Part("[b#1] We ship daily.", 0.2)), budget=8)
        >>> fit({"evidence": passages}, 1000, what="an example")["evidence"]
        '[a#0] Thirty days.'
    """

    parts: tuple[Part, ...]
    keep_first: bool = True
    budget: int | None = None
    separator: str = "\n"


def count(text: str, model: str = "") -> Count:
    """Return how many tokens ``text`` has for ``model``, such as ``gpt-4.1-mini``; as o200k counts where none is named.

    The count is exact for OpenAI's models where tiktoken is installed and its tables are in its folder; they are never
    fetched here. Else it is a bound. For o200k it is made of what was measured in 22 languages (tests/llm/tokens.tsv)
    and holds for text in them; for other models it is the number of UTF-8 bytes, which no byte-level tokenizer exceeds.

    Example:
        >>> count("").tokens, count("Where is my parcel?").tokens >= 5
        (0, True)
    """
    name = _encoding_name(model)
    if (encoding := _encoding(name)) is not None:
        return Count(len(encoding.encode(text, disallowed_special=())), exact=True)
    if name == _MEASURE:
        return Count(ceil(_cost(text) + _SHORT) if text else 0, exact=False)
    return Count(len(text.encode("utf-8", "replace")), exact=False)


def _cost(text: str) -> float:
    """Return what o200k makes of ``text`` at most, by the kinds of its characters."""
    cost = 0.0
    for found in _PIECES.finditer(text):
        kind, size = found.lastgroup or "", found.end() - found.start()
        if kind in _RUNS:
            _, first, further = _RUNS[kind]
            cost += first + further * (size - 1)
        elif kind == "digits":
            cost += -(-size // 3)
        elif kind == "other":
            cost += len(found[0].encode("utf-8", "replace"))
        elif kind != "gap":
            cost += 1
    return cost


def _encoding_name(model: str) -> str:
    if not model:
        return _MEASURE
    try:
        from tiktoken.model import encoding_name_for_model
    except ImportError:
        return ""
    try:
        return str(encoding_name_for_model(model))
    except KeyError:
        return ""


@lru_cache(maxsize=4)
def _encoding(name: str) -> Any:
    """Return tiktoken's encoding where nothing has to be fetched for it, else None."""
    folder = tiktoken_folder()
    if name not in _TABLES or folder is None:
        return None
    kept, digest = _TABLES[name]
    try:
        import tiktoken

        table = (folder / kept).read_bytes()
    except (ImportError, OSError):
        return None
    return tiktoken.get_encoding(name) if sha256(table).hexdigest() == digest else None


@dataclass
class _Piece:
    """A part of one variable while it is being shortened."""

    name: str
    value: float
    sentences: list[str]
    costs: list[float]
    fixed: bool


def fit(variables: Mapping[str, str | Trimmed], room: int, *, what: str) -> dict[str, str]:
    """Return the variables as texts that together have at most ``room`` tokens, as o200k counts them.

    Plain texts and protected first parts stay whole.

    Raises:
        ModelError: (kind ``too_long``) They alone are over ``room``.
    """
    encoding = _encoding(_MEASURE)

    def cost(text: str) -> float:
        return len(encoding.encode(text, disallowed_special=())) if encoding is not None else _cost(text)

    plain = {name: value for name, value in variables.items() if isinstance(value, str)}
    left = room - (0 if encoding is not None else _SHORT) - sum(map(cost, plain.values()))
    trimmed = {name: value for name, value in variables.items() if isinstance(value, Trimmed)}
    pieces = {name: _pieces(name, value, cost) for name, value in trimmed.items()}
    for name, value in trimmed.items():
        if value.budget is not None:
            _shorten(pieces[name], value.budget)
    everything = [piece for group in pieces.values() for piece in group]
    over = _shorten(everything, left)
    if over > 0 or left < 0:
        raise ModelError(
            "too_long",
            f"the {what} has {ceil(max(over, -left))} tokens more than its limit, and nothing is left to trim.",
            hint="Give the longest variable as Trimmed parts, or raise `limit` in the prompt's header.",
        )
    texts = {
        name: trimmed[name].separator.join("".join(p.sentences).strip() for p in group if p.sentences)
        for name, group in pieces.items()
    }
    return {name: plain[name] if name in plain else texts[name] for name in variables}


def _pieces(name: str, value: Trimmed, cost: Callable[[str], float]) -> list[_Piece]:
    made = []
    between = cost(value.separator)
    for place, part in enumerate(value.parts):
        sentences = split(part.text)
        costs = [cost(sentence) for sentence in sentences]
        if costs:
            costs[0] += between
        made.append(_Piece(name, part.value, sentences, costs, fixed=value.keep_first and place == 0))
    return made


def _shorten(pieces: Sequence[_Piece], room: float) -> float:
    """Take the last sentences off the least valuable pieces until they fit; return by how much they still do not."""
    over = sum(sum(piece.costs) for piece in pieces) - room
    for piece in sorted((p for p in pieces if not p.fixed), key=lambda p: p.value):
        while over > 0 and piece.sentences:
            piece.sentences.pop()
            over -= piece.costs.pop()
    return over


def split(text: str) -> list[str]:
    """Return the sentences of ``text``, which joined are the text; where in doubt, two are left together.

    Example:
        >>> split("Returns take 14 days. Costs about 3.50 EUR.")
        ['Returns take 14 days.', ' Costs about 3.50 EUR.']
    """
    ends = [found.end() for found in _END.finditer(text)]
    return [piece for piece in (text[a:b] for a, b in pairwise([0, *ends, len(text)])) if piece]
