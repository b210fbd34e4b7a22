"""What a model's pictures are called, and its space, in words for everybody."""

from vae_core.models.model import LatentModel

THINGS = {
    "digits": "digit",
    "mnist": "digit",
    "fashion-mnist": "garment",
    "quickdraw": "doodle",
    "faces": "face",
    "faces-grey": "face",
    "sprites": "shape",
}


def thing_of(model: LatentModel) -> str:
    """One picture of the model's data, in the singular, without article."""
    return THINGS.get(model.spec.dataset, "picture")


def space_in_words(model: LatentModel) -> str:
    """What the network made of its pictures, in two sentences."""
    if model.latent_dim <= 2:
        return (
            "A small neural network has folded thousands of pictures into a flat map. Every place on the map "
            "is a picture; the ones in between were never drawn by anyone."
        )
    return (
        f"A small neural network has folded thousands of pictures into a space of {model.latent_dim} "
        "dimensions; the map is a flat slice through it. Every place is a picture; the ones in between were "
        "never drawn by anyone."
    )
