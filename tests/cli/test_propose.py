from __future__ import annotations

import json
from pathlib import Path

import pytest
from openai_server import Provider, completion
from sample_shop import ARTICLES

from cs_assist.knowledge.articles import parse_article

from .conftest import Run, variables

pytest.importorskip("langchain_openai", reason="needs the extra 'openai'")

ICELAND = [
    "Do you ship to Iceland?",
    "Is delivery to Iceland possible?",
    "Liefern Sie auch nach Island?",
    "Livrez-vous en Islande ?",
]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "gift.md").write_text(
        '---\nid: gift-en\ntitle: Gift wrap\nlanguage: en\nmarkets: ["*"]\ncategory: orders\n---\n\nGift wrap costs 4.50 €.\n',
        encoding="utf-8",
    )
    return folder


def said(text: str) -> object:
    return completion(json.dumps({"language": "de", "text": text}))


def test_a_variant_is_written_unapproved_with_what_it_rests_on(run: Run, model: Provider, articles: Path, tmp_path: Path) -> None:
    model.replies = [said("# Geschenkverpackung\n\nEine Geschenkverpackung kostet 4,50 €.")]
    out = tmp_path / "proposals"
    done = run("kb", "localise", articles, "gift-en", "--into", "de", "--out", out, **variables(model))
    assert done.code == 0
    (told,) = done.objects
    assert (told["id"], told["status"], told["differences"]) == ("gift-en", "proposed", [])
    made = parse_article(Path(told["path"]))
    assert (made.head.language, made.head.approved, made.head.variant_of) == ("de", False, "gift-en")
    assert Path(told["path"]).with_suffix(".proposal.yaml").exists()
    again = run("kb", "localise", articles, "gift-en", "--into", "de", "--out", out, **variables(model))
    assert (again.code, again.objects[0]["error"]["code"]) == (2, "article.invalid")


def test_a_changed_price_is_unverified(run: Run, model: Provider, articles: Path, tmp_path: Path) -> None:
    model.replies = [said("# Geschenkverpackung\n\nEine Geschenkverpackung kostet 5,40 €.")] * 2
    done = run("kb", "localise", articles, "gift-en", "--into", "de", "--out", tmp_path / "p", **variables(model))
    (told,) = done.objects
    assert told["status"] == "unverified"
    assert any("5.40" in each or "5,40" in each for each in told["differences"])


def test_an_id_that_is_not_there_is_named_with_one_that_is(run: Run, model: Provider, articles: Path, tmp_path: Path) -> None:
    done = run("kb", "localise", articles, "gift-de", "--into", "fr", "--out", tmp_path / "p", **variables(model))
    assert (done.code, done.out) == (2, "")
    assert "gift-de" in done.err
    assert "gift-en" in done.err
    assert model.requests == []


def test_a_gap_gets_an_article_with_blanks_for_what_nobody_knows(run: Run, model: Provider, index: Path, tmp_path: Path) -> None:
    answer = {
        "language": "en",
        "title": "Delivery to Iceland",
        "text": "We deliver to Iceland within 77 days.",
        "evidence": [],
        "unknown": ["the price"],
    }
    model.replies = [completion(json.dumps(answer))]
    lines = [{"id": i, "text": text, "market": "US"} for i, text in enumerate(ICELAND)]
    given = {**variables(model), "CS_ASSIST_REPLY_AT": "1"}
    done = run("kb", "gaps", "--index", index, "--propose", tmp_path / "p", "--json", lines=lines, **given)
    assert done.code == 0
    (report,) = done.objects
    (told,) = report["proposals"]
    assert len(report["gaps"]) == 1
    text = Path(told["path"]).read_text(encoding="utf-8")
    assert "77" not in text
    assert "approved: false" in text
    assert "the price" in told["unknown"]


def test_a_file_in_the_folders_place_is_told_before_the_model_is_asked(
    run: Run, model: Provider, articles: Path, index: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for command in (
        ("kb", "localise", articles, "gift-en", "--into", "de", "--out", tmp_path / "taken"),
        ("kb", "gaps", "--index", index, "--at-least", 1, "--propose", tmp_path / "taken"),
    ):
        done = run(*command, lines=[{"id": 1, "text": ICELAND[0], "market": "US"}], **variables(model))
        assert (done.code, done.out) == (2, "")
        assert "is no folder" in done.err
    assert not model.requests
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_without_a_model_nothing_is_proposed(run: Run, tmp_path: Path) -> None:
    done = run("kb", "localise", ARTICLES, "shipping-us", "--into", "fr", "--out", tmp_path / "p")
    assert done.code == 2
    assert "no language model is set" in done.err
