"""How it works: a minute for newcomers with the live model as the illustration, then the equations."""

from base64 import b64encode
from functools import lru_cache
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.pictures.held_out import pictures_of
from vae_core.images.rendering import contact_sheet, png_bytes
from vae_core.maps.originals import originals_are_here
from vae_core.models.model import LatentModel
from vae_core.space.axis_words import shown_number
from vae_core.space.dimensions import dimensions_of
from vae_core.space.neighbours import nearest_row
from vae_core.space.posterior_draws import posterior_draws
from vae_core.space.slices import middle_of

WALK = 7
CLOUD = 6
NUMBERS = 6

EQUATIONS = r"""
Training minimises, for each picture $x$, the negative **evidence lower bound** in nats (Kingma and Welling
2014):

$$
-\mathbb{E}_{q(z \mid x)}[\log p(x \mid z)]
+ \beta \, \mathrm{KL}\big(q(z \mid x) \,\|\, \mathcal{N}(0, I)\big),
\qquad
\mathrm{KL} = -\tfrac12 \sum_i \big(1 + \log \sigma_i^2 - \mu_i^2 - \sigma_i^2\big)
$$

The first term asks the decoder to draw the picture again; the second keeps the cloud
$q(z \mid x) = \mathcal{N}(\mu, \mathrm{diag}\,\sigma^2)$ of each picture near the standard normal,
and counts the nats that each dimension carries: the figure beside each slider. Codes are drawn as
$z = \mu + \sigma \varepsilon$, $\varepsilon \sim \mathcal{N}(0, I)$, so that gradients reach the encoder.
What the decoder shows is the mean of $p(x \mid z)$: a blurred average where it is unsure.

The **pad** is the plane through the point along two dimensions, or along the first two principal components
of the codes of test pictures. Test pictures shown on it are projected. "Around here" counts the classes of
the 15 test pictures whose codes lie nearest (Euclidean distance, all dimensions). The **opinion** is a small
classifier's of decoded pictures, which it was never trained on.
"""


def show_how_it_works(model: LatentModel) -> None:
    """Two closed panels: the minute, and the equations for whoever opens them."""
    with st.expander("How it works, in a minute", icon=":material/lightbulb:"):
        if len(model.latents.z_mean):
            st.html(_minute(model, originals_are_here(model.spec.training)))
        else:
            st.markdown(
                "A decoder draws a picture from a few numbers, its code. This model came without codes of "
                "test pictures, so there is no example of the way from a picture to its code."
            )
    with st.expander("The equations", icon=":material/function:"):
        st.markdown(EQUATIONS)


@lru_cache(maxsize=16)
def _minute(model: LatentModel, originals: bool) -> str:
    """Four steps, each a picture made by this very model; kept apart where ``originals`` are at hand."""
    row = nearest_row(model.latents, middle_of(model))
    code = model.latents.z_mean[row]
    images, original = pictures_of(model, np.array([row]))
    reconstruction = model.decode(code[np.newaxis])
    is_vae = model.spec.family == "vae"
    steps = (
        (
            "Encoder",
            f"It reads a picture{'' if original else ' (here a reconstruction)'} and writes down "
            f"{_count(model.latent_dim, 'number')}: its <b>code</b>.",
            f"{_picture(images, 1, 'A test picture')}<span class='arrow'>→</span>{_numbers(model, code)}",
        ),
        (
            "Decoder",
            "It draws a picture from a code. Not the original: the nearest that so few numbers can say.",
            f"{_numbers(model, code)}<span class='arrow'>→</span>"
            f"{_picture(reconstruction, 1, 'Its reconstruction')}",
        ),
        (
            "Latent space",
            "All codes together. Neighbours look alike, so a walk from one picture to another passes through "
            "pictures that nobody ever made.",
            _picture(_walk(model, row), WALK, "A walk between two pictures"),
        ),
        (
            "Variational" if is_vae else "Not variational",
            "A <b>VAE</b> gives each picture a small cloud of codes, not a point, and keeps the clouds "
            "together: so there is something to see wherever you go."
            if is_vae
            else "This plain autoencoder gives each picture a single point: between the points it may "
            "draw anything. A VAE would give each a small cloud, and keep the clouds together.",
            _picture(_cloud(model, row), CLOUD, "Draws from the cloud of one picture") if is_vae else "",
        ),
    )
    cells = "".join(
        f'<li><p class="step">{title}</p><div class="made">{made}</div><p>{text}</p></li>'
        for title, text, made in steps
    )
    return f'<ol class="minute">{cells}</ol>'


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _numbers(model: LatentModel, code: NDArray[np.float32]) -> str:
    """The numbers of a code, those that carry most first where there are many."""
    ranked = [dimension.index for dimension in dimensions_of(model)]
    shown = sorted(ranked[:NUMBERS]) if model.latent_dim > NUMBERS else range(model.latent_dim)
    lines = "".join(f"<span>z{axis + 1} {shown_number(code[axis])}</span>" for axis in shown)
    rest = model.latent_dim - len(shown)
    return f'<span class="code">{lines}{f"<span>… {rest} more</span>" if rest else ""}</span>'


def _walk(model: LatentModel, row: int) -> NDArray[np.float32]:
    """From one code to one of another class (or any other), in a straight line."""
    codes, labels = model.latents.z_mean, model.latents.label
    others = np.flatnonzero(labels != labels[row])
    end = int(others[0]) if len(others) else len(codes) - 1
    shares = np.linspace(0, 1, WALK, dtype=np.float32)[:, np.newaxis]
    return model.decode(codes[row] + shares * (codes[end] - codes[row]))


def _cloud(model: LatentModel, row: int) -> NDArray[np.float32]:
    latents = model.latents
    assert latents.z_log_var is not None
    return model.decode(posterior_draws(latents.z_mean[row], latents.z_log_var[row], CLOUD, seed=0))


def _picture(images: NDArray[np.float32], columns: int, text: str) -> str:
    source = b64encode(png_bytes(contact_sheet(images, columns))).decode()
    return f'<img src="data:image/png;base64,{source}" alt="{escape(text)}" style="--columns:{columns}">'
