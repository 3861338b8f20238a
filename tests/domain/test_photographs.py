"""Photographs: what is stored is the picture, and nothing else that came with it."""

import base64
import hashlib
import io
import pathlib
import struct
import zlib

import PIL.Image
import pytest

from portfolio.domain import diary, errors
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import Photograph
from portfolio.store import files
from tests.conftest import NOW, People

HEIC = base64.b64decode(  # 32 × 24 pixels, red above and blue below, as a telephone writes them
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "AA5waXRtAAAAAAACAAAAEGlkYXQAAAAAACAAGAAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAHOAAEAAAAAAAAASAACAAEAAAAAAAAA"
    "AQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5mZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAAAADVaXBycAAA"
    "ALNpcGNvAAAAc2h2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAAAQAYQAEMAf//A3AAAAMAkAAAAwAAAwAeugJAIQABACdCAQED"
    "cAAAAwCQAAADAAADAB6gIIEFluqumubAgAAAAwCAAAADAIQiAAEABkQBwXPBiQAAABRpc3BlAAAAAAAAAEAAAABAAAAAFGlzcGUA"
    "AAAAAAAAIAAAABgAAAAQcGl4aQAAAAADCAgIAAAAGmlwbWEAAAAAAAAAAgABAoECAAICA4QAAAAaaXJlZgAAAAAAAAAOZGltZwAC"
    "AAEAAQAAAFBtZGF0AAAARCgBrxMhbURA9TJgwvt2Kv7E/NO4ivlvVx+OVo0Mx0D3HAnJRn42FP+gXLmj9xpzDKy/1IDmzyHthdvN"
    "tkCSVfMQf6DA"
)
CANARY = b"bed four, Renmin Hospital"


def picture(
    mode: str = "RGB", size: tuple[int, int] = (64, 48), colour: object = (180, 40, 40)
) -> PIL.Image.Image:
    return PIL.Image.new(mode, size, colour)  # type: ignore[arg-type]


