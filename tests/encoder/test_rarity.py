from __future__ import annotations

import json
from pathlib import Path

import pytest

from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
from cs_assist.encoder.rarity import piece_rarities
from cs_assist.errors import EncoderError


def test_names_of_things_are_rarer_than_small_words(encoder: OnnxEncoder) -> None:
    small, thing = encoder.rare_pieces(["and the of", "dishwasher"])
    assert sum(small.values()) < sum(thing.values())
    assert encoder.rare_pieces(["DISHWASHER"]) == [thing]


def test_pieces_are_those_of_their_text_however_often_and_with_whatever_else_they_are_asked_for(encoder: OnnxEncoder) -> None:
    texts = [f"dishwasher number {n}" for n in range(300)]
    alone = [encoder.rare_pieces([text])[0] for text in texts[:5]]
    assert encoder.rare_pieces([*texts, *texts[:5]])[-5:] == alone
    assert encoder.rare_pieces([texts[0], texts[0]]) == [alone[0], alone[0]]
    assert encoder.rare_pieces([]) == []


def test_every_piece_of_the_shipped_tokenizer_has_a_weight(encoder: OnnxEncoder) -> None:
    weights = piece_rarities(SHIPPED / "tokenizer.json")
    assert (weights >= 0).all()
    assert len(weights) > max(encoder.rare_pieces(["Wo ist mein Paket? 包裹在哪里"])[0])


def test_a_tokenizer_without_probabilities_weighs_all_alike(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}}}), encoding="utf-8")
    assert piece_rarities(path).tolist() == [1, 1]


@pytest.mark.parametrize("text", ["", "{}", '{"model": 1}'])
def test_what_is_no_tokenizer_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EncoderError, match=r"tokenizer\.json"):
        piece_rarities(path)
