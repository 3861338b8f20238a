"""How a stage looks: a numeral, a colour and a pattern, any one of which tells it apart.

There are ten ribbons; an eleventh stage starts again at the first, with its own numeral. The hue
and the pattern of a stage are the same on paper, in figures and in style sheets; paper has darker
and lighter grounds by turns. What belongs to no stage is an outline. Print draws its patterns as
paths, since pattern tiles leave seams in a PDF; screens get `<pattern>`.
All lengths are in the units of the drawing: points in print, CSS pixels on a screen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

RIBBONS = 10
STRIPED = 5
PLAIN, PLAIN_EDGE = "#ffffff", "#8d867c"  # what belongs to no stage, in print
PLAIN_SCREEN, PLAIN_EDGE_SCREEN = "#fffcf5", "#8a7f6b"
QUIET = "#eeebe6"  # the months of other stages on an opener's band
_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))

_Weave = Callable[[float, float, float, float], str]  # x, y, width, height -> path data


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Literal colours of one stage in print; `tab` is its thumb index, `tab_ink` the numeral on it."""

    ground: str
    thread: str
    weave: str
    tab: str
    tab_ink: str


# Neighbours differ in grey too, the tenth and the first as well
PRINT = (
    Ribbon("#1f3f66", "", "", "#1f3f66", "#ffffff"),
    Ribbon("#a35a22", "#f3e6da", "slant", "#a35a22", "#ffffff"),
    Ribbon("#d3e3d4", "#3f6b42", "diamonds", "#a3c2a5", "#1d1b19"),
    Ribbon("#6f3356", "#f4e3ec", "courses", "#6f3356", "#ffffff"),
    Ribbon("#7b66b0", "#efebf8", "stripes", "#7b66b0", "#ffffff"),
    Ribbon("#d5e6e6", "#24696b", "net", "#9cc4c5", "#1d1b19"),
    Ribbon("#8a3228", "#f6e0dc", "checks", "#8a3228", "#ffffff"),
    Ribbon("#dfe2e8", "#565e6c", "chevrons", "#b3bac6", "#1d1b19"),
    Ribbon("#57551a", "#f1efd2", "dots", "#57551a", "#ffffff"),
    Ribbon("#ecdfd5", "#7f5440", "bands", "#d3b39e", "#1d1b19"),
)
# Mid-tones that hold 3:1 on light and on dark paper: the tokens --stage-1 to --stage-10
SCREEN = (
    "#3d6fa9", "#b06a1c", "#4f8052", "#a2567f", "#7b66b0",
    "#2a8688", "#b5544a", "#6f7683", "#7c7a1e", "#97694f",
)  # fmt: skip


def roman(number: int) -> str:
    """The numeral of a stage, from 1."""
    out = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        out += sign * count
    return out


def ribbon(stage: int) -> Ribbon:
    """The print ribbon of the `stage`-th stage, from 1."""
    return PRINT[(stage - 1) % RIBBONS]


def print_block(stage: int, x: float, y: float, w: float, h: float) -> str:
    """A filled block of stage `stage` (0: of none) as SVG for a PDF."""
    if not stage:
        return _outline(x, y, w, h, PLAIN, PLAIN_EDGE, 0.75)
    look = ribbon(stage)
    out = _rect(x, y, w, h, look.ground)
    if not look.weave or w < 1.2 or h < 1.2:
        return out
    path = _WEAVES[look.weave](x, y, w, h)
    if look.weave in ("diamonds", "dots", "checks", "bands"):
        return f'{out}<path d="{path}" fill="{look.thread}"/>' if path else out
    width = {"slant": 1.3, "net": 0.7, "chevrons": 1.2}.get(look.weave, 1)
    return (
        f'{out}<path d="{path}" stroke="{look.thread}" stroke-width="{width}" fill="none"/>' if path else out
    )


def screen_block(stage: int, x: float, y: float, w: float, h: float, prefix: str) -> str:
    """The same for a screen; `prefix` is that of the `screen_patterns` in the same drawing."""
    if not stage:
        return _outline(x, y, w, h, f'{PLAIN_SCREEN}" class="ground', PLAIN_EDGE_SCREEN, 1.25)
    number = (stage - 1) % RIBBONS + 1
    colour = SCREEN[number - 1]
    if number == 1:
        return _rect(x, y, w, h, colour)
    if number == STRIPED:
        # A pattern would start where it likes; these follow the block
        return (
            _rect(x, y, w, h, f'{colour}" fill-opacity=".26')
            + f'<path d="{_stripes(x, y, w, h)}" stroke="{colour}" stroke-width="{min(2.0, w / 4):.1f}"/>'
        )
    return _rect(x, y, w, h, f"url(#{prefix}{number})")


def screen_patterns(stages: Iterable[int], prefix: str) -> str:
    """The `<defs>` that `screen_block` refers to; ids begin with `prefix`, unique on the page."""
    numbers = sorted({(stage - 1) % RIBBONS + 1 for stage in stages if stage} - {1, STRIPED})
    size = {n: f'width="6" height="{_HEIGHTS.get(n, 6)}"' for n in numbers}
    tiles = "".join(
        f'<pattern id="{prefix}{n}" {size[n]} patternUnits="userSpaceOnUse"{_TURNS.get(n, "")}>'
        f'<rect {size[n]} fill="{SCREEN[n - 1]}" fill-opacity=".26"/>'
        f"{_TILES[n].format(c=SCREEN[n - 1])}</pattern>"
        for n in numbers
    )
    return f"<defs>{tiles}</defs>" if tiles else ""


