"""Picture files before they are decoded: what they are, how large, and whether a reader may be let loose.

A file within the limits of size can keep a reader busy for minutes: with a million empty chunks, or
with a thousand passes over every pixel. No program writes such files; they are refused here.
"""

import re

MEGA = 1_000_000
# A WebP file is decoded into four copies of four bytes a pixel, the others into two at most.
MAXIMUM_PIXELS = {"PNG": 50_000_000, "JPEG": 50_000_000, "WEBP": 25_000_000}
NAMES = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP"}
# Parts beside the pixels: colour profiles, comments, thumbnails.
MAXIMUM_PARTS = 500
MAXIMUM_CHUNKS = 100_000
# A photograph has 1 scan, or about 10 if progressive; each is a pass over every pixel.
MAXIMUM_SCANS = 100
LONGEST_GAP = 1_000

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_FRAMES = (b"IDAT", b"fdAT", b"fcTL")
# A marker of JPEG that begins a segment; stuffed zeros, restarts and fill bytes begin none.
_SEGMENT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
_START_OF_SCAN, _END_OF_IMAGE, _START_OF_IMAGE = b"\xda", b"\xd9", b"\xd8"


class PictureFileError(ValueError):
    """A picture file that is not read, in one line for the person who brought it."""


def kind_of(content: bytes) -> str:
    """The format by the first bytes: "PNG", "JPEG" or "WEBP". Raises PictureFileError for anything else."""
    if content.startswith(_PNG_SIGNATURE):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    what = "the file is no picture of a kind that is read here" if content else "the file is empty"
    raise PictureFileError(f"{what}: expected a PNG, JPEG or WebP file")


def check_parts(kind: str, content: bytes) -> None:
    """Raise PictureFileError for a file that a reader would be busy with for long, or is too large for.

    PNG and JPEG files say their size to whoever opens them: see ``check_size``.
    """
    if kind == "WEBP":
        # Its reader takes the memory for all pixels as soon as it opens a file.
        check_size(kind, _webp_size(content))
    elif kind == "JPEG":
        _check_segments(content)
    else:
        _check_chunks(content)


def check_size(kind: str, size: tuple[int, int]) -> None:
    """Raise PictureFileError for a picture (width, height) of too many pixels."""
    width, height = size
    if width * height > MAXIMUM_PIXELS[kind]:
        raise too_many_pixels(kind, f"{width:,} × {height:,} pixels, {width * height / MEGA:.0f} megapixels")


def too_many_pixels(kind: str, found: str) -> PictureFileError:
    """The error for a picture that has ``found``."""
    most = MAXIMUM_PIXELS[kind] // MEGA
    return PictureFileError(
        f"the picture has {found}: a {NAMES[kind]} file may have {most} megapixels, save it smaller"
    )


def damaged(kind: str) -> PictureFileError:
    """The error for a file that cannot be decoded."""
    return PictureFileError(
        f"this {NAMES[kind]} file is damaged or cut short: save or send the picture once more"
    )


def _overloaded(kind: str, found: str) -> PictureFileError:
    return PictureFileError(
        f"this {NAMES[kind]} file has {found}: save the picture once more, as a plain one"
    )


def _check_chunks(content: bytes) -> None:
    """Count the chunks of a PNG file, and those without pixels (PNG specification, section 5.3)."""
    place, parts, chunks = len(_PNG_SIGNATURE), 0, 0
    while place + 8 <= len(content):
        parts += content[place + 4 : place + 8] not in _PNG_FRAMES
        chunks += 1
        if parts > MAXIMUM_PARTS:
            raise _overloaded("PNG", f"more than {MAXIMUM_PARTS:,} chunks beside its pixels")
        if chunks > MAXIMUM_CHUNKS:
            raise _overloaded("PNG", f"more than {MAXIMUM_CHUNKS:,} chunks")
        # Length and name before the data, a checksum after.
        place += 12 + int.from_bytes(content[place : place + 4], "big")


def _check_segments(content: bytes) -> None:
    """Count the segments and scans of a JPEG file (ITU-T T.81, annex B)."""
    place, parts, scans = 2, 0, 0
    while found := _SEGMENT.search(content, place):
        kind = found[1]
        if kind in (_END_OF_IMAGE, _START_OF_IMAGE):
            return
        if not scans and found.start() - place > LONGEST_GAP:
            raise damaged("JPEG")
        parts += 1
        scans += kind == _START_OF_SCAN
        if scans > MAXIMUM_SCANS:
            raise _overloaded("JPEG", f"more than {MAXIMUM_SCANS} scans")
        if parts > MAXIMUM_PARTS:
            raise _overloaded("JPEG", f"more than {MAXIMUM_PARTS:,} segments")
        place = found.end() + int.from_bytes(content[found.end() : found.end() + 2], "big")


def _webp_size(content: bytes) -> tuple[int, int]:
    """(width, height) that the first chunk of a WebP file declares (RFC 9649, sections 2.5 to 2.7)."""
    chunk, head = content[12:16], content[20:30]
    if len(head) == 10:
        if chunk == b"VP8X":
            return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
        if chunk == b"VP8L" and head[0] == 0x2F:
            sides = int.from_bytes(head[1:5], "little")
            return 1 + (sides & 0x3FFF), 1 + (sides >> 14 & 0x3FFF)
        if chunk == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
            return (
                int.from_bytes(head[6:8], "little") & 0x3FFF,
                int.from_bytes(head[8:10], "little") & 0x3FFF,
            )
    raise damaged("WEBP")
