"""Write the pages that repeat the code: settings.md, cli.md, errors.md and the states in conversations.md.

Run ``python docs/generate.py`` after a change to the settings, the command line or the errors.
``tests/test_docs.py`` fails while a page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from inspect import cleandoc, getdoc
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer.main
from pydantic import SecretStr

from cs_assist.cli import app
from cs_assist.config import FILE, Settings
from cs_assist.conversation.states import STATES, TABLE, Happening, Row
from cs_assist.errors import CsAssistError
from cs_assist.types import Action

HERE = Path(__file__).parent
MADE = "<!-- Made by docs/generate.py from the code: do not edit here. -->"
_STATES = "<!-- states: made by docs/generate.py from cs_assist/conversation/states.py -->"
_END_OF_STATES = "<!-- end of states -->"
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}

#: What a reader can do, by code; the error's own hint is nearer to the case and comes first.
CURES = {
    "cs_assist": "Read the hint. From `Memory.assign` it means that too many workers write one conversation: try again.",
    "settings.invalid": "Correct the named variable or key; [settings](settings.md) lists all of them.",
    "data.invalid": "Open the named file at the named line. Keys that the schema does not know are refused.",
    "article.invalid": "Mend the article; [writing articles](write-articles.md) describes every key.",
    "training.data": "Mend the named line; [train your intents](train-your-intents.md) describes the file.",
    "training.target": "Name a new folder for `--out`, or add `--force` where it holds intents trained earlier and nothing else.",
    "market.unknown": "Use the suggested ISO 3166-1 code, or [add the market](add-a-market.md).",
    "language.unknown": "[Add the language](add-a-language.md). The assistant itself falls back to the market's language.",
    "encoder.unusable": "Install cs-assist anew, or correct `encoder_dir`.",
    "encoder.head_mismatch": "Use the shipped encoder, or train anew: `cs-assist train` for your intents, `training/` for heads.",
    "index.unusable": "Choose a folder that can be written, and articles that load.",
    "index.missing": "Build it: `cs-assist kb build SRC --index DIR`. Mind that `index_dir` is relative to the working folder.",
    "index.mismatch": "Build the index anew with the encoder and the release in use.",
    "index.damaged": "Build the index anew. Never edit or copy parts of its folder.",
    "index.busy": "Let the other `kb build` or `kb sync` finish, then run the command again.",
    "calibration.refused": "Do what the hint says: more questions, or a lower `--precision`. The earlier calibration stays.",
    "store.unusable": "Check `database_url`, and that the database is up. Nothing was answered: give the message again later.",
    "store.read_only": "Set `state_dir` or `database_url` to a place that the process can write.",
    "store.newer": "Update cs-assist, or choose another `database_url`.",
    "store.key": "Set `store_key` to the key that the store was written with; several are separated by commas, the newest first.",
    "store.held": "Wait until the hold ends, or end it: `cs-assist customers release KEY`.",
    "customer.unknown": "Give a customer's id, e-mail address or phone number with its country code, or a conversation's id.",
    "conversation.unknown": "Handle a message of the conversation first, or correct the id.",
    "message.invalid": "Correct the named key of the named line; [the command line](cli.md) shows each command's input.",
    "model.failed": "Nothing: the reply is composed without a model. [Language models](language-models.md) tells each `kind`.",
    "prompt.invalid": "Mend the named prompt; [language models](language-models.md) describes the file.",
    "extra.missing": "Install the extra that the message names.",
}


def settings_page() -> str:
    """Return settings.md."""
    rows = []
    for name, field in Settings.model_fields.items():
        limits = [f"{sign} {getattr(m, word)}" for m in field.metadata for word, sign in _BOUNDS.items() if hasattr(m, word)]
        kind = ", ".join([_type_name(field.annotation), *limits])
        default = "none" if field.default is None else "empty" if field.default == "" else f"`{field.default}`"
        rows.append(f"| `{name}` | `CS_ASSIST_{name.upper()}` | {kind} | {default} | {field.description} |")
    head = "| setting | environment | type | default | meaning |\n| --- | --- | --- | --- | --- |"
    text = f"""
        A value is taken from the first of these that has it: an argument of `load_settings(...)`, the environment,
        the file `{FILE}` in the working folder, the default. An unknown key in the file or among the arguments is an
        error, and so is an unknown `CS_ASSIST_` variable. In the environment a list is written as a JSON list
        (`CS_ASSIST_VIP_CUSTOMERS='["gold","press"]'`) and a table as a JSON object
        (`CS_ASSIST_HANDOVER_AMOUNT='{{"EUR":500}}'`).
        """
    return _page("Settings", cleandoc(text), f"{head}\n" + "\n".join(rows))


def cli_page() -> str:
    """Return cli.md."""
    text = """
        Commands that read messages take JSON Lines from a file or from standard input, and write one JSON object a
        line to standard output, in the same order, with the `id` of the input line. A line that cannot be answered
        gives `{"id": ..., "error": {"code", "message", "hint", "line"}}`, and the rest goes on. A line without `id`
        gets its number. Keys that a command does not know are passed over. Lines that come through a pipe are answered
        as they come: a program may write one, wait for its answer, and write the next.

        Exit codes: 0 when every line was answered; 2 for the caller's mistakes (a bad line, a missing index, a wrong
        setting); 1 when something is broken, such as the store. Progress and warnings go to standard error.
        """
    commands = [_command(f"cs-assist {path}", command) for path, command in commands_of(typer.main.get_command(app))]
    return _page("Command line", cleandoc(text), *commands)


def errors_page() -> str:
    """Return errors.md."""
    text = """
        Every error of the library is a `CsAssistError`. Each has a `code` that does not change between releases, a
        `message` with the offending value, and a `hint` that says what to do. On the command line, `--debug` shows
        the traceback.
        """
    parts = []
    for error in _tree(CsAssistError):
        bases = ", ".join(f"`{base.__name__}`" for base in error.__bases__)
        cause = (getdoc(error) or "").splitlines()[0]
        told = f"`{error.__name__}`, a kind of {bases}.\n\n- Cause: {cause}\n- Cure: {CURES[error.code]}"
        parts.append(f"## {error.code}\n\n{told}")
    return _page("Errors", cleandoc(text), *parts)


def conversations_page() -> str:
    """Return conversations.md with the states drawn anew from the table; the rest is written by hand."""
    text = (HERE / "conversations.md").read_text(encoding="utf-8")
    before, start, rest = text.partition(_STATES)
    _, end, after = rest.partition(_END_OF_STATES)
    return f"{before}{start}\n{_states()}\n{end}{after}"


def _states() -> str:
    """Return the transition table as a diagram, and what may be done in each state."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, happening), row in TABLE.items():
        told = f"{happening.value}*" if row.reopens else happening.value
        if row.to != state or row.reopens:
            arrows.setdefault((state, row.to), []).append(told)
    drawn = [f"    {state} --> {to}: {', '.join(told)}" for (state, to), told in arrows.items()]
    diagram = "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> bot", *drawn, "```"])
    rows = [f"| `{state}` | {_may(TABLE[state, Happening.CUSTOMER])} |" for state in STATES]
    table = "\n".join(["| a customer writes while it is | what may be done |", "| --- | --- |", *rows])
    return f"{diagram}\n\n\\* reopened: a new episode begins. What is not drawn changes nothing.\n\n{table}"


