"""Logs and error messages without personal data: what is written there is masked first.

The library's own messages name stages, files and settings, never a customer's words. What this module guards
against is the rest: a value that an exception of another library repeats, an id that holds an e-mail address.
"""

from __future__ import annotations

import logging
import traceback

from cs_assist.guard.privacy import mask

#: What every log record has; other attributes came as ``extra``.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """Return ``text`` with placeholders such as ``[EMAIL_1]`` for personal data, for logs and error messages.

    Numbers that may stand for several things are masked as in a message of unknown language and market.

    Example:
        >>> redact("could not send to kate@example.com")
        'could not send to [EMAIL_1]'
    """
    return mask(text).text


class PrivateDataFilter(logging.Filter):
    """Masks personal data in the message, the traceback and the text attributes of each log record; drops none.

    Example:
        >>> record = logging.makeLogRecord({"msg": "no answer for %s", "args": ("kate@example.com",)})
        >>> PrivateDataFilter().filter(record), record.getMessage()
        (True, 'no answer for [EMAIL_1]')
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask ``record`` in place."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            text = "a log message that does not fit its arguments"
        record.msg, record.args = redact(text), None
        if record.exc_info:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_info = None  # a formatter would write the exception's own words
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        for name, value in list(record.__dict__.items()):
            if name not in _STANDARD and isinstance(value, str):
                record.__dict__[name] = redact(value)
        return True


_FILTER = PrivateDataFilter()


def redact_logs(name: str = "cs_assist") -> None:
    """Mask what the logger ``name`` and all loggers below it write, as far as they exist by now.

    A filter of a logger does not see what the loggers below it log, so each gets it; calling again adds it to
    those that are new and to no other twice.
    """
    known = [logger for key, logger in logging.Logger.manager.loggerDict.items() if key.startswith(f"{name}.")]
    for logger in (logging.getLogger(name), *known):
        if isinstance(logger, logging.Logger):
            logger.addFilter(_FILTER)
