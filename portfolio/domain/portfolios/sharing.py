"""Share links: one edition, as a book or a site, for whoever has the address, until it ends.

The address holds 256 random bits, of which only the SHA-256 is kept; so nobody can read it out
of the tables again, its owner neither. Each request looks the row up: what is revoked, expired,
or belongs to somebody whose account is closed, ends at once.
"""

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal, cast

import argon2

from portfolio.domain import accounts, errors
from portfolio.domain.portfolios.freezing import EditionView, edition_view, own_edition
from portfolio.domain.portfolios.participants import participant_code
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store import database
from portfolio.store.accounts import User
from portfolio.store.portfolios import Edition, ShareLink

SharedAs = Literal["book", "site"]
TOKEN_BYTES = 32
LINK_DAYS_MOST = 365
LINK_DAYS = 30  # what is proposed
LINKS_MOST = 20  # open ones of an edition
LABEL_LONGEST = 120
PASSPHRASE_SHORTEST = accounts.PASSWORD_SHORTEST
PASSPHRASE_LONGEST = 128
FAILURES_MOST = 10  # wrong passphrases of a link within `FAILURES_WITHIN`
FAILURES_WITHIN = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as its owner sees it. Its address was told once, when it was made."""

    public_id: str
    document: SharedAs
    label: str
    passphrase: bool  # it asks for one
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    openings: int
    last_opened_at: dt.datetime | None
    open: bool


@dataclass(frozen=True, slots=True)
class SharedEdition:
    """What whoever has the address may know: whose edition it is, and its files."""

    link_id: str
    document: SharedAs
    owner_name: str  # of an anonymised one the participant code
    edition: EditionView
    stored_name: str  # of the book, or of the zip that holds the site; "" while the site is made
    size: int  # bytes
    expires_at: dt.datetime
    seal: str  # "" where no passphrase is asked for; else what proves that it was given


def make_link(
    viewer: Viewer,
    edition_id: str,
    *,
    document: str = "book",
    days: int = LINK_DAYS,
    passphrase: str = "",
    label: str = "",
    now: dt.datetime,
) -> tuple[LinkView, str]:
    """Make a link to one of the viewer's finished editions; returns it and its token, never told again.

    Raises NotFound, Invalid.
    """
    edition = own_edition(viewer, edition_id)
    if edition.stored_name is None:
        raise errors.NotFound
    if document not in ("book", "site"):
        raise errors.Invalid("There is no such document.", field="document")
    if not 1 <= days <= LINK_DAYS_MOST:
        raise errors.Invalid("A link lasts from 1 to %(most)s days.", field="days", most=LINK_DAYS_MOST)
    label = " ".join(normalise(label).split())
    if len(label) > LABEL_LONGEST:
        raise errors.Invalid("This has at most %(count)s characters.", field="label", count=LABEL_LONGEST)
    hashed = ""
    if passphrase:
        if len(passphrase) > PASSPHRASE_LONGEST:
            raise errors.Invalid(
                "A passphrase has at most %(count)s characters.",
                field="passphrase",
                count=PASSPHRASE_LONGEST,
            )
        if len(passphrase) < PASSPHRASE_SHORTEST:
            raise errors.Invalid(
                "A passphrase needs at least %(count)s characters.",
                field="passphrase",
                count=PASSPHRASE_SHORTEST,
            )
        try:
            accounts.check_password(passphrase, viewer.login, viewer.name)
        except errors.Invalid:
            raise errors.Invalid(
                "This passphrase is among the first that anybody would try. Choose another.",
                field="passphrase",
            ) from None
        hashed = accounts.hash_password(passphrase)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with database.transaction():
        database.in_turn(viewer.user_id)
        if ShareLink.select().where((ShareLink.edition == edition.id) & _live(now)).count() >= LINKS_MOST:
            raise errors.Invalid(
                "This edition has %(count)s open links. End one that is not needed any more.",
                count=LINKS_MOST,
            )
        link = ShareLink.create(
            edition=edition.id,
            document=document,
            token_hash=_hash(token),
            passphrase_hash=hashed,
            label=label,
            created_at=now,
            expires_at=now + dt.timedelta(days=days),
        )
        accounts.note(
            "share link made", now=now, actor=viewer.user_id, subject=link.public_id, document=document
        )
    return _view(link, now), token


def links_of(viewer: Viewer, edition_id: str, *, now: dt.datetime) -> list[LinkView]:
    """The links of one of the viewer's editions: open ones first, the newest first. Raises NotFound."""
    edition = own_edition(viewer, edition_id)
    rows = ShareLink.select().where(ShareLink.edition == edition.id).order_by(ShareLink.id.desc())
    return sorted((_view(row, now) for row in rows), key=lambda link: not link.open)


