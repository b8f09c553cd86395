from __future__ import annotations

import numpy as np
import pytest

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.likeness import Likeness, _anchors
from cs_assist.types import LANGUAGES, same_language


@pytest.fixture(scope="module")
def scale(encoder: OnnxEncoder) -> Likeness:
    return Likeness(encoder.encode_queries)


def compare(scale: Likeness, encoder: OnnxEncoder, *texts: tuple[str, str]) -> float:
    placed = scale.place(encoder.encode_queries([text for _, text in texts]), [language for language, _ in texts])
    return float(scale.of(placed[0] @ placed[1]))


def test_every_language_of_the_library_has_the_same_number_of_anchors() -> None:
    questions = _anchors().questions
    assert len({len(texts) for texts in questions.values()}) == 1
    missing = [tag for tag in LANGUAGES if not any(same_language(tag, name) for name in questions)]
    assert [tag for tag in missing if tag.split("-")[0] not in questions] == []


@pytest.mark.parametrize(
    ("one", "other", "unlike"),
    [
        (("en", "Do you ship to Iceland?"), ("ja", "アイスランドへの配送は可能ですか？"), ("ja", "ギフト包装はできますか？")),
        (("de", "Gibt es Studentenrabatt?"), ("es", "¿Tienen descuento para estudiantes?"), ("es", "¿Tienen tienda física?")),
        (("fr", "Le cuir est-il végan ?"), ("zh-Hans", "这是纯素皮革吗？"), ("zh-Hans", "你们有实体店吗？")),
    ],
)
def test_one_question_in_two_languages_is_alike_and_two_questions_in_one_are_not(
    scale: Likeness, encoder: OnnxEncoder, one: tuple[str, str], other: tuple[str, str], unlike: tuple[str, str]
) -> None:
    alike = compare(scale, encoder, one, other)
    assert alike > 0.5
    assert alike > compare(scale, encoder, one, unlike) + 0.2
    assert alike > compare(scale, encoder, other, unlike) + 0.2


def test_a_stretched_encoder_gives_the_same_likeness(encoder: OnnxEncoder, scale: Likeness) -> None:
    # All vectors lean more to one side, so that all cosines are higher; what is alike stays what it was.
    side = np.eye(1, encoder.dimension, dtype=np.float32)

    def leaning(texts: list[str]) -> np.ndarray:
        moved = encoder.encode_queries(texts) + 3 * side
        return moved / np.linalg.norm(moved, axis=1, keepdims=True)

    other = Likeness(leaning)
    texts = ["Do you ship to Iceland?", "Liefern Sie nach Island?", "Can you wrap it as a gift?"]
    plain, leant = (
        s.of((p := s.place(e(texts), ["en", "de", "en"])) @ p.T) for s, e in ((scale, encoder.encode_queries), (other, leaning))
    )
    assert np.allclose(plain, leant, atol=0.15)


def test_no_texts_are_placed_as_none(scale: Likeness, encoder: OnnxEncoder) -> None:
    assert scale.place(np.empty((0, encoder.dimension), np.float32), []).shape == (0, encoder.dimension)


def test_a_language_without_anchors_is_placed_too(scale: Likeness, encoder: OnnxEncoder) -> None:
    assert compare(scale, encoder, ("is", "Do you ship to Iceland?"), ("en", "Do you deliver to Iceland?")) > 0.7
