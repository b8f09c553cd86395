"""Language identification for short customer messages.

A linear head over hashed character n-grams, trained by ``training/train_language.py`` on customer
messages; langdetect gives the second opinion where the head is unsure and for languages that the
head does not know. The probabilities are mixed with a prior from the market and earlier turns,
which decides only where the text says little.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from cs_assist.errors import EncoderError
from cs_assist.triage.arrays import load_arrays

MODEL = Path(__file__).parent / "data" / "language.npz"
BUCKETS = 2**16
WINDOW = 600  # characters of words: more do not change the answer
DOUBT = 0.25  # the share that languages which nobody expects have before a word is read
_SEARCHED = 4_000  # characters that are looked through for them: links, codes and numbers may stand first
# In Chinese and Japanese the next word may follow a link without a space.
_IN_LINK = r"[^\s\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]{1,300}"
#: Links, addresses, handles ("@shop") and codes ("AB-12X", but not "H3LP").
_NO_WORDS = re.compile(
    rf"https?://{_IN_LINK}|www\.{_IN_LINK}|[A-Za-z0-9._%+-]{{0,64}}@[A-Za-z0-9._-]{{1,255}}"
    r"|(?<![^\W_])(?=[A-Z\d-]{0,40}\d[\d-])[A-Z\d][A-Z\d-]{0,80}(?![^\W_])"
)
#: "sooooo".
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,600}")
#: Names within another script: "Anna Lind", "iPhone". Of as many letters as four of the others each may stand for.
_NAME = re.compile(r"(?<![^\W\d_])[a-z]{0,3}[A-Z][A-Za-z]{0,40}(?![^\W\d_])")
_OUR_OTHER_LETTER = re.compile("[\u0400-\u052f\u0620-\u06d3\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTERS_FOR_ONE = 4
_NOT_LETTERS = re.compile(r"[\W\d_]+")
#: langdetect's names for languages that we serve.
_LANGDETECT = {"zh-cn": "zh-Hans", "zh-tw": "zh-Hant", "pt": "pt", "es": "es"}
_UNSUPPORTED_AT = 0.95
#: How many times likelier langdetect is to name a language that is not ours where a text is in none of ours than where it is.
_WEIGHT = 10.0
_RECENT = 64  # texts whose languages are kept
_UNSERVED = "mis"  # ISO 639-2: a language, but none that the head has a code for
#: Letters below which a language that is not ours is not told from Latin ones: "sí" is no Czech.
_TELLING = 12
#: But by Cyrillic and Arabic letters that neither Russian nor Arabic has it is: "і", "ј", "پ", "ٹ".
_NOT_OURS = re.compile("[\u0400\u0402-\u040f\u0450\u0452-\u052f\u0671-\u06d3]")
#: Wide, typeset and presentation forms, which are read as the usual letters.
_FORMS = re.compile("[\uff00-\uffef\ufb50-\ufdff\ufe70-\ufefc\U0001d400-\U0001d7ff]{1,600}")
#: "w h e r e": letters set apart by single spaces, words by more.
_SPACED = re.compile(r"(?<!\w)\w(?: \w){2,80}(?!\w)")
#: The scripts, as Unicode names them, that each of ours is written in; the others in Latin.
_SCRIPTS = {
    "ar": ("ARABIC",), "hi": ("DEVANAGARI",), "ja": ("HIRAGANA", "KATAKANA", "CJK"), "ko": ("HANGUL",), "ru": ("CYRILLIC",),
    "th": ("THAI",), "zh-Hans": ("CJK",), "zh-Hant": ("CJK",),
}  # fmt: skip
_LATIN = ("LATIN",)
_OURS_ALONE = {"CJK", "HANGUL", "HIRAGANA", "KATAKANA", "THAI"}
#: Languages of scripts that none of ours is written in (the one that most write in it).
_OTHER_SCRIPTS = {
    "ARMENIAN": "hy", "BENGALI": "bn", "ETHIOPIC": "am", "GEORGIAN": "ka", "GREEK": "el", "GUJARATI": "gu", "GURMUKHI": "pa",
    "HEBREW": "he", "KANNADA": "kn", "KHMER": "km", "LAO": "lo", "MALAYALAM": "ml", "MYANMAR": "my", "ORIYA": "or",
    "SINHALA": "si", "TAMIL": "ta", "TELUGU": "te", "TIBETAN": "bo",
}  # fmt: skip
_CERTAIN = 0.99
#: Simplified forms that Big5 holds too, and traditional ones that GB 2312 does, for other or rare words.
_SIMPLIFIED, _TRADITIONAL = frozenset("坏么听"), frozenset("後於徵摺")
#: Characters up to which the forms that Japanese shares with one of the Chinese sets do not tell them apart.
_FEW_CHARACTERS = 8
_ALIKE = 1.5  # what words alone may tell, as log-odds, between two scripts that write them alike


def words_of(text: str) -> str:
    """Return the first :data:`WINDOW` characters of a text's words, without links, codes, numbers and signs.

    Within another script, names in Latin letters are left out too.

    Example:
        >>> words_of("https://shop.example/1 Order AB-12345: ｗｈｅｒｅ  n o w?")
        'Order where now'
        >>> words_of("배송이 느려요 - Anna Lind")
        '배송이 느려요'
    """
    composed = unicodedata.normalize("NFC", text[:_SEARCHED])
    usual = _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found.group()), composed)
    joined = _SPACED.sub(lambda found: found.group().replace(" ", ""), _NO_WORDS.sub(" ", usual))
    once = _DRAWN_OUT.sub(r"\1", _without_names(joined))
    return _NOT_LETTERS.sub(" ", once).strip()[:WINDOW].strip()


def _without_names(text: str) -> str:
    others = len(_OUR_OTHER_LETTER.findall(text))
    if others < 2 or sum(map(len, _NAME.findall(text))) > _LETTERS_FOR_ONE * others:
        return text
    return _NAME.sub(" ", text)


def ngrams(text: str) -> npt.NDArray[np.int64]:
    """Return the hash buckets of a text's character 1- to 4-grams, within words and across their ends.

    Latin diacritics are kept: they tell languages apart. Each Chinese character that is only simplified
    or only traditional counts as such too, so that one never seen in training is told as well; in a few
    characters that are all in Japanese use it does not, being no proof.
    """
    cleaned = words_of(text).lower()
    if not cleaned:
        return np.empty(0, np.int64)
    padded = f" {cleaned} "
    data = [padded[i : i + n].encode() for n in (1, 2, 3, 4) for i in range(len(padded) - n + 1)]
    data += [f"_{word}".encode() for word in cleaned.split()]
    if len(cleaned) > _FEW_CHARACTERS or not _in_japanese_use(cleaned):
        data += [kind for kind in map(_script, cleaned) if kind]
    return np.fromiter((crc32(piece) % BUCKETS for piece in data), np.int64, len(data))


@cache
def _script(char: str) -> bytes:
    """Return the mark of a Chinese character that is written so in simplified or in traditional Chinese alone.

    GB 2312 holds the simplified forms in common use, Big5 the traditional ones. Of those that both hold, one that is common in
    the first (level 1) and rare in the second (level 2) is a simplified form: "价", "适".
    """
    if not "\u4e00" <= char <= "\u9fff":
        return b""
    simplified, traditional = (char.encode(name, "ignore") for name in ("gb2312", "big5"))
    common = b"\xb0\xa1" <= simplified <= b"\xd7\xf9"
    if simplified and (not traditional or char in _SIMPLIFIED or (common and traditional >= b"\xc9\x40")):
        return b"<hans>"
    return b"<hant>" if traditional and (not simplified or char in _TRADITIONAL) else b""


def _in_japanese_use(words: str) -> bool:
    """Tell whether the words are of Chinese characters alone, all in common use in Japanese (level 1 of JIS X 0208)."""
    codes = words.replace(" ", "").encode("shift_jis", "replace")
    return all(b"\x88\x9f" <= codes[i : i + 2] <= b"\x98\x72" for i in range(0, len(codes), 2))


def _is_japanese(words: str) -> bool:
    """Tell whether only Japanese is written so: with its endings, or characters that neither Chinese set has ("発", "変").

    "の" is written in Chinese too.
    """
    chinese = "".join(char for char in words if _script_of(char) == "CJK")
    if not _encodable(chinese, "shift_jis"):
        return False
    if any(_script_of(char) == "HIRAGANA" and char != "の" for char in words):
        return True
    return _in_japanese_use(words) and not all(_encodable(char, "gb2312") or _encodable(char, "big5") for char in chinese)


def _letters(words: str) -> Counter[str]:
    """Return how many letters there are of each script, as Unicode names it."""
    total: Counter[str] = Counter()
    for char, n in Counter(words).items():
        if script := _script_of(char):
            total[script] += n
    return total


@lru_cache(4_096)
def _script_of(char: str) -> str:
    if not char.isalpha() or char in "ªº":
        return ""
    name = unicodedata.name(char, "").split(" ")[0].split("-")[0]
    return "KATAKANA" if name == "HALFWIDTH" or char == "ー" else name


def _encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _written(label: str) -> tuple[str, ...]:
    """Return the scripts that a language of the head is written in."""
    return () if label == _UNSERVED else _SCRIPTS.get(label, _LATIN)


def _led_by(tag: str, p: float, ranked: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return the ranking with a language that is not ours first; the head's own name for such a one gives way to it."""
    rest = [(label, q) for label, q in ranked if label != _UNSERVED]
    scale = (1 - p) / sum(q for _, q in rest)
    return [(tag, p), *((label, q * scale) for label, q in rest)]


