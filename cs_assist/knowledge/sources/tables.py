"""Question-answer pairs: CSV and TSV, JSON Lines, XLSX. One row is one article."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cs_assist.datafile import Mapping
from cs_assist.errors import ArticleError
from cs_assist.knowledge.sources.base import (
    HALF_CHARACTER,
    Found,
    Item,
    Notice,
    check_archive,
    half_character,
    make_id,
    name_parts,
    need,
    short_hash,
)
from cs_assist.knowledge.sources.hiding import take_out_hidden
from cs_assist.knowledge.sources.markdown import in_code, mark_headings

#: What a row may have: the keys of front matter, and the two that make it a pair.
COLUMNS = (
    "question", "answer", "id", "title", "language", "markets", "platform", "category", "product", "valid_from",
    "valid_until", "url", "approved", "variant_of", "reviewed", "review_after",
)  # fmt: skip
#: A row may go over this many lines and characters; a quote still open then is a broken one.
_ROW_LINES, _ROW_CHARACTERS = 500, 100_000
_LINE_BYTES = 1_000_000
_TELLING = ("language", "markets", "platform", "product", "valid_from")
Lines = Iterator[tuple[int, str | ArticleError]]


def read_delimited(path: Path) -> Iterator[Item]:
    """Yield the rows of a CSV or TSV file as a stream; a broken row is told with its line, the rest goes on.

    The first row names the columns; ``question`` and ``answer`` must be among them. Columns are separated by
    commas, semicolons or tabs, whichever makes these two appear.

    Raises:
        ArticleError: The first row does not have both columns, or one is misspelt.
    """
    rows: deque[tuple[int, str | ArticleError]] = deque()
    lines = _lines(path)
    number, head = next(lines, (1, ""))
    while isinstance(head, str) and re.fullmatch(r"(sep=.)?\s+", head):  # empty, or Excel's note of the separator
        number, head = next(lines, (number, ""))
    if isinstance(head, ArticleError):
        raise head
    delimiters = "\t" if path.suffix.lower() == ".tsv" else ",;\t"
    heads: dict[str, list[str]] = {}
    try:
        for delimiter in delimiters:
            heads[delimiter] = [_name(cell) for cell in next(csv.reader([head], delimiter=delimiter), [])]
    except csv.Error as exc:
        raise ArticleError(f"the first row cannot be read: {exc}", path=path, line=number) from exc
    delimiter, names = max(heads.items(), key=lambda item: ({"question", "answer"} <= set(item[1]), len(item[1])))
    yield from _check_columns(names, path, number)
    while True:
        row = _next_row(lines, rows, delimiter, path)
        if row is None:
            return
        line, cells = row
        if isinstance(cells, ArticleError):
            yield cells
        elif len(cells) > len(names):
            yield ArticleError(f"the row has {len(cells)} cells for {len(names)} columns", path=path, line=line)
        elif any(cell.strip() for cell in cells):
            yield from _pair(dict(zip(names, cells, strict=False)), path, line)


def read_jsonl(path: Path) -> Iterator[Item]:
    """Yield the objects of a JSON Lines file as a stream; keys are those of :data:`COLUMNS`."""
    told: set[str] = set()
    for line, text in _lines(path):
        if isinstance(text, ArticleError):
            yield text
            continue
        if not text.strip():
            continue
        try:
            value = json.loads(text, object_pairs_hook=_once)
        except (ValueError, RecursionError) as exc:
            yield ArticleError(f"not valid JSON: {getattr(exc, 'msg', exc)}", path=path, line=line)
            continue
        if half_character(value):
            yield ArticleError(HALF_CHARACTER, path=path, line=line)
            continue
        if not isinstance(value, dict):
            yield ArticleError("an object of keys and values was expected", path=path, line=line)
            continue
        row = {_name(key): cell for key, cell in value.items()}
        try:
            notices = list(_check_columns([_name(key) for key in value], path, line, told))
        except ArticleError as exc:
            yield exc
            continue
        yield from notices
        yield from _pair(row, path, line)


def read_xlsx(path: Path) -> Iterator[Item]:
    """Yield the rows of every sheet whose first row names a question and an answer; other sheets are told of.

    Raises:
        ArticleError: It is no workbook, or no sheet has both columns.
        MissingExtraError: The extra ``documents`` is not installed.
    """
    check_archive(path)
    openpyxl = need("openpyxl", needed_for="reading XLSX")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            yield from _sheets(book, path)
        finally:
            book.close()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError) as exc:
        if isinstance(exc, ArticleError):
            raise
        raise ArticleError(f"no workbook that can be read: {exc}", path=path) from exc


def _sheets(book: Any, path: Path) -> Iterator[Item]:
    without = []
    for sheet in book.worksheets:
        rows = enumerate(sheet.iter_rows(values_only=True), start=1)
        line, head = next(((n, cells) for n, cells in rows if any(cells)), (1, ()))
        names = [_name(cell) for cell in head]
        if not {"question", "answer"} <= set(names):
            without.append(sheet.title)
            continue
        yield from _check_columns(names, path, line)
        for number, cells in rows:
            row = {name: _plain(cell) for name, cell in zip(names, cells, strict=False)}
            if any(value not in (None, "") for value in row.values()):
                yield from _pair(row, path, number, place=f"sheet '{sheet.title}'")
    if len(without) == len(book.worksheets):
        raise ArticleError("no sheet has the columns 'question' and 'answer'", path=path, line=1)
    if without:
        yield Notice("passed_over", path, f"sheets without 'question' and 'answer': {', '.join(without)}")


def _lines(path: Path) -> Lines:
    """Yield (number, text) for each line; one that is no UTF-8, or is endless, comes as an error."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LINE_BYTES), b""), start=1):
            if len(line) == _LINE_BYTES and not line.endswith(b"\n"):
                while (rest := file.readline(_LINE_BYTES)) and not rest.endswith(b"\n"):
                    pass
                yield number, ArticleError(f"the line has more than {_LINE_BYTES:,} bytes", path=path, line=number)
                continue
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                hint = "Save the file as UTF-8 ('CSV UTF-8' in Excel)."
                yield number, ArticleError("the line is not UTF-8", path=path, line=number, hint=hint)


