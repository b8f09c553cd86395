"""What providers raise, as the library's own errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from cs_assist.errors import MissingExtraError, ModelError, ModelFault, SettingsError

#: LangChain's names for what all providers report, then those of the openai package, which it leaves as they are.
_KINDS: dict[str, ModelFault] = {
    "ModelAuthenticationError": "wrong_key",
    "ModelPermissionDeniedError": "wrong_key",
    "ModelNotFoundError": "unknown_model",
    "ModelRateLimitError": "rate_limited",
    "ModelTimeoutError": "timeout",
    "ModelConnectionError": "unavailable",
    "ModelAPIError": "unavailable",
    "ContextOverflowError": "too_long",
    "LengthFinishReasonError": "truncated",
    "ContentFilterFinishReasonError": "filtered",
    "OpenAIRefusalError": "refused",
    "TimeoutException": "timeout",
    "TransportError": "unavailable",
    "TimeoutError": "timeout",
    "ConnectionError": "unavailable",
}
#: OpenAI's code, and what servers that speak as it does say in words.
_TOO_LONG = re.compile(r"context_length_exceeded|context (?:length|size|window)", re.I)
_STATUS: dict[int, ModelFault] = {401: "wrong_key", 403: "wrong_key", 404: "unknown_model", 408: "timeout", 429: "rate_limited"}
_SAID: dict[ModelFault, tuple[str, str]] = {
    "wrong_key": ("the provider does not accept the key", "Set the provider's key, such as OPENAI_API_KEY, to a valid one."),
    "unknown_model": ("the provider knows no such model", "Correct `llm`, or the provider's base address."),
    "rate_limited": ("the provider asks to wait", "Lower `llm_rate_per_minute` or `llm_concurrency`, or raise the quota."),
    "timeout": ("no answer came in time", "Raise `llm_timeout_seconds` if it is often so."),
    "unavailable": ("the provider cannot be reached or failed", "Nothing is lost: the reply is composed without a model."),
    "too_long": ("the prompt is longer than the model can read", "Lower `limit` in the prompt's header."),
    "truncated": ("the reply was cut off at its greatest length", "Raise `llm_max_tokens` if it is often so."),
    "filtered": ("the provider's content filter held the reply back", ""),
    "refused": ("the model refused to answer", ""),
    "invalid": ("the provider refuses the request or answers with something else than a reply", "Check `llm` and its address."),
}


def as_model_error(exc: Exception, model: str) -> ModelError:
    """Return what a chat model raised as a :class:`ModelError`; no text of prompt or reply is in it."""
    if isinstance(exc, ModelError):
        return exc
    kind = _kind(exc)
    said, hint = _SAID[kind]
    status = _status(exc)
    code = f" (HTTP {status})" if status else f" ({type(exc).__name__})"
    wait = _retry_after(exc) if kind == "rate_limited" else None
    return ModelError(kind, f"{said}: model '{model}'{code}.", hint=hint, retry_after=wait)


def tokens_of(exc: ModelError) -> tuple[int, int] | None:
    """Return the tokens in and out of a reply that the openai package turned into an error, where it tells them."""
    usage = getattr(getattr(exc.__cause__, "completion", None), "usage", None)
    return (usage.prompt_tokens, usage.completion_tokens) if usage is not None else None


def refuses_form(exc: Exception) -> bool:
    """Say whether a request was refused because the model or its server knows no structured output."""
    told = str(exc).lower()
    return _status(exc) in (400, 422, 501) and any(
        word in told
        for word in ("response_format", "json_schema", "json schema", "tool_choice", "tools", "grammar", "structured")
    )


def cannot_start(exc: Exception, model: str) -> SettingsError | ModelError | MissingExtraError:
    """Return why ``init_chat_model`` failed for the setting ``llm``."""
    told = str(exc)
    if isinstance(exc, ImportError):
        package = told.rpartition("pip install ")[2].strip("`. ")
        if not package or "langchain-openai" in package or package == told.strip("`. "):
            return MissingExtraError("openai", needed_for=f"the language model '{model}'")
        return SettingsError(f"the language model '{model}' needs a package of its provider.", hint=f"Run: pip install {package}")
    if "api_key" in told or "credentials" in told.lower():
        return ModelError("wrong_key", f"no key is set for the language model '{model}'.", hint=_SAID["wrong_key"][1])
    return SettingsError(
        f"setting 'llm' is '{model}', which names no known model.", hint="Write provider and model, as in `openai:gpt-4.1-mini`."
    )


def _kind(exc: Exception) -> ModelFault:
    if _status(exc) in (400, 413) and _TOO_LONG.search(f"{getattr(exc, 'code', '')} {exc}"):
        return "too_long"
    for one in _chain(exc):
        names = [base.__name__ for base in type(one).__mro__]
        if found := next((_KINDS[name] for name in names if name in _KINDS), None):
            return found
        status = _status(one)
        if status is not None:
            return _STATUS.get(status, "unavailable" if status >= 500 else "invalid")
    return "invalid" if isinstance(exc, ValueError | LookupError | TypeError | AttributeError) else "unavailable"


def _chain(exc: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = exc
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _status(exc: BaseException) -> int | None:
    status = getattr(exc, "status_code", None)
    return status if isinstance(status, int) else None


def _retry_after(exc: Exception) -> float | None:
    """Return the seconds that a reply's ``Retry-After`` asks for (RFC 9110, section 10.2.3: seconds or a date)."""
    headers: Any = getattr(getattr(exc, "response", None), "headers", None)
    told = headers.get("retry-after") if headers is not None else None
    if told is None:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
