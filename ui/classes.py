"""One colour per class, the same everywhere."""

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
