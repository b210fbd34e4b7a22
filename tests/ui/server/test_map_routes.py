"""The route of a map's pictures, called without a server."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.server import map_routes, routes
from ui.server.map_routes import parsed_rows, pictures_url, sheet_png
from ui.visit.models import model_named
from vae_core.base.arrays import rounded_bytes
from vae_core.maps.encodings import encode_all
from vae_core.maps.originals import held_out_split
from vae_core.maps.points import all_points, held_out_points


@pytest.fixture
def client():
    map_routes._found.cache_clear()
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


@pytest.fixture(params=["digits-2d", "faces-16d"])
def model(request):
    return model_named(request.param)


def address(model, rows, kind="picture", points=None):
    """Where the pictures of ``rows`` are."""
    listed = rows if isinstance(rows, str) else ",".join(map(str, rows))
    return f"{pictures_url(model, points or held_out_points(model))}/{kind}.png?rows={listed}"


def sheet(answer, shown):
    """The sheet (h, w, c) of an answer that says what it shows and may be kept."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-pictures"] == shown
    pixels = np.asarray(Image.open(io.BytesIO(answer.content)))
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]


def cells(pixels, shape, count):
    """The first ``count`` pictures of a sheet, and what is left over."""
    height, width, channels = shape
    grid = pixels.reshape(pixels.shape[0] // height, height, -1, width, channels).swapaxes(1, 2)
    found = grid.reshape(-1, *shape)
    return found[:count], found[count:]


def test_originals_stand_row_by_row_in_the_order_asked_for(client, model):
    rows = [5, 300, *range(17), 0]
    pixels = sheet(client.get(address(model, rows)), "original")
    height, width, channels = model.input_shape
    assert pixels.shape == (2 * height, 16 * width, channels)
    found, left_over = cells(pixels, model.input_shape, len(rows))
    expected = held_out_split(model.spec.training).pixels[model.latents.index[rows]]
    np.testing.assert_array_equal(found, expected)
    assert not left_over.any()


def test_reconstructions_are_what_the_decoder_makes_of_the_codes(client, model):
    rows = [3, 1, 2]
    pixels = sheet(client.get(address(model, rows, "reconstruction")), "reconstruction")
    assert pixels.shape[1] == 3 * model.input_shape[1]
    found, _ = cells(pixels, model.input_shape, 3)
    expected = rounded_bytes(model.decode(model.latents.z_mean[rows]))
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_without_originals_a_picture_is_a_reconstruction_and_says_so(client):
    model = model_named("mnist-2d")
    answer = client.get(address(model, [0, 8]))
    pixels = sheet(answer, "reconstruction")
    np.testing.assert_array_equal(
        pixels, sheet(client.get(address(model, [0, 8], "reconstruction")), "reconstruction")
    )


def test_every_image_of_the_data_once_they_are_encoded(client):
    model = model_named("digits-2d")
    held_out = pictures_url(model, held_out_points(model))
    before = client.get(held_out.replace("held-out", "all") + "/picture.png?rows=0")
    assert before.status_code == 404
    assert "not all encoded" in before.text
    encode_all(model)
    points = all_points(model)
    assert pictures_url(model, points) != held_out.replace("held-out", "all")
    last = len(points) - 1
    found, _ = cells(sheet(client.get(address(model, [last], points=points)), "original"), (28, 28, 1), 1)
    assert points.is_test[last]
    np.testing.assert_array_equal(found[0], held_out_split(model.spec.training).pixels[points.index[last]])
    first, _ = cells(
        sheet(client.get(address(model, [0], "reconstruction", points)), "reconstruction"), (28, 28, 1), 1
    )
    expected = rounded_bytes(model.decode(points.z_mean[:1]))
    assert np.abs(first.astype(int) - expected).max() <= 1


def test_an_encoding_made_again_keeps_its_address(client):
    model = model_named("digits-2d")
    encode_all(model)
    url = address(model, [7], points=all_points(model))
    first = client.get(url)
    encode_all(model)
    second = client.get(url)
    np.testing.assert_array_equal(sheet(second, "original"), sheet(first, "original"))


def test_the_address_changes_when_the_originals_come_or_go(client, monkeypatch):
    model = model_named("digits-2d")
    with_originals = address(model, [0])
    monkeypatch.setattr(map_routes, "has_originals", lambda model, points: False)
    without = address(model, [0])
    assert without != with_originals
    assert sheet(client.get(without), "reconstruction").shape == (28, 28, 1)
    gone = client.get(with_originals)
    assert gone.status_code == 404
    assert "reload the page" in gone.text


def test_an_original_that_is_gone_is_not_replaced_under_its_address(client, monkeypatch):
    model = model_named("digits-2d")
    blank = np.zeros((1, 28, 28, 1), np.uint8)
    url = address(model, [0])
    assert sheet(client.get(url), "original").shape == (28, 28, 1)
    monkeypatch.setattr(map_routes, "pictures_of", lambda model, points, rows: (blank, False))
    answer = client.get(url)
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


BAD_ROWS = ["", "x", "1,", ",1", "1,,2", "1, 2", "-1", "1.5", "1e3", "٣", "0x1", "9999999999", "1;2", "\x00"]


@pytest.mark.parametrize("rows", [*BAD_ROWS, "360", "0,360", ",".join(["1"] * 129)])
def test_rows_that_are_none_are_refused_in_one_line(client, rows):
    model = model_named("digits-2d")
    assert len(held_out_points(model)) == 360
    url, _, _ = address(model, "").partition("?")
    answer = client.get(url, params={"rows": rows})
    assert answer.status_code == 400
    assert answer.text.startswith("rows ")
    assert len(answer.text.splitlines()) == 1
    assert len(answer.text) < 120
    assert client.get(url).status_code == 400


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("digits-2d", "none-such"),
        ("digits-2d", "mnist-2d"),
        ("held-out", "training"),
        ("picture.png", "layer.png"),
        ("picture.png", "%3Cscript%3E.png"),
    ],
)
def test_an_address_that_names_nothing_is_not_found(client, part, other):
    answer = client.get(address(model_named("digits-2d"), [0]).replace(part, other))
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(answer.text.splitlines()) == 1


