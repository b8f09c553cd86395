"""Prompts are Markdown files with a strict YAML header, shipped or the seller's own.

A file has a header between two lines ``---``, then the sections ``# System`` and ``# User``. ``{{name}}`` stands for a
variable; there is no other logic. A variable is ``data`` (what customers, articles and orders say: it goes into the
user's part only, between fences that it cannot contain) or a ``term`` (what the library itself says: a language's name,
a style). Where there is data, ``{{fence}}`` stands for the name of its fences and must be told to the model.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cs_assist.datafile import check, read_mapping, read_text
from cs_assist.errors import PromptError
from cs_assist.llm import schemas
from cs_assist.llm.tokens import Trimmed, fit
from cs_assist.types import Record

Role = Literal["system", "user"]
Kind = Literal["data", "term"]
FENCE = "fence"
LONGEST_TERM = 2000
#: Of a pair of fences, measured: at most 28.
_FENCE_TOKENS = 32
_PLACE = re.compile(r"\{\{(.*?)\}\}", re.S)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FILE = re.compile(r"---\n(?P<head>.*?\n)---\n+# System\n(?P<system>.*?)\n# User\n(?P<user>.*)", re.S)


def _shipped() -> Path:
    """Return the folder of the shipped prompts: inside the package where it was built, beside it in a checkout."""
    package = Path(__file__).parents[1]
    return next((place for place in (package / "prompts", package.parent / "prompts") if place.is_dir()), package / "prompts")


#: The folder of the shipped prompts.
SHIPPED = _shipped()


class Header(Record):
    """The header of a prompt's file.

    ``tokens`` estimates the file's own text without variables, ``limit`` is what the whole prompt may have: what can
    be trimmed is trimmed to it. Both are counted as by o200k, whatever the model. ``schema`` names a class in
    ``llm/schemas.py``.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    version: Annotated[int, Field(ge=1)]
    output: Annotated[str, Field(alias="schema")]
    tokens: Annotated[int, Field(ge=1)]
    limit: Annotated[int, Field(ge=1)]
    variables: dict[str, Kind]


