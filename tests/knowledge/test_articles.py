from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cs_assist.errors import ArticleError
from cs_assist.knowledge import articles
from cs_assist.knowledge.articles import load_articles, parse_article

HEAD = {"id": "hours", "title": "Opening hours", "language": "en", "category": "policy"}


def write(folder: Path, name: str = "hours.md", *, body: str = "We are open.", bom: bool = False, **keys: str) -> Path:
    lines = ["---", *(f"{key}: {value}" for key, value in {**HEAD, **keys}.items() if value), "---", "", body]
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig" if bom else "utf-8")
    return path


def test_an_article_keeps_its_head_and_its_text(tmp_path: Path) -> None:
    path = write(tmp_path, markets='["DE", "AT"]', platform="ebay", valid_from="2026-01-01", approved="true", body="A.\n\nB.")
    article = parse_article(path)
    assert (article.head.id, article.head.markets, article.head.platform) == ("hours", ("DE", "AT"), "ebay")
    assert article.head.valid_from is not None
    assert article.head.valid_from.isoformat() == "2026-01-01"
    assert article.head.approved
    assert not article.head.everywhere
    assert (article.text, article.path) == ("A.\n\nB.", path)


@pytest.mark.parametrize("markets", ["", "[]", '["*"]', '["*", "DE"]'])
def test_no_markets_or_a_star_mean_everywhere(tmp_path: Path, markets: str) -> None:
    assert parse_article(write(tmp_path, markets=markets)).head.everywhere


def test_nothing_is_approved_unless_it_says_so(tmp_path: Path) -> None:
    assert parse_article(write(tmp_path)).head.approved is False


@pytest.mark.parametrize(
    ("keys", "key", "line", "said"),
    [
        ({"markets": "[UK]"}, "markets.0", 6, "did you mean 'GB'"),
        ({"markets": '["DE", "EL"]'}, "markets.1", 6, "did you mean 'GR'"),
        ({"markets": '["de"]'}, "markets.0", 6, "'de' is no ISO 3166-1 alpha-2 code"),
        ({"markets": '["GERMANY"]'}, "markets.0", 6, "no ISO 3166-1 alpha-2 code"),
        ({"markets": "[NO]"}, "markets.0", 6, 'YAML reads an unquoted NO as False; write "NO" in quotes'),
        ({"markets": "DE"}, "markets", 6, 'write ["DE"]'),
        ({"markets": "all"}, "markets", 6, 'write ["*"]'),
        ({"markets": "UK, NO"}, "markets", 6, 'write ["GB", "NO"]'),
        ({"markets": "NO"}, "markets", 6, 'write ["NO"]'),
        ({"markets": "Germany"}, "markets", 6, 'write ["DE"]'),
        ({"markets": "EU"}, "markets", 6, "a list of countries"),
        ({"markets": "[EU]"}, "markets.0", 6, "write the codes of its countries"),
        ({"markets": "[all]"}, "markets.0", 6, 'write "*" for all markets'),
        ({"markets": "[DE AT]"}, "markets.0", 6, "each code in quotes of its own"),
        ({"markets": "[XX]"}, "markets.0", 6, "'XX' is no ISO 3166-1 alpha-2 code"),
        ({"markets": "[YES]"}, "markets.0", 6, 'a code in quotes was expected, as "DE"'),
        ({"markets": "null"}, "markets", 6, 'write ["*"] for all markets'),
        ({"markets": "[“DE”, “AT”]"}, "markets", 6, 'Write straight quotes: "DE"'),
        ({"language": "zh"}, "language", 4, "did you mean 'zh-Hans'?"),
        ({"language": "[en]"}, "language", 4, "there are ar, de, en"),
        ({"language": "no"}, "language", 4, "False"),
        ({"language": "fi"}, "language", 4, "'fi' is no language that customers are answered in; there are ar, de, en"),
        ({"language": "zh-CN"}, "language", 4, "did you mean 'zh-Hans'?"),
        ({"language": ""}, "language", 2, "It may stand in the article"),
        ({"title": '""'}, "title", 3, "write a text in quotes"),
        ({"title": ""}, "title", 2, 'Write it into the head, as in title: "Returns"'),
        ({"title": '"  "'}, "title", 3, "a title of printable characters"),
        ({"title": "2026"}, "title", 3, "read as no text but 2026; write one text in quotes"),
        ({"title": "“Hours”"}, "title", 3, 'Write straight quotes: "Hours"'),
        ({"title": "x" * 301}, "title", 3, "at most 300 characters"),
        ({"id": "two words"}, "id", 2, "write 'two-words'"),
        ({"id": '"../secret"'}, "id", 2, "../secret"),
        ({"category": "Returns & refunds"}, "category", 5, "write 'returns_refunds'"),
        ({"platform": "Own Shop"}, "platform", 6, "write 'own_shop'"),
        ({"aproved": "true"}, "aproved", 6, "did you mean 'approved'?"),
        ({"valid_till": "2026-01-01"}, "valid_till", 6, "did you mean 'valid_until'?"),
        ({"Markets": "[DE]"}, "Markets", 6, "did you mean 'markets'?"),
        ({"approved": "perhaps"}, "approved", 6, "write true or false"),
        ({"approved": "ja"}, "approved", 6, "write true or false"),
        ({"review_after": "90 days"}, "review_after", 6, "a number of days was expected"),
        ({"valid_until": "soon"}, "valid_until", 6, "write year, month and day, as in 2026-12-31"),
        ({"valid_until": "31.12.2026"}, "valid_until", 6, "did you mean 2026-12-31?"),
        ({"valid_until": "12/31/2026"}, "valid_until", 6, "did you mean 2026-12-31?"),
        ({"valid_until": "01/02/2026"}, "valid_until", 6, "write year, month and day"),
        ({"valid_until": "01.02.2026"}, "valid_until", 6, "did you mean 2026-02-01?"),
        ({"valid_until": "2026-6-1"}, "valid_until", 6, "did you mean 2026-06-01?"),
        ({"valid_until": "2026-31-12"}, "valid_until", 6, "did you mean 2026-12-31?"),
        ({"valid_until": "20261231"}, "valid_until", 6, "did you mean 2026-12-31?"),
        ({"valid_until": "2026-12-31 23:59"}, "valid_until", 6, "did you mean 2026-12-31?"),
        ({"valid_until": "2026-02-30"}, "valid_until", 6, "it is no day of the calendar"),
        ({"valid_until": "1798675200"}, "valid_until", 6, "it is no day of the calendar"),
        ({"valid_until": "‘2026-12-31’"}, "valid_until", 6, 'Write straight quotes: "2026-12-31"'),
    ],
)
def test_a_broken_head_is_refused_with_file_line_and_key(
    tmp_path: Path, keys: dict[str, str], key: str, line: int, said: str
) -> None:
    path = write(tmp_path, **keys)
    with pytest.raises(ArticleError) as caught:
        parse_article(path)
    assert (caught.value.path, caught.value.key, caught.value.line) == (path, key, line)
    assert f"{path}, line {line}, key '{key}'" in str(caught.value)
    assert said in str(caught.value)


