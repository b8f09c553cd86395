from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_shop import ARTICLES, DAY, ExactEncoder, make_chunk

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import IndexBusyError, IndexDamagedError, IndexMismatchError, KnowledgeIndexError
from cs_assist.knowledge.articles import Article, load_articles
from cs_assist.knowledge.chunks import chunk_article
from cs_assist.knowledge.index import PassageIndex, build_index, current_generation, writing
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.knowledge.sync import Changes, compare, sync_index, vectors_for
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HELPERS = str(Path(__file__).parent.parent)


class Scribe(ExactEncoder):
    """Remembers what it encoded."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.seen += texts
        return super().encode_passages(texts)

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return super().encode_passages(texts)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def article(doc_id: str, text: str = "", **head: Any) -> Article:
    return make_chunk(doc_id, text or f"The text of {doc_id}.", **head).article


def sync(articles: Sequence[Article], folder: Path, now: datetime = NOW) -> tuple[Any, list[str]]:
    """Sync with a new encoder; return what was done and which texts were encoded, but for the one that checks the encoder."""
    encoder = Scribe()
    done = sync_index(articles, folder, encoder, now=now)
    return done, encoder.seen[1:] if (done.kept or done.changes.removed) else encoder.seen


def held(folder: Path) -> list[str]:
    return [passage.key for passage in PassageIndex.load(folder, encoder="exact@1").passages]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sync_index([article("a"), article("b"), article("c")], tmp_path / "index", Scribe(), now=NOW)
    return tmp_path / "index"


def test_a_folder_without_an_index_gets_one(tmp_path: Path) -> None:
    done, encoded = sync([article("b"), article("a")], tmp_path / "new" / "index")
    assert (done.changes, done.passages, done.encoded, done.kept) == (Changes(added=("a", "b")), 2, 2, 0)
    assert len(encoded) == 2
    assert held(tmp_path / "new" / "index") == ["b#0", "a#0"]


def test_only_what_changed_is_encoded_and_the_summary_names_it(folder: Path) -> None:
    done, encoded = sync([article("a"), article("b", "Another text."), article("d")], folder)
    assert done.changes == Changes(added=("d",), changed=("b",), removed=("c",), unchanged=("a",))
    assert (done.passages, done.encoded, done.kept, done.written) == (3, 2, 1, True)
    assert sorted(encoded) == ["About b\nAnother text.", "About d\nThe text of d."]
    assert held(folder) == ["a#0", "b#0", "d#0"]


def test_a_change_of_the_head_alone_encodes_nothing_and_takes_effect(folder: Path) -> None:
    done, encoded = sync([article("a", markets=("DE",), valid_until=date(2026, 1, 1)), article("b"), article("c")], folder)
    assert (done.changes.changed, done.encoded, encoded) == (("a",), 0, [])
    index = PassageIndex.load(folder, encoder="exact@1")
    assert (index.passages[0].markets, index.passages[0].valid_until) == (("DE",), "2026-01-01")
    assert not index.allowed(market="DE", platform=None, on=DAY)[0]


def test_a_text_that_moves_to_another_article_keeps_its_vector(folder: Path) -> None:
    done, encoded = sync([article("a"), article("b"), article("new", "The text of c.", title="About c")], folder)
    assert (done.changes.added, done.changes.removed, encoded) == (("new",), ("c",), [])
    new, old = Scribe().encode_passages(["About c\nThe text of c.", "About a\nThe text of a."])
    assert PassageIndex.load(folder, encoder="exact@1").cosines(new, [2]) == {2: 1.0}
    assert PassageIndex.load(folder, encoder="exact@1").cosines(old, [0]) == {0: 1.0}


def test_nothing_is_written_where_nothing_changed_but_that_is_noted(folder: Path) -> None:
    before = current_generation(folder)
    later = NOW + timedelta(days=3)
    done, encoded = sync([article("a"), article("b"), article("c")], folder, now=later)
    assert (bool(done.changes), done.written, done.kept, encoded) == (False, False, 3, [])
    assert current_generation(folder) == before
    assert PassageIndex.load(folder, encoder="exact@1").in_step == later


def test_a_changed_order_of_the_articles_is_no_change_of_articles_and_encodes_nothing(folder: Path) -> None:
    done, encoded = sync([article("c"), article("a"), article("b")], folder)
    assert (bool(done.changes), encoded) == (False, [])
    assert held(folder) == ["c#0", "a#0", "b#0"]


def test_a_sync_ends_where_a_build_ends(folder: Path, tmp_path: Path) -> None:
    articles = [article("a"), article("b", "One.\n\n## Two\n\nThree."), article("d", markets=("DE",))]
    sync(articles, folder)
    chunks = [chunk for one in articles for chunk in chunk_article(one, Scribe().count_tokens)]
    built = build_index(chunks, tmp_path / "built", Scribe(), built_at=NOW)
    assert PassageIndex.load(folder, encoder="exact@1").manifest == built


@given(
    before=st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("xyz")),
    after=st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("xyz")),
)
def test_changes_divide_the_articles(
    before: dict[str, str], after: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    index = None
    if before:
        where = tmp_path_factory.mktemp("index")
        build_index([make_chunk(name, text) for name, text in before.items()], where, ExactEncoder())
        index = PassageIndex.load(where, encoder="exact@1")
    changes = compare([article(name, text) for name, text in after.items()], index)
    assert set(changes.added) == after.keys() - before.keys()
    assert set(changes.removed) == before.keys() - after.keys()
    assert set(changes.unchanged) == {name for name in after if before.get(name) == after[name]}
    assert set(changes.changed) == {name for name in after if name in before and before[name] != after[name]}


def test_an_index_of_an_earlier_layout_is_not_taken_for_one(folder: Path) -> None:
    path = folder / current_generation(folder) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "layout": 1}))
    with pytest.raises(IndexMismatchError, match="has layout 1"):
        sync([article("a")], folder)


def test_vectors_come_from_the_index_and_the_rest_is_encoded_once(folder: Path) -> None:
    index = PassageIndex.load(folder, encoder="exact@1")
    encoder = Scribe()
    chunks = [make_chunk("b", "The text of b."), make_chunk("x", "New."), make_chunk("y", "New.", title="About x")]
    vectors = vectors_for(chunks, index, encoder)
    assert encoder.seen == ["About x\nNew."]
    assert np.array_equal(vectors, Scribe().encode_passages([chunk.indexed_text for chunk in chunks]))


def test_an_empty_folder_never_empties_the_index(folder: Path) -> None:
    with pytest.raises(KnowledgeIndexError, match="there are no passages"):
        sync([], folder)
    assert held(folder) == ["a#0", "b#0", "c#0"]


def test_a_damaged_index_is_refused_and_stays(folder: Path) -> None:
    victim = folder / current_generation(folder) / "vectors.faiss"
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(IndexDamagedError, match=r"vectors\.faiss"):
        sync([article("a")], folder)


def test_an_encoder_that_changed_behind_its_name_is_refused(folder: Path) -> None:
    class Changed(Scribe):
        def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            return -super().encode_passages(texts)

    with pytest.raises(IndexMismatchError, match="the model has changed"):
        sync_index([article("a")], folder, Changed(), now=NOW)


def test_a_second_writer_is_refused_and_the_first_goes_on(folder: Path) -> None:
    with writing(folder):
        with pytest.raises(IndexBusyError, match="another process is writing the index") as caught:
            sync([article("a")], folder)
        with pytest.raises(IndexBusyError):
            build_index([make_chunk("x")], folder, ExactEncoder())
        assert held(folder) == ["a#0", "b#0", "c#0"]
    assert "Let it finish" in caught.value.hint
    sync([article("a")], folder)
    assert held(folder) == ["a#0"]


HOLDS = """
import sys
from pathlib import Path
from cs_assist.knowledge.index import writing
with writing(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_writer_in_another_process_is_noticed_and_its_death_frees_the_index(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(IndexBusyError):
            sync([article("a")], folder)
        process.kill()
        process.wait()
    sync([article("a")], folder)
    assert held(folder) == ["a#0"]


DRIVER = """
import os, shutil, signal, sys
sys.path.insert(0, sys.argv[2])
from datetime import UTC, datetime
from pathlib import Path
from sample_shop import make_chunk
from test_sync import Scribe, article, held, sync_index

home = Path(sys.argv[1])
new = [article("a"), article("b", "Changed."), article("n")]
moment = datetime(2026, 11, 23, tzinfo=UTC)
killed = before = after = 0
while True:
    folder = home.with_name(f"try-{killed}")
    shutil.copytree(home, folder)
    child = os.fork()
    if child == 0:
        seen = 0
        def count(event, arguments):
            global seen
            if event in ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "tempfile.mkdtemp"):
                if any(str(folder) in str(argument) for argument in arguments):
                    seen += 1
                    if seen > killed:
                        os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        sync_index(new, folder, Scribe(), now=moment)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    keys = held(folder)
    assert keys in (["a#0", "b#0", "c#0"], ["a#0", "b#0", "n#0"]), keys
    before, after = before + (keys[2] == "c#0"), after + (keys[2] == "n#0")
    sync_index(new, folder, Scribe(), now=moment)
    assert held(folder) == ["a#0", "b#0", "n#0"]
    left = sorted(path.name.split("-")[0] for path in folder.iterdir())
    assert set(left) <= {"CURRENT", "IN_STEP", "generation", "writer.lock", "building", "CURRENT.new"}, left
    shutil.rmtree(folder)
    if code == 0:
        break
    assert code == -signal.SIGKILL, code
    killed += 1
print(killed, before, after)
"""


def test_a_sync_killed_at_any_file_that_it_touches_leaves_an_index_that_answers(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(folder), HELPERS],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": f"{Path(__file__).parent}:{Path(HELPERS).parent}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    killed, before, after = map(int, done.stdout.split())
    assert killed > 20
    assert before > 15
    assert after > 1


FULL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from sample_shop import ExactEncoder, make_chunk
from cs_assist.errors import KnowledgeIndexError
from cs_assist.knowledge.index import build_index
chunks = [make_chunk(f"new-{i}", f"Text {i}. " * 20) for i in range(60)]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    build_index(chunks, Path(sys.argv[1]), ExactEncoder())
except KnowledgeIndexError as exc:
    print(exc)
"""


@pytest.mark.parametrize("limit", [0, 100, 1_000, 5_000])
def test_a_full_disk_is_told_and_the_old_index_answers(folder: Path, limit: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder), HELPERS, str(limit)],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": str(Path(HELPERS).parent)},
    )  # fmt: skip
    assert "cannot be written" in done.stdout, done.stderr
    assert held(folder) == ["a#0", "b#0", "c#0"]
    assert not list(folder.glob("building-*"))


def _read_again_and_again(folder: str, stop: Any, failed: Any) -> None:
    while not stop.is_set():
        keys = held(Path(folder))
        if keys not in (["a#0", "b#0", "c#0"], ["a#0", "b#0", "n#0"]):
            failed.value = 1
            raise AssertionError(keys)


def test_readers_in_other_processes_load_while_a_writer_swaps_again_and_again(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    stop, failed = context.Event(), context.Value("i", 0)
    readers = [context.Process(target=_read_again_and_again, args=(str(folder), stop, failed)) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        sync([article("a"), article("b"), article("n" if turn % 2 == 0 else "c")], folder)
    stop.set()
    for reader in readers:
        reader.join()
    assert [reader.exitcode for reader in readers] == [0, 0, 0]
    assert failed.value == 0


def test_64_threads_search_while_syncs_swap_the_index(tmp_path: Path, encoder: OnnxEncoder, reader: MessageReader) -> None:
    articles = load_articles(ARTICLES).articles
    fewer = [one for one in articles if one.head.id != "returns"]
    sync_index(articles, tmp_path, encoder, now=NOW)
    message = Message(id="1", text="Can I return an unused item?", market="US")
    triage = reader(message)
    expected = [base_of(some, tmp_path, encoder)(message, triage, on=DAY) for some in (fewer, articles)]
    assert expected[0] != expected[1]
    base = KnowledgeBase(tmp_path, encoder)
    stop = threading.Event()

    def search(_: int) -> int:
        answered = 0
        while not stop.is_set() or not answered:
            assert base(message, triage, on=DAY) in expected
            answered += 1
        return answered

    with ThreadPoolExecutor(64) as pool:
        counts = [pool.submit(search, i) for i in range(64)]
        for turn in range(6):
            sync_index(fewer if turn % 2 == 0 else articles, tmp_path, encoder, now=NOW)
            assert base.refresh()
            assert not base.refresh()
        stop.set()
    assert all(count.result() for count in counts)
    assert base(message, triage, on=DAY) == expected[1]


def base_of(articles: Sequence[Article], folder: Path, encoder: OnnxEncoder) -> KnowledgeBase:
    sync_index(articles, folder, encoder, now=NOW)
    return KnowledgeBase(folder, encoder)


def test_refresh_keeps_the_old_index_where_the_new_one_is_damaged(tmp_path: Path, encoder: OnnxEncoder) -> None:
    articles = load_articles(ARTICLES).articles
    base = base_of(articles, tmp_path, encoder)
    loaded = base.index
    sync_index(articles[1:], tmp_path, encoder, now=NOW)
    victim = tmp_path / current_generation(tmp_path) / "passages.jsonl"
    victim.write_text(victim.read_text(encoding="utf-8").replace("a", "b", 1), encoding="utf-8")
    with pytest.raises(IndexDamagedError):
        base.refresh()
    assert base.index is loaded