_TURNS = {
    2: ' patternTransform="scale(.9) rotate(45)"',
    3: ' patternTransform="scale(.9)"',
    6: ' patternTransform="rotate(45)"',
}
_HEIGHTS = {10: 12}
_TILES = {
    2: '<rect width="2.8" height="6" fill="{c}"/>',
    3: '<circle cx="3" cy="3" r="1.8" fill="{c}"/>',
    4: '<rect width="6" height="4" fill="{c}"/>',
    6: '<path d="M0 .75h6M.75 0v6" stroke="{c}" stroke-width="1.5"/>',
    7: '<path d="M0 0h3v3h-3zM3 3h3v3h-3z" fill="{c}"/>',
    8: '<path d="M-1 5.5L3 1.5L7 5.5" fill="none" stroke="{c}" stroke-width="1.7"/>',
    9: '<path d="M0 0h6v6H0zM3 1.2a1.8 1.8 0 1 0 .01 0z" fill="{c}" fill-rule="evenodd"/>',
    10: '<rect width="6" height="6" fill="{c}"/>',
}


def _rect(x: float, y: float, w: float, h: float, fill: str) -> str:
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(w, 0):.2f}" height="{max(h, 0):.2f}" fill="{fill}"/>'


def _outline(x: float, y: float, w: float, h: float, fill: str, edge: str, thick: float) -> str:
    """A block that is empty but for its edge, which lies within it."""
    stroke = min(thick, w / 3, h / 3)
    inner = (x + stroke / 2, y + stroke / 2, w - stroke, h - stroke)
    return _rect(*inner, f'{fill}" stroke="{edge}" stroke-width="{stroke:.2f}')


def _diagonals(x: float, y: float, w: float, h: float, step: float) -> str:
    """Lines from lower left to upper right, on one raster for all blocks of a drawing."""
    out, c = "", (int((x + y) / step) + 1) * step
    while c < x + y + w + h:
        left, right = max(x, c - (y + h)), min(x + w, c - y)
        out += f"M{left:.2f} {c - left:.2f}L{right:.2f} {c - right:.2f}"
        c += step
    return out


def _slant(x: float, y: float, w: float, h: float) -> str:
    return _diagonals(x, y, w, h, 5.2)


def _net(x: float, y: float, w: float, h: float) -> str:
    step = 4.6
    out, c = _diagonals(x, y, w, h, step), (int((x - y - h) / step) + 1) * step
    while c < x + w - y:
        left, right = max(x, c + y), min(x + w, c + y + h)
        if right > left:
            out += f"M{left:.2f} {left - c:.2f}L{right:.2f} {right - c:.2f}"
        c += step
    return out


def _diamonds(x: float, y: float, w: float, h: float) -> str:
    columns, rows = max(1, int(w // 5.6)), int(h // 5.6)
    dx, dy = w / columns, h / rows if rows else h
    r = min(1.25, dx / 2)
    return "".join(
        f"M{x + (i + 0.5) * dx - r:.1f} {y + (j + 0.5) * dy:.1f}l{r:.2f}-{r:.2f}l{r:.2f} {r:.2f}l-{r:.2f} {r:.2f}z"  # noqa: E501
        for i in range(columns)
        for j in range(rows)
    )


def _courses(x: float, y: float, w: float, h: float) -> str:
    return "".join(f"M{x:.2f} {y + h - 3.2 - 4 * i:.2f}h{w:.2f}" for i in range(int(max(h - 1.2, 0) // 4)))


def _stripes(x: float, y: float, w: float, h: float) -> str:
    count = max(1, round(w / 4.4))
    step = w / count
    return "".join(f"M{x + (i + 0.5) * step:.2f} {y:.2f}v{h:.2f}" for i in range(count))


def _checks(x: float, y: float, w: float, h: float) -> str:
    columns = max(2, 2 * round(w / 6.4))
    side = w / columns
    rows = int(h // side)
    return "".join(
        f"M{x + i * side:.2f} {y + h - (j + 1) * side:.2f}h{side:.2f}v{side:.2f}h-{side:.2f}z"
        for j in range(rows)
        for i in range(j % 2, columns, 2)
    )


def _chevrons(x: float, y: float, w: float, h: float) -> str:
    """Zigzag lines from the bottom up, of whole teeth."""
    teeth = max(1, round(w / 5.6))
    half = w / teeth / 2
    rise = min(2.2, h / 2)
    rows = max(1, int((h - rise - 0.6) // 5) + 1)
    return "".join(
        f"M{x:.2f} {y + h - 0.6 - 5 * i:.2f}" + f"l{half:.2f}-{rise:.2f}l{half:.2f} {rise:.2f}" * teeth
        for i in range(rows)
    )


def _bands(x: float, y: float, w: float, h: float) -> str:
    """Broad bars from the bottom up, as high as the spaces between them."""
    side = min(5.0, h / 2)
    return "".join(
        f"M{x:.2f} {y + h - side * (2 * i + 1):.2f}h{w:.2f}v{side:.2f}h-{w:.2f}z"
        for i in range(int(h // side + 1) // 2)
    )


_WEAVES: dict[str, _Weave] = {
    "slant": _slant,
    "net": _net,
    "diamonds": _diamonds,
    "dots": _diamonds,
    "courses": _courses,
    "stripes": _stripes,
    "checks": _checks,
    "chevrons": _chevrons,
    "bands": _bands,
}
