"""``cs-assist converse``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, View, run
from cs_assist.cli.records import to_message, to_turns
from cs_assist.errors import CsAssistError
from cs_assist.types import Action

VIEW = View(
    ("id", "turns", "handover at", "rule", "actions"),
    lambda o: (len(o["turns"]), o["handover_turn"], o["rule"] or "", " ".join(turn["action"] for turn in o["turns"])),
)


def command(
    index: options.Index, source: options.Source = None, as_json: options.AsJson = False, debug: options.Debug = False
) -> None:
    r"""Judge every customer turn of whole dialogues, each with only what came before it.

    Input line: {id, market?, channel?, turns: [{role, text}]}

    Example: cs-assist converse --index kb_index/index examples/dialogues.jsonl
    """
    from cs_assist.assistant import Assistant
    from cs_assist.store.base import MemoryStore

    assistant = Assistant(index=index, store=MemoryStore())

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        for line in lines:
            message = to_message(line, need_text=False)
            turns = to_turns(line.value.get("turns"))
            if isinstance(message, CsAssistError):
                yield message
            elif isinstance(turns, CsAssistError):
                yield turns
            else:
                judged = []
                for number, outcome in assistant.converse(turns, message=message):
                    read, conversation = outcome.triage, outcome.conversation
                    handed_over = outcome.action is Action.HANDOVER
                    judged.append(
                        {
                            "index": number,
                            "action": outcome.action.value,
                            "dissatisfied": read.dissatisfied if read else None,
                            "p_dissatisfied": read.p_dissatisfied if read else None,
                            "strikes": conversation.strikes if conversation else None,
                            "rule": outcome.decision.reason if handed_over else None,
                        }
                    )
                first = next((turn for turn in judged if turn["rule"]), None)
                yield {
                    "id": line.id,
                    "turns": judged,
                    "handover_turn": first["index"] if first else None,
                    "rule": first["rule"] if first else None,
                }

    run(source, answer, batch=8, what="dialogues", view=None if as_json else VIEW)
