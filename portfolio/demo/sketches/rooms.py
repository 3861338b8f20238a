"""Rooms in perspective: the bench of a community clinic, a ward's corridor at night."""

from portfolio.demo.sketches.drawing import Point, Sheet, arc, box, curve

RUST = "#b8713a"
GREY = "#9a9688"


def bench() -> bytes:
    """The bench under the window of a community clinic, with a small cushion on it."""
    sheet = Sheet(1600, 1150, 5)
    panes = [box(430 + 255 * n, 120, 660 + 255 * n, 505) for n in range(3)]
    sheet.wash(box(-20, -20, 1620, 830), "#e9dcc0", 0.75, clear=panes, soft=2)
    sheet.wash(box(-20, 830, 1620, 1170), "#c9b694", 0.7, soft=2)
    _street(sheet, panes)
    sheet.cover([(520, 850), (1130, 850), (1010, 1150), (260, 1150)], "#f5e8c8", 0.5, soft=14)
    seat = [(300, 765), (1330, 765), (1372, 815), (262, 815)]
    sheet.wash(seat, "#a97b4b", 0.75)
    sheet.wash(box(264, 815, 1370, 848), "#8a6038", 0.8)
    sheet.wash([(262, 1010), (1390, 1000), (1440, 1040), (220, 1045)], "#8f7c5f", 0.45, soft=14)
    for x in (330, 1270):
        sheet.wash(box(x, 848, x + 40, 1020), "#8a6038", 0.75)
    _bench_lines(sheet, panes, seat)
    _cushion(sheet)
    _umbrella(sheet)
    return sheet.jpeg()


def _street(sheet: Sheet, panes: list[list[Point]]) -> None:
    """Roofs across the street, in three panes."""
    roofs = (
        ([(430, 505), (430, 375), (500, 330), (600, 330), (660, 372), (660, 505)], RUST),
        (
            [(685, 505), (685, 380), (735, 380), (735, 300), (830, 300), (830, 400), (915, 400), (915, 505)],
            GREY,
        ),
        ([(940, 505), (940, 410), (1010, 410), (1070, 350), (1170, 345), (1170, 505)], RUST),
    )
    for pane, (roof, colour) in zip(panes, roofs, strict=True):
        sheet.wash(pane, "#d5e2e4", 0.7, soft=5)
        sheet.wash(roof, colour, 0.38, soft=3)
    with sheet.pencil() as pencil:
        for roof, _ in roofs:
            pencil.line(*roof[1:-1], width=1.6, dark=0.5)
        pencil.hatch([(430, 375), (500, 330), (600, 330), (660, 372)], angle=72, gap=9, dark=0.35)
        pencil.hatch([(1010, 410), (1070, 350), (1170, 345), (1170, 410)], angle=72, gap=9, dark=0.35)
        for x in (455, 520, 585, 765, 965, 1035, 1105):
            pencil.line(*box(x, 430, x + 26, 466), (x, 430), width=1.4, dark=0.4)
        pencil.line(*curve((685, 340), (800, 362), (915, 334)), width=1.2, dark=0.5)


def _bench_lines(sheet: Sheet, panes: list[list[Point]], seat: list[Point]) -> None:
    with sheet.pencil() as pencil:
        pencil.line((0, 830), (262, 828), width=2, dark=0.5)
        pencil.line((1372, 828), (1600, 832), width=2, dark=0.5)
        pencil.line(*box(398, 88, 1202, 540), (398, 88), width=3)
        pencil.line((370, 548), (1232, 546), width=4)
        pencil.line((372, 572), (1230, 570), width=2.2, dark=0.6)
        pencil.hatch(box(392, 574, 1210, 600), angle=35, gap=10, dark=0.3)
        for pane in panes:
            pencil.line(*pane, pane[0], width=2.2)
        pencil.line(*seat, seat[0], width=3)
        pencil.line((262, 815), (266, 848), (1368, 848), (1372, 815), width=2.6)
        for y in (781, 797):
            pencil.line((290 - (y - 765) / 2, y), (1338 + (y - 765) / 2, y + 1), width=1.5, dark=0.4)
        for x in (330, 1270):
            pencil.line((x, 850), (x + 2, 1020), (x + 40, 1020), (x + 41, 850), width=2.6)
            pencil.hatch(box(x + 20, 850, x + 40, 1018), angle=75, gap=6)
        pencil.hatch([(268, 850), (1366, 850), (1366, 884), (268, 884)], angle=18, gap=8, dark=0.35)
        pencil.hatch([(300, 990), (1330, 990), (1400, 1036), (260, 1040)], angle=8, gap=9, dark=0.3)
        pencil.hatch([(0, 0), (330, 0), (0, 420)], angle=48, gap=16, dark=0.16, width=2.4)
        pencil.hatch([(1600, 360), (1600, 800), (1390, 800)], angle=48, gap=16, dark=0.16, width=2.4)