def open_links(viewer: Viewer, *, now: dt.datetime) -> dict[str, int]:
    """How many links are open to each of the viewer's editions, by its public id."""
    found: dict[str, int] = {}
    query = ShareLink.select(ShareLink, Edition).join(Edition)
    for row in query.where((Edition.owner == viewer.user_id) & _live(now)):
        found[row.edition.public_id] = found.get(row.edition.public_id, 0) + 1
    return found


def revoke_link(viewer: Viewer, link_id: str, *, now: dt.datetime) -> str:
    """End a link at once, for whoever is reading too; returns its edition's id. Raises NotFound."""
    row = (
        ShareLink.select(ShareLink, Edition)
        .join(Edition)
        .where((ShareLink.public_id == link_id) & (Edition.owner == viewer.user_id))
        .get_or_none()
    )
    if row is None:
        raise errors.NotFound
    with database.transaction():
        still_open = (ShareLink.id == row.id) & ShareLink.revoked_at.is_null()
        if ShareLink.update(revoked_at=now).where(still_open).execute():
            accounts.note("share link revoked", now=now, actor=viewer.user_id, subject=row.public_id)
    return str(row.edition.public_id)


def edition_shared(token: str, *, now: dt.datetime) -> SharedEdition:
    """The edition behind an address. Raises NotFound: never made, ended and closed look alike."""
    row = _row(token, now)
    edition = row.edition
    stored_name, size = (
        (edition.site_name, edition.site_size)
        if row.document == "site"
        else (edition.stored_name, edition.size)
    )
    return SharedEdition(
        row.public_id,
        cast(SharedAs, row.document),
        participant_code(edition.owner_id) if edition.variant == "anonymised" else edition.owner.name,
        edition_view(edition),
        stored_name or "",
        size,
        row.expires_at,
        _seal(row),
    )


def unlock(token: str, passphrase: str, *, now: dt.datetime) -> str:
    """Check a link's passphrase; returns the seal that proves it.

    Raises NotFound, Invalid for a wrong one, TooManyTries after ten of those in ten minutes.
    """
    row = _row(token, now)
    if not row.passphrase_hash:
        return ""
    fresh = row.failing_since is None or row.failing_since <= now - FAILURES_WITHIN
    if not fresh and row.failures >= FAILURES_MOST:
        raise errors.TooManyTries
    # Counted before it is checked, so that many at once are not one
    counted = {"failures": 1, "failing_since": now} if fresh else {"failures": ShareLink.failures + 1}
    ShareLink.update(counted).where(ShareLink.id == row.id).execute()
    try:
        accounts.hasher.verify(row.passphrase_hash, normalise(passphrase[:PASSPHRASE_LONGEST]))
    except argon2.exceptions.VerifyMismatchError:
        accounts.note("share link refused", now=now, subject=row.public_id)
        raise errors.Invalid("This is not the passphrase of this link.", field="passphrase") from None
    ShareLink.update(failures=0, failing_since=None).where(ShareLink.id == row.id).execute()
    return _seal(row)


def count_opening(shared: SharedEdition, *, now: dt.datetime) -> None:
    """Somebody has opened what a link leads to."""
    ShareLink.update(openings=ShareLink.openings + 1, last_opened_at=now).where(
        ShareLink.public_id == shared.link_id
    ).execute()


def wants_site(viewer: Viewer, edition_id: str) -> bool:
    """Whether an edition's site has still to be made. Raises NotFound."""
    return own_edition(viewer, edition_id).site_name is None


def _row(token: str, now: dt.datetime) -> ShareLink:
    row = (
        ShareLink.select(ShareLink, Edition, User)
        .join(Edition)
        .join(User)
        .where(
            (ShareLink.token_hash == _hash(token))
            & _live(now)
            & User.disabled_at.is_null()
            & Edition.stored_name.is_null(False)
        )
        .get_or_none()
    )
    if row is None:
        raise errors.NotFound("This link has ended.")
    return row


def _live(now: dt.datetime) -> object:
    return ShareLink.revoked_at.is_null() & (ShareLink.expires_at > now)


def _hash(token: str) -> str:
    """Plain SHA-256 is enough for 256 random bits; a look-up by it tells nothing by its time."""
    return hashlib.sha256(token.encode()).hexdigest()


def _seal(row: ShareLink) -> str:
    """Changes with link and passphrase, and tells neither."""
    if not row.passphrase_hash:
        return ""
    return hmac.new(row.passphrase_hash.encode(), row.token_hash.encode(), "sha256").hexdigest()


def _view(row: ShareLink, now: dt.datetime) -> LinkView:
    return LinkView(
        row.public_id,
        cast(SharedAs, row.document),
        row.label,
        bool(row.passphrase_hash),
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.openings,
        row.last_opened_at,
        row.revoked_at is None and row.expires_at > now,
    )
