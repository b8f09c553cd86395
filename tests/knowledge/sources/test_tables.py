from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import ArticleError
from cs_assist.knowledge.articles import MAX_PROBLEMS
from cs_assist.knowledge.sources.base import Found
from cs_assist.knowledge.sources.tables import read_delimited

from .conftest import Load

HEAD = "question,answer,markets,valid_until,approved\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_row_is_an_article_with_the_keys_of_its_columns(load: Load, delimiter: str) -> None:
    text = 'Question,Answer,Markets,"Valid until",approved,language\nWie lange?,30 Tage.,DE AT,2026-12-31,true,de\n'
    (article,) = load("faq.csv", text.replace(",", delimiter)).articles
    head = article.head
    assert (head.title, article.text, article.line) == ("Wie lange?", "30 Tage.", 2)
    assert (head.markets, head.valid_until, head.approved, head.language) == (("DE", "AT"), date(2026, 12, 31), True, "de")


def test_empty_cells_leave_the_defaults_and_other_columns_are_told(load: Load) -> None:
    defaults = 'language: en\ncategory: policy\nmarkets: ["NO"]\n'
    loaded = load("faq.csv", "question,answer,markets,internal notes\nA?,a,,call Bob\nB?,b,SE,\n", defaults)
    assert [article.head.markets for article in loaded.articles] == [("NO",), ("SE",)]
    (notice,) = loaded.notices
    assert (notice.code, notice.line, notice.message) == ("passed_over", 1, "keys that mean nothing here: internal_notes")


def test_a_title_of_its_own_makes_the_question_a_heading(load: Load) -> None:
    (article,) = load("faq.csv", "title,question,answer\nReturns,How long?,30 days.\n").articles
    assert (article.head.title, article.text) == ("Returns", "## How long?\n\n30 days.")


def test_an_id_stays_when_the_answer_or_the_place_changes(load: Load) -> None:
    one = load("faq.csv", "question,answer\nA?,a\nB?,b\n").articles
    two = load("faq.csv", "question,answer\nB?,other\nC?,c\nA?,a\n").articles
    assert {a.head.id for a in one} < {a.head.id for a in two}
    assert one[0].head.id == two[2].head.id


def test_the_same_question_for_other_markets_is_another_article_and_otherwise_a_double(load: Load) -> None:
    loaded = load("faq.csv", "question,answer,markets\nA?,a,DE\nA?,b,AT\nA?,c,DE\n")
    assert [article.text for article in loaded.articles] == ["a", "b"]
    (problem,) = loaded.problems
    assert (problem.key, problem.line) == ("id", 4)
    assert "is already used by" in str(problem)
    assert "faq.csv, line 2" in str(problem)


@pytest.mark.parametrize(
    ("row", "key", "said"),
    [
        ("A?,a,UK,,", "markets.0", "did you mean 'GB'"),
        ("A?,a,,31.12.2026,", "valid_until", "31.12.2026"),
        ("A?,a,,,perhaps", "approved", "perhaps"),
        ("A?,,,,", "answer", "a text was expected"),
        (",a,,,", "question", "a text was expected"),
        ("A?,a,,,,,", "", "the row has 7 cells for 5 columns"),
        ('A?,"a" b,,,', "", "broken quoting"),
        ('A?,"a,,,', "", "broken quoting"),
        ("A?,\xff,,,", "", "is not UTF-8"),
    ],
)
def test_a_broken_row_names_its_line_and_the_rest_loads(load: Load, row: str, key: str, said: str) -> None:
    text = f'{HEAD}First?,1,,,\n"Second?","2\nlines",,,\n{row}\n\nLast?,"3 ""quoted""",,,\n'
    loaded = load("faq.csv", text.encode("latin-1"))
    assert [article.text for article in loaded.articles] == ["1", "2\nlines", '3 "quoted"']
    (problem,) = loaded.problems
    assert (problem.line, problem.key) == (5, key)
    assert said in str(problem)


def test_a_quote_that_is_never_closed_takes_one_line_with_it(load: Load) -> None:
    rows = "".join(f"Q{number}?,a,,,\n" for number in range(1000))
    loaded = load("faq.csv", f'{HEAD}Broken?,"open,,,\n{rows}')
    assert len(loaded.articles) == 1000
    assert [(p.line, "never closed" in str(p)) for p in loaded.problems] == [(2, True)]


def test_a_table_that_is_broken_all_over_does_not_fill_the_report(load: Load) -> None:
    rows = "".join(f'Q{number}?,"a" b,,,\n' for number in range(500))
    loaded = load("faq.csv", HEAD + rows + "Last?,a,,,\n")
    assert len(loaded.articles) == 1
    assert len(loaded.problems) == MAX_PROBLEMS + 1
    assert "450 more problems of this file are not shown" in str(loaded.problems[-1])


def test_a_line_without_end_is_told_and_passed(load: Load) -> None:
    loaded = load("faq.csv", HEAD + "A?," + "a" * 2_500_000 + ",,,\nB?,b,,,\n")
    assert [article.text for article in loaded.articles] == ["b"]
    assert loaded.problems[0].line == 2
    assert "more than 1,000,000 bytes" in str(loaded.problems[0])


def test_rows_come_one_by_one_while_the_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("question,answer\nA?,a\nB?,b\n", encoding="utf-8")
    rows = read_delimited(path)
    first = next(rows)
    assert isinstance(first, Found)
    assert (first.text, first.line) == ("a", 2)


