"""Reading YAML data files strictly: unknown keys are refused, and an error names file, key and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from cs_assist.errors import DataFileError

Model = TypeVar("Model", bound=BaseModel)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    try:
        node = yaml.compose(text, Loader=_Loader)
        value = yaml.load(text, Loader=_Loader)  # a safe loader, chosen above
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = mark.line + first_line if mark else None
        raise error(f"not valid YAML: {getattr(exc, 'problem', exc)}", path=path, line=line) from exc
    except ValueError as exc:  # an impossible date such as 2026-13-40
        raise error(f"not valid YAML: {exc}", path=path) from exc
    if not isinstance(value, dict):
        raise error("a mapping of keys to values was expected", path=path, line=first_line)
    try:
        return schema.model_validate(value)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = tuple(first["loc"])
        line = _line_of(node, where)
        raise error(
            f"{first['msg']} (got {str(first.get('input'))[:60]!r})",
            path=path,
            key=".".join(str(part) for part in where),
            line=line + first_line if line is not None else first_line,
        ) from exc


def load_yaml(path: Path, schema: type[Model]) -> Model:
    """Return the YAML file at ``path`` checked against ``schema``.

    Raises:
        DataFileError: The file cannot be read, is no YAML, or breaks the schema.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise DataFileError(f"cannot be read: {exc}", path=path) from exc
    return parse_yaml(text, schema, path=path)


def _line_of(node: yaml.Node | None, where: tuple[int | str, ...]) -> int | None:
    """Return the zero-based line of the deepest part of ``where`` that the YAML tree still has."""
    if node is None:
        return None
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
