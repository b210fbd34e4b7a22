"""How decoders travel: fetched once, kept, and what happens when they cannot come."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import drag, pad_of, readout
from tests.browser.server import AppServer
from tests.tiny_models import folder_files, write_tiny
from vae_core import load_model
from vae_core.arrays import rounded_bytes
from vae_core.home import pretrained_folder


def weights_requests(page):
    seen = []
    page.on("response", lambda answer: seen.append(answer) if answer.url.endswith("player.bin") else None)
    return seen


def test_weights_come_once_and_a_second_visit_takes_none(chromium, server):
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    first = weights_requests(page)
    page.goto("/Explore?model=digits-2d")
    pad_of(page)
    page.get_by_role("link", name="Latent Lab").click()
    page.get_by_role("heading", name="Watch a digit become another").wait_for()
    pad_of(page)
    assert len(first) == 1
    assert first[0].headers["cache-control"] == "public, max-age=31536000, immutable"
    page.close()
    again = context.new_page()
    session = context.new_cdp_session(again)
    session.send("Network.enable")
    served = []
    session.on("Network.requestServedFromCache", lambda event: served.append(event["requestId"]))
    asked = {}
    session.on(
        "Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]})
    )
    finished = {}
    session.on(
        "Network.loadingFinished",
        lambda event: finished.update({event["requestId"]: event["encodedDataLength"]}),
    )
    from_disk = {}
    session.on(
        "Network.responseReceived",
        lambda event: from_disk.update({event["requestId"]: event["response"].get("fromDiskCache", False)}),
    )
    again.goto("/Explore?model=digits-2d")
    pad_of(again)
    again.wait_for_timeout(300)
    weights = [request for request, url in asked.items() if url.endswith("player.bin")]
    assert weights
    assert all(request in served or from_disk.get(request) for request in weights)
    context.close()


def test_the_pad_works_through_the_server_until_the_weights_arrive(visitor):
    held = []
    visitor.route("**/player.bin", lambda route: held.append(route))
    visitor.goto("/Explore?model=digits-2d")
    expect(visitor.locator(".status")).to_contain_text("Bringing the decoder to your browser")
    expect(visitor.get_by_role("progressbar")).to_be_visible()
    pad = visitor.get_by_role("application", name="Latent pad")
    visitor.evaluate(
        """() => { window.drawn = []; addEventListener('drawn', e => window.drawn.push(e.detail)); }"""
    )
    drag(visitor, pad, (0.5, 0.5), (0.8, 0.2))
    end = readout(visitor)
    visitor.wait_for_function(
        "end => window.drawn.length && window.drawn.at(-1).z.every((v, i) => Math.abs(v - end[i]) < 0.006)",
        arg=end,
    )
    last = visitor.evaluate("window.drawn.at(-1)")
    assert last["place"] == "loading"
    assert_canvas_shows(visitor, "digits-2d", last["z"], tolerance=0)
    held[0].continue_()
    expect(visitor.locator(".status")).to_contain_text("Decoded in your browser")
    last = visitor.evaluate("window.drawn.at(-1)")
    assert last["place"] == "browser"
    assert_canvas_shows(visitor, "digits-2d", last["z"], tolerance=1)


def assert_canvas_shows(page, model, z, tolerance):
    loaded = load_model(model)
    height, width, channels = loaded.input_shape
    canvas = page.get_by_role("img", name=re.compile("^Decoded image"))
    data = canvas.evaluate("c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)")
    drawn = np.array(data).reshape(height, width, 4)[..., :channels].astype(int)
    assert np.abs(drawn - rounded_bytes(loaded.decode([z]))[0]).max() <= tolerance


def test_weights_that_fail_leave_the_server_decoding(visitor):
    visitor.route("**/player.bin", lambda route: route.fulfill(status=503, body="busy"))
    visitor.goto("/Explore?model=digits-2d")
    expect(visitor.locator(".status")).to_contain_text("the server decodes instead")
    drag(visitor, visitor.get_by_role("application", name="Latent pad"), (0.5, 0.5), (0.7, 0.3))
    visitor.wait_for_timeout(300)
    text = visitor.locator(".readout").inner_text()
    assert "z1 0.00" not in text


def test_cut_weights_are_noticed(visitor):
    visitor.route("**/player.bin", lambda route: route.fulfill(status=200, body=b"\0" * 1000))
    visitor.goto("/Explore?model=digits-2d")
    expect(visitor.locator(".status")).to_contain_text("the server decodes instead")


def test_a_silent_server_is_said_and_the_next_move_tries_again(visitor):
    visitor.route("**/player.bin", lambda route: route.fulfill(status=503))
    visitor.route("**/decode?*", lambda route: route.abort())
    visitor.goto("/Explore?model=digits-2d")
    expect(visitor.locator(".status")).to_contain_text("The server does not answer")
    visitor.unroute("**/decode?*")
    drag(visitor, visitor.get_by_role("application", name="Latent pad"), (0.5, 0.5), (0.7, 0.3))
    expect(visitor.locator(".status")).to_contain_text("the server decodes instead")


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A server whose home has a model that cannot travel, a damaged one and a slim one."""
    home = tmp_path_factory.mktemp("crowded-home")
    models = home / "models"
    write_tiny(models / "rooted")
    (write_tiny(models / "torn").path / "decoder.onnx").write_bytes(b"cut")
    write_tiny(models / "codeless", files={**folder_files(), "latents.npz": b"no archive"})
    write_tiny(models / "mute", files={**folder_files(), "decoder.onnx": b"no graph"})
    shutil.copytree(pretrained_folder() / "digits-2d", models / "renamed")
    running = AppServer(home).wait()
    yield running
    running.stop()


def test_a_decoder_that_cannot_travel_is_played_by_the_server(visitor, crowded):
    visitor.goto(f"{crowded.url}/Explore?model=rooted")
    expect(visitor.locator(".status")).to_contain_text("cannot travel to the browser; the server decodes")
    pad = visitor.get_by_role("application", name="Latent pad of rooted")
    asked = []
    visitor.on("request", lambda request: asked.append(request.url) if "/decode" in request.url else None)
    visitor.evaluate(
        """() => { window.drawn = []; addEventListener('drawn', e => window.drawn.push(e.detail)); }"""
    )
    drag(visitor, pad, (0.2, 0.2), (0.8, 0.7), steps=60)
    visitor.wait_for_function("window.drawn.length && window.drawn.at(-1).z[0] > 1.7")
    frames = visitor.evaluate("window.drawn")
    assert {frame["place"] for frame in frames} == {"server"}
    assert len(asked) < 60


def test_damaged_models_are_named_and_the_page_works_on(visitor, crowded):
    visitor.goto(f"{crowded.url}/Explore")
    expect(visitor.get_by_text("torn: decoder.onnx is not the file that spec.json describes")).to_be_visible()
    expect(visitor.get_by_text("codeless: latents.npz cannot be read")).to_be_visible()
    pad_of(visitor)
    visitor.goto(f"{crowded.url}/Explore?model=torn")
    expect(visitor.get_by_text("There is no model “torn” here")).to_be_visible()
    pad_of(visitor)


def test_a_model_whose_decoder_fails_says_so(visitor, crowded):
    visitor.goto(f"{crowded.url}/Explore?model=mute")
    expect(visitor.locator(".status")).to_contain_text("mute: decoder.onnx is not an ONNX graph")
