"""The view from a bed."""

import itertools
import math

from portfolio.demo.sketches.drawing import Pencil, Point, Sheet, arc, box, curve

LIMBS = (
    ((588, 800), (530, 690), (410, 600), (336, 470)),
    ((592, 780), (556, 620), (500, 450), (484, 330)),
    ((608, 770), (628, 600), (636, 430), (630, 270)),
    ((628, 780), (690, 640), (760, 500), (782, 370)),
    ((632, 810), (720, 720), (850, 640), (896, 530)),
)


# Of bark that came off: where, and how wide
PATCHES = (
    (578, 850, 18),
    (620, 905, 20),
    (604, 985, 17),
    (636, 835, 12),
    (566, 945, 12),
    (652, 965, 13),
    (590, 800, 11),
    (600, 925, 10),
    (574, 995, 9),
)


def plane_tree() -> bytes:
    """Seen from the bed, now that it is turned: a plane tree, pruned to fists, with a little green."""
    sheet = Sheet(1200, 1500, 41)
    frame = box(140, 80, 1060, 1060)
    sheet.wash(box(-20, -20, 1220, 1520), "#d9cfba", 0.7, clear=[frame], soft=2)
    sheet.wash(box(190, 130, 1010, 1010), "#cfdde0", 0.75, soft=3)
    houses = (
        [(190, 1010), (190, 640), (352, 636), (352, 1010)],
        [(838, 1010), (838, 560), (1010, 556), (1010, 1010)],
        [(352, 1010), (352, 820), (560, 812), (838, 826), (838, 1010)],
    )
    for house in houses:
        sheet.wash(house, "#b9b3a4", 0.6, soft=3)
    with sheet.pencil() as pencil:
        for house in houses:
            pencil.line(*house[1:-1], width=1.8, dark=0.4)
        for left, right, top in ((214, 340, 690), (866, 1000, 606)):
            for y in range(top, 960, 64):
                for x in range(left, right - 20, 44):
                    pencil.line(*box(x, y, x + 18, y + 28), (x, y), width=1.4, dark=0.35)
    _tree(sheet)
    _window_and_bed(sheet, frame)
    return sheet.jpeg()


def _tree(sheet: Sheet) -> None:
    trunk = [*curve((520, 1010), (552, 920), (566, 770)), *curve((656, 770), (668, 920), (704, 1010))]
    sides = [_sides(curve(*limb), 27 - 2 * abs(number - 2)) for number, limb in enumerate(LIMBS)]
    fists = [_fist(sheet, limb[-1]) for limb in LIMBS]
    for shape in (trunk, *([*a, *reversed(b)] for a, b in sides), *fists):
        sheet.cover(shape, "#a89c80")
    for x, y, wide in PATCHES:
        sheet.wash(
            arc((x, y), (wide, wide * 1.3), 0, 360), "#d8d0b2" if wide > 15 else "#94896c", 0.8, soft=4
        )
    sheet.wash([(620, 770), (656, 770), (668, 920), (704, 1010), (640, 1010)], "#7a6e55", 0.5, soft=8)
    with sheet.pencil() as pencil:
        half = len(trunk) // 2
        pencil.line(*trunk[:half], width=3)
        pencil.line(*trunk[half:], width=3)
        for near, beyond in sides:
            start = max(3, len(near) // 6)
            pencil.line(*near[start:-2], width=2.6, dark=0.8)
            pencil.line(*beyond[start:-2], width=2.6, dark=0.8)
            for n in range(start, len(near) - 3, 3):
                (x0, y0), (x1, y1) = near[n], beyond[n]
                pencil.line(((x0 + x1) / 2, (y0 + y1) / 2), (x1 - 2, y1 + 5), width=1.6, dark=0.4)
        for fist, limb in zip(fists, LIMBS, strict=True):
            (x, y) = limb[-1]
            pencil.line(*fist, width=2.8)
            for turn in range(20, 360, 80):
                knob = (x + 20 * math.cos(math.radians(turn)), y + 18 * math.sin(math.radians(turn)))
                pencil.line(*arc(knob, (14, 13), turn - 80, turn + 120), width=1.8, dark=0.6)
            pencil.hatch(arc((x + 10, y + 14), (36, 26), 0, 360), angle=55, gap=7, dark=0.45)
        pencil.hatch([(630, 790), (654, 790), (680, 1005), (640, 1005)], angle=62, gap=7, dark=0.45)
    with sheet.pencil("#5d8c3e", pen=True, thick=True) as green:
        for limb in LIMBS:
            for turn in (-150, -112, -80, -48, -20):
                _bud(green, limb[-1], turn + sheet.chance.uniform(-12, 12))


def _bud(green: Pencil, fist: Point, turn: float) -> None:
    """Two small leaves on a fist."""
    along = (math.cos(math.radians(turn)), math.sin(math.radians(turn)))
    x, y = fist[0] + 54 * along[0], fist[1] + 48 * along[1]
    for lean in (-34, 26):
        way = (math.cos(math.radians(turn + lean)), math.sin(math.radians(turn + lean)))
        long = green.sheet.chance.uniform(13, 21)
        green.line((x, y), (x + long * way[0], y + long * way[1]), width=8, dark=0.95, drift=0.6)


def _sides(path: list[Point], wide: float) -> tuple[list[Point], list[Point]]:
    """Both sides of a limb that grows thinner."""
    near, beyond = [], []
    for n, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(path)):
        length, half = math.dist((x0, y0), (x1, y1)) or 1, wide * (1 - 0.5 * n / len(path))
        across = ((y1 - y0) / length * half, (x0 - x1) / length * half)
        near.append((x0 + across[0], y0 + across[1]))
        beyond.append((x0 - across[0], y0 - across[1]))
    return near, beyond