def test_a_digest_of_other_codes_is_not_found(client):
    url = address(model_named("digits-2d"), [0])
    digest = url.split("/")[4]
    assert len(digest) == 32
    assert client.get(url.replace(digest, "0" * 32)).status_code == 404
    assert client.get(url).status_code == 200


def test_one_decoding_at_a_time(client, monkeypatch):
    model = model_named("digits-2d")
    running, most, lock = 0, 0, Lock()

    def slow(model, points, rows):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return np.zeros((len(rows), 28, 28, 1), np.uint8)

    monkeypatch.setattr(map_routes, "reconstructions_of", slow)
    with ThreadPoolExecutor(6) as pool:
        urls = [address(model, [row], "reconstruction") for row in range(6)]
        answers = list(pool.map(client.get, urls))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert most == 1


@given(st.one_of(st.text(max_size=30), st.lists(st.integers(-2, 12), max_size=140)))
def test_rows_of_an_address_are_within_bounds_or_refused(given_rows):
    text = given_rows if isinstance(given_rows, str) else ",".join(map(str, given_rows))
    try:
        rows = parsed_rows(text, 10)
    except ValueError as error:
        assert len(str(error).splitlines()) == 1
        is_fine = isinstance(given_rows, list) and 0 < len(given_rows) <= 128
        assert not (is_fine and all(0 <= row < 10 for row in given_rows))
        return
    assert 0 < len(rows) <= 128
    assert ((rows >= 0) & (rows < 10)).all()
    assert rows.tolist() == [int(part) for part in text.split(",")]


@pytest.mark.parametrize(
    ("count", "size"), [(1, (4, 5)), (15, (4, 75)), (16, (4, 80)), (17, (8, 80)), (128, (32, 80))]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_has_sixteen_columns_or_as_many_as_there_are(count, size, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (count, 4, 5, channels), np.uint8)
    picture = Image.open(io.BytesIO(sheet_png(pixels)))
    assert picture.mode == ("L" if channels == 1 else "RGB")
    found = np.asarray(picture).reshape(*size, channels)
    np.testing.assert_array_equal(cells(found, (4, 5, channels), count)[0], pixels)
