"""How decoders travel: fetched once, kept, and what happens when they cannot come."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.browser import drag, pad_of, readout
from tests.support.patience import eventually
from tests.support.server import AppServer
from tests.support.tiny_models import folder_files, write_tiny
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.base.home import pretrained_folder


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

    def weights():
        return [request for request, url in asked.items() if url.endswith("player.bin")]

    eventually(again, weights)
    eventually(again, lambda: all(one in served or one in from_disk for one in weights()))
    assert all(one in served or from_disk[one] for one in weights())
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
    assert place_of_canvas(visitor, "digits-2d", tolerance=0) == "loading"
    eventually(visitor, lambda: held)
    held[0].continue_()
    expect(visitor.locator(".status")).to_contain_text("Decoded in your browser")
    assert place_of_canvas(visitor, "digits-2d", tolerance=1) == "browser"


def place_of_canvas(page, model, tolerance):
    """Where the picture on the screen was decoded, after a look that it is the one of its code."""
    loaded = load_model(model)
    height, width, channels = loaded.input_shape
    canvas = page.get_by_role("img", name=re.compile("^Decoded image"))
    last, data = canvas.evaluate(
        """c => [window.drawn.at(-1),
                 Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)]"""
    )
    drawn = np.array(data).reshape(height, width, 4)[..., :channels].astype(int)
    assert np.abs(drawn - rounded_bytes(loaded.decode([last["z"]]))[0]).max() <= tolerance
    return last["place"]


def test_weights_that_fail_leave_the_server_decoding(visitor):
    visitor.route("**/player.bin", lambda route: route.fulfill(status=503, body="busy"))
    visitor.goto("/Explore?model=digits-2d")
    expect(visitor.locator(".status")).to_contain_text("the server decodes instead")
    drag(visitor, visitor.get_by_role("application", name="Latent pad"), (0.5, 0.5), (0.7, 0.3))
    expect(visitor.locator(".readout")).not_to_contain_text("z1 0.00")


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
    asked, held = [], []

    def answer(route):
        asked.append(route.request.url)
        if held is None:
            route.continue_()
        else:
            held.append(route)

    visitor.route("**/decode?*", answer)
    visitor.evaluate(
        """() => { window.drawn = []; addEventListener('drawn', e => window.drawn.push(e.detail)); }"""
    )
    drag(visitor, pad, (0.2, 0.2), (0.8, 0.7), steps=60)
    # Until the first picture is there, no other is asked for; then only the latest.
    eventually(visitor, lambda: asked)
    waiting, held = held, None
    for route in waiting:
        route.continue_()
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
