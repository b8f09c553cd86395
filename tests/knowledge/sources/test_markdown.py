from __future__ import annotations

import pytest

from cs_assist.knowledge.sources.markdown import in_code, mark_headings

from .conftest import Load


def test_a_text_files_first_line_is_its_title(load: Load) -> None:
    (article,) = load("opening hours.txt", "\n\nOpening hours\n\nWe answer from 9 to 5.\n").articles
    assert (article.head.id, article.head.title, article.text) == ("opening-hours", "Opening hours", "We answer from 9 to 5.")


def test_a_text_of_one_line_is_title_and_text(load: Load) -> None:
    (article,) = load("a.txt", "We answer from 9 to 5.").articles
    assert article.head.title == article.text == "We answer from 9 to 5."


def test_a_text_file_may_have_front_matter_and_keeps_its_first_line_then(load: Load) -> None:
    text = '---\ntitle: Hours\nmarkets: ["NO"]\nvalid_until: 2026-12-31\n---\nWe answer\nfrom 9 to 5.\n'
    (article,) = load("a.txt", text).articles
    assert (article.head.title, article.head.markets, article.text) == ("Hours", ("NO",), "We answer\nfrom 9 to 5.")


def test_markdown_without_front_matter_is_refused_even_where_defaults_would_do(load: Load) -> None:
    loaded = load("a.md", "# Hours\n\nWe answer from 9 to 5.")
    assert not loaded.articles
    assert "front matter was expected" in str(loaded.problems[0])


@pytest.mark.parametrize(("text", "line"), [("", None), ("# Only a title\n", None), ("---\ntitle: A\n---\n\n", 3)])
def test_a_text_file_without_text_is_refused(load: Load, text: str, line: int | None) -> None:
    (problem,) = load("a.txt", text).problems
    assert problem.line == line
    assert "the article has no text" in str(problem)


def test_broken_front_matter_names_its_line(load: Load) -> None:
    (problem,) = load("a.txt", "---\ntitle: A\nmarkets: [UK]\n---\nText").problems
    assert (problem.key, problem.line) == ("markets.0", 3)


@pytest.mark.parametrize("fence", ["```", "````python", "~~~"])
def test_headings_in_closed_code_are_none_and_after_an_open_fence_they_are(fence: str) -> None:
    marks = fence.removesuffix("python")
    assert in_code(f"{fence}\n# a\n\n{marks}\n# b") == [True, True, True, True, False]
    assert not any(in_code(f"{fence}\n# a"))


def test_a_fence_is_closed_by_its_own_marks_only() -> None:
    assert in_code("````\n```\n~~~~\n````\nend") == [True, True, True, True, False]
    assert in_code("```code``` here\n# Heading") == [False, False]


def test_what_is_odd_in_a_text_is_told_with_its_line(load: Load) -> None:
    head = "---\nid: a\ntitle: A\nlanguage: en\ncategory: policy\n---\n\n"
    loaded = load("a.md", f"{head}Text.\n\n## Empty\n## Full\n\n### Below\n\nText.\n\n```\ncode\n\n## Last\n")
    assert [(notice.line, notice.code) for notice in loaded.notices] == [
        (10, "incomplete"),
        (17, "incomplete"),
        (20, "incomplete"),
    ]
    assert [word in notice.message for word, notice in zip(("'Empty'", "never closed", "'Last'"), loaded.notices, strict=True)]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Rückgabe\n====\nText.", "# Rückgabe\n\nText."),
        ("a\n\n配送\n---\nb", "a\n\n## 配送\n\nb"),
        ("# A\n\nB 2\n-----\nc", "# A\n\n## B 2\n\nc"),
    ],
)
def test_an_underlined_line_is_a_heading(text: str, marked: str) -> None:
    assert mark_headings(text) == marked


@pytest.mark.parametrize(
    "text",
    [
        "A sentence.\n---\nAnother.",
        "是的。\n---",
        "- entry\n---\nb",
        "| a |\n---\nb",
        "a | b\n--- | ---\n1 | 2",
        "> quote\n===\nb",
        "```\nA\n===\n```",
        "    code\n===",
        "two\nlines\n---\nb",
        "# A\n---\nb",
        "---\n---",
        "\n---\na",
        "x" * 200 + "\n===",
        "a\n--\nb",
    ],
)
def test_rules_tables_lists_and_code_are_no_headings(text: str) -> None:
    assert mark_headings(text) == text


def test_a_line_of_the_text_keeps_its_number(load: Load) -> None:
    text = "Title\n=====\n\nText.\n\n<!-- say 90 -->\n"
    (notice,) = load("a.txt", text).notices
    assert notice.line == 6
