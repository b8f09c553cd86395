from __future__ import annotations

import asyncio
import logging
import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openai_server import GOOD, TEXT, Provider, Reply, completion, error, pieces

from cs_assist.config import Settings, load_settings
from cs_assist.errors import ModelError, PromptError, SettingsError
from cs_assist.llm.door import Job, LanguageModel
from cs_assist.llm.schemas import Translation
from cs_assist.llm.tokens import Part, Trimmed
from cs_assist.types import Usage

pytest.importorskip("langchain_openai", reason="needs the extra 'openai'")

Make = Callable[..., LanguageModel]


@pytest.fixture
def make(provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Make:
    """Makes the door to the provider on loopback, through langchain-openai."""
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")

    def made(**settings: Any) -> LanguageModel:
        values = {"llm": "openai:gpt-4.1-mini", "llm_timeout_seconds": 5, "state_dir": tmp_path} | settings
        model = LanguageModel.from_settings(Settings(**values))
        assert model is not None
        return model

    return made


def ask(model: LanguageModel, **variables: str) -> Any:
    return model.ask("translate", TEXT | variables, schema=Translation, conversation="c1")


def kind_of(model: LanguageModel) -> str:
    with pytest.raises(ModelError) as caught:
        ask(model)
    assert caught.value.code == f"model.{caught.value.kind}"
    return caught.value.kind


def test_without_a_model_there_is_no_door() -> None:
    assert LanguageModel.from_settings(Settings()) is None


def test_an_answer_comes_checked_with_its_bill(make: Make, provider: Provider) -> None:
    model = make()
    answer = ask(model)
    assert answer.value == Translation(language="en", text="Where is my parcel?")
    usage = answer.usage
    assert (usage.model, usage.prompt_id, usage.prompt_version) == ("gpt-4.1-mini", "translate", 1)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.exact, usage.cached) == (300, 12, True, False)
    assert usage.cost == Decimal("0.0001392")
    assert model.spent.conversation("c1").tokens == model.spent.day().tokens == 312
    assert model.spent.total.cost == usage.cost


