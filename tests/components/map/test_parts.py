"""The parts of the map that draw nothing by themselves: contours, histograms, pictures and files."""

import io
import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from ui.server.modules import modules_url

SVG = "{http://www.w3.org/2000/svg}"
SHARES = [0.97, 0.9, 0.7, 0.5, 0.3, 0.1]
EXTENT = {"x0": -5, "x1": 5, "y0": -5, "y1": 5}


@pytest.fixture
def page(chromium, server):
    """A page of the server without an app on it; fails at the end if a script raised an error."""
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/_stcore/health")
    yield page
    context.close()
    assert not errors, errors


@pytest.fixture
def run(page):
    """``run(module, body, value)``: what the function ``body`` of the module ``m`` and ``value`` returns."""

    def result(module, body, value=None):
        script = f"async ([address, value]) => {{ const m = await import(address); {body} }}"
        return page.evaluate(script, [f"{modules_url()}/{module}.js", value])

    return result


CONTOURS = """
    const { xs, ys, mask, extent, options } = value;
    const shown = mask && Uint8Array.from(mask);
    const found = m.contours(Float32Array.from(xs), Float32Array.from(ys), shown, extent, options);
    return found.map(({ level, lines }) => ({ level, lines: lines.map((line) => Array.from(line)) }));
"""


def contours(run, points, mask=None, extent=EXTENT, **options):
    """Lines (k, 2) by their level."""
    points = np.asarray(points, np.float32).reshape(-1, 2)
    value = {"xs": points[:, 0].tolist(), "ys": points[:, 1].tolist(), "mask": mask, "extent": extent}
    found = run("map/contours", CONTOURS, {**value, "options": options})
    return {each["level"]: [np.reshape(line, (-1, 2)) for line in each["lines"]] for each in found}


def is_inside(points, lines):
    """Whether each point is within the lines, by the even-odd rule."""
    x, y = points.T
    crossings = np.zeros(len(points), int)
    for line in lines:
        for (ax, ay), (bx, by) in pairwise(line):
            if ay != by:
                crossings += ((ay > y) != (by > y)) & (x < ax + (y - ay) / (by - ay) * (bx - ax))
    return crossings % 2 == 1


def area(line):
    """Positive where the line runs against the clock."""
    (x, y), (next_x, next_y) = line[:-1].T, line[1:].T
    return float(np.sum(x * next_y - next_x * y) / 2)


def test_contours_of_a_gaussian_are_circles_that_hold_their_share_of_the_points(run):
    points = np.random.default_rng(0).standard_normal((20_000, 2)).astype(np.float32)
    found = contours(run, points)
    assert list(found) == SHARES
    for share, lines in found.items():
        # A share of a Gaussian lies within sqrt(-2 ln(1 - share)) standard deviations; of a half, 1.177.
        radius = math.sqrt(-2 * math.log(1 - share))
        longest = max(lines, key=len)
        assert np.hypot(*longest.T).mean() == pytest.approx(radius, rel=0.06)
        assert is_inside(points, lines).mean() == pytest.approx(share, abs=0.012)
        for line in lines:
            np.testing.assert_array_equal(line[0], line[-1])


def test_contours_follow_the_units_and_the_mask(run):
    points = np.random.default_rng(1).standard_normal((500, 2))
    shown = points[:400]
    stretch, shift = np.array([20, 0.5]), np.array([300, 7])
    extent = {"x0": 200, "x1": 400, "y0": 4.5, "y1": 9.5}
    mask = [1] * 400 + [0] * 100
    expected = contours(run, shown, levels=[0.5])[0.5]
    found = contours(run, points * stretch + shift, mask, extent, levels=[0.5])[0.5]
    assert len(found) == len(expected)
    for line, plain in zip(found, expected, strict=True):
        np.testing.assert_allclose((line - shift) / stretch, plain, atol=0.002)


def test_separate_clouds_have_lines_of_their_own_and_a_ring_has_two(run):
    rng = np.random.default_rng(2)
    clouds = np.concatenate([rng.normal(-2.5, 0.3, (2_000, 2)), rng.normal(2.5, 0.3, (2_000, 2))])
    found = contours(run, clouds, cells=64, levels=[0.9])[0.9]
    assert len(found) == 2
    # The inside is on the left of a line.
    assert all(area(line) > 0 for line in found)
    assert sorted(np.sign(line.mean()) for line in found) == [-1, 1]
    angle, radius = rng.uniform(0, 2 * np.pi, 20_000), rng.normal(3, 0.15, 20_000)
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    outside, inside = sorted(contours(run, ring, levels=[0.9])[0.9], key=len, reverse=True)
    assert area(outside) > 9 * np.pi > -area(inside) > 0
    assert is_inside(ring, [outside, inside]).mean() == pytest.approx(0.9, abs=0.03)


