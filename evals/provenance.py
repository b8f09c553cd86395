"""The head of every result file: what was measured, where and when."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cs_assist import __version__
from cs_assist.encoder.onnx import OnnxEncoder

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "evals" / "results"
_PACKAGES = ("numpy", "onnxruntime", "tokenizers", "faiss-cpu", "bm25s", "sqlalchemy", "pydantic")


def head() -> dict[str, Any]:
    """Return library, commit, encoder, packages, machine and date."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    changed = subprocess.run(["git", "status", "--porcelain", "cs_assist"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "library": __version__,
        "commit": commit.stdout.strip() + ("+changes" if changed.stdout.strip() else ""),
        "encoder": OnnxEncoder().revision,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "date": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def save(name: str, result: dict[str, Any], table: str) -> None:
    """Write a result as JSON and as a Markdown table, both with the head."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    top = head()
    (RESULTS / f"{name}.json").write_text(
        json.dumps({"head": top, **result}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    lines = "\n".join(
        f"- {key}: {json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value}" for key, value in top.items()
    )
    (RESULTS / f"{name}.md").write_text(f"# {name}\n\n{lines}\n\n{table}\n", encoding="utf-8")
