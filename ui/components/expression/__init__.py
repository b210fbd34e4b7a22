"""A line to type an expression in, with completion, or to click it together."""
