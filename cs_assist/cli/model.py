"""The settings' language model, for the commands that cannot do without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cs_assist.errors import SettingsError

if TYPE_CHECKING:
    from cs_assist.llm.door import LanguageModel

#: Gives a text's language and its probability.
Identify = Callable[[str], tuple[str, float]]


def settings_model() -> tuple[LanguageModel, Identify]:
    """Return the settings' language model, and what identifies the language of the texts that it writes.

    Raises:
        SettingsError: No model is set, or the setting names none.
        MissingExtraError: The extra that the model needs is not installed.
        ModelError: (kind ``wrong_key``) No key is set.
    """
    from cs_assist.config import load_settings
    from cs_assist.llm.door import LanguageModel
    from cs_assist.triage.language import LanguageReader

    model = LanguageModel.from_settings(load_settings())
    if model is None:
        raise SettingsError("no language model is set.", hint="Set CS_ASSIST_LLM, as in openai:gpt-4.1-mini.")
    languages = LanguageReader()
    return model, lambda text: languages.read(text)[0]
