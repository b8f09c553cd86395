"""``cs-assist translate``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, View, run
from cs_assist.cli.records import to_message
from cs_assist.errors import CsAssistError, ModelError, SettingsError

VIEW = View(("id", "text", "verified", "differences"), lambda o: (o["text"], o["verified"], "; ".join(o["differences"])))


def command(
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
    from cs_assist.config import load_settings
    from cs_assist.llm.door import LanguageModel
    from cs_assist.parts import open_agent_help
    from cs_assist.triage.language import LanguageReader

    model = LanguageModel.from_settings(load_settings())
    if model is None:
        raise SettingsError("no language model is set.", hint="Set CS_ASSIST_LLM, as in openai:gpt-4.1-mini.")
    languages = LanguageReader()

    def identify(text: str) -> tuple[str, float]:
        return languages.read(text)[0]

    helper = open_agent_help(model, identify)

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        for line in lines:
            message = to_message(line)
            if isinstance(message, CsAssistError):
                yield message
                continue
            own = message.language or identify(message.text)[0]
            names = [name for name in line.value.get("names") or () if isinstance(name, str)]
            try:
                made = helper.translate(
                    message.text,
                    into=into,
                    source=own,
                    market=message.market,
                    register=tone,
                    names=names,
                    conversation=message.id,
                )
            except ModelError as exc:
                yield exc
                continue
            told = made.model_dump(mode="json", include={"text", "language", "machine_made", "verified", "differences"})
            yield {"id": line.id, "source_language": own, **told}

    run(source, answer, batch=8, what="texts", view=None if as_json else VIEW)
