"""Which encoder builds and searches the index, by the settings."""

from __future__ import annotations

from cs_assist.config import Settings
from cs_assist.encoder.base import Encoder
from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder


def open_encoder(settings: Settings) -> Encoder:
    """Return the encoder of ``search_model``, else that of ``encoder_dir``, else the shipped one.

    Raises:
        MissingExtraError: ``search_model`` is set and sentence-transformers is not installed.
        EncoderError: The model cannot be loaded.

    Example:
        >>> from cs_assist.config import load_settings
        >>> open_encoder(load_settings()).dimension
        384
    """
    if settings.search_model:
        from cs_assist.encoder.sentence_transformers import SentenceTransformersEncoder

        return SentenceTransformersEncoder(settings.search_model)
    return OnnxEncoder(settings.encoder_dir or SHIPPED, threads=settings.threads)
