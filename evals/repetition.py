"""From which share of common words is it the same question a third time? Chosen on every second dialogue, told on the others.

    python -m evals.repetition

What this prints for the other half was fitted on nothing.
"""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np

from cs_assist.conversation.repetition import SHARED_AT, unanswered
from cs_assist.encoder.onnx import OnnxEncoder
from evals.provenance import ROOT

DATA = ROOT / "evals" / "data" / "dialogues" / "handover.jsonl"
_REACH = 8


def main() -> None:
    """Print the threshold with the best F1 on the even-numbered dialogues, and both halves at the one in use."""
    encoder = OnnxEncoder()
    halves: tuple[list[tuple[float, bool]], list[tuple[float, bool]]] = ([], [])
    for number, line in enumerate(DATA.read_text(encoding="utf-8").splitlines()):
        dialogue = json.loads(line)
        turns = dialogue["turns"]
        pieces = encoder.rare_pieces([turn["text"] for turn in turns])
        last = dialogue["handover_turn"] if dialogue["handover_turn"] is not None else len(turns)
        asked = [i for i, turn in enumerate(turns) if turn["role"] == "customer" and not turn["bare"] and i <= last]
        for i in asked:
            before = [j for j in asked if j < i][-_REACH:]
            scores = [
                unanswered(
                    pieces[i], pieces[a], pieces[b],
                    frozenset(p for j in range(a, i) if turns[j]["role"] != "customer" for p in pieces[j]),
                )
                for a, b in combinations(before, 2)
            ]  # fmt: skip
            if scores:
                halves[number % 2].append((max(scores), dialogue["rule"] == "c" and i == last))
    points = np.round(np.arange(0.05, 0.5, 0.005), 3)
    chosen = max(points, key=lambda at: _f1(halves[0], at))
    print(f"best F1 on the even-numbered dialogues from {chosen:.3f}; in use: {SHARED_AT}")
    for name, half in zip(("even", "odd, unseen"), halves, strict=True):
        hits = [gold for score, gold in half if score >= SHARED_AT]
        third = sum(gold for _, gold in half)
        print(f"{name}: {len(half)} turns, {third} third askings, {sum(hits)} found, {len(hits) - sum(hits)} false alarms")


def _f1(half: list[tuple[float, bool]], at: float) -> float:
    hits = [gold for score, gold in half if score >= at]
    return 2 * sum(hits) / (len(hits) + sum(gold for _, gold in half))


if __name__ == "__main__":
    main()
