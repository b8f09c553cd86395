from __future__ import annotations

from pathlib import Path

import pytest

from cs_assist.errors import DataFileError
from cs_assist.limits import limits_of, load_limits


def test_every_limit_says_where_it_is_from() -> None:
    limits = load_limits()
    assert all(limit.value > 0 and limit.source for limit in (*limits.channels.values(), *limits.platforms.values()))


def test_a_broken_limits_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "limits.yaml"
    path.write_text("channels: {}\nplatforms:\n  amazon: {value: many}\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"limits\.yaml, line 3, key 'platforms\.amazon\.value'"):
        load_limits(path)


def test_platform_and_channel_both_limit_a_text() -> None:
    assert [limit.value for limit in limits_of("whatsapp", "amazon")] == [2000, 4096]
    assert limits_of("email", "own_shop") == limits_of(None, None) == ()
