"""How well the language is told, beside langdetect and lingua."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from cs_assist.quality.intervals import cell
from cs_assist.triage.language import LanguageReader
from cs_assist.types import Triage

#: Names by other tools of languages that we serve; they know neither regional styles nor romanised Hindi.
_LANGDETECT = {"zh-cn": "zh-Hans", "zh-tw": "zh-Hant"}
_STYLES = {"es-419": "es", "pt-BR": "pt"}
Reader = Callable[[str], str]


def language_tables(test: Sequence[dict[str, str]], triages: Sequence[Triage], result: dict[str, Any]) -> str:
    """Return accuracy by language: with the market, from the text alone, and by two other tools."""
    own = LanguageReader()
    readers: list[tuple[str, Callable[[int, str], str]]] = [
        ("with the market", lambda i, _: triages[i].language),
        ("text alone", lambda _, text: own.read(text)[0][0]),
    ]
    readers += [(name, lambda _, text, tool=tool: tool(text)) for name, tool in (("langdetect", langdetect()), *lingua())]
    total: dict[str, int] = defaultdict(int)
    right: dict[tuple[str, str], int] = defaultdict(int)
    for i, row in enumerate(test):
        total[row["language"]] += 1
        for name, reader in readers:
            # Chinese scripts cannot be told apart by lingua: it gets both as right.
            guess = _STYLES.get(guess := reader(i, row["text"]), guess)
            gold = _STYLES.get(row["language"], row["language"])
            right[name, row["language"]] += guess == gold or (guess == "zh" and gold.startswith("zh"))
    names = [name for name, _ in readers]
    lines = ["| language | n | " + " | ".join(names) + " |", "| --- | --- |" + " --- |" * len(names)]
    for tag, n in sorted(total.items()):
        lines.append(f"| {tag} | {n} | " + " | ".join(cell(right[name, tag], n) for name in names) + " |")
    n = len(test)
    sums = {name: sum(right[name, tag] for tag in total) for name in names}
    lines.append(f"| all | {n} | " + " | ".join(cell(sums[name], n) for name in names) + " |")
    result |= {f"language_{name.replace(' ', '_')}": round(sums[name] / n, 4) for name in names}
    worst = min(total, key=lambda tag: right["with the market", tag] / total[tag])
    result["language_worst_with_market"] = round(right["with the market", worst] / total[worst], 4)
    styles = [t.language == row["language"] for t, row in zip(triages, test, strict=True) if row["language"] in _STYLES]
    lines += ["", f"Regional style (es-419, pt-BR) told from market and wording: {cell(sum(styles), len(styles))}"]
    return "\n".join(lines)


def langdetect() -> Reader:
    """Return langdetect with a fixed seed."""
    from langdetect import DetectorFactory, detect
    from langdetect.lang_detect_exception import LangDetectException

    DetectorFactory.seed = 0

    def read(text: str) -> str:
        try:
            return _LANGDETECT.get(guess := detect(text), guess)
        except LangDetectException:
            return "und"

    return read


def lingua() -> list[tuple[str, Reader]]:
    """Return lingua over our languages; none where it is not installed (pip install lingua-language-detector)."""
    try:
        from lingua import IsoCode639_1, LanguageDetectorBuilder
    except ImportError:
        return []
    labels = {label.split("-")[0] for label in LanguageReader().labels if label != "mis"}
    codes = [getattr(IsoCode639_1, label.upper()) for label in sorted(labels)]
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()

    def read(text: str) -> str:
        guess = detector.detect_language_of(text)
        return guess.iso_code_639_1.name.lower() if guess else "und"

    return [("lingua", read)]
