"""Bookmarks."""

from collections.abc import Callable, Sequence

from portfolio.export.pdf_file import PdfFile, string

Item = tuple[int, str, int, float]  # level from 1, label, page from 0, points from the page's top


def write_outline(file: PdfFile, items: Sequence[Item], goal: Callable[[int, float], str]) -> int:
    """The number of the outline's object; 0 without bookmarks. `goal`: a destination as PDF."""
    if not items:
        return 0
    root = file.number()
    numbers = [file.number() for _item in items]
    children: dict[int, list[int]] = {-1: []}
    above: list[int] = []
    place_among: list[tuple[int, int]] = []  # parent, place among its children
    for place, item in enumerate(items):
        while above and items[above[-1]][0] >= item[0]:
            above.pop()
        parent = above[-1] if above else -1
        place_among.append((parent, len(children[parent])))
        children[parent].append(place)
        children[place] = []
        above.append(place)
    for place, (_level, label, page, y) in enumerate(items):
        parent, at = place_among[place]
        siblings, below = children[parent], children[place]
        entries = f"/Title{string(label)}/Parent {numbers[parent] if parent >= 0 else root} 0 R"
        entries += f"/Dest{goal(page, y)}"
        if at:
            entries += f"/Prev {numbers[siblings[at - 1]]} 0 R"
        if at + 1 < len(siblings):
            entries += f"/Next {numbers[siblings[at + 1]]} 0 R"
        if below:
            # Closed at first: a diary of years has thousands
            entries += f"/First {numbers[below[0]]} 0 R/Last {numbers[below[-1]]} 0 R/Count {-len(below)}"
        file.put(numbers[place], f"<<{entries}>>")
    top = children[-1]
    file.put(
        root, f"<</Type/Outlines/First {numbers[top[0]]} 0 R/Last {numbers[top[-1]]} 0 R/Count {len(top)}>>"
    )
    return root
