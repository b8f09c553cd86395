"""Which articles have run out, will soon, ought to be read again, or wait to be indexed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.knowledge.answerability import category_name
from cs_assist.knowledge.articles import Article, FrontMatter
from cs_assist.knowledge.index import PassageIndex
from cs_assist.knowledge.lexical import tokenize
from cs_assist.knowledge.sync import compare

REVIEW = Path(__file__).parent / "data" / "review.yaml"
#: A change is to be findable within this time.
LATE_AFTER = timedelta(hours=24)
SOON = 30


class _Review(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    default: int
    categories: dict[str, int]


@dataclass(frozen=True)
class Ending:
    """An article with an end: ``days`` are left, counted from today; a negative number is how long it has been over.

    ``replaced_by`` is the article that takes its place without a gap, where there is one.
    """

    article: Article
    days: int
    replaced_by: str | None


@dataclass(frozen=True)
class ReviewDue:
    """An article in force that nobody has looked at for ``days``, where ``review_after`` is allowed."""

    article: Article
    days: int
    review_after: int


@dataclass(frozen=True)
class Waiting:
    """A change of an article that the index does not have yet.

    ``since`` is when the file was written, or when the index was last known to be complete, whichever is later; for a
    removed article the latter alone, which is the earliest moment that it can have happened. ``late`` says that this
    is more than 24 hours ago.
    """

    doc_id: str
    change: Literal["added", "changed", "removed"]
    since: datetime | None
    late: bool


@dataclass(frozen=True)
class Freshness:
    """The report; ``undated`` are articles in force of which nothing says when they were last looked at."""

    expired: tuple[Ending, ...]
    expiring: tuple[Ending, ...]
    review_due: tuple[ReviewDue, ...]
    undated: tuple[Article, ...]
    waiting: tuple[Waiting, ...]


def check_freshness(
    articles: Sequence[Article], *, now: datetime, index: PassageIndex | None = None, soon: int = SOON
) -> Freshness:
    """Return what is out of date in a folder of articles at a moment.

    An article is out of force after its ``valid_until``, a day in UTC. It is due for review when more days than its
    ``review_after`` have gone since ``reviewed`` in its head, or else since ``valid_from``; without one in the head,
    ``review_after`` is the category's in ``data/review.yaml``. Articles out of force are not due.

    Args:
        articles: All articles of the folder.
        now: The report's clock, with a time zone.
        index: Compared with the articles where it is given.
        soon: Days before the end from which an article is reported as expiring.

    Example:
        >>> head = FrontMatter(id="sale", title="Sale", language="en", category="policy", valid_until=date(2026, 1, 31))
        >>> report = check_freshness([Article(head, "20% off.", Path("sale.md"))], now=datetime(2026, 2, 2, tzinfo=UTC))
        >>> [(ending.article.head.id, ending.days) for ending in report.expired]
        [('sale', -2)]
    """
    today = now.astimezone(UTC).date()
    endings = [_ending(article, articles, today) for article in articles if article.head.valid_until]
    due, undated = [], []
    for article in articles:
        head = article.head
        last = head.reviewed or head.valid_from
        if (head.valid_until and head.valid_until < today) or (head.valid_from and head.valid_from > today):
            continue
        if last is None:
            undated.append(article)
        elif (today - last).days > review_after(head):
            due.append(ReviewDue(article, (today - last).days, review_after(head)))
    return Freshness(
        expired=tuple(sorted((e for e in endings if e.days < 0), key=_by_days)),
        expiring=tuple(sorted((e for e in endings if 0 <= e.days <= soon), key=_by_days)),
        review_due=tuple(sorted(due, key=lambda d: (-d.days, d.article.head.id))),
        undated=tuple(sorted(undated, key=lambda article: article.head.id)),
        waiting=tuple(_waiting(articles, index, now)) if index else (),
    )


def review_after(head: FrontMatter) -> int:
    """Return the days after which an article is due for review."""
    return head.review_after or _review().categories.get(category_name(head.category), _review().default)


@lru_cache(maxsize=1)
def _review() -> _Review:
    return load_yaml(REVIEW, _Review)


def _by_days(ending: Ending) -> tuple[int, str]:
    return ending.days, ending.article.head.id


def _ending(article: Article, articles: Sequence[Article], today: date) -> Ending:
    until = article.head.valid_until or date.max
    successors = sorted(other.head.id for other in articles if _replaces(other.head, article.head, today))
    return Ending(article, (until - today).days, successors[0] if successors else None)


def _replaces(new: FrontMatter, old: FrontMatter, today: date) -> bool:
    """Whether an article takes over from one that ends: same reach and subject, a title with the same words, no gap."""
    until = old.valid_until or date.max
    takes_over = max(today, until + timedelta(days=1)) if until < date.max else until
    words, old_words = ({word for word in tokenize(head.title) if not word.isdigit()} for head in (new, old))
    return (
        new.id != old.id
        and (new.language, category_name(new.category), new.product) == (old.language, category_name(old.category), old.product)
        and new.platform in (None, old.platform)
        and (new.everywhere or (not old.everywhere and set(old.markets) <= set(new.markets)))
        and (new.valid_from or date.min) <= takes_over
        and (new.valid_until is None or new.valid_until >= takes_over)
        and 2 * len(words & old_words) >= min(len(words), len(old_words))
    )


def _waiting(articles: Sequence[Article], index: PassageIndex, now: datetime) -> list[Waiting]:
    changes = compare(articles, index)
    paths = {article.head.id: article.path for article in articles}
    found = []
    for change, names in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        for name in names:
            since = _since(paths.get(name), index.in_step, now)
            late = since is not None and now - since > LATE_AFTER
            found.append(Waiting(name, change, since, late))  # type: ignore[arg-type]  # mypy widens the literals
    return found


def _since(path: Path | None, in_step: datetime | None, now: datetime) -> datetime | None:
    """Return since when a change waits; a moment to come, which a copied file or another clock may say, is passed over."""
    written = None
    if path is not None and path.exists():
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    return max((moment for moment in (written, in_step) if moment and moment <= now), default=None)
