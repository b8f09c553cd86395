from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.knowledge.sources.sight import Paint, colour_of, declarations, hides_text, is_hidden, sheet_rules


@pytest.mark.parametrize(
    ("written", "colour"),
    [
        ("white", (1, 1, 1, 1)),
        ("#000", (0, 0, 0, 1)),
        ("#ff000080", (1, 0, 0, 128 / 255)),
        ("rgb(255, 0, 0)", (1, 0, 0, 1)),
        ("rgb(100% 0% 0% / 50%)", (1, 0, 0, 0.5)),
        ("rgba(999,-5,0,.2)", (1, 0, 0, 0.2)),
        ("hsl(120deg 100% 50%)", (0, 1, 0, 1)),
        ("transparent", (0, 0, 0, 0)),
    ],
)
def test_a_colour_is_read_however_it_is_written(written: str, colour: tuple[float, ...]) -> None:
    assert colour_of(written) == pytest.approx(colour)


@pytest.mark.parametrize("written", ["", "blurple", "rgb(1,2)", "rgb(a,b,c)", "#12345", "var(--a)", "lab(50% 1 2)"])
def test_what_is_no_known_colour_is_none(written: str) -> None:
    assert colour_of(written) is None


@pytest.mark.parametrize(
    ("styles", "unseen"),
    [
        (["color:#fff"], True),
        (["background:#111", "color:#000"], True),
        (["background:#111", "color:#eee"], False),
        (["color:#fff", "background:navy"], False),
        (["color:#fff; background:url(a.png)"], False),
        (["background:rgba(0,0,0,.9)", "color:#111"], True),
        (["background:rgba(0,0,0,.9)", "color:#fff"], False),
        (["color:rgba(0,0,0,.05)"], True),
        (["font-size:1px"], True),
        (["font-size:.2em", "font-size:.2em"], True),
        (["font-size:0", "font-size:12px"], False),
        (["font-size:80%"], False),
        (["color:lightyellow"], True),
        (["color:gold"], False),
    ],
)
def test_letters_are_unseen_in_the_colour_of_their_ground_and_where_they_are_tiny(styles: list[str], unseen: bool) -> None:
    paint = Paint()
    for style in styles:
        paint = paint.under(declarations(style))
    assert paint.unseen is unseen


@pytest.mark.parametrize(
    "css",
    [
        "display:none",
        "visibility:collapse",
        "opacity:0",
        "opacity:5%",
        "filter:blur(1px) opacity(0)",
        "overflow:hidden;height:0",
        "overflow:clip;max-width:1px",
        "clip:rect(1px,1px,1px,1px)",
        "clip-path:inset(50%)",
        "transform:scale(0)",
        "scale:0",
        "transform:scaleX(.01)",
        "text-indent:-100em",
        "position:absolute;left:-9999px",
        "position:fixed;inset:0 auto auto -200vw",
        "margin-left:-99em",
        "transform:translateX(-9999px)",
        "position:relative;top:-2000px",
        "position:absolute;left:9999px",
    ],
)
def test_styles_that_take_text_from_the_eye(css: str) -> None:
    assert hides_text(declarations(css))


@pytest.mark.parametrize(
    "css",
    [
        "",
        "display:block",
        "opacity:.6",
        "overflow:hidden;width:100%",
        "height:0",
        "clip-path:circle(50%)",
        "transform:scale(.8)",
        "text-indent:-1.5em",
        "position:absolute;left:-50px",
        "margin:-15px",
        "position:absolute;top:50%;transform:translate(-50%,-50%)",
        "transform:rotate(90deg)",
        "zoom:90%",
        "clip-path:inset(5%)",
        "position:static;left:-9999px",
        "clip:auto",
        "overflow:auto;height:0",
    ],
)
def test_styles_of_honest_pages(css: str) -> None:
    assert not hides_text(declarations(css))


def test_a_class_hides_unless_another_shows_or_the_style_does() -> None:
    assert is_hidden("p", {"class": "lead visually-hidden"}, {})
    assert not is_hidden("p", {"class": "hidden md:flex"}, {})
    assert not is_hidden("p", {"class": "hidden"}, {"display": "block"})
    assert not is_hidden("p", {"class": "hiddenfield"}, {})


def test_the_stronger_rule_comes_last_and_those_of_some_screens_are_left_out() -> None:
    css = "#a.b{color:red} .b{color:blue} @media (min-width:600px){p{color:white}} @supports (x:y){p{color:green !important}} @x"
    assert sheet_rules(css) == [(".b", {"color": "blue"}), ("#a.b", {"color": "red"}), ("p", {"color": "green"})]


@given(st.text(alphabet="{}()#:;,./*!@%-0a9 \n", max_size=60))
def test_any_style_is_read(css: str) -> None:
    for _, style in [*sheet_rules(css), ("", declarations(f"background:{css};transform:{css}"))]:
        hides_text(style)
        assert Paint().under(style).unseen in (True, False)


@pytest.mark.parametrize("part", ["a(", "0", "a{", "/*", "rgb(", "-", "a a{color:red}"])
def test_long_styles_take_no_longer_than_they_are(part: str) -> None:
    css = part * (60_000 // len(part))
    begin = time.perf_counter()
    sheet_rules(css)
    style = declarations(f"background:{css};transform:{css};clip:{css};left:{css};position:absolute")
    hides_text(style)
    Paint().under(style)
    assert time.perf_counter() - begin < 5
