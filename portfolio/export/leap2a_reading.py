"""Reading Leap2A: what Mahara writes, and what `leap2a` writes.

Entries of journals become entries with their days, tags and drafts; comments stand beneath them;
pictures become photographs. What a diary has no place for is told.
"""

import datetime as dt
import hashlib
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from portfolio.domain.diary import photographs
from portfolio.domain.diary.entries import TAG_LONGEST, TAGS_MOST
from portfolio.domain.errors import ImportRefused, Said
from portfolio.domain.exchange import ImportBundle, ImportedComment, ImportedEntry
from portfolio.export.bag import DAMAGED, DIRECTORY_MOST, FILES_MOST, TOTAL_MOST, directory_size, refuse
from portfolio.export.fields import ID
from portfolio.export.from_html import Text, markdown_of_all
from portfolio.export.leap2a_comments import Comments
from portfolio.export.leap2a_feed import Item
from portfolio.export.leap2a_zip import Packed

ATTACHING = ("enclosure", "related", "has_attachment", "has_part")  # how an entry names its files


def read_leap2a(path: Path, most: int = TOTAL_MOST) -> ImportBundle:
    """The diary in a Leap2A zip of at most `most` bytes when unpacked; `remarks` say what was left aside.

    Nothing is unpacked to the disk. Raises ImportRefused with a sentence for each problem.
    """
    try:
        if directory_size(path) > FILES_MOST * DIRECTORY_MOST:
            raise ImportRefused(
                [Said("%(file)s: it has more than %(files)s files.", file=path.name, files=f"{FILES_MOST:,}")]
            )
        with zipfile.ZipFile(path) as opened:
            return _Reader(Packed(path, opened, most)).read()
    except DAMAGED:
        raise ImportRefused(
            [Said("%(file)s: this is not a zip file, or it is damaged.", file=path.name)]
        ) from None


