"""Texts that people and files bring, shown to the letter."""

import re


def plain(text: str) -> str:
    """``text`` as Markdown that shows it to the letter: no link, image or formula comes of it."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&/])", r"\\\1", text)
