"""Where the app is mounted."""

import streamlit as st


def base_path() -> str:
    """Where the app is mounted: "" or "/some/path"."""
    configured = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{configured}" if configured else ""
