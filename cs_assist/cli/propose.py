"""``cs-assist kb localise`` and ``kb gaps --propose``: articles that a model proposes and a person approves."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track

from cs_assist.cli import options
from cs_assist.cli.lines import Json, write
from cs_assist.cli.model import settings_model
from cs_assist.errors import ArticleError, CsAssistError, ModelError

if TYPE_CHECKING:
    from cs_assist.knowledge.articles import Article
    from cs_assist.knowledge.gaps import Gap
    from cs_assist.knowledge.propose import Proposal
    from cs_assist.knowledge.search import KnowledgeBase

#: Passages that an answer to a gap may rest on.
_PASSAGES = 5


def localise(
    articles: Annotated[Path, typer.Argument(metavar="SRC", help="Folder of articles.")],
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of the articles to put into the other language.")],
    into: Annotated[str, typer.Option("--into", help="Language wanted, such as de.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the proposals.")],
    market: Annotated[str, typer.Option(help="Market that the variant is written for.")] = "any",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON Lines also where a terminal is attached.")] = False,
    debug: options.Debug = False,
) -> None:
    r"""Propose articles in another language, with the settings' language model; nothing is ever approved by it.

    Each becomes a file with `approved: false`, and beside it one that says whether numbers, dates, codes, links and names are
    those of the original. One output line an article: {id, path, status, differences, unknown} or {id, error}.

    Example: cs-assist kb localise kb_index/articles returns-us --into fr --out proposals
    """
    from cs_assist.cli.kb import print_report
    from cs_assist.knowledge.articles import load_articles
    from cs_assist.parts import open_proposer

    _check_folder(out)
    into = options.known_language(into)
    proposer = open_proposer(*settings_model())
    loaded = load_articles(articles)
    print_report(loaded, Console(stderr=True))
    known = {article.head.id: article for article in loaded.articles}
    if missing := [name for name in ids if name not in known]:
        raise ArticleError(f"no article has the id '{missing[0]}'", path=articles, hint=_near(missing[0], known.values()))

    def made() -> Iterator[tuple[str, Proposal | CsAssistError]]:
        for name in ids:
            try:
                yield name, proposer.localise(known[name], into=into, market=market)
            except (ModelError, ArticleError) as exc:
                yield name, exc

    lines = write_all(made(), out, total=len(ids))
    for line in lines:
        if as_json or not sys.stdout.isatty():
            write(line)
        else:
            print(told(line))
    if any("error" in line for line in lines):
        raise typer.Exit(2)


def fill_gaps(gaps: Sequence[Gap], base: KnowledgeBase, folder: Path, *, language: str) -> list[Json]:
    """Write a proposed article for each gap, from the passages nearest to its questions; return a line about each.

    Raises:
        SettingsError: No language model is set.
    """
    from cs_assist.parts import open_proposer

    _check_folder(folder)
    proposer = open_proposer(*settings_model())

    def made() -> Iterator[tuple[str, Proposal | CsAssistError]]:
        for number, gap in enumerate(gaps, start=1):
            asked = gap.examples[0]
            found = base(asked.message, asked.triage, on=asked.on, k=_PASSAGES).passages
            category = gap.nearest.category if gap.nearest else asked.triage.intent
            try:
                yield f"gap-{number}", proposer.fill(gap, found, language=language, category=category)
            except ModelError as exc:
                yield f"gap-{number}", exc

    return write_all(made(), folder, total=len(gaps))


def write_all(made: Iterable[tuple[str, Proposal | CsAssistError]], folder: Path, *, total: int) -> list[Json]:
    """Write proposals as they come, and return one line about each: where it lies, or why there is none."""
    from cs_assist.knowledge.propose import write_proposal

    lines: list[Json] = []
    console = Console(stderr=True)
    for name, one in track(made, "articles", total=total, console=console, transient=True, disable=not console.is_terminal):
        try:
            if isinstance(one, CsAssistError):
                raise one
            path = write_proposal(one, folder)
        except CsAssistError as exc:
            lines.append({"id": name, "error": {"code": exc.code, "message": exc.message, "hint": exc.hint}})
            continue
        told = {"status": one.status, "differences": list(one.differences), "unknown": list(one.unknown)}
        lines.append({"id": name, "path": str(path), **told})
    return lines


def _check_folder(folder: Path) -> None:
    """Refuse what is no folder before a model is asked.

    Raises:
        ArticleError: It is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ArticleError("is no folder that proposals could be written to", path=folder, hint="Name a new folder.")


def _near(name: str, articles: Iterable[Article]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [article.head.id for article in articles], n=3)
    return f"Did you mean {', '.join(near)}?" if near else "cs-assist kb check lists what is wrong with the folder."


def told(line: Json) -> str:
    """Return what a person at a terminal reads of one article."""
    if "error" in line:
        return f"{line['id']}: {line['error']['message']}"
    return "\n".join([f"{line['id']} → {line['path']} ({line['status']})", *(f"    {each}" for each in line["differences"])])
