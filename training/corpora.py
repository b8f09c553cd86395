"""Reading the public and own text that shapes the shipped models; every set is named in the model card."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cs_assist.triage.salutation import without_salutation
from training.near_duplicates import near

HERE = Path(__file__).parent
MESSAGES = HERE / "data" / "messages"
#: Groups of authors that the encoder learns from.
GROUPS = ("first", "second", "third", "fourth")
#: Groups that it does not: what is put beside it is weighed on them, as on customers that it has never met.
UNSEEN = ("fifth", "sixth", "eighth", "ninth", "tenth", "eleventh")
#: A group that is no sample of what customers write: hazards, threats and wishes for a person, mostly told in a roundabout way,
#: and what only looks like them. Alarms and wording learn from it, nothing is weighed on it.
GRAVE = ("seventh",)
EVERY = (*GROUPS, *UNSEEN, *GRAVE)
#: Plain messages that the heads have not learned from (training/README.md says why); their language teaches.
KEPT = ("twelfth",)
csv.field_size_limit(10_000_000)


def messages(groups: Sequence[str] = GROUPS) -> list[dict[str, str]]:
    """Return the labelled messages of the named groups of authors.

    Each text is as the heads read it, without its salutation; line breaks, which the files write as backslash and n,
    are real ones. ``language`` is added from the file's name (``hi-Latn`` for Hindi in Latin script) and ``group``
    from its folder.
    """
    rows = []
    for path in (path for group in groups for path in sorted((MESSAGES / group).glob("*.tsv"))):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                row["text"] = without_salutation(row["text"].replace("\\n", "\n"))  # a line break inside a cell
                row["language"] = path.stem
                row["group"] = path.parent.name
                if path.stem == "hi" and not re.search("[\u0900-\u097f]", row["text"]):
                    row["language"] = "hi-Latn"
                rows.append(row)
    return rows


def held_out(rows: Sequence[dict[str, str]]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return the messages that are trained on, and those that are only measured and calibrated with.

    Held out is every eighth message of the third group. What is nearly the same as one of them is in neither part.
    """
    chosen = [row for row in rows if row["group"] == "third"][::8]
    names = {id(row) for row in chosen}
    rest = [row for row in rows if id(row) not in names]
    close = {i for i, _, _ in near([row["text"] for row in rest], [row["text"] for row in chosen])}
    return [row for i, row in enumerate(rest) if i not in close], chosen


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
