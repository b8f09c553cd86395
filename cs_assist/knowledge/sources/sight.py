"""What styles let a reader see: one measure for HTML, for markup inside Markdown, and for Word documents."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml

#: What hides text by name, and the names of colours.
SIGHT = Path(__file__).parent.parent / "data" / "sight.yaml"
#: Properties by their names; values in small letters, with single spaces and without ``!important``.
Style = dict[str, str]
#: Red, green, blue and how much of them covers what lies below; each from 0 to 1.
Colour = tuple[float, float, float, float]

_MIN_COVER = 0.1
#: How far apart red, green and blue of letters and of their ground may be for nobody to read them.
_ALIKE = 0.125
_MIN_SIZE = 2.0  # pixels of a letter
_MIN_SCALE = 0.05
#: Pixels by which text leaves the page: where it is taken out of the flow, and where it is only moved.
_AWAY, _FAR_AWAY, _BEYOND = -100, -1000, 5000
#: Pixels of a unit, as near as it matters here.
_PIXELS = {
    "": 1, "px": 1, "pt": 1.33, "pc": 16, "in": 96, "cm": 38, "mm": 3.8, "em": 16, "rem": 16, "ex": 8, "ch": 8, "vw": 12,
    "vh": 8, "%": 10,
}  # fmt: skip
_NUMBER = r"[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})"
_LENGTH = re.compile(rf"({_NUMBER})([a-z]{{0,4}}|%)")
_FUNCTION = re.compile(r"([a-z0-9-]{1,20})\(([^()]*)\)")
_CUT = re.compile(r"rect\(\s*[01](?:px)?\W|inset\(\s*(?:[5-9]\d|100)%|(?:circle|ellipse)\(\s*0(?!\.?\d)")
_SIDES = ("left", "top", "right", "bottom", "inset")
#: What takes text from the eye or gives it back; rules about anything else are not looked at.
_SEEN_BY = {
    "background", "background-clip", "background-color", "background-image", "color", "display", "font", "font-size", "height",
    "max-height", "max-width", "opacity", "overflow", "position", "text-fill-color", "visibility", "width", *_SIDES,
}  # fmt: skip
#: At-rules whose rules hold on every screen.
_EVERY_SCREEN = re.compile(r"@(?:layer|supports)\b.*|@media\s+(?:only\s+)?(?:screen|all)", re.S)


class _Sight(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    classes: frozenset[str]
    shown_again: str
    colours: dict[str, str]


@cache
def _sight() -> _Sight:
    return load_yaml(SIGHT, _Sight)


@dataclass(frozen=True)
class Paint:
    """What letters are written with, as far as elements around them say.

    Attributes:
        colour: Theirs; ``None`` where nothing says it.
        ground: What they stand on; ``None`` where that is a picture or not known.
        size: Their height in pixels.
    """

    colour: Colour | None = None
    ground: Colour | None = (1.0, 1.0, 1.0, 1.0)
    size: float = 16.0

    def under(self, style: Style) -> Paint:
        """Return the paint inside an element of this style."""
        paint = self
        for name, value in style.items():
            if name in ("background", "background-color", "background-image"):
                paint = replace(paint, ground=_ground(value, paint.ground))
            elif name in ("color", "text-fill-color") and value not in ("inherit", "currentcolor", "unset"):
                paint = replace(paint, colour=colour_of(value))
            elif name in ("font", "font-size"):
                paint = replace(paint, size=_letter_size(name, value, self.size))
        if style.get("background-clip") == "text":  # the letters show the background
            paint = replace(paint, colour=None)
        return paint

    @property
    def unseen(self) -> bool:
        """Whether nobody sees letters of this paint.

        Example:
            >>> [Paint().under({"color": c}).unseen for c in ("#fffffe", "rgb(0 0 0 / 5%)", "yellow", "#999")]
            [True, True, False, False]
        """
        if self.size <= _MIN_SIZE:
            return True
        if self.colour is None or self.colour[3] < _MIN_COVER:
            return self.colour is not None
        if self.ground is None:
            return False
        seen = _over(self.colour, self.ground)
        return max(abs(one - other) for one, other in zip(seen, self.ground, strict=True)) <= _ALIKE


def declarations(css: str) -> Style:
    """Return the properties that a style gives, without vendors' prefixes; ``!important`` goes before what follows.

    Example:
        >>> declarations("DISPLAY/**/: none !important; display: block; color: #FFF")
        {'color': '#fff', 'display': 'none'}
    """
    plain, binding = _layered(css)
    return {**{name: value for name, value in plain.items() if name not in binding}, **binding} if binding else plain


def _layered(css: str) -> tuple[Style, Style]:
    """Return the properties that a style gives, and those of them that are ``!important``."""
    layers: tuple[Style, Style] = ({}, {})
    for part in _without_remarks(css).lower().split(";"):
        name, colon, value = part.partition(":")
        value, mark, word = value.partition("!")
        if colon and (not mark or word.strip() == "important"):
            name = re.sub(r"^-(?:webkit|moz|ms|o)-", "", name.strip())
            layer = layers[bool(mark)]
            layer.pop(name, None)  # the last one counts, also for the order
            layer[name] = " ".join(value.split())
    return layers


def _without_remarks(css: str) -> str:
    return re.sub(r"/\*.*?(?:\*/|\Z)", "", css, flags=re.S)


def attribute_style(attributes: Mapping[str, str]) -> Style:
    """Return what an element's own attributes say of its looks: ``style`` goes before ``color`` and ``bgcolor``."""
    style: Style = {}
    for name, key in (("color", "color"), ("bgcolor", "background-color")):
        if value := attributes.get(name, "").strip().lower():
            style[key] = f"#{value}" if re.fullmatch(r"[0-9a-f]{6}", value) else value
    for name, value in declarations(attributes.get("style", "")).items():
        style.pop(name, None)
        style[name] = value
    return style


