from __future__ import annotations

from pathlib import Path

import pytest

from cs_assist.datafile import load_yaml
from cs_assist.triage.mail_terms import DATA, MailTerms, load_terms

LANGUAGES = {
    "ar", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko", "ms", "nl", "pl", "pt", "ru", "sv", "th", "tr", "vi", "zh",
}  # fmt: skip
FILES = sorted(path for path in DATA.glob("*.yaml") if path.name != "relays.yaml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_language_names_all_parts_of_a_mails_header(path: Path) -> None:
    terms = load_yaml(path, MailTerms)
    assert terms.language == path.stem
    assert set(terms.headers) == {"from", "date", "to", "subject", "other"}


def test_every_language_that_is_read_has_a_file() -> None:
    assert {path.stem for path in FILES} == LANGUAGES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_term_that_is_looked_for_anywhere_in_a_line_is_more_than_a_common_word(path: Path) -> None:
    terms = load_yaml(path, MailTerms)
    short = 2 if path.stem in ("zh", "ja", "ko", "th") else 8
    assert [t for t in (*terms.footers, *terms.reply_above) if len(t) < short and not t.endswith(":")] == []


def test_terms_are_compared_without_case_and_accents() -> None:
    terms = load_terms()
    assert "mit freundlichen grussen" in terms.sign_offs
    assert terms.headers["objet"] == {"subject"}


def test_a_label_may_name_different_things_in_different_languages() -> None:
    assert {"from", "to"} <= load_terms().headers["a"] | load_terms().headers["de"]
