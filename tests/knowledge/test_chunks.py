from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.knowledge.articles import Article, FrontMatter
from cs_assist.knowledge.chunks import Chunk, chunk_article

WORDS = ["parcel", "refund", "days", "label", "kettle", "tax", "size", "Größe", "返品", "card"]
word = st.sampled_from(WORDS)
sentence = st.lists(word, min_size=1, max_size=6).map(lambda words: " ".join(words) + ".")
paragraph = st.lists(sentence, min_size=1, max_size=6).map(" ".join)
bullets = st.lists(sentence.map(lambda s: f"- {s}"), min_size=1, max_size=6).map("\n".join)
heading = st.tuples(st.integers(1, 4), st.lists(word, min_size=1, max_size=3)).map(lambda x: "#" * x[0] + " " + " ".join(x[1]))
section = st.tuples(heading, st.lists(st.one_of(paragraph, bullets), min_size=1, max_size=3)).map(
    lambda x: "\n\n".join([x[0], *x[1]])
)


def count(text: str) -> int:
    return len(text.split())


def article(text: str, title: str = "Help") -> Article:
    return Article(FrontMatter(id="help", title=title, language="en", category="policy"), text, Path("help.md"))


def chunks(text: str, *, limit: int = 12) -> list[Chunk]:
    return chunk_article(article(text), count, limit=limit)


def bare(text: str) -> list[str]:
    """The words of a text, without Markdown's marks."""
    return [w for w in text.replace("|", " ").replace("#", " ").split() if w.strip("-")]


@given(st.lists(st.one_of(paragraph, bullets, section), min_size=1, max_size=6).map("\n\n".join), st.integers(3, 30))
def test_no_word_is_lost(text: str, limit: int) -> None:
    found = [w for chunk in chunks(text, limit=limit) for w in bare(" ".join(chunk.title_path) + "\n" + chunk.text)]
    for w in set(bare(text)):
        assert w in found


@given(st.lists(st.one_of(paragraph, bullets), min_size=1, max_size=8), st.integers(3, 30))
def test_text_without_headings_comes_back_word_for_word_and_in_order(blocks: list[str], limit: int) -> None:
    parts = chunks("\n\n".join(blocks), limit=limit)
    assert " ".join(part.text for part in parts).split() == "\n\n".join(blocks).split()


@given(st.lists(st.one_of(paragraph, bullets, section), min_size=1, max_size=6).map("\n\n".join), st.integers(8, 30))
def test_every_passage_is_within_the_limit_with_its_title_path(text: str, limit: int) -> None:
    assert [chunk for chunk in chunks(text, limit=limit) if count(chunk.indexed_text) > limit] == []


LONG_HEADINGS = {
    "en": "What happens to the parcel when the courier does not find anybody at home?",
    "ar": "ماذا يحدث للطرد إذا لم يجد ساعي البريد أحدا في المنزل عند التسليم",
    "vi": "Điều gì xảy ra với gói hàng khi người giao hàng không tìm thấy ai ở nhà",
}


@pytest.mark.parametrize("language", LONG_HEADINGS)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_headings_that_leave_no_room_are_shortened_and_stand_whole_in_the_text(language: str, depth: int) -> None:
    headings = "\n\n".join(f"{'#' * n} {n} {LONG_HEADINGS[language]}" for n in range(1, depth + 1))
    found = chunks(f"{headings}\n\n{'word ' * 60}", limit=24)
    assert [chunk for chunk in found if count(chunk.indexed_text) > 24] == []
    assert all(len(chunk.title_path) == 2 for chunk in found)
    text = " ".join(chunk.text for chunk in found).split()
    assert [w for w in headings.replace("#", "").split() if w not in text] == []
    assert text.count("word") == 60


