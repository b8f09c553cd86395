from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import IndexMissingError, SettingsError
from cs_assist.parts import Helpers, index_in_use, open_knowledge, open_memory, open_model, with_order
from cs_assist.reply.compose import Composer
from cs_assist.store.base import MemoryStore
from cs_assist.types import Entity, Message, Order, Triage


def test_an_index_is_missing_only_where_it_was_named(tmp_path: Path, encoder: OnnxEncoder) -> None:
    settings = load_settings(index_dir=tmp_path / "none")
    assert open_knowledge(settings, None, None, encoder) is None
    with pytest.raises(IndexMissingError):
        open_knowledge(settings, tmp_path / "none", None, encoder)


def test_a_memory_knows_what_it_decides_with_and_uses_the_store_that_is_given(encoder: OnnxEncoder) -> None:
    memory = open_memory(load_settings(), MemoryStore(), encoder)
    assert memory.versions["encoder"] == encoder.revision
    assert memory.versions["heads"].startswith("sha256:")
    assert "own_intents" not in memory.versions
    assert memory.known(Message(id="1")) is None


def test_the_weights_of_own_intents_are_told_from_others(tmp_path: Path, encoder: OnnxEncoder) -> None:
    versions = set()
    for name in ("one", "two", "one"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "intents.npz").write_bytes(name.encode())
        versions.add(open_memory(load_settings(intents_dir=folder), MemoryStore(), encoder).versions["own_intents"])
    assert len(versions) == 2


def test_what_is_no_index_has_no_generation() -> None:
    assert index_in_use(None) == index_in_use(print) == {}


def test_without_a_store_it_is_the_settings_database(tmp_path: Path, encoder: OnnxEncoder) -> None:
    settings = load_settings(state_dir=tmp_path)
    open_memory(settings, None, encoder)
    assert (tmp_path / "state.db").exists()


class Orders:
    """A lookup that counts what it is asked."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.asked: list[str] = []

    def find(self, number: str, message: Message) -> Order | None:
        self.asked.append(number)
        return Order(number=number, status="shipped") if number in self.known else None


def naming(make_triage: Callable[..., Triage], *numbers: str) -> Triage:
    return make_triage(entities=tuple(Entity(type="order_number", value=value, start=0, end=1) for value in numbers))


def test_the_order_that_a_message_names_is_looked_up_once(make_triage: Callable[..., Triage]) -> None:
    orders = Orders("A-1")
    found = with_order(Message(id="1"), naming(make_triage, "A-1", "A-1"), orders)
    assert found.order == Order(number="A-1", status="shipped")
    assert orders.asked == ["A-1"]


def test_what_is_not_found_or_not_named_leaves_the_message_as_it_is(make_triage: Callable[..., Triage]) -> None:
    orders, message = Orders("A-1", "A-2"), Message(id="1")
    known = Message(id="1", order=Order(number="A-9"))
    assert with_order(known, naming(make_triage, "A-1"), orders) is known
    assert with_order(message, naming(make_triage, "A-1", "A-2"), orders) is message
    assert with_order(message, naming(make_triage), orders) is message
    assert with_order(message, naming(make_triage, "A-1"), None) is message
    assert orders.asked == []
    assert with_order(message, naming(make_triage, "A-3"), orders) is message


def test_a_lookup_that_returns_something_else_is_a_fault(make_triage: Callable[..., Triage]) -> None:
    class Dicts:
        def find(self, number: str, message: Message) -> Order | None:
            return {"number": number}  # type: ignore[return-value]

    with pytest.raises(TypeError, match="must return an Order"):
        with_order(Message(id="1"), naming(make_triage, "A-1"), Dicts())


def test_without_a_model_nothing_works_with_one() -> None:
    settings = load_settings()
    assert open_model(settings, None, Composer(settings), lambda text: ("en", 1.0)) == Helpers()


def test_a_model_that_does_not_exist_is_the_settings_error() -> None:
    pytest.importorskip("langchain", reason="the extra 'openai' is not installed")
    settings = load_settings(llm="nobody:nothing")
    with pytest.raises(SettingsError, match="nobody:nothing"):
        open_model(settings, None, Composer(settings), lambda text: ("en", 1.0))