def saved(image: PIL.Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def located() -> bytes:
    """A JPEG that says where it was taken, with which telephone, by whom, and in four other places besides."""
    exif = PIL.Image.Exif()
    exif[0x010F], exif[0x013B] = "Telephone", CANARY.decode()
    exif[0x8825] = {1: "N", 2: (31.0, 14.0, 3.0), 3: "E", 4: (121.0, 28.0, 25.0)}
    content = saved(
        picture(), exif=exif, comment=CANARY, icc_profile=CANARY * 20, xmp=b"<x>" + CANARY + b"</x>"
    )
    assert b"31" in repr(PIL.Image.open(io.BytesIO(content)).getexif().get_ifd(0x8825)).encode()
    return content


@pytest.fixture
def entry_id(people: People) -> str:
    return diary.keep_entry(people.mei, Draft(body="The corridor"), creation_key="a", now=NOW).entry_id


def add(people: People, entry_id: str, content: bytes, **said: str) -> Photograph:
    return photographs.add_photograph(people.mei, entry_id, content, now=NOW, **said)


def stored(photograph: Photograph) -> bytes:
    return pathlib.Path(photograph.path).read_bytes()


def test_place_device_and_owner_do_not_survive(people: People, entry_id: str) -> None:
    content = located()
    assert CANARY in content
    kept = stored(add(people, entry_id, content))
    image = PIL.Image.open(io.BytesIO(kept))
    assert (CANARY in kept, dict(image.getexif())) == (False, {})
    assert set(image.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
        "progression",
    }
    assert image.convert("RGB").getpixel((5, 5)) == pytest.approx((180, 40, 40), abs=6)


def test_broken_metadata_does_not_spoil_a_picture(people: People, entry_id: str) -> None:
    broken = with_chunk(saved(picture("RGBA", colour=(1, 2, 3, 4)), "PNG"), b"eXIf")
    assert add(people, entry_id, broken).width == 64


def test_a_telephone_held_sideways_gives_an_upright_picture(people: People, entry_id: str) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    shown = add(people, entry_id, saved(picture(size=(64, 48)), exif=exif))
    assert (shown.width, shown.height) == (48, 64)
    assert PIL.Image.open(shown.path).size == (48, 64)


@pytest.mark.parametrize(
    "tail", [b"<script>alert(1)</script>", b"PK\x03\x04" + CANARY, b"%PDF-1.7\n" + CANARY + b"\xff\xd9"]
)
def test_what_hangs_on_behind_a_picture_is_cut_off(people: People, entry_id: str, tail: bytes) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        kept = stored(add(people, entry_id, saved(picture(), kind) + tail))
        assert tail not in kept
        assert b"script" not in kept and CANARY not in kept


def test_the_picture_of_an_iphone_is_read(people: People, entry_id: str) -> None:
    shown = add(people, entry_id, HEIC, name="IMG_0042.HEIC")
    assert (shown.media_type, shown.width, shown.height) == ("image/jpeg", 32, 24)
    image = PIL.Image.open(shown.path).convert("RGB")
    red, _, blue = image.getpixel((16, 1))  # type: ignore[misc]
    assert red > 200 > 60 > blue


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_every_kind_of_pixel_is_taken(people: People, entry_id: str, mode: str) -> None:
    colour = {"CMYK": (0, 200, 200, 40), "RGBA": (9, 9, 9, 255), "LA": (9, 255)}.get(mode, 1)
    shown = add(people, entry_id, saved(picture(mode, colour=colour), "JPEG" if mode == "CMYK" else "PNG"))
    assert (shown.media_type, shown.width) == ("image/jpeg", 64)


def test_what_can_be_seen_through_stays_so(people: People, entry_id: str) -> None:
    shown = add(people, entry_id, saved(picture("RGBA", colour=(180, 40, 40, 128)), "PNG"))
    assert shown.media_type == "image/png"
    assert PIL.Image.open(shown.path).getpixel((1, 1)) == (180, 40, 40, 128)


def test_a_large_picture_is_made_fit_for_print(people: People, entry_id: str) -> None:
    shown = add(people, entry_id, saved(picture(size=(3000, 1500))))
    assert (shown.width, shown.height) == (2400, 1200)


def bomb() -> bytes:
    """A PNG of 72 million black pixels in 70 kB."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    side = 8500
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    lines = zlib.compress(b"\x00" * (side + 1) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", lines) + part(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (SVG, "not a photograph"),
        (b"<html><script>alert(1)</script></html>", "not a photograph"),
        (b"", "not a photograph"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not a photograph"),
        (saved(picture())[:200], "not a photograph"),
        (saved(picture(), "BMP"), "not a photograph"),
        (saved(picture(), "PDF"), "not a photograph"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run", "not a photograph"),
        (bomb(), "more than 50 million pixels"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * (25 * 1024 * 1024), "at most 25 MB"),
    ],
    ids=["svg", "html", "nothing", "gif", "half", "bmp", "pdf", "postscript", "bomb", "huge"],
)
def test_what_is_no_photograph_is_refused_and_leaves_nothing(
    people: People, entry_id: str, content: bytes, reason: str
) -> None:
    with pytest.raises(errors.Invalid, match=reason) as refusal:
        add(people, entry_id, content, name="photo.jpg")
    assert refusal.value.field == "photograph"
    assert list(files.root().glob("*/*")) == []
    assert diary.entry_page(people.mei, entry_id, now=NOW).entry.photographs == ()


@pytest.mark.parametrize("name", ["../../../etc/passwd", "عکس.jpg", "C:\\x.exe", "a\x00.php", "x" * 999, ""])
def test_the_name_of_an_upload_never_reaches_the_disk(people: People, entry_id: str, name: str) -> None:
    shown = add(people, entry_id, saved(picture()), name=name)
    path = pathlib.Path(shown.path)
    assert path.parent.parent == files.root()
    assert path.suffix == ".jpg" and len(path.stem) == 32
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "a" * 32, "a" * 32 + ".svg", "A" * 32 + ".jpg", "", "/etc/passwd"]
)
def test_only_stored_names_lead_to_a_file(people: People, name: str) -> None:
    with pytest.raises(ValueError, match="not a stored name"):
        files.path_of(name)
    with pytest.raises(ValueError, match="are not stored"):
        files.new_name(".svg")


def test_an_entry_has_a_dozen_photographs_in_their_order(people: People, entry_id: str) -> None:
    shown = [add(people, entry_id, saved(picture()), alt=f" Bed {n} ") for n in range(12)]
    with pytest.raises(errors.Invalid, match="at most 12 photographs"):
        add(people, entry_id, saved(picture()))
    held = diary.entry_page(people.mei, entry_id, now=NOW).entry.photographs
    assert held == tuple(shown)
    assert [p.alt for p in held] == [f"Bed {n}" for n in range(12)]
    assert all(hashlib.sha256(stored(p)).hexdigest() == p.sha256 for p in held)


def test_a_photograph_is_described_and_taken_off_for_good(people: People, entry_id: str) -> None:
    shown = add(people, entry_id, saved(picture()))
    photographs.describe_photograph(people.mei, shown.public_id, alt=" A lamp ", caption="x" * 600)
    held = photographs.photograph(people.mei, shown.public_id, now=NOW)
    assert (held.alt, len(held.caption)) == ("A lamp", 500)
    assert photographs.remove_photograph(people.mei, shown.public_id) == entry_id
    assert not pathlib.Path(shown.path).exists()
    with pytest.raises(errors.NotFound):
        photographs.photograph(people.mei, shown.public_id, now=NOW)


def test_a_photograph_shows_in_the_text_of_its_own_entry_alone(people: People, entry_id: str) -> None:
    shown = add(people, entry_id, saved(picture()))
    body = f"![A lamp](/photographs/{shown.public_id})"
    version = diary.entry_version(people.mei, entry_id)
    html = diary.save_entry(people.mei, entry_id, Draft(body=body), version=version, now=NOW).html
    assert f'src="/photographs/{shown.public_id}"' in html
    other = diary.keep_entry(people.mei, Draft(body=body), creation_key="b", now=NOW)
    assert "<img" not in other.html


# ---------------------------------------------------------------- from an archive


def with_segment(content: bytes, marker: int) -> bytes:
    """A JPEG with one more segment behind its beginning."""
    return content[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(CANARY) + 2) + CANARY + content[2:]


def with_chunk(content: bytes, kind: bytes) -> bytes:
    chunk = struct.pack(">I", len(CANARY)) + kind + CANARY + struct.pack(">I", zlib.crc32(kind + CANARY))
    return content[:33] + chunk + content[33:]


def test_what_was_encoded_here_comes_back_byte_for_byte() -> None:
    for content in (located(), saved(picture("RGBA", colour=(1, 2, 3, 4)), "PNG"), HEIC):
        encoded = photographs.encode(content)
        assert photographs.as_encoded_here(encoded[0]) == encoded


@pytest.mark.parametrize("marker", [0xE1, 0xE2, 0xE5, 0xEB, 0xED, 0xEE, 0xEF, 0xFE])
def test_no_segment_of_a_jpeg_carries_anything_in(marker: int) -> None:
    bare = photographs.encode(located())[0]
    kept = photographs.as_encoded_here(with_segment(bare, marker))[0]
    assert CANARY not in kept


@pytest.mark.parametrize("kind", [b"tEXt", b"eXIf", b"prVt", b"puBl"])
def test_no_chunk_of_a_png_carries_anything_in(kind: bytes) -> None:
    bare = photographs.encode(saved(picture("RGBA", colour=(1, 2, 3, 4)), "PNG"))[0]
    kept = photographs.as_encoded_here(with_chunk(bare, kind))[0]
    assert CANARY not in kept


@pytest.mark.parametrize("tail", [CANARY, CANARY + b"\xff\xd9", CANARY + b"IEND\xaeB`\x82"])
def test_nothing_comes_in_behind_a_picture_of_an_archive(tail: bytes) -> None:
    for content in (located(), saved(picture("RGBA", colour=(1, 2, 3, 4)), "PNG")):
        bare = photographs.encode(content)[0]
        assert CANARY not in photographs.as_encoded_here(bare + tail)[0]


def test_a_picture_too_large_for_print_is_made_smaller_on_the_way_in() -> None:
    assert photographs.as_encoded_here(saved(picture(size=(3000, 30))))[2:] == (2400, 24)
