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
_SEARCHED = 4_000  # characters that are looked through for them: links, codes and numbers may stand first
_URL = re.compile(r"https?://\S{1,300}|www\.\S{1,300}|\S{1,80}@\S{1,80}")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
#: langdetect's names for languages that we serve.
_LANGDETECT = {"zh-cn": "zh-Hans", "zh-tw": "zh-Hant", "pt": "pt", "es": "es"}
_SECOND_OPINION_BELOW = 0.9
_UNSUPPORTED_AT = 0.95
_RECENT = 64  # texts whose languages are kept
_UNSERVED = "mis"  # ISO 639-2: a language, but none that the head has a code for
#: Letters below which a language that is not ours is not told from Latin ones: "sí" is no Czech.
_TELLING = 12
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
_FEW_CHARACTERS = 4  # of a text that may be Chinese or Japanese


def words_of(text: str) -> str:
    """Return the first :data:`WINDOW` characters of a text's words, without links, numbers and signs.

    Example:
        >>> words_of("https://shop.example/1 Order 12345: ｗｈｅｒｅ  n o w?")
        'Order where now'
    """
    usual = _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text[:_SEARCHED])
    joined = _SPACED.sub(lambda found: found.group().replace(" ", ""), _URL.sub(" ", usual))
    return _NOT_LETTERS.sub(" ", joined).strip()[:WINDOW].strip()


def ngrams(text: str) -> npt.NDArray[np.int64]:
    """Return the hash buckets of a text's character 1- to 4-grams, within words and across their ends.

    Latin diacritics are kept: they tell languages apart. Each Chinese character that is only simplified
    or only traditional counts as such too, so that one never seen in training is told as well.
    """
    cleaned = words_of(text).lower()
    if not cleaned:
        return np.empty(0, np.int64)
    padded = f" {cleaned} "
    data = [padded[i : i + n].encode() for n in (1, 2, 3, 4) for i in range(len(padded) - n + 1)]
    data += [f"_{word}".encode() for word in cleaned.split()]
    data += [kind for kind in map(_script, cleaned) if kind]
    return np.fromiter((crc32(piece) % BUCKETS for piece in data), np.int64, len(data))


@cache
def _script(char: str) -> bytes:
    """Return the mark of a Chinese character that only one of the national character sets has.

    GB 2312 holds the simplified forms in common use, Big5 the traditional ones.
    """
    if not "\u4e00" <= char <= "\u9fff":
        return b""
    simplified, traditional = (_encodable(char, name) for name in ("gb2312", "big5"))
    if simplified == traditional:
        return b""
    return b"<hans>" if simplified else b"<hant>"


def _scripts(words: str) -> frozenset[str]:
    """Return the scripts of a text's letters, as Unicode names them."""
    return frozenset(filter(None, map(_script_of, set(words))))


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

    def read(self, text: str, *, prior: Mapping[str, float] | None = None) -> list[tuple[str, float]]:
        """Return languages with probabilities, likeliest first; the probabilities sum to 1.

        Args:
            text: The customer's own words.
            prior: Weights of languages expected from market, shop locale and earlier turns.

        Returns:
            ``und`` has the whole probability where neither text nor prior say anything. A language
            that is not one of ours is named where langdetect is sure of it.
        """
        head = self._head
        informed = {k: v for k, v in (prior or {}).items() if k in head.labels and v > 0}
        words = words_of(text)
        if not words and not informed:
            return [("und", 1.0)]
        base = np.full(len(head.labels), 0.25 / len(head.labels))
        for tag, weight in informed.items():
            base[head.labels.index(tag)] += 0.75 * weight / sum(informed.values())
        scores = self._in_script(words, self._logits(words), informed) + np.log(base / base.sum())
        p = np.exp(scores - scores.max())
        p /= p.sum()
        ranked = sorted(zip(head.labels, (float(x) for x in p), strict=True), key=lambda pair: -pair[1])
        return self._foreign(words, ranked) or ranked

    def _in_script(self, words: str, logits: npt.NDArray[np.float64], expected: Container[str]) -> npt.NDArray[np.float64]:
        """Return the logits of the languages that are expected or may be written so; of the others, next to none."""
        scripts = _scripts(words)
        if not scripts:
            return logits
        labels = self._head.labels
        able = np.array([label in expected or not scripts.isdisjoint(_SCRIPTS.get(label, _LATIN)) for label in labels])
        few = sum(map(str.isalpha, words)) < _TELLING
        able[labels.index(_UNSERVED)] = not ((few and able.any()) or scripts <= _OURS_ALONE)
        if scripts == {"CJK"} and len(words) <= _FEW_CHARACTERS and _encodable(words, "shift_jis"):
            logits = logits.copy()
            logits[labels.index("ja")] = logits[able].max()  # Chinese or Japanese: what is expected decides
        return np.where(able, logits, logits - 30.0)

    def _foreign(self, words: str, ranked: list[tuple[str, float]]) -> list[tuple[str, float]] | None:
        """Return a ranking led by a language that is not ours, where that is nearly certain."""
        scripts = _scripts(words)
        if scripts and not any(scripts.intersection(_SCRIPTS.get(label, _LATIN)) for label in self._head.labels):
            named = {_OTHER_SCRIPTS.get(script, _UNSERVED) for script in scripts}
            tag = named.pop() if len(named) == 1 else _UNSERVED
            rest = [(label, q) for label, q in ranked if label != tag]
            return [(tag, _CERTAIN), *((label, q * (1 - _CERTAIN) / sum(q for _, q in rest)) for label, q in rest)]
        if sum(map(str.isalpha, words)) < _TELLING:
            return None
        if ranked[0][0] == _UNSERVED or ranked[0][1] < _SECOND_OPINION_BELOW:
            guesses = self._guesses(words)
            ours = {label.split("-")[0] for label in self._head.labels} | {"und"}
            if guesses and guesses[0][0].split("-")[0] not in ours and guesses[0][1] >= _UNSUPPORTED_AT:
                tag, p = guesses[0]
                return [(tag, p), *((label, q * (1 - p)) for label, q in ranked)]
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
