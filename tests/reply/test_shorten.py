from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cs_assist.reply.shorten import Block, fit, room

BLOCKS = st.lists(
    st.builds(Block, st.text(max_size=12), rank=st.integers(0, 3), paragraph=st.integers(0, 3), cuttable=st.booleans()),
    max_size=6,
)
LETTER = [
    Block("Dear Ana,", paragraph=-1),
    Block("We are sorry.", 2),
    Block("First fact. Second fact. Third fact.", paragraph=1, cuttable=True),
    Block("Tell us more.", 5, paragraph=2),
    Block("We answer within 12 hours.", paragraph=3),
]


def test_without_a_limit_all_is_said_in_paragraphs() -> None:
    text = fit(LETTER, None, joiner=" ", gap="\n\n")
    assert text.split("\n\n") == [
        "Dear Ana,",
        "We are sorry.",
        "First fact. Second fact. Third fact.",
        "Tell us more.",
        "We answer within 12 hours.",
    ]


def test_what_is_least_needed_goes_first_and_the_answer_loses_its_last_sentences() -> None:
    whole = len(fit(LETTER, None, joiner=" ", gap="\n\n"))
    assert "Tell us more." not in fit(LETTER, whole - 1, joiner=" ", gap="\n\n")
    assert "We are sorry." in fit(LETTER, whole - 1, joiner=" ", gap="\n\n")
    assert fit(LETTER, 65, joiner=" ", gap="\n\n") == "Dear Ana,\n\nFirst fact. Second fact.\n\nWe answer within 12 hours."


def test_what_cannot_be_cut_comes_back_too_long_rather_than_in_pieces() -> None:
    assert fit(LETTER, 20, joiner=" ", gap="\n\n") == (
        "Dear Ana,\n\nFirst fact. Second fact. Third fact.\n\nWe answer within 12 hours."
    )


@given(BLOCKS, st.integers(0, 40))
def test_a_text_fits_wherever_leaving_out_and_cutting_can_make_it(blocks: list[Block], limit: int) -> None:
    text = fit(blocks, limit, joiner=" ", gap="\n")
    for block in blocks:
        if not block.rank and not block.cuttable:
            assert block.text in text
    if len(text) > limit:
        assert text == fit([block for block in blocks if not block.rank], None, joiner=" ", gap="\n")


def test_the_strictest_limit_of_platform_and_channel_holds() -> None:
    assert room("whatsapp", "mercado_libre") == 350
    assert room("email", "own_shop") is None
