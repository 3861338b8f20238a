"""The comments of a Leap2A feed: which entry each is about, and what it answers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast, get_args

from portfolio.domain.errors import ImportRefused, Said
from portfolio.domain.exchange import ImportedComment
from portfolio.domain.records import Role
from portfolio.export.fields import ID
from portfolio.export.from_html import Text
from portfolio.export.leap2a_feed import Feed, Item

THREADS_MOST = 20  # answers beneath answers
OTHER_ROLE: Role = "mentor"  # of who commented elsewhere, where the file does not say


class Comments:
    """`about`: an entry's id to the comments on it. `remarks` tell what was left aside."""

    def __init__(self, feed: Feed, entries: list[Item]) -> None:
        self.feed = feed
        self.about: dict[str, list[Item]] = {item.id: [] for item in entries}
        self.remarks: list[str] = []
        self._above: dict[str, str] = {}
        self.all = {item.id: item for item in feed.items if item.marker == "comment"}
        hidden = elsewhere = unsaid = 0
        for item in self.all.values():
            target = self._target(item)
            if ("audience", "Private") in item.terms:
                hidden += 1
            elif target not in self.about:
                elsewhere += 1
            else:
                self.about[target].append(item)
                unsaid += not self._is_own(item) and not item.said("role")
                if item.said("answers"):
                    self._above[item.id] = f"portfolio:comment-{item.said('answers')}"
        if hidden:
            self.remarks.append(
                Said(
                    "Private comments were left aside (%(count)s): "
                    "here, who may read an entry reads its comments.",
                    count=hidden,
                )
            )
        if elsewhere:
            self.remarks.append(
                Said("Comments that are not about an entry were left aside (%(count)s).", count=elsewhere)
            )
        if unsaid:
            self.remarks.append(
                Said(
                    "The file does not say in which role people commented (%(count)s); "
                    "they stand as mentors’, marked as imported.",
                    count=unsaid,
                )
            )

    @property
    def taken(self) -> list[Item]:
        return [item for items in self.about.values() for item in items]

    def _target(self, item: Item) -> str:
        """What a comment is about in the end: some programs let an answer reflect on a comment."""
        targets = item.linked("reflects_on")
        target = targets[0] if len(targets) == 1 else ""
        for _ in range(THREADS_MOST):
            if target not in self.all:
                return target
            self._above.setdefault(item.id, target)
            target = next(iter(self.all[target].linked("reflects_on")), "")
        return ""

    def thread(
        self, entry_id: str, texts: Mapping[str, Text], public_ids: Mapping[str, str]
    ) -> tuple[ImportedComment, ...]:
        """The comments on an entry, oldest first, answers beneath what they answer. Raises ImportRefused."""
        items = self.about[entry_id]
        made = {item.id: self._comment(item, texts.get(item.id), public_ids[item.id]) for item in items}
        depth: dict[str, int] = {}
        beneath: dict[str, list[str]] = {"": []}
        for key in sorted(made, key=lambda key: made[key].written_at):
            target = self._above.get(key, "")
            # An answer is later than what it answers; one that is not, or lies too deep, stands by itself
            target = target if 0 < depth.get(target, 0) < THREADS_MOST else ""
            depth[key] = depth.get(target, 0) + 1
            beneath.setdefault(target, []).append(key)
        for key in reversed(depth):
            made[key] = replace(made[key], replies=tuple(made[reply] for reply in beneath.get(key, ())))
        return tuple(made[key] for key in beneath[""])

    def _is_own(self, item: Item) -> bool:
        return not item.author or item.author == self.feed.author

    def _comment(self, item: Item, text: Text | None, public_id: str) -> ImportedComment:
        if item.created_at is None:
            raise ImportRefused([Said("%(file)s: it has no date.", file=item.shown)])
        mine, role = self._is_own(item), item.said("role")
        own_id = item.id.removeprefix("portfolio:comment-")
        return ImportedComment(
            public_id=own_id if item.own is not None and ID.fullmatch(own_id) else public_id,
            author_name=self.feed.author if mine else item.author,
            author_role=cast(Role, role) if role in get_args(Role) else "mentee" if mine else OTHER_ROLE,
            own=mine,
            written_at=item.created_at,
            revision_number=1,
            body=text.markdown if text else item.said(""),
            quoted=item.said("quoted") or None,
            withdrawn=item.said("withdrawn") == "yes",
        )
