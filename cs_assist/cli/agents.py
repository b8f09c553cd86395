"""``cs-assist translate`` and ``cs-assist rewrite``: a language model's help for the people who answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, View, run
from cs_assist.cli.model import Identify, settings_model
from cs_assist.cli.records import to_message
from cs_assist.errors import CsAssistError, MessageError, ModelError

if TYPE_CHECKING:
    from cs_assist.reply.agents import AgentHelp, AgentText
    from cs_assist.types import Message

VIEW = View(("id", "text", "verified", "differences"), lambda o: (o["text"], o["verified"], "; ".join(o["differences"])))
#: Makes a text of a message in a language, in which some names must not change.
_Make = Callable[["AgentHelp", "Message", str, Sequence[str]], "AgentText"]


def translate(
    into: Annotated[str, typer.Option("--into", help="Language wanted, such as en.")],
    source: options.Source = None,
    tone: Annotated[str, typer.Option(help="Register, such as formal.")] = "neutral",
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    r"""Translate messages for agents with the settings' language model, and verify numbers, dates, codes, links and names.

    Input line: {id, text, language?, market?, names?: [..]}; output line: {id, text, language, source_language,
    machine_made, verified, differences}. Personal data are masked before the model sees a text.

    Example: cs-assist translate --into en examples/inbox.jsonl
    """
    wanted = options.known_language(into)

    def make(helper: AgentHelp, message: Message, own: str, names: Sequence[str]) -> AgentText:
        return helper.translate(
            message.text, into=wanted, source=own, market=message.market, register=tone, names=names, conversation=message.id
        )

    _write(make, source, as_json)


def rewrite(
    tone: Annotated[str, typer.Option("--tone", help="Tone or register wanted, such as warmer, formal or shorter.")],
    source: options.Source = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    r"""Rewrite texts in another tone with the settings' language model, and verify numbers, dates, codes, links and names.

    Input line: {id, text, language?, market?, names?: [..]}; output line: {id, text, language, source_language,
    machine_made, verified, differences}. Personal data are masked before the model sees a text.

    Example: cs-assist rewrite --tone warmer examples/inbox.jsonl
    """

    def make(helper: AgentHelp, message: Message, own: str, names: Sequence[str]) -> AgentText:
        return helper.rewrite(message.text, tone=tone, language=own, market=message.market, names=names, conversation=message.id)

    _write(make, source, as_json)


def _write(make: _Make, source: options.Source, as_json: bool) -> None:
    from cs_assist.parts import open_agent_help

    model, identify = settings_model()
    helper = open_agent_help(model, identify)

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        for line in lines:
            yield _one(line, helper, identify, make)

    run(source, answer, batch=8, what="texts", view=None if as_json else VIEW)


def _one(line: Line, helper: AgentHelp, identify: Identify, make: _Make) -> Json | CsAssistError:
    message = to_message(line)
    if isinstance(message, CsAssistError):
        return message
    names = line.value.get("names") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return MessageError("key 'names' must be a list of texts.", hint='Example: "names": ["Anna Schmidt"]')
    own = message.language or identify(message.text)[0]
    try:
        made = make(helper, message, own, names)
    except ModelError as exc:
        return exc
    told = made.model_dump(mode="json", include={"text", "language", "machine_made", "verified", "differences"})
    return {"id": line.id, "source_language": own, **told}
