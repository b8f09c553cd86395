from __future__ import annotations

import pytest

from cs_assist.cli.model import settings_model
from cs_assist.errors import SettingsError


def test_a_command_that_needs_a_model_says_how_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CS_ASSIST_LLM", raising=False)
    with pytest.raises(SettingsError, match="no language model is set") as caught:
        settings_model()
    assert "CS_ASSIST_LLM" in str(caught.value.hint)


def test_the_settings_model_comes_with_what_tells_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_openai", reason="needs the extra 'openai'")
    monkeypatch.setenv("CS_ASSIST_LLM", "openai:gpt-4.1-mini")
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    model, identify = settings_model()
    assert model.name == "gpt-4.1-mini"
    assert identify("Wo bleibt denn nun mein Paket, ich warte schon lange darauf?")[0] == "de"
