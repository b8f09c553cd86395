"""The parts of an assistant, put together from the settings."""

from __future__ import annotations

import logging
from pathlib import Path

from cs_assist import __version__
from cs_assist.config import Settings
from cs_assist.conversation.history import Crm
from cs_assist.conversation.memory import Memory
from cs_assist.conversation.repetition import Repetition
from cs_assist.encoder.base import Encoder
from cs_assist.encoder.choose import open_encoder
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import IndexMissingError
from cs_assist.guard.redaction import redact
from cs_assist.knowledge import search
from cs_assist.knowledge.searchlog import SearchLog
from cs_assist.store.base import Store

log = logging.getLogger(__name__)


def open_knowledge(
    settings: Settings, index: Path | None, encoder: Encoder | None, shipped: OnnxEncoder
) -> search.KnowledgeBase | None:
    """Return the knowledge base of a folder, by default the settings'; None where that default is not there.

    Raises:
        IndexMissingError: ``index`` was given and holds no index.
    """
    encoder = encoder or (open_encoder(settings) if settings.search_model else shipped)
    shown = redact if settings.search_log_text else None
    searches = SearchLog(settings.search_log, text=shown) if settings.search_log else None
    try:
        return search.open_knowledge(settings, index or settings.index_dir, encoder, log=searches)
    except IndexMissingError:
        if index is not None:
            raise
        log.warning("no knowledge index in '%s': questions will be drafted for a person", settings.index_dir)
        return None


def open_memory(settings: Settings, store: Store | None, encoder: OnnxEncoder, *, crm: Crm | None = None) -> Memory:
    """Return the memory over a store, by default the settings' database.

    Raises:
        StoreError: The store cannot be opened.
    """
    if store is None:
        from cs_assist.store.sql import open_store

        store = open_store(settings)
    versions = {"library": __version__, "encoder": encoder.revision}
    return Memory(store, settings, repetition=Repetition(encoder), crm=crm, versions=versions)
