"""A BERT graph in onnxruntime with its tokenizer: what the encoder and the reader share."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from cs_assist.errors import EncoderError

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Encoding

_PADDING = 1  # the number of the padding piece
_FEW = 4  # texts that are cut into pieces sooner than the tokenizer's threads have woken


class _Tokenizer:
    """A tokenizer, and the lock under which its limit is set and kept while it is used."""

    def __init__(self, content: bytes) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_buffer(content)
        self.lock = threading.Lock()


_loaded: WeakValueDictionary[bytes, _Tokenizer] = WeakValueDictionary()
_loading = threading.Lock()


def _tokenizer(content: bytes) -> _Tokenizer:
    """Return the tokenizer of a file's content, one for all models that share it: the encoder and the reader do."""
    digest = hashlib.sha256(content).digest()
    with _loading:
        found = _loaded.get(digest)
        if found is None:
            found = _loaded[digest] = _Tokenizer(content)
        return found


class OnnxModel:
    """``encoder.json``, ``tokenizer.json`` and ``onnx/model.onnx`` of one folder. Safe to call from several threads.

    Loading is lazy: the first text loads the graph (about 0.3 s).

    Args:
        folder: Holds the three files.
        threads: Threads inside one run; 0 takes all cores.

    Raises:
        EncoderError: ``encoder.json`` is missing or is not readable.
    """

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        self.folder = Path(folder)
        self.threads = threads
        try:
            self.manifest: dict[str, Any] = json.loads((self.folder / "encoder.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise EncoderError(
                f"no usable encoder in '{self.folder}': {exc}",
                hint="Reinstall cs-assist, or make one with the scripts in training/.",
            ) from exc
        self._lock = threading.Lock()

    @property
    def revision(self) -> str:
        """Name and content hash."""
        return f"{self.manifest['name']}@{self.manifest['revision']}"

    def tokenize(self, texts: Sequence[str], *, limit: int | None = None, marks: bool = True) -> list[Encoding]:
        """Return the pieces of each text, cut to ``limit``; ``marks`` adds those of start and end."""
        shared = self._tokenizer
        with shared.lock:
            tokenizer = shared.tokenizer
            tokenizer.no_padding()
            if limit is None:
                tokenizer.no_truncation()
            else:
                tokenizer.enable_truncation(limit)
            if len(texts) <= _FEW:
                return [tokenizer.encode(text, add_special_tokens=marks) for text in texts]
            return tokenizer.encode_batch(list(texts), add_special_tokens=marks)

    def hidden(self, rows: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Return the last layer (rows x longest row x dimension) and the mask (rows x longest row) of piece numbers."""
        width = max(len(row) for row in rows)
        ids = np.full((len(rows), width), _PADDING, np.int64)
        mask = np.zeros((len(rows), width), np.int64)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        with self._lock:
            session = self._session
        return session.run(None, {"input_ids": ids, "attention_mask": mask})[0], mask

    @cached_property
    def _tokenizer(self) -> _Tokenizer:
        try:
            return _tokenizer((self.folder / "tokenizer.json").read_bytes())
        except Exception as exc:  # tokenizers raises the bare class
            raise EncoderError(f"the tokenizer in '{self.folder}' cannot be loaded: {exc}", hint="Reinstall cs-assist.") from exc

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # onnxruntime's own default counts physical cores: one, on a machine with two virtual ones.
        options.intra_op_num_threads = self.threads or os.cpu_count() or 1
        options.log_severity_level = 3
        # Threads spin only while a run lasts: afterwards the search needs the cores.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        try:
            return onnxruntime.InferenceSession(
                str(self.folder / "onnx" / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:  # onnxruntime raises its own types, which are not importable by name
            raise EncoderError(f"the graph in '{self.folder}' cannot be loaded: {exc}", hint="Reinstall cs-assist.") from exc
