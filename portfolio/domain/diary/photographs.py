"""Photographs of an entry: decoded, turned upright, made small enough, and stripped of everything else.

What is stored is always a picture that was encoded here, so that no place, device, owner or
hidden tail of the upload survives (docs: GPS in EXIF is the usual way in which a ward is named).
"""

import contextlib
import datetime as dt
import hashlib
import io
import warnings
from typing import NamedTuple, cast

import PIL.Image
import PIL.ImageOps
from peewee import fn

from portfolio.domain import access, errors, records
from portfolio.domain.diary.loading import photograph_record
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store import database, files
from portfolio.store.diary import Entry, Photograph
from portfolio.store.portfolios import Edition, FrozenEdition

LONGEST_SIDE = 2400  # pixels: 20 cm at 300 dpi
PIXELS_MOST = 50_000_000
BYTES_MOST = 25 * 1024 * 1024
PER_ENTRY_MOST = 12
ALT_LONGEST = 500  # characters
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")  # what is read; no SVG, no HTML, nothing that can carry a script
JPEG_QUALITY = 86
# What of a file draws the picture; all else can carry something else
JPEG_PARTS = {bytes([marker]) for marker in (0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xDD)}
PNG_PARTS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}

PIL.Image.MAX_IMAGE_PIXELS = PIXELS_MOST


class Stored(NamedTuple):
    """A picture on the disk."""

    name: str
    media_type: str
    width: int  # pixels
    height: int
    size: int  # bytes
    sha256: str


def add_photograph(
    viewer: Viewer,
    entry_id: str,
    content: bytes,
    *,
    name: str = "",
    alt: str = "",
    caption: str = "",
    now: dt.datetime,
) -> records.Photograph:
    """Put a picture to one's own entry. Raises NotFound, Invalid."""
    entry = access.own_entry(viewer, entry_id)
    if Photograph.select().where(Photograph.entry == entry.id).count() >= PER_ENTRY_MOST:
        raise errors.Invalid(
            "An entry has at most %(count)s photographs.", field="photograph", count=PER_ENTRY_MOST
        )
    stored = write_file(*encode(content))
    try:
        row = store(viewer, entry, stored, name=name, alt=alt, caption=caption, now=now)
    except BaseException:
        files.remove(stored.name)
        raise
    return photograph_record(row)


def write_file(encoded: bytes, media_type: str, width: int, height: int) -> Stored:
    """Write what `encode` or `as_encoded_here` made to the disk, before any row names it."""
    name = files.write(encoded, ".png" if media_type == "image/png" else ".jpg")
    return Stored(name, media_type, width, height, len(encoded), hashlib.sha256(encoded).hexdigest())


def store(
    viewer: Viewer,
    entry: Entry,
    stored: Stored,
    *,
    name: str = "",
    alt: str = "",
    caption: str = "",
    public_id: str | None = None,
    now: dt.datetime,
) -> Photograph:
    """Put a picture that lies on the disk to an entry, as its last."""
    options = {"public_id": public_id} if public_id else {}
    with database.transaction():
        position = (
            Photograph.select(fn.COALESCE(fn.MAX(Photograph.position), 0))
            .where(Photograph.entry == entry.id)
            .scalar()
        )
        return Photograph.create(
            owner=viewer.user_id,
            entry=entry.id,
            position=position + 1,
            stored_name=stored.name,
            display_name=normalise(name).strip()[:200],
            media_type=stored.media_type,
            width=stored.width,
            height=stored.height,
            size=stored.size,
            sha256=stored.sha256,
            alt=normalise(alt).strip()[:ALT_LONGEST],
            caption=normalise(caption).strip()[:ALT_LONGEST],
            created_at=now,
            **options,
        )


def describe_photograph(viewer: Viewer, photograph_id: str, *, alt: str, caption: str) -> None:
    """Say what is in the picture, for those who don't see it. Raises NotFound."""
    row, _ = _own(viewer, photograph_id)
    Photograph.update(
        alt=normalise(alt).strip()[:ALT_LONGEST], caption=normalise(caption).strip()[:ALT_LONGEST]
    ).where(Photograph.id == row.id).execute()


def remove_photograph(viewer: Viewer, photograph_id: str) -> str:
    """Take a picture off one's own entry. Returns the entry's public id. Raises NotFound.

    It is gone for good, unless an edition holds it: then with the edition.
    """
    row, entry = _own(viewer, photograph_id)
    with database.transaction():
        row.delete_instance()
        if row.stored_name not in _held_by_editions(viewer):
            database.after_commit(lambda: files.remove(row.stored_name))
    return str(entry.public_id)


def _held_by_editions(viewer: Viewer) -> set[str]:
    """Stored names of the pictures that the viewer's editions froze."""
    query = FrozenEdition.select(FrozenEdition.photographs).join(Edition)
    return {name for row in query.where(Edition.owner == viewer.user_id) for name in row.photographs}


