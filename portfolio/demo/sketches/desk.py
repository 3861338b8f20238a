"""A desk at night."""

from portfolio.demo.sketches.drawing import Point, Sheet, arc, box, curve

PEN = "#2f4d86"


def desk() -> bytes:
    """Two in the morning, under the lamp: a drug chart, a mug with a tooth drawn on it, half a pear."""
    sheet = Sheet(1600, 1200, 31)
    sheet.wash(box(-20, -20, 1620, 545), "#4b5872", 1, soft=2)
    sheet.wash(box(-20, -20, 1620, 545), "#7f89a0", 0.8, soft=2)
    sheet.wash(box(-20, 540, 1620, 1220), "#8f6f4c", 0.95, soft=2)
    sheet.wash(box(-20, 540, 1620, 1220), "#a58d6c", 0.7, soft=2)
    sheet.cover(arc((720, 880), (820, 330), 0, 360), "#e7c083", 0.75, soft=150)
    sheet.cover(arc((720, 860), (560, 215), 0, 360), "#fae6b8", 0.75, soft=110)
    sheet.cover([(560, 440), (880, 440), (1240, 545), (200, 545)], "#e9cf9a", 0.35, soft=60)
    _lamp(sheet)
    _chart(sheet)
    _pear(sheet)
    _mug(sheet)
    return sheet.jpeg()


def _lamp(sheet: Sheet) -> None:
    shade = [*curve((510, 440), (560, 330), (640, 262), (720, 250), (800, 262), (880, 330), (930, 440))]
    foot = [*arc((1310, 590), (135, 30), 180, 360), *arc((1310, 596), (135, 34), 0, 180)]
    sheet.wash([(1200, 600), (1460, 600), (1590, 650), (1300, 650)], "#3d2f20", 0.5, soft=18)
    sheet.cover(arc((720, 440), (206, 26), 0, 360), "#fff4d2", soft=3)
    for shape in (shade, foot):
        sheet.cover(shape, "#2f6a5f")
    sheet.wash([(780, 256), (880, 330), (930, 440), (800, 440)], "#6f8a86", 0.6, soft=16)
    with sheet.pencil("#20262a") as pencil:
        pencil.line(*shade, width=3.2)
        pencil.line(*arc((720, 440), (210, 28), 180, 0), width=2.6)
        pencil.hatch(shade, angle=68, gap=10, dark=0.35)
        for path in (((740, 252), (1040, 96)), ((1040, 96), (1312, 566))):
            pencil.line(*path, width=13, dark=0.95)
        pencil.dot((1040, 96), 17, 0.95)
        pencil.dot((738, 250), 15, 0.95)
        pencil.line(*foot, foot[0], width=2.8)
        pencil.hatch(foot, angle=20, gap=8, dark=0.35)


def _chart(sheet: Sheet) -> None:
    chart = [(470, 680), (950, 664), (1040, 1030), (440, 1060)]
    sheet.wash([(470, 690), (968, 680), (1068, 1044), (436, 1086)], "#6b5232", 0.55, soft=12)
    sheet.cover(chart, "#fffaf0")

    def at(across: float, down: float) -> Point:
        left, right = (470 - 30 * down, 680 + 380 * down), (950 + 90 * down, 664 + 366 * down)
        return (left[0] + (right[0] - left[0]) * across, left[1] + (right[1] - left[1]) * across)

    with sheet.pencil("#26241f") as pencil:
        pencil.line(*chart, chart[0], width=2.4)
        for row in range(1, 9):
            pencil.line(at(0.03, row / 9), at(0.97, row / 9), width=1.5, dark=0.5)
            pencil.scribble(at(0.05, (row + 0.68) / 9), 86 if row % 3 else 58, height=13, width=2, dark=0.8)
        for column in range(1, 6):
            pencil.line(at(0.2 + 0.13 * column, 0.11), at(0.2 + 0.13 * column, 0.97), width=1.5, dark=0.5)
        pencil.scribble(at(0.05, 0.085), 170, height=15, width=2.4, dark=0.85)
        for row, columns in enumerate((3, 2, 3, 0, 1, 2, 3, 1), 1):
            for column in range(columns):
                x, y = at(0.375 + 0.13 * column, (row + 0.5) / 9)
                pencil.line((x - 6, y), (x + 3, y + 10), (x + 22, y - 12), width=2.2, dark=0.85)
        pencil.line((1090, 1090), (1270, 1010), width=11, dark=0.9)
        pencil.line((1062, 1103), (1090, 1090), width=4)


