"""The structure of a book: one tree of what all pieces say, in the order of reading."""

from collections.abc import Mapping, Sequence

from portfolio.export.pages import Part
from portfolio.export.pdf_file import PdfFile, string
from portfolio.export.pieces import Node

Marks = Mapping[tuple[int, int], tuple[int, int]]  # (part, its mark): page from 0, number there

_TRANSPARENT = ("Span", "NonStruct")


class Structure:
    """Writes the elements of all parts; `links` are the objects of (part, link)."""

    def __init__(
        self,
        file: PdfFile,
        pages: Sequence[int],
        marks: Marks,
        marked: Sequence[int],
        links: Mapping[tuple[int, int], int],
        first_key: int,
    ) -> None:
        self.file, self.pages, self.marks, self.links, self.first_key = file, pages, marks, links, first_key
        self.parents = [[0] * count for count in marked]  # of each page's marks
        self.keys = {annotation: first_key + place for place, annotation in enumerate(links.values())}
        self.link_parents = [0] * len(links)

    def write(self, parts: Sequence[Part], root: int, language: str) -> None:
        """Puts the tree as object `root`."""
        document = self.file.number()
        kids = [
            f"{self._element(number, node, document, language)} 0 R"
            for number, part in enumerate(parts)
            for node in part.piece.body.tree
        ]
        self.file.put(document, f"<</Type/StructElem/S/Document/P {root} 0 R/K[{' '.join(kids)}]>>")
        nums = [
            f"{number} [{' '.join(f'{n} 0 R' for n in elements)}]"
            for number, elements in enumerate(self.parents)
        ]
        nums += [f"{self.first_key + place} {n} 0 R" for place, n in enumerate(self.link_parents)]
        parents = self.file.add(f"<</Nums[{' '.join(nums)}]>>")
        following = self.first_key + len(self.link_parents)
        self.file.put(
            root,
            f"<</Type/StructTreeRoot/K[{document} 0 R]/ParentTree {parents} 0 R"
            f"/ParentTreeNextKey {following}>>",
        )

    def _element(self, part: int, node: Node, parent: int, language: str) -> int:
        number = self.file.number()
        own = str(node.attributes.get("Lang", language))
        kids: list[str] = []
        page = self._gather(part, node, number, own, kids, None)
        entries = f"/Type/StructElem/S/{node.tag}/P {parent} 0 R"
        if page is not None:
            entries += f"/Pg {self.pages[page]} 0 R"
        if own != language:
            entries += f"/Lang{string(own)}"
        for name in ("Alt", "ActualText"):
            if name in node.attributes:
                entries += f"/{name}{string(node.attributes[name])}"
        if "ID" in node.attributes:
            entries += f"/ID{string(f'{part}-' + node.attributes['ID'])}"
        table = ""
        if "Headers" in node.attributes:
            table += f"/Headers[{''.join(string(f'{part}-{h}') for h in node.attributes['Headers'])}]"
        if "Scope" in node.attributes:
            table += f"/Scope/{node.attributes['Scope']}"
        for name in ("ColSpan", "RowSpan"):
            if name in node.attributes:
                table += f"/{name} {node.attributes[name]}"
        if table:
            entries += f"/A<</O/Table{table}>>"
        self.file.put(number, f"<<{entries}/K[{' '.join(kids)}]>>")
        return number

    def _gather(
        self, part: int, node: Node, number: int, language: str, kids: list[str], page: int | None
    ) -> int | None:
        """Adds a node's kids to those of element `number`; returns the page that its marks are on.

        Elements that say nothing of their own are passed through.
        """
        for kid in node.kids:
            if isinstance(kid, Node):
                silent = kid.tag in _TRANSPARENT and not kid.attributes.keys() - {"Lang"}
                if silent and kid.attributes.get("Lang", language) == language:
                    page = self._gather(part, kid, number, language, kids, page)
                else:
                    kids.append(f"{self._element(part, kid, number, language)} 0 R")
            elif kid < 0:
                annotation = self.links.get((part, -1 - kid))
                if annotation is not None:
                    self.link_parents[self.keys[annotation] - self.first_key] = number
                    kids.append(f"<</Type/OBJR/Obj {annotation} 0 R>>")
            elif (part, kid) in self.marks:
                on, mark = self.marks[part, kid]
                self.parents[on][mark] = number
                page = on if page is None else page
                kids.append(str(mark) if on == page else f"<</Type/MCR/Pg {self.pages[on]} 0 R/MCID {mark}>>")
        return page
