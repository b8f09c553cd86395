from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_shop import ExactEncoder, make_chunk

from cs_assist.errors import IndexDamagedError, IndexMismatchError, IndexMissingError, KnowledgeIndexError
from cs_assist.knowledge.chunks import Chunk
from cs_assist.knowledge.index import PassageIndex, build_index, stable_id

DAY = date(2026, 6, 1)
MARKETS = ["DE", "US", "JP"]


def catalogue(size: int = 60) -> list[Chunk]:
    """Passages of all kinds of reach; every third repeats an earlier text, so that its vector is the same."""
    made = []
    for i in range(size):
        head: dict[str, Any] = {"title": "Same title"}
        head["markets"] = ((), ("DE",), ("US", "JP"), ("*",))[i % 4]
        head["platform"] = (None, None, "ebay", "own_shop")[i // 4 % 4]
        head["valid_from"] = (None, "2026-06-01", "2026-06-02")[i % 3]
        head["valid_until"] = (None, "2026-06-01", "2026-05-31", None, None)[i % 5] if i % 3 == 0 else None
        made.append(make_chunk(f"doc-{i}", f"Text number {i // 3}.", **head))
    return made


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, exact: ExactEncoder) -> PassageIndex:
    folder = tmp_path_factory.mktemp("catalogue")
    build_index(catalogue(), folder, exact)
    return PassageIndex.load(folder, encoder=exact.revision)


@pytest.fixture
def folder(tmp_path: Path, exact: ExactEncoder) -> Path:
    build_index(catalogue(9), tmp_path / "index", exact)
    return tmp_path / "index"


def generation(folder: Path) -> Path:
    return folder / (folder / "CURRENT").read_text().strip()


def twin(vectors: np.ndarray, query: np.ndarray, mask: np.ndarray, k: int) -> list[tuple[int, float]]:
    scores = vectors @ query
    order = sorted(np.flatnonzero(mask), key=lambda i: (-scores[i], i))
    return [(int(i), float(scores[i])) for i in order[:k]]


query = st.text(max_size=5).map(lambda text: ExactEncoder().encode_passages([text])[0])


@given(query, st.integers(1, 70), st.lists(st.booleans(), min_size=60, max_size=60))
def test_search_equals_its_numpy_twin_under_any_filter(index: PassageIndex, q: np.ndarray, k: int, bits: list[bool]) -> None:
    vectors = ExactEncoder().encode_passages([chunk.indexed_text for chunk in catalogue()])
    mask = np.array(bits)
    assert index.nearest(q, mask, k) == twin(vectors, q, mask, k)


@given(query, st.integers(1, 70))
def test_search_equals_its_numpy_twin_without_a_filter(index: PassageIndex, q: np.ndarray, k: int) -> None:
    vectors = ExactEncoder().encode_passages([chunk.indexed_text for chunk in catalogue()])
    mask = np.ones(60, np.bool_)
    assert index.nearest(q, mask, k) == twin(vectors, q, mask, k)


@given(st.lists(st.integers(0, 59), max_size=10), query)
def test_cosines_of_chosen_positions_are_those_of_the_search(index: PassageIndex, chosen: list[int], q: np.ndarray) -> None:
    everything = dict(index.nearest(q, np.ones(60, np.bool_), 60))
    assert index.cosines(q, chosen) == {i: everything[i] for i in chosen}


def fits(chunk: Chunk, market: str | None, platform: str | None, on: date) -> bool:
    head = chunk.article.head
    return (
        (market is None or head.everywhere or market in head.markets)
        and head.platform in (None, platform or "own_shop")
        and (head.valid_from is None or head.valid_from <= on)
        and (head.valid_until is None or on <= head.valid_until)
    )


@pytest.mark.parametrize("market", [None, *MARKETS, "FR"])
@pytest.mark.parametrize("platform", [None, "own_shop", "ebay", "amazon"])
@pytest.mark.parametrize("on", ["2026-05-31", "2026-06-01", "2026-06-02"])
def test_a_filter_allows_exactly_what_is_for_the_market_the_platform_and_the_day(
    index: PassageIndex, market: str | None, platform: str | None, on: str
) -> None:
    day = date.fromisoformat(on)
    wanted = [i for i, chunk in enumerate(catalogue()) if fits(chunk, market, platform, day)]
    mask = index.allowed(market=market, platform=platform, on=day)
    assert np.flatnonzero(mask).tolist() == wanted
    assert wanted
    found = index.nearest(ExactEncoder().encode_passages(["x"])[0], mask, 60)
    assert sorted(position for position, _ in found) == wanted


