"""The pages of entries: most of a site, so what is alike in them is made once.

A page without comments, pictures and cross references is a pattern, rendered once, with the entry's own
words filled in; any other is rendered whole. Both come from one template.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from portfolio.export.environment import day_text, local_day
from portfolio.export.site_contents import Leaf, month_path, root_of
from portfolio.export.site_html import relinked, with_passages

if TYPE_CHECKING:
    from portfolio.export.site import Site


class EntryPages:
    def __init__(self, site: "Site") -> None:
        self.site = site
        self._cached: dict[tuple[Hashable, ...], str] = {}
        self._patterns: dict[tuple[str, str], list[str]] = {}

    def page(self, leaf: Leaf, before: Leaf | None, after: Leaf | None) -> bytes:
        entry, chapter, day = leaf.entry, leaf.chapter, leaf.entry.entry_date
        root = root_of(leaf.path)
        words, shown = relinked(entry.html, self.site.href(root), self.site.pictures_from(root))
        numbers: dict[str, int] = {}
        if entry.comments:
            words, numbers = with_passages(words, entry.comments)
        plates = [
            (root + quote(self.site.pictures[p.public_id][0]), p)
            for p in entry.photographs
            if p.public_id in self.site.pictures and p.public_id not in shown
        ]
        written_on = local_day(entry.written_at, self.site.portfolio.timezone)
        around = {"root": root, "entry": entry, "leaf": leaf}
        title = f'<h1 class="entry-title" lang="{leaf.title_lang}" dir="auto">{escape(leaf.title)}</h1>'
        ready = {
            "name": str(escape(leaf.title or day_text(day, self.site.portfolio.language))),
            "crumbs": self._part(
                "crumbs", chapter.path, day.year, day.month,
                root=root, chapter=chapter, month=day, month_href=month_path(day.year, day.month),
            ),
            "of_stage": f' data-stage="{chapter.sign}"' if chapter.sign else "",
            "ribbon": '<span class="ribbon" aria-hidden="true"></span>' if chapter.sign else "",
            "folio": self._part("folio", day, bool(leaf.title), entry=entry, titled=bool(leaf.title)),
            "title": title if leaf.title else "",
            "byline": self._part(
                "byline", chapter.path, entry.owner_name, entry.audiences, entry.draft,
                entry.threshold is not None, **around,
            ),
            "lang": leaf.lang,
            "words": words,
            "colophon": self._part(
                "colophon", entry.tags, entry.reflection_mode, entry.framework, entry.revision_number,
                written_on, written_on=written_on, **around,
            ),
            "before": self._turn(before, root, False) or "<span></span>",
            "after": self._turn(after, root, True),
        }  # fmt: skip
        later = [self.site.by_id[key] for key in entry.returned_to if key in self.site.by_id]
        if not (entry.comments or plates or entry.prompt or entry.threshold or entry.retells or later):
            return self._filled("entry", root, ready, lambda: self._context(leaf, root, {}, [], [])).encode()
        context = self._context(leaf, root, numbers, plates, later)
        context |= {name: Markup(text) for name, text in ready.items()}  # noqa: S704, escaped above
        return self.site.env.get_template("site/entry.html").render(**context).encode()

    def _context(
        self, leaf: Leaf, root: str, numbers: dict[str, int], plates: list[Any], later: list[Leaf]
    ) -> dict[str, Any]:
        """What the template asks for besides HTML that is ready."""
        entry, site = leaf.entry, self.site
        return site.around(root, leaf.path) | {
            "path": leaf.path,
            "entry": entry,
            "numbers": numbers,
            "plates": plates,
            "comments": [c for c in entry.comments if not c.withdrawn or c.replies],
            "comment_words": lambda comment: site.apart(comment.html, root, comment.public_id),
            "changed_since": lambda comment: comment.revision_number < entry.revision_number,
            "local": lambda moment: local_day(moment, site.portfolio.timezone),
            "earlier": site.by_id.get(entry.retells) if entry.retells else None,
            "pair": site.pair_of.get(entry.public_id),
            "later": later,
        }

    def _turn(self, leaf: Leaf | None, root: str, forward: bool) -> str:
        if leaf is None:
            return ""
        day = day_text(leaf.entry.entry_date, self.site.portfolio.language)
        who = f"{escape(leaf.entry.owner_name)} · " if self.site.reader else ""
        ready = {
            "href": f"{root}{leaf.href}", "told": f"{who}{day}", "lang": leaf.title_lang,
            "label": str(escape(leaf.label)),
        }  # fmt: skip
        return self._filled("_turn", str(forward), ready, lambda: {"forward": forward})

    def _filled(
        self, name: str, key: str, ready: Mapping[str, str], context: Callable[[], dict[str, Any]]
    ) -> str:
        """A template with HTML put in where it names `ready`: rendered once for a key, then only filled."""
        known = (name, key)
        if known not in self._patterns:
            marks = {field: f"\0{field}\0" for field in ready}  # no text has this character
            text = self.site.env.get_template(f"site/{name}.html").render(**context(), **marks)
            self._patterns[known] = text.split("\0")
        return "".join([ready[piece] if n % 2 else piece for n, piece in enumerate(self._patterns[known])])

    def _part(self, name: str, *key: Hashable, **context: Any) -> str:
        """A piece of an entry's page that others have too: made once for all of the same `key`."""
        known = (name, *key)
        if known not in self._cached:
            template = self.site.env.get_template(f"site/_{name}.html")
            self._cached[known] = template.render(site=self.site, **context)
        return self._cached[known]
