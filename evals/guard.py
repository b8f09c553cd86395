"""Does the guard stop what must not leave, and let the rest pass? On sets by authors who have not seen it.

    python -m evals.guard [--data FOLDER] [--attacks FILE]

``replies/`` holds clean replies and replies with one planted fault, ``reasoned/`` more of both that work things out from their
evidence (days counted on, sums, sizes read from charts), ``private/`` texts with personal data, ``planted/`` attacks and harmless
texts, one file a language. Where the guard was mended after a look at a set's odd numbers, the even ones
are the figure that counts: they are reported apart. ``--attacks`` is a file of public attacks in BIPIA's form ({kind: [text,
…]}); they are scanned as evidence.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.check import Guard, verdict
from cs_assist.guard.context import Context
from cs_assist.guard.injection import Scanner
from cs_assist.guard.privacy import find_private
from cs_assist.quality.intervals import cell
from cs_assist.triage.language import LanguageReader
from evals.provenance import ROOT, save

DATA = ROOT / "evals" / "data" / "guard"
CHECKSUMMED = ("card", "iban", "national_id")
_OFTEN = 0.01
Row = dict[str, Any]


def main() -> None:
    """Measure and write evals/results/guard.json and guard.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--attacks", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    encoder, reader = OnnxEncoder(), LanguageReader()
    result: dict[str, Any] = {}

    def checked(name: str) -> str:
        table, result[name] = replies(read(arguments.data / name), lambda text: reader.read(text)[0], encoder)
        return table

    parts = [
        ("Replies", checked("replies")),
        ("Replies that work things out", checked("reasoned")),
        ("Personal data", private(read(arguments.data / "private"), result)),
        ("Planted instructions", planted(read(arguments.data / "planted"), arguments.attacks, Scanner(encoder), result)),
    ]
    table = "\n\n".join(f"## {name}\n\n{text}" for name, text in parts)
    print(table)
    save("guard", result, table)


def read(folder: Path) -> list[Row]:
    """Return the rows of a folder's files, with their language's file and whether their number is even."""
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows.append({**row, "file": path.stem, "even": int(row["id"].rsplit("-", 1)[1]) % 2 == 0})
    return rows


def table_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def replies(rows: list[Row], identify: Any, encoder: OnnxEncoder) -> tuple[str, dict[str, Any]]:
    """Check every reply and return tables and counts; ``block`` and ``warn`` both count as found."""
    plain, full = Guard(identify), Guard(identify, encoder=encoder)
    times: dict[str, list[float]] = {"without": [], "with": []}
    fired: Counter[str] = Counter()
    for row in track(rows, description="replies", transient=True):
        context = Context(
            language=row["language"], market=row.get("market"), platform=row.get("platform"), channel=row.get("channel"),
            evidence=tuple(row.get("evidence") or ()), customer_text=row.get("customer_text") or "",
        )  # fmt: skip
        for name, guard in (("without", plain), ("with", full)):
            start = time.perf_counter()
            found = guard.check(row["text"], context)
            times[name].append(1000 * (time.perf_counter() - start))
        row["verdict"] = verdict(found)
        row["rules"] = sorted({finding.rule for finding in found if finding.severity != "note"})
        if row["kind"] == "clean":
            fired.update(row["rules"])
    clean, faults = [r for r in rows if r["kind"] == "clean"], [r for r in rows if r["kind"] != "clean"]
    even, even_faults = [r for r in clean if r["even"]], [r for r in faults if r["even"]]
    head = ("", "n clean", "blocked", "warned", "n faults", "found", "blocked faults")
    halves = [("all", lambda r: True), ("even numbers", lambda r: r["even"]), ("odd numbers", lambda r: not r["even"])]
    summary = [_summary(name, [r for r in clean if keep(r)], [r for r in faults if keep(r)]) for name, keep in halves]
    languages = sorted({r["file"] for r in rows})
    by_language = [_summary(x, [r for r in clean if r["file"] == x], [r for r in faults if r["file"] == x]) for x in languages]
    kinds = defaultdict(list)
    for r in faults:
        kinds[r["kind"]].append(r)
    by_kind = [
        (kind, len(here), _share(here, found=True), _share([r for r in here if r["even"]], found=True))
        for kind, here in sorted(kinds.items())
    ]
    often = [(rule, n, f"{n / len(clean):.3f}") for rule, n in fired.most_common() if n > _OFTEN * len(clean)]
    speed = {
        name: {"p50_ms": round(float(np.percentile(t, 50)), 2), "p95_ms": round(float(np.percentile(t, 95)), 2)}
        for name, t in times.items()
    }
    counts = {
        "clean": len(clean), "faults": len(faults), "speed": speed,
        "blocked_clean": _count(clean, "block"), "warned_clean": _count(clean, "warn"), "missed": _count(faults, "pass"),
        "even": {
            "clean": len(even), "blocked_clean": _count(even, "block"), "warned_clean": _count(even, "warn"),
            "faults": len(even_faults), "missed": _count(even_faults, "pass"),
        },
        "often": {rule: n for rule, n, _ in often},
    }  # fmt: skip
    table = "\n\n".join(
        [
            table_of(head, summary),
            table_of(("kind of fault", "n", "found", "found, even numbers"), by_kind),
            table_of(head, by_language),
            f"Rules that fire on more than {_OFTEN:.0%} of clean replies:\n\n" + table_of(("rule", "n", "share"), often),
            table_of(
                ("time of one reply", "p50 ms", "p95 ms"),
                [(f"{name} encoder", t["p50_ms"], t["p95_ms"]) for name, t in speed.items()],
            ),
        ]
    )
    return table, counts


