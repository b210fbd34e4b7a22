"""The player: plays codes in the browser with the decoder itself, in small JavaScript modules.

    float16, weights   a decoder's weights, fetched once
    nonzeros, convolutions, kernels, activations, decoder   the network, run layer by layer
    remote   the fallback: decoding on the server, latest wins
    loop, player, draw   the newest code becomes pixels, once a frame
    elements   elements of the page, made by scripts
    stage   one point, and its views: pad (plane, backdrop, overlays, codes) and sliders (line)
    gestures, glide   how a hand moves the point, and how it moves by itself
    numbers, status, mirror   what is said of it, and seen of it from further down the page
    sheet   a contact sheet to look at and to pick from
    drawing, ink   a canvas to draw on
    timeline   the epochs of a training (frames, views: scatter and pairs)
    corners   the sheet between four pictures (corner_sheet: places and codes; corner_words:
              what a place is in figures; corner_pictures: the pad)
    morph   films between images (film) that come one after the other (film_supply), played large (playback,
        morph_words, morph_hand) and side by side (morph_rows, strip, strip_pictures, ribbon, morph_legend)
    expression   a line to type in (expression_text: what stands where; expression_list: completions;
        expression_fault: what is wrong) or to click together (expression_keys)
    desk   strengths of concepts on one picture and many (desk_mix: codes and words; desk_fader: one slider;
        desk_stills: the small pictures; desk_reach: where the data end)
    map   every picture as a point: what is shown (shelf, cloud, camera, map_scene), how it is drawn
        (map_frames, map_drawing, splat, map_overlay, contours, marginals, thumbnails, pictures), moved
        (map_motion), touched (map_input, map_hand, map_keys), looked at (map_hover, map_card), selected
        (map_selection, lasso), explained (map_legend, map_tools) and saved (map_file, map_export)

The modules are served under an address that holds a digest of all of them, so that a browser may
keep them for ever and never mixes two versions.
"""

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def modules() -> dict[str, bytes]:
    """File name to content of every JavaScript module."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.js"))}


@cache
def version() -> str:
    """A digest of all modules."""
    digest = hashlib.sha256()
    for name, content in modules().items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:16]


def text(name: str) -> str:
    """A file of the player, such as its style sheet, as text."""
    return (FOLDER / name).read_text(encoding="utf-8")


def styles(name: str, *shared: str) -> str:
    """The style sheet ``name`` of a component, after that of the buttons and others that it shares."""
    return "".join(text(one) for one in ("buttons.css", *shared, name))
