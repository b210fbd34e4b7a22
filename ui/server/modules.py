"""The JavaScript of the components, and their HTML and style sheets, as files of ``ui/components``.

The modules are served under an address that holds a digest of all of them, so that a browser may
keep them for ever and never mixes two versions.
"""

import hashlib
from functools import cache
from pathlib import Path

from ui.server.base_path import base_path

FOLDER = Path(__file__).parents[1] / "components"


@cache
def modules() -> dict[str, bytes]:
    """Path below ``ui/components``, such as ``stage/pad.js``, to content of every JavaScript module."""
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in sorted(FOLDER.rglob("*.js"))}


@cache
def version() -> str:
    """A digest of all modules."""
    digest = hashlib.sha256()
    for name, content in modules().items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:16]


def text(name: str) -> str:
    """A file of a component, such as its style sheet, as text."""
    return (FOLDER / name).read_text(encoding="utf-8")


def styles(name: str, *shared: str) -> str:
    """The style sheet ``name`` of a component, after that of the buttons and others that it shares."""
    return "".join(text(one) for one in ("kit/buttons.css", *shared, name))


def modules_url() -> str:
    """Where the modules are."""
    return f"{base_path()}/lab/player/{version()}"
