"""The map's arithmetic, module by module: camera, cloud, stamps, outlines, motions, ticks and colours."""

import math

import numpy as np
import pytest

from ui.server import modules as scripts

EXTENT = [[-2, 6], [-1, 1]]


@pytest.fixture(scope="module")
def modules(chromium):
    """A page that has nothing but the player's modules."""
    page = chromium.new_page()

    def answer(route):
        name = route.request.url.removeprefix("http://modules.test/")
        is_module = name in scripts.modules()
        content = scripts.modules()[name] if is_module else b"<!doctype html>"
        route.fulfill(body=content, content_type="text/javascript" if is_module else "text/html")

    page.route("http://modules.test/**", answer)
    page.goto("http://modules.test/")
    yield page
    page.close()


@pytest.fixture
def run(modules):
    """``run(module, body, value)``: what ``body`` makes of the module ``m`` and of ``value``."""

    def result(module, body, value=None):
        script = f"async ([address, value]) => {{ const m = await import(address); {body} }}"
        return modules.evaluate(script, [f"http://modules.test/{module}.js", value])

    return result


CAMERA = """
    const camera = new m.Camera();
    camera.show(value.extent);
    camera.resize(...value.size);
"""


def test_a_fitted_camera_sees_all_with_equal_scales(run):
    body = (
        CAMERA
        + "return [camera.scale, camera.toScreen(2, 0), camera.toScreen(-2, -1), camera.view, camera.zoom]"
    )
    scale, middle, corner, view, zoom = run("map/camera", body, {"extent": EXTENT, "size": [852, 500]})
    assert scale == pytest.approx((852 - 52) / 8)
    assert middle == pytest.approx([426, 250])
    assert corner == pytest.approx([26, 350])
    assert (view["x0"], view["x1"]) == pytest.approx((2 - 4.26, 2 + 4.26))
    assert (view["y0"], view["y1"]) == pytest.approx((-2.5, 2.5))
    assert zoom == 1


def test_zooming_keeps_the_place_under_the_pointer_and_has_bounds(run):
    body = (
        CAMERA
        + """
      const before = camera.toMap(500, 200);
      camera.zoomAt(500, 200, 3);
      const after = camera.toMap(500, 200);
      const zoom = camera.zoom;
      camera.zoomAt(426, 250, 1e9);
      const most = camera.zoom;
      camera.zoomAt(426, 250, 1e-9);
      return { before, after, zoom, most, least: camera.zoom };
    """
    )
    seen = run("map/camera", body, {"extent": EXTENT, "size": [852, 500]})
    assert seen["after"] == pytest.approx(seen["before"])
    assert seen["zoom"] == pytest.approx(3)
    assert seen["most"] == pytest.approx(160)
    assert seen["least"] == pytest.approx(0.5)


def test_panning_follows_the_hand_and_never_loses_the_points(run):
    body = (
        CAMERA
        + """
      const [x, y] = camera.toMap(300, 300);
      camera.panBy(40, -30);
      const moved = camera.toScreen(x, y);
      camera.panBy(1e7, 1e7);
      return { moved, place: [camera.x, camera.y] };
    """
    )
    seen = run("map/camera", body, {"extent": EXTENT, "size": [852, 500]})
    assert seen["moved"] == pytest.approx([340, 270])
    assert seen["place"] == [-2, 1]


def test_a_new_size_keeps_what_was_fitted_fitted_and_what_was_near_near(run):
    body = (
        CAMERA
        + """
      camera.resize(452, 500);
      const fitted = camera.scale;
      camera.zoomAt(226, 250, 4);
      camera.resize(852, 500);
      return { fitted, zoom: camera.zoom, x: camera.x };
    """
    )
    seen = run("map/camera", body, {"extent": EXTENT, "size": [852, 500]})
    assert seen == {"fitted": pytest.approx(50), "zoom": pytest.approx(4), "x": pytest.approx(2)}


def test_the_spread_is_what_the_points_take_of_the_window(run):
    body = CAMERA + "camera.zoomAt(0, 0, 5); return camera.spread"
    assert run("map/camera", body, {"extent": EXTENT, "size": [852, 500]}) == pytest.approx(800 * 200)
    line = {"extent": [[-4, 4], [0, 0.001]], "size": [852, 500]}
    assert run("map/camera", body, line) == pytest.approx(0.15 * 852 * 500)


