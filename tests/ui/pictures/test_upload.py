"""The upload in AppTest: what comes back for pictures, adjustments, and whatever is no picture."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import ui.pictures.upload

KEY = "mine"


def script(model_name):
    import streamlit as st

    from ui.pictures.upload import upload_picture
    from vae_core import load_model

    image = upload_picture(st.cache_resource(load_model)(model_name), "mine")
    st.session_state.seen_by_python = (*st.session_state.get("seen_by_python", ()), image)


def page(model_name="mnist-16d"):
    return AppTest.from_function(script, default_timeout=180, args=(model_name,)).run()


@pytest.fixture
def app():
    return page()


def saved(pixels, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def corner():
    """An angle, drawn black on white: it looks different however it is turned."""
    pixels = np.full((200, 160, 3), 255, np.uint8)
    pixels[40:160, 40:56] = pixels[144:160, 40:110] = 0
    return pixels


def bring(app, content, name="corner.png"):
    app.file_uploader[0].set_value((name, content, "image/png")).run()
    assert not app.exception, app.exception
    return image_of(app)


def image_of(app):
    return app.session_state["seen_by_python"][-1]


def control(kind, label):
    return next(widget for widget in kind if widget.label == label)


def changed(app, kind, label, value):
    control(kind, label).set_value(value).run()
    assert not app.exception, app.exception
    return image_of(app)


def warning(app):
    assert len(app.warning) == 1
    return app.warning[0].value


def test_before_anything_is_chosen_there_is_no_picture(app):
    assert image_of(app) is None
    assert not app.warning
    assert not app.slider
    assert "not saved" in app.caption[0].value


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_comes_back_as_the_model_takes_it(app, kind):
    image = bring(app, saved(corner(), kind))
    assert image.shape == (28, 28, 1)
    assert image.dtype == np.float32
    assert image.max() == 1
    assert image[0].max() < 0.05
    assert not app.warning


def test_a_model_in_colour_gets_colours():
    image = bring(page("faces-16d"), saved(corner()))
    assert image.shape == (64, 64, 3)


def test_it_is_read_and_made_ready_once_and_stays(app, monkeypatch):
    calls = []
    for name in ("read_picture", "fit_picture"):
        original = getattr(ui.pictures.upload, name)
        monkeypatch.setattr(
            ui.pictures.upload, name, lambda *given, do=original, name=name: calls.append(name) or do(*given)
        )
    first = bring(app, saved(corner()))
    for _ in range(3):
        app.run()
        np.testing.assert_array_equal(image_of(app), first)
    assert calls == ["read_picture", "fit_picture"]
    changed(app, app.slider, "Size", 0.5)
    assert calls == ["read_picture", "fit_picture", "fit_picture"]


def test_adjustments_change_it_and_can_be_taken_back(app):
    first = bring(app, saved(corner()))
    turned = changed(app, app.get("button_group"), "Turn", 90)
    assert np.abs(turned - np.rot90(first, -1)).mean() < 0.05
    small = changed(app, app.slider, "Size", 0.5)
    assert small.sum() < 0.5 * turned.sum()
    moved = changed(app, app.slider, "Down", -0.5)
    assert moved[14:].max() < 0.05 < moved[:14].max()
    plain = changed(app, app.toggle, "Thicken thin lines", False)
    assert plain.shape == first.shape
    control(app.button, "Start over").click().run()
    np.testing.assert_array_equal(image_of(app), first)
    assert control(app.slider, "Size").value == 1


def test_each_picture_begins_with_its_own_adjustments(app):
    first = bring(app, saved(corner()))
    changed(app, app.slider, "Size", 0.5)
    np.testing.assert_array_equal(bring(app, saved(corner()), "again.png"), first)


def test_a_picture_that_is_taken_away_is_forgotten(app):
    bring(app, saved(corner()))
    app.file_uploader[0].clear().run()
    assert image_of(app) is None
    assert not any(f"{KEY}.{slot}" in app.session_state for slot in ("read", "fitted"))


def test_what_was_left_out_is_said(app):
    frames = [Image.fromarray(corner()), Image.fromarray(255 - corner())]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert bring(app, buffer.getvalue(), "film.webp") is not None
    assert "Of its 2 frames the first is used" in app.caption[0].value.replace("\\", "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"no picture at all", "expected a PNG, JPEG or WebP file"),
        (saved(corner())[:200], "damaged or cut short"),
        (saved(np.full((50, 50, 3), 255, np.uint8)), "there is nothing in this picture"),
    ],
)
def test_what_is_not_usable_is_said_beside_the_control(app, content, words):
    assert bring(app, content) is None
    said = warning(app).replace("\\", "")
    assert said.startswith("corner.png is not usable: ")
    assert words in said
    app.run()
    assert warning(app).replace("\\", "") == said
    assert bring(app, saved(corner())) is not None
    assert not app.warning


def test_a_name_cannot_write_on_the_page(app):
    name = "![x](http://example.org/a.png)**" + "b" * 300 + ".png"
    bring(app, b"nothing", name)
    said = warning(app)
    assert "![x](" not in said
    assert "\\!\\[x\\]\\(" in said
    assert len(said) < 400


@pytest.mark.parametrize(
    ("label", "value"), [("Size", 99.0), ("Size", -1.0), ("Size", float("nan")), ("Down", float("inf"))]
)
def test_values_that_no_slider_offers_do_no_harm(app, label, value):
    bring(app, saved(corner()))
    image = changed(app, app.slider, label, value)
    assert image.shape == (28, 28, 1)
    assert np.isfinite(image).all()
    assert -0.5 <= control(app.slider, label).value <= 1.5


def test_settings_that_are_none_are_refused_in_words():
    app = page("faces-16d")
    bring(app, saved(corner()))
    # A setting without a control on this page.
    key = control(app.slider, "Size").key.removesuffix("scale") + "thicken"
    assert app.session_state[key] is False
    app.session_state[key] = "very"
    app.run()
    assert not app.exception, app.exception
    assert image_of(app) is None
    assert "thicken is 'very'" in warning(app).replace("\\", "")
    control(app.button, "Start over").click().run()
    assert image_of(app) is not None
    assert not app.warning


def test_settings_of_a_picture_without_content_can_still_be_changed(app):
    """Swapping dark and light may leave nothing; the way back must stay."""
    first = bring(app, saved(corner()))
    assert changed(app, app.get("button_group"), "Swap dark and light", "no") is None
    assert "nothing in this picture" in warning(app)
    np.testing.assert_array_equal(changed(app, app.get("button_group"), "Swap dark and light", "auto"), first)
