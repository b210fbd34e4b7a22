"""The order of the rooms: a room uses those before it in ``ROOMS``, none after it, and none in a circle."""

import ast
import re
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.conftest import REPOSITORY

# From the ground up.
ROOMS = (
    "vae_core.specs",
    "vae_core.base",
    "vae_core.families",
    "vae_core.datasets",
    "vae_core.models",
    "vae_core.metrics",
    "vae_core.images",
    "vae_core.runs",
    "vae_core.space",
    "vae_core.maps",
    "vae_core.maps.projections",
    "vae_core.training",
    "vae_core.morphs",
    "vae_core.concepts.expressions",
    "vae_core.concepts",
    "vae_core.cli",
    "vae_core",
    "ui.words",
    "ui.visit",
    "ui.frame",
    "ui.server",
    "ui.jobs",
    "ui.components",
    "ui.pictures",
    "ui.train",
    "ui.concepts",
    "ui.morph",
    "ui.map",
    "ui.explore",
    "ui",
    "pages",
    "app",
)


def modules_of(*folders):
    """Path of every module by its dotted name."""
    files = [REPOSITORY / "app.py", *(file for name in folders for file in (REPOSITORY / name).rglob("*.py"))]
    paths = {path: path.relative_to(REPOSITORY).with_suffix("").parts for path in files}
    return {".".join(parts).removesuffix(".__init__"): path for path, parts in paths.items()}


def imports_of(path, modules):
    """The modules of the project that the one at ``path`` imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            wanted = [f"{node.module}.{name.name}" for name in node.names]
            yield from (name if name in modules else node.module for name in wanted)


def room_of(module):
    """The innermost room that holds the module."""
    holding = [room for room in ROOMS if module == room or module.startswith(f"{room}.")]
    return max(holding, key=len)


def uphill(uses):
    """Imports of a higher room, as "importing module -> imported module"."""
    level = {room: number for number, room in enumerate(ROOMS)}
    return [
        f"{module} -> {used}"
        for module, all_used in sorted(uses.items())
        for used in sorted(all_used)
        if level[room_of(used)] > level[room_of(module)]
    ]


def circle(uses):
    """Modules that import each other in a circle, or None."""
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as error:
        return error.args[1]
    return None


@pytest.fixture(scope="module")
def uses():
    modules = modules_of("vae_core", "ui", "pages")
    return {
        name: {used for used in imports_of(path, modules) if used in modules} - {name}
        for name, path in modules.items()
    }


def test_no_import_runs_up(uses):
    assert len(uses) > 300
    assert uphill(uses) == []


def test_no_circle_of_imports(uses):
    assert circle(uses) is None


def test_every_room_is_there_and_every_folder_is_in_a_room(uses):
    assert {room for room in ROOMS if room != "pages"} <= set(uses)
    folders = {name for name, path in modules_of("vae_core", "ui").items() if path.name == "__init__.py"}
    assert {room_of(folder) for folder in folders} <= set(ROOMS)
    outermost = {".".join(name.split(".")[:2]) for name in folders}
    assert outermost <= set(ROOMS)


COMPONENTS = REPOSITORY / "ui" / "components"
# What a component may use beside itself; of these a room uses those before it.
SHARED = ("engine", "kit")


def scripts_used(script):
    """Paths below ``ui/components`` of what a script imports."""
    text = script.read_text(encoding="utf-8")
    for target in re.findall(r"""(?:from|import|import[(])\s*["']([^"']+)["']""", text):
        yield (script.parent / target).resolve().relative_to(COMPONENTS)


def test_a_component_in_the_browser_knows_itself_the_engine_and_the_kit():
    scripts = sorted(COMPONENTS.rglob("*.js"))
    assert len(scripts) > 80
    uses = {script.relative_to(COMPONENTS): set(scripts_used(script)) for script in scripts}
    assert sum(map(len, uses.values())) > 100
    for script, all_used in uses.items():
        room = script.parts[0]
        others = SHARED[: SHARED.index(room)] if room in SHARED else SHARED
        for used in all_used:
            assert used in uses, f"{script} imports {used}, which is not there"
            assert used.parts[0] in (room, *others), f"{script} imports {used}"
    assert circle(uses) is None


def test_an_import_that_runs_up_and_a_circle_are_found(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("def late():\n    from ui.map import view\n    import vae_core.base.home\n")
    used = set(imports_of(path, {"ui.map", "ui.map.view", "vae_core.base.home"}))
    assert used == {"ui.map.view", "vae_core.base.home"}
    assert uphill({"vae_core.maps.points": used}) == ["vae_core.maps.points -> ui.map.view"]
    assert circle({"ui.a": {"ui.b"}, "ui.b": {"ui.a"}}) is not None
