from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from .conftest import Load

pytest.importorskip("bs4", reason="the extra 'documents' is not installed")


def zendesk(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "locale": "en-us", "source_locale": "en-us", "title": f"Title {number}", "draft": False, "outdated": False,
        "body": "<h2>When</h2><p>Within <b>5</b> days.</p>", "section_id": 5, "user_segment_id": None,
        "html_url": f"https://shop.example/hc/en-us/articles/{number}", "updated_at": "2026-04-17T23:30:00-02:00", **fields,
    }  # fmt: skip


def intercom(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "type": "article", "id": str(number), "title": "Title", "body": "<p>Text</p>", "state": "published", "parent_id": 145,
        "parent_ids": [145], "default_locale": "en", "url": "https://help.example/1", "updated_at": 1_776_470_400, **fields,
    }  # fmt: skip


def freshdesk(number: int = 1, **fields: Any) -> dict[str, Any]:
    levels = [("category", "General"), ("folder", "Shipping & Delivery")]
    hierarchy = [
        {"level": at, "type": kind, "data": {"id": at, "name": name, "language": "de"}} for at, (kind, name) in enumerate(levels)
    ]
    return {
        "id": number, "type": 1, "category_id": 3, "folder_id": 4, "hierarchy": hierarchy, "title": "Titel", "status": 2,
        "description": "<p>Text</p>", "description_text": "Text", "updated_at": "2026-04-18T00:00:00Z", **fields,
    }  # fmt: skip


def shopify(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "title": "Title", "handle": "title", "body_html": "<p>Text</p>", "published_at": "2026-02-01T09:00:00Z",
        "updated_at": "2026-04-18T10:00:00Z", "author": "x", "shop_id": 1, "template_suffix": None, **fields,
    }  # fmt: skip


DEFAULTS = 'category: policy\ncategories:\n  "Shipping & Delivery": logistics\n'


def test_a_zendesk_article_keeps_its_language_address_and_day(load: Load) -> None:
    export = {
        "articles": [zendesk()],
        "sections": [{"id": 5, "name": "Shipping & Delivery", "category_id": 9}],
        "next_page": None,
    }
    (article,) = load("zendesk.json", json.dumps(export), DEFAULTS).articles
    head = article.head
    assert (head.id, head.variant_of, head.language, head.category) == ("zendesk-1-en-us", "zendesk-1", "en", "logistics")
    assert (head.title, head.url) == ("Title 1", "https://shop.example/hc/en-us/articles/1")
    assert (head.reviewed, head.approved) == (date(2026, 4, 18), False)
    assert article.text == "## When\n\nWithin **5** days."


def test_zendesk_drafts_restricted_and_outdated_articles_are_counted(load: Load) -> None:
    translations = [zendesk(5, locale=tag, draft=tag == "fr", outdated=tag == "es") for tag in ("de", "fr", "es", "fi")]
    articles = [zendesk(1, draft=True), zendesk(2, user_segment_id=7), zendesk(3, outdated=True), zendesk(4)]
    loaded = load("z.json", json.dumps({"articles": [*articles, zendesk(5, translations=translations)]}), DEFAULTS)
    assert [article.head.id for article in loaded.articles] == ["zendesk-4-en-us", "zendesk-5-de"]
    assert loaded.skipped == {"draft": 2, "restricted": 1, "outdated": 2}
    (problem,) = loaded.problems
    assert (problem.key, problem.line) == ("language", None)
    assert "article 5 (id 5): " in str(problem)
    assert "'fi' is no language that customers are answered in" in str(problem)


def test_an_intercom_article_has_one_variant_a_language(load: Load) -> None:
    content = {
        "type": "article_translated_content", "de": {"title": "Titel", "body": "<p>Text</p>", "state": "published"},
        "fr": {"title": "Titre", "body": "<p>Texte</p>", "state": "draft"}, "it": None,
        "en": {"title": "Title", "body": "<p>Text</p>", "state": "published"},
    }  # fmt: skip
    export = {"type": "list", "data": [intercom(translated_content=content)], "pages": {"type": "pages", "page": 1}}
    loaded = load("intercom.json", json.dumps(export), DEFAULTS)
    assert [(a.head.id, a.head.language, a.head.variant_of) for a in loaded.articles] == [
        ("intercom-1-en", "en", "intercom-1"), ("intercom-1-de", "de", "intercom-1"),
    ]  # fmt: skip
    assert loaded.articles[0].head.reviewed == date(2026, 4, 18)
    assert loaded.skipped == {"draft": 1}