def test_a_cloud_across_the_edge_leaves_an_open_line_or_none(run):
    points = np.random.default_rng(3).standard_normal((5_000, 2))
    half = {"x0": 0, "x1": 5, "y0": -5, "y1": 5}
    for lines in contours(run, points, extent=half).values():
        assert all(line[:, 0].max() < 5 for line in lines)
    # Points beyond all that a Gaussian reaches change nothing.
    far = np.concatenate([points[:100], np.full((100, 2), 40.0)])
    near, both = contours(run, points[:100]), contours(run, far)
    assert all(
        np.array_equal(one, other)
        for level in near
        for one, other in zip(near[level], both[level], strict=True)
    )


@pytest.mark.parametrize(
    ("points", "mask", "extent"),
    [
        ([], None, EXTENT),
        ([[0, 0], [1, 1]], [0, 0], EXTENT),
        ([[9, 9]], None, EXTENT),
        ([[0, 0]], None, {"x0": 1, "x1": 1, "y0": -5, "y1": 5}),
    ],
)
def test_there_are_no_contours_of_nothing(run, points, mask, extent):
    assert contours(run, points, mask, extent) == {}


def test_contours_of_a_single_place_surround_it(run):
    for count in (1, 50):
        found = contours(run, [[1, -2]] * count)
        ((line,),) = found.values()
        np.testing.assert_array_equal(line[0], line[-1])
        assert np.abs(line - [1, -2]).max() < 0.3
        assert is_inside(np.array([[1, -2]]), [line]).all()
    assert contours(run, [[math.nan, 0], [1, -2]]).keys() == {0.97}


@pytest.mark.parametrize("count", range(2, 6))
def test_contours_of_few_points_surround_them_all(run, count):
    points = np.random.default_rng(count).uniform(-3, 3, (count, 2))
    found = contours(run, points)
    assert all(found.values())
    assert is_inside(points, found[0.97]).all()


MARGINALS = """
    const { xs, ys, values, mask, view, bins, categories } = value;
    const places = [xs, ys].map((each) => Float32Array.from(each));
    const [classes, shown] = [values, mask].map((each) => each && Uint8Array.from(each));
    const { across, up } = m.marginals(...places, classes, shown, view, bins, categories);
    return [across, up].map((series) => series.map((counts) => Array.from(counts)));
"""


def test_histograms_count_each_category_within_the_view(run):
    value = {
        "xs": [0, 0.4, 1, 2, 2, -1, 1],
        "ys": [0, 0.6, 2, 2, 0, 0, 9],
        "values": [0, 1, 1, 255, 0, 0, 0],
        "mask": [1, 1, 1, 1, 0, 1, 1],
        "view": {"x0": 0, "x1": 2, "y0": 0, "y1": 2},
        "bins": 4,
        "categories": 2,
    }
    # The fifth is hidden, the sixth and seventh are outside; the fourth, on the edge, has no category.
    across, up = run("map/marginals", MARGINALS, value)
    assert across == [[1, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]]
    assert up == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 1]]
    across, up = run("map/marginals", MARGINALS, {**value, "values": None, "mask": None, "categories": 0})
    assert across == [[2, 0, 1, 2]]
    assert up == [[2, 1, 0, 2]]
    flat = {**value, "view": {"x0": 1, "x1": 1, "y0": 0, "y1": 2}}
    assert run("map/marginals", MARGINALS, flat) == [[[0] * 4] * 3] * 2


def test_histograms_agree_with_numpy(run):
    rng = np.random.default_rng(4)
    points, values = rng.standard_normal((3_000, 2)).astype(np.float32), rng.integers(0, 3, 3_000)
    view = {"x0": -1.5, "x1": 2, "y0": -1, "y1": 1.25}
    value = {
        "xs": points[:, 0].tolist(),
        "ys": points[:, 1].tolist(),
        "values": values.tolist(),
        "mask": None,
    }
    across, up = run("map/marginals", MARGINALS, {**value, "view": view, "bins": 28, "categories": 3})
    low, high = np.array([-1.5, -1]), np.array([2, 1.25])
    inside = ((points >= low) & (points <= high)).all(axis=1)
    for category in range(3):
        rows = points[inside & (values == category)]
        # Fewer than a handful may lie so near to the edge of a bin that rounding decides.
        for axis, found in enumerate((across, up)):
            expected, _ = np.histogram(rows[:, axis], 28, (low[axis], high[axis]))
            assert np.abs(np.array(found[category]) - expected).sum() <= 4
            assert sum(found[category]) == len(rows)
    assert sum(across[3]) == sum(up[3]) == 0