def _fist(sheet: Sheet, at: Point) -> list[Point]:
    knobs = []
    for turn in range(0, 360, 60):
        far = sheet.chance.uniform(26, 34)
        knob = (at[0] + far * math.cos(math.radians(turn)), at[1] + far * 0.9 * math.sin(math.radians(turn)))
        knobs += arc(knob, (23, 21), turn - 62, turn + 62)
    return [*knobs, knobs[0]]


def _window_and_bed(sheet: Sheet, frame: list[Point]) -> None:
    blanket = [
        (-20, 1352),
        *curve((0, 1350), (300, 1334), (800, 1330), (1200, 1306)),
        (1220, 1520),
        (-20, 1520),
    ]
    sheet.wash([(60, 1110), (1140, 1110), (1140, 1150), (60, 1150)], "#a8997c", 0.4, soft=12)
    for x in (130, 1046):
        sheet.cover(box(x, 1200 - x / 33, x + 22, 1350 - x / 40), "#d9dedd")
    for y in (1186, 1268):
        bar = [(70, y + 18), (1130, y - 14), (1130, y + 6), (70, y + 38)]
        sheet.cover(bar, "#eef0ee")
        sheet.wash([(70, y + 30), (1130, y - 2), (1130, y + 6), (70, y + 38)], "#7f8a90", 0.6, soft=3)
    sheet.cover(blanket, "#f8f3e8", soft=2)
    sheet.wash(blanket, "#c3d2d8", 0.55, soft=3)
    sheet.cover(
        [
            (-20, 1352),
            *curve((0, 1350), (300, 1334), (800, 1330), (1200, 1306)),
            (1220, 1376),
            (600, 1400),
            (-20, 1424),
        ],
        "#fdf9ef",
        0.9,
        soft=3,
    )
    with sheet.pencil() as pencil:
        for inset in (0, 50):
            edge = box(140 + inset, 80 + inset, 1060 - inset, 1060 - inset)
            pencil.line(*edge, edge[0], width=3)
        pencil.hatch(box(148, 90, 188, 1050), angle=60, gap=12, dark=0.22)
        pencil.line((100, 1068), (1100, 1064), width=4.5)
        pencil.line((104, 1100), (1096, 1098), width=2.4, dark=0.7)
        for y in (1186, 1268):
            pencil.line(
                (70, y + 18),
                (1130, y - 14),
                *arc((1132, y - 4), (10, 10), -90, 90),
                (70, y + 38),
                (70, y + 18),
                width=2.6,
            )
        for x in (130, 1046):
            for side in (0, 22):
                pencil.line((x + side, 1226 - x / 33), (x + side, 1284 - x / 33), width=2.6)
                pencil.line((x + side, 1308 - x / 33), (x + side, 1342 - x / 40), width=2.6)
        pencil.line(*curve((0, 1350), (300, 1334), (800, 1330), (1200, 1306)), width=2.8)
        pencil.line((0, 1424), (600, 1400), (1200, 1378), width=2, dark=0.6)
        for x, lean in ((90, 40), (330, 10), (610, -30), (900, 20), (1100, -40)):
            pencil.line(
                *curve((x, 1424 - x / 28), (x + lean, 1460), (x + lean * 0.6, 1500)), width=1.8, dark=0.4
            )
            pencil.hatch(
                [(x + 8, 1428 - x / 28), (x + 44, 1426 - x / 28), (x + lean + 26, 1500), (x + lean, 1500)],
                angle=64,
                gap=9,
                dark=0.25,
            )
