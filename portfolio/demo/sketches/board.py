"""The whiteboard of a ward."""

from portfolio.demo.sketches.drawing import Pencil, Point, Sheet, arc, box

PEN = "#2f4d86"

# Capitals as strokes in a field that is 10 wide and 14 high
LETTERS: dict[str, list[list[Point]]] = {
    "A": [[(0, 14), (5, 0), (10, 14)], [(2, 9), (8, 9)]],
    "D": [[(1, 0), (1, 14)], [(0, 0), *arc((3, 7), (7, 7), -80, 80), (0, 14)]],
    "E": [[(9, 0), (1, 0), (1, 14), (9, 14)], [(1, 7), (7, 7)]],
    "G": [[*arc((5.5, 7), (5, 7), -40, -330), (10, 8), (6, 8)]],
    "I": [[(2, 0), (2, 14)]],
    "J": [[(8, 0), (8, 9), *arc((4.5, 10), (3.5, 4), 0, 160)]],
    "L": [[(1, 0), (1, 14), (9, 14)]],
    "M": [[(0, 14), (1, 0), (5, 9), (9, 0), (10, 14)]],
    "N": [[(1, 14), (1, 0), (9, 14), (9, 0)]],
    "O": [[*arc((5, 7), (5, 7), -80, 290)]],
    "R": [[(1, 14), (1, 0)], [(0, 0), *arc((4, 3.7), (5, 3.7), -80, 90), (2, 7.4), (9, 14)]],
    "S": [[*arc((5, 3.6), (4, 3.6), -30, -260), *arc((5, 10.6), (4.4, 3.6), -90, 150)]],
    "T": [[(0, 0), (10, 0)], [(5, 0), (5, 14)]],
    "U": [[(1, 0), (1, 8), *arc((5, 9), (4, 5), 180, 0), (9, 0)]],
    "Y": [[(0, 0), (5, 7), (10, 0)], [(5, 7), (4.5, 14)]],
    "1": [[(3, 3), (6, 0), (6, 14)]],
    "3": [[*arc((4.5, 3.5), (4, 3.5), -160, 90), *arc((4.5, 10.5), (4.6, 3.6), -80, 160)]],
    " ": [],
}


def whiteboard() -> bytes:
    """The whiteboard of a ward: the day, and MORNING in big letters."""
    sheet = Sheet(1600, 1150, 23, "#efe7d6")
    board = box(150, 130, 1450, 900)
    sheet.wash([(174, 160), (1492, 160), (1492, 950), (174, 950)], "#8d826c", 0.5, soft=16)
    sheet.cover(board, "#fdfcf7")
    sheet.wash([(1010, 140), (1240, 140), (960, 890), (730, 890)], "#dfe7e8", 0.35, soft=30)
    sheet.wash([(360, 640), (1010, 610), (1180, 780), (420, 800)], "#c9cbd0", 0.28, soft=34)
    rim = [*board, board[0], (122, 102), (122, 930), (1478, 930), (1478, 102), (122, 102)]
    sheet.wash(rim, "#9aa0a2", 0.85)
    sheet.wash(box(520, 928, 1080, 962), "#878d90", 0.9)
    sheet.wash(box(880, 896, 1010, 930), "#3e6d9f", 0.9)
    sheet.wash(box(600, 912, 740, 928), "#b5544a", 0.95)
    with sheet.pencil() as pencil:
        for inset in (0, -28):
            frame = box(150 + inset, 130 + inset, 1450 - inset, 900 - inset)
            pencil.line(*frame, frame[0], width=2.6)
        pencil.line(*box(520, 930, 1080, 962), (520, 930), width=2.4)
        pencil.line(*box(880, 896, 1010, 929), (880, 896), width=2.4)
        pencil.line(*box(600, 912, 740, 929), (600, 912), width=2)
        pencil.line((704, 912), (704, 928), width=2)
        for x, y in ((122, 102), (1450, 102), (122, 902), (1450, 902)):
            pencil.line(*arc((x + 14, y + 14), (5, 5), 0, 360), width=1.6, dark=0.6)
        pencil.hatch([(520, 962), (1080, 962), (1100, 990), (545, 992)], angle=25, gap=8, dark=0.35)
        pencil.hatch([(160, 932), (1478, 932), (1490, 950), (180, 952)], angle=25, gap=9, dark=0.3)
    with sheet.pencil(PEN, pen=True) as marker:
        _write(marker, "TUESDAY 13 JULY", (328, 222), 5.2, 9)
    with sheet.pencil("#2d3138", pen=True) as marker:
        _write(marker, "MORNING", (300, 430), 11.6, 17)
    with sheet.pencil("#6c7078") as ghost:
        _write(ghost, "DINNER", (470, 700), 5.5, 9, 0.09)
    return sheet.jpeg()


def _write(pencil: Pencil, words: str, at: Point, size: float, width: float, dark: float = 0.92) -> None:
    x, y = at
    chance = pencil.sheet.chance
    for letter in words:
        lift, lean = chance.uniform(-1, 1) * size * 0.6, chance.uniform(-0.03, 0.09)
        for stroke in LETTERS[letter]:
            path = [
                (x + px * size + (14 - py) * size * lean, y + py * size * 1.12 + lift) for px, py in stroke
            ]
            pencil.line(*path, width=width, dark=dark, drift=1.6)
        x += size * {" ": 8, "I": 8, "1": 9.5, "M": 14.5}.get(letter, 13.4)
