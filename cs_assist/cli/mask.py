"""``cs-assist mask``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, View, run
from cs_assist.cli.records import to_message
from cs_assist.errors import CsAssistError


def _cells(o: Json) -> tuple[object, ...]:
    return o["masked"], " ".join(sorted({span["type"] for span in o["spans"]}))


VIEW = View(("id", "masked", "types"), _cells)


def command(source: options.Source = None, as_json: options.AsJson = False, debug: options.Debug = False) -> None:
    r"""Mask personal data: names, contact data, cards, IBANs, national ids, order numbers, passwords, dates of birth.

    Input line: {id, text, market?, language?}

    Each line is masked by itself. The output repeats the values in its spans: keep it as safely as the input.

    Example: echo '{"id": 1, "text": "Ich bin Anna Schmidt, 0176 12345678", "market": "DE"}' | cs-assist mask
    """
    from cs_assist.guard.privacy import mask

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        for line in lines:
            message = to_message(line)
            if isinstance(message, CsAssistError):
                yield message
                continue
            masked = mask(message.text, message.market, message.language)
            spans = [{"type": s.type, "value": s.value, "start": s.start, "end": s.end} for s in masked.spans]
            yield {"id": line.id, "masked": masked.text, "spans": spans}

    run(source, answer, batch=64, what="texts", view=None if as_json else VIEW)
