"""What a second opinion costs and gains at each confidence cut: ``python -m evals.cascade [--model NAME] [--n 400]``.

The messages are those of ``training.corpora.held_out``. ``--model`` is a LangChain name such as ``openai:gpt-4.1-mini``, or
``small``, the small model on this machine; by default a script that knows the right intent of three messages in four, and
says the library's own second guess of the rest. Each message is put to the model once, at the greatest cut.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any
from zlib import crc32

from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.veil import Veil
from cs_assist.llm.door import LanguageModel
from cs_assist.markets.market import MarketLanguages
from cs_assist.triage.reader import MessageReader
from cs_assist.triage.second_opinion import SecondReader
from cs_assist.types import Message, ModelUse, Triage
from evals.provenance import save
from evals.scripted_models import Asked, ScriptedChat
from evals.small_model import small_model
from training import corpora

CUTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
Opinion = tuple[Triage, ModelUse | None]


def main() -> None:
    """Measure and write evals/results/cascade.json and cascade.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="", help="a LangChain name, or 'small'")
    parser.add_argument("--n", type=int, default=400, help="messages")
    arguments = parser.parse_args()
    rows = corpora.held_out(corpora.messages())[1][: arguments.n]
    messages = [
        Message.model_validate({"id": str(i), "text": row["text"], "market": row["market"], "channel": row["channel"]})
        for i, row in enumerate(rows)
    ]
    reader = MessageReader(OnnxEncoder(), market_languages=MarketLanguages())
    before = reader.read_many(messages)
    truth = [row["intent"] for row in rows]
    with small_model() if arguments.model == "small" else nullcontext() as address:
        opinions = ask(arguments.model, address, messages, before, truth)
    result, table = report(before, opinions, truth, arguments.model or "scripted, right in three of four")
    print(table)
    save("cascade", result, table)


def ask(name: str, address: Any, messages: Sequence[Message], before: Sequence[Triage], truth: Sequence[str]) -> list[Opinion]:
    """Return each message's triage with the model's opinion, where one was wanted at the greatest cut."""
    chat: Any = None
    if name == "small":
        from langchain.chat_models import init_chat_model

        chat = init_chat_model("openai:small", base_url=address, api_key="none", temperature=0, max_retries=0)
    elif not name:
        right = {
            "".join(triage.text.split()): (intent, triage.intents[1][0]) for triage, intent in zip(before, truth, strict=True)
        }
        chat = ScriptedChat(script=lambda asked: _guess(asked, right))
    settings = load_settings(llm=name if chat is None else "", llm_second_opinion_below=CUTS[-1], llm_timeout_seconds=60)
    door = LanguageModel.from_settings(settings, model=chat)
    if door is None:
        raise ValueError("there is no model")
    # The script must know the message again, so nothing is hidden from it; these messages are made up.
    veil = (lambda message, language: Open()) if not name else (lambda message, language: Veil(message, language=language))
    second = SecondReader(door, settings, veil=veil)
    return [second(message, triage) for message, triage in zip(messages, before, strict=True)]


class Open:
    """A veil that hides nothing."""

    def hide(self, text: str) -> str:
        """Return ``text``."""
        return text


def _guess(asked: Asked, right: dict[str, tuple[str, str]]) -> dict[str, Any]:
    text = "".join(asked.data["message"].split())
    known = next((both for told, both in right.items() if told.startswith(text)), None)
    intent = known[0 if crc32(text.encode()) % 4 else 1] if known else "out_of_scope"
    return {"intents": [{"intent": intent, "p": 0.8}], "emotion": "neutral", "dissatisfied": False}


def report(before: Sequence[Triage], opinions: Sequence[Opinion], truth: Sequence[str], name: str) -> tuple[dict[str, Any], str]:
    """Return the result, and a table with a line a cut; at 0 no model is asked."""
    lines = ["| cut | asked | tokens a message | right before | right after | right where it agrees | where it differs |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    result: dict[str, Any] = {"model": name, "n": len(truth), "cuts": {}}
    for cut in (0.0, *CUTS):
        tally: Counter[str] = Counter()
        for first, (told, use), intent in zip(before, opinions, truth, strict=True):
            asked = bool(cut) and told.opinion is not None and (first.unsure or first.p_intent < cut)
            final = told if asked else first
            tally["before"] += first.intent == intent
            tally["after"] += final.intent == intent
            if asked and told.opinion is not None:
                tally["asked"] += 1
                tally["tokens"] += sum(u.prompt_tokens + u.completion_tokens for u in use.usage) if use else 0
                tally[told.opinion.verdict] += 1
                tally[f"{told.opinion.verdict} right"] += final.intent == intent
        result["cuts"][str(cut)] = dict(tally)
        n = len(truth)
        lines.append(
            f"| {cut:.1f} | {tally['asked'] / n:.1%} | {tally['tokens'] / n:.0f} | {tally['before'] / n:.1%} | "
            f"{tally['after'] / n:.1%} | {_share(tally, 'agrees')} | {_share(tally, 'differs')} |"
        )
    return result, f"Model: {name}; {len(truth)} messages.\n\n" + "\n".join(lines)


def _share(tally: Counter[str], verdict: str) -> str:
    return f"{tally[f'{verdict} right'] / tally[verdict]:.0%} of {tally[verdict]}" if tally[verdict] else "–"


if __name__ == "__main__":
    main()
