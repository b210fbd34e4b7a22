"""Who may change a run: whoever started it, and the operator."""

import hashlib

import streamlit as st

from ui.server.public import is_public
from ui.server.visitor import visitor

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


def visitor_owner() -> str:
    """This visitor as runs name an owner: the SHA-256 of the token, which does not give it away."""
    return hashlib.sha256(visitor().encode()).hexdigest()


def is_operator() -> bool:
    """Whether this visitor runs the server: where it listens on this machine alone, everybody does."""
    address = st.get_option("server.address")
    hosts = st.get_option("server.allowedHosts") or []
    return not is_public() and address in LOCAL_NAMES and set(hosts) <= LOCAL_NAMES


def may_change(owner: str | None) -> bool:
    """Whether this visitor may pause, stop, rename or delete a run of ``owner``."""
    return not is_public() and (is_operator() or owner == visitor_owner())