def test_many_different_filters_do_not_pile_up(index: PassageIndex) -> None:
    first = index.allowed(market="DE", platform=None, on=DAY).copy()
    for i in range(600):
        index.allowed(market="DE", platform=f"shop{i}", on=DAY)
    assert len(index._masks) < 300
    assert np.array_equal(index.allowed(market="DE", platform=None, on=DAY), first)


def test_ids_are_the_same_in_every_process_and_every_build() -> None:
    # Written down: a change would break whatever was stored with these numbers.
    assert [stable_id("shipping-us#0"), stable_id("返品#12")] == [8528150061459484942, 1954806768623251881]


def test_a_passage_keeps_its_id_when_articles_come_and_go(tmp_path: Path, exact: ExactEncoder) -> None:
    build_index(catalogue(9), tmp_path, exact)
    before = PassageIndex.load(tmp_path, encoder=exact.revision)
    build_index([make_chunk("new"), *catalogue(9)[3:]], tmp_path, exact)
    after = PassageIndex.load(tmp_path, encoder=exact.revision)
    ids_before = {p.key: int(i) for p, i in zip(before.passages, before._ids, strict=True)}
    ids_after = {p.key: int(i) for p, i in zip(after.passages, after._ids, strict=True)}
    assert set(ids_before) & set(ids_after) == {chunk.key for chunk in catalogue(9)[3:]}
    assert all(ids_after[key] == ids_before[key] for key in set(ids_before) & set(ids_after))


def test_the_same_articles_give_the_same_manifest(tmp_path: Path, exact: ExactEncoder) -> None:
    one = build_index(catalogue(9), tmp_path / "one", exact, batch=2)
    two = build_index(catalogue(9), tmp_path / "two", exact)
    assert one == two


def test_the_manifest_says_what_is_in_the_index(folder: Path, exact: ExactEncoder) -> None:
    manifest = json.loads((generation(folder) / "manifest.json").read_text())
    assert (manifest["passages"], manifest["articles"], manifest["encoder"], manifest["dimension"]) == (9, 9, "exact@1", 16)


def test_progress_counts_up_to_all_passages(tmp_path: Path, exact: ExactEncoder) -> None:
    seen: list[tuple[int, int]] = []
    build_index(catalogue(9), tmp_path, exact, progress=lambda done, total: seen.append((done, total)), batch=4)
    assert seen == [(4, 9), (8, 9), (9, 9)]


def test_a_passage_comes_back_as_it_was_stored(tmp_path: Path, exact: ExactEncoder) -> None:
    made = make_chunk(
        "jp", "返品は30日以内。\n\n| a | b |", title="返品 \u2028 について", language="ja", markets=("JP",), approved=True
    )
    build_index([made], tmp_path, exact)
    (passage,) = PassageIndex.load(tmp_path, encoder=exact.revision).passages
    assert (passage.key, passage.text, passage.title) == ("jp#0", made.text, made.article.head.title)
    assert (passage.language, passage.markets, passage.approved, passage.platform) == ("ja", ("JP",), True, None)


def test_nothing_to_index_is_an_error_and_leaves_no_folder(tmp_path: Path, exact: ExactEncoder) -> None:
    with pytest.raises(KnowledgeIndexError, match="there are no passages to index"):
        build_index([], tmp_path / "index", exact)
    assert not (tmp_path / "index").exists()


def test_a_folder_that_cannot_be_made_is_an_error_that_says_so(tmp_path: Path, exact: ExactEncoder) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KnowledgeIndexError, match="cannot be written") as caught:
        build_index(catalogue(3), tmp_path / "file", exact)
    assert "--index" in caught.value.hint


def test_a_folder_without_an_index_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="there is no knowledge index in") as caught:
        PassageIndex.load(tmp_path, encoder="exact@1")
    assert caught.value.hint == f"Build it: cs-assist kb build ARTICLES --index {tmp_path}"


