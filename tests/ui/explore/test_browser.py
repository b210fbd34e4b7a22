"""The tools below the stage as a person uses them: sheets to pick from, downloads, seeds, a drawing."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.components.stage.test_pad import url_point
from tests.support.browser import pad_of, readout
from tests.support.patience import at_rest, eventually
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.space.dimensions import dimensions_of
from vae_core.space.manifolds import manifold_coordinates
from vae_core.space.neighbours import nearest_row
from vae_core.space.slices import plane_of_model
from vae_core.space.traversals import traversal_codes


def open_tool(page, tool, model="digits-2d", z="1,1", **query):
    more = "".join(f"&{key}={value}" for key, value in query.items())
    page.goto(f"/Explore?model={model}&z={z}&tool={tool}{more}")
    pad_of(page)


def sheet_with(page, label):
    """The contact sheet that has a cell with this label."""
    sheet = page.get_by_role("group").filter(has=page.get_by_role("button", name=label, exact=True)).last
    sheet.wait_for()
    return sheet


def picture_of(sheet):
    """The PNG of a sheet, as an address that holds all its bytes."""
    return sheet.evaluate("sheet => sheet.getRootNode().querySelector('[data-part=picture]').textContent")


def cells_of(page, sheet, shape):
    """The pictures of a sheet, (rows, columns, height, width), of grey pictures of this shape."""
    url = re.search(r'url\("([^"]+)"\)', picture_of(sheet))[1]
    data, width, height = page.evaluate(
        """async (url) => {
          const image = new Image();
          image.src = url;
          await image.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          const all = context.getImageData(0, 0, canvas.width, canvas.height).data;
          return [Array.from(all.filter((_, i) => i % 4 === 0)), canvas.width, canvas.height];
        }""",
        url,
    )
    pixels = np.array(data, np.uint8).reshape(height // shape[0], shape[0], width // shape[1], shape[1])
    return pixels.transpose(0, 2, 1, 3)


def wait_for_point(page, z):
    page.wait_for_function(
        "z => new URLSearchParams(location.search).get('z') === z",
        arg=",".join(f"{value:.4g}" for value in np.asarray(z, float) + 0.0),
    )


def downloaded(page, name):
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    return download.value


def test_a_cell_of_the_manifold_enlarges_and_leads_to_its_place(visitor):
    model = load_model("digits-2d")
    across, down = manifold_coordinates(model, plane_of_model(model), None, 15, "normal")
    open_tool(visitor, "manifold")
    u, v = across[11], down[2]
    cell = visitor.get_by_role("button", name=f"z1 {u:.2f}, z2 {v:.2f}", exact=True)
    cell.hover()
    preview = visitor.locator(".preview:popover-open")
    expect(preview.locator(".label")).to_have_text(f"z1 {u:.2f}, z2 {v:.2f}")
    # It grows when it has just appeared.
    eventually(visitor, lambda: preview.bounding_box()["width"] > 3 * cell.bounding_box()["width"])
    cell.click()
    wait_for_point(visitor, np.float32([u, v]))
    # The point glides there.
    eventually(visitor, lambda: readout(visitor), pytest.approx([u, v], abs=0.006))


def test_the_manifold_as_poster_and_as_svg(visitor):
    model = load_model("digits-2d")
    across, _ = manifold_coordinates(model, plane_of_model(model), None, 15, "normal")
    open_tool(visitor, "manifold")
    poster = downloaded(visitor, "Poster, 8,000 pixels")
    assert poster.suggested_filename == "digits-2d-manifold.png"
    with Image.open(poster.path()) as picture:
        assert picture.size == (8000, 8000)
    svg = downloaded(visitor, "SVG with labels")
    root = ElementTree.parse(svg.path()).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{space}svg"
    texts = ["".join(text.itertext()) for text in root.iter(f"{space}text")]
    assert {f"{across[0]:.2f}", f"{across[14]:.2f}", "digits-2d"} <= {
        text.replace("−", "-") for text in texts
    }
    assert any("z1" in text and "z2" in text for text in texts)
    assert len(list(root.iter(f"{space}image"))) == 1


def test_a_cell_of_a_traversal_leads_to_its_place_and_the_film_moves(visitor):
    model = load_model("sprites-10d")
    z = np.full(10, 0.5, np.float32)
    ranked = [one for one in dimensions_of(model) if one.active]
    codes = traversal_codes(z, ranked[:1], 11)[0]
    open_tool(visitor, "traversals", "sprites-10d", ",".join(["0.5"] * 10))
    name = f"z{ranked[0].index + 1} = {codes[9][ranked[0].index]:.2f}"
    sheet = sheet_with(visitor, name)
    rows = sheet.locator(".rows > div")
    names = [f"z{one.index + 1}" for one in ranked[:10]]
    eventually(visitor, lambda: [row.split("\n")[0] for row in rows.all_inner_texts()], names)
    film = downloaded(visitor, "Film as GIF")
    with Image.open(film.path()) as picture:
        assert picture.format == "GIF"
        assert picture.n_frames > 20
        first = np.asarray(picture.convert("RGB"))
        picture.seek(picture.n_frames // 2)
        assert (np.asarray(picture.convert("RGB")) != first).any()
    sheet.get_by_role("button", name=name, exact=True).click()
    wait_for_point(visitor, codes[9])


def test_a_seed_names_its_samples_and_a_click_keeps_one(visitor):
    open_tool(visitor, "samples", seed=5)

    def pictures():
        return [
            picture_of(sheet_with(visitor, f"{way} sample 1")) for way in ("Prior", "Box", "Where codes lie")
        ]

    five = pictures()
    assert len(set(five)) == 3
    visitor.get_by_role("button", name="Draw anew").click()
    visitor.wait_for_function("location.search.includes('seed=6')")
    expect(visitor.get_by_role("button", name="Seed 6")).to_be_visible()
    eventually(visitor, lambda: not set(pictures()) & set(five))
    # What is left of a run would put its own seed into the field.
    at_rest(visitor)
    visitor.get_by_role("button", name="Seed 6").click()
    seed = visitor.get_by_role("spinbutton")
    seed.fill("5")
    seed.press("Enter")
    visitor.wait_for_function("location.search.includes('seed=5')")
    eventually(visitor, pictures, five)
    model = load_model("digits-2d")
    sheet = sheet_with(visitor, "Where codes lie sample 4")
    wanted = cells_of(visitor, sheet, (28, 28))[0, 3].astype(int)
    sheet.get_by_role("button", name="Where codes lie sample 4", exact=True).click()
    visitor.wait_for_function("!location.search.includes('z=1%2C1') && !location.search.includes('z=1,1')")
    got = rounded_bytes(model.decode([url_point(visitor)]))[0, ..., 0].astype(int)
    # The address has four digits of each number.
    assert np.abs(got - wanted).max() <= 2


def test_a_drawing_becomes_the_point(visitor):
    open_tool(visitor, "start")
    visitor.get_by_role("radio", name="Draw", exact=True).click()
    canvas = visitor.get_by_role("application", name="Drawing canvas, 28 by 28")
    canvas.wait_for()
    at_rest(visitor)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    visitor.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    visitor.mouse.down()
    visitor.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=12)
    visitor.mouse.up()
    answer = sheet_with(visitor, "The model's version of your drawing")
    visitor.wait_for_function("!location.search.includes('z=1%2C1') && !location.search.includes('z=1,1')")
    got = rounded_bytes(load_model("digits-2d").decode([url_point(visitor)]))[0, ..., 0].astype(int)
    eventually(visitor, lambda: np.abs(cells_of(visitor, answer, (28, 28))[0, 0] - got).max() <= 2)
    # The drawing is still there to go on with.
    expect(visitor.get_by_role("button", name="Clear")).to_be_enabled()


def test_a_posterior_shows_the_original_beside_its_reconstruction(visitor):
    model = load_model("digits-2d")
    row = nearest_row(model.latents, [1, 1])
    open_tool(visitor, "posterior")
    sheet = sheet_with(visitor, "Reconstruction")
    labels = sheet.locator(".cell").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert labels[:3] == ["Original", "Reconstruction", "Mean of 30 draws"]
    original, reconstruction = cells_of(visitor, sheet, (28, 28))[0, :2]
    expected = rounded_bytes(model.decode(model.latents.z_mean[[row]]))[0, ..., 0].astype(int)
    assert np.abs(reconstruction - expected).max() <= 1
    assert (original != reconstruction).any()
    assert original.max() > 200
    visitor.get_by_role("button", name="Draw 7", exact=True).click()
    visitor.wait_for_function("!location.search.includes('z=1%2C1') && !location.search.includes('z=1,1')")
    overlay = visitor.locator("[data-part='overlay']")
    inked = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((value) => value > 0)"
    eventually(visitor, lambda: overlay.evaluate(inked))


def test_a_code_that_is_pasted_leads_there_and_a_wrong_one_is_refused_beside_the_field(visitor):
    open_tool(visitor, "journey")
    field = visitor.get_by_role("textbox", name="Go to a code")
    for text, words in (("1;2", "expected numbers"), ("1,2,3", "takes 2"), ("nan,1", "finite")):
        field.fill(text)
        visitor.get_by_role("button", name="Go there").click()
        alert = visitor.get_by_test_id("stAlert").filter(has_text=words)
        expect(alert).to_contain_text("This is no code of digits-2d")
    eventually(visitor, lambda: 0 < alert.bounding_box()["y"] - field.bounding_box()["y"] < 200)
    assert url_point(visitor) == [1, 1]
    field.fill("[-1.25, 0.5]")
    visitor.get_by_role("button", name="Go there").click()
    wait_for_point(visitor, [-1.25, 0.5])
    expect(visitor.locator(".readout")).to_have_text("z1 −1.25   z2 0.50")
    expect(visitor.get_by_text("This is no code")).to_have_count(0)
