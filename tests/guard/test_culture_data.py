from __future__ import annotations

from pathlib import Path

import pytest

from cs_assist.errors import DataFileError
from cs_assist.guard.culture_data import CULTURE, Place, load_culture

WRITTEN = [
    "ar", "de", "en", "es", "fr", "hi", "hi-Latn", "id", "it", "ja", "ko", "ms", "nl", "pl", "pt", "pt-BR", "ru", "sv", "th",
    "tr", "vi", "zh-Hans", "zh-Hant",
]  # fmt: skip
HEAD = "language: de\nreviewed: 2026-11-22\n"


@pytest.mark.parametrize("language", WRITTEN)
def test_every_language_says_what_regret_fault_and_refusal_are(language: str) -> None:
    culture = load_culture(language)
    assert culture is not None
    file = culture.file
    assert {"regret", "fault", "refusal", "soft"} <= set(file.sets)
    assert file.refusal_write
    assert file.regret_write
    assert file.habits
    assert all(item.reason for item in (*file.habits, *file.clashes, *file.terms))


def test_all_files_are_known() -> None:
    assert sorted(path.stem for path in CULTURE.glob("*.yaml")) == sorted(WRITTEN)


@pytest.mark.parametrize(
    ("asked", "read"),
    [("de-AT", "de"), ("es-419", "es"), ("zh-TW", "zh-Hant"), ("zh", "zh-Hans"), ("pt-BR", "pt-BR"), ("cy", None), ("", None)],
)
def test_a_tag_reads_the_file_of_its_language(asked: str, read: str | None) -> None:
    culture = load_culture(asked)
    assert (culture.file.language if culture else None) == read


def test_without_a_market_the_language_decides_where_something_holds() -> None:
    place = Place(markets=("TW",), languages=("zh-Hant",))
    assert place.holds("TW", "zh-Hant", None)
    assert place.holds(None, "zh-Hant", None)
    assert not place.holds("HK", "zh-Hant", None)
    assert not place.holds(None, "zh-Hans", None)
    assert not Place(channels=("email",)).holds("TW", "zh-Hant", "live_chat")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("language: de\nreviewed: 2026-11-22\nmanner: []\n", "line 3, key 'manner'"),
        ("language: de\nreviewed: 2026-11-22\nsets: {sorrow: [leid]}\n", "'sorrow' is no set"),
        ("language: de\nreviewed: 2026-11-22\nsets: {regret: ['*leid']}\n", "does not start with a letter"),
        ("language: fr\nreviewed: 2026-11-22\n", "'fr' in the file of 'de'"),
        (
            "language: de\nreviewed: 2026-11-22\nhabits:\n  - {id: a_b, say: [x], reason: odd, write: y, severity: block}\n",
            "severity",
        ),
    ],
)
def test_a_broken_file_is_named(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "de.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=says):
        load_culture("de", tmp_path)


def test_two_habits_of_one_name_are_refused(tmp_path: Path) -> None:
    habit = "  - {id: twice, say: [x], reason: odd, write: y}\n"
    (tmp_path / "de.yaml").write_text(f"language: de\nreviewed: 2026-11-22\nhabits:\n{habit}{habit}", encoding="utf-8")
    with pytest.raises(DataFileError, match="two have the id 'twice'"):
        load_culture("de", tmp_path)
