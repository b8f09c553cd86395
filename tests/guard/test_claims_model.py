from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import EncoderError
from cs_assist.guard.claims import Claims
from cs_assist.guard.claims_model import KINDS, MODEL, ClaimsModel, shipped
from cs_assist.guard.context import Context


def makes(texts: list[str]) -> list[set[str]]:
    return [set(shipped().makes(odds)) for odds in shipped().read(texts, OnnxEncoder().encode_messages(texts))]


def test_the_shipped_weights_belong_to_the_shipped_encoder() -> None:
    assert shipped().revision == OnnxEncoder().revision
    assert set(shipped().sure) == set(KINDS)


def test_a_claim_is_heard_in_words_that_no_list_holds() -> None:
    heard = makes(
        ["You can absolutely count on it being there by Friday, no matter what.", "Returns are possible within two weeks."]
    )
    assert "guarantee" in heard[0]
    assert heard[1] == set()


def test_the_check_uses_what_is_heard_and_evidence_settles_it() -> None:
    claims = Claims(encoder=OnnxEncoder())
    text = "Forget the tablets, this tea cures diabetes for good."
    alone = claims(text, Context("en", "US", "own_shop", "email"))
    assert "claim_medical" in {finding.rule for finding in alone}
    assert all(0 <= finding.start < finding.end <= len(text) for finding in alone)
    said = claims(text, Context("en", "US", "own_shop", "email", evidence=(text,)))
    assert "claim_exaggeration" not in {finding.rule for finding in said}


@pytest.mark.parametrize(("signed", "others"), [("Ms Tanaka", False), ("Ms Tanaka.", False), ("Mr Sato", True), ("", True)])
def test_a_sentence_about_the_name_that_the_message_is_signed_with_is_about_no_other_customer(signed: str, others: bool) -> None:
    context = Context("en", None, None, None, customer_text=f"Is it on its way?\n{signed}")
    found = Claims(encoder=OnnxEncoder())("Ms Tanaka also received a wrong kettle last week.", context)
    assert ("claim_other_customers" in {finding.rule for finding in found}) is others


def test_weights_that_cannot_be_read_or_hear_other_kinds_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"no weights")
    with pytest.raises(EncoderError, match=r"broken\.npz"):
        ClaimsModel(broken)
    with np.load(MODEL, allow_pickle=False) as arrays:
        other = {name: arrays[name] for name in arrays.files}
    other["kinds"] = np.array(["promise"])
    np.savez(tmp_path / "other.npz", **other)
    with pytest.raises(EncoderError, match="other kinds"):
        ClaimsModel(tmp_path / "other.npz")