def _may(row: Row) -> str:
    if row.reopens:
        return "reopened: as for `bot`"
    order = [action for action in Action if action in row.may]
    return ", ".join(f"`{action.value}`" for action in order)


PAGES = {
    "settings.md": settings_page,
    "cli.md": cli_page,
    "errors.md": errors_page,
    "conversations.md": conversations_page,
}


def commands_of(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, command) for every command under ``group``, in the order of the help."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:  # does something by itself too
                yield f"{path}{name}", command
            yield from commands_of(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def _command(path: str, command: Any) -> str:
    told, _, example = cleandoc(command.help).partition("Example:")
    summary, _, rest = told.strip().partition("\n\n")
    usage, rows = [path], []
    for parameter in command.params:
        named = parameter.opts[0].startswith("-")
        shown = ", ".join(parameter.opts) if named else parameter.metavar or parameter.name.upper()
        value = parameter.name.upper() if named and not parameter.is_flag else ""
        word = f"{shown} {value}".strip()
        usage.append(word if parameter.required else f"[{word}]")
        rows.append(f"| `{word}` | {'yes' if parameter.required else 'no'} | {parameter.help} |")
    parts = [f"## {path}", summary, f"```text\n{' '.join(usage)}\n```"]
    parts += ["| argument or option | required | meaning |\n| --- | --- | --- |\n" + "\n".join(rows)]
    if rest:
        parts.append("\n\n".join(f"`{p}`" if p.startswith("Input line") else p for p in rest.strip().split("\n\n")))
    if example:
        parts.append(f"```sh\n{example.strip()}\n```")
    return "\n\n".join(parts)


def _tree(error: type[CsAssistError]) -> Iterator[type[CsAssistError]]:
    yield error
    for below in error.__subclasses__():
        yield from _tree(below)


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is tuple:
        return f"list of {_type_name(get_args(annotation)[0])}"
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_type_name(part) for part in get_args(annotation))
    if get_origin(annotation) is dict:
        return f"table of {_type_name(get_args(annotation)[1])}"
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path", type(None): "none"}
    names |= {SecretStr: "secret text", Decimal: "number"}
    return names[annotation]


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", MADE, *parts)) + "\n"


def main() -> None:
    """Write the pages."""
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