def test_the_request_demands_the_schema_and_limits_the_answer(make: Make, provider: Provider) -> None:
    ask(make(llm_max_tokens=123))
    sent = provider.requests[0]
    assert sent["max_completion_tokens"] == 123
    form = sent["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["required"] == ["language", "text"]
    assert [m["role"] for m in sent["messages"]] == ["system", "user"]
    assert TEXT["text"] in sent["messages"][1]["content"]
    assert TEXT["text"] not in sent["messages"][0]["content"]


TOOL = {"id": "c", "type": "function", "function": {"name": "refund", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (completion(None, refusal="I cannot help with that."), "refused"),
        (completion('{"language": "en", "te', finish="length"), "truncated"),
        (completion(GOOD, usage=(300, 20_000)), "truncated"),
        (completion("word " * 20_000, usage=(0, 0)), "truncated"),
        (completion(None, finish="tool_calls", tool_calls=[TOOL]), "tool_call"),
        (completion("Where is my parcel?"), "invalid"),
        (completion('{"language": "en"}'), "invalid"),
        (completion('{"language": "en", "text": "x", "send": true}'), "invalid"),
        (completion(""), "empty"),
        (completion(None, finish="content_filter"), "filtered"),
        (Reply(b"<html>Sign in</html>", headers={"content-type": "text/html"}), "invalid"),
        (error(401, "Incorrect API key", "invalid_api_key"), "wrong_key"),
        (error(403, "Country not supported"), "wrong_key"),
        (error(404, "The model does not exist", "model_not_found"), "unknown_model"),
        (error(400, "Too many tokens", "context_length_exceeded"), "too_long"),
        (error(429, "Slow down", retry_after="600"), "rate_limited"),
        (error(500, "Oops"), "unavailable"),
        (error(503, "Overloaded"), "unavailable"),
        (Reply(completion().body, drop=True), "unavailable"),
    ],
)
def test_each_failure_has_its_kind(make: Make, provider: Provider, reply: Reply, kind: str) -> None:
    provider.replies = [reply]
    model = make()
    assert kind_of(model) == kind
    assert model.counters[f"failed.{kind}"] == 1
    assert model.spent.total.failed == 1


def test_a_reply_that_was_cut_off_is_billed_as_told(make: Make, provider: Provider) -> None:
    provider.replies = [completion('{"language": "en", "te', finish="length", usage=(301, 700))]
    model = make()
    assert kind_of(model) == "truncated"
    assert model.spent.total.tokens == 1001


def test_an_answer_inside_other_words_is_found_and_said_to_be(make: Make, provider: Provider) -> None:
    provider.replies = [completion(f"Of course! {{note}}\n```json\n{GOOD}\n```")]
    answer = ask(make())
    assert answer.value.text == "Where is my parcel?"
    assert answer.usage.repaired_parse


def test_a_wait_that_the_provider_asks_for_is_kept_within_the_time(make: Make, provider: Provider) -> None:
    provider.replies = [error(429, "Slow down", retry_after="0.1"), error(429, "Slow down", retry_after="0.1"), completion()]
    model = make()
    assert ask(model).value.language == "en"
    assert (len(provider.requests), model.counters["retries"]) == (3, 2)


def test_a_wait_beyond_the_time_is_not_begun(make: Make, provider: Provider) -> None:
    provider.replies = [error(429, "Slow down", retry_after="600")]
    with pytest.raises(ModelError) as caught:
        ask(make())
    assert caught.value.retry_after == 600
    assert len(provider.requests) == 1


@pytest.mark.parametrize("first", [error(500, "Oops"), Reply(completion().body, drop=True)])
def test_a_failed_server_is_asked_once_more(make: Make, provider: Provider, first: Reply) -> None:
    provider.replies = [first, completion()]
    assert ask(make()).value.language == "en"
    assert len(provider.requests) == 2


def test_a_slow_answer_is_broken_off_and_booked_at_its_greatest_cost(make: Make, provider: Provider) -> None:
    provider.replies = [Reply(completion().body, seconds=2)]
    model = make(llm_timeout_seconds=0.3)
    assert kind_of(model) == "timeout"
    assert model.spent.total.completion_tokens == 700


def test_nobody_listening_is_told_as_unavailable(make: Make, provider: Provider) -> None:
    model = make()
    provider.server.shutdown()
    provider.server.server_close()
    assert kind_of(model) == "unavailable"
    assert model.spent.total.tokens == 0


def test_a_model_without_structured_output_is_asked_in_words_and_said_so_once(
    make: Make, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.replies = [error(400, "response_format of type json_schema is not supported"), completion(f"Here: {GOOD}")]
    model = make(llm_cache_size=0)
    assert ask(model).usage.repaired_parse
    assert "response_format" not in provider.requests[1]
    assert '"required":["language","text"]' in provider.requests[1]["messages"][0]["content"]
    ask(model)
    assert len(provider.requests) == 3
    assert [r.levelno for r in caplog.records if "no structured output" in r.message] == [logging.WARNING]


def test_any_chat_model_object_will_do() -> None:
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel

    model = LanguageModel.from_settings(Settings(), model=GenericFakeChatModel(messages=iter([GOOD])))
    assert model is not None
    usage = ask(model).usage
    assert (usage.exact, usage.cost, usage.model) == (False, None, "GenericFakeChatModel")
    assert usage.prompt_tokens > 200
    assert model.spent.total.unpriced == 1


def test_no_text_is_logged(make: Make, provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "cs_assist")
    provider.replies = [completion("Secretive"), completion(GOOD)]
    model = make()
    with pytest.raises(ModelError) as caught:
        ask(model, text="Geheimnis")
    ask(model, text="Geheimnis")
    told = caplog.text + str(caught.value)
    assert "Geheimnis" not in told
    assert "Secretive" not in told


def test_the_same_question_is_answered_from_memory(make: Make, provider: Provider) -> None:
    model = make()
    ask(model)
    again = ask(model)
    assert again.value.text == "Where is my parcel?"
    assert (again.usage.cached, again.usage.cost, again.usage.prompt_tokens) == (True, 0, 0)
    assert len(provider.requests) == 1
    ask(model, text="Wo bleibt es?")
    assert len(provider.requests) == 2
    assert (model.spent.total.calls, model.spent.total.cached) == (2, 1)


def test_a_bad_answer_is_not_kept(make: Make, provider: Provider) -> None:
    provider.replies = [completion("no"), completion()]
    model = make()
    assert kind_of(model) == "invalid"
    assert not ask(model).usage.cached


def test_a_folder_keeps_answers_between_runs(make: Make, provider: Provider, tmp_path: Path) -> None:
    ask(make(llm_cache_dir=tmp_path / "cache"))
    assert ask(make(llm_cache_dir=tmp_path / "cache")).usage.cached


@pytest.mark.parametrize("which", ["llm_budget_per_day", "llm_budget_per_conversation"])
def test_a_budget_of_zero_never_calls(make: Make, provider: Provider, which: str) -> None:
    assert kind_of(make(**{which: 0})) == "budget"
    assert provider.requests == []


def test_no_number_of_calls_at_a_time_overdraws_a_budget(make: Make, provider: Provider) -> None:
    provider.replies = [Reply(completion(usage=(300, 700)).body, seconds=0.1)]
    model = make(llm_budget_per_day=6_000, llm_cache_size=0, llm_concurrency=20)
    found = model.ask_many([Job("translate", TEXT | {"text": f"Nummer {n}"}, Translation) for n in range(20)])
    refused = [one for one in found if isinstance(one, ModelError)]
    assert {one.kind for one in refused} == {"budget"}
    assert 0 < len(provider.requests) == 20 - len(refused)
    assert model.spent.day().tokens <= 6_000


def test_a_days_budget_outlives_the_process(make: Make, provider: Provider) -> None:
    provider.replies = [completion(usage=(3_000, 200))]
    settings = {"llm_budget_per_day": 4_000, "llm_cache_size": 0}
    ask(make(**settings))
    assert kind_of(make(**settings)) == "budget"


def test_calls_at_a_time_are_limited_and_answers_keep_their_order(make: Make, provider: Provider) -> None:
    provider.replies = [Reply(completion(f'{{"language": "en", "text": "{n}"}}').body, seconds=0.05) for n in range(7)]
    model = make(llm_concurrency=2)
    jobs = [Job("translate", TEXT | {"text": f"Nummer {n}"}, Translation) for n in range(6)]
    found = model.ask_many([*jobs, jobs[0]])
    assert provider.together <= 2
    assert all(not isinstance(one, ModelError) for one in found)
    assert len(found) == 7


def test_the_rate_holds(make: Make, provider: Provider) -> None:
    model = make(llm_rate_per_minute=2, llm_cache_size=0)
    ask(model)
    ask(model)
    assert kind_of(model) == "rate_limited"
    assert len(provider.requests) == 2


def test_calls_from_many_threads_and_loops_do_not_mix(make: Make, provider: Provider) -> None:
    model = make(llm_concurrency=4)
    found: dict[int, Any] = {}

    def one(number: int) -> None:
        variables = TEXT | {"text": str(number)}
        found[number] = (
            asyncio.run(model.aask("translate", variables, schema=Translation)) if number % 2 else ask(model, **variables)
        )

    threads = [threading.Thread(target=one, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(16))
    assert len(provider.requests) == 16


def test_a_cancelled_call_is_broken_off(make: Make, provider: Provider) -> None:
    provider.replies = [Reply(completion().body, seconds=3)]
    model = make()

    async def impatient() -> None:
        await asyncio.wait_for(model.aask("translate", TEXT, schema=Translation), 0.3)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())


def test_abatch_gives_an_error_in_its_place(make: Make, provider: Provider) -> None:
    provider.replies = [completion(), completion("no")]
    model = make(llm_concurrency=1)
    jobs = [Job("translate", TEXT | {"text": str(n)}, Translation) for n in range(2)]
    first, second = asyncio.run(model.abatch(jobs))
    assert not isinstance(first, ModelError)
    assert isinstance(second, ModelError)


def test_a_stream_comes_in_pieces_and_is_billed(make: Make, provider: Provider) -> None:
    provider.replies = [pieces("Where ", "is ", "it?")]
    model = make()
    usage: list[Usage] = []

    def read() -> Iterator[str]:
        usage.append((yield from model.stream("translate", TEXT, conversation="c1")))

    assert list(read()) == ["Where ", "is ", "it?"]
    assert [(one.prompt_id, one.prompt_tokens + one.completion_tokens) for one in usage] == [("translate", 295)]
    assert provider.requests[0]["stream"] is True
    assert "response_format" not in provider.requests[0]
    assert model.spent.conversation("c1").tokens == 295


def test_a_stream_that_breaks_says_so_after_what_came(make: Make, provider: Provider) -> None:
    provider.replies = [pieces("Where ", finish=None)]
    stream = make().stream("translate", TEXT)
    assert next(stream) == "Where "
    with pytest.raises(ModelError) as caught:
        next(stream)
    assert caught.value.kind == "unavailable"


def test_a_stream_can_be_left(make: Make, provider: Provider) -> None:
    provider.replies = [pieces("Where ", "is ", "it?")]
    stream = make().stream("translate", TEXT)
    assert next(stream) == "Where "
    stream.close()


def test_a_failed_call_tells_what_it_cost(make: Make, provider: Provider) -> None:
    provider.replies = [completion("no", usage=(300, 20))]
    with pytest.raises(ModelError) as caught:
        ask(make())
    assert caught.value.usage is not None
    assert (caught.value.usage.prompt_tokens, caught.value.usage.completion_tokens) == (300, 20)
    with pytest.raises(ModelError) as unsent:
        ask(make(llm_budget_per_day=0))
    assert unsent.value.usage is None


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
def test_a_forked_worker_may_use_the_model_of_its_parent(make: Make, provider: Provider) -> None:
    model = make(llm_concurrency=1)
    jobs = [Job("translate", TEXT | {"text": f"Nummer {n}"}, Translation) for n in range(3)]
    assert all(not isinstance(one, ModelError) for one in model.ask_many(jobs))

    def child() -> None:
        more = [Job("translate", TEXT | {"text": f"Zahl {n}"}, Translation) for n in range(3)]
        sys.exit(sum(isinstance(one, ModelError) for one in model.ask_many(more)))

    worker = multiprocessing.get_context("fork").Process(target=child)
    worker.start()
    worker.join(30)
    assert worker.exitcode == 0
    assert len(provider.requests) == 6


def test_what_the_caller_does_wrong_is_no_fault_of_the_model(make: Make, provider: Provider) -> None:
    model = make()
    with pytest.raises(PromptError, match="needs the variable 'text'"):
        model.ask("translate", {k: v for k, v in TEXT.items() if k != "text"}, schema=Translation)
    with pytest.raises(PromptError, match="no prompt 'nosuch'"):
        model.ask("nosuch", TEXT, schema=Translation)
    from cs_assist.llm.schemas import Summary

    with pytest.raises(PromptError, match="answers with Translation"):
        model.ask("translate", TEXT, schema=Summary)
    assert provider.requests == []


def test_a_text_over_the_limit_is_never_sent(make: Make, provider: Provider) -> None:
    model = make()
    with pytest.raises(ModelError) as caught:
        ask(model, text="Wo ist mein Paket? " * 5_000)
    assert caught.value.kind == "too_long"
    long = Trimmed((Part("Wo ist mein Paket?"), *[Part("Ich warte seit Tagen. " * 50)] * 50))
    model.ask("translate", TEXT | {"text": long}, schema=Translation)
    assert len(provider.requests) == 1


def test_without_a_key_nothing_starts(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelError, match="OPENAI_API_KEY") as caught:
        make()
    assert caught.value.kind == "wrong_key"


@pytest.mark.parametrize("name", ["nosuch:model", "a model", "openai:"])
def test_an_unknown_model_string_is_refused_at_the_start(make: Make, name: str) -> None:
    with pytest.raises(SettingsError, match=r"openai:gpt-4\.1-mini"):
        make(llm=name)


def test_another_providers_missing_package_is_named(make: Make) -> None:
    with pytest.raises(SettingsError, match="pip install langchain-"):
        make(llm="groq:llama-3")


def test_a_wrong_prompt_of_the_seller_is_refused_at_the_start(make: Make, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text("Write!")
    with pytest.raises(PromptError, match=r"draft\.md"):
        make(prompts_dir=tmp_path)


@pytest.mark.parametrize("model", [5, object(), "openai:"])
def test_what_is_no_model_is_refused_when_it_is_given(model: Any) -> None:
    with pytest.raises(SettingsError):
        LanguageModel.from_settings(load_settings(), model=model)
