from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import ArticleError, MissingExtraError
from cs_assist.knowledge.articles import FrontMatter
from cs_assist.knowledge.sources import base


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("en-us", "en"), ("EN", "en"), ("pt-br", "pt-BR"), ("pt-PT", "pt"), ("es-419", "es-419"), ("es-mx", "es-419"),
        ("es-ES", "es"), ("es", "es"), ("zh-cn", "zh-Hans"), ("zh_TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh-Hans"), ("hi-Latn", "hi-Latn"), ("fi", "fi"), ("nb-no", "nb-no"),
    ],
)  # fmt: skip
def test_a_helpdesks_locale_becomes_the_librarys_tag(locale: str, tag: str) -> None:
    assert base.language_tag(locale) == tag


@pytest.mark.parametrize(
    ("path", "name", "language"),
    [
        ("returns.de.html", "returns", "de"), ("returns.pt_BR.txt", "returns", "pt-BR"), ("v1.2.txt", "v1.2", None),
        ("returns.fi.txt", "returns.fi", None), ("de.txt", "de", None), (".de.txt", ".de", None),
        ("customs/index.html", "customs", None), ("customs/index.ja.html", "customs", "ja"),
    ],
)  # fmt: skip
def test_a_files_name_may_name_its_language(path: str, name: str, language: str | None) -> None:
    assert base.name_parts(Path(path)) == (name, language)


@given(st.text(min_size=1, max_size=200))
def test_any_name_makes_an_id_that_front_matter_takes(name: str) -> None:
    made = base.make_id(name)
    assert FrontMatter(id=made, title="t", language="en", category="c").id == made == base.make_id(name)


def test_names_that_differ_in_other_scripts_only_make_different_ids() -> None:
    assert len({base.make_id(name) for name in ("退货", "换货", "退货 FAQ", "换货 FAQ", "returns")}) == 5


def test_a_missing_library_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"cs-assist\[documents\]"):
        base.need("no_such_module", needed_for="reading XYZ")


def test_a_text_of_more_than_ten_megabytes_is_no_article(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * (base.MAX_TEXT + 1))
    with pytest.raises(ArticleError, match="more than 10 MB"):
        base.read_text(path)


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(base.MAX_UNPACKED // 10_000_000 + 1):
            part.write(b" " * 10_000_000)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ArticleError, match="unpacks to 210 MB"):
        base.check_archive(path)
