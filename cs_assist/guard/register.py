"""Register: does a text address the customer as the market's channel does, and in one way from start to end?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from cs_assist.guard.culture import Look, finding
from cs_assist.guard.culture_data import Register
from cs_assist.guard.normal import Normal
from cs_assist.guard.words import Hit
from cs_assist.types import Finding

__all__ = ["registers"]

_WORD = re.compile(r"[^\W\d_][\w\u0300-\u036f\u0900-\u0903\u093a-\u094f]{2,30}")
#: What stands behind a sentence's last word.
_TAIL = re.compile(r"[\s.!?。！？…~～♪^\"'”’」』）)\]★☆\U0001f000-\U0001ffff\u2600-\u27bf\ufe0f]{1,40}\Z")
#: The end of a clause, and at most one word behind it.
_CLAUSE = re.compile(r"(?:\A|[.!?¡¿:;…\n,–—-])[\s\"„“«»›•–—-]{0,4}(?:([^\W\d_]{1,9}) )?\Z")
#: Words that open a clause which tells and does not order.
_LINKS = frozenset(
    ["que", "che", "chi", "qui", "se", "si", "wenn", "wer", "der", "die", "das", "który", "która", "które", "kto", "gdy",
     "som", "wie", "dat", "lui", "lei", "él", "ella", "ele", "ela", "il", "elle", "non", "no", "não", "nie", "niet",
     "ich", "ik", "io", "yo", "eu", "je", "jag", "ja"]
)  # fmt: skip
#: The name of a button or a page, in quotation marks.
_LABEL = re.compile(r"[\"“„«»][^\"“”„«»\n.!?]{2,40}[\"”“«»]")
_START = re.compile(r"(?:\A|[.!?:…\n\"„“»«›*•–—-])[\s\"„“»«›*•–—-]{0,8}\Z")


def registers(look: Look) -> Iterator[Finding]:
    """Yield words of a register that the market does not expect, that is rude, or that clashes with another."""
    rules = look.culture.file.register_
    if rules is not None:
        yield from _levels(look, rules)
    for clash in look.culture.file.clashes:
        one, other = look.hits.get(f"{clash.id}:one"), look.hits.get(f"{clash.id}:other")
        if one and other and look.holds(clash):
            fewer = min(one, other, key=len)
            yield from finding(clash.id, clash.severity, look.at(fewer[0]), clash.reason, clash.write)


def _levels(look: Look, rules: Register) -> Iterator[Finding]:
    labels = [match.span() for match in _LABEL.finditer(look.normal.text)]
    levels = {
        name: [hit for hit in hits if not any(start < hit[0] and hit[1] < end for start, end in labels)]
        for name, hits in _read(look.text, look.normal, look.hits, rules).items()
    }
    formal, informal, rude = (sorted(set(levels[name])) for name in ("formal", "informal", "rude"))
    for hit in rude:
        words = _shown(look, hit)
        yield from finding(
            "rude", "warn", look.at(hit), f"'{words}' is too familiar for a customer", rules.write.get("formal", "")
        )
    orders = {hit for level in ("formal", "informal") for hit in look.hits.get(f"orders_{level}", ())}
    expected = look.expected
    writes = _writes(look, rules)
    if formal and informal:
        odd, level = (formal, "informal") if expected == "informal" or len(formal) < len(informal) else (informal, "formal")
        if expected == "formal":
            odd, level = informal, "formal"
        told = f"mixes two ways to address the customer: '{_shown(look, formal[0])}' and '{_shown(look, informal[0])}'"
        # One formal word alone may speak of a third person; a verb that orders may as well tell.
        weak = rules.mixing == "warn" and ((len(odd) == 1 and odd is formal) or orders.issuperset(odd))
        yield from finding("mixed_register", "note" if weak else rules.mixing, look.at(odd[0]), told, _write(rules, level))
    elif informal and expected == "formal":
        # Marketplaces write as chats do wherever the customer has not begun formally.
        mild = (
            writes == "informal"
            or (look.familiar and writes is None)
            or orders.issuperset(informal)
            or (look.context.channel == "marketplace" and writes is None)
        )
        severity = "note" if mild and rules.too_informal == "warn" else rules.too_informal
        told = f"'{_shown(look, informal[0])}' is informal; customers here are addressed formally in this channel"
        yield from finding("register", severity, look.at(informal[0]), told, _write(rules, "formal"))
    elif formal and expected == "informal" and writes != "formal":
        told = f"'{_shown(look, formal[0])}' sounds stiff; customers here are addressed informally in this channel"
        yield from finding("register", rules.too_formal, look.at(formal[0]), told, _write(rules, "informal"))


def _write(rules: Register, level: str) -> str:
    return next((text for name, text in rules.write.items() if name == level), "")


def _shown(look: Look, hit: Hit) -> str:
    start, end = look.at(hit)
    return look.text[start:end][:40]


def _writes(look: Look, rules: Register) -> str | None:
    """Return how the customer addresses the shop, where only one way occurs."""
    text = look.context.customer_text[:4000]
    if not text:
        return None
    levels = _read(text, Normal(text), look.customer, rules)
    formal, informal = bool(levels["formal"]), bool(levels["informal"] or levels["rude"])
    return None if formal == informal else "formal" if formal else "informal"


def _read(text: str, normal: Normal, hits: Mapping[str, list[Hit]], rules: Register) -> dict[str, list[Hit]]:
    """Return the places of each level in a normalised text."""
    levels: dict[str, list[Hit]] = {name: [*hits.get(name, ())] for name in ("formal", "informal", "rude")}
    for name in ("capital", "upper"):
        for hit in hits.get(name, ()):
            start, _ = normal.span(*hit)
            opens = name == "capital" and _START.search(text, max(0, start - 12), start)
            if text[start].isupper() and not opens:
                levels["formal"].append(hit)
    for kind in ("formal", "informal"):
        levels[kind] += [hit for hit in hits.get(f"orders_{kind}", ()) if _opens(normal.text, hit[0])]
    if rules.ends:
        pattern = _ends(tuple((level, ends) for level, ends in rules.ends.items()))
        barred = frozenset(rules.ends_not)
        for match in _WORD.finditer(normal.text):
            word = match.group()
            level = next((name for name, ends in pattern if word.endswith(ends)), None)
            if level and word not in barred:
                levels[level].append(match.span())
    if rules.last:
        _last(normal.text, rules, levels)
    return levels


def _opens(text: str, at: int) -> bool:
    """Tell whether a verb opens a clause, as an order does; one word may stand before it."""
    before = _CLAUSE.search(text, max(0, at - 14), at)
    return at == 0 or (before is not None and before.group(1) not in _LINKS)


@cache
def _ends(ends: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ends


_SENTENCE = re.compile(r"[^.!?。！？…\n]{1,2000}[.!?。！？…~～」』）)\s]{0,10}")


def _last(text: str, rules: Register, levels: dict[str, list[Hit]]) -> None:
    """Add the levels of sentences by how they end."""
    table = _endings(tuple((level, ends) for level, ends in rules.last.items()))
    longest = max(map(len, table))
    for match in _SENTENCE.finditer(text):
        said = _TAIL.sub("", match.group()[-(longest + 45) :])
        end = match.start() + len(match.group()) - (len(match.group()[-(longest + 45) :]) - len(said))
        for size in range(min(longest, len(said)), 0, -1):
            level = table.get(said[-size:])
            if level:
                if level != "none" and len(said) > size:
                    levels[level].append((end - size, end))
                break


@cache
def _endings(last: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    return {end: level for level, ends in last for end in ends}