def test_names_of_collections_come_from_the_file_beside(load: Load) -> None:
    collections = {"type": "list", "data": [{"type": "collection", "id": "145", "name": "Shipping & Delivery"}]}
    load("collections.json", json.dumps(collections), DEFAULTS)
    (article,) = load("intercom.json", json.dumps([intercom()]), DEFAULTS).articles
    assert article.head.category == "logistics"


def test_a_section_without_a_name_for_it_is_its_own_category(load: Load) -> None:
    (article,) = load("f.json", json.dumps([freshdesk()]), "markets: []").articles
    assert article.head.category == "shipping_delivery"


def test_freshdesk_articles_say_their_language_in_the_hierarchy(load: Load) -> None:
    articles = [freshdesk(1), freshdesk(2, status=1), freshdesk(3, folder_id=8), freshdesk(4, language="fr")]
    load("folders.json", json.dumps([{"id": 8, "name": "Internal", "visibility": 3, "hierarchy": []}]), DEFAULTS)
    loaded = load("freshdesk.json", json.dumps(articles), DEFAULTS)
    heads = [article.head for article in loaded.articles]
    assert [(h.id, h.language, h.category) for h in heads] == [
        ("freshdesk-1-de", "de", "logistics"), ("freshdesk-4-fr", "fr", "logistics"),
    ]  # fmt: skip
    assert loaded.skipped == {"draft": 1, "restricted": 1}


def test_shopify_pages_are_in_force_from_the_day_they_are_published(load: Load) -> None:
    pages = [shopify(), shopify(2, published_at=None)]
    loaded = load("pages.json", json.dumps({"pages": pages}), DEFAULTS + "language: ja\n")
    (article,) = loaded.articles
    assert (article.head.id, article.head.language, article.head.valid_from) == ("shopify-1", "ja", date(2026, 2, 1))
    assert loaded.skipped == {"draft": 1}


@pytest.mark.parametrize("wrapping", ["nodes", "edges"])
def test_shopify_pages_come_from_either_interface(load: Load, wrapping: str) -> None:
    page = {"id": "gid://shopify/Page/7", "title": "T", "handle": "t", "body": "<p>Text</p>", "isPublished": True,
            "publishedAt": "2026-02-01T10:00:00Z", "updatedAt": "2026-02-02T10:00:00Z"}  # fmt: skip
    hidden = {**page, "id": "gid://shopify/Page/8", "isPublished": False}
    found = [page, hidden] if wrapping == "nodes" else [{"node": page}, {"node": hidden}]
    loaded = load("pages.json", json.dumps({"data": {"pages": {wrapping: found}}}), DEFAULTS + "language: en\n")
    assert [article.head.id for article in loaded.articles] == ["shopify-7"]
    assert loaded.skipped == {"draft": 1}


def test_pages_of_an_answer_may_stand_in_one_list(load: Load) -> None:
    pages = [{"articles": [zendesk(1)]}, {"articles": [zendesk(2)]}]
    assert len(load("z.json", json.dumps(pages), DEFAULTS).articles) == 2


def test_a_single_article_is_an_export_too(load: Load) -> None:
    assert len(load("z.json", json.dumps({"article": zendesk()}), DEFAULTS).articles) == 1


def test_scripts_in_an_article_are_told_with_its_number(load: Load) -> None:
    loaded = load("z.json", json.dumps({"articles": [zendesk(body="<p>Text</p><p hidden>Obey.</p>")]}), DEFAULTS)
    assert loaded.articles[0].text == "Text"
    assert "article 1 (id 1): 1 hidden text(s) were taken out" in str(loaded.notices[0])


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"title": ""}, "article 2 (id 2): "),
        ({"updated_at": "yesterday"}, "not as the interface has it"),
        ({"body": None}, "the article has no text"),
        ({"locale": None}, "key 'language'"),
        ({"translations": [5]}, "not as the interface has it"),
    ],
)
def test_a_broken_article_is_told_and_the_rest_loads(load: Load, broken: dict[str, Any], said: str) -> None:
    loaded = load("z.json", json.dumps({"articles": [zendesk(1), zendesk(2, **broken), zendesk(3)]}), DEFAULTS)
    assert [article.head.id for article in loaded.articles] == ["zendesk-1-en-us", "zendesk-3-en-us"]
    assert said in str(loaded.problems[0])
    assert "article 2 (id 2)" in str(loaded.problems[0])