def test_marks_outside_widen_the_extent(run):
    wide = run("map/camera", "return m.extentWith([[0, 1], [0, 1]], [[3, -2], [0.5, 0.5]])")
    assert wide == [[0, 3], [-2, 1]]
    assert run("map/camera", "return m.extentWith([[0, 1], [0, 1]], [])") == [[0, 1], [0, 1]]


CLOUD = """
    const bytes = new ArrayBuffer(4 + 10 * value.index.length);
    const n = value.index.length;
    new Uint32Array(bytes, 0, 1)[0] = n;
    new Uint32Array(bytes, 4, n).set(value.index);
    new Uint16Array(bytes, 4 + 4 * n, n).set(value.x);
    new Uint16Array(bytes, 4 + 6 * n, n).set(value.y);
    new Int16Array(bytes, 4 + 8 * n, n).set(value.label);
    const cloud = new m.Cloud(bytes, value.extent);
    const all = new Uint8Array(n).fill(1);
    const rowsOf = (slots) => slots.map((slot) => cloud.rows[slot]);
"""


def raw_cloud(count, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "index": (np.arange(count) + (np.arange(count) % 2) * 2**31).tolist(),
        "x": generator.integers(0, 65_536, count).tolist(),
        "y": generator.integers(0, 65_536, count).tolist(),
        "label": (np.arange(count) % 7 - 1).tolist(),
        "extent": EXTENT,
    }


def places_of(raw):
    steps = np.array([raw["x"], raw["y"]], float).T
    low, high = np.array(raw["extent"], float).T
    return (low + (high - low) * steps / 65_535).astype(np.float32)


def test_the_order_of_drawing_is_shuffled_and_always_the_same(run):
    body = "return [[...m.shuffled(2000)], [...m.shuffled(3)], [...m.shuffled(2000)], [...m.shuffled(0)]]"
    order, _, again, none = run("map/cloud", body)
    assert order == again
    assert sorted(order) == list(range(2_000))
    assert none == []
    # Of a shuffled order each half has about half of the first rows.
    assert 420 < sum(row < 1_000 for row in order[:1_000]) < 580


def test_a_cloud_keeps_what_each_row_is(run):
    raw = raw_cloud(500)
    body = (
        CLOUD
        + """
      return cloud.rows.reduce((found, row, slot) => ({ ...found, [row]: [
        cloud.x[slot], cloud.y[slot], cloud.label[slot], cloud.pictureNumber(slot), cloud.isTraining(slot),
        cloud.slots[row] === slot ] }), {});
    """
    )
    found = run("map/cloud", body, raw)
    places = places_of(raw)
    for row in range(500):
        x, y, label, number, is_training, is_back = found[str(row)]
        assert (x, y) == pytest.approx(tuple(places[row]), abs=1e-5)
        assert (label, number, is_training, is_back) == (raw["label"][row], row, row % 2 == 1, True)


@pytest.mark.parametrize("count", [0, 1, 3, 2_000])
def test_the_nearest_are_those_that_a_search_of_all_finds(run, count):
    raw = raw_cloud(count, seed=count)
    places = places_of(raw).astype(float)
    body = (
        CLOUD
        + """
      const mask = all.map((_, slot) => cloud.rows[slot] % 3 !== 0);
      return value.asked.map(([x, y, reach]) => ({
        nearest: cloud.nearest(x, y, reach, mask) < 0 ? -1 : cloud.rows[cloud.nearest(x, y, reach, mask)],
        near: rowsOf(cloud.near(x, y, reach, mask, 5)),
      }));
    """
    )
    asked = np.random.default_rng(1).uniform((-3, -2, 0.01), (7, 2, 1.5), (60, 3)).tolist()
    rows = np.flatnonzero(np.arange(count) % 3 != 0)
    for (x, y, reach), found in zip(asked, run("map/cloud", body, {**raw, "asked": asked}), strict=True):
        away = np.hypot(places[rows, 0] - x, places[rows, 1] - y)
        order = [int(row) for row in rows[np.argsort(away)] if np.hypot(*(places[row] - (x, y))) <= reach]
        assert found["nearest"] == (order[0] if order else -1)
        assert found["near"] == order[:5]