def test_contradictory_dates_are_refused_and_both_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, valid_from="2026-05-01", valid_until="2026-04-30")
    with pytest.raises(ArticleError, match="valid_from 2026-05-01 is after valid_until 2026-04-30"):
        parse_article(path)


def test_an_article_may_be_valid_for_a_single_day(tmp_path: Path) -> None:
    head = parse_article(write(tmp_path, valid_from="2026-05-01", valid_until="2026-05-01")).head
    assert head.valid_from == head.valid_until


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Just a text.\n", "line 1: front matter was expected"),
        ("", "line 1: front matter was expected"),
        ("---\nid: hours\n", "line 1: the front matter is not closed"),
        ("---\nid: [hours\n---\ntext\n", "not valid YAML"),
        ("---\nid: hours\ntitle: a: b\n---\ntext\n", "line 3: not valid YAML"),
        ("---\nid: hours\n  title: x\n---\ntext\n", "line 3: not valid YAML"),
        ("---\n- a list\n---\ntext\n", "line 2: a mapping of keys to values was expected"),
        ("---\n---\ntext\n", "a mapping of keys to values was expected"),
    ],
)
def test_a_file_without_readable_front_matter_says_what_was_expected(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ArticleError, match=r"a\.md") as caught:
        parse_article(path)
    assert said in str(caught.value)


def test_an_article_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="the article has no text"):
        parse_article(write(tmp_path, body="  \n\n"))


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"---\nid: a\n---\nGr\xfc\xdfe\n")
    with pytest.raises(ArticleError, match="cannot be read"):
        parse_article(path)


def test_byte_order_mark_and_windows_line_ends_are_taken_as_they_come(tmp_path: Path) -> None:
    path = write(tmp_path, bom=True, body="One.\n\nTwo.")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    article = parse_article(path)
    assert article.head.id == "hours"
    assert article.text == "One.\n\nTwo."


