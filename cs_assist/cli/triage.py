"""``cs-assist triage``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, View, run
from cs_assist.cli.records import to_message, triage_object
from cs_assist.errors import CsAssistError
from cs_assist.types import Message


def _cells(o: Json) -> tuple[object, ...]:
    p, unhappy = o["intents"][0][1], o["p_dissatisfied"]
    return o["language"], o["intent"], f"{p:.2f}", o["emotion"], f"{unhappy:.2f}", o["urgency"], " ".join(o["flags"])


VIEW = View(("id", "language", "intent", "p", "emotion", "dissatisfied", "urgency", "flags"), _cells)


def command(source: options.Source = None, as_json: options.AsJson = False, debug: options.Debug = False) -> None:
    r"""Read each message: language, intent, emotion, dissatisfaction, urgency, entities.

    Input line: {id, text, market?, channel?, platform?, language?, history?: [{role, text}]}

    Example: echo '{"id": 1, "text": "Wo ist mein Paket?", "market": "DE"}' | cs-assist triage
    """
    from cs_assist.config import load_settings
    from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
    from cs_assist.markets.market import MarketLanguages
    from cs_assist.triage.reader import MessageReader
    from cs_assist.walk import in_market, with_known_market

    settings = with_known_market(load_settings())
    encoder = OnnxEncoder(settings.encoder_dir or SHIPPED, threads=settings.threads)
    languages = MarketLanguages()
    reader = MessageReader(
        encoder, market_languages=languages, own_intents=settings.intents_dir, order_patterns=settings.order_patterns
    )

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        read = [to_message(line) for line in lines]
        triages = iter(reader.read_many([in_market(message, settings)[0] for message in read if isinstance(message, Message)]))
        for line, message in zip(lines, read, strict=True):
            yield message if isinstance(message, CsAssistError) else {"id": line.id, **triage_object(next(triages))}

    run(source, answer, batch=128, what="messages", view=None if as_json else VIEW)
