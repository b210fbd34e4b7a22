"""Reading pictures that people bring: every kind that is taken, every hostile kind that is not."""

import io
import struct
import subprocess
import sys
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import REPOSITORY
from vae_core.images.files import MAXIMUM_CHUNKS, MAXIMUM_PARTS, MAXIMUM_SCANS, check_parts, kind_of
from vae_core.images.uploads import KEPT_SIDE, MAXIMUM_BYTES, Picture, read_picture

GREEN, TRANSPARENT = (10, 200, 60), (0, 0, 0, 0)


def saved(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def gradient(width=40, height=30):
    """Each pixel its own colour, smooth enough for JPEG."""
    rows, columns = np.indices((height, width))
    colours = np.stack([rows * 200 // height, columns * 200 // width, 0 * rows + 90], axis=-1)
    return Image.fromarray(colours.astype(np.uint8))


def chunk(name, data=b""):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of_size(width, height):
    """A PNG file that declares a size, and holds hardly any pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND")


def jpeg_of_size(width, height):
    content = saved(Image.new("RGB", (8, 8)), "JPEG")
    frame = content.index(b"\xff\xc0")
    return content[: frame + 5] + struct.pack(">HH", height, width) + content[frame + 9 :]


def webp_of_size(kind, width, height):
    if kind == b"VP8X":
        body = struct.pack("<I", 0) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + bytes(5)
    else:
        body = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return b"RIFF" + struct.pack("<I", 12 + len(body)) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


def before_pixels(content, extra):
    """A PNG file with ``extra`` before its first pixels."""
    place = content.index(b"IDAT") - 4
    return content[:place] + extra + content[place:]


def assert_is_picture(picture):
    assert isinstance(picture, Picture)
    pixels = picture.pixels
    assert pixels.dtype == np.float32
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert min(pixels.shape) >= 1
    assert max(pixels.shape) <= KEPT_SIDE
    assert np.isfinite(pixels).all()
    assert pixels.min() >= 0
    assert pixels.max() <= 1


def refusal(content):
    with pytest.raises(ValueError, match=r".") as error:
        read_picture(content)
    words = str(error.value)
    assert "\n" not in words
    assert 20 < len(words) < 200
    return words


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("JPEG", {"quality": 95, "subsampling": 0}, 0.03),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, 0.03),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 0.05),
    ],
)
def test_each_format_gives_its_pixels(kind, options, tolerance):
    image = gradient()
    picture = read_picture(saved(image, kind, **options))
    assert_is_picture(picture)
    assert picture.notes == ()
    np.testing.assert_allclose(picture.pixels, np.asarray(image) / np.float32(255), atol=tolerance + 1e-6)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_of_one_pixel(kind):
    picture = read_picture(saved(Image.new("RGB", (1, 1), GREEN), kind))
    assert picture.pixels.shape == (1, 1, 3)
    np.testing.assert_allclose(picture.pixels[0, 0] * 255, GREEN, atol=8)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_was_held(kind, orientation):
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16] = 255
    # How the camera stored it (EXIF 2.32, tag 0x0112): the value tells where row 0 and column 0 lie.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    content = saved(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif, **options)
    np.testing.assert_allclose(read_picture(content).pixels, upright / 255, atol=0.02)


def test_a_large_picture_that_lies_on_its_side_is_turned_after_it_was_made_smaller():
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.zeros((600, 2400, 3), np.uint8)
    stored[:, 1200:] = 255
    picture = read_picture(saved(Image.fromarray(stored), exif=exif))
    assert picture.pixels.shape == (800, 200, 3)
    assert picture.pixels[:390].max() == 0
    assert picture.pixels[410:].min() == 1


def test_exif_data_that_cannot_be_read_are_said(monkeypatch):
    def failing(image):
        raise struct.error("unpack requires a buffer of 4 bytes")

    monkeypatch.setattr("vae_core.images.uploads.ImageOps.exif_transpose", failing)
    picture = read_picture(saved(gradient()))
    assert picture.pixels.shape == (30, 40, 3)
    assert "may lie on its side" in picture.notes[0]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_damaged_exif_data_do_not_cost_the_picture():
    picture = read_picture(saved(gradient(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7fnonsense"))
    assert picture.pixels.shape == (30, 40, 3)


@pytest.mark.parametrize(("shade", "ground"), [(20, 1.0), (128, 1.0), (250, 0.0)])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB with key", "L with key"])
def test_transparent_parts_get_a_ground_that_the_rest_stands_out_from(shade, ground, mode):
    image = Image.new("RGBA", (10, 10), TRANSPARENT)
    image.paste((shade, shade, shade, 255), (0, 0, 5, 10))
    if mode.endswith("key"):
        name = mode.split()[0]
        content = saved(image.convert(name), transparency=(0, 0, 0) if name == "RGB" else 0)
    else:
        content = saved(image.quantize() if mode == "P" else image.convert(mode))
    picture = read_picture(content)
    np.testing.assert_allclose(picture.pixels[:, :5], shade / 255, atol=0.01)
    np.testing.assert_allclose(picture.pixels[:, 5:], ground, atol=0.01)


def test_half_transparent_pixels_are_mixed_with_the_ground():
    picture = read_picture(saved(Image.new("RGBA", (3, 3), (0, 0, 0, 51))))
    np.testing.assert_allclose(picture.pixels, 0.8, atol=1e-6)


def test_a_picture_without_a_single_visible_pixel_is_white():
    assert read_picture(saved(Image.new("RGBA", (3, 3), TRANSPARENT))).pixels.min() == 1


def test_sixteen_bits_of_grey_are_scaled_not_clipped():
    values = np.linspace(0, 65_535, 60, dtype=np.uint16).reshape(6, 10)
    picture = read_picture(saved(Image.fromarray(values)))
    np.testing.assert_allclose(picture.pixels[..., 1], values / 65_535, atol=1e-5)


def test_a_transparent_shade_of_sixteen_bits_becomes_white():
    values = np.full((4, 4), 1000, np.uint16)
    values[0] = 300
    picture = read_picture(saved(Image.fromarray(values), transparency=300))
    assert picture.pixels[0].min() == 1
    np.testing.assert_allclose(picture.pixels[1:], 1000 / 65_535, atol=1e-5)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK"])
def test_other_kinds_of_colour_become_red_green_and_blue(mode):
    image = Image.new("RGB", (20, 20), "white")
    image.paste("black", (0, 0, 10, 20))
    picture = read_picture(saved(image.convert(mode), "JPEG" if mode == "CMYK" else "PNG"))
    np.testing.assert_allclose(picture.pixels[:, :8], 0, atol=0.02)
    np.testing.assert_allclose(picture.pixels[:, 12:], 1, atol=0.02)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_used_and_that_is_said(kind):
    frames = [Image.new("RGB", (9, 9), colour) for colour in (GREEN, (255, 0, 0), (0, 0, 255))]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = read_picture(saved(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert picture.notes == ("Of its 3 frames the first is used.",)
    np.testing.assert_allclose(picture.pixels * 255, np.broadcast_to(GREEN, (9, 9, 3)), atol=1)


def test_a_further_picture_of_a_telephone_is_no_animation():
    content = saved(gradient(), "MPO", save_all=True, append_images=[gradient()])
    picture = read_picture(content)
    assert picture.notes == ()
    assert picture.pixels.shape == (30, 40, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_large_picture_is_averaged(kind, mode):
    stripes = np.zeros((1500, 3000), np.uint8)
    stripes[::2] = 255
    image = Image.fromarray(stripes).convert(mode)
    picture = read_picture(saved(image, kind, **({"method": 0} if kind == "WEBP" else {})))
    assert_is_picture(picture)
    height, width, _ = picture.pixels.shape
    assert width == 2 * height
    assert width >= 375
    # Every second row of 1500: three of them are two light ones and a dark one, or the other way round.
    assert 0.3 < picture.pixels.min() <= picture.pixels.max() < 0.7


@pytest.mark.parametrize("size", [(60_000, 3), (3, 60_000)])
def test_a_picture_as_narrow_as_a_thread(size):
    picture = read_picture(saved(Image.new("L", size, 77)))
    assert max(picture.pixels.shape) <= KEPT_SIDE
    np.testing.assert_allclose(picture.pixels, 77 / 255, atol=0.01)


@pytest.mark.parametrize(
    "content",
    [
        png_of_size(10_000, 10_000),
        png_of_size(7_100, 7_100),
        png_of_size(2**31 - 1, 2**31 - 1),
        jpeg_of_size(10_000, 10_000),
        jpeg_of_size(65_500, 65_500),
        webp_of_size(b"VP8X", 10_000, 10_000),
        webp_of_size(b"VP8X", 2**24, 2**24),
        webp_of_size(b"VP8L", 16_384, 16_384),
        webp_of_size(b"VP8 ", 16_383, 16_383),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_by_what_it_declares(content, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("a bomb was decoded"))
    words = refusal(content)
    assert "megapixels, save it smaller" in words


def test_pillows_warnings_turned_errors_refuse_as_well():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "megapixels" in refusal(png_of_size(10_000, 10_000))


@pytest.mark.parametrize("size", [(7_000, 7_000), (5_000, 4_900)])
def test_a_declared_size_within_the_limit_is_not_refused_for_it(size):
    assert "damaged" in refusal(png_of_size(*size))


BROKEN = {
    "empty": (b"", "empty"),
    "text": (b"I am a picture", "PNG, JPEG or WebP"),
    "markup": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG, JPEG or WebP"),
    "gif": (saved(gradient(), "GIF"), "PNG, JPEG or WebP"),
    "tiff": (saved(gradient(), "TIFF"), "PNG, JPEG or WebP"),
    "bmp": (saved(gradient(), "BMP"), "PNG, JPEG or WebP"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "PNG, JPEG or WebP"),
    "sound": (b"RIFF\x24\0\0\0WAVEfmt ", "PNG, JPEG or WebP"),
    "only a signature": (b"\x89PNG\r\n\x1a\n", "PNG file is damaged"),
    "only a start": (b"\xff\xd8\xff\xe0", "JPEG file is damaged"),
    "only a head": (b"RIFF\x04\0\0\0WEBP", "WebP file is damaged"),
    "short webp": (webp_of_size(b"VP8L", 8, 8)[:24], "WebP file is damaged"),
    "no pixels": (png_of_size(0, 0), "damaged"),
    "too large": (b"\x89PNG\r\n\x1a\n" + bytes(MAXIMUM_BYTES), "20.0 MB"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_picture_is_refused_in_one_line(name):
    content, words = BROKEN[name]
    assert words in refusal(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_cut_short_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    content = saved(Image.fromarray(noise), kind)
    assert "damaged or cut short" in refusal(content[: len(content) // 2])


def png_parts(count, part):
    return before_pixels(saved(Image.new("L", (8, 8))), part * count)


def jpeg_parts(count, part):
    content = saved(Image.new("L", (8, 8)), "JPEG")
    return content[:2] + part * count + content[2:]


PROFILE = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png_parts(MAXIMUM_PARTS, chunk(b"spAc")), "chunks"),
        (png_parts(MAXIMUM_PARTS, PROFILE), "chunks"),
        (png_parts(MAXIMUM_CHUNKS, chunk(b"IDAT")), "chunks"),
        (jpeg_parts(MAXIMUM_PARTS, b"\xff\xe5\0\2"), "segments"),
        (jpeg_parts(1, b"\xff\xfe\0\2" + b"\xff" * 100_000), "damaged"),
        (jpeg_parts(1, b"\xff\xfe\0\2" + b"\0" * 100_000), "damaged"),
    ],
)
def test_a_file_of_a_million_parts_is_refused_before_it_is_read(content, words, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("a reader was let loose"))
    assert words in refusal(content)


def test_a_file_of_a_few_parts_is_read():
    extra = chunk(b"tEXt", b"Comment\0hello") * 20
    assert_is_picture(read_picture(before_pixels(saved(gradient()), extra)))
    assert_is_picture(read_picture(jpeg_parts(20, b"\xff\xfe\0\x07hello")))


def test_a_jpeg_of_very_many_scans_is_refused_and_a_progressive_one_is_not():
    content = saved(gradient(64, 64), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    end = content.rindex(b"\xff\xd9")
    bomb = content[:last] + content[last:end] * MAXIMUM_SCANS + content[end:]
    assert f"more than {MAXIMUM_SCANS} scans" in refusal(bomb)
    assert_is_picture(read_picture(content))


def test_what_follows_the_end_of_a_jpeg_does_not_count():
    content = saved(gradient(), "JPEG") + b"\xff\xda\0\2" * 10 * MAXIMUM_SCANS
    assert_is_picture(read_picture(content))


def read_or_refused(content):
    try:
        picture = read_picture(content)
    except ValueError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 200
    else:
        assert_is_picture(picture)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_become_a_picture_or_one_line(content, head):
    read_or_refused(head + content)


def real_files():
    coded = Image.fromarray(np.asarray(gradient(24, 20)))
    exif = Image.Exif()
    exif[0x0112] = 6
    clear = coded.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(coded.size))
    return [
        saved(coded, exif=exif),
        saved(coded.quantize(8), transparency=2),
        saved(clear, save_all=True, append_images=[clear.rotate(90)]),
        saved(Image.fromarray(np.arange(400, dtype=np.uint16).reshape(20, 20) * 160)),
        saved(coded, "JPEG", exif=exif),
        saved(coded, "JPEG", progressive=True),
        saved(coded.convert("CMYK"), "JPEG"),
        saved(coded, "MPO", save_all=True, append_images=[coded]),
        saved(coded, "WEBP", exif=exif),
        saved(clear, "WEBP", lossless=True),
        saved(clear, "WEBP", save_all=True, append_images=[clear.rotate(90)]),
    ]


FILES = real_files()
EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6), st.integers(0, 6)), max_size=6
)


@given(st.sampled_from(FILES), EDITS, st.floats(0, 1))
@settings(max_examples=300, deadline=None)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
def test_real_files_damaged_at_will_become_a_picture_or_one_line(content, edits, kept):
    for place, put, dropped in edits:
        at = int(place * len(content))
        content = content[:at] + put + content[at + dropped :]
    read_or_refused(content[: round(kept * len(content))] if kept < 0.5 else content)


@given(st.sampled_from([file for file in FILES if file.startswith(b"\x89PNG")]), EDITS)
@settings(max_examples=100, deadline=None)
def test_damaged_chunks_with_right_checksums_too(content, edits):
    """Without them the reader stops at the first changed byte."""
    place, rebuilt = 8, content[:8]
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        name, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        for share, put, dropped in edits if name != b"IDAT" else ():
            at = int(share * len(data))
            data = data[:at] + put + data[at + dropped :]
        rebuilt += chunk(name, data)
        place += 12 + length
    read_or_refused(rebuilt)


@given(st.binary(max_size=200))
def test_looking_at_parts_ends_for_any_bytes(content):
    for head in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"):
        try:
            check_parts(kind_of(head + content), head + content)
        except ValueError as error:
            assert "damaged" in str(error) or "megapixels" in str(error)


LARGEST = """
import io, resource, sys
import numpy as np
from PIL import Image
from vae_core.images.uploads import read_picture

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert read_picture(sys.stdin.buffer.read()).pixels.shape == (1000, 1000, 3)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_the_largest_picture_takes_no_more_memory_than_promised():
    rows = zlib.compressobj(1)
    # 7,000 rows of 7,000 pixels of four bytes, a byte for the filter before each.
    pixels = b"".join(rows.compress(bytes(1 + 4 * 7_000)) for _ in range(7_000)) + rows.flush()
    header = struct.pack(">IIBBBBB", 7_000, 7_000, 8, 6, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND")
    done = subprocess.run(
        [sys.executable, "-c", LARGEST], cwd=REPOSITORY, input=content, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert float(done.stdout) < 550