def is_hidden(name: str, attributes: Mapping[str, str], style: Style) -> bool:
    """Tell whether an element of a page shows nothing of what is in it, whatever its paint.

    Example:
        >>> is_hidden("p", {"class": "d-none"}, {}), is_hidden("p", {"class": "d-none d-md-block"}, {})
        (True, False)
    """
    if "hidden" in attributes or hides_text(style):
        return True
    if "display" in style:
        return False
    if "popover" in attributes or (name == "dialog" and "open" not in attributes):
        return True
    classes = set(attributes.get("class", "").lower().split())
    return bool(classes & _sight().classes) and not any(re.fullmatch(_sight().shown_again, one) for one in classes)


def hides_text(style: Style) -> bool:
    """Tell whether a style takes text from the eye by other means than its paint.

    Example:
        >>> [hides_text(declarations(css)) for css in ("opacity: .01", "text-indent: -99em", "text-indent: -1em")]
        [True, True, False]
    """
    if not style:
        return False
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("content-visibility") == "hidden"
        or _is_faded(style)
        or _is_cut(style)
        or _is_shrunk(style)
        or _is_away(style)
    )


def sheet_rules(css: str) -> list[tuple[str, Style]]:
    """Return the rules of a style sheet that hold on every screen, the one that goes before the others last.

    Rules for print, for some widths only, or for what a pointer or a choice does are none of them.

    Example:
        >>> sheet_rules("@media screen{#a{display:none}} p{color:red} @media print{p{display:none}}")
        [('p', {'color': 'red'}), ('#a', {'display': 'none'})]
    """
    css = _without_remarks(css)
    found: list[tuple[tuple[bool, int, int, int], str, Style]] = []
    around: list[str] = []
    start = 0
    for match in re.finditer(r"[{}]", css):
        said = css[start : match.start()]
        start = match.end()
        if match[0] == "{":
            around.append(said.rpartition(";")[2].strip())
        elif around:
            selector = around.pop()
            if selector and not selector.startswith("@") and all(_EVERY_SCREEN.fullmatch(one.lower()) for one in around):
                rank = (selector.count("#"), len(re.findall(r"[.\[:]", selector)), len(selector.split()))
                plain, binding = _layered(said)
                found += [((False, *rank), selector, plain), ((True, *rank), selector, binding)]
    found.sort(key=lambda rule: rule[0])
    return [(selector, style) for _, selector, style in found if style.keys() & _SEEN_BY or hides_text(style)]


