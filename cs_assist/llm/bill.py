"""What a language model costs: usage, prices, and budgets that hold before a call is made."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cs_assist.datafile import load_yaml
from cs_assist.errors import ModelError, SettingsError
from cs_assist.types import Record

_MILLION = Decimal(1_000_000)
_DATED = re.compile(r"-20\d\d-?\d\d-?\d\d$")
_HINT = "Set `llm_cache_dir` or `state_dir` to a folder that the process can write."
#: Sums are kept for so long; budgets look no further back.
_KEPT = timedelta(days=90)


class Spent(Record):
    """A sum over calls.

    ``calls`` counts what went to the provider, ``cached`` what did not have to, ``failed`` the calls among the first
    that gave no usable answer, ``unpriced`` those whose cost is not known and so not in ``cost``.
    """

    calls: int = 0
    cached: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Spent) -> Spent:
        return Spent(**{name: getattr(self, name) + getattr(other, name) for name in Spent.model_fields})


class Price(Record):
    """What a million tokens cost; ``certainty`` as in the market files."""

    input: Annotated[Decimal, Field(ge=0)]
    output: Annotated[Decimal, Field(ge=0)]
    source: str
    reviewed: date
    certainty: Literal["verified", "secondary", "general"]


class Prices(Record):
    """Prices by model; a dated name such as ``gpt-4o-2024-08-06`` has the price of the undated one."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    models: dict[str, Price]

    def of(self, model: str, prompt_tokens: int, completion_tokens: int) -> Decimal | None:
        """Return the cost of a call, or None where the model's price is not known.

        Example:
            >>> day = date(2026, 11, 22)
            >>> price = Price(input=Decimal("0.4"), output=Decimal("1.6"), source="a bill", reviewed=day, certainty="verified")
            >>> Prices(currency="USD", models={"gpt-4.1-mini": price}).of("gpt-4.1-mini", 1000, 200)
            Decimal('0.00072')
        """
        price = self.models.get(model) or self.models.get(_DATED.sub("", model))
        return (price.input * prompt_tokens + price.output * completion_tokens) / _MILLION if price else None


def load_prices(own: Path | None = None) -> Prices:
    """Return the shipped prices, with those of the file ``own`` before them; alone, where they are in another currency.

    Raises:
        DataFileError: The file is wrong; names file, line and key.
    """
    shipped = load_yaml(Path(__file__).parent / "prices.yaml", Prices)
    if own is None:
        return shipped
    prices = load_yaml(own, Prices)
    models = prices.models if prices.currency != shipped.currency else shipped.models | prices.models
    return Prices(currency=prices.currency, models=models)


