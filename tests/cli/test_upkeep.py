from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sample_shop import ARTICLES

from cs_assist.knowledge.index import writing

from .conftest import Run

NOW = ("--now", "2026-11-23T12:00:00Z")


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    shutil.copytree(ARTICLES, tmp_path / "articles")
    return tmp_path / "articles"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_sync_says_what_changed_and_a_second_one_that_nothing_did(run: Run, articles: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    (built,) = run("kb", "build", articles, "--index", index).objects
    edit(articles / "returns.md", "within 30 days", "within 60 days")
    (articles / "zoll-ch.md").rename(tmp_path / "zoll-ch.md")
    shutil.copy(articles / "gift-wrapping.md", articles / "new.md")
    edit(articles / "new.md", "id: gift-wrapping", "id: new")
    done = run("kb", "sync", articles, "--index", index, "--json")
    assert done.code == 0
    (summary,) = done.objects
    assert (summary["added"], summary["changed"], summary["removed"]) == (["new"], ["returns"], ["zoll-ch"])
    assert len(summary["unchanged"]) == 6
    assert (summary["passages"], summary["written"], summary["rejected"]) == (built["passages"], True, 0)
    assert summary["encoded"] + summary["kept"] == summary["passages"]
    assert summary["encoded"] < 3
    found = run("kb", "search", "--index", index, lines=[{"id": 1, "text": "Can I return it?", "market": "US"}]).objects[0]
    assert "within 60 days" in next(p["text"] for p in found["passages"] if p["doc_id"] == "returns")
    (again,) = run("kb", "sync", articles, "--index", index).objects
    assert (again["written"], again["encoded"], again["added"], again["changed"]) == (False, 0, [], [])


def test_a_rejected_article_leaves_the_index_unless_strict(run: Run, articles: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    run("kb", "sync", articles, "--index", index)
    edit(articles / "returns.md", "language: en", "language: klingon")
    strict = run("kb", "sync", articles, "--index", index, "--strict")
    assert (strict.code, strict.out) == (2, "")
    assert "the index was left as it is" in strict.err
    done = run("kb", "sync", articles, "--index", index)
    assert done.code == 0
    assert (done.objects[0]["removed"], done.objects[0]["rejected"]) == (["returns"], 1)
    assert "key 'language'" in done.err


def test_a_second_writer_is_refused(run: Run, articles: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    with writing(index):
        for command in ("sync", "build"):
            done = run("kb", command, articles, "--index", index)
            assert (done.code, done.out) == (2, "")
            assert "IndexBusyError [index.busy]" in done.err
            assert "Let it finish" in done.err


def test_a_check_reports_everything_and_exits_0(run: Run, articles: Path, index: Path) -> None:
    shutil.copy(articles / "returns.md", articles / "returns-new.md")
    edit(articles / "returns-new.md", "id: returns", "id: returns-new")
    edit(articles / "returns-new.md", "within 30 days", "within 14 days")
    edit(articles / "kettle-descaling.md", "valid_from: 2026-01-01", "valid_from: 2024-01-01")
    edit(articles / "zoll-ch.md", "valid_until: null", "valid_until: 2026-12-01")
    done = run("kb", "check", articles, "--index", index, *NOW, "--json")
    assert done.code == 0
    (report,) = done.objects
    assert (report["now"], report["articles"], report["rejected"]) == ("2026-11-23T12:00:00+00:00", 9, 0)
    (expired,) = report["expired"]
    assert (expired["id"], expired["days"], expired["replaced_by"]) == ("shipping-us-2025", -327, "shipping-us")
    assert expired["path"] == str(articles / "shipping-us-2025.md")
    assert [(one["id"], one["days"]) for one in report["expiring"]] == [("zoll-ch", 8)]
    assert "kettle-descaling" in [one["id"] for one in report["review_due"]]
    waiting = {one["id"]: one["change"] for one in report["waiting"]}
    assert waiting == {"returns-new": "added", "kettle-descaling": "changed", "zoll-ch": "changed"}
    clash = report["contradictions"][0]
    assert (clash["first"]["id"], clash["second"]["id"], clash["kinds"]) == ("returns", "returns-new", ["time day"])
    assert clash["first"]["text"] == "You can return unused items within 30 days."
    assert clash["second"]["text"] == "You can return unused items within 14 days."
    assert run("kb", "check", articles, *NOW, "--strict").code == 1


def test_strict_is_content_with_fresh_articles_that_agree(run: Run, articles: Path) -> None:
    for path in articles.glob("*.md"):
        edit(path, "valid_until:", "reviewed: 2026-11-01\nvalid_until:")
    done = run("kb", "check", articles, *NOW, "--strict")
    assert done.code == 0
    assert [one["id"] for one in done.objects[0]["expired"]] == ["shipping-us-2025"]
    assert run("kb", "check", articles, "--now", "2027-11-23", "--strict").code == 1


def test_a_clock_that_is_none_says_so(run: Run, articles: Path) -> None:
    done = run("kb", "check", articles, "--now", "soon")
    assert done.code == 2
    assert "'soon'; an ISO 8601 moment was expected" in done.err


ICELAND = [
    "Do you ship to Iceland?",
    "Is delivery to Iceland possible?",
    "Liefern Sie auch nach Island?",
    "Livrez-vous en Islande ?",
]


def test_gaps_are_found_in_lines_and_bad_lines_are_told(run: Run, index: Path) -> None:
    lines: list[object] = [{"id": i, "text": text, "market": "US"} for i, text in enumerate(ICELAND)]
    lines += [b"{", {"id": "x"}, {"id": "y", "text": "Do you ship to Iceland?", "market": "US", "action": "reply"}]
    lines += [{"id": "z", "text": "Where do you ship?", "date": "soon"}]
    done = run("kb", "gaps", "--index", index, "--json", lines=lines, CS_ASSIST_REPLY_AT="1")
    assert done.code == 2
    assert [f"line {n}" in done.err for n in (5, 6, 8)] == [True] * 3
    (report,) = done.objects
    assert (report["messages"], report["settled"], report["bad_lines"]) == (4, 1, 3)
    (gap,) = report["gaps"]
    assert gap["count"] >= 3
    assert gap["markets"] == {"US": gap["count"]}
    assert {example["text"] for example in gap["examples"]} <= set(ICELAND)
    assert set(gap["nearest"]) == {"id", "title"}
    assert gap["why"]


def test_gaps_take_the_actions_from_the_answers(run: Run, index: Path, tmp_path: Path) -> None:
    lines = [{"id": i, "text": text, "market": "US"} for i, text in enumerate(ICELAND)]
    source, answers = tmp_path / "inbox.jsonl", tmp_path / "answers.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    given = run("reply", "--index", index, source)
    answers.write_text(given.out, encoding="utf-8")
    settled = sum(answer["action"] in ("reply", "ask", "ignore") for answer in given.objects)
    (report,) = run("kb", "gaps", source, "--answers", answers, "--index", index).objects
    assert (report["settled"], report["messages"]) == (settled, len(lines) - settled)
    answers.write_text("\n".join(json.dumps({"id": i, "action": "reply"}) for i in range(4)), encoding="utf-8")
    (report,) = run("kb", "gaps", source, "--answers", answers, "--index", index).objects
    assert (report["settled"], report["messages"], report["gaps"]) == (4, 0, [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": 1, "action": "reply"}\n{"id": 2, "act', "line 2 is not JSON"),
        ('{"id": 1, "action": "reply"}\n'.encode("utf-16"), "line 1 is not UTF-8"),
        (b'{"id": 1, "text": "hello"}\n', "no line of"),
        (b"", "no line of"),
    ],
)
def test_answers_that_are_none_are_told_before_every_message_counts_as_open(
    run: Run, index: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "answers.jsonl").write_bytes(content)
    done = run("kb", "gaps", "--index", index, "--answers", tmp_path / "answers.jsonl", lines=[{"id": 1, "text": "Hi"}])
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Give the output of cs-assist reply." in done.err


def test_every_kind_of_bad_line_is_passed_over_with_its_number_once(run: Run, index: Path) -> None:
    lines = [{"id": 1, "text": "Hi", "market": "XX"}, b"no json", {"id": 3, "text": "Hi"}, {"id": 4, "text": "Hi", "date": "x"}]
    done = run("kb", "gaps", "--index", index, lines=lines)
    assert done.code == 2
    assert done.objects[0]["bad_lines"] == 3
    told = [line for line in done.err.splitlines() if line]
    assert [line.split(":")[0].split(" is ")[0] for line in told] == ["line 1", "line 2", "line 4"]
