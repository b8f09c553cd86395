"""Does a person take over at the right turn? The committed dialogues through ``Assistant.converse``."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from rich.progress import track

from cs_assist import Action, Assistant, MemoryStore, Message, Turn
from cs_assist.quality.intervals import cell
from evals.provenance import ROOT, save

DATA = ROOT / "evals" / "data" / "dialogues" / "handover.jsonl"


def main() -> None:
    """Measure and write evals/results/handover.json and handover.md."""
    dialogues = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    assistant = Assistant(store=MemoryStore())
    by_rule: dict[str, list[str]] = defaultdict(list)
    by_language: dict[str, list[bool]] = defaultdict(list)
    worst = []
    unseen: list[bool] = []
    for number, dialogue in enumerate(track(dialogues, description="dialogues", transient=True)):
        turns = [Turn(role=turn["role"], text=turn["text"]) for turn in dialogue["turns"]]
        message = Message(id=dialogue["id"], market=dialogue["market"], channel=dialogue["channel"])
        at = next((i for i, o in assistant.converse(turns, message=message) if o.action is Action.HANDOVER), None)
        due = dialogue["handover_turn"]
        verdict = (
            "right" if at == due else "none due" if due is None else "missed" if at is None else "early" if at < due else "late"
        )
        by_rule[str(dialogue["rule"])].append(verdict)
        by_language[dialogue["lang"]].append(verdict == "right")
        if number % 2:  # evals/repetition.py chooses a threshold on the others
            unseen.append(verdict == "right")
        if verdict != "right":
            worst.append({"id": dialogue["id"], "rule": dialogue["rule"], "due": due, "at": at, "verdict": verdict})
    everything = [v for verdicts in by_rule.values() for v in verdicts]
    kinds = ("right", "missed", "early", "late", "none due")
    lines = ["| rule | n | " + " | ".join(kinds) + " |", "| --- | --- |" + " --- |" * len(kinds)]
    for rule, verdicts in [*sorted(by_rule.items()), ("all", everything)]:
        counts = " | ".join(str(verdicts.count(kind)) for kind in kinds[1:])
        lines.append(f"| {rule} | {len(verdicts)} | {cell(verdicts.count('right'), len(verdicts))} | {counts} |")
    lines.append(f"| all that nothing was fitted on | {len(unseen)} | {cell(sum(unseen), len(unseen))} | | | | |")
    lines += ["", "| language | n | right |", "| --- | --- | --- |"]
    lines += [f"| {lang} | {len(hits)} | {cell(sum(hits), len(hits))} |" for lang, hits in sorted(by_language.items())]
    table = "\n".join(lines)
    print(table)
    result: dict[str, Any] = {
        "n": len(everything),
        "right": round(everything.count("right") / len(everything), 4),
        "right_unseen": round(sum(unseen) / len(unseen), 4),
        "wrong": worst,
    }
    save("handover", result, table)


if __name__ == "__main__":
    main()
