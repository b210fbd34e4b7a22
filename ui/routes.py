"""HTTP routes beside Streamlit's own: player modules, weights, the plane's picture, decoding.

Whatever stands under an address with a digest in it never changes, and browsers keep it. Answers
to bad addresses are one line of plain text.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import quote

import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ui import player
from ui.models import model_named
from vae_core.arrays import rounded_bytes
from vae_core.model import LatentModel
from vae_core.rendering import contact_sheet, png_bytes
from vae_core.slices import plane_of_model

FOR_EVER = "public, max-age=31536000, immutable"
PLANE_CELLS = 15
MAXIMUM_QUERY = 16_384


class NotHereError(Exception):
    """The address names nothing; the text says what."""


def _answers(endpoint: Callable[..., Response]) -> Callable[[Request], Response]:
    """Plain words instead of a traceback for a wrong address; runs in a worker thread."""

    @wraps(endpoint)
    def answer(request: Request) -> Response:
        try:
            response = endpoint(request, **request.path_params)
        except NotHereError as error:
            response = PlainTextResponse(str(error), status_code=404)
        except ValueError as error:
            response = PlainTextResponse(str(error), status_code=400)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return answer


@_answers
def player_module(request: Request, version: str, name: str) -> Response:
    modules = player.modules()
    if version != player.version() or name not in modules:
        raise NotHereError(f"there is no player module {name!r} of version {version!r}")
    return _kept(modules[name], "text/javascript")


@_answers
def player_file(request: Request, model: str, digest: str, name: str) -> Response:
    folder = _model(model).folder
    if name not in ("player.json", "player.bin") or folder.spec.files.get(name) != digest:
        raise NotHereError(f"model {model!r} has no {name!r} with digest {digest!r}")
    kind = "application/json" if name == "player.json" else "application/octet-stream"
    response = _kept(folder.read(name), kind)
    if name == "player.bin":
        # Weights hardly compress, and compressing them would keep a core busy at every first visit.
        response.headers["Content-Encoding"] = "identity"
    return response


@_answers
def plane_picture(request: Request, model: str, digest: str) -> Response:
    loaded = _model(model)
    if loaded.spec.files["decoder.onnx"] != digest:
        raise NotHereError(f"model {model!r} has no decoder with digest {digest!r}")
    return _kept(_plane_png(loaded), "image/png")


@_answers
def decoded(request: Request, model: str) -> Response:
    """The pixels of one code as bytes, (height, width, channels); never kept."""
    text = request.query_params.get("z", "")
    if len(text) > MAXIMUM_QUERY:
        raise ValueError("z is too long")
    try:
        z = np.array([[float(part) for part in text.split(",")]])
    except ValueError:
        raise ValueError("z must be numbers with commas between") from None
    pixels = rounded_bytes(_model(model).decode(z)[0])
    return Response(
        pixels.tobytes(), media_type="application/octet-stream", headers={"Cache-Control": "no-store"}
    )


def base_path() -> str:
    """Where the app is mounted: "" or "/some/path"."""
    configured = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{configured}" if configured else ""


def routes() -> list[Route]:
    """All routes, to be given to ``st.App``."""
    root = f"{base_path()}/lab"
    return [
        Route(f"{root}/player/{{version}}/{{name}}", player_module),
        Route(f"{root}/models/{{model}}/decode", decoded),
        Route(f"{root}/models/{{model}}/{{digest}}/plane.png", plane_picture),
        Route(f"{root}/models/{{model}}/{{digest}}/{{name}}", player_file),
    ]


def modules_url() -> str:
    return f"{base_path()}/lab/player/{player.version()}"


def decode_url(model: LatentModel) -> str:
    return f"{base_path()}/lab/models/{quote(model.name)}/decode"


def plane_url(model: LatentModel) -> str:
    return f"{base_path()}/lab/models/{quote(model.name)}/{model.spec.files['decoder.onnx']}/plane.png"


def weights_urls(model: LatentModel) -> dict[str, str] | None:
    """Addresses of the player's files, or None for a model that is decoded on the server."""
    if not model.folder.has_player():
        return None
    root, files = f"{base_path()}/lab/models/{quote(model.name)}", model.spec.files
    return {
        "layout": f"{root}/{files['player.json']}/player.json",
        "values": f"{root}/{files['player.bin']}/player.bin",
    }


def _kept(content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"Cache-Control": FOR_EVER})


def _model(name: str) -> LatentModel:
    model = model_named(name)
    if model is None:
        raise NotHereError(f"there is no model {name!r}")
    return model


@lru_cache(maxsize=64)
def _plane_png(model: LatentModel) -> bytes:
    codes = plane_of_model(model).cell_centres(PLANE_CELLS)
    return png_bytes(contact_sheet(model.decode(codes), PLANE_CELLS))


def component_source(model: LatentModel) -> dict[str, Any]:
    """What the player needs to play a model."""
    return {
        "weights": weights_urls(model),
        "decode": decode_url(model),
        "shape": list(model.input_shape),
        "latent_dim": model.latent_dim,
    }
