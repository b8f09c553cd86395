from __future__ import annotations

import pytest
from openai_server import Provider, completion

from .conftest import Run, variables

pytest.importorskip("langchain_openai", reason="needs the extra 'openai'")


def test_translations_come_in_order_verified_and_marked(run: Run, model: Provider) -> None:
    model.replies = [
        completion('{"language": "en", "text": "I am [NAME_1], my parcel is 12 days late."}'),
        completion('{"language": "en", "text": "I want 94.90 € back."}'),
    ]
    lines = [
        {"id": "a", "text": "Ich bin Anna Schmidt, mein Paket ist 12 Tage zu spät.", "market": "DE"},
        {"id": "b", "text": "Ich will 49,90 € zurück.", "language": "de"},
        {"id": "c", "text": 5},
    ]
    done = run("translate", "--into", "en", lines=lines, **variables(model))
    assert done.code == 2
    first, second, third = done.objects
    assert list(first) == ["id", "source_language", "text", "language", "machine_made", "verified", "differences"]
    assert (first["text"], first["verified"], first["machine_made"]) == (
        "I am Anna Schmidt, my parcel is 12 days late.",
        True,
        True,
    )
    assert not second["verified"]
    assert any("94.90" in told for told in second["differences"])
    assert "error" in third
    assert not any("Schmidt" in str(request) for request in model.requests)


def test_a_text_is_rewritten_in_its_own_language_and_a_changed_amount_is_told(run: Run, model: Provider) -> None:
    model.replies = [
        completion('{"language": "en", "text": "Thank you so much for waiting! Your 49.90 € are on their way."}'),
        *[completion('{"language": "en", "text": "Your 94.90 € are coming!"}')] * 2,
    ]
    texts = ("We have sent your 49.90 € back to you.", "We have sent back your 49.90 €.")
    lines = [{"id": text, "text": text, "language": "en", "market": "IE"} for text in texts]
    done = run("rewrite", "--tone", "warmer", lines=lines, **variables(model))
    assert done.code == 0
    assert [told["verified"] for told in done.objects] == [True, False]
    assert {told["language"] for told in done.objects} == {"en"}
    assert any("94.90" in told for told in done.objects[1]["differences"])
    assert "warmer" in str(model.requests[0])


@pytest.mark.parametrize("names", [5, "Anna", {"a": 1}, ["Anna", 3]])
def test_names_that_are_no_list_of_texts_are_told_before_the_model_is_asked(run: Run, model: Provider, names: object) -> None:
    done = run("translate", "--into", "en", lines=[{"id": 1, "text": "Hallo", "names": names}], **variables(model))
    assert done.code == 2
    assert "key 'names' must be a list of texts" in done.objects[0]["error"]["message"]
    assert not model.requests


def test_a_model_that_fails_gives_an_error_object(run: Run, model: Provider) -> None:
    model.replies = [completion("")]
    done = run("translate", "--into", "en", lines=[{"id": 1, "text": "Wo ist mein Paket?", "language": "de"}], **variables(model))
    assert done.code == 2
    assert done.objects[0]["error"]["code"].startswith("model.")


@pytest.mark.parametrize("command", [("translate", "--into", "en"), ("rewrite", "--tone", "warmer")])
def test_without_a_model_nothing_is_written(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, lines=[{"id": 1, "text": "Wo ist mein Paket?"}])
    assert (done.code, done.out) == (2, "")
    assert "no language model is set" in done.err
    assert "CS_ASSIST_LLM" in done.err


@pytest.mark.parametrize("tag", ["klingon", "german", "", "xx-DE"])
@pytest.mark.parametrize(
    "command",
    [("translate", "-"), ("kb", "localise", "articles", "returns-us", "--out", "proposals")],
    ids=["translate", "localise"],
)
def test_a_language_that_there_is_not_is_told_before_a_model_is_paid(
    run: Run, model: Provider, command: tuple[str, ...], tag: str
) -> None:
    done = run(*command, "--into", tag, lines=[{"text": "Wo ist mein Paket?", "market": "DE"}], **variables(model))
    assert (done.code, done.out) == (2, "")
    assert f"'{tag}' is no language's tag" in done.err
    assert not model.requests


def test_a_language_is_known_in_any_letters(run: Run, model: Provider) -> None:
    done = run("translate", "--into", "DE_at", lines=[{"text": "Wo ist mein Paket?", "language": "de"}], **variables(model))
    assert [line["text"] for line in done.objects] == ["Wo ist mein Paket?"]
    assert not model.requests