def colour_of(value: str) -> Colour | None:
    """Return a colour as CSS writes it; ``None`` where it cannot be told.

    Example:
        >>> colour_of("hsl(0, 0%, 100%)"), colour_of("#00000080"), colour_of("var(--ink)")
        ((1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.5019607843137255), None)
    """
    value = _sight().colours.get(value, value)
    if value == "transparent":
        return 0.0, 0.0, 0.0, 0.0
    if found := re.fullmatch(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", value):
        digits = found[1] if len(found[1]) > 4 else "".join(digit * 2 for digit in found[1])
        red, green, blue, cover = (int(f"{digits}ff"[at : at + 2], 16) / 255 for at in (0, 2, 4, 6))
        return red, green, blue, cover
    call = _FUNCTION.fullmatch(value)
    if not call or call[1] not in ("rgb", "rgba", "hsl", "hsla"):
        return None
    parts = [re.fullmatch(rf"({_NUMBER})(%?|deg)", part) for part in re.split(r"[\s,/]+", call[2].strip())]
    numbers = [float(part[1]) / (100 if part[2] == "%" else 1) for part in parts if part]
    if len(parts) != len(numbers) or len(numbers) not in (3, 4):
        return None
    if call[1].startswith("hsl"):
        hue, fill, light = numbers[0] / 360 % 1, *(min(max(n, 0.0), 1.0) for n in numbers[1:3])
        red, green, blue = colorsys.hls_to_rgb(hue, light, fill)
    else:
        whole = [part is not None and part[2] != "%" for part in parts]
        red, green, blue = (n / 255 if whole[at] else n for at, n in enumerate(numbers[:3]))
    red, green, blue, cover = (min(max(n, 0.0), 1.0) for n in (red, green, blue, *[*numbers[3:], 1.0][:1]))
    return red, green, blue, cover


def _ground(value: str, below: Colour | None) -> Colour | None:
    """Return what letters stand on where an element says this of its background."""
    if re.search(r"url\(|gradient\(|image|var\(|element\(", value):
        return None
    colours = (colour_of(token) for token in re.findall(r"[^\s(),/]+(?:\([^()]*\))?", value))
    found = next((colour for colour in colours if colour), None)
    if found is None or found[3] >= 1:
        return found or below
    return _over(found, below) if below else None


def _over(upper: Colour, lower: Colour) -> Colour:
    red, green, blue = (one * upper[3] + other * (1 - upper[3]) for one, other in zip(upper[:3], lower[:3], strict=True))
    return red, green, blue, 1.0


def _letter_size(name: str, value: str, around: float) -> float:
    """Return the size that ``font-size`` or ``font`` gives to letters; the one around them where that is not said."""
    for token in re.split(r"[\s/]+", value):
        found = _LENGTH.fullmatch(token)
        if not found or (name == "font" and not found[2] and float(found[1])):  # a weight
            continue
        if found[2] in ("em", "%"):
            return around * float(found[1]) / (100 if found[2] == "%" else 1)
        if found[2] in _PIXELS:
            return float(found[1]) * _PIXELS[found[2]]
    return 16.0 if re.search(r"\b(?:medium|large|small|initial)\b", value) else around


def _lengths(value: str) -> list[float]:
    """Return the lengths in a value in pixels."""
    found = (_LENGTH.fullmatch(token) for token in re.split(r"[\s,()]+", value))
    return [float(match[1]) * _PIXELS[match[2]] for match in found if match and match[2] in _PIXELS]


def _shares(value: str) -> list[float]:
    """Return the numbers in a value, percentages as shares."""
    found = (_LENGTH.fullmatch(token) for token in re.split(r"[\s,()]+", value))
    return [float(match[1]) / (100 if match[2] == "%" else 1) for match in found if match and match[2] in ("", "%")]


def _calls(value: str, *names: str) -> list[str]:
    """Return what stands in the brackets of these functions."""
    return [call[2] for call in _FUNCTION.finditer(value) if call[1] in names]


def _is_faded(style: Style) -> bool:
    values = [style.get("opacity", ""), *_calls(style.get("filter", ""), "opacity")]
    return any(share < _MIN_COVER for value in values for share in _shares(value))


def _is_cut(style: Style) -> bool:
    """Tell whether next to nothing of the box is shown."""
    if any(re.search(r"\b(?:hidden|clip)\b", style.get(name, "")) for name in ("overflow", "overflow-x", "overflow-y")):
        sizes = [_lengths(style.get(name, "")) for name in ("width", "height", "max-width", "max-height")]
        if any(size and size[0] <= 1 for size in sizes):
            return True
    return bool(_CUT.search(f"{style.get('clip', '')} {style.get('clip-path', '')}"))


def _is_shrunk(style: Style) -> bool:
    scales = [style.get("scale", ""), style.get("zoom", "")]
    scales += _calls(style.get("transform", ""), "scale", "scalex", "scaley", "scale3d", "matrix")
    return any(abs(share) < _MIN_SCALE for value in scales for share in _shares(value)[:1])


def _is_away(style: Style) -> bool:
    """Tell whether text stands beside the page."""
    moved = [(style.get("text-indent", ""), _AWAY)]
    if (position := style.get("position", "static")) != "static":
        moved += [(style.get(side, ""), _AWAY if position in ("absolute", "fixed") else _FAR_AWAY) for side in _SIDES]
    moved += [(value, _FAR_AWAY) for name, value in style.items() if name.startswith("margin") or name == "translate"]
    moved += [(value, _FAR_AWAY) for value in _calls(style.get("transform", ""), "translate", "translatex", "translatey")]
    return any(number <= least or number >= _BEYOND for value, least in moved for number in _lengths(value))
