"""JSON Lines in, JSON Lines out: same order, ``id`` carried through, one bad line stops nothing."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cs_assist.errors import CsAssistError, MessageError, StoreError
from cs_assist.types import without_surrogates

Item = TypeVar("Item")
Json = dict[str, Any]
#: Stands for standard input wherever a file of lines is taken.
STDIN = Path("-")
#: Bytes that are read at once: many batches of a file, all that a pipe holds.
_AT_ONCE = 1 << 20
#: What pydantic says in Python's terms, in those of JSON.
_PLAIN = {
    "tuple_type": "Input should be a list",
    "model_type": "Input should be an object",
    "dict_type": "Input should be an object",
}


@dataclass(frozen=True)
class View:
    """How answers look to a person at a terminal: the columns, and an answer's cells."""

    columns: tuple[str, ...]
    cells: Callable[[Json], Sequence[object]]


@dataclass(frozen=True)
class Line:
    """One input line: its number, and either its object or why it has none."""

    number: int
    value: Json
    error: MessageError | None = None

    @property
    def id(self) -> Any:
        """The line's own id; its number where it has none."""
        return self.value.get("id", self.number)


def read_lines(source: Path | None) -> Iterator[Line]:
    """Yield the lines of a file or of standard input (None, or ``-``); empty lines are skipped.

    A line that is not UTF-8, not JSON or not an object is yielded with its error.
    """
    for lines in _arrivals(source):
        yield from lines


def read_batches(source: Path | None, size: int) -> Iterator[list[Line]]:
    """Yield what :func:`read_lines` does in lists of up to ``size``: of a pipe the lines that have come, for who writes waits."""
    for lines in _arrivals(source):
        yield from batched(lines, size)


def _arrivals(source: Path | None) -> Iterator[Iterator[Line]]:
    """Yield lines together that came together."""
    if source is None or source == STDIN:
        yield from _parse(cast(BufferedReader, sys.stdin.buffer))
        return
    try:
        with source.open("rb") as file:
            yield from _parse(file)
    except OSError as exc:
        raise MessageError(f"'{source}' cannot be read: {exc.strerror}.", hint="Give a file with JSON Lines.") from exc


def _parse(file: BufferedReader) -> Iterator[Iterator[Line]]:
    number = 1
    for lines in _pieces(file):
        yield _read(lines, number)
        number += len(lines)


def _pieces(file: BufferedReader) -> Iterator[list[bytes]]:
    """Yield the whole lines of each piece that is there, without waiting for more than one."""
    held: list[bytes] = []
    while piece := file.read1(_AT_ONCE):
        whole, end, rest = piece.rpartition(b"\n")
        if end:
            yield BytesIO(b"".join([*held, whole, end])).readlines()
            held = []
        held.append(rest)
    if any(held):
        yield [b"".join(held)]


def _read(lines: list[bytes], first: int) -> Iterator[Line]:
    for number, raw in enumerate(lines, start=first):
        if not raw.strip():
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            value = _whole(json.loads(text, parse_constant=_refuse, parse_float=_finite))
        except UnicodeDecodeError as exc:
            told = f"line {number} is not UTF-8: {exc.reason} at byte {exc.start}."
            yield Line(number, {}, MessageError(told, hint="Save the file as UTF-8."))
            continue
        except (ValueError, RecursionError) as exc:
            told = f"line {number} is not JSON that can be read: {_why(exc)}."
            yield Line(number, {}, MessageError(told, hint="Write one JSON object a line."))
            continue
        if not isinstance(value, dict):
            yield Line(number, {}, MessageError(f"line {number} is {_kind(value)}, an object was expected."))
            continue
        yield Line(number, value)


def _kind(value: Any) -> str:
    """Return what JSON calls a value."""
    if value is None:
        return "null"
    kinds = ((str, "a string"), (bool, "a boolean"), (list, "an array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "a number")


def _why(exc: ValueError | RecursionError) -> str:
    """Return what is wrong with a line, without what only helps who programs in Python."""
    if isinstance(exc, json.JSONDecodeError):
        return f"{exc.msg} at character {exc.pos + 1}"
    if isinstance(exc, RecursionError):
        return "it is nested too deeply"
    return str(exc).partition(";")[0]


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _whole(value: Any) -> Any:
    """Return a JSON value with each lone surrogate in its strings as U+FFFD: it could not be written back."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value


def explain(exc: ValidationError, *, within: str = "") -> MessageError:
    """Return the first fault of an object as an error that names its key, after that of what it stands within."""
    first = exc.errors()[0]
    key = ".".join(str(part) for part in ([within] if within else []) + list(first["loc"]))
    told = _PLAIN.get(first["type"], first["msg"].removeprefix("Value error, "))
    return MessageError(f"key '{key}': {told} (got {shown(first.get('input'))}).")


def shown(value: Any) -> str:
    """Return the beginning of a value in JSON as an error may show it, without anybody's data."""
    from cs_assist.guard.redaction import redact  # before it is cut: half a card's number is no card any more

    return redact(json.dumps(value, ensure_ascii=False, default=str)[:2_000])[:60]


def error_line(line: Line, exc: CsAssistError) -> Json:
    """Return the object that stands for a line that could not be answered; what it quotes is redacted."""
    from cs_assist.guard.redaction import redact  # half a second that only a bad line should cost

    return {"id": line.id, "error": {"code": exc.code, "message": redact(exc.message), "hint": exc.hint, "line": line.number}}


def write(value: Json) -> None:
    """Print one object as one line, in UTF-8 whatever the terminal's own encoding is; what UTF-8 cannot say as JSON's escape."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    sys.stdout.buffer.write(line.encode(errors="backslashreplace"))


def run(
    source: Path | None,
    answer: Callable[[Sequence[Line]], Iterable[Json | CsAssistError]],
    *,
    batch: int,
    what: str,
    view: View | None = None,
) -> None:
    """Read lines, answer them in batches, print the answers in order, and exit 2 where a line was bad, 1 where the store failed.

    Args:
        source: A file; None, or ``-``, for standard input.
        answer: Gets good lines and gives one object or error for each.
        batch: Lines that are answered together at most; those of a pipe as they come.
        what: What is counted, for the progress bar (shown on a terminal only).
        view: Columns of the table that is printed in place of JSON where a terminal is attached.
    """
    console = Console(stderr=True)
    table = Table(*view.columns) if view is not None and sys.stdout.isatty() else None
    failed = broken = 0
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=None)
        for lines in read_batches(source, batch):
            good = [line for line in lines if line.error is None]
            answers = iter(answer(good))
            for line in lines:
                result = line.error or next(answers)
                failed += isinstance(result, CsAssistError)
                broken += isinstance(result, StoreError)
                value = error_line(line, result) if isinstance(result, CsAssistError) else result
                if table is not None and view is not None:
                    _add_row(table, view, value)
                else:
                    write(value)
            sys.stdout.flush()
            progress.advance(task, len(lines))
    if table is not None:
        Console().print(table)
    if failed:
        console.print(f"{failed} line(s) could not be answered; each has an 'error' object.", style="yellow", highlight=False)
        raise SystemExit(1 if broken else 2)


def _add_row(table: Table, view: View, value: Json) -> None:
    error = value.get("error")
    cells = [value["id"], error["message"]] if error else [value["id"], *view.cells(value)]
    table.add_row(*(escape(str(cell)) for cell in cells[: len(view.columns)]))


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of up to ``size`` items."""
    held: list[Item] = []
    for item in items:
        held.append(item)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held