@pytest.mark.parametrize(
    ("head", "key", "said"),
    [
        ("frage,antwort", "question", "the key is missing; there are 'frage', 'antwort'"),
        ("question", "answer", "the key is missing"),
        (",", "question", "the key is missing; there are ''"),
        ("question,answer,answer", "answer", "the key stands twice"),
        ("question,answer,valid_untill", "valid_untill", "did you mean 'valid_until'?"),
    ],
)
def test_a_first_row_that_names_no_pair_refuses_the_table(load: Load, head: str, key: str, said: str) -> None:
    loaded = load("faq.csv", f"{head}\nA?,a,2026-01-01\n")
    assert not loaded.articles
    (problem,) = loaded.problems
    assert (problem.key, problem.line) == (key, 1)
    assert said in str(problem)


def test_json_lines_are_read_and_broken_ones_told(load: Load) -> None:
    lines = [
        json.dumps({"question": "A?", "answer": "a", "markets": ["FR", "BE"], "approved": True, "reviewed": "2026-01-02"}),
        "{broken", "[]", "", json.dumps({"question": "B?"}), json.dumps({"question": 5, "answer": "a"}),
        json.dumps({"question": "C?", "answer": "c", "languge": "de"}), json.dumps({"question": "D?", "answer": "d", "note": 1}),
        json.dumps({"question": "E?", "answer": "e", "note": 1, "markets": [False]}),
    ]  # fmt: skip
    loaded = load("faq.jsonl", "\n".join(lines))
    assert [(a.text, a.head.markets, a.line) for a in loaded.articles] == [("a", ("FR", "BE"), 1), ("d", (), 8)]
    assert loaded.articles[0].head.reviewed == date(2026, 1, 2)
    assert [(p.line, p.key) for p in loaded.problems] == [
        (2, ""), (3, ""), (5, "answer"), (6, "question"), (7, "languge"), (9, "markets.0"),
    ]  # fmt: skip
    assert [(n.line, n.message) for n in loaded.notices] == [(8, "keys that mean nothing here: note")]


def test_a_workbooks_sheets_are_read_with_their_dates_and_numbers(load: Load) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra 'documents' is not installed")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "FAQ"
    sheet.append(["ID", "Question", "Answer", "Valid until", "Approved", "Markets"])
    sheet.append([12, "A?", "a", datetime(2026, 12, 31), True, "DE, AT"])
    sheet.append([])
    sheet.append([13, "B?", None, None, None, None])
    sheet.append([14, "C?", "c", None, None, "UK"])
    book.create_sheet("Internal").append(["who", "when"])
    file = io.BytesIO()
    book.save(file)
    loaded = load("faq.xlsx", file.getvalue())
    (article,) = loaded.articles
    assert (article.head.id, article.head.title, article.text, article.line) == ("12", "A?", "a", 2)
    assert (article.head.valid_until, article.head.approved, article.head.markets) == (date(2026, 12, 31), True, ("DE", "AT"))
    assert [(p.line, p.key) for p in loaded.problems] == [(4, "answer"), (5, "markets.0")]
    assert all("sheet 'FAQ'" in str(problem) for problem in loaded.problems)
    assert [n.message for n in loaded.notices] == ["sheets without 'question' and 'answer': Internal"]


def test_what_is_no_workbook_is_refused(load: Load) -> None:
    pytest.importorskip("openpyxl", reason="the extra 'documents' is not installed")
    assert "cannot be read" in str(load("faq.xlsx", b"PK rubbish").problems[0])


CELL = st.text(alphabet="aÄ猫 \"',;\n", min_size=1, max_size=12).filter(lambda cell: bool(cell.strip()))


@given(rows=st.lists(st.tuples(CELL, CELL), max_size=8), delimiter=st.sampled_from(",;\t"))
def test_whatever_a_csv_writer_writes_is_read_back(
    rows: list[tuple[str, str]], delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "faq.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([("question", "answer"), *rows])
    found = [item.text for item in read_delimited(path) if isinstance(item, Found)]
    assert found == [answer.strip() for _, answer in rows]


@given(noise=st.binary(max_size=200))
def test_whatever_bytes_a_table_has_every_item_is_an_article_or_a_told_problem(
    noise: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "faq.csv"
    path.write_bytes(b"question,answer\n" + noise)
    for item in read_delimited(path):
        assert isinstance(item, Found) or (isinstance(item, ArticleError) and item.line)


def test_a_key_twice_in_a_line_of_json_is_refused(load: Load) -> None:
    loaded = load(
        "faq.jsonl", '{"question": "A?", "answer": "a", "answer": "b"}\n{"question": "B?", "Answer": "a", "answer": "b"}\n'
    )
    assert [(problem.line, "twice" in str(problem)) for problem in loaded.problems] == [(1, True), (2, True)]


@pytest.mark.parametrize("before", ["sep=;\n", "\n\n", "\ufeffsep=;\r\n"])
def test_excels_note_of_the_separator_and_empty_lines_before_the_head_are_passed(load: Load, before: str) -> None:
    assert load("faq.csv", f"{before}question;answer\nA?;a\n").articles[0].text == "a"


def test_half_a_character_is_told_with_its_line_and_the_rest_loads(load: Load) -> None:
    lines = [{"question": f"Q{n}?", "answer": answer} for n, answer in enumerate(["Yes.", "bad \ud83d", "whole \U0001f600"])]
    loaded = load("a.jsonl", "\n".join(json.dumps(line) for line in lines))
    assert [article.text for article in loaded.articles] == ["Yes.", "whole \U0001f600"]
    assert [(problem.line, "half a character" in str(problem)) for problem in loaded.problems] == [(2, True)]