@dataclass(frozen=True)
class Prompt:
    """One prompt: what it asks, what it needs, and what it answers with (``schema`` names a class in llm/schemas.py).

    Example:
        >>> prompt = load_prompt("translate")
        >>> prompt.schema, prompt.variables["text"]
        ('Translation', 'data')
    """

    id: str
    version: int
    variables: Mapping[str, Kind]
    schema: str
    tokens: int
    limit: int
    system: str
    user: str
    path: Path

    def render(self, variables: Mapping[str, str | Trimmed]) -> list[tuple[Role, str]]:
        """Return the messages, with every variable put in and data between fences.

        Raises:
            PromptError: Other variables were given than the header names, or a term is too long or holds a fence.
            ModelError: (kind ``too_long``) What may not be trimmed is over the limit.
        """
        self._check(variables)
        values = self._fitted(variables)
        fence = self._fence(values)
        rendered = {name: self._value(name, text, fence) for name, text in values.items()} | {FENCE: fence}
        put = {"system": self.system, "user": self.user}
        return [(role, _PLACE.sub(lambda found: rendered[found[1]], put[role])) for role in ("system", "user")]

    def _check(self, variables: Mapping[str, str | Trimmed]) -> None:
        missing, extra = sorted(self.variables.keys() - variables.keys()), sorted(variables.keys() - self.variables.keys())
        if missing or extra:
            fault = f"needs the variable '{missing[0]}'" if missing else f"knows no variable '{extra[0]}'"
            raise PromptError(
                f"the prompt {fault}.", path=self.path, key="variables", hint=f"It has: {', '.join(self.variables)}."
            )

    def _fitted(self, variables: Mapping[str, str | Trimmed]) -> dict[str, str]:
        """Return the variables as texts, trimmed so that the whole keeps the limit."""
        fences = _FENCE_TOKENS * list(self.variables.values()).count("data")
        return fit(variables, self.limit - self.tokens - fences, what=f"prompt '{self.id}'")

    def _fence(self, values: Mapping[str, str]) -> str:
        """Return a name for the fences, made of what they hold and found nowhere in it."""
        data = "\0".join(values[name] for name, kind in self.variables.items() if kind == "data")
        everything = "\0".join([self.id, str(self.version), *values.values()])
        for turn in range(1000):
            name = "data-" + hashlib.sha256(f"{turn}\0{everything}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
            if name not in data:
                return name
        raise PromptError("no fence can be made that the data do not hold", path=self.path)  # pragma: no cover

    def _value(self, name: str, text: str, fence: str) -> str:
        if self.variables[name] == "data":
            return f"<{fence} {name}>\n{text}\n</{fence}>"
        if len(text) > LONGEST_TERM or "<data-" in text:
            raise PromptError(f"the term '{name}' is longer than {LONGEST_TERM} characters or holds a fence.", path=self.path)
        return text


@lru_cache(maxsize=64)
def load_prompt(prompt_id: str, directory: Path | None = None) -> Prompt:
    """Return a prompt: the seller's in ``directory`` where there is one of that id, else the shipped one.

    Raises:
        PromptError: There is none of that id, or its file is wrong; names file, line and key. A seller's prompt
            must take the same variables and answer with the same schema as the shipped one of its id.
    """
    shipped, own = SHIPPED / f"{prompt_id}.md", directory / f"{prompt_id}.md" if directory else None
    if own is None or not own.is_file():
        if not _NAME.fullmatch(prompt_id) or not shipped.is_file():
            known = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.md")))
            raise PromptError(f"there is no prompt '{prompt_id}'; there are {known}.", path=own or shipped)
        return read_prompt(shipped)
    prompt = read_prompt(own)
    if shipped.is_file():
        known_prompt = read_prompt(shipped)
        if (prompt.variables, prompt.schema) != (known_prompt.variables, known_prompt.schema):
            told = ", ".join(f"{name}: {kind}" for name, kind in known_prompt.variables.items())
            raise PromptError(
                "variables or schema differ from the shipped prompt of this id.",
                path=own,
                key="variables",
                hint=f"It needs schema {known_prompt.schema} and the variables {told}.",
            )
    return prompt


def read_prompt(path: Path) -> Prompt:
    """Return the prompt in one file.

    Raises:
        PromptError: The file is wrong; names file, line and key.
    """
    text = read_text(path).replace("\r\n", "\n").removeprefix("\ufeff")
    parts = _FILE.fullmatch(text)
    if parts is None:
        raise PromptError("a header between two lines '---', then '# System' and '# User' were expected", path=path, line=1)
    mapping = read_mapping(parts["head"], path=path, first_line=2, error=PromptError)
    header = check(mapping.value, Header, [mapping], error=PromptError)
    if header.id != path.stem:
        raise PromptError(f"the id '{header.id}' is not the file's name", path=path, key="id", line=mapping.line_of(("id",)))
    if not isinstance(known := getattr(schemas, header.output, None), type) or not issubclass(known, schemas.Schema):
        raise PromptError(f"there is no schema '{header.output}'", path=path, key="schema", line=mapping.line_of(("schema",)))
    _check_places(text, header, parts.start("system"), parts.start("user"), path)
    return Prompt(
        id=header.id,
        version=header.version,
        variables=header.variables,
        schema=header.output,
        tokens=header.tokens,
        limit=header.limit,
        system=parts["system"].strip(),
        user=parts["user"].strip(),
        path=path,
    )


def _check_places(text: str, header: Header, system: int, user: int, path: Path) -> None:
    """Refuse a place without a variable, a variable without a place, and data in the system's part."""
    used = set()
    for found in _PLACE.finditer(text, system):
        name, line = found[1], text.count("\n", 0, found.start()) + 1
        if name != FENCE and name not in header.variables:
            raise PromptError(f"the header declares no variable '{name}'", path=path, key="variables", line=line)
        if name == FENCE or header.variables[name] == "data":
            if found.start() < user:
                raise PromptError(f"'{name}' may stand in the user's part only", path=path, key=name, line=line)
            if name in used and name != FENCE:
                raise PromptError(f"the data '{name}' stand in it twice", path=path, key=name, line=line)
        used.add(name)
    needed = [*header.variables, *([FENCE] if "data" in header.variables.values() else [])]
    if unused := [name for name in needed if name not in used]:
        raise PromptError(f"the variable '{unused[0]}' stands nowhere in the text", path=path, key="variables")
    bad = next((name for name in header.variables if not _NAME.fullmatch(name) or name == FENCE), None)
    if bad is not None:
        raise PromptError(f"'{bad}' is no name for a variable", path=path, key="variables")
