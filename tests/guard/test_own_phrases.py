"""The library's own sentences, in every language and register, pass the checks that hold for everybody's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.check import Guard
from cs_assist.guard.context import Context
from cs_assist.reply.formats import day, locale_for
from cs_assist.reply.phrases import load_phrases, phrase_languages

VALUES = {
    "name": "Ana", "shop": "Papaya Lane", "time": "24 h", "order": "A-1", "status": "OK", "carrier": "DHL",
    "languages": "English", "tracking": "JD014600003828", "destination": "Ghent", "first": "A", "second": "B",
    "items": "2 × Lamp", "amount": "€5.00", "code": "SORRY5", "link": "https://shop.example/care",
}  # fmt: skip
EVIDENCE = ("24 h", "order A-1, DHL JD014600003828", "2 × Lamp", "€5.00", "SORRY5", "https://shop.example/care")
#: Said only on the seller's own ground.
OWN_SHOP = "after_sales"
#: What the seller's own files allow: the composer gives it as evidence, too.
ALLOWED = ("offer", "after_sales")
#: No sentences.
NO_TEXT = {"language", "default_register", "joiner", "intent_names", "statuses", "recap", "source", "reviewed"}
#: Said only where a person has the task.
TASKS = ("handover", "handover_time", "delay", "out_of_hours", "shift")


def sentences(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from sentences(item, path)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from sentences(item, f"{path}.{name}")
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if (path or name not in NO_TEXT) and name != "said":  # a customer says that
                yield from sentences(getattr(value, name), f"{path}.{name}".lstrip("."))


@pytest.mark.parametrize("platform", ["own_shop", "shopee"])
@pytest.mark.parametrize("language", sorted(phrase_languages()))
def test_the_librarys_own_sentences_pass(language: str, platform: str) -> None:
    guard = Guard(lambda _: ("und", 0.0), encoder=OnnxEncoder())
    values = {**VALUES, "date": day(date(2026, 12, 1), locale_for(language, None))}
    stopped = []
    for path, wording in sentences(load_phrases(language)):
        if path.startswith(OWN_SHOP) and platform != "own_shop":
            continue
        text = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], wording)
        known = (*EVIDENCE, values["date"], *((text,) if path.startswith(ALLOWED) else ()))
        context = Context(language=language, market=None, platform=platform, channel="marketplace", evidence=known)
        found = guard.check(text, context, task_created=path.startswith(TASKS))
        stopped += [(path, f.rule, text[f.start : f.end], text) for f in found if f.severity == "block"]
    assert stopped == []
