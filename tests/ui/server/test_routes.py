"""The app's own HTTP routes, called without a server."""

import io

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.server import base_path, model_routes, modules, routes
from ui.server.layers import PLANE_CELLS
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.space.slices import plane_of_model


@pytest.fixture
def client():
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def test_weights_are_served_for_ever_under_their_digest(client):
    model = load_model("digits-2d")
    urls = model_routes.weights_urls(model)
    answer = client.get(urls["values"])
    assert answer.content == model.folder.read("player.bin")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get(urls["layout"]).content == model.folder.read("player.json")


def test_modules_have_the_right_type(client):
    for name in modules.modules():
        answer = client.get(f"{modules.modules_url()}/{name}")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_decoding_answers_with_the_pixels(client):
    model = load_model("digits-2d")
    answer = client.get(model_routes.decode_url(model), params={"z": "0.5,-1"})
    expected = rounded_bytes(model.decode([[0.5, -1]])[0])
    np.testing.assert_array_equal(np.frombuffer(answer.content, np.uint8), expected.ravel())
    assert answer.headers["cache-control"] == "no-store"


def test_the_plane_shows_each_cell_at_its_centre(client):
    model = load_model("digits-2d")
    picture = np.asarray(Image.open(io.BytesIO(client.get(model_routes.plane_url(model)).content)))
    cells = PLANE_CELLS
    assert picture.shape == (28 * cells, 28 * cells)
    middle = cells // 2
    centre = picture[28 * middle : 28 * (middle + 1), 28 * middle : 28 * (middle + 1)]
    np.testing.assert_array_equal(centre, rounded_bytes(model.decode([[0, 0]]))[0, ..., 0])
    corner = [plane_of_model(model).cell_centres(cells)[0]]
    np.testing.assert_array_equal(picture[:28, :28], rounded_bytes(model.decode(corner))[0, ..., 0])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/lab/models/nobody/decode?z=0,0", 404),
        ("/lab/models/digits-2d/decode", 400),
        ("/lab/models/digits-2d/decode?z=1", 400),
        ("/lab/models/digits-2d/decode?z=nan,1", 400),
        ("/lab/models/digits-2d/decode?z=1,x", 400),
        ("/lab/models/digits-2d/decode?z=" + "1," * 20_000, 400),
        ("/lab/models/digits-2d/0000/player.bin", 404),
        ("/lab/models/digits-2d/0000/plane.png", 404),
        ("/lab/models/digits-2d/{digest}/spec.json", 404),
        ("/lab/models/..%2F..%2Fetc/0000/player.bin", 404),
        ("/lab/player/0000/pad.js", 404),
        ("/lab/player/{version}/__init__.py", 404),
        ("/lab/player/{version}/..%2Froutes.py", 404),
    ],
)
def test_wrong_addresses_get_one_plain_line(client, path, status):
    digest = load_model("digits-2d").spec.files["player.bin"]
    answer = client.get(path.format(version=modules.version(), digest=digest))
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert answer.text.count("\n") == 0


def test_a_base_path_is_in_every_address(monkeypatch):
    monkeypatch.setattr(base_path.st, "get_option", lambda name: "/lesson/one/")
    model = load_model("digits-2d")
    assert modules.modules_url().startswith("/lesson/one/lab/")
    assert model_routes.decode_url(model).startswith("/lesson/one/lab/")
    assert all(route.path.startswith("/lesson/one/lab/") for route in routes.routes())