def _pear(sheet: Sheet) -> None:
    pear = curve(
        (262, 822),
        (236, 850),
        (222, 905),
        (186, 950),
        (168, 1006),
        (190, 1062),
        (252, 1088),
        (322, 1074),
        (356, 1024),
        (346, 960),
        (312, 905),
        (302, 850),
        (284, 824),
        (262, 822),
    )
    inner = [(262 + (x - 262) * 0.87, 970 + (y - 970) * 0.89) for x, y in pear]
    sheet.wash([(190, 1070), (330, 1060), (240, 1118), (60, 1112)], "#4a3820", 0.55, soft=16)
    sheet.cover(pear, "#b9a24c")
    sheet.cover(inner, "#f6e9c0", soft=3)
    sheet.wash(inner, "#c98f4a", 0.5, soft=12)
    sheet.cover(
        curve((262, 950), (242, 990), (256, 1032), (276, 1030), (286, 990), (262, 950)),
        "#a9713a",
        0.7,
        soft=6,
    )
    with sheet.pencil("#26241f") as pencil:
        pencil.line(*pear, width=2.8)
        pencil.line(*curve((272, 822), (276, 796), (296, 774)), width=7)
        pencil.line(*curve((264, 850), (260, 910), (262, 950)), width=1.6, dark=0.4)
        for x in (253, 275):
            pencil.line((x, 992), (x + 1, 1010), width=8)
        pencil.hatch([(316, 940), (348, 980), (346, 1040), (316, 1070)], angle=50, gap=8, dark=0.35)


def _mug(sheet: Sheet) -> None:
    body = [
        (1150, 716),
        *curve((1156, 850), (1168, 945)),
        *arc((1252, 950), (84, 24), 180, 0),
        *curve((1336, 945), (1352, 716)),
    ]
    side = [(1290, 716), (1352, 716), (1336, 950), (1280, 972)]
    handle = curve((1348, 762), (1412, 748), (1446, 800), (1418, 868), (1342, 884))
    sheet.wash([(1180, 950), (1330, 930), (1560, 1000), (1500, 1046), (1250, 990)], "#3d2f20", 0.55, soft=16)
    with sheet.pencil("#26241f", thick=True) as pencil:
        pencil.line(*handle, width=25)
    with sheet.pencil("#efe6d2", pen=True, thick=True) as pencil:
        pencil.line(*handle, width=19, dark=1)
    sheet.cover(body, "#f6eedc")
    sheet.wash(side, "#9a8d76", 0.6, soft=14)
    sheet.cover(arc((1251, 716), (101, 27), 0, 360), "#f6eedc")
    sheet.cover(arc((1251, 720), (90, 20), 0, 360), "#7a5333")
    with sheet.pencil("#26241f") as pencil:
        pencil.line(*body, width=2.8)
        pencil.line(*arc((1251, 716), (101, 27), 0, 365), width=2.8)
        pencil.line(*arc((1251, 720), (90, 20), 190, 350), width=2, dark=0.6)
        pencil.hatch(side, angle=62, gap=9, dark=0.35)
    tooth = curve(
        (1196, 800),
        (1202, 776),
        (1224, 776),
        (1240, 786),
        (1258, 776),
        (1278, 780),
        (1284, 804),
        (1274, 842),
        (1268, 890),
        (1256, 890),
        (1242, 850),
        (1228, 888),
        (1214, 890),
        (1206, 842),
        (1196, 800),
    )
    with sheet.pencil(PEN, pen=True) as marker:
        marker.line(*tooth, width=5)
