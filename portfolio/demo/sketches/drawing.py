"""Drawing by hand, with Pillow: paper with a tooth, a pencil that drifts, washes with a darker rim.

Lengths are pixels of the finished picture. Chance comes from a seed: a drawing is the same each time.
"""

import io
import itertools
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]

FINE = 3  # lines are drawn so many times as large, and scaled down
STEP = 12  # pixels between the places where a hand may drift
GRAPHITE = "#3b372f"
PAPER = "#f7f1e4"
QUALITY = 90  # of the JPEG; it is encoded once more where photographs are taken in


class Sheet:
    """A sheet of paper that is drawn on."""

    def __init__(self, width: int, height: int, seed: int, paper: str = PAPER) -> None:
        self.size = (width, height)
        self.chance = random.Random(seed)  # noqa: S311  a drawing, not a secret
        self.picture = ImageChops.multiply(
            Image.new("RGB", self.size, paper), Image.merge("RGB", [_unevenness(self.size)] * 3)
        )

    def wash(
        self,
        outline: Sequence[Point],
        colour: str,
        strength: float = 0.6,
        *,
        soft: float = 1.2,
        clear: Iterable[Sequence[Point]] = (),
    ) -> None:
        """Thin paint in an outline, but for what is to stay clear; what lies beneath shows through.

        `strength` is 0 to 1, `soft` blurs the rim.
        """
        shape = self._shape(outline, soft, clear)
        inside = shape.reduce(2).filter(ImageFilter.GaussianBlur(3)).resize(shape.size)
        rim = ImageChops.multiply(ImageChops.subtract(shape, inside), shape).point(lambda v: v * 0.45)
        body = ImageChops.multiply(shape, _mottled(shape.size))
        mask = ImageChops.add(body, rim).point(lambda v: v * strength)
        self._lay(colour, mask.resize(self.size, Image.Resampling.BILINEAR))

    def cover(self, outline: Sequence[Point], colour: str, strength: float = 1, *, soft: float = 1) -> None:
        """Thick paint in an outline, or light: it hides what lies beneath."""
        mask = self._shape(outline, soft).point(lambda v: v * strength)
        self._lay(colour, mask.resize(self.size, Image.Resampling.BILINEAR), thick=True)

    @contextmanager
    def pencil(self, colour: str = GRAPHITE, *, pen: bool = False, thick: bool = False) -> Iterator["Pencil"]:
        """A pencil, whose lines the paper's tooth breaks, or a pen; what it drew is there at the end.

        What is thick hides the ground, as chalk does; else the ground shows through.
        """
        pencil = Pencil(self, 0.2 if pen else 1)
        yield pencil
        mask = pencil.mask.reduce(FINE)
        self._lay(colour, mask if pen else ImageChops.multiply(mask, _tooth(self.size)), thick=thick)

    def drifting(self, path: Sequence[Point], amount: float) -> list[Point]:
        """The same path as a hand draws it: in steps, each a little off."""
        out = []
        x_off = y_off = 0.0
        for x, y in stepped(path):
            x_off = 0.86 * x_off + self.chance.gauss(0, amount / 3)
            y_off = 0.86 * y_off + self.chance.gauss(0, amount / 3)
            out.append((x + x_off, y + y_off))
        return out

    def jpeg(self) -> bytes:
        buffer = io.BytesIO()
        self.picture.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
        return buffer.getvalue()

    def _shape(
        self, outline: Sequence[Point], soft: float, clear: Iterable[Sequence[Point]] = ()
    ) -> Image.Image:
        """An outline as a mask that is half as large as the sheet: it is blurred anyway."""
        shape = Image.new("L", (self.size[0] // 2, self.size[1] // 2))
        draw = ImageDraw.Draw(shape)
        for path, fill in ((outline, 255), *((hole, 0) for hole in clear)):
            drawn = self.drifting([*path, path[0]], 1.8)
            draw.polygon([(x / 2, y / 2) for x, y in drawn], fill=fill)
        return shape.filter(ImageFilter.GaussianBlur(soft / 2))

    def _lay(self, colour: str, mask: Image.Image, *, thick: bool = False) -> None:
        """Lay a colour on the sheet where the mask is."""
        where = mask.getbbox()
        if where is None:
            return
        mask, ground = mask.crop(where), self.picture.crop(where)
        paint = Image.new("RGB", ground.size, colour)
        if not thick:
            paint = ImageChops.multiply(ground, paint)
        self.picture.paste(paint, where, mask)


class Pencil:
    """Lines on a mask that is FINE times as large as the sheet."""

    def __init__(self, sheet: Sheet, unevenness: float) -> None:
        self.sheet = sheet
        self.unevenness = unevenness  # of the pressure: 0 for none
        self.mask = Image.new("L", (sheet.size[0] * FINE, sheet.size[1] * FINE))
        self._draw = ImageDraw.Draw(self.mask)

    def line(self, *path: Point, width: float = 2.6, dark: float = 0.85, drift: float = 1.3) -> None:
        """A line through points, thinner where it begins and ends."""
        points = self.sheet.drifting(path, drift)
        pressure = 0.0
        for number, (start, end) in enumerate(itertools.pairwise(points)):
            pressure = 0.8 * pressure + self.sheet.chance.gauss(0, 0.07 * self.unevenness)
            near = min(number + 1, len(points) - 1 - number) / 3
            wide = max(width * (1 + pressure) * min(1, 0.55 + 0.45 * near), 0.8) * FINE
            fill = max(0, min(255, int(255 * dark * (1 + pressure))))
            ends = [(x * FINE, y * FINE) for x, y in (start, end)]
            self._draw.line(ends, fill=fill, width=round(wide))
            self._dot(*ends[1], wide / 2, fill)

    def dot(self, place: Point, radius: float, dark: float = 0.85) -> None:
        self._dot(place[0] * FINE, place[1] * FINE, radius * FINE, int(255 * dark))

    def hatch(
        self,
        outline: Sequence[Point],
        *,
        angle: float = 60,
        gap: float = 9,
        width: float = 1.8,
        dark: float = 0.4,
    ) -> None:
        """Parallel lines within an outline; `angle` in degrees from the horizontal."""
        turn = math.radians(angle)
        along, across = (math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))
        far = [x * across[0] + y * across[1] for x, y in outline]
        at = min(far) + gap / 2
        while at < max(far):
            for near, end in _within(outline, along, across, at):
                cut = self.sheet.chance.uniform(0, gap * 0.5)
                path = [
                    (d * along[0] + at * across[0], d * along[1] + at * across[1]) for d in (near, end - cut)
                ]
                self.line(*path, width=width, dark=dark * self.sheet.chance.uniform(0.75, 1.1), drift=1)
            at += gap * self.sheet.chance.uniform(0.75, 1.25)

    def scribble(
        self, start: Point, length: float, *, height: float = 9, width: float = 2, dark: float = 0.7
    ) -> None:
        """A line of handwriting that cannot be read."""
        (x, y), chance = start, self.sheet.chance
        while x < start[0] + length:
            path: list[Point] = []
            for _ in range(chance.randint(2, 8)):
                tall = height * chance.choice((0.55, 0.6, 0.65, 0.7, 1.5)) * chance.uniform(0.9, 1.1)
                wide = height * chance.uniform(0.6, 1.0)
                path += _loop((x, y + chance.uniform(-1, 1)), wide, tall)
                x += wide
            scaled = [(px * FINE, py * FINE) for px, py in path]
            self._draw.line(scaled, fill=int(255 * dark), width=round(width * FINE), joint="curve")
            x += height * chance.uniform(0.9, 1.4)

    def _dot(self, x: float, y: float, radius: float, fill: int) -> None:
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def stepped(path: Sequence[Point]) -> list[Point]:
    """The same path with a point at least each STEP pixels."""
    out = [path[0]]
    for (x0, y0), (x1, y1) in itertools.pairwise(path):
        steps = max(1, math.ceil(math.dist((x0, y0), (x1, y1)) / STEP))
        out += [(x0 + (x1 - x0) * n / steps, y0 + (y1 - y0) * n / steps) for n in range(1, steps + 1)]
    return out


def arc(centre: Point, radius: Point, start: float, end: float) -> list[Point]:
    """Part of an ellipse, in degrees from the right and clockwise."""
    steps = max(2, math.ceil(abs(end - start) / 6))
    turns = [math.radians(start + (end - start) * n / steps) for n in range(steps + 1)]
    return [(centre[0] + radius[0] * math.cos(t), centre[1] + radius[1] * math.sin(t)) for t in turns]


def curve(*through: Point) -> list[Point]:
    """A smooth path through points (Catmull & Rom, 1974)."""
    points = [through[0], *through, through[-1]]
    out = []
    for p0, p1, p2, p3 in zip(points, points[1:], points[2:], points[3:], strict=False):
        steps = max(2, math.ceil(math.dist(p1, p2) / STEP))
        out += [_between(p0, p1, p2, p3, n / steps) for n in range(steps)]
    return [*out, through[-1]]


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _loop(at: Point, wide: float, tall: float) -> list[Point]:
    """A letter as a hurried hand writes it: up, round, and down again, leaning to the right."""
    turns = [2 * math.pi * n / 9 for n in range(9)]
    ups = [tall * (1 - math.cos(turn)) / 2 for turn in turns]
    return [
        (at[0] + wide * turn / 2 / math.pi + 0.32 * wide * math.sin(turn) + 0.3 * up, at[1] - up)
        for turn, up in zip(turns, ups, strict=True)
    ]


def _between(p0: Point, p1: Point, p2: Point, p3: Point, t: float) -> Point:
    def at(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (
            2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        )

    return at(p0[0], p1[0], p2[0], p3[0]), at(p0[1], p1[1], p2[1], p3[1])


def _within(
    outline: Sequence[Point], along: Point, across: Point, at: float
) -> Iterator[tuple[float, float]]:
    """Where a straight line runs inside an outline."""
    crossings = []
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        side0, side1 = x0 * across[0] + y0 * across[1] - at, x1 * across[0] + y1 * across[1] - at
        if (side0 < 0) != (side1 < 0):
            part = side0 / (side0 - side1)
            crossings.append((x0 + part * (x1 - x0)) * along[0] + (y0 + part * (y1 - y0)) * along[1])
    crossings.sort()
    yield from zip(crossings[::2], crossings[1::2], strict=False)


def _noise(size: tuple[int, int], coarse: float, seed: int) -> Image.Image:
    """Grey clouds, `coarse` pixels wide."""
    small = (max(2, int(size[0] / coarse)), max(2, int(size[1] / coarse)))
    grains = random.Random(seed).randbytes(small[0] * small[1])  # noqa: S311
    return Image.frombytes("L", small, grains).resize(size, Image.Resampling.BICUBIC)


@cache
def _tooth(size: tuple[int, int]) -> Image.Image:
    return _noise(size, 2, 1).point(lambda v: min(255, 105 + v))


@cache
def _mottled(size: tuple[int, int]) -> Image.Image:
    clouds = ImageChops.blend(_noise(size, 150, 2), _noise(size, 36, 3), 0.4)
    return clouds.point(lambda v: 212 + v * 43 // 255)


@cache
def _unevenness(size: tuple[int, int]) -> Image.Image:
    clouds = ImageChops.blend(_noise(size, 260, 4), _noise(size, 4, 5), 0.22)
    return clouds.point(lambda v: 244 + v * 11 // 255)
