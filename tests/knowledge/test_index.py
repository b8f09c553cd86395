from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_shop import ExactEncoder, make_chunk

from cs_assist.errors import IndexDamagedError, IndexMismatchError, IndexMissingError, KnowledgeIndexError
from cs_assist.knowledge.chunks import Chunk
from cs_assist.knowledge.index import LAYOUT, PassageIndex, build_index, stable_id, write_generation, writing

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


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


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


@pytest.mark.parametrize("kept", [True, False], ids=["returned mask", "copied mask"])
def test_a_search_with_a_copy_of_a_mask_finds_the_same(index: PassageIndex, kept: bool) -> None:
    mask = index.allowed(market="DE", platform=None, on=DAY)
    vectors = ExactEncoder().encode_passages([chunk.indexed_text for chunk in catalogue()])
    assert index.nearest(vectors[0], mask if kept else mask.copy(), 7) == twin(vectors, vectors[0], mask, 7)


def test_a_mask_that_was_returned_cannot_be_written_to(index: PassageIndex) -> None:
    with pytest.raises(ValueError, match="read-only"):
        index.allowed(market="DE", platform=None, on=DAY)[0] = False


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


def test_a_category_and_a_product_allow_exactly_the_articles_that_name_them(tmp_path: Path, exact: ExactEncoder) -> None:
    heads = [("returns", None), ("returns", "Kettle"), ("products", "Kettle"), ("products", "Kettle 2")]
    made = [make_chunk(f"d{i}", category=category, product=product) for i, (category, product) in enumerate(heads)]
    build_index(made, tmp_path, exact)
    index = PassageIndex.load(tmp_path, encoder=exact.revision)

    def allowed(**wanted: str) -> list[int]:
        return np.flatnonzero(index.allowed(market=None, platform=None, on=DAY, **wanted)).tolist()

    assert allowed() == [0, 1, 2, 3]
    assert allowed(category="returns") == [0, 1]
    assert allowed(product="Kettle") == [1, 2]
    assert allowed(category="products", product="Kettle") == [2]
    assert allowed(category="payments") == allowed(product="kettle") == []


def test_a_lead_is_the_opening_of_the_article_wherever_its_passages_stand(tmp_path: Path, exact: ExactEncoder) -> None:
    first = make_chunk("b", "Opening.\n\nMore.")
    second = replace(first, number=1, text="The rest.")
    build_index([second, make_chunk("a", "Other."), first, replace(second, article=make_chunk("c").article)], tmp_path, exact)
    index = PassageIndex.load(tmp_path, encoder=exact.revision)
    assert [index.lead(passage) for passage in index.passages] == ["Opening.", "Other.", "Opening.", ""]


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
    ids_before = {p.key: int(i) for p, i in zip(before.passages, before._vectors.ids, strict=True)}
    ids_after = {p.key: int(i) for p, i in zip(after.passages, after._vectors.ids, strict=True)}
    assert set(ids_before) & set(ids_after) == {chunk.key for chunk in catalogue(9)[3:]}
    assert all(ids_after[key] == ids_before[key] for key in set(ids_before) & set(ids_after))


def test_the_same_articles_give_the_same_manifest(tmp_path: Path, exact: ExactEncoder) -> None:
    one = build_index(catalogue(9), tmp_path / "one", exact, batch=2)
    two = build_index(catalogue(9), tmp_path / "two", exact)
    assert one == two


