from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.knowledge import vectors as module
from cs_assist.knowledge.vectors import VectorIndex, cosines, open_vectors, write_vectors

SIZE, DIMENSION, SUBJECTS = 4_000, 48, 40


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def draw(size: int = SIZE, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Vectors around the centres of some subjects, as those of sentences stand, and the subject of each."""
    subjects = np.random.default_rng(0).standard_normal((SUBJECTS, DIMENSION))
    chance = np.random.default_rng(seed)
    about = chance.integers(0, SUBJECTS, size)
    return unit(subjects[about] + 0.6 * chance.standard_normal((size, DIMENSION))), about


def ids_of(size: int) -> np.ndarray:
    return np.arange(size, dtype=np.int64) * 7_919 + 2**61


def questions(size: int = 60) -> np.ndarray:
    """Further off than the passages, as questions are."""
    rows, _ = draw(size, seed=2)
    return unit(rows + unit(np.random.default_rng(3).standard_normal(rows.shape)))


@pytest.fixture(autouse=True, scope="module")
def low_boundary() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FLAT_BELOW", 1_000)
        yield


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("inverted")
    rows, _ = draw()
    return folder, write_vectors(rows, ids_of(SIZE), folder)


@pytest.fixture(scope="module")
def inverted(stored: tuple[Path, dict[str, Any]]) -> VectorIndex:
    return open_vectors(*stored)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    folder = tmp_path_factory.mktemp("flat")
    return open_vectors(folder, write_vectors(draw()[0][:999], ids_of(999), folder))


def twin(rows: np.ndarray, question: np.ndarray, mask: np.ndarray, k: int) -> list[tuple[int, float]]:
    scores = cosines(rows, question)
    order = np.flatnonzero(mask)
    return [(int(i), float(scores[i])) for i in order[np.lexsort((order, -scores[order]))][:k]]


def recall(index: VectorIndex, mask: np.ndarray, k: int) -> float:
    """The share of the truly nearest that is found; whatever is found must be allowed, and its cosine exact."""
    rows, chosen, hits, wanted = draw()[0], index.select(mask), 0, 0
    for question in questions():
        truth, found = twin(rows, question, mask, k), index.nearest(question, chosen, k)
        assert len(found) == len(truth)
        assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
        assert all(mask[at] for at, _ in found)
        assert [score for _, score in found] == cosines(rows[[at for at, _ in found]], question).tolist()
        hits += len({at for at, _ in truth} & {at for at, _ in found})
        wanted += len(truth)
    return hits / wanted


def masks() -> dict[str, np.ndarray]:
    about, chance = draw()[1], np.random.default_rng(4).random(SIZE)
    return {
        "all": np.ones(SIZE, np.bool_),
        "all but one": np.arange(SIZE) != 17,
        "half": chance < 0.5,
        "a tenth": chance < 0.1,
        "a hundredth": chance < 0.01,
        "one subject": about == 3,
        "a quarter of the subjects": about % 4 == 1,
        "all but one subject": about != 3,
        "one": np.arange(SIZE) == 3_999,
    }


@pytest.mark.parametrize("k", [1, 10, 30, 200])
@pytest.mark.parametrize("name", masks())
def test_an_inverted_file_finds_97_of_100_of_the_nearest_under_every_filter(inverted: VectorIndex, name: str, k: int) -> None:
    assert recall(inverted, masks()[name], k) >= 0.97


def test_a_filter_that_leaves_few_is_compared_with_all_of_them(
    inverted: VectorIndex, stored: tuple[Path, dict[str, Any]]
) -> None:
    rows, (_, told) = draw()[0], stored
    assert 0 < told["scan"] < SIZE / 2  # otherwise nothing is tested here: every search compares all
    mask = np.zeros(SIZE, np.bool_)
    mask[:: SIZE // told["scan"] + 1] = True
    for question in questions():
        assert inverted.nearest(question, inverted.select(mask), 10) == twin(rows, question, mask, 10)


@given(share=st.floats(0.001, 1), seed=st.integers(0, 999), k=st.integers(1, 60), at=st.integers(0, 59))
def test_whatever_the_filter_only_allowed_ones_are_found_and_as_many_as_are_wanted(
    inverted: VectorIndex, share: float, seed: int, k: int, at: int
) -> None:
    mask = np.random.default_rng(seed).random(SIZE) < share
    mask[seed] = True
    found = inverted.nearest(questions()[at], inverted.select(mask), k)
    assert all(mask[position] for position, _ in found)
    assert len({position for position, _ in found}) == min(k, mask.sum())


@given(seed=st.integers(0, 99), k=st.integers(1, 1_100), at=st.integers(0, 59))
def test_below_the_boundary_the_nearest_are_found_whatever_the_filter(flat: VectorIndex, seed: int, k: int, at: int) -> None:
    mask = np.random.default_rng(seed).random(999) < (seed + 1) / 100
    mask[seed] = True
    found = flat.nearest(questions()[at], flat.select(mask), k)
    wanted = twin(draw()[0][:999], questions()[at], mask, k)
    assert [position for position, _ in found] == [position for position, _ in wanted]
    assert [score for _, score in found] == pytest.approx([score for _, score in wanted], abs=1e-6)


@pytest.mark.parametrize(("size", "kind"), [(999, "flat"), (1_000, "ivf-sq8")])
def test_the_number_of_passages_decides_what_is_stored(tmp_path: Path, size: int, kind: str) -> None:
    told = write_vectors(draw(size)[0], ids_of(size), tmp_path)
    assert told["kind"] == kind
    assert len(open_vectors(tmp_path, told).exact) == size


def test_what_was_measured_is_told(stored: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    _, told = stored
    assert told.keys() == {"kind", "lists", "scan", "depth", "recall_at_10", "recall_at_10_filtered", "sample"}
    assert 0.97 <= min(told["recall_at_10"], told["recall_at_10_filtered"]) <= 1
    assert told["sample"] >= 256
    assert write_vectors(draw(9)[0], ids_of(9), tmp_path) == {"kind": "flat", "recall_at_10": 1.0, "sample": 0}


def test_what_cannot_be_tuned_stays_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RECALL", 1.01)
    told = write_vectors(draw(1_200)[0], ids_of(1_200), tmp_path)
    assert told["kind"] == "flat"
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.faiss"]


def near_copies() -> np.ndarray:
    """Twelve hundred vectors so near each other that bytes can hardly tell them apart, and some that lie far off."""
    chance = np.random.default_rng(6)
    rows, _ = draw(1_200)
    rows[100:] = unit(rows[0] + 1e-4 * chance.standard_normal((1_100, DIMENSION)))
    return rows


def test_near_copies_that_bytes_cannot_tell_apart_are_found_all_the_same(tmp_path: Path) -> None:
    rows = near_copies()
    index = open_vectors(tmp_path, write_vectors(rows, ids_of(len(rows)), tmp_path))
    everything, hits = np.ones(len(rows), np.bool_), 0
    for question in unit(rows[100::40] + 0.01 * np.random.default_rng(7).standard_normal((28, DIMENSION))):
        wanted = twin(rows, question, everything, 10)[-1][1]
        hits += sum(score >= wanted - 1e-6 for _, score in index.nearest(question, index.select(everything), 10))
    assert hits >= 0.97 * 280


@pytest.mark.parametrize("size", [900, 1_300])
def test_equal_vectors_come_by_position(tmp_path: Path, size: int) -> None:
    rows, _ = draw(size)
    copies = np.random.default_rng(8).permutation(size)[:300]
    rows[copies] = rows[7]
    index = open_vectors(tmp_path, write_vectors(rows, ids_of(size), tmp_path))
    found = index.nearest(rows[7], index.select(np.ones(size, np.bool_)), 25)
    assert [at for at, _ in found] == sorted({7, *copies.tolist()})[:25]
    assert len({score for _, score in found}) == 1


@pytest.mark.parametrize("kind", ["flat", "inverted"])
def test_ids_and_vectors_come_back_as_they_were_given_and_cannot_be_written_to(request: pytest.FixtureRequest, kind: str) -> None:
    index = request.getfixturevalue(kind)
    size = len(index.exact)
    assert np.array_equal(index.ids, ids_of(size))
    assert np.array_equal(index.exact, draw()[0][:size])
    with pytest.raises(ValueError, match="read-only"):
        index.exact[0, 0] = 1


def test_a_reader_whose_files_are_removed_answers_on(
    inverted: VectorIndex, stored: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    shutil.copytree(stored[0], tmp_path / "copy")
    other = open_vectors(tmp_path / "copy", stored[1])
    shutil.rmtree(tmp_path / "copy")
    mask = np.arange(SIZE) % 3 > 0
    for question in questions():
        assert other.nearest(question, other.select(mask), 10) == inverted.nearest(question, inverted.select(mask), 10)


def test_many_threads_that_share_one_selection_find_what_one_finds(inverted: VectorIndex) -> None:
    chosen = inverted.select(np.arange(SIZE) % 3 > 0)
    alone = [inverted.nearest(question, chosen, 10) for question in questions()]
    start = threading.Barrier(16)

    def ask(_: int) -> list[list[tuple[int, float]]]:
        start.wait()
        return [inverted.nearest(question, chosen, 10) for question in questions()]

    with ThreadPoolExecutor(16) as pool:
        assert all(found == alone for found in pool.map(ask, range(16)))


def test_passages_that_are_all_alike_can_be_stored(tmp_path: Path) -> None:
    rows = np.repeat(draw(1)[0], 1_100, axis=0)
    index = open_vectors(tmp_path, write_vectors(rows, ids_of(1_100), tmp_path))
    assert [at for at, _ in index.nearest(questions()[0], index.select(np.arange(1_100) % 2 > 0), 3)] == [1, 3, 5]


BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_vectors import draw, ids_of, module, write_vectors
module.FLAT_BELOW = 1_000
print(write_vectors(draw(1_500)[0], ids_of(1_500), Path(sys.argv[1])))
"""


def test_the_same_vectors_give_the_same_files_whatever_the_threads(tmp_path: Path) -> None:
    seen = set()
    for threads in ("1", "2"):
        folder = tmp_path / threads
        folder.mkdir()
        root = Path(__file__).parent.parent.parent
        done = subprocess.run(
            [sys.executable, "-c", BUILD, str(folder), str(Path(__file__).parent)],
            capture_output=True, text=True, check=True,
            env={"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": str(root)},
        )  # fmt: skip
        hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())]
        assert len(hashes) == 2
        seen.add((done.stdout, *hashes))
    assert len(seen) == 1


@given(st.integers(1, 40), st.integers(0, 39))
def test_a_row_has_the_same_cosine_wherever_it_stands(size: int, at: int) -> None:
    rows, question = draw(size)[0], questions()[0]
    assert cosines(rows, question)[at % size] == cosines(rows[[at % size]], question)[0]
