"""What others or oneself drew: a page of a notebook, a child's drawing, a strip from a machine."""

import math

from portfolio.demo.sketches.drawing import Pencil, Point, Sheet, arc, box, curve

OCHRE = "#dfb970"
BLUE = "#6f93b8"

# A beat: how far along it, and how high in pixels
WAVE: list[Point] = [
    (0, 0),
    (0.1, 0),
    (0.13, 5),
    (0.16, 15),
    (0.19, 20),
    (0.22, 18),
    (0.25, 8),
    (0.28, 1),
    (0.34, 0),
    (0.36, -16),
    (0.395, 150),
    (0.43, -44),
    (0.455, 0),
    (0.52, 3),
    (0.57, 9),
    (0.62, 23),
    (0.66, 35),
    (0.69, 39),
    (0.72, 36),
    (0.76, 20),
    (0.8, 5),
    (0.84, 0),
    (1, 0),
]


def heart_sounds() -> bytes:
    """A page of a notebook: first sound, second sound, and the gap after it, that is the longer one."""
    sheet = Sheet(1600, 1150, 11, "#fbf6ea")
    sheet.wash([(-20, -20), (92, -20), (84, 1170), (-20, 1170)], "#a39579", 0.4, soft=26)
    with sheet.pencil(BLUE, pen=True) as ruled:
        for y in range(150, 1150, 76):
            ruled.line((0, y), (1600, y + 3), width=1.6, dark=0.4, drift=0.3)
    with sheet.pencil("#b5544a", pen=True) as ruled:
        ruled.line((230, 0), (226, 1150), width=1.8, dark=0.55, drift=0.3)
    for gap in (box(625, 500, 985, 652), box(1300, 506, 1540, 650)):
        sheet.wash(gap, OCHRE, 0.42)
    with sheet.pencil() as pencil:
        pencil.line(*_beats(sheet), width=3, drift=0.7)
        pencil.line((300, 690), (1560, 694), width=2, dark=0.6)
        for x in (330, 1010):
            for at, height in ((0, 22), (235, 16), (680, 22) if x == 330 else (560, 0)):
                if height:
                    pencil.line((x + at + 26, 690 - height / 2), (x + at + 26, 690 + height), width=2.4)
            _brace(pencil, x + 40, x + 245, 745)
            _brace(pencil, x + 295, min(x + 655, 1545), 745)
        for x, count in ((345, 1), (580, 2), (1025, 1), (1260, 2)):
            for n in range(count):
                pencil.line((x + 14 * n, 330), (x + 14 * n - 3, 372), width=3.4)
        pencil.line(*arc((800, 884), (236, 50), 0, 350), width=2.6)
        pencil.line(*curve((812, 834), (818, 806), (808, 776)), width=2.4)
        pencil.line((796, 794), (808, 775), (823, 790), width=2.4)
        pencil.scribble((620, 892), 330, height=17, width=2.6)
        pencil.scribble((290, 142), 520, height=17, width=2.8)
        pencil.line((288, 166), (792, 162), width=2.4)
        pencil.scribble((290, 218), 1050, height=13)
        pencil.scribble((290, 980), 1130, height=13)
        pencil.scribble((290, 1056), 620, height=13)
    return sheet.jpeg()


def _beats(sheet: Sheet) -> list[Point]:
    """Two heart beats as one hears them: bursts on a line that is silent elsewhere."""
    path: list[Point] = [(300, 578)]
    for start, tall, count in ((330, 120, 6), (565, 88, 4), (1010, 124, 6), (1245, 84, 4)):
        path.append((start, 578))
        for n in range(count):
            swell = tall * math.sin(math.pi * (n + 0.7) / (count + 0.4)) * sheet.chance.uniform(0.85, 1.1)
            path += [(start + 10 * n + 4, 578 - swell), (start + 10 * n + 8, 578 + swell * 0.8)]
        path.append((start + 10 * count + 8, 578))
    return [*path, (1560, 580)]


