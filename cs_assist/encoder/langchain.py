"""Any LangChain ``Embeddings`` as the encoder that searches. LangChain itself is not needed to read this file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from cs_assist.encoder.base import Vectors, unit
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import EncoderError

#: Public attributes by which LangChain's classes say which model they call and how; timeouts and keys are not among them.
_TELLING = (
    "model", "model_name", "model_id", "repo_id", "deployment", "deployment_name", "azure_deployment", "dimensions",
    "size", "seed", "model_kwargs", "encode_kwargs", "query_encode_kwargs", "query_instruction", "embed_instruction",
    "task_type", "input_type", "normalize", "normalize_embeddings", "truncate", "revision",
)  # fmt: skip


class Embeddings(Protocol):
    """LangChain's interface, ``langchain_core.embeddings.Embeddings``, as far as it is used here."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector a text."""
        ...

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        ...


class LangChainEncoder:
    """A LangChain ``Embeddings`` behind the library's own protocol.

    The weights of a model behind an interface cannot be hashed. The revision covers the class, what the object says of
    its model, ``version`` and the length of its vectors; a model that changed behind the same name is found out when
    an index is opened, because a stored passage then no longer gets its vector.

    Args:
        embeddings: Any object with ``embed_documents`` and ``embed_query``.
        name: The readable half of the revision; by default the model's name, else that of the class.
        version: Anything that changes when the model does, where the object cannot say it.
        count_tokens: Measures texts when articles are cut into passages; by default the shipped encoder's tokens.

    Raises:
        EncoderError: The object gives no vectors of one length. Errors of the model's own service come through as they are.

    Example:
        >>> class Length:
        ...     def embed_documents(self, texts):
        ...         return [[len(text), 1.0] for text in texts]
        ...     def embed_query(self, text):
        ...         return [len(text), 1.0]
        >>> encoder = LangChainEncoder(Length(), name="length")
        >>> encoder.dimension, encoder.revision.split("@")[0]
        (2, 'length')
    """

    def __init__(
        self, embeddings: Embeddings, *, name: str = "", version: str = "", count_tokens: Callable[[str], int] | None = None
    ) -> None:
        self.embeddings = embeddings
        self._said = {key: value for key in _TELLING if (value := _plain(getattr(embeddings, key, None))) is not None}
        stated = next((str(self._said[key]) for key in _TELLING[:7] if self._said.get(key)), type(embeddings).__name__)
        self._name = name or stated
        self._version = version
        self._count_tokens = count_tokens

    @cached_property
    def dimension(self) -> int:
        """Length of each vector; asked of the model once."""
        return len(self.embeddings.embed_query("dimension"))

    @cached_property
    def revision(self) -> str:
        """Name and hash, as in :class:`~cs_assist.encoder.base.QueryEncoder`."""
        kind = f"{type(self.embeddings).__module__}.{type(self.embeddings).__qualname__}"
        told = json.dumps([kind, self._said, self._version, self.dimension], sort_keys=True)
        return f"{self._name}@{hashlib.sha256(told.encode()).hexdigest()[:12]}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, read as a customer's message; shape (texts, dimension)."""
        return self._rows([self.embeddings.embed_query(text) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, read as a part of an article; shape (texts, dimension)."""
        return self._rows(self.embeddings.embed_documents(list(texts)) if texts else [])

    def count_tokens(self, text: str) -> int:
        """Return how many tokens ``text`` has, by the measure given or the shipped encoder's."""
        return self._counter(text)

    @cached_property
    def _counter(self) -> Callable[[str], int]:
        return self._count_tokens or OnnxEncoder().count_tokens

    def _rows(self, rows: Sequence[Sequence[float]]) -> Vectors:
        if {len(row) for row in rows} - {self.dimension}:
            lengths = sorted({len(row) for row in rows})
            raise EncoderError(
                f"'{self._name}' gave vectors of length {lengths}, {self.dimension} was expected.",
                hint="An encoder must give vectors of one length.",
            )
        vectors = np.array(rows, np.float32).reshape(len(rows), self.dimension)
        if not np.isfinite(vectors).all():
            raise EncoderError(f"'{self._name}' gave a vector that is no number.", hint="Look at the model's own messages.")
        return unit(vectors)


def _plain(value: Any) -> Any:
    """Return a value that JSON can write the same way every time, or None: objects and secrets tell nothing."""
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {str(key): plain for key, item in value.items() if (plain := _plain(item)) is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None
