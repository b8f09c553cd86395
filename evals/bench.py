"""Measure the budgets: ``make bench``. Results go to evals/results/bench.json and bench.md.

Every figure is measured in a process of its own or after a warm-up; nothing here is asserted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from rich.progress import track

from cs_assist import Assistant, MemoryStore, Message
from cs_assist.config import load_settings
from cs_assist.encoder.base import Vectors
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.articles import Article, load_articles
from cs_assist.knowledge.chunks import Chunk, chunk_article
from cs_assist.knowledge.index import build_index
from cs_assist.parts import open_memory
from cs_assist.store.sql import open_store
from evals.postgres import NoPostgresError, postgres_server
from evals.provenance import ROOT, save
from training import corpora

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
PASSAGES = 10_000
SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    """Measure all budgets and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        result: dict[str, Any] = {}
        result |= triage_figures()
        index = Path(folder) / "index"
        result |= index_figures(index)
        result |= whole_way(index)
        result |= cold_process(index)
        result |= state_figures(Path(folder))
    result |= large_search()
    rows = [
        ("triage of one message, p50 / p95 (ms)", f"{result['triage_p50_ms']} / {result['triage_p95_ms']}", "8 / 20"),
        ("triage of one message on one core, p50 (ms)", result["triage_one_core_p50_ms"], "8"),
        ("triage in batches (messages/s)", result["triage_per_s"], "400"),
        (
            f"whole way without a model, {PASSAGES:,} passages, without the reader, p50 / p95 (ms)",
            f"{result['way_p50_ms']} / {result['way_p95_ms']}",
            "15 / 37.5",
        ),
        ("… with the reader, p50 / p95 (ms)", f"{result['way_read_p50_ms']} / {result['way_read_p95_ms']}", "80 / 200"),
        ("first answer of a cold process (s)", result["cold_s"], "2.5"),
        ("memory, ready to answer (MB)", result["memory_mb"], "500"),
        ("import cs_assist (s)", result["import_s"], "0.5"),
        ("index build (passages/s)", result["build_per_s"], "300"),
        (f"search of {PASSAGES:,} passages with encoding, without the reader, p50 (ms)", result["search_p50_ms"], "10"),
        (
            "reading the best eight passages, p50 (ms): with the reader less without",
            round(result["search_read_p50_ms"] - result["search_p50_ms"], 1),
            "70",
        ),
        *state_rows(result),
    ]
    for size in SIZES:
        of = {name.removeprefix(f"large_{size}_"): value for name, value in result.items() if name.startswith(f"large_{size}_")}
        rows += [
            (
                f"{size:,} passages ({of['kind']}), nearest ten of all, p50 / p95 (ms)",
                f"{of['all_p50_ms']} / {of['all_p95_ms']}",
                "10",
            ),
            ("… of one market, p50 / p95 (ms)", f"{of['market_p50_ms']} / {of['market_p95_ms']}", "10"),
            ("… recall@10 of all / of one market", f"{of['recall_all']} / {of['recall_market']}", "0.97"),
            ("… BM25 of all, p50 (ms)", of["lexical_p50_ms"], ""),
            ("… build without encoding (s)", of["build_s"], ""),
            ("… on disk (MB)", of["disk_mb"], ""),
            ("… load (s)", of["load_s"], ""),
            ("… resident / of it mapped files (MB)", f"{of['resident_mb']} / {of['of_it_mapped_mb']}", "2,000"),
        ]
    table = "| what | measured | budget |\n| --- | --- | --- |\n" + "\n".join(f"| {a} | {b} | {c} |" for a, b, c in rows)
    print(table)
    save("bench", result, table)


