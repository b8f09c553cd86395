from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cs_assist.knowledge.articles import Loaded, load_articles

Load = Callable[..., Loaded]
DEFAULTS = "language: en\ncategory: policy\n"


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write one file beside a ``_defaults.yaml`` and load the folder."""

    def write(name: str, content: str | bytes, defaults: str = DEFAULTS) -> Loaded:
        folder = tmp_path / "articles"
        folder.mkdir(exist_ok=True)
        if defaults:
            (folder / "_defaults.yaml").write_text(defaults, encoding="utf-8")
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_articles(folder)

    return write
