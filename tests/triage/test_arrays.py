from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cs_assist.errors import EncoderError
from cs_assist.triage.arrays import load_arrays


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