def _brace(pencil: Pencil, left: float, right: float, y: float) -> None:
    middle = (left + right) / 2
    pencil.line(
        *curve((left, y - 16), (left + 10, y), (middle - 12, y + 2), (middle, y + 16)), width=2.2, dark=0.7
    )
    pencil.line(
        *curve((middle, y + 16), (middle + 12, y + 2), (right - 10, y), (right, y - 16)), width=2.2, dark=0.7
    )


def childs_drawing() -> bytes:
    """A grandson's drawing with wax crayons: a house, a sun, two people hand in hand, one with a stick."""
    sheet = Sheet(1500, 1120, 53, "#e4d8c0")
    leaf = [(112, 92), (1396, 74), (1408, 1032), (98, 1046)]
    sheet.wash([(130, 120), (1414, 104), (1438, 1062), (118, 1080)], "#857a66", 0.55, soft=14)
    sheet.cover(leaf, "#fffdf6")
    _sun(sheet, (1210, 270))
    _house(sheet)
    with sheet.pencil("#4e8a45") as crayon:
        for x in range(150, 1360, 24):
            top = 915 - sheet.chance.uniform(30, 62)
            crayon.line((x, 915), (x + sheet.chance.uniform(-4, 14), top), width=11, dark=0.8, drift=3)
        crayon.line((140, 925), (1366, 912), width=14, drift=4)
        meadow = [(136, 936), (1366, 924), (1370, 984), (140, 998)]
        crayon.hatch(meadow, angle=3, gap=18, width=13, dark=0.7)
    for colour, coat, angle in (
        ("#b5443a", (820, 585, 118, 190), 80),
        ("#3f6fa8", (1035, 675, 78, 120), -70),
    ):
        with sheet.pencil(colour) as crayon:
            crayon.line(*_coat(*coat), width=13, drift=3)
            crayon.hatch(_coat(*coat), angle=angle, gap=19, width=12, dark=0.7)
    with sheet.pencil("#4a4138") as crayon:
        _person(crayon, (820, 519), 64, (820, 585), 190, 118, 885)
        _person(crayon, (1035, 625), 50, (1035, 675), 120, 78, 890)
        crayon.line((770, 630), (690, 705), width=11, drift=2)
        crayon.line((686, 675), *curve((670, 645), (650, 655), (652, 685)), width=10)
        crayon.line((686, 675), (678, 895), width=11, drift=2)
        crayon.line((872, 630), (936, 720), (992, 707), width=11, drift=2)
        crayon.line((1078, 707), (1134, 655), width=10, drift=2)
        for n in range(4):
            crayon.line((780 + 26 * n, 457), (774 + 30 * n, 435), width=8)
        for x, y in ((690, 236), (752, 196)):
            crayon.line(*arc((x, y), (26, 18), 180, 350), *arc((x + 52, y), (26, 18), 190, 360), width=8)
    tape = [(640, 48), (860, 44), (864, 110), (644, 114)]
    sheet.cover(tape, "#eadfae", 0.75, soft=1)
    with sheet.pencil() as pencil:
        pencil.line(*leaf, leaf[0], width=1.8, dark=0.5)
        pencil.line(*tape, tape[0], width=1.4, dark=0.3)
    return sheet.jpeg()


def _sun(sheet: Sheet, place: Point) -> None:
    with sheet.pencil("#d98f2b") as crayon:
        crayon.line(*arc(place, (92, 90), 0, 370), width=13, drift=3)
        crayon.hatch(arc(place, (84, 82), 0, 360), angle=35, gap=17, width=12, dark=0.8)
        for turn in range(0, 360, 30):
            along = (math.cos(math.radians(turn)), math.sin(math.radians(turn)))
            ray = [
                (place[0] + r * along[0], place[1] + r * along[1])
                for r in (118, sheet.chance.uniform(150, 176))
            ]
            crayon.line(*ray, width=12, drift=3)


