"""The link to where one is, and texts to copy."""

from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from ui.visit.address import shortened
from ui.visit.state import address
from vae_core.models.model import LatentModel

LONG_TEXT, LONG_BOX = 800, 210


def copied(text: str, language: str | None = None) -> None:
    """A box to copy from; a long text scrolls inside."""
    st.code(text, language=language, wrap_lines=True, height=LONG_BOX if len(text) > LONG_TEXT else "content")


def link_to(model: LatentModel) -> str:
    """The address of the page with everything that makes up this place."""
    page = urlsplit(str(st.context.url or ""))
    return urlunsplit(
        (page.scheme, page.netloc, page.path, urlencode(shortened(address(model)), safe=","), "")
    )
