"""Manners: apology, refusal, names, emoji, shouting, and the words that a market takes amiss."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator

from cs_assist.guard.culture import Look, finding
from cs_assist.guard.culture_data import Habit, Salutation, Strength
from cs_assist.guard.words import Hit
from cs_assist.types import Finding

__all__ = ["manners"]

#: A text shorter than this is a line of a chat, after the apology.
_SHORT, _SHORT_SIGNS = 12, 6
#: Who asks may want to know and not to complain; an answer with figures has at least something to offer.
_ASKS = "?？؟"
#: A text this long without a particle of politeness is abrupt where the language has them.
_NO_PARTICLE = 30
#: How many apologies are too many, by the market's scale.
_TOO_MANY = {"sparing": 3, "standard": 4, "generous": 6}
_OPENING = 60
#: What stands before this opens a text and does not close it.
_FIRST = 20
#: Two words of one apology stand no farther apart.
_ONE_APOLOGY = 10
_EMOJI_MANY = 4
#: Sentences before a refusal that have told the customer something.
_ANSWERED = 2
_LONG_ANSWER = 100
_LETTERS = frozenset(["email", "marketplace"])
#: A sentence that is this word alone refuses, or sounds as if it did.
_NO = frozenset(
    ["no", "nope", "nein", "non", "nee", "nej", "não", "nie", "нет", "hayır", "tidak", "nggak", "gak", "tak", "không",
     "नहीं", "nahi", "لا", "لأ", "ไม่", "ไม่ค่ะ", "ไม่ครับ", "いいえ", "いや", "無理です", "だめです", "아니요",
     "아니오", "안돼요", "不", "不行", "不可以", "不能", "唔得", "안 됩니다"]
)  # fmt: skip
_SHOUT = re.compile(r"[!！]{2,20}|[!?！？]{3,20}")
#: How an upset customer ends a sentence, in every language.
_LOUD = re.compile(r"[!！]{2}|[?？؟][!！]|[!！][?？؟]")
_CAPITALS = re.compile(r"(?<![\w-])[^\W\d_a-z]{3,30}(?:[ ,'’-]{1,2}[^\W\d_a-z]{2,30}){1,12}(?![\w-])")
_CAPITAL = re.compile(r"[^\W\d_]{2,}")
_NAME = re.compile(r"[^\W\d_][\w'’\u0300-\u036f\u0900-\u0903\u093a-\u094f\-]{1,24}")
_GAP = re.compile(r"[ \u00a0]{1,3}|, ?")
_STOP = re.compile(r"\s{0,3}(?:[,،、，!！.。:：;؛।\n–—]|\Z)")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff\u3005]{2,5}|[\uac00-\ud7a3]{2,4}")
_NAME_SIGNS = 5
_UNCASED = frozenset(["ar", "hi", "ja", "ko", "th", "zh"])
_GLUED = frozenset(["ja", "ko", "th", "zh"])


def manners(look: Look) -> Iterator[Finding]:
    """Yield what is impolite in wording, in the order of the checks."""
    yield from _apologies(look)
    yield from _particles(look)
    yield from _refusals(look)
    for salutation in look.culture.file.salutation:
        if look.holds(salutation) and look.expected == "formal":
            yield from _bare_name(look, salutation)
    yield from _emoji(look)
    yield from _shouting(look)
    for habit in look.culture.file.habits:
        yield from _habit(look, habit)
    for terms in look.culture.file.terms:
        if look.holds(terms):
            barred = look.hits.get(f"{terms.id}_unless", [])
            own = " ".join(look.context.evidence).lower()  # the shop's own words are its style
            for word, right in terms.words.items():
                if word in own:
                    continue
                for hit in look.hits.get(f"{terms.id}:{word}", ()):
                    if not _inside(barred, hit):
                        yield from finding(terms.id, terms.severity, look.at(hit), terms.reason, right)


def _inside(spans: list[Hit], hit: Hit) -> bool:
    return any(start < hit[1] and hit[0] < end for start, end in spans[:50])


def _apologies(look: Look) -> Iterator[Finding]:
    tone = look.market.tone if look.market else None
    if tone is None:
        return
    if grovel := look.hits.get("grovel"):
        severity: Strength = "warn" if tone.apology == "sparing" else "note"
        told = "grovels; one plain apology is believed sooner"
        yield from finding("many_apologies", severity, look.at(grovel[0]), told, look.culture.file.regret_write)
    regrets = _apart(look.hits.get("regret", []))
    if len(regrets) >= _TOO_MANY[tone.apology]:
        severity = "warn" if tone.apology == "sparing" or len(regrets) > _TOO_MANY["standard"] else "note"
        told = f"{len(regrets)} apologies in one text; here one is enough"
        yield from finding(
            "many_apologies", severity, look.at(regrets[-1]), told, "apologise once, then say what happens next"
        )  # fmt: skip
    short = _SHORT_SIGNS if look.context.language.split("-")[0] in _GLUED else _SHORT
    if regrets or len(look.text) < short or "regret" not in look.culture.lexicon.sets:
        return
    spoken, own = look.customer.get("fault"), look.hits.get("fault")
    hinted = bool(look.hits.get("soft"))
    loud = _LOUD.search(look.context.customer_text[:4000])
    if spoken or loud or (own and not hinted):
        asks = any(mark in look.context.customer_text for mark in _ASKS)
        concrete = any(map(str.isdigit, look.text))
        sure = spoken and (len(spoken) > 1 or not concrete) and (tone.apology == "generous" or len(spoken) > 1 or not asks)
        severity = "warn" if sure and not hinted and tone.apology != "sparing" else "note"
        span = look.at(own[0]) if own else (0, min(len(look.text), _OPENING))
        told = "something went wrong for the customer, and the text does not say that this is regretted"
        yield from finding("no_apology", severity, span, told, look.culture.file.regret_write)


def _particles(look: Look) -> Iterator[Finding]:
    file = look.culture.file
    if file.particle_write and look.market and len(look.text) >= _NO_PARTICLE and not look.hits.get("particle"):
        told = "sounds abrupt without a particle of politeness"
        yield from finding("particle", "note", (0, min(len(look.text), _OPENING)), told, file.particle_write)


def _apart(hits: list[Hit]) -> list[Hit]:
    """Return one hit for each apology."""
    found: list[Hit] = []
    for hit in hits:
        if not found or hit[0] > found[-1][1] + _ONE_APOLOGY:
            found.append(hit)
    return found


def _refusals(look: Look) -> Iterator[Finding]:
    for start, end in look.sentences[:40]:
        if look.normal.text[start:end].strip(" .!。！،,\n।") in _NO:
            told = "a bare no; here a reason and what is possible soften it"
            yield from finding("refusal", "note", look.at((start, end)), told, look.culture.file.refusal_write)
    refusals = look.hits.get("refusal", ())
    if not refusals:
        return
    directness = look.market.tone.directness if look.market else "direct"
    room = _LONG_ANSWER if look.context.language.startswith("th") else len(look.normal.text)  # Thai ends no sentence with a sign
    starts = [start for start, _ in look.sentences]
    softened = {bisect_right(starts, start) - 1 for name in ("soft", "regret") for start, _ in look.hits.get(name, ())}
    for hit in refusals:
        place = bisect_right(starts, hit[0]) - 1
        if place not in softened and place - 1 not in softened:
            # What stands behind an answer limits it; what opens a text refuses.
            severity: Strength = "note" if directness == "direct" or place >= _ANSWERED or hit[0] >= room else "warn"
            told = "refuses bluntly, where a no is softened and an alternative offered"
            yield from finding("refusal", severity, look.at(hit), told, look.culture.file.refusal_write)


def _habit(look: Look, habit: Habit) -> Iterator[Finding]:
    hits = look.hits.get(habit.id)
    if not hits or not look.holds(habit) or (habit.formal and look.expected != "formal"):
        return
    if (habit.mirror and look.customer.get(habit.id)) or (habit.after_fault and not look.customer.get("fault")):
        return
    length = len(look.normal.text)
    for hit in hits:
        near = habit.at == "any" or (
            hit[0] < _OPENING if habit.at == "start" else hit[1] > length - _OPENING and hit[0] >= _FIRST
        )
        if near:
            # Whoever is on first-name terms may be greeted so.
            casual = habit.mirror and habit.severity == "warn" and look.familiar and not look.customer.get("fault")
            yield from finding(habit.id, "note" if casual else habit.severity, look.at(hit), habit.reason, habit.write)


def _bare_name(look: Look, rule: Salutation) -> Iterator[Finding]:
    """Yield a name behind a greeting, or at the very start, that has no title and no honorific."""
    greetings = [hit for hit in look.hits.get(f"{rule.id}:greetings", ()) if hit[0] < 20]
    places = [hit[1] for hit in greetings] or ([0] if rule.names else [])
    for place in places[:2]:
        span = _name_at(look, rule, place)
        if span:
            told = f"'{look.text[slice(*look.at(span))]}' stands without {rule.reason}"
            yield from finding(rule.id, rule.severity, look.at(span), told, rule.write)
            return


def _name_at(look: Look, rule: Salutation, at: int) -> Hit | None:
    text, root = look.normal.text, look.context.language.split("-")[0]
    uncased = root in _UNCASED and look.context.language != "hi-Latn"
    gap = _GAP.match(text, at)
    start = end = gap.end() if gap else at
    if gap is None and at and root not in _GLUED:
        return None
    for _ in range(3):
        match = _NAME.match(text, end if end == start else end + 1)
        if match is None or (end != start and text[end] not in " "):
            break
        first = look.text[look.normal.span(match.start(), match.end())[0]]
        if not uncased and not first.isupper():
            break
        end = match.end()
    if end == start or not _STOP.match(text, end) or end - start > (20 if root == "th" else 30):
        return None
    if any(_touches(look, f"{rule.id}:{name}", start, end, room) for name, room in (("titles", 8), ("after", 8), ("generic", 0))):
        return None
    if uncased and rule.names and not _is_full_name(look, rule, start, end):
        return None
    if uncased and not rule.names and (("," in text[at:start]) or text[start:end] not in look.context.customer_text.lower()):
        return None
    return start, end


def _is_full_name(look: Look, rule: Salutation, start: int, end: int) -> bool:
    """Tell whether a family name begins ``start:end`` and no more than a given name follows."""
    name = look.normal.text[start:end]
    known = any(hit[0] == start for hit in look.hits.get(f"{rule.id}:names", ()))
    return known and len(name) <= _NAME_SIGNS and bool(_HAN_NAME.fullmatch(name))


def _touches(look: Look, name: str, start: int, end: int, room: int) -> bool:
    return any(s < end + room and start - room < e for s, e in look.hits.get(name, ()) if s < _OPENING * 2)


def _is_emoji(char: str) -> bool:
    code = ord(char)
    return code > 0x2600 and unicodedata.category(char) == "So" and (code >= 0x1F000 or code < 0x2800) and char not in "☎✆✉✔✓✗✘✂"


def _emoji(look: Look) -> Iterator[Finding]:
    if look.text.isascii():
        return
    places = [at for at, char in enumerate(look.text) if ord(char) > 0x2600 and _is_emoji(char)]
    if not places:
        return
    tone = look.market.tone if look.market else None
    span = (places[0], places[0] + 1)
    if tone and tone.emoji == "never":
        yield from finding("emoji", "warn", span, "emoji look unserious to customers here", "leave the emoji out")
    elif look.customer.get("grief") or look.hits.get("grief"):
        yield from finding("emoji", "warn", span, "an emoji in an answer to a death", "leave the emoji out")
    elif look.customer.get("fault") or look.customer.get("refusal") or look.hits.get("fault"):
        mirrored = any(map(_is_emoji, look.context.customer_text))
        told = "an emoji in an answer to a complaint makes light of it"
        yield from finding("emoji", "note" if mirrored else "warn", span, told, "leave the emoji out")
    elif tone and tone.emoji == "mirror" and look.context.customer_text and not any(map(_is_emoji, look.context.customer_text)):
        strong = look.context.channel in _LETTERS or len(places) > 1
        told = "the customer wrote without emoji"
        yield from finding("emoji", "warn" if strong else "note", span, told, "leave the emoji out")
    elif len(places) >= _EMOJI_MANY:
        yield from finding("emoji", "note", span, f"{len(places)} emoji in one text", "one is enough")


def _shouting(look: Look) -> Iterator[Finding]:
    told = "several exclamation marks sound like shouting"
    for match in _SHOUT.finditer(look.text):
        yield from finding("shouting", "warn", match.span(), told, "end the sentence with one mark, or a full stop")
    marks = look.text.count("!") + look.text.count("！")
    if marks > max(3, len(look.text) // 120) and look.market and look.market.tone.emoji == "never":
        at = max(look.text.rfind("!"), look.text.rfind("！"))
        yield from finding("shouting", "note", (at, at + 1), f"{marks} exclamation marks in one text", "use full stops")
    if look.context.customer_text.isupper() or (look.text.isupper() and len(look.text) < _SHORT):
        return
    known = set(_CAPITAL.findall(" ".join((look.context.customer_text, *look.context.evidence))))
    for match in _CAPITALS.finditer(look.text):
        words = [word for word in _CAPITAL.findall(match.group()) if all(char.lower() != char.upper() for char in word)]
        if known.issuperset(words):
            continue  # the customer, or the shop's own facts, write them so: abbreviations
        if sum(word.isupper() for word in words) == len(words) >= 2 and sum(map(len, words)) >= 8 and max(map(len, words)) > 4:
            yield from finding(
                "shouting", "warn", match.span(), "words in capitals sound like shouting", "write them in small letters"
            )