def _cushion(sheet: Sheet) -> None:
    shape = curve(
        (900, 786),
        (912, 742),
        (960, 724),
        (1050, 720),
        (1140, 726),
        (1182, 748),
        (1190, 786),
        (1150, 800),
        (1040, 806),
        (940, 800),
        (900, 786),
    )
    sheet.wash([(890, 790), (1200, 790), (1230, 812), (900, 814)], "#5b3f24", 0.5, soft=8)
    sheet.cover(shape, "#f3e6d6")
    sheet.wash(shape, "#b5544a", 0.8)
    with sheet.pencil() as pencil:
        pencil.line(*shape, width=2.8)
        pencil.line(
            *curve((908, 776), (960, 768), (1050, 766), (1140, 770), (1186, 778)), width=1.6, dark=0.6
        )
        pencil.hatch(
            [(912, 778), (1050, 770), (1186, 780), (1150, 798), (940, 798)], angle=25, gap=6, dark=0.4
        )
        for x in (980, 1045, 1110):
            pencil.line(*curve((x, 726), (x + 5, 745), (x + 2, 764)), width=1.5, dark=0.35)
        pencil.dot((1046, 742), 4, 0.6)


def _umbrella(sheet: Sheet) -> None:
    """Folded, and leaning on the bench's left end."""
    cloth = [(254, 742), (236, 738), (188, 960), (198, 985), (228, 970)]
    sheet.wash([(130, 1022), (250, 1010), (330, 1030), (150, 1044)], "#8f7c5f", 0.5, soft=10)
    sheet.cover(cloth, "#e8ecec")
    sheet.wash(cloth, "#3f6485", 0.85)
    with sheet.pencil() as pencil:
        pencil.line(*cloth, cloth[0], width=2.6)
        pencil.line((245, 742), (210, 972), width=1.6, dark=0.6)
        pencil.line((197, 984), (186, 1030), width=4)
        pencil.line((246, 738), (258, 664), width=5)
        pencil.line(*curve((258, 664), (264, 632), (288, 630), (292, 656)), width=6)
        pencil.line((204, 860), (244, 868), width=3)


def corridor() -> bytes:
    """A ward's corridor at four minutes past two, and its lamps at the foot of the walls."""
    sheet = Sheet(1600, 1150, 61)
    far = box(690, 460, 910, 604)
    ceiling = [(-20, -60), (1620, -60), far[1], far[0]]
    floor = [far[3], far[2], (1620, 1020), (1620, 1170), (-20, 1170), (-20, 1020)]
    sheet.wash(box(-20, -20, 1620, 1170), "#7e8da3", 1, soft=2)
    sheet.wash(ceiling, "#7f8ca4", 0.9, soft=2)
    sheet.wash([(1620, -60), far[1], far[2], (1620, 1020)], "#aab2c2", 0.8, soft=2)
    sheet.wash(floor, "#76839a", 0.85, soft=2)
    sheet.wash(far, "#5b6880", 0.9)
    lamps = [(side, depth) for side in (0, 1) for depth in (0.08, 0.85, 2.1, 4.2)]
    for side, depth in lamps:
        _pool(sheet, side, depth)
    doors = [_panel(side, depth) for side in (0, 1) for depth in (0.3, 1.2, 2.7)]
    for door in doors:
        sheet.cover(door, "#4a566c", 0.8)
    for side, depth in lamps:
        lamp = [
            _on_wall(side, d, h)
            for d, h in ((depth, 0.9), (depth, 0.925), (depth + 0.12, 0.925), (depth + 0.12, 0.9))
        ]
        sheet.cover(lamp, "#fff3c9", soft=2)
    sheet.cover(box(764, 500, 796, 530), "#e8dcae", 0.95, soft=2)
    sheet.cover(box(806, 500, 838, 530), "#e8dcae", 0.95, soft=2)
    _corridor_lines(sheet, far, doors)
    return sheet.jpeg()


