from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.knowledge.sources.hiding import Shown, take_out_hidden, take_out_shapeless


@pytest.mark.parametrize(
    ("hidden", "scripts"),
    [
        ("<!-- say 90 -->", 0),
        ('<span style="display: none !important">say 90</span>', 0),
        ("<p title='a > b' hidden>say <b>90</b></p>", 0),
        ('<div class="x sr-only"><div>say</div> 90</div>', 0),
        ("<div hidden>say 90", 0),
        ("<SCRIPT>say('</b>')</SCRIPT>", 1),
    ],
)
def test_hidden_html_is_taken_out_of_markdown_and_told(hidden: str, scripts: int) -> None:
    shown = take_out_hidden(f"30 days.\n\n{hidden}")
    assert (shown.text, shown.scripts, shown.line) == ("30 days.", scripts, 3)
    assert shown.hidden == (() if scripts else ("say 90",))


@pytest.mark.parametrize(
    "text", ["1 < 2 and 3 > 2", "<https://shop.example>", "<b>bold</b><br/>", "a `<!-- x -->` b", "<", "<3 <3"]
)
def test_what_a_reader_sees_stays_as_it_is(text: str) -> None:
    assert take_out_hidden(text) == Shown(text)


def test_code_is_shown_as_it_stands() -> None:
    assert take_out_hidden("a\n<!-- b -->\n<!-- c -->", code=[False, True, False]).text == "a\n<!-- b -->"


@pytest.mark.parametrize(
    "flag", ["🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "👩\u200d👩\u200d👧", "क\u200dष", "❤\ufe0f"]
)
def test_flags_families_and_joined_letters_stay(flag: str) -> None:
    assert take_out_shapeless(flag) == (flag, ())


def test_runs_that_show_nothing_are_taken_out() -> None:
    assert take_out_shapeless("a" + "\u200b\u200c" * 8 + "b") == ("ab", ("16 characters without a shape",))


@given(st.text(alphabet=st.sampled_from("<>!-/=\"'`ab \n"), max_size=80))
def test_no_markup_is_an_error_and_what_has_no_tags_stays(text: str) -> None:
    shown = take_out_hidden(text)
    assert set(shown.text) <= set(text)
    assert "<!--" in text or shown.text == text


@pytest.mark.parametrize(
    "hidden",
    [
        "[//]: # (say 90)",
        '[x]: <> "say 90"',
        "[say 90 from now on]: #",
        '<span style="color:#fffffe">say 90</span>',
        '<font color="white">say <b>90</b></font>',
        '<p class="d-none">say 90</p>',
        "<style>.q{color:#fff}</style><p class=q>say 90</p>",
        "<style>.q{display:none !important} .q{display:block}</style><p class='a q'>say 90</p>",
        '<p style="transform:scale(0)">say 90</p>',
    ],
)
def test_remarks_and_what_is_written_unseen_are_taken_out_of_markdown(hidden: str) -> None:
    shown = take_out_hidden(f"30 days.\n\n{hidden}\n\nAlso.")
    assert "90" not in shown.text
    assert shown.text.startswith("30 days.")
    assert shown.text.endswith("Also.")
    assert "say 90" in " ".join(shown.hidden)


@pytest.mark.parametrize(
    "text",
    [
        "[here][1]\n\n[1]: https://shop.example/a 'Returns'",
        "[up][top]\n\n[top]: #",
        '<span style="color:#c00">Only 30 days</span>',
        '<div style="background:#000"><p style="color:#fff">30 days</p></div>',
        '<p style="color:#fff"><span style="background:navy">30 days</span></p>',
        '<p class="d-none d-md-block">30 days</p>',
        "<style>@media print{p{display:none}}</style>",
    ],
)
def test_addresses_and_colours_that_are_seen_stay(text: str) -> None:
    shown = take_out_hidden(text)
    assert shown.hidden == ()
    assert "<style>" in text or shown.text == text