class _Reader:
    def __init__(self, packed: Packed) -> None:
        self.packed, self.feed, self.items = packed, packed.feed, packed.items
        self.journals = [item for item in self.items.values() if _is_journal(item)]
        self.entries = [item for item in self.items.values() if _is_entry(item)]
        self.comments = Comments(self.feed, self.entries)
        self.remarks: list[str] = []
        self.taken = {item.id for item in (*self.journals, *self.entries)} | set(self.comments.all)
        # By entry: the addresses of pictures in its text, and the ids of their items
        self.shown = {item.id: packed.pictures_in(item.html) for item in self.entries}

    def read(self) -> ImportBundle:
        name = self.packed.path.name
        if not self.entries:
            raise ImportRefused([Said("%(file)s: there is no journal with entries in it.", file=name)])
        refuse(
            [
                Said("%(file)s: it has no date.", file=item.shown)
                for item in self.entries
                if _day_of(item) is None
            ]
        )
        texts = self._texts()
        public_ids = {item.id: self._id(item.id) for item in self.comments.taken}
        found = [
            self._entry(item, texts.get(item.id), self.comments.thread(item.id, texts, public_ids))
            for item in self.entries
        ]
        self._tell_the_rest()
        return ImportBundle(
            source="leap2a",
            name=name,
            entries=tuple(sorted(found, key=lambda entry: entry.entry_date)),
            owner_name=self.feed.author,
            remarks=(*self.remarks, *self.comments.remarks),
        )

    def _texts(self) -> dict[str, Text]:
        """The texts that came as HTML, by the item's id. What was written here came as Markdown."""
        items = [i for i in (*self.entries, *self.comments.taken) if i.own is None]
        payload = [(item.html, self._addresses(item)) for item in items]
        made = markdown_of_all(payload, self.packed.path.name)
        return {item.id: text for item, text in zip(items, made, strict=True)}

    def _addresses(self, item: Item) -> Mapping[str, str]:
        shown = self.shown.get(item.id, {})
        return {address: f"/photographs/{self._photograph_id(item, key)}" for address, key in shown.items()}

    def _entry(self, item: Item, text: Text | None, comments: tuple[ImportedComment, ...]) -> ImportedEntry:
        body = text.markdown if text else item.said("")
        title = item.title if item.own is None else item.said("title")
        own_id = item.id.removeprefix("portfolio:entry-")
        pictures = [
            picture
            for key in self._pictures(item, text)
            if (picture := self.packed.photograph(key, self._photograph_id(item, key)))
        ]
        if len(pictures) > photographs.PER_ENTRY_MOST:
            self.remarks.append(
                Said(
                    "%(file)s: it has more than %(count)s photographs; the others were left aside.",
                    file=item.shown,
                    count=photographs.PER_ENTRY_MOST,
                )
            )
        day = _day_of(item)
        assert day
        return ImportedEntry(
            source_key=f"{self.feed.base} {item.id}",
            source_name=item.shown,
            entry_date=day,
            title=title,
            body=body,
            sha256=hashlib.sha256(body.encode()).hexdigest(),
            stage_name=item.said("stage") or None,
            public_id=own_id if item.own is not None and ID.fullmatch(own_id) else None,
            tags=self._tags(item),
            created_at=item.created_at,
            written_at=item.changed_at,
            draft=("readiness", "Unready") in item.terms,
            comments=comments,
            photographs=tuple(pictures[: photographs.PER_ENTRY_MOST]),
        )

    def _pictures(self, item: Item, text: Text | None) -> list[str]:
        """The ids of an entry's pictures: those in its text, then those beside it. Other files are told."""
        for address in dict.fromkeys(text.lost if text else ()):
            self.remarks.append(
                Said(
                    "%(file)s: a picture of its text is not there (%(name)s).",
                    file=item.shown,
                    name=address[:80] or "?",
                )
            )
        keys = [self.shown[item.id][address] for address in (text.shown if text else ())]
        for address in item.linked(*ATTACHING):
            if address not in self.packed.files:
                continue
            if self.packed.picture(address):
                keys.append(address)
            elif address not in self.taken:
                self.remarks.append(
                    Said(
                        "%(file)s: “%(name)s” was left aside; only photographs stand with an entry here.",
                        file=item.shown,
                        name=self.packed.name_of(address),
                    )
                )
            self.taken.add(address)
        self.taken.update(keys)
        return list(dict.fromkeys(keys))

    def _tags(self, item: Item) -> tuple[str, ...]:
        named = list(item.tags)
        if len(self.journals) > 1:  # the diary is one; a tag says which of them it was in
            named += [
                journal.title[:TAG_LONGEST]
                for journal in self.journals
                if item.id in journal.linked("has_part") or journal.id in item.linked("is_part_of")
            ]
        tags = list(dict.fromkeys(filter(None, (" ".join(tag.replace("#", " ").split()) for tag in named))))
        good = [tag for tag in tags if len(tag) <= TAG_LONGEST][:TAGS_MOST]
        if len(good) < len(tags):
            left = ", ".join(tag[:TAG_LONGEST] for tag in tags if tag not in good)
            self.remarks.append(
                Said("%(file)s: these tags were left aside: %(tags)s.", file=item.shown, tags=left)
            )
        return tuple(good)

    def _tell_the_rest(self) -> None:
        """What a diary has no place for: pages, plans, files of no entry, what journals say of themselves."""
        for journal in self.journals:
            if journal.html.strip():
                self.remarks.append(
                    Said("The description of the journal “%(name)s” was left aside.", name=journal.title)
                )
        left = {key: item for key, item in self.items.items() if key not in self.taken}
        files = [key for key in left if key in self.packed.files]
        if files:
            self.remarks.append(
                Said("Files that stand with no entry were left aside (%(count)s).", count=len(files))
            )
        kinds = Counter(item.marker or item.kind or "?" for key, item in left.items() if key not in files)
        if kinds:
            listed = ", ".join(f"{kind[:40]} ({count})" for kind, count in sorted(kinds.items()))
            self.remarks.append(Said("Things of other kinds were left aside: %(kinds)s.", kinds=listed))

    def _photograph_id(self, item: Item, key: str) -> str:
        own_id = key.removeprefix("portfolio:file-")
        written_here = self.items[key].own is not None and ID.fullmatch(own_id)
        return own_id if written_here else self._id(item.id, key)

    def _id(self, *parts: str) -> str:
        """A public id that is the same whenever this file is read again."""
        return hashlib.sha256("\n".join((self.feed.base, *parts)).encode()).hexdigest()[:20]


def _is_journal(item: Item) -> bool:
    return item.kind == "selection" and (("selection_type", "Blog") in item.terms or item.marker == "blog")


def _is_entry(item: Item) -> bool:
    """A journal entry, or an entry of a program that does not mark its kinds."""
    return item.kind == "entry" and (
        item.marker == "blogpost" or not (item.marker or item.linked("reflects_on"))
    )


def _day_of(item: Item) -> dt.date | None:
    try:
        return dt.date.fromisoformat(item.said("date"))
    except ValueError:
        return item.day
