from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_shop import ExactEncoder, make_chunk

from cs_assist.knowledge.articles import Article, FrontMatter, parse_article
from cs_assist.knowledge.chunks import Chunk
from cs_assist.knowledge.freshness import Freshness, Waiting, _review, check_freshness, review_after
from cs_assist.knowledge.index import PassageIndex, build_index

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def article(doc_id: str = "a", **head: Any) -> Article:
    return make_chunk(doc_id, **{"title": "Delivery to Germany", **head}).article


def check(*articles: Article, now: datetime = NOW, **more: Any) -> Freshness:
    return check_freshness(articles, now=now, **more)


@pytest.mark.parametrize(
    ("until", "expired", "expiring"),
    [("2026-11-22", [-1], []), ("2026-11-23", [], [0]), ("2026-12-23", [], [30]), ("2026-12-24", [], []), (None, [], [])],
)
def test_the_last_day_of_an_article_still_counts(until: str | None, expired: list[int], expiring: list[int]) -> None:
    report = check(article(valid_until=until))
    assert [ending.days for ending in report.expired] == expired
    assert [ending.days for ending in report.expiring] == expiring


def test_days_are_those_of_utc_whatever_the_clock_s_zone() -> None:
    tokyo = datetime(2026, 11, 24, 5, 0, tzinfo=timezone(timedelta(hours=9)))  # still the 23rd in UTC
    assert not check(article(valid_until="2026-11-23"), now=tokyo).expired


def test_the_longest_over_comes_first() -> None:
    report = check(article("b", valid_until="2026-05-01"), article("a", valid_until="2026-10-01"))
    assert [ending.article.head.id for ending in report.expired] == ["b", "a"]


OLD = {"title": "Delivery to Germany (until March 2026)", "markets": ("DE",), "valid_until": "2026-03-31"}


@pytest.mark.parametrize(
    ("new", "replaced"),
    [
        ({"markets": ("DE",), "valid_from": "2026-04-01"}, True),
        ({"markets": ("DE", "AT")}, True),
        ({"markets": ()}, True),
        ({"markets": ("AT",)}, False),
        ({"markets": ("DE",), "valid_from": "2026-12-01"}, False),
        ({"markets": ("DE",), "valid_until": "2026-04-01"}, False),
        ({"markets": ("DE",), "platform": "ebay"}, False),
        ({"markets": ("DE",), "language": "de"}, False),
        ({"markets": ("DE",), "category": "returns"}, False),
        ({"markets": ("DE",), "title": "How to complain"}, False),
    ],
)
def test_an_article_that_takes_over_is_named(new: dict[str, Any], replaced: bool) -> None:
    (ending,) = (e for e in check(article("old", **OLD), article("new", **new)).expired if e.article.head.id == "old")
    assert ending.replaced_by == ("new" if replaced else None)


def test_an_article_for_all_markets_is_not_replaced_by_one_for_some() -> None:
    (ending,) = check(article("old", valid_until="2026-03-31"), article("new", markets=("DE",))).expired
    assert ending.replaced_by is None


@pytest.mark.parametrize(
    ("head", "due"),
    [
        ({"reviewed": "2026-11-13", "review_after": 10}, None),
        ({"reviewed": "2026-11-12", "review_after": 10}, (11, 10)),
        ({"reviewed": "2026-11-01", "valid_from": "2020-01-01"}, None),
        ({"valid_from": "2020-01-01", "category": "logistics"}, (2518, 180)),
        ({"valid_from": "2020-01-01", "category": "shipping"}, (2518, 180)),
        ({"valid_from": "2020-01-01", "category": "gardening"}, (2518, 365)),
        ({"valid_from": "2020-01-01", "valid_until": "2026-11-22"}, None),
        ({"valid_from": "2027-01-01", "reviewed": "2020-01-01"}, None),
    ],
)
def test_an_article_is_due_when_nobody_has_looked_at_it_for_too_long(head: dict[str, Any], due: tuple[int, int] | None) -> None:
    report = check(article(**head))
    assert [(one.days, one.review_after) for one in report.review_due] == ([due] if due else [])


