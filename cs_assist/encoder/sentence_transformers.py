"""Any sentence-transformers model as the encoder that searches (extra ``sentence-transformers``)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cs_assist.encoder.base import Vectors, unit
from cs_assist.errors import EncoderError, MissingExtraError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32


class SentenceTransformersEncoder:
    """A sentence-transformers model behind the library's own protocol.

    Calls from several threads wait for each other: the tokenizers of this library are not safe otherwise.

    Args:
        model: A folder, a model's name, or a loaded ``SentenceTransformer``. A name that is not on this machine is
            fetched by sentence-transformers.
        name: The readable half of the revision; by default the folder's or the model's own name.
        query_prompt: Put before every message; by default the model's own prompt ``query``, if it has one.
        passage_prompt: Put before every passage; by default the model's own prompt ``document``, ``passage`` or
            ``corpus``, the first that is not empty. Models of the E5 family need both and rarely state them.
        backend: How a folder or name is run: ``torch``, ``onnx`` or ``openvino``.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
        EncoderError: The model cannot be loaded, or gives no way to tell whether it is still the same.
    """

    def __init__(
        self,
        model: SentenceTransformer | str | Path,
        *,
        name: str = "",
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        backend: str = "torch",
    ) -> None:
        self._model = _load(model, backend) if isinstance(model, str | Path) else model
        self._lock = threading.Lock()
        prompts = self._model.prompts
        self._query_prompt = prompts.get("query", "") if query_prompt is None else query_prompt
        stated = (prompts.get(key, "") for key in ("document", "passage", "corpus"))
        self._passage_prompt = next(filter(None, stated), "") if passage_prompt is None else passage_prompt
        self.dimension = int(self._model.encode([""], prompt="", show_progress_bar=False).shape[1])
        own = model if isinstance(model, str | Path) else self._model.model_card_data.base_model or "sentence-transformers"
        self.revision = f"{name or Path(own).name}@{self._hash()}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, read as a customer's message; shape (texts, dimension)."""
        return self._encode(texts, self._query_prompt)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, read as a part of an article; shape (texts, dimension)."""
        return self._encode(texts, self._passage_prompt)

    def count_tokens(self, text: str) -> int:
        """Return how many of the model's tokens ``text`` has, without prompt and end marks."""
        tokenizer: Any = self._model.tokenizer
        with self._lock:
            found = tokenizer.encode(text, add_special_tokens=False)
        return len(getattr(found, "ids", found))  # a bare `tokenizers.Tokenizer` gives an object

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            rows = self._model.encode(
                list(texts), prompt=prompt, batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False
            )
        return unit(np.asarray(rows, np.float32))

    def _hash(self) -> str:
        """Return 12 hex digits over everything that decides a vector: weights, prompts, the text window and the parts."""
        told = hashlib.sha256()
        parts = [type(module).__name__ + repr(getattr(module, "get_config_dict", dict)()) for module in self._model]
        told.update(json.dumps([self._query_prompt, self._passage_prompt, self._model.max_seq_length, parts]).encode())
        weights = self._model.state_dict()
        for name in sorted(weights):
            told.update(name.encode())
            told.update(np.ascontiguousarray(weights[name].detach().cpu().float().numpy()).data)
        if not weights:  # a graph outside torch: the file is the model
            graph = getattr(getattr(self._model[0], "auto_model", None), "path", None)
            if graph is None or not Path(graph).is_file():
                raise EncoderError(
                    "the model's weights cannot be read, so nothing could tell whether it is still the same.",
                    hint="Load it with backend='torch' or backend='onnx'.",
                )
            told.update(Path(graph).read_bytes())
        return told.hexdigest()[:12]


def _load(model: str | Path, backend: str) -> SentenceTransformer:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as exc:
        raise MissingExtraError("sentence-transformers", needed_for=f"the encoder '{model}'") from exc
    try:
        return SentenceTransformer(str(model), backend=cast(Any, backend))
    except (OSError, ValueError, ImportError) as exc:
        raise EncoderError(
            f"the sentence-transformers model '{model}' cannot be loaded: {str(exc).splitlines()[0]}",
            hint="Give a folder that sentence-transformers wrote, or the name of a model that can be fetched.",
        ) from exc
