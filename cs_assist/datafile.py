"""Reading YAML data files strictly: unknown keys are refused, and an error names file, key and line."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from cs_assist.errors import DataFileError

Model = TypeVar("Model", bound=BaseModel)
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc]  # the C loader has no types
    """YAML's safe loader; an impossible date stays the text that it is, for the schema to refuse with key and line."""


def _date(loader: Any, node: yaml.ScalarNode) -> object:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date)


@dataclass(frozen=True)
class Mapping:
    """One YAML mapping with the place of each key."""

    value: dict[str, Any]
    node: yaml.Node | None
    path: Path
    first_line: int = 1

    def line_of(self, where: tuple[int | str, ...]) -> int:
        """Return the line of the deepest part of ``where`` that the mapping has."""
        return _line_of(self.node, where) + self.first_line if self.node else self.first_line

    def has(self, where: tuple[int | str, ...]) -> bool:
        """Tell whether there is anything at ``where``."""
        value: Any = self.value
        for part in where:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return False
        return bool(where)


def read_mapping(text: str, *, path: Path | str, first_line: int = 1, error: type[DataFileError] = DataFileError) -> Mapping:
    """Return ``text`` read as one YAML mapping.

    Raises:
        DataFileError: (or ``error``) It is no YAML, or no mapping, or a key stands in it twice.
    """
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()  # kept for the lines of its keys
            value = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.YAMLError as exc:
        raise error(f"not valid YAML: {_problem(exc)}", path=path, line=_fault_line(exc, text) + first_line) from exc
    except (ValueError, KeyError, AttributeError, TypeError) as exc:  # an impossible date, or a tag that does not fit
        raise error(f"not valid YAML: {exc}", path=path) from exc
    if not isinstance(value, dict):
        raise error("a mapping of keys to values was expected", path=path, line=first_line)
    if twice := _twice(node):
        key, first, second = twice
        raise error(f"the key stands in line {first + first_line} already", path=path, key=key, line=second + first_line)
    return Mapping(value, node, Path(path), first_line)


def check(
    value: dict[str, Any],
    schema: type[Model],
    sources: Sequence[Mapping],
    *,
    error: type[DataFileError] = DataFileError,
) -> Model:
    """Return ``value`` checked against ``schema``.

    Args:
        value: The mapping; where files inherit, the merged one.
        schema: The pydantic model that it must fit.
        sources: The mappings that it came from, the one that overrides first: a fault is reported at the
            first that has the key.
        error: The class to raise.

    Raises:
        DataFileError: (or ``error``) Names file, line and key of the first fault.
    """
    try:
        return schema.model_validate(value)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = tuple(first["loc"])
        there = where[:-1] if first["type"] == "missing" else where  # what lacks a key overrides what has it
        source = next((s for s in sources if s.has(there)), None)
        source = source or next((s for s in sources if where and where[0] in s.value), sources[0])
        raise error(
            f"{first['msg'].removeprefix('Value error, ')} (got {_shown(first.get('input'))!r})",
            path=source.path,
            key=".".join(str(part) for part in where),
            line=source.line_of(where),
        ) from exc


def parse_yaml(
    text: str,
    schema: type[Model],
    *,
    path: Path | str,
    first_line: int = 1,
    error: type[DataFileError] = DataFileError,
) -> Model:
    """Return ``text`` read as YAML and checked against ``schema``.

    Args:
        text: One YAML mapping.
        schema: The pydantic model that it must fit.
        path: Where the text came from, for error messages.
        first_line: The number of the text's first line in that file (front matter does not start at 1).
        error: The class to raise.

    Raises:
        DataFileError: (or ``error``) The text is no YAML mapping or breaks the schema; the message
            names the file, the line and the key of the first fault.
    """
    mapping = read_mapping(text, path=path, first_line=first_line, error=error)
    return check(mapping.value, schema, [mapping], error=error)


def read_text(path: Path) -> str:
    """Return the text of a data file.

    Raises:
        DataFileError: It cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise DataFileError(f"cannot be read: {exc}", path=path) from exc


def load_yaml(path: Path, schema: type[Model]) -> Model:
    """Return the YAML file at ``path`` checked against ``schema``.

    Raises:
        DataFileError: The file cannot be read, is no YAML, or breaks the schema.
    """
    return parse_yaml(read_text(path), schema, path=path)


def _shown(value: object) -> str:
    """Return a value cut short; a container is not written out first, because references make small files huge."""
    return (reprlib.repr(value) if isinstance(value, dict | list | tuple) else str(value))[:60]


def _problem(exc: yaml.YAMLError) -> str:
    return str(getattr(exc, "problem", None) or getattr(exc, "reason", None) or exc)


def _fault_line(exc: yaml.YAMLError, text: str) -> int:
    """Return the zero-based line of a fault; where a colon is missing, that of the key and not of what follows."""
    mark = getattr(exc, "problem_mark", None)
    if mark and "expected ':'" in _problem(exc):
        mark = getattr(exc, "context_mark", None) or mark
    return int(mark.line) if mark else text.count("\n", 0, getattr(exc, "position", 0) or 0)


def _twice(node: yaml.Node | None) -> tuple[str, int, int] | None:
    """Return the first key that a mapping has twice, and its zero-based lines; YAML would silently take the second."""
    todo, done = [node], set()
    while todo:
        item = todo.pop()
        if id(item) in done:
            continue  # a reference to what was looked at
        done.add(id(item))
        if isinstance(item, yaml.SequenceNode):
            todo += item.value
        elif isinstance(item, yaml.MappingNode):
            seen: dict[object, int] = {}
            for key, value in item.value:
                name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else id(key)
                if name in seen:
                    return str(key.value), seen[name], key.start_mark.line
                seen[name] = key.start_mark.line
                todo.append(value)
    return None


def _line_of(node: yaml.Node, where: tuple[int | str, ...]) -> int:
    """Return the zero-based line of the deepest part of ``where`` that the YAML tree still has."""
    line = node.start_mark.line
    for part in where:
        child = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, child = key.start_mark.line, value
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = node.value[part]
            line = child.start_mark.line
        if child is None:
            break
        node = child
    return int(line)
