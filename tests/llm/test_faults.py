from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest

from cs_assist.errors import MissingExtraError, ModelError, SettingsError
from cs_assist.llm.faults import as_model_error, cannot_start, refuses_form


class Failed(Exception):
    """As the errors of most providers' clients: a status, and the reply with its headers."""

    def __init__(self, status: int, message: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status_code = status
        self.response = SimpleNamespace(headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("exc", "kind"),
    [
        (Failed(401), "wrong_key"),
        (Failed(404), "unknown_model"),
        (Failed(400), "invalid"),
        (Failed(400, "the request exceeds the available context size"), "too_long"),
        (Failed(408), "timeout"),
        (Failed(429), "rate_limited"),
        (Failed(529), "unavailable"),
        (TimeoutError(), "timeout"),
        (ConnectionRefusedError(), "unavailable"),
        (KeyError("choices"), "invalid"),
        (RuntimeError("killed"), "unavailable"),
    ],
)
def test_any_providers_error_has_a_kind(exc: Exception, kind: str) -> None:
    found = as_model_error(exc, "some-model")
    assert found.kind == kind
    assert "some-model" in found.message


def test_an_error_is_known_by_what_caused_it() -> None:
    told = ValueError("Something went wrong")
    assert as_model_error(told, "m").kind == "invalid"
    told.__cause__ = ConnectionResetError()
    assert as_model_error(told, "m").kind == "unavailable"


def test_our_own_error_stays() -> None:
    own = ModelError("budget", "no.")
    assert as_model_error(own, "m") is own


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("soon", None),
        (format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True), 0.0),
    ],
)
def test_a_wait_is_read_in_seconds_or_as_a_date(told: str, seconds: float | None) -> None:
    assert as_model_error(Failed(429, retry_after=told), "m").retry_after == seconds


def test_a_wait_until_a_date_to_come_is_positive() -> None:
    told = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert 3000 < (as_model_error(Failed(429, retry_after=told), "m").retry_after or 0) <= 3600


def test_only_a_refused_request_speaks_of_its_form() -> None:
    assert refuses_form(Failed(400, "'response_format' is not supported"))
    assert not refuses_form(Failed(500, "'response_format' is not supported"))
    assert not refuses_form(Failed(400, "temperature is not supported"))


def test_a_start_that_fails_says_what_to_do() -> None:
    openai = cannot_start(ImportError("Please install it with `pip install langchain-openai`"), "openai:x")
    assert isinstance(openai, MissingExtraError)
    assert "pip install 'cs-assist[openai]'" in openai.hint
    other = cannot_start(ImportError("Please install it with `pip install langchain-groq`"), "groq:x")
    assert isinstance(other, SettingsError)
    assert other.hint == "Run: pip install langchain-groq"
    assert isinstance(cannot_start(ValueError("Unsupported provider"), "x:y"), SettingsError)
    assert isinstance(cannot_start(Exception("The api_key client option must be set"), "openai:x"), ModelError)
