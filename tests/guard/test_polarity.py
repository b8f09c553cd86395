from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.polarity import BY_VECTORS, ByVectors, Clause, by_words, clauses, turned
from cs_assist.guard.statements import stated, told


def own(text: str, language: str = "en") -> list[Clause]:
    return [clause for statement in stated(text, language)[1] for clause in clauses(statement)]


def known(text: str, language: str = "en") -> list[Clause]:
    return [clause for statement in told(text, language) for clause in clauses(statement)]


def found(reply: str, evidence: str, language: str = "en") -> list[str]:
    return [clause.text for clause, _ in turned(own(reply, language), known(evidence, language), by_words)]


@pytest.mark.parametrize(
    ("language", "reply", "evidence"),
    [
        ("en", "The phone case is dishwasher safe.", "The phone case is not dishwasher safe."),
        ("de", "Die Lampe kann nicht gedimmt werden.", "Die Lampe kann gedimmt werden."),
        ("fr", "Les articles soldés peuvent être retournés.", "Les articles soldés ne peuvent pas être retournés."),
    ],
)
def test_what_the_evidence_denies_or_affirms_is_not_turned_round(language: str, reply: str, evidence: str) -> None:
    assert found(reply, evidence, language)
    assert found(evidence, evidence, language) == []


@pytest.mark.parametrize(
    ("reply", "evidence"),
    [
        ("No, the hinge has a lifetime guarantee.", "The hinge has a lifetime guarantee."),
        ("The poster is sent in a tube, without a frame.", "The poster is sent in a tube; no frame."),
        ("Is the lamp not dimmable?", "The lamp is dimmable."),
        ("The lamp is dimmable, but it is not waterproof.", "The lamp is dimmable. It is not waterproof."),
        ("If the parcel does not arrive, you are refunded.", "The parcel arrives on Monday."),
    ],
)
def test_side_remarks_answers_questions_and_conditions_contradict_nothing(reply: str, evidence: str) -> None:
    assert found(reply, evidence) == []


def test_an_encoder_aligns_clauses_across_languages() -> None:
    def encode(texts: Sequence[str]) -> np.ndarray:
        return np.ones((len(texts), 1), dtype=np.float32)

    reply, evidence = own("Die Batterie hält die ganze Nacht.", "de"), known("It does not last.")
    sure = list(turned(reply, evidence, ByVectors(encode), BY_VECTORS))
    assert [clause.text for clause, _ in sure] == ["die batterie hält die ganze nacht."]


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_raises_and_clauses_are_inside(reply: str, evidence: str) -> None:
    pieces = own(reply)
    assert all(0 <= clause.start <= clause.end for clause in pieces)
    list(turned(pieces, known(evidence), by_words))


@pytest.mark.parametrize(
    ("language", "reply", "evidence"),
    [
        ("en", "Please avoid bleaching the rug.", "Do not bleach the rug."),
        ("nl", "Vermijd de droger.", "Do not tumble dry."),
        ("en", "The voucher code works on shoes.", "The voucher code (no cash value) works on shoes."),
        ("de", "Der Schrank wird bis zur Wohnungstür gebracht, auch ohne Lift.", "Gebracht wird unabhängig von Lift und Etage."),
        ("ru", "Заявка одобрена 3 мая под номером 17-Б.", "Заявка № 17-Б одобрена 3 мая."),
        ("pt", "O recibo segue no mesmo envelope.", "O recibo também segue no envelope da encomenda."),
        ("tr", "Kartın arkasına kısa notunuzu yazın.", "Kartın arkasına not ve imza yazılır."),
        ("ru", "Вернуть билет, увы, нельзя.", "Возврат билет: вернуть нельзя."),
        ("en", "The lamp is returned within a month.", "Lamps not as described are returned within a month."),
        ("it", "In lavastoviglie no", "Non mettere in lavastoviglie."),
        ("es", "Active «Disparo sin tarjeta» en el menú.", "Active «Disparo sin tarjeta» en el menú. Sin visor."),
    ],
)
def test_words_of_exception_ban_and_number_deny_nothing_else(language: str, reply: str, evidence: str) -> None:
    assert found(reply, evidence, language) == []


def test_what_stands_in_brackets_is_a_clause_of_its_own() -> None:
    assert "islands too" in [clause.text for clause in known("Delivery to the mainland (islands too) in a week.")]


def test_the_very_words_of_an_exception_outweigh_a_topic() -> None:
    evidence = "Opened goods can be returned; headphones and software are excluded once opened."
    assert found("Headphones and software cannot be returned once opened.", evidence) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Please return the lamp within a week."),
        ("de", "Bitte senden Sie die Lampe zurück."),
        ("it", "La preghiamo di rispedire la lampada."),
        ("ja", "ランプをご返送ください。"),
        ("en", "The lamp need not be returned."),
        ("de", "Sie müssen die Lampe nicht zurücksenden."),
        ("ko", "램프를 반품할 필요가 없습니다."),
        ("en", "Lamps cannot be returned unless they are broken."),
        ("sv", "Lampor kan inte returneras oavsett skick."),
    ],
)
def test_requests_exceptions_and_what_need_not_be_done_are_of_no_polarity(language: str, text: str) -> None:
    assert not any(clause.denies or clause.affirms for clause in own(text, language)[:1])


def test_a_denial_of_something_else_draws_a_denial_less_near_than_in_the_bare_vectors() -> None:
    encode = OnnxEncoder().encode_queries
    reply, evidence = own("The lamp cannot be dimmed."), known("The lamp is dimmable. The mug cannot be heated.")
    vectors = encode([clause.text for clause in (*reply, *evidence)])
    bare = vectors[:1] @ vectors[1:].T + by_words(reply, evidence) / 2
    likeness = ByVectors(encode)(reply, evidence)
    assert likeness[0, 1] - likeness[0, 0] < bare[0, 1] - bare[0, 0]