def test_broken_articles_are_reported_and_the_rest_load(tmp_path: Path) -> None:
    write(tmp_path, "a.md", id="a")
    broken = write(tmp_path, "b.md", id="b", markets="[UK]")
    write(tmp_path, "deep/er/c.md", id="c")
    (tmp_path / "d.md").write_text("no head", encoding="utf-8")
    loaded = load_articles(tmp_path)
    assert [article.head.id for article in loaded.articles] == ["a", "c"]
    assert [(problem.path.name, problem.key) for problem in loaded.problems] == [("b.md", "markets.0"), ("d.md", "")]
    assert str(broken) in str(loaded.problems[0])


def test_the_second_article_with_an_id_is_reported_with_the_first_ones_place(tmp_path: Path) -> None:
    first = write(tmp_path, "a.md")
    second = write(tmp_path, "b.md")
    loaded = load_articles(tmp_path)
    assert [article.path for article in loaded.articles] == [first]
    (problem,) = loaded.problems
    assert (problem.path, problem.key, problem.line) == (second, "id", 2)
    assert f"id 'hours' is already used by {first}" in str(problem)


def test_a_duplicate_ids_line_is_the_one_where_the_id_stands(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    path = tmp_path / "b.md"
    path.write_text("---\ntitle: B\nlanguage: en\ncategory: policy\nid: hours\n---\ntext\n", encoding="utf-8")
    (problem,) = load_articles(tmp_path).problems
    assert problem.line == 5


def test_readme_files_are_no_articles(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    (tmp_path / "README.md").write_text("# How to add an article\n", encoding="utf-8")
    loaded = load_articles(tmp_path)
    assert len(loaded.articles) == 1
    assert not loaded.problems


@pytest.mark.parametrize("kind", ["empty", "missing", "file", "only a readme"])
def test_a_folder_without_articles_is_an_error_that_says_what_was_expected(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "articles"
    if kind == "file":
        folder.write_text("text", encoding="utf-8")
    elif kind != "missing":
        folder.mkdir()
    if kind == "only a readme":
        (folder / "ReadMe.md").write_text("text", encoding="utf-8")
    with pytest.raises(ArticleError, match="no articles found; a folder with articles was expected") as caught:
        load_articles(folder)
    assert caught.value.path == folder
    assert "kb_index/README.md" in caught.value.hint


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_hold_for_their_folder_and_below_and_the_nearest_wins(tmp_path: Path) -> None:
    put(tmp_path, "_defaults.yaml", 'language: en\ncategory: policy\nmarkets: ["DE"]\nvalid_until: 2026-12-31\n')
    put(tmp_path, "at/_defaults.yaml", 'markets: ["AT"]\nplatform: ebay\napproved: true\n')
    put(tmp_path, "a.txt", "A\n\nText.")
    put(tmp_path, "at/deep/b.txt", "B\n\nText.")
    a, b = (article.head for article in load_articles(tmp_path).articles)
    assert (a.markets, a.platform, a.approved, a.valid_until) == (("DE",), None, False, b.valid_until)
    assert (b.markets, b.platform, b.approved, b.language) == (("AT",), "ebay", True, "en")


def test_what_an_article_says_goes_before_its_files_name_and_that_before_defaults(tmp_path: Path) -> None:
    put(tmp_path, "_defaults.yaml", "language: en\ncategory: policy\nplatform: ebay\n")
    put(tmp_path, "a.de.txt", "A\n\nText.")
    put(tmp_path, "b.de.txt", "---\nlanguage: fr\nplatform: null\n---\nB\n\nText.")
    a, b = (article.head for article in load_articles(tmp_path).articles)
    assert (a.language, a.platform, b.language, b.platform) == ("de", "ebay", "fr", None)


def test_one_text_in_several_languages_is_a_group_of_variants(tmp_path: Path) -> None:
    put(tmp_path, "_defaults.yaml", "category: policy\n")
    for language in ("de", "en", "pt-BR"):
        put(tmp_path, f"returns.{language}.txt", "R\n\nText.")
    heads = [article.head for article in load_articles(tmp_path).articles]
    assert [head.id for head in heads] == ["returns.de", "returns.en", "returns.pt-BR"]
    assert [head.language for head in heads] == ["de", "en", "pt-BR"]
    assert {head.variant_of for head in heads} == {"returns"}


@pytest.mark.parametrize(
    ("defaults", "key", "line"),
    [
        ('language: en\nmarkets: ["UK"]\n', "markets.0", 2),
        ("language: fi\n", "language", 1),
        ("id: x\n", "id", 1),
        ("language: [\n", "", 2),
        ("valid_from: 2026-05-01\nvalid_until: 2026-04-01\n", "valid_until", 2),
        ("categories:\n  FAQ: not one\n", "categories.FAQ", 2),
    ],
)
def test_below_broken_defaults_nothing_loads_because_markets_might_be_lost(
    tmp_path: Path, defaults: str, key: str, line: int
) -> None:
    write(tmp_path, "a.md")
    path = put(tmp_path, "b/_defaults.yaml", defaults)
    write(tmp_path, "b/c/d.md", id="d")
    loaded = load_articles(tmp_path)
    assert [article.head.id for article in loaded.articles] == ["hours"]
    (problem,) = loaded.problems
    assert (problem.path, problem.key, problem.line) == (path, key, line)
    assert "nothing in this folder was read" in str(problem)


def test_contradictory_dates_of_an_article_and_its_folder_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "_defaults.yaml", "valid_until: 2026-04-30\n")
    write(tmp_path, valid_from="2026-05-01")
    (problem,) = load_articles(tmp_path).problems
    assert "valid_from 2026-05-01 is after valid_until 2026-04-30" in str(problem)


def test_a_file_without_front_matter_may_have_its_keys_in_a_file_beside_it(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "First line\n\nText.")
    put(tmp_path, "a.txt.yaml", "id: hours\ntitle: Hours\nlanguage: en\ncategory: policy\n")
    put(tmp_path, "a.de.txt", "First line\n\nText.")
    put(tmp_path, "a.de.txt.yaml", "id: fr\nlanguage: fr\ncategory: policy\n")
    put(tmp_path, "b.txt", "First line\n\nText.")
    beside = put(tmp_path, "b.txt.yaml", "id: b\nlanguage: en\nmarkets: [UK]\ncategory: policy\n")
    loaded = load_articles(tmp_path)
    assert [(article.head.id, article.head.title) for article in loaded.articles] == [("fr", "First line"), ("hours", "Hours")]
    assert loaded.articles[0].head.language == "fr"
    assert [(p.path, p.key, p.line) for p in loaded.problems] == [(beside, "markets.0", 3)]


@pytest.mark.parametrize(("key", "defaults"), [("language", "category: policy"), ("category", "language: en")])
def test_a_missing_key_says_where_it_may_stand(tmp_path: Path, key: str, defaults: str) -> None:
    put(tmp_path, "_defaults.yaml", defaults)
    put(tmp_path, "a.txt", "A\n\nText.")
    (problem,) = load_articles(tmp_path).problems
    assert problem.key == key
    assert "_defaults.yaml" in problem.hint


def test_an_id_is_used_once_whatever_the_kind_of_file(tmp_path: Path) -> None:
    put(tmp_path, "_defaults.yaml", "language: en\ncategory: policy\n")
    write(tmp_path, "a.md")
    put(tmp_path, "b.csv", "id,question,answer\nhours,A?,a\n")
    put(tmp_path, "hours.txt", "A\n\nText.")
    loaded = load_articles(tmp_path)
    assert len(loaded.articles) == 1
    assert [(p.path.name, p.key, p.line) for p in loaded.problems] == [("b.csv", "id", 2), ("hours.txt", "id", 1)]


def test_links_that_go_round_in_circles_are_followed_once_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    write(folder, "deep/a.md", id="a")
    outside = write(tmp_path, "elsewhere/b.md", id="b")
    (folder / "deep" / "up").symlink_to(folder)
    (folder / "deep" / "self.md").symlink_to(folder / "deep" / "self.md")
    (folder / "again.md").symlink_to(folder / "deep" / "a.md")
    (folder / "out").symlink_to(outside.parent)
    (folder / "gone.md").symlink_to(folder / "nowhere.md")
    loaded = load_articles(folder)
    assert [article.head.id for article in loaded.articles] == ["a", "b"]
    assert [notice.path.name for notice in loaded.notices] == ["self.md", "up", "again.md"]
    assert {notice.code for notice in loaded.notices} == {"passed_over"}
    (problem,) = loaded.problems
    assert problem.path.name == "gone.md"


def test_other_files_are_counted_and_hidden_ones_are_not(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    for name in ("x.png", "y.PNG", "z.yaml", ".hidden.md", ".git/b.md", "~$c.docx"):
        put(tmp_path, name, "x")
    loaded = load_articles(tmp_path)
    assert not loaded.problems
    assert [notice.message for notice in loaded.notices] == ["files of other kinds: .png 2, .yaml 1"]


def test_a_file_whose_library_is_missing_is_told_and_the_rest_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    write(tmp_path, "a.md")
    put(tmp_path, "b.html", "<p>Text</p>")
    loaded = load_articles(tmp_path)
    assert len(loaded.articles) == 1
    (problem,) = loaded.problems
    assert problem.path.name == "b.html"
    assert "cs-assist[documents]" in problem.hint


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("क्\u200dषमा कैसे?", "क्\u200dषमा कैसे?"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Rück\u00adsendung", "Rücksendung"),
        ("متى يصل الطلب؟\u200f", "متى يصل الطلب؟"),
        ("Family plan 👨\u200d👩\u200d👧", "Family plan 👨\u200d👩\u200d👧"),
        ("\u2068Retouren\u2069", "Retouren"),
    ],
)
def test_a_title_keeps_its_joiners_and_loses_what_only_breaks_or_turns_it(tmp_path: Path, title: str, kept: str) -> None:
    assert parse_article(write(tmp_path, title=f'"{title}"')).head.title == kept


@pytest.mark.parametrize("title", ["a\\x00b", "\u202edets", "\u200b", "\u200d", "a\U000e0041"])
def test_a_title_that_shows_nothing_or_something_else_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(ArticleError, match="printable"):
        parse_article(write(tmp_path, title=f'"{title}"'))


def test_files_of_one_name_in_folders_with_other_defaults_are_two_articles(tmp_path: Path) -> None:
    for code, days in (("AT", 7), ("DE", 5)):
        folder = tmp_path / code
        folder.mkdir()
        (folder / "_defaults.yaml").write_text(f"language: de\ncategory: logistics\nmarkets: [{code}]\n")
        (folder / "faq.csv").write_text(f"question,answer\nWie lange?,{days} Tage\n")
        (folder / "returns.txt").write_text(f"Rückgabe\n\nIn {days} Tagen.\n")
    loaded = load_articles(tmp_path)
    assert not loaded.problems
    assert sorted((a.head.title, a.head.markets) for a in loaded.articles) == [
        ("Rückgabe", ("AT",)), ("Rückgabe", ("DE",)), ("Wie lange?", ("AT",)), ("Wie lange?", ("DE",)),
    ]  # fmt: skip
    assert len({a.head.id for a in loaded.articles}) == 4
    assert [a.head.id for a in load_articles(tmp_path).articles] == [a.head.id for a in loaded.articles]


def test_an_id_that_is_written_is_used_once_whatever_the_defaults(tmp_path: Path) -> None:
    for code in ("AT", "DE"):
        write(tmp_path / code)
        (tmp_path / code / "_defaults.yaml").write_text(f"markets: [{code}]\n")
    assert "is already used" in str(load_articles(tmp_path).problems[0])


def test_a_platform_that_nobody_knows_is_told_once(tmp_path: Path) -> None:
    for name, platform in (("a", "amazn"), ("b", "amazn"), ("c", "amazon"), ("d", "my_market")):
        write(tmp_path, f"{name}.md", id=name, platform=platform)
    loaded = load_articles(tmp_path)
    assert len(loaded.articles) == 4
    assert ["'amazn'" in str(n) and "'amazon'?" in str(n) for n in loaded.notices] == [True, False]
    assert "'my_market'" in str(loaded.notices[1])


def test_platforms_are_those_of_which_the_library_has_rules() -> None:
    rules = {path.stem for path in (Path(articles.__file__).parent.parent / "guard" / "rules").glob("*.yaml")}
    assert set(articles.PLATFORMS) == rules - {"_all", "contact", "messenger", "whatsapp"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("name", ["a.md", "a.csv", "a.json", "a.pdf", "a.docx", "a.html", "a.jsonl"])
def test_a_pipe_is_passed_over_and_told(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    os.mkfifo(tmp_path / name)
    loaded = load_articles(tmp_path)
    assert len(loaded.articles) == 1
    assert "no regular file" in str(loaded.notices[0])


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the system has no such names")
def test_a_file_whose_name_is_not_utf8_is_told_and_the_rest_loads(tmp_path: Path) -> None:
    write(tmp_path)
    for name in (b"gr\xf6sse.md", b"\xff.bin"):
        with open(os.fsencode(tmp_path) + b"/" + name, "w") as file:
            file.write("x")
    loaded = load_articles(tmp_path)
    assert len(loaded.articles) == 1
    assert len(loaded.problems) == 2
    assert str(loaded.problems[0]).encode()
    assert "not UTF-8" in str(loaded.problems[0])
