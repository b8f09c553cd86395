"""Every error that the library raises, in one tree.

CsAssistError
├── SettingsError          a setting is missing, unknown or out of range
├── DataFileError          a YAML, TOML or JSON file that ships or that a seller wrote is wrong
│   ├── ArticleError       one article of a knowledge base is wrong
│   ├── PromptError        a prompt's file is wrong, or is given other variables than it names
│   └── TrainingDataError  labelled examples for training are wrong
├── TrainingTargetError    trained intents would overwrite something
├── UnknownMarketError     no data for a market code
├── UnknownLanguageError   no phrase bank for a language
├── EncoderError           the encoder's folder is missing, damaged or of another revision
│   └── HeadMismatchError  a head was trained on another encoder
├── KnowledgeIndexError    a knowledge index cannot be used
│   ├── IndexMissingError
│   ├── IndexMismatchError built by another encoder, or by another layout
│   ├── IndexDamagedError  a file's hash differs from the manifest
│   ├── IndexBusyError     another process is writing it
│   └── CalibrationError   no threshold can be chosen from the questions given
├── StoreError             the store cannot be read or written
│   ├── StoreReadOnlyError
│   ├── StoreVersionError  written by a newer release
│   ├── StoreKeyError      the text in it is encrypted with another key, or should be and no key was given
│   └── StoreHeldError     a customer's data are under a legal hold
├── UnknownCustomerError   the store holds nothing on a customer
├── UnknownConversationError  the store does not know a conversation
├── MessageError           a message or JSON line that cannot be read
├── ModelError             a language model gave no usable answer; ``kind`` says how it failed
└── MissingExtraError      an optional part is not installed

Each error has a stable ``code``, its facts as attributes, and a ``hint`` that says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

#: How a language model can fail.
ModelFault = Literal[
    "refused", "truncated", "invalid", "empty", "filtered", "tool_call", "rate_limited", "unavailable", "timeout", "budget",
    "wrong_key", "unknown_model", "too_long",
]  # fmt: skip


class CsAssistError(Exception):
    """The root of every error raised by this library.

    Args:
        message: What happened, with the offending value in quotes, and what was expected.
        hint: What to do next, as a full sentence.
    """

    code = "cs_assist"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = f"{type(self).__name__} [{self.code}]: {self.message}"
        end = "" if text.endswith((".", "!", "?")) else "."
        return f"{text}{end} {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error cross from one process to another, whatever its own constructor asks for."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[CsAssistError], args: tuple[Any, ...], facts: dict[str, Any]) -> CsAssistError:
    error = kind.__new__(kind)
    super(CsAssistError, error).__init__(*args)
    error.__dict__.update(facts)
    return error


class SettingsError(CsAssistError, ValueError):
    """A setting is unknown, missing or out of range."""

    code = "settings.invalid"


class DataFileError(CsAssistError, ValueError):
    """A data file breaks its schema; names file, key and line where they are known."""

    code = "data.invalid"

    def __init__(self, problem: str, *, path: Path | str, key: str = "", line: int | None = None, hint: str = "") -> None:
        place = f"{path}" + (f", line {line}" if line else "") + (f", key '{key}'" if key else "")
        super().__init__(f"{place}: {problem}", hint=hint)
        self.problem = problem
        self.path = Path(path)
        self.key = key
        self.line = line


class ArticleError(DataFileError):
    """One article of a knowledge base cannot be used; the others can."""

    code = "article.invalid"


class PromptError(DataFileError):
    """A prompt's file is wrong, or it was asked with other variables or another schema than it names."""

    code = "prompt.invalid"


class TrainingDataError(DataFileError):
    """Labelled examples break a rule; names file, line and, as ``key``, the column."""

    code = "training.data"


class TrainingTargetError(CsAssistError, FileExistsError):
    """The folder for trained intents holds something already."""

    code = "training.target"