class Spending:
    """What was spent, per day (UTC) and conversation, and the budgets, which hold for all processes with the same file.

    Before a call its greatest cost is reserved, after it the true one is booked, so that no number of calls at a time
    can overdraw a budget. A reservation counts to the day on which it was made, and runs out where its process was killed.
    The file holds sums and hashed ids of conversations, no text.

    Args:
        path: A SQLite file; None keeps the sums in memory.
        per_day: Tokens of a day at most, in and out; None sets no limit.
        per_conversation: Tokens of a conversation at most.
        longest: How long a call may take: after it a reservation runs out.
        clock: Returns the present moment.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        per_day: int | None = None,
        per_conversation: int | None = None,
        longest: timedelta = timedelta(minutes=10),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._per_day, self._per_conversation, self._longest, self._clock = per_day, per_conversation, longest, clock
        self._lock = threading.Lock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None, timeout=5)
            self._base.execute(
                "CREATE TABLE IF NOT EXISTS spent (day TEXT, conversation TEXT, calls INTEGER, cached INTEGER, failed INTEGER,"
                " prompt_tokens INTEGER, completion_tokens INTEGER, cost TEXT, unpriced INTEGER,"
                " PRIMARY KEY (day, conversation))"
            )
            self._base.execute(
                "CREATE TABLE IF NOT EXISTS held"
                " (id INTEGER PRIMARY KEY, day TEXT, conversation TEXT, tokens INTEGER, until TEXT)"
            )
            self._base.execute("DELETE FROM spent WHERE day < ?", ((clock() - _KEPT).date().isoformat(),))
        except (OSError, sqlite3.Error) as exc:
            raise SettingsError(f"the sums of language models cannot be kept in '{path}': {exc}.", hint=_HINT) from exc

    @property
    def total(self) -> Spent:
        """All that is kept: at least the last 90 days."""
        return self._sum("1", ())

    def day(self, day: date | None = None) -> Spent:
        """Return what was spent on a UTC day, today by default."""
        return self._sum("day = ?", ((day or self._clock().date()).isoformat(),))

    def conversation(self, conversation: str) -> Spent:
        """Return what was spent on a conversation."""
        return self._sum("conversation = ?", (_hashed(conversation),))

    def reserve(self, conversation: str, tokens: int) -> int:
        """Set ``tokens`` aside for a call, and return what :meth:`book` gives them back by.

        Raises:
            ModelError: (kind ``budget``) That would overdraw the day's budget or the conversation's.
        """
        with self._writing() as (now, key):
            day = now.date().isoformat()
            for what, limit, where, value in (
                ("day", self._per_day, "day = ?", day),
                ("conversation", self._per_conversation if conversation else None, "conversation = ?", key(conversation)),
            ):
                if limit is not None and (used := self._used(where, value, now)) + tokens > limit:
                    raise ModelError(
                        "budget",
                        f"the budget of the {what} is {limit} tokens: {used} are used, and this call may need {tokens}.",
                        hint=f"Raise `llm_budget_per_{what}`, or go on without a model.",
                    )
            until = (now + self._longest).isoformat()
            row = (day, key(conversation), tokens, until)
            return int(self._base.execute("INSERT INTO held VALUES (NULL, ?, ?, ?, ?)", row).lastrowid or 0)

    def book(self, conversation: str, spent: Spent, *, held: int | None = None) -> None:
        """Book what a call really took, in place of what :meth:`reserve` holds for it."""
        with self._writing() as (now, key):
            self._base.execute("DELETE FROM held WHERE id = ? OR until < ?", (held, now.isoformat()))
            self._add(now.date().isoformat(), key(conversation), spent.model_dump())

    @contextmanager
    def _writing(self) -> Iterator[tuple[datetime, Callable[[str], str]]]:
        with self._lock:
            try:
                with self._base:  # which commits, or rolls back what failed
                    self._base.execute("BEGIN IMMEDIATE")
                    yield self._clock().astimezone(UTC), _hashed
            except sqlite3.Error as exc:
                raise ModelError("budget", f"what models cost cannot be booked: {exc}.", hint=_HINT) from exc

    def _add(self, day: str, conversation: str, changes: dict[str, int | Decimal]) -> None:
        self._base.execute(
            "INSERT OR IGNORE INTO spent"
            " (day, conversation, calls, cached, failed, prompt_tokens, completion_tokens, cost, unpriced)"
            " VALUES (?, ?, 0, 0, 0, 0, 0, '0', 0)",
            (day, conversation),
        )
        cost = self._base.execute("SELECT cost FROM spent WHERE day = ? AND conversation = ?", (day, conversation)).fetchone()[0]
        whole = {name: value for name, value in changes.items() if name != "cost"}
        sets = ", ".join(f"{name} = {name} + ?" for name in whole)
        self._base.execute(
            f"UPDATE spent SET {sets}, cost = ? WHERE day = ? AND conversation = ?",
            (*whole.values(), str(Decimal(cost) + changes.get("cost", 0)), day, conversation),
        )

    def _used(self, where: str, value: str, now: datetime) -> int:
        spent = self._base.execute(f"SELECT SUM(prompt_tokens + completion_tokens) FROM spent WHERE {where}", (value,))
        held = self._base.execute(f"SELECT SUM(tokens) FROM held WHERE until >= ? AND {where}", (now.isoformat(), value))
        return int(spent.fetchone()[0] or 0) + int(held.fetchone()[0] or 0)

    def _sum(self, where: str, values: tuple[str, ...]) -> Spent:
        names = list(Spent.model_fields)
        with self._lock:
            rows = self._base.execute(f"SELECT {', '.join(names)} FROM spent WHERE {where}", values).fetchall()
        return sum((Spent(**dict(zip(names, row, strict=True))) for row in rows), Spent())


def _hashed(conversation: str) -> str:
    return hashlib.sha256(conversation.encode("utf-8", "replace")).hexdigest() if conversation else ""