def test_a_title_longer_than_a_passage_leaves_a_quarter_to_the_text() -> None:
    title = "returns " * 30
    found = chunk_article(article("word " * 20, title.strip()), count, limit=20)
    assert [(chunk.title_path, count(chunk.text)) for chunk in found] == [((title.strip(),), 5)] * 4


@given(st.lists(section, min_size=1, max_size=6).map("\n\n".join), st.integers(3, 30))
def test_passages_are_numbered_in_order_and_their_keys_differ(text: str, limit: int) -> None:
    found = chunks(text, limit=limit)
    assert [chunk.number for chunk in found] == list(range(len(found)))
    assert len({chunk.key for chunk in found}) == len(found)


def test_a_short_article_is_one_passage_under_its_title() -> None:
    (chunk,) = chunks("Open from nine to five.")
    assert chunk.key == "help#0"
    assert chunk.title_path == ("Help",)
    assert chunk.indexed_text == "Help\nOpen from nine to five."


def test_a_long_section_begins_a_passage_of_its_own_under_the_path_of_its_headings() -> None:
    text = "one two three four five\n\n## Europe\n\none two three four five\n\n### France\n\none two three four five"
    found = chunks(text, limit=10)
    assert [chunk.title_path for chunk in found] == [("Help",), ("Help", "Europe"), ("Help", "Europe", "France")]


def test_a_heading_of_the_same_depth_replaces_the_one_before() -> None:
    found = chunks("## A\n\none two three four five\n\n## B\n\none two three four five", limit=10)
    assert [chunk.title_path for chunk in found] == [("Help", "A"), ("Help", "B")]


def test_a_short_section_joins_the_passage_before_and_keeps_its_heading() -> None:
    (chunk,) = chunks("Two days.\n\n## Express\n\nOne day.", limit=50)
    assert "## Express" in chunk.text
    assert chunk.text.index("## Express") < chunk.text.index("One day.")


def test_a_heading_that_repeats_the_title_is_not_said_twice() -> None:
    (chunk,) = chunks("# Help\n\nOpen.")
    assert chunk.indexed_text == "Help\nOpen."


def test_a_parent_heading_survives_when_its_subsection_joins_the_passage_before() -> None:
    (chunk,) = chunks("Two days.\n\n## Europe\n\n### Express\n\nOne day.", limit=50)
    assert "Europe" in chunk.indexed_text


def test_a_list_is_not_torn_while_it_fits() -> None:
    listing = "- one two\n- three four\n- five six"
    found = chunks(f"one two three four five\n\n{listing}", limit=10)
    assert [chunk.text for chunk in found] == ["one two three four five", listing]


def test_a_long_list_is_cut_between_its_items() -> None:
    items = [f"- item number {i} is here" for i in range(7)]
    found = chunks("\n".join(items), limit=13)
    assert len(found) > 1
    assert [line for chunk in found for line in chunk.text.splitlines()] == items


TABLE = "| country | days |\n| --- | --- |\n" + "\n".join(f"| land{i} | {i} |" for i in range(9))


def test_a_long_table_is_cut_between_rows_and_each_part_repeats_its_head() -> None:
    found = chunks(TABLE, limit=25)
    assert len(found) > 1
    rows = []
    for chunk in found:
        lines = chunk.text.splitlines()
        assert lines[:2] == TABLE.splitlines()[:2]
        rows += lines[2:]
    assert rows == TABLE.splitlines()[2:]


def test_the_parts_of_a_table_are_within_the_limit_with_their_heads() -> None:
    assert [chunk.text for chunk in chunks(TABLE, limit=25) if count(chunk.indexed_text) > 25] == []


def test_one_giant_paragraph_is_cut_between_sentences() -> None:
    sentences = [f"Sentence number {i} ends here." for i in range(20)]
    found = chunks(" ".join(sentences), limit=12)
    assert all(count(chunk.text) <= 12 for chunk in found)
    assert all(chunk.text.endswith(".") for chunk in found)
    assert " ".join(chunk.text for chunk in found) == " ".join(sentences)