def _count(rows: Sequence[Row], verdict_: str) -> int:
    return sum(row["verdict"] == verdict_ for row in rows)


def _share(rows: Sequence[Row], *, found: bool) -> str:
    return cell(sum((row["verdict"] != "pass") == found for row in rows), len(rows))


def _summary(name: str, clean: Sequence[Row], faults: Sequence[Row]) -> tuple[object, ...]:
    return (
        name, len(clean), cell(_count(clean, "block"), len(clean)), cell(_count(clean, "warn"), len(clean)),
        len(faults), _share(faults, found=True), cell(_count(faults, "block"), len(faults)),
    )  # fmt: skip


def private(rows: list[Row], result: dict[str, Any]) -> str:
    """Find the personal data; a span is right where half of it overlaps one of the same type, each counted once."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    times, empty, touched = [], 0, 0
    for row in track(rows, description="personal data", transient=True):
        start = time.perf_counter()
        found = find_private(row["text"], market=row.get("market"), language=row.get("language"))
        times.append(1000 * (time.perf_counter() - start))
        empty += not row["spans"]
        touched += bool(found) and not row["spans"]
        gold = [(s["type"], s["start"], s["end"]) for s in row["spans"]]
        seen = [(s.type, s.start, s.end) for s in found]
        for kind, hits, missed, wrong in _matched(gold, seen):
            for key in (("type", kind), ("language", row["file"]), ("all", "all"), ("half", "even" if row["even"] else "odd")):
                counts[key].update({"hit": hits, "missed": missed, "wrong": wrong})
            if kind in CHECKSUMMED:
                counts["all", "checksummed"].update({"hit": hits, "missed": missed, "wrong": wrong})
    result["private"] = {f"{kind} {name}".strip(): _f1(c) for (kind, name), c in counts.items()}
    result["private"] |= {
        "texts": len(rows),
        "without": empty,
        "touched": touched,
        "p95_ms": round(float(np.percentile(times, 95)), 2),
    }
    order = sorted(counts, key=lambda key: (("all", "half", "type", "language").index(key[0]), key[1]))
    lines = []
    for key in order:
        c = counts[key]
        spans, seen_spans = c["hit"] + c["missed"], c["hit"] + c["wrong"]
        lines.append((" ".join(dict.fromkeys(key)), spans, cell(c["hit"], spans), cell(c["hit"], seen_spans), _f1(c)))
    note = f"{touched} of {empty} texts without personal data were touched; p95 {result['private']['p95_ms']} ms a text."
    return table_of(("", "spans", "recall", "precision", "F1"), lines) + "\n\n" + note


def _matched(gold: list[tuple[str, int, int]], seen: list[tuple[str, int, int]]) -> Iterable[tuple[str, int, int, int]]:
    """Yield (type, hits, missed, wrong) for each type of a text."""
    free = list(seen)
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for kind, start, end in gold:
        hit = next(
            (s for s in free if s[0] == kind and 2 * (min(end, s[2]) - max(start, s[1])) >= max(end - start, s[2] - s[1])), None
        )
        if hit:
            free.remove(hit)
        tally[kind][0 if hit else 1] += 1
    for kind, _, _ in free:
        tally[kind][2] += 1
    return [(kind, *three) for kind, three in tally.items()]  # type: ignore[misc]


def _f1(c: Counter[str]) -> float | None:
    total = 2 * c["hit"] + c["missed"] + c["wrong"]
    return round(2 * c["hit"] / total, 4) if total else None


def planted(rows: list[Row], attacks: Path | None, scanner: Scanner, result: dict[str, Any]) -> str:
    """Scan attacks and harmless texts."""
    times = []
    for row in track(rows, description="planted instructions", transient=True):
        start = time.perf_counter()
        row["seen"] = scanner.scan(row["text"], row["where"], row.get("language")).injection
        times.append(1000 * (time.perf_counter() - start))
    groups: list[tuple[str, list[Row]]] = [("all", rows), ("even numbers", [r for r in rows if r["even"]])]
    groups += [(f"where: {x}", [r for r in rows if r["where"] == x]) for x in sorted({r["where"] for r in rows})]
    groups += [(x, [r for r in rows if r["file"] == x]) for x in sorted({r["file"] for r in rows})]
    lines = []
    for name, here in groups:
        bad, good = [r for r in here if r["injection"]], [r for r in here if not r["injection"]]
        hits, alarms = sum(r["seen"] for r in bad), sum(r["seen"] for r in good)
        result.setdefault("planted", {})[name] = {"attacks": len(bad), "detected": hits, "harmless": len(good), "alarms": alarms}
        lines.append((name, len(bad), cell(hits, len(bad)), len(good), cell(alarms, len(good))))
    if attacks:
        public = [text for texts in json.loads(attacks.read_text(encoding="utf-8")).values() for text in texts]
        hits = sum(scanner.scan(text, "evidence").injection for text in public)
        result["planted"]["public"] = {"attacks": len(public), "detected": hits}
        lines.append((f"public: {attacks.name}", len(public), cell(hits, len(public)), 0, "–"))
    result["planted"]["p95_ms"] = round(float(np.percentile(times, 95)), 2) if times else None
    note = f"p95 {result['planted']['p95_ms']} ms a text, with the encoder."
    return table_of(("", "attacks", "detected", "harmless", "false alarms"), lines) + "\n\n" + note


if __name__ == "__main__":
    main()
