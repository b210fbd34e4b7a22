"""Routes of a model: what the player fetches, codes, the pad's layers, decoding on the server."""

from typing import Any
from urllib.parse import quote

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from ui.server.answers import NotHereError, answers, kept
from ui.server.base_path import base_path
from ui.server.layers import layer_png
from ui.visit.address import parsed_axes, parsed_code
from ui.visit.models import model_named
from vae_core.base.arrays import rounded_bytes
from vae_core.models.model import LatentModel

BRIEFLY = "private, max-age=60"


@answers
def player_file(request: Request, model: str, digest: str, name: str) -> Response:
    folder = _model(model).folder
    if name not in ("player.json", "player.bin") or folder.spec.files.get(name) != digest:
        raise NotHereError(f"model {model!r} has no {name!r} with digest {digest!r}")
    kind = "application/json" if name == "player.json" else "application/octet-stream"
    response = kept(folder.read(name), kind)
    if name == "player.bin":
        # Weights hardly compress, and compressing them would keep a core busy at every first visit.
        response.headers["Content-Encoding"] = "identity"
    return response


@answers
def layer(request: Request, model: str, digest: str, kind: str) -> Response:
    """A layer of the pad along ``axes`` through ``z``, both by default those of the model's plane."""
    loaded = _with_digest(model, digest)
    axes = parsed_axes(request.query_params.get("axes", "main"), loaded.latent_dim)
    text = request.query_params.get("z")
    z = None if text is None else tuple(parsed_code(text, loaded.latent_dim))
    # A plane through a point is looked at once: kept, it would only fill the disks of visitors.
    lasting = {} if z is None else {"Cache-Control": BRIEFLY}
    return kept(layer_png(kind, loaded, axes, z), "image/png", **lasting)


@answers
def codes(request: Request, model: str, digest: str) -> Response:
    """Held-out codes: rows and dimensions (uint32), codes (float16), labels (int16), little endian."""
    latents = _with_digest(model, digest).latents
    header = np.array(latents.z_mean.shape, "<u4")
    parts = (header, latents.z_mean.astype("<f2"), latents.label.astype("<i2"))
    return kept(b"".join(part.tobytes() for part in parts), "application/octet-stream")


@answers
def decoded(request: Request, model: str) -> Response:
    """The pixels of one code as bytes, (height, width, channels); never kept."""
    loaded = _model(model)
    z = parsed_code(request.query_params.get("z", ""), loaded.latent_dim)
    pixels = rounded_bytes(loaded.decode([z])[0])
    return Response(
        pixels.tobytes(), media_type="application/octet-stream", headers={"Cache-Control": "no-store"}
    )


def decode_url(model: LatentModel) -> str:
    return f"{base_path()}/lab/models/{quote(model.name)}/decode"


def layers_url(model: LatentModel) -> str:
    """Where the layers of the model's pad are: ``plane.png``, ``density.png``, ``opinion.png``."""
    return f"{base_path()}/lab/models/{quote(model.name)}/{_digest(model)}"


def plane_url(model: LatentModel) -> str:
    return f"{layers_url(model)}/plane.png"


def codes_url(model: LatentModel) -> str:
    return f"{layers_url(model)}/codes.bin"


def weights_urls(model: LatentModel) -> dict[str, str] | None:
    """Addresses of the player's files, or None for a model that is decoded on the server."""
    if not model.folder.has_player():
        return None
    root, files = f"{base_path()}/lab/models/{quote(model.name)}", model.spec.files
    return {
        "layout": f"{root}/{files['player.json']}/player.json",
        "values": f"{root}/{files['player.bin']}/player.bin",
    }


def _model(name: str) -> LatentModel:
    model = model_named(name)
    if model is None:
        raise NotHereError(f"there is no model {name!r}")
    return model


def _digest(model: LatentModel) -> str:
    """Changes with the decoder or the codes, the files that layers are made of."""
    return model.spec.files["decoder.onnx"][:32] + model.spec.files["latents.npz"][:32]


def _with_digest(name: str, digest: str) -> LatentModel:
    model = _model(name)
    if _digest(model) != digest:
        raise NotHereError(f"model {name!r} has no decoder and codes with digest {digest!r}")
    return model


def component_source(model: LatentModel) -> dict[str, Any]:
    """What the player needs to play a model."""
    return {
        "weights": weights_urls(model),
        "decode": decode_url(model),
        "shape": list(model.input_shape),
        "latent_dim": model.latent_dim,
    }
