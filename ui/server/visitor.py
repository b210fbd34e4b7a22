"""Who is visiting: a random token in a cookie, which says nothing of the person.

Whoever has the token sees and removes that visitor's favourites; scripts of the page cannot read it.
"""

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server.base_path import base_path
from vae_core.space.favourites import checked_visitor, new_visitor

COOKIE = "latent_lab_visitor"
SESSION_KEY = "visitor.token"
YEAR_SECONDS = 365 * 24 * 3600


class VisitorCookie:
    """ASGI middleware: an HTML page that is asked for without a valid token sets a new one.

    It adds one header to the head of such an answer; bodies, other answers and websockets pass as
    they are.
    """

    def __init__(self, app: ASGIApp, path: str = "/") -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asks_for_page = scope["type"] == "http" and scope["method"] == "GET"
        if not asks_for_page or checked_visitor(HTTPConnection(scope).cookies.get(COOKIE)):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                MutableHeaders(scope=message).append("set-cookie", self._new_cookie())
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _new_cookie(self) -> str:
        return f"{COOKIE}={new_visitor()}; HttpOnly; SameSite=Lax; Path={self._path}; Max-Age={YEAR_SECONDS}"


def middleware() -> list[Middleware]:
    """What ``st.App`` takes."""
    return [Middleware(VisitorCookie, path=base_path() or "/")]


def visitor() -> str:
    """The token of this visitor; without a cookie, one that lasts as long as the session."""
    token = _token_of_cookie()
    if token is None:
        token = st.session_state.setdefault(SESSION_KEY, new_visitor())
    return token


def is_lasting() -> bool:
    """Whether this visitor will be known again: the browser keeps the cookie."""
    return _token_of_cookie() is not None


def _token_of_cookie() -> str | None:
    return checked_visitor(st.context.cookies.get(COOKIE))


def _is_page(message: Message) -> bool:
    kind = MutableHeaders(raw=message.get("headers", [])).get("content-type", "")
    return message["status"] == 200 and kind.lower().startswith("text/html")
