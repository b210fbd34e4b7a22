"""A canvas to draw on."""
