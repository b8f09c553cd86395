from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_assist.guard.redaction import PrivateDataFilter, redact, redact_logs

NAME = "redaction_test"


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    logger = logging.getLogger(f"{NAME}.inner")
    redact_logs(NAME)
    yield logger
    for each in (logger, logging.getLogger(NAME)):
        for known in list(each.filters):
            each.removeFilter(known)


def test_values_given_as_arguments_are_masked(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    log.warning("no answer for %s, card %s", "kate@example.com", "4111 1111 1111 1111")
    assert caplog.messages == ["no answer for [EMAIL_1], card [CARD_1]"]


def test_the_words_of_an_exception_are_masked_and_its_traceback_stays(
    log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        raise ValueError("bad value 'kate@example.com'")
    except ValueError:
        log.exception("a stage failed")
    assert "kate" not in caplog.text
    assert "bad value '[EMAIL_1]'" in caplog.text
    assert "Traceback" in caplog.text


def test_text_given_as_extra_is_masked_and_other_things_stay(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    log.error("failed", extra={"customer": "kate@example.com", "tries": 3})
    (record,) = caplog.records
    assert record.__dict__["customer"] == "[EMAIL_1]"
    assert record.__dict__["tries"] == 3


def test_a_message_that_does_not_fit_its_arguments_raises_nothing_and_says_nothing(
    log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    log.error("%d letters", "kate@example.com")
    assert "kate" not in caplog.text
    assert len(caplog.records) == 1


def test_asking_twice_adds_one_filter() -> None:
    redact_logs(NAME)
    redact_logs(NAME)
    assert sum(isinstance(known, PrivateDataFilter) for known in logging.getLogger(NAME).filters) == 1


def test_the_librarys_own_messages_stay_as_they_are() -> None:
    for text in (
        "stage find failed: TimeoutError",
        "no knowledge index in '/srv/shop/kb_index': questions will be drafted for a person",
        "SettingsError [settings.invalid]: 'reply_at' is 1.2; 0 to 1 was expected.",
        "articles/returns.md, line 12, key 'reviewed': 2026-13-01 is no date",
    ):
        assert redact(text) == text


@settings(deadline=None, max_examples=100)
@given(text=st.text(max_size=80), argument=st.text(max_size=40))
def test_no_text_makes_logging_fail(text: str, argument: str) -> None:
    record = logging.makeLogRecord({"msg": text, "args": (argument,)})
    assert PrivateDataFilter().filter(record)
    assert isinstance(record.getMessage(), str)