class LanguageHead:
    """The trained linear head: n-gram buckets to log-probabilities of languages."""

    def __init__(self, path: Path = MODEL) -> None:
        data = load_arrays(path)
        try:
            self.labels = [_UNSERVED if label == "und-other" else str(label) for label in data["labels"]]
            self._codes = data["codes"]
            self._scales = data["scales"]
            self._bias = data["bias"]
            self._temperature = float(data["temperature"])
        except KeyError as exc:
            raise EncoderError(f"the language head '{path}' lacks the array {exc}", hint="Train it anew.") from exc

    def logits(self, text: str) -> npt.NDArray[np.float64]:
        """Return one calibrated logit a label; all zero where the text has no letters."""
        buckets = ngrams(text)
        if not len(buckets):
            return np.zeros(len(self.labels))
        total = self._codes[buckets].sum(0, dtype=np.int64) * self._scales
        result: npt.NDArray[np.float64] = (total / np.sqrt(len(buckets)) + self._bias) / self._temperature
        return result


class LanguageReader:
    """Tells a message's language, with probabilities, from its text and what is known around it."""

    def __init__(self, path: Path = MODEL) -> None:
        self._path = path
        self._lock = threading.Lock()
        # One message is read here several times: with its market, without, and again as evidence.
        self._logits = lru_cache(_RECENT)(self._read_logits)
        self._guesses = lru_cache(_RECENT)(self._langdetect)

    @cached_property
    def _head(self) -> LanguageHead:
        return LanguageHead(self._path)

    @property
    def labels(self) -> Sequence[str]:
        """The BCP 47 tags that the head knows."""
        return self._head.labels

    def read(self, text: str, *, prior: Mapping[str, float] | None = None, doubt: float = DOUBT) -> list[tuple[str, float]]:
        """Return languages with probabilities, likeliest first; the probabilities sum to 1.

        Args:
            text: The customer's own words.
            prior: Weights of languages expected from market, shop locale and earlier turns.
            doubt: The share, above 0 and below 1, that languages which nobody expects have before a word is read.

        Returns:
            ``und`` has the whole probability where neither text nor prior say anything. A language
            that is not one of ours is named where langdetect is sure of it.
        """
        head = self._head
        informed = {k: v for k, v in (prior or {}).items() if k in head.labels and v > 0}
        words = words_of(text)
        if not words and not informed:
            return [("und", 1.0)]
        base = np.full(len(head.labels), doubt / len(head.labels))
        for tag, weight in informed.items():
            base[head.labels.index(tag)] += (1 - doubt) * weight / sum(informed.values())
        scores = self._in_script(words, self._logits(words), informed) + np.log(base / base.sum())
        p = np.exp(scores - scores.max())
        p /= p.sum()
        ranked = sorted(zip(head.labels, (float(x) for x in p), strict=True), key=lambda pair: -pair[1])
        return self._foreign(words, ranked) or ranked

    def _in_script(self, words: str, logits: npt.NDArray[np.float64], expected: Container[str]) -> npt.NDArray[np.float64]:
        """Return the logits of the languages that are expected or may be written so; of the others, next to none."""
        letters = _letters(words)
        if not letters:
            return logits
        labels = self._head.labels
        if 2 * letters["LATIN"] < letters.total() and _is_japanese(words):
            return np.where(np.array(labels) == "ja", logits, logits - 30.0)
        # Whatever else a language is written in, people write it in Latin letters too; German is never written in others.
        likely = expected if "LATIN" in letters else ()
        able = np.array([label in likely or not letters.keys().isdisjoint(_written(label)) for label in labels])
        few = letters.total() < _TELLING and not _NOT_OURS.search(words)
        able[labels.index(_UNSERVED)] = not ((few and able.any()) or letters.keys() <= _OURS_ALONE)
        if letters.keys() == {"LATIN"}:  # a word such as "no" or "info" is one of many languages: it tells up to half as much
            logits = logits * min(1.0, 0.5 + 0.5 * letters.total() / _TELLING)
        if letters.keys() == {"CJK"} and len(words) <= _FEW_CHARACTERS:
            return self._by_characters(words.replace(" ", ""), logits)
        return np.where(able, logits, logits - 30.0)

    def _by_characters(self, words: str, logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the logits of the languages that are written with these few Chinese characters; of the others, next to none.

        Between the two Chinese scripts, where both write them alike, what is expected decides.
        """
        marks = set(map(_script, words))
        written = {"zh-Hans": b"<hant>" not in marks, "zh-Hant": b"<hans>" not in marks, "ja": _in_japanese_use(words)}
        able = np.array([written.get(label, False) for label in self._head.labels])
        if not able.any():
            able = np.array([label in written for label in self._head.labels])
        if written["zh-Hans"] and written["zh-Hant"]:
            chinese = np.array([label.startswith("zh-") for label in self._head.labels])
            logits = np.where(chinese, np.maximum(logits, logits[chinese].max() - _ALIKE), logits)
        return np.where(able, logits, logits - 30.0)

    def _foreign(self, words: str, ranked: list[tuple[str, float]]) -> list[tuple[str, float]] | None:
        """Return a ranking led by a language that is not ours, where that is likelier than not."""
        letters = _letters(words)
        others = {script: n for script, n in letters.items() if not any(script in _written(label) for label in self._head.labels)}
        if others and 2 * sum(others.values()) > letters.total():
            return _led_by(_OTHER_SCRIPTS.get(max(others, key=lambda name: others[name]), _UNSERVED), _CERTAIN, ranked)
        unserved = dict(ranked)[_UNSERVED]
        p = _WEIGHT * unserved / (_WEIGHT * unserved + 1 - unserved)
        if letters.total() < _TELLING or p <= 0.5:
            return None
        guesses = self._guesses(words)
        ours = {label.split("-")[0] for label in self._head.labels} | {"und"}
        if guesses and guesses[0][0].split("-")[0] not in ours and guesses[0][1] >= _UNSUPPORTED_AT:
            return _led_by(guesses[0][0], min(p, _CERTAIN), ranked)
        return None

    def _read_logits(self, text: str) -> npt.NDArray[np.float64]:
        return self._head.logits(text)

    def _langdetect(self, text: str) -> list[tuple[str, float]]:
        with self._lock:
            factory = _langdetect_profiles()
            from langdetect.lang_detect_exception import LangDetectException

            detector = factory.create()
            detector.seed = 0
            detector.append(text)
            try:
                return [(_LANGDETECT.get(guess.lang, guess.lang), guess.prob) for guess in detector.get_probabilities()]
            except LangDetectException:  # no features in the text: it has no opinion
                return []


@cache
def _langdetect_profiles() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    return factory