class UnknownMarketError(CsAssistError, LookupError):
    """No market file for a code; names the nearest known codes."""

    code = "market.unknown"

    def __init__(self, market: str, known: Iterable[str], *, suggestion: str | None = None) -> None:
        known = sorted(known)
        nearest = suggestion or next(iter(get_close_matches(market.upper(), known, n=1, cutoff=0.5)), None)
        ask = f" Did you mean '{nearest}'?" if nearest else ""
        super().__init__(
            f"no market data for '{market}'.{ask} {len(known)} markets are installed.",
            hint="See `cs-assist markets`; docs/add-a-market.md says how to add one.",
        )
        self.market = market
        self.suggestion = nearest


class UnknownLanguageError(CsAssistError, LookupError):
    """No phrase bank for a language."""

    code = "language.unknown"

    def __init__(self, language: str, known: Iterable[str]) -> None:
        known = sorted(known)
        super().__init__(
            f"no phrase bank for language '{language}'; there are {', '.join(known)}.",
            hint="A message in such a language is handed to a person.",
        )
        self.language = language


class EncoderError(CsAssistError):
    """The encoder's folder is missing or damaged."""

    code = "encoder.unusable"


class HeadMismatchError(EncoderError):
    """A head was trained on another encoder than the one in use."""

    code = "encoder.head_mismatch"


class KnowledgeIndexError(CsAssistError):
    """A knowledge index cannot be used."""

    code = "index.unusable"


class IndexMissingError(KnowledgeIndexError, FileNotFoundError):
    """There is no index in the folder."""

    code = "index.missing"


class IndexMismatchError(KnowledgeIndexError):
    """The index was built by another encoder or another layout."""

    code = "index.mismatch"


class IndexDamagedError(KnowledgeIndexError):
    """A file of the index is truncated or altered."""

    code = "index.damaged"


class IndexBusyError(KnowledgeIndexError):
    """Another process is writing the index."""

    code = "index.busy"


class CalibrationError(KnowledgeIndexError):
    """No threshold can be chosen from the questions given."""

    code = "calibration.refused"


class StoreError(CsAssistError):
    """The conversation store cannot be read or written."""

    code = "store.unusable"


class StoreReadOnlyError(StoreError, PermissionError):
    """The store's folder or file cannot be written."""

    code = "store.read_only"


class StoreVersionError(StoreError):
    """The store was written by a newer release of the library."""

    code = "store.newer"


class StoreKeyError(StoreError):
    """The store's text is encrypted, and no key that was given opens it."""

    code = "store.key"


class StoreHeldError(StoreError):
    """A customer's data may not be deleted: they are under a hold."""

    code = "store.held"


class UnknownCustomerError(CsAssistError, LookupError):
    """The store holds nothing on a customer."""

    code = "customer.unknown"


class UnknownConversationError(CsAssistError, LookupError):
    """The store does not know a conversation."""

    code = "conversation.unknown"


class MessageError(CsAssistError, ValueError):
    """A message or an input line cannot be read."""

    code = "message.invalid"


class ModelError(CsAssistError):
    """A language model gave no usable answer; the caller goes on without one.

    Args:
        kind: How it failed; ``code`` is ``model.`` and the kind.
        retry_after: Seconds after which the provider wants to be asked again, where it said so.

    Attributes:
        usage: What the failed call is taken to have cost, a :class:`~cs_assist.types.Usage`; None where nothing was sent.
    """

    code = "model.failed"
    usage: Any = None

    def __init__(self, kind: ModelFault, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.kind: ModelFault = kind
        self.code = f"model.{kind}"
        self.retry_after = retry_after


class MissingExtraError(CsAssistError, ImportError):
    """An optional part is used that is not installed."""

    code = "extra.missing"

    def __init__(self, extra: str, *, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the extra '{extra}', which is not installed.",
            hint=f"Run: pip install 'cs-assist[{extra}]'",
        )
        self.extra = extra
