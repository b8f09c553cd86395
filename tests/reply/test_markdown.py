from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.reply.markdown import to_plain

MARKS = st.one_of(
    st.sampled_from(["**", "__", "`", "|", "|---|", "\n", "# ", "- ", "* ", "[a](b)", "[", "](", ")", "\x00", "\x01", " "]),
    st.text(max_size=5),
)


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("**2 days** for all", "2 days for all"),
        ("__bold__ and `code`", "bold and code"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("# Title\n\ntext", "Title:\n\ntext"),
        ("###### Deep?", "Deep?"),
        ("## 配送", "配送："),
        ("#1001 is no title", "#1001 is no title"),
        ("- a\n- b\n  * c", "• a\n• b\n  • c"),
        ("[returns](https://x.example/r)", "returns (https://x.example/r)"),
        ("[https://x.example](https://x.example)", "https://x.example"),
        ("[not a link]", "[not a link]"),
        (
            "| Zone | Days | Price |\n|---|:---:|---|\n| EU | 2 | 5 € |\n| US | | 9 $ |",
            "• EU – Days: 2; Price: 5 €\n• US – Price: 9 $",
        ),
        ("| Zone |\n|---|\n| EU |", "• EU"),
        ("| a | b |", "a · b"),
        ("| A | B |\n|---|---|\n| 1 | **2** |\n\ntext\n\n| c | d |", "• 1 – B: 2\n\ntext\n\nc · d"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("", ""),
    ],
)
def test_marks_are_taken_off_and_the_words_are_kept(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


@given(st.lists(MARKS, max_size=20).map("".join))
def test_no_text_raises_and_no_inner_mark_is_left_behind(markdown: str) -> None:
    plain = to_plain(markdown)
    assert plain == plain.strip()
    assert "\n\n\n" not in plain
    assert not {"\x00", "\x01"} & set(plain)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_plain_words_are_left_as_they_are(text: str) -> None:
    assert to_plain(text) == text
