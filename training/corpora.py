"""Reading the public and own text that shapes the shipped models; every set is named in the model card."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
MESSAGES = HERE / "data" / "messages"
MORE = HERE / "data" / "more_messages"
csv.field_size_limit(10_000_000)


def messages(*, more: bool = True) -> list[dict[str, str]]:
    """Return the labelled messages of the first and, unless told otherwise, the second group of authors.

    ``language`` is added from the file's name (``hi-Latn`` for Hindi in Latin script) and ``group``
    (``first`` or ``more``) from its folder.
    """
    rows = []
    for path in [*sorted(MESSAGES.glob("*.tsv")), *(sorted(MORE.glob("*.tsv")) if more else [])]:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                row["language"] = path.stem
                row["group"] = "more" if path.parent == MORE else "first"
                if path.stem == "hi" and not re.search("[\u0900-\u097f]", row["text"]):
                    row["language"] = "hi-Latn"
                rows.append(row)
    return rows


def public_text(root: Path) -> Iterator[str]:
    """Yield text of the public sets under ``root``, for choosing a vocabulary (not for labels)."""
    for path in sorted((root / "langid").glob("*.txt")):
        yield from path.read_text(encoding="utf-8").splitlines()
    for path in sorted((root / "xed").glob("*.tsv")):
        yield from (line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines())
    with (root / "bitext" / "train.csv").open(encoding="utf-8", newline="") as file:
        yield from (row["utterance"] for row in csv.DictReader(file))
    for path in sorted((root / "brighter").glob("*-train.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from (row["text"] for row in csv.DictReader(file))
    for path in sorted((root / "shops").rglob("*.md")):
        yield path.read_text(encoding="utf-8")
    for path in sorted((root / "qa").iterdir()):
        yield from _qa_text(path)


def _qa_text(path: Path) -> Iterator[str]:
    if path.suffix == ".json":
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                yield paragraph["context"]
                yield from (qa["question"] for qa in paragraph["qas"])
    elif path.suffix == ".jsonl":
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield from (str(row[key]) for key in ("context", "question") if key in row)
    else:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield " ".join(re.findall(r"'([^']*)'", row["passage"] + row["question"]))
