"""Script: characters of the other Chinese script, letters of a foreign alphabet, Vietnamese without its marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from cs_assist.guard.culture import Look, finding
from cs_assist.types import Finding

__all__ = ["only_simplified", "only_traditional", "scripts"]

_HAN = re.compile(r"[\u4e00-\u9fff]")
#: Markets that write one script whatever the language's tag says.
_MARKET_SCRIPT = {"TW": "Hant", "HK": "Hant", "MO": "Hant", "CN": "Hans", "SG": "Hans", "MY": "Hans"}
#: Scripts besides Latin that each language is written in.
_OWN = {
    "ar": ("ARABIC",), "hi": ("DEVANAGARI",), "ja": ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"), "ko": ("HANGUL", "CJK"),
    "ru": ("CYRILLIC",), "th": ("THAI",), "zh": ("CJK",),
}  # fmt: skip
#: Scripts that stand for themselves: a run of these letters is read as words.
_FOREIGN = re.compile(
    r"(?:[\u0400-\u052f]+|[\u0590-\u05ff]{2,}|[\u0620-\u065f\u066e-\u06d3]{2,}|[\u0900-\u097f]{2,}|[\u0e00-\u0e7f]{2,}|[\u3040-\u30ff]{2,}"
    r"|[\u4e00-\u9fff]{2,}|[\uac00-\ud7a3]{2,}|[\u0370-\u03ff]{4,})"
)
_LATIN_WORD = re.compile(r"(?=[^\W\d_]{0,30}[A-Za-z])(?=[^\W\d_]{0,30}[\u0400-\u04ff\u0370-\u03ff])[^\W\d_]{3,30}")
_VIETNAMESE = re.compile(
    r"\b(?:ban|chung toi|cam on|xin loi|don hang|khach hang|quy khach|san pham|giao hang|doi tra|hoan tien|vui long|cua hang|duoc"
    r"|khong|nhung|voi|cua)\b", re.I,
)  # fmt: skip
#: How a Vietnamese syllable is built, without its marks.
_VIETNAMESE_SOUNDS = re.compile(
    r"\b(?:ng?h?|ph|th|tr|ch|kh|gi|qu|[bcdghklmnprstvx])?(?:uye|uya|uyu|ieu|yeu|oai|oay|uoi|uou|uay|[aeiouy]{1,2})(?:nh?g?|ch|[cmpt])?\b"
)
_FEW_MARKS = 0.02
#: A Vietnamese sentence of so many words has a mark somewhere.
_UNMARKED_WORDS = 5
_HALF_KANA = re.compile(r"[\uff66-\uff9f]{2,}")
#: Latin letters as wide as a Chinese character.
_WIDE = re.compile(r"[\uff21-\uff3a\uff41-\uff5a]{2,}")
#: Letters of Persian, Urdu and Kurdish in an Arabic word; the Arabic letter of the same shape.
_PERSIAN = {**dict(zip("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", strict=True)), "ی": "ي", "ک": "ك", "ە": "ه", "ھ": "ه", "ہ": "ه", "ے": "ي"}
_HANJA = re.compile(r"[\u4e00-\u9fff]{1,12}(?=[\uac00-\ud7a3]|\s|[.,]|\Z)")
#: As much of the customer's text is looked at for words that the reply repeats.
_SPOKEN = 4000
_QUOTED = re.compile(r"[\"“„«「『‘(\[][^\"”“»」』’)\]\n]{1,80}[\"”“»」』’)\]]")


@lru_cache(maxsize=8192)
def _encodable(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def only_simplified(char: str) -> bool:
    """Tell whether a Chinese character is in GB 2312 and not in Big5: a simplified form.

    Example:
        >>> only_simplified("们"), only_simplified("好")
        (True, False)
    """
    return "\u4e00" <= char <= "\u9fff" and _encodable(char, "gb2312") and not _encodable(char, "big5")


def only_traditional(char: str) -> bool:
    """Tell whether a Chinese character is in Big5 and not in GB 2312: a traditional form.

    Example:
        >>> only_traditional("們"), only_traditional("好")
        (True, False)
    """
    return "\u4e00" <= char <= "\u9fff" and _encodable(char, "big5") and not _encodable(char, "gb2312")


def _japanese_form(char: str) -> bool:
    return _encodable(char, "cp932") and not _encodable(char, "gb2312") and not _encodable(char, "big5hkscs")


def scripts(look: Look) -> Iterator[Finding]:
    """Yield characters that the market, or the language, does not write."""
    root = look.context.language.split("-")[0]
    yield from _stripped(look)
    if look.text.isascii() and root != "vi":
        return
    if root == "zh":
        yield from _chinese(look)
    elif root == "ja":
        # What the Japanese standards do not have (JIS X 0208 with its vendors' additions) is Chinese.
        bad = [m for m in _HAN.finditer(look.text) if not _encodable(m.group(), "cp932")]
        if half := _HALF_KANA.search(look.text):
            yield from finding("script", "note", half.span(), "half-width kana look careless", "write full-width kana")
        if bad:
            told = f"'{bad[0].group()}' is a Chinese form, not a Japanese one"
            yield from finding("script", "warn", bad[0].span(), told, "write the Japanese character")
    elif root == "vi":
        yield from _unmarked(look)
    elif root == "ar":
        at = next((at for at, char in enumerate(look.text) if char in _PERSIAN), -1)
        if at >= 0:
            told = f"'{look.text[at]}' is a letter of Persian or Urdu, not of Arabic"
            yield from finding("script", "warn", (at, at + 1), told, f"write '{_PERSIAN[look.text[at]]}'")
    elif root == "ko":
        yield from _hanja(look)
    yield from _alphabets(look, root)


def _chinese(look: Look) -> Iterator[Finding]:
    tag = look.context.language
    script = "Hant" if "Hant" in tag or tag in ("zh-TW", "zh-HK") else "Hans"
    own = _MARKET_SCRIPT.get(look.context.market or "", script)
    if own != script:  # a customer's own script in another script's market is the customer's choice
        customer = look.context.customer_text
        foreign = only_traditional if script == "Hant" else only_simplified
        own = script if any(map(foreign, customer)) or not customer else own
    kana = re.search(r"[\u3041-\u30fa]", look.text)
    if kana and not _named(look.text, *kana.span()) and kana.group() not in look.context.customer_text:
        yield from finding("script", "note", kana.span(), f"'{kana.group()}' is Japanese", "write it in Chinese")
    wrong = only_simplified if own == "Hant" else only_traditional
    plain = _QUOTED.sub(lambda match: " " * len(match.group()), look.text)
    bad = [m for m in _HAN.finditer(plain) if wrong(m.group()) or _japanese_form(m.group())]
    if bad:
        names = {"Hant": "traditional", "Hans": "simplified"}
        shown = "".join(dict.fromkeys(m.group() for m in bad))[:12]
        told = f"'{shown}' {'is' if len(shown) == 1 else 'are'} not written in {names[own]} script"
        yield from finding("script", "warn", bad[0].span(), told, f"write it in {names[own]} characters")


def _unmarked(look: Look) -> Iterator[Finding]:
    for start, end in look.sentences[:60]:
        said = look.normal.text[start:end]
        words = re.findall(r"[^\W\d_]+", said)
        if said.isascii() and len(words) >= _UNMARKED_WORDS and len([*_VIETNAMESE_SOUNDS.finditer(said)]) * 2 >= len(words):
            told = "a Vietnamese sentence without its marks"
            yield from finding(
                "script", "warn", look.at((start, start + len(said.rstrip()))), told, "write the words with their marks"
            )
    letters = sum(char.isalpha() for char in look.text)
    marked = sum(char.isalpha() and not char.isascii() for char in look.text)
    spots = [*_VIETNAMESE.finditer(look.text)]
    if letters > 30 and marked < _FEW_MARKS * letters and len(spots) >= 3:
        told = "Vietnamese without its marks is hard to read and looks careless"
        yield from finding("script", "warn", spots[0].span(), told, "write the words with their marks")


def _stripped(look: Look) -> Iterator[Finding]:
    """Yield a sentence whose words have lost the marks that its language writes."""
    hits = look.hits.get("stripped", ())
    if not hits:
        return
    for start, end in look.sentences[:60]:
        here = [hit for hit in hits if start <= hit[0] < end]
        if len({look.normal.text[s:e] for s, e in here}) >= 2:
            told = f"'{look.normal.text[slice(*here[0])]}' is written without its marks"
            yield from finding("script", "warn", look.at(here[0]), told, "write the letters with their marks")


def _hanja(look: Look) -> Iterator[Finding]:
    """Yield Chinese characters that stand in a Korean sentence as its words, not in brackets behind them."""
    bad = [m for m in _HANJA.finditer(look.text) if len(m.group()) > 1 and not _named(look.text, m.start(), m.end())]
    if bad and bad[0].group() not in look.context.customer_text:
        told = f"'{bad[0].group()}' is written in Chinese characters, which readers of Korean no longer use"
        yield from finding("script", "warn", bad[0].span(), told, "write it in Hangul")


def _alphabets(look: Look, root: str) -> Iterator[Finding]:
    if root not in ("ja", "zh", "ko") and (wide := _WIDE.search(look.text)):
        yield from finding(
            "script", "note", wide.span(), f"'{wide.group()[:30]}' has letters of double width", "write plain letters"
        )
    own = _OWN.get(root, ()) if look.context.language != "hi-Latn" else ()
    spoken = look.context.customer_text[:_SPOKEN]
    for match in _FOREIGN.finditer(look.text):
        script = unicodedata.name(match.group()[0], "").split(" ")[0]
        if script.startswith("CJK"):
            script = "CJK"
        if script not in own and match.group() not in spoken and not _named(look.text, match.start(), match.end()):
            told = f"'{match.group()[:30]}' is not in the script of this language"
            yield from finding("script", "warn", match.span(), told, "write it in the language's own script")
    for match in _LATIN_WORD.finditer(look.text):
        told = f"'{match.group()}' mixes letters of two alphabets"
        yield from finding("script", "warn", match.span(), told, "write the word in one alphabet")


def _named(text: str, start: int, end: int) -> bool:
    """Tell whether a run stands in quotes or brackets: a name or a word that is spoken of."""
    before, after = text[max(0, start - 40) : start], text[end : end + 40]
    opened = max(before.rfind(mark) for mark in "\"“„«「『(['（")
    return opened >= 0 and any(mark in after for mark in "\"”“»」』)]'）")
