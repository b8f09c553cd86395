"""The door: every call of a language model goes through :class:`LanguageModel`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import queue
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from inspect import signature
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from cs_assist.config import Settings
from cs_assist.errors import MissingExtraError, ModelError, PromptError, SettingsError
from cs_assist.llm import faults, loop
from cs_assist.llm.bill import Spending, Spent, load_prices
from cs_assist.llm.cache import AnswerCache
from cs_assist.llm.prompts import Prompt, load_prompt
from cs_assist.llm.reading import check_finish, read_reply
from cs_assist.llm.tokens import Trimmed, count
from cs_assist.types import Usage

T = TypeVar("T", bound=BaseModel)
SPENT_FILE = "models.db"
_LOG = logging.getLogger("cs_assist.llm")
_AS_JSON = "Answer with one JSON object that fits this JSON schema, and with nothing else:\n"
_AS_TEXT = "\n\nAnswer with the text itself only: no JSON, no ids, no remarks."
#: Seconds before a failed provider is asked the second time.
_PAUSE = 0.5
#: Tokens that a chat format puts around each message (OpenAI's cookbook tells 3, and 3 more for the reply's start).
_AROUND = 4
#: No tokenizer in use has more characters a token than this on average; a reply beyond ignored its limit.
_LONGEST_TOKEN = 12


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What a model answered, read and checked against the schema, and what it cost."""

    value: T
    usage: Usage


@dataclass(frozen=True)
class Job(Generic[T]):
    """One question for :meth:`LanguageModel.ask_many`."""

    prompt: str
    variables: Mapping[str, str | Trimmed]
    schema: type[T]
    conversation: str = field(default="")


class _Text(BaseModel):
    """What a stream answers with: a text in no form."""


@dataclass
class _Call:
    """One question on its way: what goes out, and what came of it."""

    prompt: Prompt
    messages: list[tuple[str, str]]
    conversation: str
    most: int
    started: float
    sent: bool = False
    reply: Any = None
    told: tuple[int, int] | None = None


