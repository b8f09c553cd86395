from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml, parse_yaml, read_mapping
from cs_assist.errors import ArticleError, DataFileError


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int = 0


class Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    parts: tuple[Part, ...] = ()
    day: date | None = None


def test_a_valid_text_becomes_the_model() -> None:
    sheet = parse_yaml("name: a\nparts: [{size: 2}]\nday: 2026-11-21\n", Sheet, path="x.yaml")
    assert sheet == Sheet(name="a", parts=(Part(size=2),), day=date(2026, 11, 21))


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("nom: a\n", 1, "name"),
        ("name: a\nextra: 1\n", 2, "extra"),
        ("name: a\n# note\nparts:\n  - size: 1\n  - size: big\n", 5, "parts.1.size"),
        ("name: a\nparts:\n  - {size: 1, colour: red}\n", 3, "parts.0.colour"),
        ("name: [a]\n", 1, "name"),
        ("name: a\nday: 2026-13-40\n", 2, "day"),
        ("name: a\n# note\nname: b\n", 3, "name"),
        ("name: a\nparts:\n  - {size: 1, size: 2}\n", 3, "size"),
    ],
)
def test_a_fault_names_file_line_and_key(text: str, line: int, key: str) -> None:
    with pytest.raises(DataFileError) as caught:
        parse_yaml(text, Sheet, path="data/x.yaml")
    assert (caught.value.path, caught.value.line, caught.value.key) == (Path("data/x.yaml"), line, key)
    assert f"data/x.yaml, line {line}, key '{key}'" in str(caught.value)


def test_the_offending_value_is_shown_but_never_at_length() -> None:
    with pytest.raises(DataFileError, match=r"\(got 'bbb+'\)") as caught:
        parse_yaml(f"name: a\nparts: [{{size: {'b' * 500}}}]\n", Sheet, path="x.yaml")
    assert "b" * 60 in str(caught.value)
    assert "b" * 61 not in str(caught.value)


def test_lines_count_from_where_the_text_began_in_its_file() -> None:
    with pytest.raises(DataFileError) as caught:
        parse_yaml("name: a\nextra: 1\n", Sheet, path="x.md", first_line=10)
    assert caught.value.line == 11


def test_a_value_that_references_make_huge_is_not_written_out() -> None:
    text = (
        "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20)) + "name: *a19\n"
    )
    with pytest.raises(DataFileError) as caught:
        parse_yaml(text, Sheet, path="x.yaml")
    assert (caught.value.key, caught.value.line) == ("name", 21)


@pytest.mark.parametrize(("text", "line"), [("name: a\nday:2026-01-01\n\nmore\n", 2), ("name: a\nday: \x07\n", 2)])
def test_a_fault_is_told_where_it_was_made(text: str, line: int) -> None:
    with pytest.raises(DataFileError, match="not valid YAML") as caught:
        parse_yaml(text, Sheet, path="x.yaml")
    assert caught.value.line == line


def test_a_syntax_fault_names_its_line() -> None:
    with pytest.raises(DataFileError, match=r"x\.yaml, line 3: not valid YAML") as caught:
        parse_yaml("name: a\nparts: [\n}\n", Sheet, path="x.yaml")
    assert caught.value.line == 3


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "3", "null"])
def test_anything_but_a_mapping_is_refused(text: str) -> None:
    with pytest.raises(DataFileError, match="a mapping of keys to values was expected"):
        parse_yaml(text, Sheet, path="x.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "name: a\n---\nname: b\n",
        "? [1]\n: b",
        "name: *nobody",
        "name: \x00",
        "name: !!python/object:os.system x",
        "name: !!int x",
        "name: !!bool maybe",
        "day: !!timestamp someday",
    ],
)
def test_yaml_that_cannot_be_read_is_a_data_file_error(text: str) -> None:
    with pytest.raises(DataFileError, match="not valid YAML"):
        parse_yaml(text, Sheet, path="x.yaml")


def test_the_caller_chooses_the_class_of_the_error() -> None:
    with pytest.raises(ArticleError):
        parse_yaml("nom: a", Sheet, path="x.md", error=ArticleError)


@given(st.text(alphabet=st.sampled_from("name: ab\n-[]{}'\"#|>&*!?,%@0 \t"), max_size=60))
def test_no_text_raises_anything_but_a_data_file_error(text: str) -> None:
    try:
        sheet = parse_yaml(text, Sheet, path="x.yaml")
    except DataFileError:
        return
    assert isinstance(sheet, Sheet)


def test_a_file_is_read_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("name: größe 尺寸".encode())
    assert load_yaml(path, Sheet).name == "größe 尺寸"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"none\.yaml: cannot be read"):
        load_yaml(tmp_path / "none.yaml", Sheet)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("name: größe".encode("latin-1"))
    with pytest.raises(DataFileError, match="cannot be read"):
        load_yaml(path, Sheet)


def test_references_merged_mappings_and_keys_that_are_no_text_are_read_as_yaml_says() -> None:
    text = "a: &x {one: 1}\nb: *x\nc:\n  <<: *x\n  two: 2.5\nd: {1: yes, 2026-11-21: ~}\ne: &l [*x, no, 'no']\n"
    value = read_mapping(text, path="x.yaml").value
    assert value == {
        "a": {"one": 1}, "b": {"one": 1}, "c": {"one": 1, "two": 2.5},
        "d": {1: True, date(2026, 11, 21): None}, "e": [{"one": 1}, False, "no"],
    }  # fmt: skip


def test_references_that_would_make_a_text_huge_are_kept_as_references() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    value = read_mapping("\n".join(lines), path="x.yaml").value
    assert value["a59"][0] is value["a59"][1] is value["a58"]
