from __future__ import annotations

from pathlib import Path

import pytest

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.triage.training import Example, Trained, read_examples, train_intents

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture(scope="session")
def bike_shop() -> list[Example]:
    """Eight intents of a bike shop with five examples each, in English, German and Spanish."""
    return read_examples(DATA / "bike_shop.tsv")


@pytest.fixture(scope="session")
def unseen(bike_shop: list[Example]) -> list[Example]:
    """The same intents in other wordings, one a language."""
    return read_examples(DATA / "bike_shop_unseen.tsv", labels=sorted({example.intent for example in bike_shop}))


@pytest.fixture(scope="session")
def trained(bike_shop: list[Example], encoder: OnnxEncoder) -> Trained:
    return train_intents(bike_shop, encoder, seed=0)
