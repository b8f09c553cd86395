"""Answers of models that were given before.

LangChain's caches keep every reply, the broken ones too, and those on disk grow without end; this one keeps what was
read and checked, and no more than it is told.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from cs_assist.errors import SettingsError

FILE = "answers.db"
_LOG = logging.getLogger("cs_assist.llm")


class AnswerCache:
    """Checked answers by prompt, version, rendered content, schema and model; the longest unused one goes first.

    Args:
        folder: Where the SQLite file is kept, which several processes may share; None keeps the answers in memory.
        size: Answers kept at most; 0 keeps none.
    """

    def __init__(self, folder: Path | None, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(
                folder / FILE if folder else ":memory:", check_same_thread=False, isolation_level=None, timeout=5
            )
            self._base.execute("PRAGMA secure_delete = ON")
            self._base.execute("CREATE TABLE IF NOT EXISTS answers (used INTEGER PRIMARY KEY, key TEXT UNIQUE, answer TEXT)")
        except (OSError, sqlite3.Error) as exc:
            raise SettingsError(
                f"answers cannot be kept in '{folder}': {exc}.", hint="Set `llm_cache_dir` to a folder that can be written."
            ) from exc

    @staticmethod
    def key(model: str, prompt: str, version: int, schema: str, messages: Sequence[tuple[str, str]]) -> str:
        """Return the key of a question."""
        content = json.dumps([model, prompt, version, schema, messages], ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def get(self, key: str) -> str | None:
        """Return the answer as JSON, and count it as used."""
        if self._size == 0:
            return None
        with self._lock:
            try:
                found = self._base.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
                if found:
                    self._put(key, found[0])
            except sqlite3.Error as exc:
                _LOG.warning("answers of models cannot be read: %s", exc)
                return None
        return found[0] if found else None

    def put(self, key: str, answer: str) -> None:
        """Keep an answer, as JSON."""
        if self._size:
            with self._lock:
                try:
                    self._put(key, answer)
                    self._base.execute(
                        "DELETE FROM answers WHERE used <= (SELECT used FROM answers ORDER BY used DESC LIMIT 1 OFFSET ?)",
                        (self._size,),
                    )
                except sqlite3.Error as exc:  # the answer itself is good
                    _LOG.warning("answers of models cannot be kept: %s", exc)

    def _put(self, key: str, answer: str) -> None:
        self._base.execute(
            "INSERT OR REPLACE INTO answers (used, key, answer) VALUES ((SELECT COALESCE(MAX(used), 0) + 1 FROM answers), ?, ?)",
            (key, answer),
        )
