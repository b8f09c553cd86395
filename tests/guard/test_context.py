from __future__ import annotations

import dataclasses

import pytest

from cs_assist.guard.context import Context


def test_a_context_needs_no_evidence_and_cannot_be_changed() -> None:
    context = Context("en", "US", None, "email")
    assert context.evidence == ()
    assert context.allowed == frozenset()
    with pytest.raises(dataclasses.FrozenInstanceError):
        context.language = "de"  # type: ignore[misc]
