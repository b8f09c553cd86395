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


_TAG = "tag:yaml.org,2002:"
_TEXT, _LIST, _MAPPING = f"{_TAG}str", f"{_TAG}seq", f"{_TAG}map"
_SIMPLE = frozenset(_TAG + name for name in ("int", "float", "bool", "null", "timestamp"))


class _Loader(_Safe):  # type: ignore[misc]  # the C loader has no types
    """YAML's safe loader; an impossible date stays the text that it is, for the schema to refuse with key and line."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: tuple[bool, bool]) -> str:
        """Return the tag of a node without one: PyYAML's rule, without the rules by path that nobody uses."""
        if kind is not yaml.ScalarNode:
            return _LIST if kind is yaml.SequenceNode else _MAPPING
        if implicit[0]:
            for tag, pattern in self.yaml_implicit_resolvers.get(value[:1] if value else "", ()):
                if pattern.match(value):
                    return str(tag)
        return _TEXT


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
            value, twice = _constructed(loader, node) if node is not None else (None, None)
        finally:
            loader.dispose()
    except yaml.YAMLError as exc:
        raise error(f"not valid YAML: {_problem(exc)}", path=path, line=_fault_line(exc, text) + first_line) from exc
    except (ValueError, KeyError, AttributeError, TypeError) as exc:  # an impossible date, or a tag that does not fit
        raise error(f"not valid YAML: {exc}", path=path) from exc
    if not isinstance(value, dict):
        raise error("a mapping of keys to values was expected", path=path, line=first_line)
    if twice:
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


class _Unusual(Exception):
    """What :func:`_plain` leaves to PyYAML."""


def _constructed(loader: Any, node: yaml.Node) -> tuple[Any, tuple[str, int, int] | None]:
    """Return what a tree of nodes stands for, and the first key that stands in one of its mappings twice, if any.

    PyYAML builds values by way of generators, for the sake of classes that our data has none of: four times the work.
    """
    try:
        return _plain(loader, node, {}), None
    except (_Unusual, RecursionError):
        return loader.construct_document(node), _twice(node)


def _plain(loader: Any, node: yaml.Node, done: dict[int, Any]) -> Any:
    """Return what a node stands for, where it is made of plain values and mappings of different texts.

    Args:
        loader: Knows how numbers and dates are written.
        node: The node.
        done: What the containers stand for that were begun, for references to them; it gets this one.
    """
    tag = node.tag
    if tag == _TEXT and type(node) is yaml.ScalarNode:
        return node.value
    if tag in _SIMPLE and type(node) is yaml.ScalarNode:
        return loader.construct_object(node)
    if id(node) in done:
        return done[id(node)]
    if tag == _LIST and type(node) is yaml.SequenceNode:
        items = done[id(node)] = []
        items += [_plain(loader, item, done) for item in node.value]
        return items
    if tag != _MAPPING or type(node) is not yaml.MappingNode:
        raise _Unusual
    found: dict[str, Any] = {}
    done[id(node)] = found
    for key, value in node.value:
        if key.tag != _TEXT or type(key) is not yaml.ScalarNode or key.value in found:
            raise _Unusual
        found[key.value] = _plain(loader, value, done)
    return found


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