def test_an_article_without_any_date_is_told_apart() -> None:
    report = check(article("b"), article("a", valid_until="2027-01-01"), article("c", reviewed="2026-11-01"))
    assert [one.head.id for one in report.undated] == ["a", "b"]
    assert not report.review_due


@given(st.sampled_from(["logistics", "product", "any_other"]), st.none() | st.integers(1, 3650))
def test_an_article_s_own_limit_goes_before_its_category_s(category: str, days: int | None) -> None:
    head = FrontMatter(id="a", title="A", language="en", category=category, review_after=days)
    assert review_after(head) == days or (days is None and review_after(head) > 0)


def test_the_shipped_limits_are_days() -> None:
    assert all(0 < days <= 3650 for days in [_review().default, *_review().categories.values()])


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_text("---\nid: a\ntitle: A\nlanguage: en\ncategory: policy\n---\n\nText.\n", encoding="utf-8")
    return path


def indexed(folder: Path, *chunks: Chunk, at: datetime | None = NOW) -> PassageIndex:
    build_index(chunks, folder / "index", ExactEncoder(), built_at=at)
    return PassageIndex.load(folder / "index", encoder="exact@1")


@pytest.mark.parametrize(
    ("written_at", "now", "since", "late"),
    [
        (NOW + timedelta(hours=1), NOW + timedelta(hours=25), NOW + timedelta(hours=1), False),
        (NOW + timedelta(hours=1), NOW + timedelta(hours=26), NOW + timedelta(hours=1), True),
        (NOW - timedelta(days=9), NOW + timedelta(hours=2), NOW, False),
        (NOW - timedelta(days=9), NOW + timedelta(hours=25), NOW, True),
        (NOW + timedelta(days=900), NOW + timedelta(hours=2), NOW, False),
        (NOW + timedelta(days=900), NOW + timedelta(hours=25), NOW, True),
    ],
)
def test_a_change_waits_since_it_was_written_or_the_index_was_complete(
    written: Path, written_at: datetime, now: datetime, since: datetime, late: bool
) -> None:
    os.utime(written, (written_at.timestamp(),) * 2)
    index = indexed(written.parent, make_chunk("a", "Another text."))
    assert check(parse_article(written), now=now, index=index).waiting == (Waiting("a", "changed", since, late),)


def test_added_and_removed_articles_wait_too(written: Path) -> None:
    index = indexed(written.parent, make_chunk("gone"))
    report = check(parse_article(written), now=NOW + timedelta(hours=30), index=index)
    assert [(w.doc_id, w.change) for w in report.waiting] == [("a", "added"), ("gone", "removed")]
    assert report.waiting[1] == Waiting("gone", "removed", NOW, late=True)


def test_where_nothing_says_when_a_removed_article_waits_since_an_unknown_time(written: Path) -> None:
    index = indexed(written.parent, make_chunk("gone"), at=None)
    waiting = {w.doc_id: w for w in check(parse_article(written), now=NOW, index=index).waiting}
    assert waiting["gone"] == Waiting("gone", "removed", None, late=False)


def test_an_index_in_step_has_nothing_waiting(written: Path) -> None:
    found = parse_article(written)
    index = indexed(written.parent, Chunk(found, 0, ("A",), "Text."))
    assert check(found, now=NOW + timedelta(days=9), index=index).waiting == ()


def test_dates_of_the_head_are_read_from_the_file(written: Path) -> None:
    text = written.read_text(encoding="utf-8").replace("category:", "reviewed: 2026-01-02\nreview_after: 90\ncategory:")
    written.write_text(text, encoding="utf-8")
    head = parse_article(written).head
    assert (head.reviewed, head.review_after) == (date(2026, 1, 2), 90)