DRAW_MARGINALS = """
    const canvas = new OffscreenCanvas(120, 120), context = canvas.getContext("2d");
    const series = (rows) => rows.map((row) => Uint32Array.from(row));
    const across = { x: 0, y: 0, width: 80, height: 40 }, up = { x: 80, y: 40, width: 40, height: 80 };
    const result = { across: series(value.across), up: series(value.up) };
    m.drawMarginals(context, result, { across, up: value.both ? up : null }, ["#ff0000"], "#0000ff");
    const { data } = context.getImageData(0, 0, 120, 120);
    const at = (x, y) => {
      const i = 4 * (y * 120 + x);
      return data[i + 3] < 128 ? "" : data[i] > data[i + 2] ? "red" : "blue";
    };
    return value.places.map(([x, y]) => at(x, y));
"""


def test_histograms_are_stacked_from_the_edge_of_the_map(run):
    value = {
        "across": [[1, 0, 2, 0], [1, 0, 2, 1]],
        "up": [[4, 0, 0, 0], [0, 0, 0, 2]],
        "both": True,
        # Across: bars of 2, 0, 4 and 1, the first category below; up: the lowest bin at the bottom.
        "places": [[10, 35], [10, 25], [10, 15], [30, 20], [50, 25], [50, 10], [70, 35], [70, 15]],
    }
    assert run("map/marginals", DRAW_MARGINALS, value) == ["red", "blue", "", "", "red", "blue", "blue", ""]
    beside = {**value, "places": [[115, 110], [95, 50], [105, 50], [95, 75]]}
    assert run("map/marginals", DRAW_MARGINALS, beside) == ["red", "blue", "", ""]
    assert run("map/marginals", DRAW_MARGINALS, {**beside, "both": False}) == [""] * 4
    nothing = {**value, "across": [[0] * 4] * 2, "up": [[0] * 4] * 2}
    assert run("map/marginals", DRAW_MARGINALS, nothing) == [""] * 8


MAP = {
    "title": "A map of <digits> & \x0b\ud800letters",
    "description": 'of "2" points',
    "width": 300,
    "height": 200,
    "view": {"x0": -3, "x1": 3, "y0": -2, "y1": 2},
    "xs": [0, 1.504, -2.95, 90, float("nan"), 0.5],
    "ys": [0, 1.004, 0, 0, 0, 0.5],
    "values": [0, 1, 255, 0, 0, 1],
    "mask": [1, 1, 1, 1, 1, 0],
    "colours": ["#ff0000", '#00ff00"><script/>'],
    "neutral": "#777777",
    "radius": 1.5,
    "legend": {"name": "Class & kind", "entries": [{"name": "<one>", "colour": "#ff0000", "count": 1234}]},
    "axes": {"names": ["z1 <", "z2"], "ticks": [[-2, 0, 2, 9], [-1, 0, 1]]},
    "marks": [
        {"x": 0, "y": 1, "label": "you & me", "kind": "here"},
        {"x": 1, "y": 1, "label": "new", "kind": "new"},
        {"x": -1, "y": -1, "label": "road", "kind": "path"},
        {"x": 0, "y": -1, "label": "road", "kind": "path"},
        {"x": 1, "y": -1, "label": "other", "kind": "path"},
        {"x": 1, "y": -1, "label": "", "kind": "toString"},
    ],
    "contours": [{"lines": [[-1, -1, 1, -1, 0, 1, -1, -1], [2, 0, 3, 0]]}],
}


def svg(run, options):
    root = ElementTree.fromstring(run("map/export", "return m.svgOf(value);", options))
    return root, {name: root.findall(f".//{SVG}{name}") for name in ("circle", "path", "text", "g")}


def test_an_svg_holds_the_points_and_all_that_is_said_of_them(run):
    root, parts = svg(run, MAP)
    assert root.findtext(f"{SVG}title") == "A map of <digits> & letters"
    assert root.findtext(f"{SVG}desc") == 'of "2" points'
    texts = [element.text for element in parts["text"]]
    assert texts[0] == "A map of <digits> & letters"
    for said in ("you & me", "new", "Class & kind", "z1 <", "z2", "−2"):
        assert texts.count(said) == 1, said
    assert texts.count("road") == texts.count("other") == 1
    assert "<one>  1,234" in texts
    assert "9" not in texts
    by_colour = {}
    for group in parts["g"]:
        for circle in group.findall(f"{SVG}circle"):
            if circle.get("r") == "1.5":
                by_colour[group.get("fill")] = (circle.get("cx"), circle.get("cy"))
    # One is hidden, one outside the view and one nowhere.
    assert by_colour == {
        "#ff0000": ("150", "100"),
        '#00ff00"><script/>': ("225.2", "49.8"),
        "#777777": ("2.5", "100"),
    }
    paths = [path.get("d") for path in parts["path"]]
    assert "M100 150L200 150L150 50ZM250 100L300 100" in paths
    assert "M100 150L150 150" in paths
    assert "M200 150" in paths


