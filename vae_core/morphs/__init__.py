"""Paths through latent space, sheets between four corners, and what there is to say of them.

path      PathSpec and path_through: codes that lead through two to eight places
lines     straight lines, arcs and polylines
speed     the same curves at constant decoded speed
graph     ways that stay on the data, through a graph of the held-out codes
sheets    the codes between four corners
measures  distance to the data, evenness and clearness of a path
words     the same in plain words
"""

from vae_core.morphs.measures import PathReport, report_on
from vae_core.morphs.path import PathKind, PathSpec, path_through
from vae_core.morphs.sheets import Sheet, bilinear_sheet, sheet_slice
from vae_core.morphs.words import words_on_difference

__all__ = [
    "PathKind",
    "PathReport",
    "PathSpec",
    "Sheet",
    "bilinear_sheet",
    "path_through",
    "report_on",
    "sheet_slice",
    "words_on_difference",
]
