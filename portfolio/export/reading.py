"""What the tree of a piece says: its marks by their own numbers, languages, letters as they are read."""

from typing import Any

from portfolio.export.pieces import Node
from portfolio.export.scripts import runs_left, spoken

Written = tuple[str, str]  # of a run: the language that is declared, the text in the order of reading


def written(box: Any) -> Written:
    """What the document says of a box that is drawn as one run; a picture has no text."""
    return box.style["lang"] or "", getattr(box, "text", "")


def attributes(drawn: str, run: Written) -> dict[str, str]:
    """What a run of text says of itself: its language, and its letters where they are drawn backwards."""
    declared, text = run
    found = {"Lang": language} if (language := spoken(drawn, declared)) else {}
    return found | {"ActualText": text} if runs_left(text) else found


def renumbered(
    node: Node, order: dict[int, int], said: dict[int, dict[str, str]], head: bool = False
) -> Node:
    """The node with the piece's own numbers of marks, its language, and what its table's heads belong to."""
    kids: list[Node | int] = []
    found = node.attributes
    head = head or node.tag == "THead"
    if node.tag == "TH":
        found = found | {"Scope": "Column" if head else "Row"}
    for kid in node.kids:
        if isinstance(kid, Node):
            kids.append(renumbered(kid, order, said, head))
        elif kid >= 0:
            kids.append(order[kid])
            own = said.get(kid, {})
            # A link may hold several runs, of which one cannot speak for all
            found = found | {n: own[n] for n in own if n == "Lang" or node.tag != "Link"}
        else:
            kids.append(kid)
    return Node(node.tag, tuple(kids), found)