def messages() -> list[Message]:
    """Return a fixed sample of 440 customer messages, 20 of each file."""
    rows = corpora.messages(["first"])
    by_file: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_file.setdefault(row["language"], []).append(row)
    chosen = [row for group in by_file.values() for row in group[:: max(1, len(group) // 20)][:20]]
    return [Message(id=str(i), text=row["text"], market=row["market"], channel=row["channel"]) for i, row in enumerate(chosen)]  # type: ignore[arg-type]


def timed(run: Callable[[int], object], n: int, *, before: Callable[[int], object] = lambda _: None) -> tuple[float, float]:
    """Return p50 and p95 in milliseconds of ``n`` calls after ten for warming up; what goes ``before`` each is not timed."""
    taken = []
    for i in range(n + 10):
        before(i)
        start = time.perf_counter()
        run(i)
        taken.append((time.perf_counter() - start) * 1e3)
    taken = taken[10:]
    return round(float(np.percentile(taken, 50)), 1), round(float(np.percentile(taken, 95)), 1)


def triage_figures() -> dict[str, Any]:
    """Measure reading one message at a time and in batches; every text is new to the encoder's cache."""
    sample = messages()
    assistant = Assistant(store=MemoryStore())
    p50, p95 = timed(lambda i: assistant.triage([sample[i % len(sample)]]), len(sample) - 10)
    single = Assistant(assistant.settings.model_copy(update={"threads": 1}), store=MemoryStore())
    one, _ = timed(lambda i: single.triage([sample[i % len(sample)]]), len(sample) - 10)
    fresh = Assistant(store=MemoryStore())
    fresh.triage(sample[:60])  # loads what is loaded once
    rest = list({m.text: m for m in sample[60:]}.values())
    start = time.perf_counter()
    fresh.triage(rest)
    rate = len(rest) / (time.perf_counter() - start)
    return {
        "triage_p50_ms": p50,
        "triage_p95_ms": p95,
        "triage_one_core_p50_ms": one,
        "triage_per_s": round(rate),
        "sample": len(sample),
    }


def index_figures(folder: Path) -> dict[str, Any]:
    """Build an index of 10,000 passages, made from the sample articles with other figures in each copy."""
    encoder = OnnxEncoder()
    articles = load_articles(ROOT / "kb_index" / "articles").articles
    chunks = [chunk for article in articles for chunk in chunk_article(article, encoder.count_tokens)]
    many: list[Chunk] = []
    copy = 0
    while len(many) < PASSAGES:
        for chunk in chunks:
            head = chunk.article.head.model_copy(update={"id": f"{chunk.article.head.id}-{copy}"})
            text = f"{chunk.text} ({copy * 7919 % 9973})" if copy else chunk.text
            many.append(Chunk(replace(chunk.article, head=head), chunk.number, chunk.title_path, text))
        copy += 1
    many = many[:PASSAGES]
    start = time.perf_counter()
    build_index(many, folder, encoder)
    return {"build_per_s": round(len(many) / (time.perf_counter() - start)), "passages": len(many)}


def whole_way(index: Path) -> dict[str, Any]:
    """Measure handling one message, each in a conversation of its own, and the search alone, without and with the reader."""
    sample = messages()
    result: dict[str, Any] = {}
    for name, reader in (("", False), ("read_", True)):
        assistant = Assistant(load_settings(reader=reader), index=index, store=MemoryStore())
        p50, p95 = timed(
            lambda i, assistant=assistant: assistant.handle(sample[i % len(sample)].model_copy(update={"received_at": NOW})),
            len(sample) - 10,
        )
        triages = assistant.triage(sample)
        knowledge = assistant.knowledge
        if knowledge is None:
            raise RuntimeError("no index")
        search, _ = timed(
            lambda i, knowledge=knowledge, triages=triages: knowledge(
                sample[i % len(sample)], triages[i % len(sample)], on=date(2026, 11, 21)
            ),
            len(sample) - 10,
        )
        result |= {f"way_{name}p50_ms": p50, f"way_{name}p95_ms": p95, f"search_{name}p50_ms": search}
    return result


def cold_process(index: Path) -> dict[str, Any]:
    """Measure importing, the first answer of a new process, and its memory when it is ready."""
    code = (
        "import time; s=time.perf_counter(); import cs_assist; i=time.perf_counter()-s\n"
        "from cs_assist import Assistant, MemoryStore, Message\n"
        f"a=Assistant(index={str(index)!r}, store=MemoryStore())\n"
        "a.handle(Message(id='1', text='Wo ist mein Paket?', market='DE'))\n"
        "import json; t=time.perf_counter()-s\n"
        "import psutil; print(json.dumps([i, t, psutil.Process().memory_info().rss / 1e6]))"
    )
    runs = []
    for _ in range(5):
        start = time.perf_counter()
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        imported, _, rss = json.loads(out.splitlines()[-1])
        runs.append((time.perf_counter() - start, imported, rss))
    cold, imported, rss = (float(np.median([run[i] for run in runs])) for i in range(3))
    return {"cold_s": round(cold, 2), "import_s": round(imported, 3), "memory_mb": round(rss)}


def state_figures(folder: Path, steps: int = 500) -> dict[str, Any]:
    """Measure the state step (load, decide, save) on SQLite and PostgreSQL, 25 messages a conversation.

    Each message is read just before, by the encoder that the memory compares it with, as in an assistant: what is timed is
    everything from loading the conversation to the decision, and saving it. PostgreSQL waits for the disk at every commit, as
    a real server does; where there is none, its figures are missing.
    """
    sample = messages()
    reader = Assistant(store=MemoryStore())
    read = reader.triage(sample)
    outcome = reader.handle(sample[0].model_copy(update={"received_at": NOW}))

    def measure(url: str) -> tuple[float, float]:
        store = open_store(reader.settings.model_copy(update={"database_url": url}))
        memory, policy = open_memory(reader.settings, store, reader.encoder), reader.policy

        def step(number: int) -> None:
            at = NOW + timedelta(minutes=number)
            triage, told = read[number % len(sample)], sample[number % len(sample)]
            message = told.model_copy(update={"id": f"m{number}", "conversation_id": f"c{number // 25}"})
            found = memory.find(message)
            conversation = memory(message, triage, found=found, now=at)
            decision = policy(message, triage, conversation, outcome.findings, market=None, now=at)
            update = {"message_id": message.id, "triage": triage, "conversation": conversation, "decision": decision}
            if not memory.commit(conversation, outcome.model_copy(update=update), message, now=at):
                raise RuntimeError("a save was lost where nobody else writes")

        def before(number: int) -> None:
            reader.encoder.encode_messages([read[number % len(sample)].text])

        figures = timed(step, steps, before=before)
        store.close()
        return figures

    found: dict[str, Any] = {}
    found["state_sqlite_p50_ms"], found["state_sqlite_p95_ms"] = measure(f"sqlite:///{folder / 'state.db'}")
    try:
        with postgres_server(safe=True) as server:
            found["state_postgresql_p50_ms"], found["state_postgresql_p95_ms"] = measure(server.new_database())
    except NoPostgresError as exc:
        print(f"PostgreSQL is not measured: {exc}")
    return found


def state_rows(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the table's rows of :func:`state_figures`."""
    budgets = {"SQLite": "5 (p95)", "PostgreSQL": "8 (p95)"}
    rows = []
    for name, budget in budgets.items():
        p50, p95 = (result.get(f"state_{name.lower()}_{what}_ms", "not measured") for what in ("p50", "p95"))
        rows.append((f"state step (load, decide, save) on {name}, p50 / p95 (ms)", f"{p50} / {p95}", budget))
    return rows


def large_search() -> dict[str, Any]:
    """Measure indexes of 10,000, 100,000 and 1,000,000 passages as the library builds them, each in a fresh process.

    The passages are the sample articles' and the invented shops', again and again. Their vectors are drawn around the real
    ones (:func:`drawn`); the questions are real: those of the shops' customers, encoded. Encoding is not counted.
    """
    encoder = OnnxEncoder()
    shops = ROOT / "training" / "data" / "shops"
    articles = [
        a for folder in (ROOT / "kb_index", *sorted(shops.iterdir())) for a in load_articles(folder / "articles").articles
    ]
    chunks = [chunk for article in articles for chunk in chunk_article(article, encoder.count_tokens)]
    anchors = np.concatenate(
        [encoder.encode_passages([c.indexed_text for c in chunks[at : at + 64]]) for at in range(0, len(chunks), 64)]
    )
    asked = [json.loads(line) for path in sorted(shops.rglob("queries.jsonl")) for line in path.read_text("utf-8").splitlines()]
    texts = [row["text"] for row in asked[::12]]
    figures: dict[str, Any] = {"large_questions": len(texts)}
    for size in track(SIZES, description="large indexes", transient=True):
        with tempfile.TemporaryDirectory() as folder:
            found = large_index(Path(folder), chunks, anchors, size, texts, encoder.encode_queries(texts))
        figures |= {f"large_{size}_{name}": value for name, value in found.items()}
    return figures


class Drawn:
    """Stands in for the encoder: the vector of a text is the one drawn under the number that the text ends with."""

    revision = "drawn@1"

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self.dimension = vectors.shape[1]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text."""
        return self.vectors[[int(text.rsplit(" ", 1)[1]) for text in texts]]


def drawn(anchors: Vectors, size: int) -> Vectors:
    """Return unit vectors with the structure of ``anchors``, one after another.

    Each lies between one anchor and one of its twenty nearest, and is moved by noise that has the covariance of what
    parts an anchor from its nearest. So the clusters and the directions in which passages differ are those of real
    sentences; within a cluster they lie denser than 1,000,000 different articles would.
    """
    chance = np.random.default_rng(20261122)
    likeness = anchors @ anchors.T
    np.fill_diagonal(likeness, -1)
    near = np.argsort(-likeness, axis=1)[:, :20]
    apart = (anchors - anchors[near[:, 0]]) / np.sqrt(2)
    noise = 0.7 * apart / np.sqrt(len(apart))  # noise.T @ noise is half of that covariance
    made = np.empty((size, anchors.shape[1]), np.float32)
    for start in range(0, size, 20_000):
        at = np.arange(start, min(start + 20_000, size)) % len(anchors)
        share = chance.uniform(0.5, 1, (len(at), 1)).astype(np.float32)
        rows = share * anchors[at] + (1 - share) * anchors[near[at, chance.integers(0, 20, len(at))]]
        rows += chance.standard_normal((len(at), len(noise)), dtype=np.float32) @ noise
        made[start : start + len(at)] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return made


def large_index(
    folder: Path, chunks: list[Chunk], anchors: Vectors, size: int, texts: list[str], questions: Vectors
) -> dict[str, Any]:
    """Build one index and return its figures; its searches are measured in another process."""
    vectors = drawn(anchors, size)
    many: list[Chunk] = []
    for copy in range(-(-size // len(chunks))):
        heads: dict[str, Article] = {}
        for chunk in chunks[: size - len(many)]:
            name = f"{chunk.article.head.id}-{copy}"
            if name not in heads:
                heads[name] = replace(chunk.article, head=chunk.article.head.model_copy(update={"id": name}))
            many.append(Chunk(heads[name], chunk.number, chunk.title_path, f"{chunk.text} {len(many)}"))
    start = time.perf_counter()
    manifest = build_index(many, folder / "index", Drawn(vectors), batch=20_000)
    built = time.perf_counter() - start
    del many
    np.save(folder / "questions.npy", questions)
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    out = subprocess.run([sys.executable, "-c", _SEARCH, str(folder)], capture_output=True, text=True, check=True).stdout
    recalls = {}
    for name in ("all", "market"):
        mask, found = np.load(folder / f"{name}-mask.npy"), np.load(folder / f"{name}-found.npy")
        truth, _ = faiss.knn(questions, vectors[mask], 10, metric=faiss.METRIC_INNER_PRODUCT)
        recalls[f"recall_{name}"] = round(float(np.mean(found >= truth[:, [9]] - 1e-6)), 4)
    on_disk = sum(path.stat().st_size for path in (folder / "index").rglob("*") if path.is_file())
    told = {"kind": manifest["vectors"]["kind"], "told_recall": manifest["vectors"]["recall_at_10"]}
    return {"build_s": round(built), "disk_mb": round(on_disk / 1e6), **told, **recalls, **json.loads(out.splitlines()[-1])}


#: What a fresh process does with an index: load it, search it ten questions warm, and tell what that took.
_SEARCH = """
import json, sys, time
from datetime import date
from pathlib import Path
import numpy as np, psutil
from cs_assist.knowledge.index import PassageIndex
folder, day = Path(sys.argv[1]), date(2026, 11, 21)
def clock(run, n):
    taken = []
    for i in range(-10, n):
        start = time.perf_counter()
        run(i)
        taken.append((time.perf_counter() - start) * 1e3)
    return [round(float(np.percentile(taken[10:], q)), 2) for q in (50, 95)]
start = time.perf_counter()
index = PassageIndex.load(folder / "index", encoder="drawn@1")
told = {"load_s": round(time.perf_counter() - start, 2)}
questions, texts = np.load(folder / "questions.npy"), json.loads((folder / "texts.json").read_text("utf-8"))
n = len(questions)
start = time.perf_counter()
index.allowed(market="FR", platform="ebay", on=day)
told["new_filter_ms"] = round((time.perf_counter() - start) * 1e3, 1)
for name, market in (("all", None), ("market", "DE")):
    mask = index.allowed(market=market, platform=None, on=day)
    told[f"{name}_p50_ms"], told[f"{name}_p95_ms"] = clock(lambda i: index.nearest(questions[i % n], mask, 10), n)
    found = [[score for _, score in index.nearest(question, mask, 10)] for question in questions]
    np.save(folder / f"{name}-mask.npy", mask)
    np.save(folder / f"{name}-found.npy", np.array(found))
told["thirty_p50_ms"], told["thirty_p95_ms"] = clock(lambda i: index.nearest(questions[i % n], mask, 30), n)
told["lexical_p50_ms"], told["lexical_p95_ms"] = clock(lambda i: index.lexical.scores(texts[i % n]), n)
memory = psutil.Process().memory_info()
told |= {"resident_mb": round(memory.rss / 1e6), "of_it_mapped_mb": round(memory.shared / 1e6)}
print(json.dumps(told))
"""


if __name__ == "__main__":
    main()