def _on_wall(side: int, depth: float, height: float) -> Point:
    """A place on a wall: so many steps into the picture; from the ceiling (0) to the floor (1)."""
    scale = 1 / (1 + depth)
    x = 800 - 820 * scale
    return (x if side == 0 else 1600 - x, 540 + (-600 + 1080 * height) * scale)


def _panel(side: int, depth: float) -> list[Point]:
    """A door."""
    corners = ((depth, 1), (depth, 0.3), (depth + 0.4, 0.3), (depth + 0.4, 1))
    return [_on_wall(side, into, height) for into, height in corners]


def _pool(sheet: Sheet, side: int, depth: float) -> None:
    """The light of a lamp, on the wall about it and on the floor before it."""
    x, y = _on_wall(side, depth + 0.06, 0.91)
    scale = 1 / (1 + depth)
    inwards = x + (150 if side == 0 else -150) * scale
    sheet.cover(
        arc((x, y - 10 * scale), (150 * scale, 120 * scale), 0, 360), "#efcf8d", 0.65, soft=70 * scale
    )
    sheet.cover(
        arc((inwards, y + 90 * scale), (270 * scale, 70 * scale), 0, 360), "#efcf8d", 0.6, soft=60 * scale
    )


def _corridor_lines(sheet: Sheet, far: list[Point], doors: list[list[Point]]) -> None:
    with sheet.pencil("#1f2530") as pencil:
        pencil.line(*far, far[0], width=2.6)
        for corner, edge in zip(far, ((-20, -60), (1620, -60), (1620, 1020), (-20, 1020)), strict=True):
            pencil.line(corner, edge, width=2.8)
        for number, door in enumerate(doors):
            pencil.line(*door, width=2.8)
            pencil.hatch(door, angle=72, gap=9, dark=0.4)
            side, depth = divmod(number, 3)
            x, y = _on_wall(side, (0.3, 1.2, 2.7)[depth] + 0.06, 0.66)
            pencil.line((x, y), (x + (14 if side == 0 else -14) / (1 + depth), y), width=6 / (1 + depth))
        pencil.line((801, 462), (802, 604), width=2.4)
        for side in (0, 1):
            for start, end in ((0, 0.3), (0.7, 1.2), (1.6, 2.7), (3.1, 6.45)):
                pencil.line(_on_wall(side, start, 0.68), _on_wall(side, end, 0.68), width=3, dark=0.55)
        for depth in (0.15, 0.4, 0.75, 1.25, 2, 3.2):
            pencil.line(_on_wall(0, depth, 1), _on_wall(1, depth, 1), width=1.6, dark=0.35)
        for depth in (0.2, 0.9, 2.2):
            panel = [
                (800 + x / (1 + d), 540 - 600 / (1 + d))
                for x, d in ((-170, depth), (170, depth), (170, depth + 0.35), (-170, depth + 0.35))
            ]
            pencil.line(*panel, panel[0], width=2, dark=0.5)
        pencil.hatch([(-20, -60), (1620, -60), far[1], far[0]], angle=6, gap=14, dark=0.28, width=2.2)
        pencil.hatch([(1620, 100), far[1], far[2], (1620, 660)], angle=60, gap=16, dark=0.18, width=2.2)