class LanguageModel:
    """One configured model behind one door: budgets, limits, time, structured answers, cache, and the bill.

    Calls are safe from any thread and any event loop. Every failure of a model is a
    :class:`~cs_assist.errors.ModelError`; its ``kind`` says which. No text is ever logged.

    Args:
        model: A LangChain ``BaseChatModel``.
        settings: The ``llm_...`` settings and ``prompts_dir``.
        name: The model's name for prices, tokens and usage; by default the one that it says itself.
        again: Makes the model anew in a forked process, which must not share its parent's connections.

    Attributes:
        spent: What was spent, in all, per day and per conversation.
        counters: How often things happened in this process: ``calls``, ``cached``, ``retries``, ``repaired_parse`` and
            ``failed.`` with each kind.
    """

    def __init__(self, model: Any, settings: Settings, *, name: str = "", again: Callable[[], Any] | None = None) -> None:
        self.name = name or next(
            (str(told) for told in (getattr(model, key, None) for key in ("model_name", "model", "model_id")) if told),
            type(model).__name__,
        )
        self._models, self._again, self._settings = {os.getpid(): model}, again or (lambda: model), settings
        budgets = (settings.llm_budget_per_day, settings.llm_budget_per_conversation)
        folder = settings.llm_cache_dir or (settings.state_dir if any(budgets) else None)
        self.spent = Spending(
            folder / SPENT_FILE if folder else None,
            per_day=settings.llm_budget_per_day,
            per_conversation=settings.llm_budget_per_conversation,
            longest=timedelta(seconds=2 * settings.llm_timeout_seconds + 60),
        )
        self.counters: Counter[str] = Counter()
        self._cache = AnswerCache(settings.llm_cache_dir, settings.llm_cache_size)
        self._prices = load_prices(settings.llm_prices_file)
        self._limits: dict[int, tuple[asyncio.Semaphore, asyncio.Semaphore]] = {}
        self._recent: deque[float] = deque()
        self._in_text = False

    @classmethod
    def from_settings(cls, settings: Settings, *, model: Any = None) -> LanguageModel | None:
        """Return the model of the settings, or ``model`` (a LangChain chat model, or a name as ``llm`` takes it).

        None where neither is given.

        Raises:
            MissingExtraError: The extra ``openai`` is not installed.
            SettingsError: ``model`` is no chat model; the name is none, or of a provider whose package is not installed.
            ModelError: (kind ``wrong_key``) No key is set.
            PromptError: A prompt of ``prompts_dir`` is wrong.
            DataFileError: ``llm_prices_file`` is wrong.
        """
        if isinstance(model, str):
            settings, model = settings.model_copy(update={"llm": model}), None
        if model is None and not settings.llm:
            return None
        if model is not None and not all(callable(getattr(model, name, None)) for name in ("ainvoke", "astream")):
            raise SettingsError(
                f"a language model was expected, not {type(model).__name__}.",
                hint="Give a LangChain chat model, or a name such as 'openai:gpt-4.1-mini'.",
            )
        if settings.prompts_dir is not None:
            for path in sorted(settings.prompts_dir.glob("*.md")):
                load_prompt(path.stem, settings.prompts_dir)
        if model is not None:
            return cls(model, settings)
        if settings.llm.endswith(":"):
            raise faults.cannot_start(ValueError("no model is named"), settings.llm)
        try:
            from langchain.chat_models import init_chat_model
        except ImportError as exc:
            raise MissingExtraError("openai", needed_for=f"the language model '{settings.llm}'") from exc

        def made(**client: Any) -> Any:
            try:
                return init_chat_model(
                    settings.llm,
                    timeout=settings.llm_timeout_seconds,
                    max_tokens=settings.llm_max_tokens,
                    max_retries=0,  # the door waits and repeats itself, within the time of one answer
                    **client,
                )
            except Exception as exc:
                raise faults.cannot_start(exc, settings.llm) from exc

        return cls(made(), settings, name=settings.llm.rpartition(":")[2], again=lambda: made(**_own_client(settings.llm)))

    def ask(self, prompt: str, variables: Mapping[str, str | Trimmed], *, schema: type[T], conversation: str = "") -> Answer[T]:
        """Return the model's answer to a prompt.

        Args:
            prompt: The prompt's id.
            variables: What the prompt's header declares, no more and no less.
            schema: The class that the header names.
            conversation: Whose budget the call counts to.

        Raises:
            ModelError: There is no usable answer; ``kind`` says why.
            PromptError: The prompt does not exist, or takes other variables or another schema.
        """
        return loop.wait(self._answer(Job(prompt, variables, schema, conversation)))

    async def aask(
        self, prompt: str, variables: Mapping[str, str | Trimmed], *, schema: type[T], conversation: str = ""
    ) -> Answer[T]:
        """Do as :meth:`ask`, without blocking; cancelling it breaks the call off."""
        return await asyncio.wrap_future(loop.submit(self._answer(Job(prompt, variables, schema, conversation))))

    def ask_many(self, jobs: Sequence[Job[Any]]) -> list[Answer[Any] | ModelError]:
        """Return one answer or error for each job, in order, ``llm_concurrency`` at a time."""
        return loop.wait(self._answers(jobs))

    async def abatch(self, jobs: Sequence[Job[Any]]) -> list[Answer[Any] | ModelError]:
        """Do as :meth:`ask_many`, without blocking."""
        return await asyncio.wrap_future(loop.submit(self._answers(jobs)))

    def stream(
        self, prompt: str, variables: Mapping[str, str | Trimmed], *, conversation: str = ""
    ) -> Generator[str, None, Usage]:
        """Yield the pieces of a free text, for an agent's eyes only: nothing of it is checked. Returns what it cost.

        Leaving the iterator breaks the call off.

        Raises:
            ModelError: The text did not come, or not to its end.
            PromptError: As for :meth:`ask`.
        """
        pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        future = loop.submit(self._pour(Job(prompt, variables, _Text, conversation), pieces))
        future.add_done_callback(lambda _: pieces.put(None))
        try:
            while (piece := pieces.get()) is not None:
                yield piece
            return future.result()
        finally:
            future.cancel()

    @property
    def _model(self) -> Any:
        if (here := os.getpid()) not in self._models:
            self._models[here] = self._again()
        return self._models[here]

    @property
    def _limit(self) -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
        """The limits of a batch and of calls; a forked process has a loop of its own, and a limit belongs to one loop."""
        most = self._settings.llm_concurrency
        return self._limits.setdefault(os.getpid(), (asyncio.Semaphore(most), asyncio.Semaphore(most)))

    async def _answers(self, jobs: Sequence[Job[Any]]) -> list[Answer[Any] | ModelError]:
        async def one(job: Job[Any]) -> Answer[Any] | ModelError:
            async with self._limit[0]:  # before a job's time begins
                try:
                    return await self._answer(job)
                except ModelError as exc:
                    return exc

        return await asyncio.gather(*map(one, jobs))

    async def _answer(self, job: Job[T]) -> Answer[T]:
        call = await asyncio.to_thread(self._prepare, job)
        key = self._cache.key(self.name, call.prompt.id, call.prompt.version, _told(job.schema), call.messages)
        if (kept := self._cache.get(key)) is not None:
            self.counters["cached"] += 1
            self.spent.book(job.conversation, Spent(cached=1))
            return Answer(job.schema.model_validate_json(kept), self._usage(call, 0, 0, cached=True))
        async with self._billed(call):
            await self._attempts(call, job.schema)
            value, repaired = read_reply(call.reply, job.schema)
        self.counters["repaired_parse"] += repaired
        self._cache.put(key, value.model_dump_json())
        return Answer(value, self._usage(call, *self._tokens(call), repaired=repaired))

    async def _pour(self, job: Job[Any], pieces: queue.SimpleQueue[str | None]) -> Usage:
        call = await asyncio.to_thread(self._prepare, job)
        role, text = call.messages[-1]
        call.messages[-1] = (role, text + _AS_TEXT)
        async with self._billed(call):
            await self._turn()
            call.sent = True
            try:
                async for chunk in self._model.astream(call.messages):
                    call.reply = chunk if call.reply is None else call.reply + chunk
                    self._check_length(call.reply)
                    if text := str(chunk.text):
                        pieces.put(text)
            except Exception as exc:
                raise faults.as_model_error(exc, self.name) from exc
            if call.reply is None or not str(call.reply.text).strip():
                raise ModelError("empty", "the model's reply is empty.")
            check_finish(call.reply)
        return self._usage(call, *self._tokens(call))

    def _prepare(self, job: Job[Any]) -> _Call:
        prompt = load_prompt(job.prompt, self._settings.prompts_dir)
        if job.schema is not _Text and job.schema.__name__ != prompt.schema:
            raise PromptError(f"it answers with {prompt.schema}, not {job.schema.__name__}", path=prompt.path, key="schema")
        messages: list[tuple[str, str]] = list(prompt.render(job.variables))
        texts = [text for _, text in messages] + [_AS_JSON + _told(job.schema)]
        most = sum(count(text, self.name).tokens + _AROUND for text in texts)
        return _Call(prompt, messages, job.conversation, most, time.monotonic())

    @asynccontextmanager
    async def _billed(self, call: _Call) -> AsyncIterator[None]:
        """Hold a slot, the time and the budget for a call, and book what it took."""
        try:
            held = self.spent.reserve(call.conversation, call.most + self._settings.llm_max_tokens)
        except ModelError as exc:
            self.counters[f"failed.{exc.kind}"] += 1
            raise
        failed = ""
        error: ModelError | None = None
        try:
            async with asyncio.timeout(self._settings.llm_timeout_seconds), self._limit[1]:
                yield
        except TimeoutError as exc:
            failed = "timeout"
            error = faults.as_model_error(exc, self.name)
            raise error from exc
        except ModelError as exc:
            failed, error = exc.kind, exc
            raise
        except asyncio.CancelledError:
            failed = "timeout" if call.sent else "cancelled"
            raise
        finally:
            self.counters["calls"] += call.sent
            self.counters.update([f"failed.{failed}"] if failed else [])
            took = self._took(call, failed)
            self.spent.book(call.conversation, took, held=held)
            if error is not None and took.calls:
                error.usage = self._usage(call, took.prompt_tokens, took.completion_tokens, exact=call.told is not None)

    def _took(self, call: _Call, failed: str) -> Spent:
        """Return what a call took; one that was broken off is taken to have cost all that it could."""
        if not call.sent:
            return Spent()
        if call.reply is not None and failed != "timeout":
            prompt_tokens, completion_tokens, _ = self._tokens(call)
        elif call.told is not None:
            prompt_tokens, completion_tokens = call.told
        elif failed in ("timeout", "truncated"):
            prompt_tokens, completion_tokens = call.most, self._settings.llm_max_tokens
        else:
            prompt_tokens = completion_tokens = 0
        cost = self._prices.of(self.name, prompt_tokens, completion_tokens)
        if cost is None and not self.counters["unpriced"]:
            _LOG.info("no price is known of the model '%s': its cost is not counted; llm_prices_file can tell it", self.name)
        self.counters["unpriced"] += cost is None
        return Spent(
            calls=1,
            failed=bool(failed),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            cost=cost or Decimal(0),
            unpriced=cost is None,
        )

    def _tokens(self, call: _Call) -> tuple[int, int, bool]:
        """Return the tokens in and out, and whether the provider counted them."""
        if told := getattr(call.reply, "usage_metadata", None):
            return int(told["input_tokens"]), int(told["output_tokens"]), True
        written = count(str(call.reply.text), self.name)
        return call.most, written.tokens, False

    def _usage(
        self,
        call: _Call,
        prompt_tokens: int,
        completion_tokens: int,
        exact: bool = True,
        *,
        cached: bool = False,
        repaired: bool = False,
    ) -> Usage:
        return Usage(
            model=self.name,
            prompt_id=call.prompt.id,
            prompt_version=call.prompt.version,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            cost=Decimal(0) if cached else self._prices.of(self.name, prompt_tokens, completion_tokens),
            currency=self._prices.currency,
            seconds=time.monotonic() - call.started,
            cached=cached,
            exact=exact,
            repaired_parse=repaired,
        )

    async def _attempts(self, call: _Call, schema: type[BaseModel]) -> None:
        """Ask until there is a reply: once more after a failure, and after each wait that the provider asks for."""
        ends = call.started + self._settings.llm_timeout_seconds
        for attempt in range(1_000_000):
            await self._turn()
            call.sent = True
            try:
                call.reply = await self._once(call.messages, schema)
            except ModelError as exc:
                call.told = faults.tokens_of(exc)
                asked = exc.kind == "rate_limited" and exc.retry_after is not None
                pause = exc.retry_after if asked and exc.retry_after is not None else _PAUSE
                again = asked or (attempt == 0 and exc.kind in ("rate_limited", "unavailable"))
                if not again or time.monotonic() + pause >= ends:
                    raise
                self.counters["retries"] += 1
                await asyncio.sleep(max(pause, 0.05))
            else:
                self._check_length(call.reply)
                return

    async def _once(self, messages: Sequence[tuple[str, str]], schema: type[BaseModel]) -> Any:
        """Return the reply to one request, in the demanded form or, where the model knows none, in free text."""
        if not self._in_text:
            try:
                form = self._model.with_structured_output
                strict = {"strict": True} if "strict" in signature(form).parameters else {}
                asked = form({**schema.model_json_schema(), "title": schema.__name__}, **strict)
                # the model with its form, without the parser behind it, whose time grows with the square of a bad reply
                return await asked.first.ainvoke(list(messages))
            except NotImplementedError:
                pass
            except Exception as exc:
                if not faults.refuses_form(exc):
                    raise faults.as_model_error(exc, self.name) from exc
            self._in_text = True
            _LOG.warning("the model '%s' knows no structured output: its answers are read out of free text", self.name)
        (role, system), *rest = messages
        try:
            return await self._model.ainvoke([(role, f"{system}\n\n{_AS_JSON}{_told(schema)}"), *rest])
        except Exception as exc:
            raise faults.as_model_error(exc, self.name) from exc

    def _check_length(self, reply: Any) -> None:
        told = getattr(reply, "usage_metadata", None)
        most = self._settings.llm_max_tokens
        if (told and told["output_tokens"] > most) or len(str(reply.text)) > most * _LONGEST_TOKEN:
            raise ModelError("truncated", f"the reply is longer than the {most} tokens of `llm_max_tokens`.")

    async def _turn(self) -> None:
        """Wait until one more call keeps ``llm_rate_per_minute``.

        LangChain's own limiter lets even the first call wait, and knows no end of waiting.
        """
        rate = self._settings.llm_rate_per_minute
        while rate is not None:
            now = time.monotonic()
            while self._recent and now - self._recent[0] >= 60:
                self._recent.popleft()
            if len(self._recent) < rate:
                self._recent.append(now)
                return
            if (pause := 60 - (now - self._recent[0])) >= self._settings.llm_timeout_seconds:
                hint = "Raise `llm_rate_per_minute`, or ask later."
                raise ModelError("rate_limited", f"{rate} calls were made within a minute.", hint=hint, retry_after=pause)
            await asyncio.sleep(pause)


def _own_client(name: str) -> dict[str, Any]:
    """Return a client of its own for OpenAI's models: langchain-openai keeps one for all, which a fork would share."""
    if not name.startswith("openai:"):
        return {}
    from openai import DefaultAsyncHttpxClient

    return {"http_async_client": DefaultAsyncHttpxClient()}


def _told(schema: type[BaseModel]) -> str:
    """Return a schema as JSON, as short as it can be told."""
    return json.dumps(schema.model_json_schema(), ensure_ascii=False, separators=(",", ":"))
