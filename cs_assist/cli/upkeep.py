"""``cs-assist kb sync``, ``kb check`` and ``kb gaps``: keeping articles and index fresh."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from cs_assist.cli import options, propose
from cs_assist.cli.lines import STDIN, Json, read_lines, write
from cs_assist.cli.records import to_day, to_message, to_moment
from cs_assist.errors import CsAssistError, MessageError

if TYPE_CHECKING:
    from cs_assist.knowledge.articles import Article, Loaded
    from cs_assist.knowledge.contradictions import Contradiction, Statement
    from cs_assist.knowledge.freshness import Ending, Freshness
    from cs_assist.knowledge.gaps import Asked, Gaps
    from cs_assist.types import Message

Articles = Annotated[Path, typer.Argument(metavar="SRC", help="Folder of articles, in any of the kinds that are read.")]
Print = Annotated[bool, typer.Option("--json", help="Print the report as JSON also where a terminal is attached.")]
#: What was done with a message that leaves no question open.
_SETTLED = {"reply", "ask", "ignore"}
_ANSWERS = "Give the output of cs-assist reply."


def sync(
    articles: Articles,
    index: options.Index,
    strict: Annotated[bool, typer.Option("--strict", help="Change nothing when an article is rejected.")] = False,
    as_json: Print = False,
    debug: options.Debug = False,
) -> None:
    r"""Bring the index up to date with a folder of articles, and say what was added, changed and removed.

    Only texts that the index does not have are encoded. The old index answers until the new one is whole; where nothing
    changed, nothing is written. An article that is rejected is taken out of the index, because what it said before
    may no longer hold.

    Example: cs-assist kb sync kb_index/articles --index kb_index/index
    """
    from cs_assist.config import load_settings
    from cs_assist.encoder.choose import open_encoder
    from cs_assist.knowledge.sync import sync_index

    console = Console(stderr=True)
    options.check_apart(articles, index)
    loaded = _load(articles, console)
    if strict and loaded.problems:
        console.print(f"{len(loaded.problems)} article(s) rejected; the index was left as it is (--strict).", style="red")
        raise typer.Exit(2)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("passages", total=None)
        done = sync_index(
            loaded.articles, index, open_encoder(load_settings()), now=datetime.now(UTC),
            progress=lambda made, total: progress.update(task, completed=made, total=total),
        )  # fmt: skip
    changes = done.changes
    summary = {
        "index": str(index),
        "added": list(changes.added),
        "changed": list(changes.changed),
        "removed": list(changes.removed),
        "unchanged": list(changes.unchanged),
        "rejected": len(loaded.problems),
        "passages": done.passages,
        "encoded": done.encoded,
        "kept": done.kept,
        "written": done.written,
    }
    _show(summary, as_json, lambda out: _print_sync(summary, out))


def check(
    articles: Articles,
    index: Annotated[Path | None, typer.Option("--index", help="Compare with this index, and use its vectors.")] = None,
    now: Annotated[str | None, typer.Option("--now", metavar="ISO", help="The report's clock; by default the real one.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when something has to be mended.")] = False,
    as_json: Print = False,
    debug: options.Debug = False,
) -> None:
    r"""Report articles that have run out, are due for review, contradict each other, or wait to be indexed.

    With `--strict` the exit code is 1 where an article was rejected, has run out and nothing replaces it, is due for
    review, contradicts another, or has waited for the index for more than 24 hours.

    Example: cs-assist kb check kb_index/articles --now 2026-11-21T12:00:00Z
    """
    from cs_assist.config import load_settings
    from cs_assist.encoder.choose import open_encoder
    from cs_assist.knowledge.chunks import chunk_article
    from cs_assist.knowledge.contradictions import find_contradictions
    from cs_assist.knowledge.freshness import check_freshness
    from cs_assist.knowledge.index import PassageIndex
    from cs_assist.knowledge.sync import vectors_for

    clock = to_moment(now) if now else datetime.now(UTC)
    loaded = _load(articles, Console(stderr=True))
    encoder = open_encoder(load_settings())
    built = PassageIndex.load(index, encoder=encoder.revision) if index else None
    fresh = check_freshness(loaded.articles, now=clock, index=built)
    chunks = [chunk for article in loaded.articles for chunk in chunk_article(article, encoder.count_tokens)]
    vectors = vectors_for(chunks, built, encoder)
    clashes = find_contradictions(chunks, vectors, encoder, on=clock.astimezone(UTC).date())
    report = {
        "now": clock.isoformat(),
        "articles": len(loaded.articles),
        "rejected": len(loaded.problems),
        **_freshness_object(fresh),
        "contradictions": [_contradiction_object(clash) for clash in clashes],
    }
    _show(report, as_json, lambda out: _print_check(report, out))
    wrong = (
        loaded.problems
        or any(ending.replaced_by is None for ending in fresh.expired)
        or fresh.review_due
        or any(waiting.late for waiting in fresh.waiting)
        or not all(clash.exception for clash in clashes)
    )
    if strict and wrong:
        raise typer.Exit(1)


def gaps(
    index: options.Index,
    source: options.Source = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Output of cs-assist reply for the same lines; joined by id.")
    ] = None,
    at_least: Annotated[int, typer.Option("--at-least", min=1, help="Messages from which a question is reported.")] = 3,
    proposals: Annotated[
        Path | None,
        typer.Option("--propose", help="Folder in which a language model proposes an article for each question."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Language of the proposals; by default the agents' language.")
    ] = None,
    as_json: Print = False,
    debug: options.Debug = False,
) -> None:
    r"""Report the questions that customers ask, in any language, and no article answers.

    Input line: {id, text, market?, platform?, language?, date?, action?}

    Lines with the action `reply`, `ask` or `ignore` are settled and passed over; those with `draft`, `handover` or
    none are read. The action may come from `--answers` instead. Messages that an article answers by now, as surely as a
    reply needs, are counted and left out.

    With `--propose` a language model writes an article for each question from the passages nearest to it, with `[…]` for what
    they do not say; each waits, unapproved, for a person.

    Example: cs-assist kb gaps examples/inbox.jsonl --index kb_index/index
    """
    from cs_assist.config import load_settings
    from cs_assist.encoder.choose import open_encoder
    from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
    from cs_assist.knowledge.gaps import Asked, find_gaps
    from cs_assist.knowledge.search import open_knowledge
    from cs_assist.markets.market import MarketLanguages
    from cs_assist.triage.reader import MessageReader

    if answers == STDIN and source in (None, STDIN):
        raise MessageError("messages and --answers cannot both come from standard input.", hint="Name a file for one of them.")
    settings = load_settings()
    wanted = options.known_language(language or settings.agent_language)
    encoder = open_encoder(settings)
    base = open_knowledge(settings, index, encoder)
    shipped = OnnxEncoder(settings.encoder_dir or SHIPPED, threads=settings.threads)
    reader = MessageReader(shipped, market_languages=MarketLanguages())
    reading = _Reading(_actions(answers) if answers else {})
    messages = list(reading.open_messages(source))
    triages = reader.read_many([message for message, _ in messages])
    asked = [Asked(message, triage, on) for (message, on), triage in zip(messages, triages, strict=True)]
    found = find_gaps(asked, base, encoder, at_least=at_least)
    report = {"settled": reading.settled, "bad_lines": reading.bad, **_gaps_object(found)}
    if proposals is not None:
        report["proposals"] = propose.fill_gaps(found.gaps, base, proposals, language=wanted)
    _show(report, as_json, lambda out: _print_gaps(report, out))
    if reading.bad:
        raise typer.Exit(2)


class _Reading:
    """Reads a file of messages: those that were left open, and how many others there were."""

    def __init__(self, actions: dict[str, str]) -> None:
        self.settled = 0
        self.bad = 0
        self._actions = actions

    def open_messages(self, source: Path | None) -> Iterator[tuple[Message, date]]:
        """Yield each open message with its day; a bad line is printed and passed over."""
        for line in read_lines(source):
            try:
                message = line.error or to_message(line)
                if isinstance(message, CsAssistError):
                    raise message
                on = to_day(line.value.get("date") or line.value.get("now"))
            except CsAssistError as exc:
                self.bad += 1
                told = exc.message if exc is line.error else f"line {line.number}: {exc.message}"
                Console(stderr=True).print(told, style="yellow", highlight=False, markup=False, soft_wrap=True)
                continue
            if self._actions.get(str(line.id), line.value.get("action")) in _SETTLED:
                self.settled += 1
            else:
                yield message, on


def _actions(answers: Path) -> dict[str, str]:
    """Return the action of each answered line, by id.

    Raises:
        MessageError: A line cannot be read, or none has an action.
    """
    found = {}
    for line in read_lines(answers):
        if line.error:
            raise MessageError(f"'{answers}': {line.error.message}", hint=_ANSWERS)
        if "action" in line.value:
            found[str(line.id)] = str(line.value["action"])
    if not found:
        raise MessageError(f"no line of '{answers}' has an 'action'.", hint=_ANSWERS)
    return found


def _load(articles: Path, console: Console) -> Loaded:
    from cs_assist.cli.kb import print_report
    from cs_assist.knowledge.articles import load_articles

    loaded = load_articles(articles)
    print_report(loaded, console)
    return loaded


def _show(report: Json, as_json: bool, table: Callable[[Console], None]) -> None:
    if as_json or not sys.stdout.isatty():
        write(report)
    else:
        table(Console())


def _place(article: Article) -> Json:
    return {"id": article.head.id, "path": str(article.path), "line": article.line}


def _freshness_object(fresh: Freshness) -> Json:
    def ending(one: Ending) -> Json:
        until = one.article.head.valid_until
        return {**_place(one.article), "valid_until": str(until), "days": one.days, "replaced_by": one.replaced_by}

    return {
        "expired": [ending(one) for one in fresh.expired],
        "expiring": [ending(one) for one in fresh.expiring],
        "review_due": [{**_place(due.article), "days": due.days, "review_after": due.review_after} for due in fresh.review_due],
        "undated": [_place(article) for article in fresh.undated],
        "waiting": [
            {"id": w.doc_id, "change": w.change, "since": w.since.isoformat() if w.since else None, "late": w.late}
            for w in fresh.waiting
        ],
    }


def _contradiction_object(clash: Contradiction) -> Json:
    def statement(one: Statement) -> Json:
        return {**_place(one.article), "language": one.article.head.language, "text": one.text}

    return {
        "first": statement(clash.first),
        "second": statement(clash.second),
        "kinds": list(clash.kinds),
        "exception": clash.exception,
        "likeness": clash.likeness,
    }


def _gaps_object(found: Gaps) -> Json:
    def example(asked: Asked) -> Json:
        return {"id": asked.message.id, "text": asked.triage.text, "language": asked.triage.language}

    return {
        "messages": found.messages,
        "answered": found.answered,
        "no_question": found.no_question,
        "single": found.single,
        "gaps": [
            {
                "count": gap.count,
                "languages": dict(gap.languages),
                "markets": dict(gap.markets),
                "examples": [example(asked) for asked in gap.examples],
                "nearest": {"id": gap.nearest.doc_id, "title": gap.nearest.title} if gap.nearest else None,
                "why": list(gap.why),
            }
            for gap in found.gaps
        ],
    }


def _print_sync(summary: Json, out: Console) -> None:
    for name in ("added", "changed", "removed"):
        for doc_id in summary[name]:
            out.print(f"{name:8} {doc_id}", highlight=False, markup=False, soft_wrap=True)
    done = f"{summary['encoded']} of {summary['passages']} passages encoded" if summary["written"] else "nothing to write"
    out.print(
        f"[green]{len(summary['unchanged'])} articles unchanged[/], {done} → {escape(summary['index'])}",
        highlight=False,
        soft_wrap=True,
    )


def _print_check(report: Json, out: Console) -> None:
    for one in report["expired"]:
        by = f"; replaced by {one['replaced_by']}" if one["replaced_by"] else ""
        out.print(f"expired      {one['id']}: since {-one['days']} days{by}", highlight=False, soft_wrap=True)
    for one in report["expiring"]:
        by = f"; replaced by {one['replaced_by']}" if one["replaced_by"] else ""
        out.print(f"expiring     {one['id']}: in {one['days']} days{by}", highlight=False, soft_wrap=True)
    for one in report["review_due"]:
        out.print(
            f"review due   {one['id']}: {one['days']} days old, {one['review_after']} allowed", highlight=False, soft_wrap=True
        )
    for one in report["undated"]:
        out.print(f"undated      {one['id']}: neither reviewed nor valid_from is given", highlight=False, soft_wrap=True)
    for one in report["waiting"]:
        late = "[red], more than 24 hours[/]" if one["late"] else ""
        out.print(
            f"not indexed  {one['id']}: {one['change']}, since {one['since'] or 'unknown'}{late}", highlight=False, soft_wrap=True
        )
    for one in report["contradictions"]:
        word = "exception?" if one["exception"] else "[red]contradicts[/]"
        out.print(
            f"{word:12} {one['first']['id']} | {one['second']['id']}: {', '.join(one['kinds'])}", highlight=False, soft_wrap=True
        )
        out.print(
            f"             {escape(one['first']['text'])}\n             {escape(one['second']['text'])}",
            highlight=False,
            soft_wrap=True,
        )
    out.print(f"{report['articles']} articles read at {report['now']}, {report['rejected']} rejected", style="dim")


def _print_gaps(report: Json, out: Console) -> None:
    for one in report["gaps"]:
        where = ", ".join(f"{name} {count}" for name, count in [*one["languages"].items(), *one["markets"].items()])
        out.print(f"[bold]{one['count']} messages[/] ({where})", highlight=False, soft_wrap=True)
        for example in one["examples"]:
            out.print(f"    {escape(example['text'][:160])}", highlight=False, soft_wrap=True)
        if one["nearest"]:
            out.print(f"    nearest: {one['nearest']['id']} ({', '.join(one['why'])})", highlight=False, soft_wrap=True)
    for one in report.get("proposals", ()):
        out.print(propose.told(one), highlight=False, markup=False, soft_wrap=True)
    told = f"{report['messages']} open messages: {report['answered']} answered by now, {report['no_question']} ask nothing"
    out.print(f"{told}, {report['single']} stand alone; {report['settled']} were settled", style="dim")