def test_an_svg_needs_only_points(run):
    root, parts = svg(run, {"width": 100, "height": 80, "xs": [10, 20], "ys": [30, 40]})
    assert [(c.get("cx"), c.get("cy")) for c in parts["circle"]] == [("10", "30"), ("20", "40")]
    assert root.findtext(f"{SVG}title") == "Map"
    assert not parts["text"]
    options = {"colours": ["#111111", "#222222"], "legend": {"name": "KL", "low": -1.5, "high": 12.25}}
    options["legend"]["colours"] = ["#000000", "#888888", "#ffffff"]
    root, parts = svg(run, {"width": 100, "height": 80, "xs": [10, 20], "ys": [30, 40], **options})
    assert [group.get("fill") for group in parts["g"] if group.get("fill")] == ["#111111", "#222222"]
    assert [stop.get("offset") for stop in root.iter(f"{SVG}stop")] == ["0.000", "0.500", "1.000"]
    assert [element.text for element in parts["text"]] == ["KL", "−1.5", "12.3"]


def test_no_colour_hides_another_in_an_svg_of_many_points(run):
    count = 70_000
    body = f"""
        const xs = Float32Array.from({{ length: {count} }}, (_, i) => (i * 0.7548776662) % 1);
        const ys = xs.map((_, i) => (i * 0.5698402910) % 1);
        const values = Uint8Array.from(xs, (_, i) => (i < {count} / 2 ? 0 : 1));
        const view = {{ x0: 0, x1: 1, y0: 0, y1: 1 }};
        const colours = ["#a00000", "#00a000"];
        return m.svgOf({{ width: 1200, height: 900, xs, ys, values, view, colours }});"""
    text = run("map/export", body)
    assert len(text) < 4_000_000
    assert text.count("<circle") == count
    layers = re.findall(r'<g fill="#([0a]{6})">', text)
    assert layers == ["a00000", "00a000"] * 16


def test_a_text_too_long_is_cut_and_stays_within(run):
    title = "𝔘" * 300
    root, parts = svg(run, {**MAP, "title": title, "marks": []})
    assert root.findtext(f"{SVG}title") == title
    heading = parts["text"][0]
    assert heading.text.endswith("…")
    assert len(heading.text) * 0.6 * float(heading.get("font-size")) <= float(root.get("width"))


def test_a_png_has_the_size_and_the_background(run):
    body = """
        const blob = await m.pngOf((context, width, height) => {
          context.fillStyle = "#ff0000";
          context.fillRect(width / 2, 0, width / 2, height);
        }, 30, 20, value);
        return [blob.type, Array.from(new Uint8Array(await blob.arrayBuffer()))];"""
    kind, content = run("map/export", body, "#123456")
    assert kind == "image/png"
    picture = np.asarray(Image.open(io.BytesIO(bytes(content))).convert("RGB"))
    assert picture.shape == (20, 30, 3)
    assert (picture[:, :15] == [0x12, 0x34, 0x56]).all()
    assert (picture[:, 15:] == [255, 0, 0]).all()
    refused = "return m.pngOf(() => {}, ...value).then(() => '', (error) => error.message);"
    for size in ([100_000, 100_000], [0, 10], [10, None]):
        assert "choose a smaller one" in run("map/export", refused, size)


def test_a_file_is_saved_under_a_name_that_every_system_takes(page, run):
    with page.expect_download() as saved:
        run(
            "kit/files",
            "m.download(new Blob(['<svg/>'], { type: 'image/svg+xml' }), '../Map of <é>: 1/2.svg');",
        )
    assert saved.value.suggested_filename == "Map-of-é-1-2.svg"
    assert saved.value.path().read_text() == "<svg/>"
    assert page.locator("a[download]").count() == 0
    names = run(
        "kit/files", "return value.map(m.fileName);", ["", "...", "a\u202eb\x00c", "x" * 300 + ".png"]
    )
    assert names[:3] == ["map", "map", "a-b-c"]
    assert len(names[3]) == 120
    assert names[3].endswith(".png")
