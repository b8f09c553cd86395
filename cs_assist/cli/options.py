"""Options that several commands share, and what is checked of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cs_assist.errors import MessageError
from cs_assist.labels import canonical_tag

Source = Annotated[
    Path | None, typer.Argument(help="File with JSON Lines; standard input by default, and as '-'.", show_default=False)
]
Index = Annotated[Path, typer.Option("--index", help="Folder of a knowledge index (cs-assist kb build).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON Lines also where a terminal is attached.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def known_language(tag: str) -> str:
    """Return a language's tag in its usual letters, before anything is paid for.

    Raises:
        MessageError: There is no such language.
    """
    from babel import Locale

    canonical = canonical_tag(tag)
    if canonical.partition("-")[0] not in Locale("en").languages:
        raise MessageError(f"'{tag}' is no language's tag.", hint="Give a BCP 47 tag, such as en, pt-BR or zh-Hant.")
    return canonical


def check_apart(articles: Path, index: Path) -> None:
    """Refuse an index that would lie among the articles: its files would be read as articles the next time.

    Raises:
        MessageError: It would.
    """
    if index.resolve().is_relative_to(articles.resolve()):
        raise MessageError(
            f"the index '{index}' would lie within the articles' folder '{articles}', and be read as articles.",
            hint="Name a folder beside it.",
        )


def sqlite_url(state: Path, *, there: bool = True) -> str:
    """Return the database URL of a store's SQLite file.

    Args:
        state: The file.
        there: It must be there already, and hold something: an empty file is no store.

    Raises:
        MessageError: There is none, or the name cannot stand in a database URL.
    """
    if there and not (state.is_file() and state.stat().st_size):
        raise MessageError(f"there is no store in '{state}'.", hint="Name the SQLite file, such as state.db in state_dir.")
    if state.is_dir() or "?" in str(state):
        what = "is a folder" if state.is_dir() else "has a question mark in its name, which ends a database URL"
        raise MessageError(f"'{state}' {what}.", hint="Name a SQLite file, such as state.db.")
    return f"sqlite:///{state}"
