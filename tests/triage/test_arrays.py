from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from cs_assist.errors import EncoderError
from cs_assist.triage.arrays import check_arrays, load_arrays


def test_arrays_come_back_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", one=np.arange(3), two=np.array(["x"]))
    arrays = load_arrays(tmp_path / "a.npz")
    assert sorted(arrays) == ["one", "two"]
    assert arrays["one"].tolist() == [0, 1, 2]


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", one=np.array([{"code": 1}], dtype=object))
    with pytest.raises(EncoderError, match=r"the weights in '.*a\.npz' cannot be read"):
        load_arrays(tmp_path / "a.npz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"none\.npz"):
        load_arrays(tmp_path / "none.npz")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, np.arange(3))  # one array, not several by name
    with pytest.raises(EncoderError, match=r"a\.npz' cannot be read"):
        load_arrays(tmp_path / "a.npz")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_of_which_any_byte_was_altered_is_read_or_refused(tmp_path: Path, save: Callable[..., None]) -> None:
    made = io.BytesIO()
    save(made, one=np.arange(6.0).reshape(2, 3), two=np.array(["x"]))
    whole = made.getvalue()
    for at in range(len(whole)):
        (tmp_path / "a.npz").write_bytes(whole[:at] + bytes([whole[at] ^ 0x49]) + whole[at + 1 :])
        with suppress(EncoderError):
            assert load_arrays(tmp_path / "a.npz").keys() <= {"one", "two"}


GOOD = {"labels": np.array(["a", "b"]), "weights": np.zeros((3, 2), np.float16), "bias": np.zeros(2), "heat": np.float32(1)}
AXES = {"labels": "label", "weights": "width label", "bias": "label", "heat": ""}


def test_arrays_that_fit_pass_whatever_else_is_there() -> None:
    check_arrays({**GOOD, "other": np.array([np.nan])}, AXES, texts=["labels"], what="the heads", hint="Mend.")


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("labels", np.array(["a"]), "'weights' is 3 x 2, not 3 x 1"),
        ("weights", np.zeros((3, 1)), "'weights' is 3 x 1, not"),
        ("bias", np.zeros((2, 2)), "'bias' is 2 x 2, not 2"),
        ("bias", np.zeros(3), "'bias' is 3, not 2"),
        ("bias", np.float32(0), "'bias' is one value, not 2"),
        ("heat", np.zeros(2), "'heat' is 2, not one value"),
        ("bias", np.array([0, np.nan]), "'bias' holds a value that is no finite number"),
        ("weights", np.full((3, 2), np.inf, np.float16), "'weights' holds a value that is no finite number"),
        ("bias", np.array(["x", "y"]), "'bias' holds <U1, not numbers"),
        ("bias", np.zeros(2, complex), "'bias' holds complex128, not numbers"),
        ("labels", np.zeros(2), "'labels' holds float64, not texts"),
    ],
)
def test_what_does_not_fit_is_named_with_what_was_expected(name: str, array: np.ndarray, said: str) -> None:
    with pytest.raises(EncoderError, match=f"the heads are damaged: the array {said}") as caught:
        check_arrays({**GOOD, name: array}, AXES, texts=["labels"], what="the heads", hint="Mend.")
    assert caught.value.hint == "Mend."


def test_an_axis_that_is_named_by_a_number_is_that_long() -> None:
    check_arrays(GOOD, {"weights": "3 2"}, texts=[], what="the heads", hint="")
    with pytest.raises(EncoderError, match="'weights' is 3 x 2, not 3 x 4"):
        check_arrays(GOOD, {"weights": "3 4"}, texts=[], what="the heads", hint="")
    with pytest.raises(EncoderError, match="lack the array 'scale'"):
        check_arrays(GOOD, {"scale": "3"}, texts=[], what="the heads", hint="")
