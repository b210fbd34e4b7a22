"""HTTP routes beside Streamlit's own: player modules, weights, codes, the pad's layers, decoding.

Whatever stands under an address with a digest in it never changes, and browsers keep it. Answers
to bad addresses are one line of plain text.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.server import modules
from ui.server.answers import NotHereError, answers, kept
from ui.server.base_path import base_path
from ui.server.map_routes import map_routes
from ui.server.model_routes import codes, decoded, layer, player_file
from ui.server.run_routes import run_routes
from ui.server.shelf import shelf_route


@answers
def player_module(request: Request, version: str, name: str) -> Response:
    scripts = modules.modules()
    if version != modules.version() or name not in scripts:
        raise NotHereError(f"there is no player module {name!r} of version {version!r}")
    return kept(scripts[name], "text/javascript")


def routes() -> list[Route]:
    """All routes, to be given to ``st.App``."""
    root = f"{base_path()}/lab"
    return [
        Route(f"{root}/player/{{version}}/{{name:path}}", player_module),
        Route(f"{root}/models/{{model}}/decode", decoded),
        Route(f"{root}/models/{{model}}/{{digest}}/codes.bin", codes),
        Route(f"{root}/models/{{model}}/{{digest}}/{{kind}}.png", layer),
        Route(f"{root}/models/{{model}}/{{digest}}/{{name}}", player_file),
        shelf_route(root),
        *map_routes(root),
        *run_routes(root),
    ]
