"""The search log: one JSON line a search, off unless a file is named."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cs_assist.errors import SettingsError
from cs_assist.types import Findings, Message, Triage

log = logging.getLogger(__name__)


class SearchLog:
    """Appends searches to a file.

    A line has ``at`` (UTC), ``text`` or ``text_sha256``, ``market``, ``platform``, ``language``, ``doc_ids`` (best
    first) and ``p_answerable``. The text is the cleaned message. Its hash tells equal questions, and whoever has a
    question can look for it; it is a pseudonym, not anonymous.

    Several threads and processes may write one file: a line is appended in one piece. A line that cannot be written
    (a full disk) is lost with a warning, because an answer is worth more than its log line.

    Args:
        path: The file; made where it is missing, with its folder.
        text: How the text is written, such as with personal data masked; None writes its SHA-256 instead.

    Raises:
        SettingsError: The file cannot be written.
    """

    def __init__(self, path: Path, *, text: Callable[[str], str] | None = None) -> None:
        self._path = path
        self._text = text
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("ab").close()
        except OSError as exc:
            raise SettingsError(
                f"the search log '{path}' cannot be written: {exc.strerror}.", hint="Choose another search_log, or unset it."
            ) from exc

    def __call__(self, message: Message, triage: Triage, findings: Findings) -> None:
        """Append one search."""
        asked = triage.text
        told = {"text": self._text(asked)} if self._text else {"text_sha256": hashlib.sha256(asked.encode()).hexdigest()}
        row = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **told,
            "market": message.market,
            "platform": message.platform,
            "language": triage.language,
            "doc_ids": list(dict.fromkeys(passage.doc_id for passage in findings.passages)),
            "p_answerable": findings.p_answerable,
        }
        line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
        try:
            with self._lock, self._path.open("ab", buffering=0) as file:
                file.write(line)
        except OSError as exc:
            log.warning("a search could not be logged in '%s': %s", self._path, exc)
