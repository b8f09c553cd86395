from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cs_assist.cli import lines as module
from cs_assist.cli.lines import Json, Line, batched, error_line, explain, read_lines
from cs_assist.errors import CsAssistError, MessageError, StoreError
from cs_assist.types import Message, without_surrogates

from .conftest import COMMAND, Run


def write(folder: Path, content: bytes) -> Path:
    path = folder / "lines.jsonl"
    path.write_bytes(content)
    return path


def test_lines_come_with_their_numbers_and_empty_ones_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, b'\xef\xbb\xbf{"id": "a"}\r\n\n   \n{"text": "b"}')
    assert [(line.number, line.id, line.error) for line in read_lines(path)] == [(1, "a", None), (4, 4, None)]


@pytest.mark.parametrize("value", [0, -1, 1.5, "", "x", True, None, [1, {"a": 2}], {"a": None}])
def test_an_id_of_any_kind_is_the_lines_id(tmp_path: Path, value: Any) -> None:
    (line,) = read_lines(write(tmp_path, json.dumps({"id": value}).encode()))
    assert line.id == value
    assert type(line.id) is type(value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"id": 1, "text": "\xff"}', "line 2 is not UTF-8"),
        (b'{"id": 1', "line 2 is not JSON"),
        (b"hello", "line 2 is not JSON"),
        (b"[" * 100_000, "line 2 is not JSON"),
        (b"[1, 2]", "line 2 is an array, an object was expected"),
        (b'"text"', "line 2 is a string, an object was expected"),
        (b"null", "line 2 is null, an object was expected"),
        (b"true", "line 2 is a boolean, an object was expected"),
        (b"-1.5", "line 2 is a number, an object was expected"),
        (b'{"id": ' + b"9" * 5000 + b"}", "line 2 is not JSON"),
    ],
)
def test_a_bad_line_has_an_error_and_the_next_one_is_read(tmp_path: Path, raw: bytes, said: str) -> None:
    first, bad, last = read_lines(write(tmp_path, b'{"id": 1}\n' + raw + b'\n{"id": 3}\n'))
    assert (first.id, last.id) == (1, 3)
    assert bad.error is not None
    assert said in str(bad.error)
    assert (bad.id, bad.value) == (2, {})


def test_of_a_file_of_any_size_no_line_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 16)
    written = [{"text": "é" * size} for size in (*range(40), 500, 0, 1)]
    path = write(tmp_path, "\n\n".join(json.dumps(value, ensure_ascii=False) for value in written).encode())
    assert [(line.number, line.value) for line in read_lines(path)] == [(2 * n + 1, value) for n, value in enumerate(written)]