@pytest.mark.parametrize("text", ["", "{", "[", "5", "null", '"a"', '{"name": "package"}', "[" * 100_000])
def test_what_is_no_export_is_refused(load: Load, text: str) -> None:
    loaded = load("a.json", text, DEFAULTS)
    assert not loaded.articles
    assert loaded.problems[0].path.name == "a.json"


def test_broken_json_names_its_line(load: Load) -> None:
    assert load("a.json", '{\n"articles": [\n}', DEFAULTS).problems[0].line == 3


@pytest.mark.parametrize("item", [5, None, "a", [], {}, {"title": "T"}])
def test_an_item_that_is_no_article_is_told_by_its_number(load: Load, item: object) -> None:
    loaded = load("z.json", json.dumps({"articles": [zendesk(), item]}), DEFAULTS)
    assert len(loaded.articles) == 1
    assert "article 2" in str(loaded.problems[0])


@pytest.mark.parametrize(
    ("locales", "markets"),
    [
        (["de", "de-at"], {"de": (), "de-at": ("AT",)}),
        (["en-us", "en-gb", "fr"], {"en-us": (), "en-gb": ("GB",), "fr": ()}),
        (["en-us", "fr-fr", "fr-ca"], {"en-us": (), "fr-fr": ("FR",), "fr-ca": ("CA",)}),
        (["en-us", "zh-tw", "zh-hk", "zh-cn"], {"en-us": (), "zh-tw": ("TW",), "zh-hk": ("HK",), "zh-cn": ()}),
        (["en-us", "es-mx", "es-419", "es-la"], {"en-us": (), "es-mx": ("MX",), "es-419": (), "es-la": ()}),
        (["en-us", "pt-br", "pt-pt"], {"en-us": (), "pt-br": (), "pt-pt": ()}),
    ],
)
def test_a_locale_beside_others_of_its_language_is_for_its_country(
    load: Load, locales: list[str], markets: dict[str, tuple[str, ...]]
) -> None:
    articles = [zendesk(1, locale=locale, source_locale=locales[0]) for locale in locales]
    loaded = load("z.json", json.dumps({"articles": articles}), DEFAULTS)
    assert not loaded.problems
    assert {a.head.id.removeprefix("zendesk-1-"): a.head.markets for a in loaded.articles} == markets


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"next_page": "https://shop.example/page=2"}, True),
        ({"next_page": None}, False),
        ({"meta": {"has_more": True}}, True),
        ({"meta": {"has_more": False}}, False),
        ({}, False),
    ],
)
def test_an_export_that_goes_on_says_so(load: Load, more: dict[str, Any], told: bool) -> None:
    loaded = load("z.json", json.dumps({"articles": [zendesk()], **more}), DEFAULTS)
    assert len(loaded.articles) == 1
    assert [notice.code for notice in loaded.notices] == ["incomplete"] * told


def test_pages_with_the_last_one_among_them_are_whole(load: Load) -> None:
    pages = [{"articles": [zendesk(1)], "next_page": "https://x.example"}, {"articles": [zendesk(2)], "next_page": None}]
    assert not load("z.json", json.dumps(pages), DEFAULTS).notices
    assert load("z.json", json.dumps(pages[:1]), DEFAULTS).notices


@pytest.mark.parametrize(
    "pages", [{"data": [intercom()], "pages": {"type": "pages", "page": 1, "next": {"page": 2}}},
              {"data": {"pages": {"nodes": [shopify(body="<p>T</p>")], "pageInfo": {"hasNextPage": True}}}}]
)  # fmt: skip
def test_other_exports_that_go_on_say_so(load: Load, pages: dict[str, Any]) -> None:
    loaded = load("z.json", json.dumps(pages), DEFAULTS + "language: en\n")
    assert [notice.code for notice in loaded.notices] == ["incomplete"]


def test_a_title_that_is_null_is_told_and_half_a_character_too(load: Load) -> None:
    articles = [zendesk(1, title=None), zendesk(2, title="bad \ud83d"), zendesk(3)]
    loaded = load("z.json", json.dumps({"articles": articles}), DEFAULTS)
    assert [article.head.id for article in loaded.articles] == ["zendesk-3-en-us"]
    null, half = loaded.problems
    assert (null.key, "article 1" in str(null)) == ("title", True)
    assert "half a character" in str(half)
