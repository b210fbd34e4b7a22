"""A contact sheet to look at and to pick from."""
