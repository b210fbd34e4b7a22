"""One colour per class, the same everywhere."""

from collections.abc import Iterable, Sequence

# Ten hues of similar lightness that stay apart on the light and the dark ground (after Tableau 10).
PALETTE = (
    "#4e79a7",
    "#f28e2b",
    "#e15759",
    "#3a9c94",
    "#59a14f",
    "#c9a227",
    "#a56fa0",
    "#e57f91",
    "#9c755f",
    "#7f7b78",
)


def class_colour(label: int) -> str:
    """The colour of the class ``label``; after ten classes they repeat."""
    return PALETTE[label % len(PALETTE)]


def colours_of(answers: Sequence[str], class_names: Sequence[str]) -> list[str]:
    """A colour for each of a classifier's answers: that of the model's class of that name, else new ones."""
    known = list(class_names)
    strangers = [name for name in answers if name not in known]
    return [
        class_colour(known.index(name) if name in known else len(known) + strangers.index(name))
        for name in answers
    ]


def label_colours(labels: Iterable[int]) -> list[str | None]:
    """The class colour of each label, None for -1: no class."""
    return [class_colour(int(label)) if label >= 0 else None for label in labels]
