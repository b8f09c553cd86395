from __future__ import annotations

import copy
import inspect
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from cs_assist import errors
from cs_assist.errors import (
    CsAssistError,
    DataFileError,
    MissingExtraError,
    UnknownLanguageError,
    UnknownMarketError,
)

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CsAssistError)]


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in ALL]
    assert len(ALL) >= 17
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() and " " not in code for code in codes)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.SettingsError, ValueError),
        (errors.DataFileError, ValueError),
        (errors.ArticleError, errors.DataFileError),
        (errors.UnknownMarketError, LookupError),
        (errors.UnknownLanguageError, LookupError),
        (errors.HeadMismatchError, errors.EncoderError),
        (errors.IndexMissingError, FileNotFoundError),
        (errors.IndexMissingError, errors.KnowledgeIndexError),
        (errors.IndexMismatchError, errors.KnowledgeIndexError),
        (errors.IndexDamagedError, errors.KnowledgeIndexError),
        (errors.StoreReadOnlyError, PermissionError),
        (errors.StoreReadOnlyError, errors.StoreError),
        (errors.StoreVersionError, errors.StoreError),
        (errors.MessageError, ValueError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_an_error_can_be_caught_as_the_kind_that_it_is(kind: type, builtin: type) -> None:
    assert issubclass(kind, builtin)
    assert issubclass(kind, CsAssistError)


@pytest.mark.parametrize("kind", [k for k in ALL if "__init__" not in vars(k)], ids=lambda kind: kind.__name__)
def test_the_text_has_class_code_message_and_hint(kind: type[CsAssistError]) -> None:
    if issubclass(kind, DataFileError):
        error = kind("it is blue.", path="x.yaml", hint="Paint it.")
        assert str(error) == f"{kind.__name__} [{kind.code}]: x.yaml: it is blue. Paint it."
    else:
        error = kind("it is blue.", hint="Paint it.")
        assert str(error) == f"{kind.__name__} [{kind.code}]: it is blue. Paint it."
    assert error.hint == "Paint it."


def test_without_a_hint_nothing_trails_the_message() -> None:
    assert str(CsAssistError("it is blue.")) == "CsAssistError [cs_assist]: it is blue."


@pytest.mark.parametrize(
    ("line", "key", "place"),
    [
        (None, "", "a/x.yaml: wrong"),
        (7, "", "a/x.yaml, line 7: wrong"),
        (None, "tone", "a/x.yaml, key 'tone': wrong"),
        (7, "tone", "a/x.yaml, line 7, key 'tone': wrong"),
    ],
)
def test_a_data_file_error_says_all_of_the_place_that_it_knows(line: int | None, key: str, place: str) -> None:
    error = DataFileError("wrong", path="a/x.yaml", line=line, key=key)
    assert error.message == place
    assert (error.path, error.line, error.key, error.problem) == (Path("a/x.yaml"), line, key, "wrong")


@pytest.mark.parametrize(
    ("asked", "suggestion", "nearest"),
    [("ZE", None, "DE"), ("UK", "GB", "GB"), ("123", None, None), ("", None, None)],
)
def test_an_unknown_market_suggests_the_nearest_code(asked: str, suggestion: str | None, nearest: str | None) -> None:
    error = UnknownMarketError(asked, ["GB", "DE"], suggestion=suggestion)
    assert error.suggestion == nearest
    assert (f"Did you mean '{nearest}'?" in str(error)) == (nearest is not None)
    assert f"no market data for '{asked}'" in str(error)
    assert "2 markets are installed" in str(error)


def test_an_unknown_language_lists_those_that_there_are() -> None:
    error = UnknownLanguageError("xx", iter(["fr", "de"]))
    assert error.language == "xx"
    assert "'xx'; there are de, fr." in str(error)


def test_a_missing_extra_says_how_to_install_it() -> None:
    error = MissingExtraError("ray", needed_for="the batch runner")
    assert "the batch runner needs the extra 'ray'" in str(error)
    assert error.hint == "Run: pip install 'cs-assist[ray]'"
    assert error.extra == "ray"


def make(kind: type[CsAssistError]) -> CsAssistError:
    """Make an error with all the facts that its constructor takes."""
    if issubclass(kind, DataFileError):
        return kind("it is blue.", path="x.yaml", key="tone", line=7, hint="Paint it.")
    if kind is errors.ModelError:
        return errors.ModelError("rate_limited", "it is blue.", hint="Paint it.", retry_after=2.5)
    if kind is UnknownMarketError:
        return UnknownMarketError("UK", ["GB"], suggestion="GB")
    if kind is UnknownLanguageError:
        return UnknownLanguageError("xx", ["de"])
    return MissingExtraError("ray", needed_for="it") if kind is MissingExtraError else kind("it is blue.", hint="Paint it.")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))], ids=["copied", "pickled"])
def test_an_error_keeps_its_facts_on_its_way(kind: type[CsAssistError], again: object) -> None:
    error = make(kind)
    error.add_note("in line 3")
    there = again(error)  # type: ignore[operator]
    assert type(there) is kind
    assert (str(there), there.args, there.code, vars(there)) == (str(error), error.args, error.code, vars(error))


def _refuse(market: str) -> None:
    raise UnknownMarketError(market, ["GB"], suggestion="GB")


def test_an_error_in_a_worker_reaches_its_caller_and_the_pool_lives_on() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for market in ("UK", "EN"):
            with pytest.raises(UnknownMarketError, match=f"'{market}'"):
                pool.submit(_refuse, market).result()