class Talk:
    """A pipe whose writer says the next thing only when it has been answered."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.buffer = self

    def read1(self, _size: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


def test_who_waits_for_an_answer_gets_it_before_the_next_line(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Talk(b'{"n": 1}\n', b'{"n": 2}\n{"n": 3}\n{"n"', b": 4}\n\n", b'{"n": 5}')
    monkeypatch.setattr(sys, "stdin", talk)
    seen = [([line.value["n"] for line in lines], len(talk.pieces)) for lines in module.read_batches(None, 8)]
    assert seen == [([1], 3), ([2, 3], 2), ([4], 1), ([5], 0)]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_lines_that_came_together_are_answered_together(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(sys, "stdin", Talk(b'{"n": 1}\n' * 5))
    assert [len(lines) for lines in module.read_batches(Path("-"), size)] == [len(part) for part in batched(range(5), size)]


def test_a_program_may_speak_and_listen_by_turns(work: Path) -> None:
    with subprocess.Popen(
        [str(COMMAND), "mask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=work
    ) as talk:
        assert talk.stdin is not None
        assert talk.stdout is not None
        for name in ("ada@mail.example", "kate@mail.example"):
            talk.stdin.write(json.dumps({"id": name, "text": f"Write to {name}"}).encode() + b"\n")
            talk.stdin.flush()
            assert json.loads(talk.stdout.readline())["id"] == name  # the command still waits for more


@pytest.mark.parametrize("name", ["none.jsonl", "."])
def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(MessageError, match="cannot be read") as caught:
        list(read_lines(tmp_path / name))
    assert str(tmp_path / name) in str(caught.value)


def test_an_error_object_has_the_lines_id_and_number() -> None:
    problem = error_line(Line(7, {"id": [1]}), MessageError("no text.", hint="Give one."))
    assert problem == {"id": [1], "error": {"code": "message.invalid", "message": "no text.", "hint": "Give one.", "line": 7}}


def test_an_explanation_names_the_key_and_what_was_given() -> None:
    with pytest.raises(ValidationError) as caught:
        Message.model_validate({"id": "1", "history": [{"role": "robot", "text": "x"}]})
    explained = str(explain(caught.value))
    assert "key 'history.0.role'" in explained
    assert '(got "robot")' in explained


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"history": [{"role": "customer"}]}, 'key \'history.0.text\': Field required (got {"role": "customer"})'),
        ({"history": {"a": None}}, "key 'history': Input should be a list (got {\"a\": null})"),
        ({"customer": True}, "key 'customer': Input should be an object (got true)"),
        ({"received_at": "1850-01-01T00:00:00Z"}, "key 'received_at': a moment between the years"),
        ({"text": date(2026, 11, 23)}, "key 'text': Input should be a valid string (got \"2026-11-23\")"),
    ],
)
def test_an_explanation_speaks_of_json(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Message.model_validate({"id": "1", **fields})
    assert told in str(explain(caught.value))


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (4, [2, 2]), (5, [2, 2, 1])])
def test_items_come_in_lists_of_the_size_and_a_rest(count: int, sizes: list[int]) -> None:
    lists = list(batched(range(count), 2))
    assert [len(items) for items in lists] == sizes
    assert [item for items in lists for item in items] == list(range(count))


def answer(lines: Sequence[Line]) -> list[Json | CsAssistError]:
    return [MessageError("odd.") if line.value["n"] % 2 else {"id": line.id, "n": line.value["n"]} for line in lines]


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_answers_and_errors_keep_the_order_of_the_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str], batch: int) -> None:
    path = write(tmp_path, b'{"id": "a", "n": 0}\nnonsense\n{"id": "b", "n": 1}\n{"id": "c", "n": 2}\n')
    with pytest.raises(SystemExit) as caught:
        module.run(path, answer, batch=batch, what="lines")
    assert caught.value.code == 2
    out = capsys.readouterr()
    assert [("error" in o, o["id"]) for o in map(json.loads, out.out.splitlines())] == [
        (False, "a"), (True, 2), (True, "b"), (False, "c"),
    ]  # fmt: skip
    assert "2 line(s) could not be answered" in out.err


def test_good_lines_end_without_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module.run(write(tmp_path, b'{"n": 2}\n'), answer, batch=8, what="lines")
    assert json.loads(capsys.readouterr().out) == {"id": 1, "n": 2}


@pytest.mark.parametrize("raw", [b'{"id": "\\ud800", "n": 2}', b'{"id": "\xf0\x9f\x98\xa1 \xe6\x97\xa5", "n": 2}'])
def test_any_text_can_be_printed(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], raw: bytes) -> None:
    module.run(write(tmp_path, raw), answer, batch=8, what="lines")
    sys.stdout.flush()
    printed = capsysbinary.readouterr().out.decode("utf-8")
    assert json.loads(printed) == {key: without_surrogates(v) if key == "id" else v for key, v in json.loads(raw).items()}


def test_what_utf_8_cannot_say_is_written_as_jsons_escape(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    module.write({"file": "in\udcff"})  # a name that is no UTF-8, as Python reads it
    sys.stdout.flush()
    assert json.loads(capsysbinary.readouterr().out.decode("utf-8")) == {"file": "in\udcff"}


@pytest.mark.parametrize("number", [b"1e999", b"NaN", b"-Infinity"])
def test_what_is_printed_is_always_json(tmp_path: Path, capsys: pytest.CaptureFixture[str], number: bytes) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    with suppress(SystemExit):  # refusing the line is as good
        module.run(write(tmp_path, b'{"id": ' + number + b', "n": 2}'), answer, batch=8, what="lines")
    json.loads(capsys.readouterr().out, parse_constant=refuse)


HELPED = [("triage",), ("reply",), ("converse",), ("kb", "build"), ("kb", "search"), ("markets",), ("doctor",)]


@pytest.mark.parametrize("command", HELPED, ids=" ".join)
def test_every_commands_help_shows_an_example_of_it(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.code == 0
    example = " ".join(done.out.split("Example:")[1].split())
    assert f"cs-assist {' '.join(command)}" in example


@pytest.mark.parametrize(("arguments", "said"), [(("nosuch",), "No such command"), (("reply", "x.jsonl"), "--index")])
def test_a_wrong_command_line_says_what_is_wrong(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert said in done.err


def test_at_a_terminal_a_table_is_shown_and_errors_stand_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    view = module.View(("id", "n"), lambda value: (value["n"],))
    with pytest.raises(SystemExit):
        module.run(write(tmp_path, b'{"id": "[a]", "n": 42}\nnot json\n'), answer, batch=8, what="lines", view=view)
    shown = capsys.readouterr().out
    assert "[a]" in shown
    assert "42" in shown
    assert "is not JSON" in shown
    assert '{"id"' not in shown


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([None, None], 0),
        ([None, MessageError("a wrong key.")], 2),
        ([StoreError("the disk has gone."), None], 1),
        ([MessageError("a wrong key."), StoreError("the disk has gone.")], 1),
    ],
)
def test_the_exit_code_tells_a_wrong_line_from_a_store_that_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], errors: list[CsAssistError | None], code: int
) -> None:
    def answer(lines: Sequence[Line]) -> list[Json | CsAssistError]:
        return [error or {"id": line.id} for line, error in zip(lines, errors, strict=True)]

    try:
        module.run(write(tmp_path, b'{"id": 1}\n{"id": 2}\n'), answer, batch=8, what="messages")
        ended: object = 0
    except SystemExit as exc:
        ended = exc.code
    assert ended == code
    assert [("error" in json.loads(line)) for line in capsys.readouterr().out.splitlines()] == [bool(error) for error in errors]