def photograph(viewer: Viewer, photograph_id: str, *, now: dt.datetime) -> records.Photograph:
    """A picture of an entry that the viewer may read. Raises NotFound."""
    row = Photograph.get_or_none(Photograph.public_id == photograph_id)
    if row is None or row.entry is None:
        raise errors.NotFound
    access.entry_for(viewer, row.entry.public_id, now=now)
    return photograph_record(row)


def encode(content: bytes) -> tuple[bytes, str, int, int]:
    """A picture encoded anew: bytes, media type, width and height in pixels.

    Raises Invalid for what is no picture, or too large.
    """
    if len(content) > BYTES_MOST:
        raise errors.Invalid(
            "A photograph has at most %(megabytes)s MB.", field="photograph", megabytes=BYTES_MOST // 1024**2
        )
    picture = _opened(content)
    with contextlib.suppress(Exception):  # of metadata that cannot be read there is none to follow
        picture = PIL.ImageOps.exif_transpose(picture) or picture
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), PIL.Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if picture.mode in ("RGBA", "LA", "P") and _see_through(picture):
        clean = PIL.Image.new("RGBA", picture.size)
        clean.paste(picture.convert("RGBA"))
        clean.save(buffer, "PNG", optimize=True)
        return buffer.getvalue(), "image/png", clean.width, clean.height
    clean = PIL.Image.new("RGB", picture.size)
    clean.paste(picture.convert("RGB"))
    clean.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    return buffer.getvalue(), "image/jpeg", clean.width, clean.height


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a picture in pixels. Raises Invalid for one that `encode` would refuse."""
    if len(content) > BYTES_MOST:
        raise errors.Invalid(
            "A photograph has at most %(megabytes)s MB.", field="photograph", megabytes=BYTES_MOST // 1024**2
        )
    return _opened(content).size


def as_encoded_here(content: bytes) -> tuple[bytes, str, int, int]:
    """A picture from an archive: kept byte for byte if it is what `encode` writes, else encoded anew."""
    picture = _opened(content)
    if max(picture.size) <= LONGEST_SIDE:
        if picture.format == "JPEG" and _bare_jpeg(content):
            return content, "image/jpeg", picture.width, picture.height
        if picture.format == "PNG" and _bare_png(content):
            return content, "image/png", picture.width, picture.height
    return encode(content)


def _bare_jpeg(content: bytes) -> bool:
    """Whether a JPEG holds what draws the picture, and not a byte more (ITU-T T.81, annex B)."""
    at = 2
    while content[at : at + 1] == b"\xff":
        marker = content[at + 1 : at + 2]
        if marker == b"\xd9":
            return at + 2 == len(content)
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if marker not in JPEG_PARTS or (marker == b"\xe0" and length != 16):  # JFIF without a thumbnail
            return False
        at += 2 + length
        while marker == b"\xda":  # the compressed picture runs up to the next marker
            at = content.find(b"\xff", at)
            if at < 0 or content[at + 1 : at + 2] not in b"\x00\xd0\xd1\xd2\xd3\xd4\xd5\xd6\xd7":
                break
            at += 2
    return False


def _bare_png(content: bytes) -> bool:
    """The same of a PNG (ISO/IEC 15948, 5.3)."""
    at = 8
    while content[at + 4 : at + 8] in PNG_PARTS:
        last = content[at + 4 : at + 8] == b"IEND"
        at += 12 + int.from_bytes(content[at : at + 4], "big")
        if last:
            return at == len(content)
    return False


def _opened(content: bytes) -> PIL.Image.Image:
    import pi_heif  # loads a decoder of some megabytes, needed here alone

    pi_heif.register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            picture = PIL.Image.open(io.BytesIO(content), formats=FORMATS)
            picture.load()
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise errors.Invalid(
            "This picture has more than %(count)s million pixels.",
            field="photograph",
            count=PIXELS_MOST // 10**6,
        ) from None
    except Exception:  # Pillow's decoders raise whatever comes to them
        raise errors.Invalid(
            "This is not a photograph that can be read. Use JPEG, PNG, WebP or HEIC.", field="photograph"
        ) from None
    return picture


def _see_through(picture: PIL.Image.Image) -> bool:
    alpha = picture.convert("RGBA").getchannel("A").getextrema()
    return bool(cast(tuple[int, int], alpha)[0] < 255)


def _own(viewer: Viewer, photograph_id: str) -> tuple[Photograph, Entry]:
    row = Photograph.get_or_none(
        (Photograph.public_id == photograph_id) & (Photograph.owner == viewer.user_id)
    )
    if row is None or row.entry is None:
        raise errors.NotFound
    return row, row.entry
