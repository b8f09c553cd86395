"""LangChain's own fake chat model behind the real door: it says what a test scripts, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from pydantic import Field

from cs_assist.config import Settings
from cs_assist.llm.door import LanguageModel

fake = pytest.importorskip("langchain_core.language_models.fake_chat_models", reason="needs the extra 'openai'")


_LATE = "(no answer in time)"


class Chat(fake.GenericFakeChatModel):  # type: ignore[misc, name-defined]  # its type is not known where it is missing
    """Keeps the prompts that it gets."""

    asked: list[str] = Field(default_factory=list)

    def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
        self.asked.append("\n".join(str(message.content) for message in messages))
        answer = super()._generate(messages, *args, **kwargs)
        if answer.generations[0].message.content.startswith(_LATE):
            raise TimeoutError
        return answer


def scripted(answers: Iterable[Any], *, together: bool = True) -> tuple[LanguageModel, list[str]]:
    """Return a door to a model that answers with ``answers`` (schemas, texts or errors), and the prompts that it gets.

    Args:
        answers: What it says, in order; for a :class:`~cs_assist.errors.ModelError`, it does not answer in time.
        together: Whether several may ask at a time; otherwise their answers come in the order of their questions.
    """
    said = [_LATE if isinstance(a, Exception) else a if isinstance(a, str) else a.model_dump_json() for a in answers]
    settings = Settings(llm_cache_size=0, llm_concurrency=8 if together else 1)
    chat = Chat(messages=iter(said))
    return LanguageModel(chat, settings), chat.asked
