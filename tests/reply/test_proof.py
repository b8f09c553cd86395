from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.reply.proof import Bounds, prove
from cs_assist.triage.reader import MessageReader

EVIDENCE = {
    "E1": "You may return it within 14 days. Postage is 5.90 EUR, up to 1,000 EUR. Write to help@papaya.example.",
    "E2": "Use the code SAVE-10 at https://papaya.example/returns. The plug is a 20 kg model.",
    "order": "number: PL-2610-47715\npromised date: 2026-11-30",
}


def faults(said: str, *ids: str, language: str = "en", reader: MessageReader | None = None, **bounds: object) -> set[str]:
    """Return the rules that a sentence breaks; without a reader its language is not in question."""
    given = {"language": language, "pieces": EVIDENCE, "instructions": "", "emoji": False, **bounds}
    identify = reader.identify if reader else lambda text: (language, 1.0)
    return {fault.rule for fault in prove([(said, ids)], Bounds(**given), identify)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "cited"),
    [
        ("You may return it within 14 days.", "E1"),
        ("Das kostet 5,90 EUR, bis 1.000 EUR.", "E1"),
        ("يمكنك الإرجاع خلال ١٤ يومًا.", "E1"),
        ("Write to HELP@papaya.example.", "E1"),
        ("See papaya.example/returns/ and use save-10.", "E2"),
        ("It weighs 20kg.", "E2"),
        ("PL-2610-47715 arrives by 30 November 2026.", "order"),
        ("DHL takes a 2-day look", "none of it"),
    ],
)
def test_what_the_cited_evidence_has_in_any_spelling_is_borne_out(said: str, cited: str) -> None:
    pieces = {**EVIDENCE, "none of it": "DHL, 2 days"}
    assert faults(said, cited, pieces=pieces) == set()


@pytest.mark.parametrize(
    ("said", "cited", "rule"),
    [
        ("You may return it within 30 days.", "E1", "figure"),
        ("इसे ३० दिनों में लौटाएँ।", "E1", "figure"),
        ("You may return it within 14 days.", "E2", "figure"),
        ("See https://evil.example/returns", "E2", "link"),
        ("See papaya.example.evil.shop", "E2", "link"),
        ("See https://papaya.example/refund", "E2", "link"),
        ("Write to boss@papaya.example", "E1", "link"),
        ("Follow @papaya_fake", "E1", "link"),
        ("Use SAVE-99 or save_10x", "E2", "code"),
        ("Use WELCOME", "E2", "code"),
        ("优惠码SAVE99可用", "E2", "code"),
        ("Your order is PL-2610-47716", "order", "figure"),
        ("Your order is XL-2610-47715", "order", "code"),
        ("It takes long.", "E9", "unknown_evidence"),
        ("It takes long.", "E9", "no_evidence"),
        ("It takes long 😀", "E1", "emoji"),
        ("x" * 5000, "E1", "length"),
    ],
)
def test_what_the_cited_evidence_does_not_have_is_a_fault(said: str, cited: str, rule: str) -> None:
    assert rule in faults(said, cited)


def test_a_fact_without_any_evidence_named_is_a_fault_even_where_some_evidence_has_it() -> None:
    assert faults("You may return it within 14 days.") == {"no_evidence", "figure"}


@pytest.mark.parametrize(
    "said", ["See [E1]: fill it.", "You have 14 days [order].", "According to E1, you have 14 days.", "14 日以内【E1】"]
)
def test_an_id_of_the_evidence_is_never_written(said: str) -> None:
    assert "evidence_id" in faults(said, "E1")


def test_a_code_that_is_called_as_the_evidence_is_may_be_named_but_not_cited() -> None:
    pieces = {"E1": "The display shows E1 where there is no water: fill the kettle.", "order": "number: 1"}
    assert faults("Fill the kettle where it shows E1.", "E1", pieces=pieces) == set()
    assert faults("See [E1]: fill the kettle.", "E1", pieces=pieces) == {"evidence_id"}


def test_a_code_is_in_the_evidence_as_a_whole_only() -> None:
    pieces = {"E1": "Use SAVE-10 or model XSAVE105."}
    assert faults("Use SAVE10.", "E1", pieces=pieces) == faults("Use save 10.", "E1", pieces=pieces) == set()
    assert faults("Use AVE105.", "E1", pieces=pieces) == {"code"}


@pytest.mark.parametrize(
    ("said", "language", "rule"),
    [
        ("You may return it within fourteen days of delivery.", "de", "language"),
        ("Sie können das gerne zurückschicken. You may return whatever you do not like to us.", "de", "language"),
        ("Ok.", "de", "language"),
        ("Sie können den Artikel innerhalb der Frist an uns zurücksenden.", "de", ""),
        ("商品は到着後に返品できます。", "ja", ""),
        ("您可以在收到后退货。", "zh-Hant", "language"),
        ("Puede devolver el artículo dentro del plazo indicado.", "es-419", ""),
    ],
)
def test_a_text_that_is_not_surely_in_the_customers_language_is_a_fault(
    said: str, language: str, rule: str, reader: MessageReader
) -> None:
    found = faults(said, "E1", language=language, reader=reader)
    if rule:
        assert any(name.startswith(rule) for name in found)
    else:
        assert found == set()


def test_a_foreign_sentence_among_others_is_a_fault(reader: MessageReader) -> None:
    told = [("Sie können den Artikel innerhalb der Frist an uns zurücksenden, ganz einfach.", ["E1"])] * 3
    told.append(("Nobody here cares about your little parcel.", ["E1"]))
    bounds = Bounds("de", EVIDENCE, "", emoji=False)
    assert "language" in {fault.rule for fault in prove(told, bounds, reader.identify)}


def test_the_models_own_instructions_do_not_come_back() -> None:
    told = "State only what the evidence or the order says."
    assert faults("Sure: state only what the evidence, or the order, says!", "E1", instructions=told) == {"instructions"}
    assert faults("State only what is true.", "E1", instructions=told) == set()


@given(st.text(max_size=200), st.integers(10**6, 10**9))
def test_no_text_hides_a_number_that_no_evidence_has(text: str, number: int) -> None:
    assert faults(f"{text} {number} {text}", "E1")