def _next_row(
    lines: Lines, waiting: deque[tuple[int, str | ArticleError]], delimiter: str, path: Path
) -> tuple[int, list[str] | ArticleError] | None:
    """Return the next row and its first line, or ``None`` at the end.

    Where quoting is broken, the error takes the first line only: those that were read in search of the closing
    quote go back to ``waiting`` and are read again as rows of their own.
    """
    taken: list[tuple[int, str]] = []

    def feed() -> Iterator[str]:
        size = 0
        while len(taken) < _ROW_LINES and size < _ROW_CHARACTERS:
            number, text = waiting.popleft() if waiting else next(lines, (0, ""))
            if isinstance(text, ArticleError):
                waiting.appendleft((number, text))
                return
            if not number:
                return
            taken.append((number, text))
            size += len(text)
            yield text

    try:
        cells = next(csv.reader(feed(), delimiter=delimiter, strict=True), None)
    except csv.Error as exc:
        first, *others = taken
        waiting.extendleft(reversed(others))
        said = "a quote is opened and never closed" if "end of data" in str(exc) else f"broken quoting: {exc}"
        return first[0], ArticleError(said, path=path, line=first[0])
    if cells is not None:
        return taken[0][0], cells
    if not waiting:
        return None
    number, error = waiting.popleft()  # only an error ends the rows while something waits
    return (number, error) if isinstance(error, ArticleError) else None


def _check_columns(names: Iterable[str], path: Path, line: int, told: set[str] | None = None) -> Iterator[Notice]:
    """Yield a notice where columns are passed over.

    Raises:
        ArticleError: A column is missing or stands twice, or an unknown one looks like a known one: ``valid_untill`` must
            not keep an old price alive.
    """
    names = list(names)
    for wanted in ("question", "answer"):
        if wanted not in names:
            had = ", ".join(f"'{name}'" for name in names[:12])
            raise ArticleError(f"the key is missing; there are {had or 'none'}", path=path, key=wanted, line=line)
    for name in names:
        if name in COLUMNS and names.count(name) > 1:
            raise ArticleError("the key stands twice", path=path, key=name, line=line, hint="Keep one of them.")
    told = set() if told is None else told
    unknown = sorted({name for name in names if name and name not in COLUMNS} - told)
    for name in unknown:
        if like := get_close_matches(name, COLUMNS, n=1, cutoff=0.8):
            raise ArticleError(f"the key is not known; did you mean '{like[0]}'?", path=path, key=name, line=line)
    if unknown:
        told.update(unknown)
        yield Notice("passed_over", path, f"keys that mean nothing here: {', '.join(unknown)}", line=line)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise ValueError(f"the key {twice[:60]!r} stands twice")
    return dict(pairs)


def _name(cell: object) -> str:
    return re.sub(r"[\s-]+", "_", str(cell if cell is not None else "").strip().lower())


def _plain(cell: Any) -> Any:
    """Return a cell's value as a text file would have it."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else cell


def _pair(row: dict[str, Any], path: Path, line: int, *, place: str = "") -> Iterator[Item]:
    """Yield a row as an article; its question is the title, or a heading under the title that it has."""
    values: dict[str, Any] = {}
    for name, cell in row.items():
        value = cell.strip() if isinstance(cell, str) else cell
        if name in COLUMNS and value not in (None, ""):
            values[name] = value
    for wanted in ("question", "answer"):
        if not isinstance(values.get(wanted), str):
            yield ArticleError(f"{place + ': ' if place else ''}a text was expected", path=path, key=wanted, line=line)
            return
    question, answer = values.pop("question"), values.pop("answer")
    if isinstance(values.get("markets"), str):
        values["markets"] = re.split(r"[\s,;|]+", values["markets"].strip("[] "))
    question = " ".join(question.split())
    answer = mark_headings(answer)
    shown = take_out_hidden(answer, code=in_code(answer))
    yield from shown.notices(path, place=place, line=line)
    answer = shown.text
    text = f"## {question}\n\n{answer}" if "title" in values else answer
    telling = json.dumps([question, *(str(values.get(name, "")) for name in _TELLING)], ensure_ascii=False)
    derived = {"id": f"{make_id(name_parts(path)[0])[:70]}-{short_hash(telling)}", "title": question}
    given: dict[str, Any] = {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}
    yield Found(text, Mapping(given, None, path, line), derived, line=line, place=place)