def test_an_index_of_another_encoder_is_refused_and_both_are_named(folder: Path) -> None:
    with pytest.raises(IndexMismatchError, match="built by encoder 'exact@1', but 'exact@2' is in use") as caught:
        PassageIndex.load(folder, encoder="exact@2")
    assert "cs-assist kb build" in caught.value.hint


def test_an_index_of_another_layout_is_refused(folder: Path) -> None:
    path = generation(folder) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "layout": 99}))
    with pytest.raises(IndexMismatchError, match="has layout 99"):
        PassageIndex.load(folder, encoder="exact@1")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [truncate, flip_a_bit, Path.unlink], ids=["truncated", "bit flipped", "missing"])
@pytest.mark.parametrize("part", ["vectors.faiss", "passages.jsonl", "lexical"])
def test_a_damaged_file_is_refused_and_named(folder: Path, part: str, harm: Callable[[Path], None]) -> None:
    victim = generation(folder) / part
    if victim.is_dir():
        victim = max(victim.iterdir(), key=lambda path: path.stat().st_size)
    harm(victim)
    with pytest.raises(IndexDamagedError, match="is missing or altered since it was built") as caught:
        PassageIndex.load(folder, encoder="exact@1")
    assert victim.name in str(caught.value)
    assert "cs-assist kb build" in caught.value.hint


def test_building_again_mends_a_damaged_index(folder: Path, exact: ExactEncoder) -> None:
    truncate(generation(folder) / "vectors.faiss")
    build_index(catalogue(9), folder, exact)
    assert len(PassageIndex.load(folder, encoder=exact.revision).passages) == 9


def test_a_truncated_manifest_is_no_index(folder: Path) -> None:
    truncate(generation(folder) / "manifest.json")
    path = generation(folder) / "manifest.json"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(IndexMissingError, match="there is no knowledge index"):
        PassageIndex.load(folder, encoder="exact@1")


KILLED = """
import os, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from cs_assist.knowledge.index import build_index
from sample_shop import ExactEncoder, make_chunk

class Dying(ExactEncoder):
    calls = 0
    def encode_passages(self, texts):
        self.calls += 1
        if self.calls == 3:
            os._exit(9)
        return super().encode_passages(texts)

build_index([make_chunk(f"new-{i}") for i in range(20)], Path(sys.argv[1]), Dying(), batch=4)
"""


def test_a_killed_build_leaves_the_old_index_answering_and_the_next_build_cleans_up(folder: Path, exact: ExactEncoder) -> None:
    old = generation(folder)
    helpers = str(Path(__file__).parent.parent)
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), helpers], capture_output=True, text=True, check=False)
    assert done.returncode == 9, done.stderr
    assert [path.name for path in folder.glob("building-*")] != []
    assert generation(folder) == old
    assert [p.doc_id for p in PassageIndex.load(folder, encoder=exact.revision).passages] == [f"doc-{i}" for i in range(9)]

    build_index([make_chunk("newest")], folder, exact)
    assert [p.doc_id for p in PassageIndex.load(folder, encoder=exact.revision).passages] == ["newest"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(["CURRENT", generation(folder).name, "writer.lock"])


def test_an_index_that_is_loaded_answers_on_after_a_new_build(folder: Path, exact: ExactEncoder) -> None:
    loaded = PassageIndex.load(folder, encoder=exact.revision)
    build_index([make_chunk("newest")], folder, exact)
    assert len(loaded.nearest(exact.encode_passages(["x"])[0], np.ones(9, np.bool_), 9)) == 9
    assert loaded.lexical.scores("text").shape == (9,)


def test_nothing_is_pickled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    PassageIndex.load(folder, encoder="exact@1").lexical.scores("text")
    files = [path for path in generation(folder).rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".json", ".jsonl", ".npy", ".faiss"}
    for path in files:
        if path.suffix == ".npy":
            assert np.load(path, allow_pickle=False).size >= 0


def test_the_folder_can_be_moved(folder: Path, tmp_path: Path) -> None:
    os.replace(folder, tmp_path / "elsewhere")
    assert len(PassageIndex.load(tmp_path / "elsewhere", encoder="exact@1").passages) == 9