def test_points_within_a_rectangle_unless_there_are_too_many(run):
    raw = raw_cloud(1_000)
    body = (
        CLOUD
        + """
      const box = { x0: -1, x1: 3, y0: -0.5, y1: 0.9 };
      const empty = { ...box, x0: 9, x1: 8 };
      return [rowsOf(cloud.within(box, all)), cloud.within(box, all, 20), cloud.within(empty, all)];
    """
    )
    rows, too_many, none = run("map/cloud", body, raw)
    x, y = places_of(raw).T
    expected = np.flatnonzero((x >= -1) & (x <= 3) & (y >= -0.5) & (y <= 0.9))
    assert sorted(rows) == expected.tolist()
    assert too_many is None
    assert none == []


@pytest.mark.parametrize("length", [0, 3, 4 + 10 * 5 - 1, 4 + 10 * 6])
def test_bytes_that_do_not_fit_are_refused(run, length):
    body = """
      const bytes = new ArrayBuffer(value);
      if (value >= 4) new Uint32Array(bytes, 0, 1)[0] = 5;
      try { new m.Cloud(bytes, [[0, 1], [0, 1]]); return "taken"; } catch (error) { return error.message; }
    """
    assert "not as long" in run("map/cloud", body, length)


@pytest.mark.parametrize("radius", [0.5, 1.15, 2, 3.3, 6])
def test_stamps_cover_the_area_of_their_disc_around_its_middle(run, radius):
    stamps = run("map/splat", "return m.stampsOf(value)", radius)
    for number, phase in enumerate(stamps["phases"]):
        cover = np.array(phase["cover"]) / 255
        # The rim is soft over one pixel: up to a fifth of the area of a small disc.
        assert cover.sum() == pytest.approx(math.pi * radius**2, rel=0.25 / radius)
        middle = ((number % 4 + 0.5) / 4 - 0.5, (number // 4 + 0.5) / 4 - 0.5)
        centre = (cover @ phase["across"] / cover.sum(), cover @ phase["down"] / cover.sum())
        assert centre == pytest.approx(middle, abs=0.17)


SPLAT = """
    const splatter = new m.Splatter();
    const colours = new Int32Array(256);
    value.colours.forEach((colour, i) => (colours[i] = m.packed(colour)));
    splatter.begin(20, 10, 3);
    const points = { x: Float32Array.from(value.x), y: Float32Array.from(value.y),
      values: Uint8Array.from(value.values), levels: Uint8Array.from(value.levels) };
    const drawn = splatter.draw(points, { scale: 2, left: 4, top: 8 }, colours, 1, value.opacity);
    const canvas = new OffscreenCanvas(20, 10);
    splatter.putInto(canvas.getContext("2d"));
    const data = [...canvas.getContext("2d").getImageData(0, 0, 20, 10).data];
    return { drawn, data };
"""


def splatted(run, x, y, values, levels=None, opacity=1, colours=("#ff0000", "#0080ff")):
    given = {"x": x, "y": y, "values": values, "levels": levels or [1] * len(x), "opacity": opacity}
    found = run("map/splat", SPLAT, {**given, "colours": list(colours)})
    return found["drawn"], np.array(found["data"]).reshape(10, 20, 4)


def test_a_point_is_drawn_where_it_is_and_in_its_colour(run):
    drawn, data = splatted(run, [3], [1.5], [1])
    assert drawn == 1
    # At 2 * 3 + 4 across and 8 - 2 * 1.5 down: the corner of four pixels.
    assert data[4:6, 9:11].tolist() == [[[0, 128, 255, 255]] * 2] * 2
    weights = data[..., 3] / data[..., 3].sum()
    down, across = np.mgrid[:10, :20] + 0.5
    assert (weights * across).sum() == pytest.approx(10, abs=0.3)
    assert (weights * down).sum() == pytest.approx(5, abs=0.3)
    assert (data[0] == 0).all()


def test_the_later_of_two_points_lies_above_and_a_pale_one_lets_the_other_through(run):
    _, data = splatted(run, [3, 3], [1.5, 1.5], [0, 1])
    assert data[5, 10].tolist() == [0, 128, 255, 255]
    _, data = splatted(run, [3], [1.5], [0], opacity=0.5)
    assert data[5, 10].tolist() == pytest.approx([255, 0, 0, 128], abs=2)
    _, data = splatted(run, [3, 3], [1.5, 1.5], [0, 1], opacity=0.5)
    # Porter and Duff: opacity 3/4, of which two thirds are the upper colour's.
    assert data[5, 10].tolist() == pytest.approx([85, 85, 170, 191], abs=5)


def test_points_at_the_rim_and_beyond_spoil_nothing(run):
    places = [-2, 8, -3.4, 9.4, -100, 1e9, float("inf"), -1e30]
    drawn, data = splatted(run, places, [1.5] * len(places), [0] * len(places))
    assert 2 <= drawn <= 4
    assert data[5, 0].tolist() == [255, 0, 0, 255]
    assert data[5, 19].tolist() == [255, 0, 0, 255]
    assert (data[:, 5:15] == 0).all()
    assert splatted(run, [3], [1.5], [0], levels=[2])[0] == 0


def test_an_outline_keeps_the_corners_that_matter(run):
    angles = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    circle = np.stack([100 * np.cos(angles), 100 * np.sin(angles)], axis=1)
    kept = np.array(run("map/lasso", "return m.simplified(value)", circle.tolist()))
    assert len(kept) == 200
    assert np.abs(np.hypot(*kept.T) - 100).max() < 1e-9
    # Every place of the circle is closer to the outline than a tenth of a pixel.
    gaps = np.abs(np.diff(np.unwrap(np.arctan2(kept[:, 1], kept[:, 0]))))
    assert 100 * (1 - np.cos(gaps.max() / 2)) < 0.2
    line = [[float(i), 0.0] for i in range(300)]
    line[150][1] = 40.0
    few = run("map/lasso", "return m.simplified(value, 3)", line)
    assert few == [[0, 0], [150, 40], [299, 0]]
    assert run("map/lasso", "return m.simplified(value)", [[1, 1], [1, 1], [2, 2]]) == [[1, 1], [2, 2]]
    assert run("map/lasso", "return m.simplified([])") == []


INSIDE = (
    'const { Cloud } = await import(address.replace("lasso", "cloud"));'
    + CLOUD.replace("m.Cloud", "Cloud")
    + """
    const marked = m.markInside(cloud, value.polygon, all.map((_, slot) => cloud.rows[slot] % 2 === 0));
    return [...marked].flatMap((one, slot) => (one ? [cloud.rows[slot]] : [])).sort((a, b) => a - b);
"""
)


def crossings(places, polygon):
    """Rows whose ray to the right crosses the outline an odd number of times, edge by edge."""
    inside = np.zeros(len(places), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        between = (y0 > places[:, 1]) != (y1 > places[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x0 + (places[:, 1] - y0) * (x1 - x0) / (y1 - y0)
        inside ^= between & (places[:, 0] < at)
    return np.flatnonzero(inside)


@pytest.mark.parametrize(
    "polygon",
    [
        [[-1, -0.5], [3, -0.5], [3, 0.5], [-1, 0.5]],
        [[0, -0.9], [1, 0.9], [5, -0.6], [-1.5, 0.2], [4, 0.8]],
        [[-9, -9], [9, -9], [9, 9], [-9, 9]],
        [[10, 10], [11, 10], [11, 11]],
    ],
)
def test_what_lies_inside_an_outline(run, polygon):
    raw = raw_cloud(1_500)
    rows = crossings(places_of(raw).astype(float), np.array(polygon, float))
    assert run("map/lasso", INSIDE, {**raw, "polygon": polygon}) == rows[rows % 2 == 0].tolist()


def test_fewer_than_three_corners_enclose_nothing(run):
    raw = raw_cloud(50)
    for polygon in ([], [[0, 0]], [[-9, -9], [9, 9]]):
        assert run("map/lasso", INSIDE, {**raw, "polygon": polygon}) == []


def test_a_motion_of_the_camera_keeps_a_place_where_it_is(run):
    body = """
      const from = { x: 0, y: 0, scale: 10 }, to = { x: 3, y: -1.5, scale: 40 };
      const places = [0, 0.3, 0.7, 1].map((share) => m.placeBetween(from, to, share));
      const level = m.placeBetween(from, { x: 2, y: 4, scale: 10 }, 0.25);
      return { places, level, ends: [-1, 0.5, 2].map(m.eased) };
    """
    seen = run("map/motion", body)
    assert seen["ends"] == [0, 0.5, 1]
    assert seen["level"] == pytest.approx({"x": 0.5, "y": 1, "scale": 10})
    # The place that both see at the same pixel: x * 10 = (x - 3) * 40.
    for place in seen["places"]:
        assert (4 - place["x"]) * place["scale"] == pytest.approx(40)
        assert (-2 - place["y"]) * place["scale"] == pytest.approx(-20)
    assert seen["places"][0] == pytest.approx({"x": 0, "y": 0, "scale": 10})
    assert seen["places"][3] == pytest.approx({"x": 3, "y": -1.5, "scale": 40})


def test_points_start_from_where_they_were_seen(run):
    body = """
      const before = { x: 1, y: 2, scale: 10 }, after = { x: -5, y: 0, scale: 30 };
      const seen = m.seenBy({ x: Float32Array.of(0, 4), y: Float32Array.of(1, 1) }, before, after);
      return [0, 1].map((i) => [(seen.x[i] - after.x) * 30, (seen.y[i] - after.y) * 30]);
    """
    assert run("map/motion", body) == [
        pytest.approx([-10, -10], abs=1e-4),
        pytest.approx([30, -10], abs=1e-4),
    ]


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (-4.2, 4.2, 5, [-4, -2, 0, 2, 4]),
        (0, 1, 10, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        (0.001, 0.0042, 4, [0.001, 0.002, 0.003, 0.004]),
        (-120, 260, 4, [-100, 0, 100, 200]),
        (0.31, 0.39, 1, []),
        (1, 1, 5, []),
        (2, 1, 5, []),
        (float("nan"), 1, 5, []),
    ],
)
def test_ticks_are_round_numbers(run, low, high, most, expected):
    assert run("map/overlay", "return m.ticksOf(...value)", [low, high, most]) == expected


def test_colours_of_categories_repeat_and_those_of_numbers_are_mixed(run):
    body = "return m.coloursOf(value, '#808080').css"
    css = run("map/legend", body, {"categories": ["a", "b", "c"], "colours": ["#ff0000", "#00ff00"]})
    assert (css[0], css[1], css[2], css[255]) == ("#ff0000", "#00ff00", "#ff0000", "#808080")
    css = run("map/legend", body, {"categories": None, "colours": ["#000000", "#ff0000", "#ffffff"]})
    assert (css[0], css[127], css[254], css[255]) == ("#000000", "#ff0000", "#ffffff", "#808080")
    assert css[63] == "#7e0000"


def test_numbers_and_names_of_the_legend(run):
    numbers = [0, -0.00012345, 1234.5, 99.95, -3]
    assert run("map/legend", "return value.map(m.shortNumber)", numbers) == [
        "0",
        "−0.000123",
        "1230",
        "100",
        "−3",
    ]
    names = run("map/legend", "return [-1, 0, 7].map((label) => m.classNameOf(label, ['zero']))")
    assert names == ["no class", "zero", "7"]


def test_counts_by_class_begin_with_the_most_frequent(run):
    body = "return m.countsOf(Int16Array.from(value.labels), Uint8Array.from(value.marked))"
    found = run("map/selection", body, {"labels": [3, -1, 3, 0, 0, 5], "marked": [1, 1, 1, 1, 0, 1]})
    assert found == [[3, 2], [-1, 1], [0, 1], [5, 1]]


def test_many_points_are_small_and_grow_as_one_comes_near(run):
    body = """
      const camera = (zoom) => ({ spread: 600000, zoom });
      return [[100, 1], [10000, 1], [70000, 1], [70000, 40], [100, 40], [0, 1]].map(([n, zoom]) =>
        [m.pointRadius(n, camera(zoom)), m.pointOpacity(n, camera(zoom))]);
    """
    radii, opacities = zip(*run("map/drawing", body), strict=True)
    assert radii[0] > radii[1] > radii[2] >= 1
    assert radii[2] < radii[3] < radii[4] <= 6.5
    assert all(0.5 <= opacity <= 0.92 for opacity in opacities)
    assert opacities[2] < opacities[0]