def _house(sheet: Sheet) -> None:
    with sheet.pencil("#b5443a") as crayon:
        crayon.line((206, 580), (405, 350), (618, 570), (196, 585), width=13, drift=3)
        crayon.hatch([(222, 570), (405, 368), (598, 562)], angle=20, gap=19, width=12, dark=0.75)
        crayon.line((482, 420), (484, 362), (538, 360), (537, 480), width=12, drift=2)
    with sheet.pencil("#3f6fa8") as crayon:
        crayon.line((240, 590), (238, 900), (586, 900), (582, 584), width=12, drift=3)
        crayon.line((362, 896), (364, 740), (454, 738), (456, 896), width=11, drift=3)
        crayon.line(*box(490, 640, 558, 710), (490, 640), (524, 640), (524, 710), width=9, drift=2)
        crayon.line(*box(272, 642, 338, 712), (272, 642), (305, 642), (305, 712), width=9, drift=2)
        crayon.line(*arc((442, 820), (4, 4), 0, 360), width=6)
    rising = curve((512, 336), (530, 306), (498, 272), (538, 236), (516, 204), (566, 168))
    with sheet.pencil("#8a8578") as smoke:
        smoke.line(*rising, width=9, dark=0.7)


def _coat(x: float, top: float, wide: float, tall: float) -> list[Point]:
    return [
        (x - wide * 0.3, top),
        (x + wide * 0.3, top),
        (x + wide * 0.62, top + tall),
        (x - wide * 0.62, top + tall),
        (x - wide * 0.3, top),
    ]


def _person(
    crayon: Pencil, head: Point, radius: float, coat: Point, tall: float, wide: float, ground: float
) -> None:
    x, y = head
    crayon.line(*arc(head, (radius, radius * 1.02), -90, 280), width=11, drift=2)
    for side in (-1, 1):
        crayon.dot((x + side * radius * 0.36, y - radius * 0.12), 6)
        foot = x + side * wide * 0.3
        crayon.line(
            (foot, coat[1] + tall),
            (foot + 4 * side, ground),
            (foot + 34 * side, ground + 4),
            width=11,
            drift=2,
        )
    crayon.line(*arc((x, y + radius * 0.1), (radius * 0.5, radius * 0.45), 25, 155), width=8)


def cardiogram() -> bytes:
    """A strip of one's own cardiogram; where a hand slowed the paper, the beats are narrower."""
    sheet = Sheet(1600, 1100, 71, "#d9c9a8")
    for y in range(70, 1100, 145):
        sheet.wash([(-20, y), (1620, y - 10), (1620, y + 6), (-20, y + 14)], "#a98f63", 0.35, soft=4)
    strip = [(-20, 345), (1620, 262), (1620, 742), (-20, 825)]
    sheet.wash([(-20, 385), (1620, 302), (1620, 776), (-20, 862)], "#6d5d41", 0.6, soft=14)
    sheet.cover(strip, "#fdf3ee")
    with sheet.pencil("#e09a8e", pen=True) as grid:
        for n in range(25):
            y = 345 + 20 * n
            _grid_line(grid, n, (-20, y), (1620, y - 83))
        for n, x in enumerate(range(-10, 1620, 20)):
            y = 345 - 83 * (x + 20) / 1640
            _grid_line(grid, n, (x, y), (x + 24, y + 480))
    with sheet.pencil("#23262c", pen=True) as pen:
        pen.line(*_trace(), width=3.6, drift=0.5)
    with sheet.pencil() as pencil:
        pencil.line((-20, 345), (1620, 262), width=1.8, dark=0.5)
        pencil.line((-20, 825), (1620, 742), width=2.2, dark=0.7)
    return sheet.jpeg()


def _grid_line(pen: Pencil, number: int, start: Point, end: Point) -> None:
    """Each fifth line is thicker, as on the paper of such machines."""
    width, dark = (1, 0.42) if number % 5 else (2.2, 0.75)
    pen.line(start, end, width=width, dark=dark, drift=0.2)


def _trace() -> list[Point]:
    """Beats on a rising line, narrower where the paper ran slowly."""
    path: list[Point] = []
    x = -60.0
    for wide in (270, 268, 190, 150, 165, 245, 272, 270):
        for part, up in WAVE:
            at = x + part * wide
            path.append((at + 12, 600 - 83 * (at + 20) / 1640 - up))
        x += wide
    return [p for n, p in enumerate(path) if n == 0 or p != path[n - 1]]
