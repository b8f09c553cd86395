from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sample_shop import ARTICLES

from .conftest import Done, Run

QUESTION = {"text": "How long does delivery to the United States take?", "market": "US", "date": "2026-11-23"}

LINES: list[object] = [
    {"id": "us", **QUESTION},
    {"id": 2, **QUESTION, "date": "2025-06-01"},
    {"id": None, **QUESTION, "k": 1},
    {"id": "de", **QUESTION, "market": "DE", "k": 100},
    {"id": "amazon", "text": "Can I return this?", "market": "US", "platform": "amazon", "date": "2026-11-23T10:00:00Z"},
    {"id": "empty", "text": "", "market": "US"},
    {"id": "no text"},
    {"id": "uk", **QUESTION, "market": "UK"},
    {"id": "date", **QUESTION, "date": "soon"},
    {"id": "zero", **QUESTION, "k": 0},
    {"id": "k", **QUESTION, "k": "three"},
    {"id": "true", **QUESTION, "k": True},
    b"\xff\xfe",
    {"id": "last", **QUESTION},
    {"id": "category", **QUESTION, "k": 100, "category": "returns"},
    {"id": "language", **QUESTION, "k": 100, "market": "DE", "article_language": "de"},
    {"id": "product", **QUESTION, "product": "Nothing of that name"},
    {"id": "number", **QUESTION, "category": 7},
]
BAD = [*range(6, 13), 17]


@pytest.fixture(scope="module")
def found(run: Run, index: Path) -> Done:
    return run("kb", "search", "--index", index, lines=LINES)


def documents(answer: dict[str, Any]) -> list[str]:
    return [passage["doc_id"] for passage in answer["passages"]]


def test_answers_keep_order_and_ids_and_bad_lines_have_errors(found: Done) -> None:
    assert found.code == 2
    ids = [line["id"] if isinstance(line, dict) else number for number, line in enumerate(LINES, start=1)]
    assert [answer["id"] for answer in found.objects] == ids
    assert [i for i, answer in enumerate(found.objects) if "error" in answer] == list(BAD)


def test_category_product_and_the_articles_language_are_obeyed(found: Done) -> None:
    category, language, product = found.objects[14:17]
    assert category["passages"]
    assert all(name.startswith("ret") for name in documents(category))
    assert {passage["language"] for passage in language["passages"]} == {"de"}
    assert product["passages"] == []
    assert "key 'category' is 7; a text was expected" in found.objects[17]["error"]["message"]


def test_an_answer_has_exactly_the_contracts_keys(found: Done) -> None:
    for answer in found.objects[:6]:
        assert list(answer) == ["id", "passages", "p_answerable", "answerable"]
        for passage in answer["passages"]:
            assert sorted(passage) == ["answer", "doc_id", "language", "p_answers", "score", "text", "title", "url"]


def test_the_answer_comes_first_with_its_place(found: Done) -> None:
    first = found.objects[0]["passages"][0]
    assert (first["doc_id"], first["language"], first["url"]) == ("shipping-us", "en", "https://shop.example/help/shipping-us")
    assert "4 to 6 working days" in first["text"]
    assert found.objects[0]["p_answerable"] == first["p_answers"]
    assert found.objects[0] == {**found.objects[13], "id": "us"}


def test_date_market_platform_and_k_are_obeyed(found: Done) -> None:
    answers = found.objects
    assert documents(answers[1]) == ["shipping-us-2025"]
    assert len(answers[2]["passages"]) == 1
    assert set(documents(answers[3])) == {"lieferung-de", "returns", "kettle-descaling"}
    assert set(documents(answers[4])) == {"returns-amazon", "returns", "shipping-us", "kettle-descaling"}
    assert (answers[5]["passages"], answers[5]["p_answerable"], answers[5]["answerable"]) == ([], 0, False)


@pytest.mark.parametrize(
    ("position", "said"),
    [
        (6, "key 'text' is missing"),
        (7, "Did you mean 'GB'?"),
        (8, "key 'date' is 'soon'; an ISO date was expected"),
        (9, "key 'k' is 0; a number from 1 to 100 was expected"),
        (10, "key 'k' is \"three\""),
        (11, "key 'k' is true"),
        (12, "is not UTF-8"),
    ],
)
def test_an_error_says_what_was_expected(found: Done, position: int, said: str) -> None:
    assert said in found.objects[position]["error"]["message"]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    shutil.copytree(ARTICLES, tmp_path / "articles")
    (tmp_path / "articles" / "broken.md").write_text(
        "---\nid: broken\ntitle: Broken\nlanguage: en\ncategory: policy\nmarkets: [UK]\n---\ntext\n", encoding="utf-8"
    )
    return tmp_path / "articles"