@pytest.mark.parametrize(
    "fact", ["3.50 EUR", "4,90 EUR", "https://shop.example/help/a", "help@shop.example", "v1.2", "0.5 l", "z.B.", "1.234,56"]
)
def test_cutting_a_giant_paragraph_leaves_prices_links_and_numbers_whole(fact: str) -> None:
    text = " ".join(["We write a sentence of eight words here."] * 3 + [f"The fact is {fact} as ever."])
    assert fact in "\n".join(chunk.text for chunk in chunks(text))


def test_a_giant_paragraph_without_spaces_is_cut_at_its_full_stops() -> None:
    text = "三日で届きます。送料は無料です。" * 10
    found = chunk_article(article(text), lambda part: len(part.replace(" ", "")), limit=44)
    assert len(found) == 4
    assert all(chunk.text.endswith("。") for chunk in found)
    assert "".join(chunk.text for chunk in found) == text


def test_a_sentence_longer_than_the_limit_is_cut_between_clauses_and_then_between_words() -> None:
    clauses = "one two three four five six, one two three four five six seven eight, " + " ".join(["word"] * 20)
    found = chunks(clauses)
    assert [count(chunk.text) <= 12 for chunk in found] == [True] * len(found)
    assert found[0].text == "one two three four five six,"
    assert " ".join(chunk.text for chunk in found) == clauses


def test_a_word_longer_than_the_limit_stays_whole() -> None:
    link = "https://shop.example/" + "a/" * 200
    (chunk,) = chunk_article(article(link), len, limit=12)
    assert chunk.text == link


def test_code_with_a_hash_is_kept_as_it_is() -> None:
    block = "```\n# not a heading\nrun it\n```"
    (chunk,) = chunks(f"Text.\n\n{block}", limit=50)
    assert block in chunk.text


def test_code_that_is_never_closed_hides_no_heading() -> None:
    found = chunks("one two three four five\n\n```\none two three four five\n\n## Europe\n\none two three four five six", limit=6)
    assert found[-1].title_path == ("Help", "Europe")


def test_code_with_empty_lines_stays_in_one_piece() -> None:
    code = "```\nfirst\n\nsecond\n```"
    assert [chunk.text for chunk in chunks(f"{'word ' * 10}\n\n{code}", limit=12)][-1] == code


@pytest.mark.parametrize("row", ["| {0} | {1} |", "{0} | {1}"])
def test_a_table_under_a_line_of_text_repeats_its_own_head_only(row: str) -> None:
    lines = [
        "Prices by country:",
        row.format("country", "days"),
        row.format("---", ":-:"),
        *(row.format(f"land{i}", i) for i in range(9)),
    ]
    found = [chunk.text.splitlines() for chunk in chunks("\n".join(lines), limit=25)]
    assert len(found) > 1
    assert [lines[1:3] in ([part[n : n + 2] for n in range(len(part))]) for part in found] == [True] * len(found)
    assert [line for part in found for line in part if "land" in line] == lines[3:]
    assert sum("Prices" in line for part in found for line in part) == 1


def test_two_hundred_entries_are_cut_between_entries_and_keep_what_is_indented_under_them() -> None:
    entries = [f"- entry number {i}\n  and more of it" for i in range(200)]
    found = chunks("\n".join(entries), limit=30)
    assert all(chunk.text.startswith("- entry") and chunk.text.endswith("of it") and count(chunk.text) <= 30 for chunk in found)
    assert "\n".join(chunk.text for chunk in found) == "\n".join(entries)
    assert {chunk.title_path for chunk in found} == {("Help",)}


@pytest.mark.parametrize("text", ["Text.\n\n## Empty", "## Empty\n\n## Full\n\nText."])
def test_a_heading_without_text_makes_no_empty_passage(text: str) -> None:
    (chunk,) = chunks(text)
    assert "Text." in chunk.text
