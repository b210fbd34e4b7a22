"""Pictures over the pad, as the routes give them out."""

import io
import threading
import time

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.support.tiny_models import write_tiny
from ui.frame.colours import class_colour, colours_of
from ui.server import layers, model_routes, routes
from ui.server.layers import MOVED_OPINION_CELLS, OPINION_CELLS, PLANE_CELLS
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.models.classifiers import classifier_for
from vae_core.space.slices import plane_through


@pytest.fixture
def client():
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def picture(client, model, kind, **query):
    answer = client.get(f"{model_routes.layers_url(model)}/{kind}.png", params=query)
    assert answer.status_code == 200, answer.text
    lasting = "private, max-age=60" if "z" in query else "immutable"
    assert lasting in answer.headers["cache-control"]
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_codes_travel_as_they_are(client):
    model = load_model("digits-2d")
    content = client.get(model_routes.codes_url(model)).content
    count, latent_dim = np.frombuffer(content, "<u4", 2)
    assert (count, latent_dim) == model.latents.z_mean.shape
    codes = np.frombuffer(content, "<f2", count * latent_dim, offset=8).reshape(count, latent_dim)
    np.testing.assert_array_equal(codes.astype(np.float32), model.latents.z_mean)
    labels = np.frombuffer(content, "<i2", count, offset=8 + codes.nbytes)
    np.testing.assert_array_equal(labels, model.latents.label)


def test_the_plane_through_a_point_along_two_axes(client):
    model = load_model("sprites-10d")
    z = [round(0.1 * number, 4) for number in range(10)]
    drawn = picture(client, model, "plane", axes="3,7", z=",".join(map(str, z)))
    codes = plane_through(model, z, (2, 6)).cell_centres(PLANE_CELLS)
    side = model.input_shape[0]
    for cell in (0, PLANE_CELLS - 1, 100):
        row, column = divmod(cell, PLANE_CELLS)
        shown = drawn[side * row : side * (row + 1), side * column : side * (column + 1)]
        expected = rounded_bytes(model.decode(codes[[cell]]))[0, ..., 0]
        assert np.abs(shown.astype(int) - expected).max() <= 1


def test_the_veil_is_thin_where_codes_lie_and_thick_where_none_do(client):
    model = load_model("mnist-2d")
    opacity = picture(client, model, "density")[..., 3]
    side = len(opacity)
    plane = plane_through(model, [0.0, 0.0])
    shares = (plane.coordinates(model.latents.z_mean) - plane.ranges[:, 0]) / np.ptp(plane.ranges, axis=1)
    inside = ((shares > 0.02) & (shares < 0.98)).all(axis=1)
    rows = ((1 - shares[inside, 1]) * side).astype(int)
    columns = (shares[inside, 0] * side).astype(int)
    at_codes = opacity[rows, columns].mean()
    assert at_codes < 0.5 * opacity.mean()
    assert opacity.max() > 200


def test_an_opinion_has_the_colour_of_the_class_that_is_seen(client):
    model = load_model("mnist-2d")
    drawn = picture(client, model, "opinion")[..., :3].astype(float)
    classifier = classifier_for(model.spec)
    codes = plane_through(model, [0.0, 0.0]).cell_centres(OPINION_CELLS)
    probabilities = classifier.probabilities(model.decode(codes))
    sure = np.flatnonzero(probabilities.max(axis=1) > 0.9999)
    assert len(sure) > 100
    for cell in sure[::25]:
        row, column = divmod(int(cell), OPINION_CELLS)
        colour = class_colour(int(probabilities[cell].argmax()))
        expected = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        np.testing.assert_allclose(drawn[row, column], expected, atol=4)


def test_an_opinion_of_a_moved_plane_is_coarser(client):
    model = load_model("sprites-10d")
    codes = ",".join(["0.5"] * 10)
    assert picture(client, model, "opinion").shape[:2] == (OPINION_CELLS, OPINION_CELLS)
    assert picture(client, model, "opinion", axes="3,7", z=codes).shape[:2] == (MOVED_OPINION_CELLS,) * 2


def test_a_plane_that_no_point_moves_is_drawn_once_for_all_points(client):
    model = load_model("digits-2d")
    np.testing.assert_array_equal(
        picture(client, model, "opinion", z="1,2"), picture(client, model, "opinion")
    )


def test_one_opinion_is_formed_at_a_time(monkeypatch):
    running, most = [], []

    def slow(model, plane, cells):
        running.append(cells)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()
        return b""

    monkeypatch.setattr(layers, "_opinion", slow)
    model = load_model("sprites-10d")
    asking = [
        threading.Thread(target=layers.layer_png, args=("opinion", model, None, (0.1 * number,) * 10))
        for number in range(6)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert most == [1] * 6


def test_a_classifier_of_more_classes_keeps_the_colours_of_the_models_own():
    colours = colours_of(("cat", "dog", "tree", "owl"), ("tree", "cat"))
    assert colours[2] == class_colour(0)
    assert colours[0] == class_colour(1)
    assert len(set(colours)) == 4


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("ghost.png", "there is no layer 'ghost'"),
        ("plane.png?axes=1,1", "twice"),
        ("plane.png?axes=1,99", "dimension 99"),
        ("plane.png?axes=%3Cb%3E", "expected two dimensions"),
        ("plane.png?z=1", "1 values"),
        ("plane.png?z=nan,nan", "finite"),
        ("plane.png?z=" + "1," * 20_000, "characters"),
    ],
)
def test_wrong_layers_get_one_plain_line(client, path, words):
    answer = client.get(f"{model_routes.layers_url(load_model('digits-2d'))}/{path}")
    assert answer.status_code == 400
    assert words in answer.text
    assert "\n" not in answer.text


def test_an_opinion_nobody_has_is_said(client, temporary_home):
    write_tiny(temporary_home / "models" / "tiny")
    answer = client.get(f"{model_routes.layers_url(load_model('tiny'))}/opinion.png")
    assert answer.status_code == 400
    assert "no classifier" in answer.text