CONTENT = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from sample_shop import ExactEncoder
from test_index import build_index, catalogue
print(build_index(catalogue(9), Path(sys.argv[1]), ExactEncoder())["content"])
"""


def test_the_same_articles_have_the_same_content_hash_in_every_process(folder: Path) -> None:
    helpers = [str(Path(__file__).parents[up]) for up in (0, 1, 2)]
    told = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", CONTENT, str(folder), helpers[0]],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(helpers)},
        )  # fmt: skip
        told.add(done.stdout)
    assert len(told) == 1


@pytest.fixture
def low_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_assist.knowledge.vectors.FLAT_BELOW", 1_000)


@pytest.mark.usefixtures("low_boundary")
def test_a_large_index_is_updated_by_article_and_ends_where_a_build_of_the_same_ends(tmp_path: Path, exact: ExactEncoder) -> None:
    old = catalogue(1_200)
    build_index(old, tmp_path / "updated", exact)
    before = PassageIndex.load(tmp_path / "updated", encoder=exact.revision)
    assert before.manifest["vectors"]["kind"] == "ivf-sq8"
    # One article goes, one changes, one comes, and the order changes.
    new = [make_chunk("new", "Quite new."), *old[600:], *old[1:600], make_chunk("doc-0", "Changed.", title="Same title")]
    del new[100]
    known = {passage.indexed_text: before.vectors([at])[0] for at, passage in enumerate(before.passages)}
    encoded: list[str] = []

    class Counting(ExactEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Any:
            encoded.extend(texts)
            return super().encode_passages(texts)

    with writing(tmp_path / "updated"):
        written = write_generation(new, tmp_path / "updated", Counting(), known=known)
    assert sorted(encoded) == ["About new\nQuite new.", "Same title\nChanged."]
    assert written == build_index(new, tmp_path / "built", exact)

    after = PassageIndex.load(tmp_path / "updated", encoder=exact.revision)
    ids = [{p.key: int(i) for p, i in zip(index.passages, index._vectors.ids, strict=True)} for index in (before, after)]
    assert ids[0].keys() - ids[1].keys() == {old[699].key}
    assert all(ids[0][key] == ids[1][key] for key in ids[0].keys() & ids[1].keys())

    vectors, hits = exact.encode_passages([chunk.indexed_text for chunk in new]), 0
    for market in MARKETS:
        mask = after.allowed(market=market, platform="ebay", on=DAY)
        for question in exact.encode_passages([f"question {i}" for i in range(40)]):
            found = after.nearest(question, mask, 10)
            assert all(mask[at] for at, _ in found)
            assert after.cosines(question, [at for at, _ in found]) == dict(found)
            worst = twin(vectors, question, mask, 10)[-1][1]
            hits += sum(score >= worst for _, score in found)
    assert hits >= 0.97 * 1_200


@pytest.mark.usefixtures("low_boundary")
def test_damaged_exact_vectors_are_refused(tmp_path: Path, exact: ExactEncoder) -> None:
    build_index(catalogue(1_000), tmp_path / "index", exact)
    for harm in (truncate, flip_a_bit, Path.unlink):
        folder = tmp_path / harm.__name__
        shutil.copytree(tmp_path / "index", folder)
        harm(generation(folder) / "exact.npy")
        with pytest.raises(IndexDamagedError, match=r"exact\.npy' is missing or altered"):
            PassageIndex.load(folder, encoder=exact.revision)


def test_the_manifest_says_what_is_in_the_index(folder: Path, exact: ExactEncoder) -> None:
    manifest = json.loads((generation(folder) / "manifest.json").read_text())
    assert (manifest["passages"], manifest["articles"], manifest["encoder"], manifest["dimension"]) == (9, 9, "exact@1", 16)
    assert manifest["vectors"] == {"kind": "flat", "recall_at_10": 1.0, "sample": 0}


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


@pytest.mark.parametrize("content", [b"garbled", b"\xff\xfe", b"2026-11-23T10:00:00", b""])
def test_a_damaged_note_of_the_last_step_stops_nobody(folder: Path, content: bytes) -> None:
    (folder / "IN_STEP").write_bytes(content)
    assert len(PassageIndex.load(folder, encoder=ExactEncoder.revision).passages)


def test_an_index_of_another_layout_is_refused(folder: Path) -> None:
    path = generation(folder) / "manifest.json"
    for layout in (99, 1, None):
        path.write_text(json.dumps({**json.loads(path.read_text()), "layout": layout}))
        with pytest.raises(IndexMismatchError, match=f"has layout {layout}, this release reads {LAYOUT}") as caught:
            PassageIndex.load(folder, encoder="exact@1")
        assert "cs-assist kb build" in caught.value.hint


@pytest.mark.parametrize("harm", [truncate, flip_a_bit, Path.unlink], ids=["truncated", "bit flipped", "missing"])
@pytest.mark.parametrize("part", ["vectors.faiss", "passages.jsonl", "offsets.npy", "columns.npy", "values.json", "lexical"])
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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_a_manifest_with_a_flipped_bit_is_refused(folder: Path, where: float, bit: int) -> None:
    path = generation(folder) / "manifest.json"
    whole = path.read_bytes()
    at = int(where * len(whole))
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    try:
        if json_of(path) != json.loads(whole):  # a blank that became another blank says the same
            with pytest.raises(KnowledgeIndexError):
                PassageIndex.load(folder, encoder="exact@1")
    finally:
        path.write_bytes(whole)


def json_of(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


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
