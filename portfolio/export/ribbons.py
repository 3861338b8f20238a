"""How a stage looks: a numeral, a colour and a pattern, any one of which tells it apart.

There are eight ribbons; a ninth stage starts again at the first, with its own numeral. Print
draws its patterns as paths, since pattern tiles leave seams in a PDF; screens get `<pattern>`.
All lengths are in the units of the drawing: points in print, CSS pixels on a screen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

RIBBONS = 8
STRIPED, EDGED = 5, 8
PLAIN = "#b9b3aa"  # what belongs to no stage, in print
PLAIN_SCREEN = "#8a7f6b"
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


# Dark, middle and light by turns, so that neighbours differ in grey too
PRINT = (
    Ribbon("#1f3f66", "", "", "#1f3f66", "#ffffff"),
    Ribbon("#a35a22", "#f3e6da", "slant", "#a35a22", "#ffffff"),
    Ribbon("#cfe0d8", "#3c6b58", "diamonds", "#9cc0b0", "#1d1b19"),
    Ribbon("#5a3d6e", "#efe6f4", "courses", "#5a3d6e", "#ffffff"),
    Ribbon("#86701f", "#f6f0d8", "stripes", "#86701f", "#ffffff"),
    Ribbon("#e9e0ef", "#6c4f86", "net", "#c9b7d6", "#1d1b19"),
    Ribbon("#2f5a4a", "#dcebe3", "checks", "#2f5a4a", "#ffffff"),
    Ribbon("#f4dccd", "#a8603c", "frame", "#d9a98c", "#1d1b19"),
)
# Mid-tones that hold 3:1 on light and on dark paper: the tokens --stage-1 to --stage-8
SCREEN = ("#3d6fa9", "#b06a1c", "#4f8052", "#a2567f", "#7b66b0", "#2a8688", "#b5544a", "#6f7683")


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
        return _rect(x, y, w, h, PLAIN)
    look = ribbon(stage)
    out = _rect(x, y, w, h, look.ground)
    if not look.weave or w < 1.2 or h < 1.2:
        return out
    path = _WEAVES[look.weave](x, y, w, h)
    if look.weave in ("diamonds", "checks"):
        return f'{out}<path d="{path}" fill="{look.thread}"/>' if path else out
    width = {"slant": 1.3, "net": 0.7, "frame": 1.1}.get(look.weave, 1)
    return (
        f'{out}<path d="{path}" stroke="{look.thread}" stroke-width="{width}" fill="none"/>' if path else out
    )


def screen_block(stage: int, x: float, y: float, w: float, h: float, prefix: str) -> str:
    """The same for a screen; `prefix` is that of the `screen_patterns` in the same drawing."""
    if not stage:
        return _rect(x, y, w, h, PLAIN_SCREEN)
    number = (stage - 1) % RIBBONS + 1
    colour = SCREEN[number - 1]
    if number == 1:
        return _rect(x, y, w, h, colour)
    if number in (STRIPED, EDGED):
        # Patterns would start where they like; these follow the block
        edge = min(2.0, w / 4)
        path = _stripes(x, y, w, h) if number == STRIPED else _edges(x, y, w, h, edge)
        return (
            _rect(x, y, w, h, f'{colour}" fill-opacity=".26')
            + f'<path d="{path}" stroke="{colour}" stroke-width="{edge:.1f}"/>'
        )
    return _rect(x, y, w, h, f"url(#{prefix}{number})")


def screen_patterns(stages: Iterable[int], prefix: str) -> str:
    """The `<defs>` that `screen_block` refers to; ids begin with `prefix`, unique on the page."""
    numbers = sorted({(stage - 1) % RIBBONS + 1 for stage in stages if stage} - {1, STRIPED, EDGED})
    tiles = "".join(
        f'<pattern id="{prefix}{n}" width="6" height="6" patternUnits="userSpaceOnUse"{_TURNS.get(n, "")}>'
        f'<rect width="6" height="6" fill="{SCREEN[n - 1]}" fill-opacity=".26"/>'
        f"{_TILES[n].format(c=SCREEN[n - 1])}</pattern>"
        for n in numbers
    )
    return f"<defs>{tiles}</defs>" if tiles else ""


_TURNS = {
    2: ' patternTransform="scale(.9) rotate(45)"',
    3: ' patternTransform="scale(.9)"',
    6: ' patternTransform="rotate(45)"',
}
_TILES = {
    2: '<rect width="2.8" height="6" fill="{c}"/>',
    3: '<circle cx="3" cy="3" r="1.8" fill="{c}"/>',
    4: '<rect width="6" height="2.4" fill="{c}"/>',
    6: '<path d="M0 .75h6M.75 0v6" stroke="{c}" stroke-width="1.5"/>',
    7: '<path d="M0 0h3v3h-3zM3 3h3v3h-3z" fill="{c}"/>',
}


def _rect(x: float, y: float, w: float, h: float, fill: str) -> str:
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(w, 0):.2f}" height="{max(h, 0):.2f}" fill="{fill}"/>'


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


def _edges(x: float, y: float, w: float, h: float, edge: float) -> str:
    return f"M{x + edge / 2:.1f} {y:.1f}v{h:.1f}M{x + w - edge / 2:.1f} {y:.1f}v{h:.1f}"


def _checks(x: float, y: float, w: float, h: float) -> str:
    columns = max(2, 2 * round(w / 6.4))
    side = w / columns
    rows = int(h // side)
    return "".join(
        f"M{x + i * side:.2f} {y + h - (j + 1) * side:.2f}h{side:.2f}v{side:.2f}h-{side:.2f}z"
        for j in range(rows)
        for i in range(j % 2, columns, 2)
    )


def _frame(x: float, y: float, w: float, h: float) -> str:
    inset = min(1.8, w / 4, h / 4)
    return f"M{x + inset:.2f} {y + inset:.2f}h{w - 2 * inset:.2f}v{h - 2 * inset:.2f}h{2 * inset - w:.2f}z"


_WEAVES: dict[str, _Weave] = {
    "slant": _slant,
    "net": _net,
    "diamonds": _diamonds,
    "courses": _courses,
    "stripes": _stripes,
    "checks": _checks,
    "frame": _frame,
}
