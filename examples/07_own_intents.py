"""Train a shop's own intents from a table of labelled messages and let an assistant read with them.

Needs the extra ``train``. On the command line the first half is
``cs-assist train --intents examples/own_intents.tsv --out my_intents``.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from cs_assist import Assistant, MemoryStore, Message, load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.triage.training import read_examples, save, train_intents

TABLE = Path(__file__).parent / "own_intents.tsv"
INBOX = (
    ("US", "the little lamp for descaling will not stop blinking"),
    ("DE", "Seit gestern steht E12 auf dem Display"),
    ("GB", "could we hold the bean subscription until september?"),
    ("AT", "Wo kann ich die alten Kapseln abgeben?"),
    ("US", "smoke is coming out of the coffee machine, it caught fire"),
)


def main() -> None:
    """Train, save, and read five messages that were not among the examples."""
    examples = read_examples(TABLE)
    trained = train_intents(examples, OnnxEncoder(), seed=0)
    right = sum(trained.labels[p.argmax()] == e.intent for p, e in zip(trained.probabilities, examples, strict=True))
    print(f"{len(examples)} examples of {len(trained.labels)} intents, {right} right when judged unseen")
    with TemporaryDirectory() as folder:
        out = Path(folder) / "intents"
        save(trained, out)
        assistant = Assistant(load_settings(shop_name="Crema Lane", intents_dir=out), store=MemoryStore())
    messages = [Message(id=str(i), text=text, market=market) for i, (market, text) in enumerate(INBOX)]
    for triage in assistant.triage(messages):
        print(f"{triage.intent:<18} {triage.text} ({triage.p_intent:.2f}{', unsure' if triage.unsure else ''})")


if __name__ == "__main__":
    main()