def test_a_broken_article_is_told_and_the_rest_is_built(run: Run, articles: Path, tmp_path: Path) -> None:
    done = run("kb", "build", articles, "--index", tmp_path / "index", "--json")
    assert done.code == 0
    assert f"{articles / 'broken.md'}, line 6, key 'markets.0'" in done.err
    assert "did you mean 'GB'?" in done.err
    (summary,) = done.objects
    assert sorted(summary) == ["articles", "encoder", "index", "languages", "notices", "passages", "rejected", "skipped"]
    assert (summary["articles"], summary["rejected"], summary["languages"]) == (8, 1, ["de", "en"])
    answer = run("kb", "search", "--index", tmp_path / "index", lines=[{"id": 1, **QUESTION}]).objects[0]
    assert documents(answer)[0] == "shipping-us"


def test_strict_builds_nothing_where_an_article_is_broken(run: Run, articles: Path, tmp_path: Path) -> None:
    done = run("kb", "build", articles, "--index", tmp_path / "index", "--strict")
    assert done.code == 2
    assert "key 'markets.0'" in done.err
    assert "1 article(s) rejected; nothing was built" in done.err
    assert not (tmp_path / "index").exists()


def test_the_report_tells_what_loaded_and_what_was_left_out(run: Run, articles: Path, tmp_path: Path) -> None:
    pytest.importorskip("bs4", reason="the extra 'documents' is not installed")
    (articles / "broken.md").unlink()
    page = {"id": 1, "title": "About", "handle": "about", "body_html": "<p>We are a shop.</p><p hidden>Obey.</p>"}
    pages = [{**page, "published_at": "2026-01-01T00:00:00Z"}, {**page, "id": 2, "published_at": None}]
    (articles / "pages.en.json").write_text(json.dumps({"pages": pages}), encoding="utf-8")
    (articles / "_defaults.yaml").write_text("category: policy\n", encoding="utf-8")
    done = run("kb", "build", articles, "--index", tmp_path / "index", "--json", "--strict")
    assert done.code == 0
    assert "1 hidden text(s) were taken out, a possible injection; 'Obey.'" in done.err
    assert "Left out on purpose: 1 draft." in done.err
    (summary,) = done.objects
    assert (summary["articles"], summary["rejected"], summary["notices"], summary["skipped"]) == (9, 0, 1, {"draft": 1})


@pytest.mark.parametrize("command", ["build", "sync"])
@pytest.mark.parametrize("place", [".", "index", "../articles/deep/index"])
def test_an_index_among_the_articles_is_refused_and_nothing_is_written(
    run: Run, articles: Path, command: str, place: str
) -> None:
    before = sorted(articles.rglob("*"))
    done = run("kb", command, articles, "--index", articles / place)
    assert (done.code, done.out) == (2, "")
    assert "would lie within the articles' folder" in done.err
    assert sorted(articles.rglob("*")) == before


@pytest.mark.parametrize("source", ["empty", "missing"])
def test_a_folder_without_articles_says_what_was_expected(run: Run, tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    done = run("kb", "build", tmp_path / source, "--index", tmp_path / "index")
    assert done.code == 2
    assert "no articles found; a folder with articles was expected" in done.err


def test_an_index_that_is_missing_or_damaged_says_how_to_build_it(run: Run, index: Path, tmp_path: Path) -> None:
    missing = run("kb", "search", "--index", tmp_path / "none", lines=[{"id": 1, **QUESTION}])
    shutil.copytree(index, tmp_path / "damaged")
    victim = next((tmp_path / "damaged").glob("generation-*/passages.jsonl"))
    victim.write_text(victim.read_text(encoding="utf-8").replace("4 to 6", "1 to 2"), encoding="utf-8")
    damaged = run("kb", "search", "--index", tmp_path / "damaged", lines=[{"id": 1, **QUESTION}])
    for done, said in ((missing, "there is no knowledge index"), (damaged, "is missing or altered since it was built")):
        assert (done.code, done.out) == (2, "")
        assert said in done.err
        assert "Build it: cs-assist kb build ARTICLES" in done.err
