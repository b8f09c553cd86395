"""``cs-assist guard``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, View, run
from cs_assist.cli.records import to_day, to_message
from cs_assist.errors import CsAssistError, MessageError

Allow = Annotated[list[str] | None, typer.Option("--allow", help="What a reply may always say; repeat it for more.")]
VIEW = View(
    ("id", "verdict", "findings"),
    lambda o: (o["verdict"], "; ".join(f"{f['rule']}: {f['message']}" for f in o["findings"])),
)


def command(
    source: options.Source = None, allow: Allow = None, as_json: options.AsJson = False, debug: options.Debug = False
) -> None:
    r"""Check replies, whoever wrote them, before they reach a customer.

    Input line: {id, text, market?, platform?, channel?, language?, evidence?, customer_text?, date?, task_created?, verified?}

    Evidence is a list of texts. Without language the text should be in the customer's. Without evidence nothing that it
    states is compared. Dates such as "tomorrow" are seen from date, by default today. With task_created a person or a
    job has the task, so that "a colleague will look into it" is true. To a customer who is not verified, a reply may not
    repeat what an order says of a person ("destination: 12 High Street, London").

    With --allow, as with the setting guard_allow, a text is told nothing for: your domain, phone number, brand.

    Example: echo '{"id": 1, "text": "Mail me at joe@shop.example!", "platform": "ebay"}' | cs-assist guard
    """
    from cs_assist.config import load_settings
    from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
    from cs_assist.guard.check import Guard, verdict
    from cs_assist.guard.context import Context
    from cs_assist.triage.language import LanguageReader

    settings, languages = load_settings(), LanguageReader()
    if allow:
        settings = load_settings(guard_allow=(*settings.guard_allow, *allow))
    encoder = OnnxEncoder(settings.encoder_dir or SHIPPED, threads=settings.threads)
    guard = Guard.from_settings(settings, lambda text: languages.read(text)[0], encoder)

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        for line in lines:
            message = to_message(line)
            if isinstance(message, CsAssistError):
                yield message
                continue
            try:
                evidence, customer = _texts(line.value.get("evidence")), _text(line.value.get("customer_text"))
                on, task_created = to_day(line.value.get("date")), _flag(line.value, "task_created")
                verified = _flag(line.value, "verified")
            except MessageError as exc:
                yield exc
                continue
            context = Context(
                language=message.language or guard.language_for(message.text, customer),
                market=message.market, platform=message.platform, channel=line.value.get("channel"),
                evidence=evidence or (), customer_text=customer, verified=verified, on=on, allowed=guard.switched_off,
            )  # fmt: skip
            found = guard.check(message.text, context, grounded=evidence is not None, task_created=task_created)
            yield {"id": line.id, "verdict": verdict(found), "findings": [finding.model_dump() for finding in found]}

    run(source, answer, batch=32, what="texts", view=None if as_json else VIEW)


def _texts(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MessageError("key 'evidence' must be a list of texts.", hint='Example: "evidence": ["Returns within 14 days."]')
    return tuple(value)


def _flag(line: Json, key: str) -> bool:
    value = line.get(key)
    if not isinstance(value, bool | None):
        raise MessageError(f"key '{key}' must be true or false.")
    return bool(value)


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise MessageError("key 'customer_text' must be a text.")
    return value or ""
