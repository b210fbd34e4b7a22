"""The visitor's cookie: on a toy app, on the real server, and what a page makes of it."""

import re
import urllib.request
from http.cookies import SimpleCookie

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.support.server import AppServer
from ui.server import visitor
from vae_core.space.favourites import checked_visitor, new_visitor

TOKEN = "0123456789abcdef" * 2


def pieces():
    yield b"<p>"
    yield b"</p>"


async def echo(socket):
    await socket.accept()
    await socket.send_text(await socket.receive_text())
    await socket.close()


TOY = [
    Route("/", lambda request: HTMLResponse("<p>page</p>"), methods=["GET", "POST"]),
    Route("/json", lambda request: JSONResponse({})),
    Route("/module.js", lambda request: PlainTextResponse("1", media_type="text/javascript")),
    Route("/gone", lambda request: HTMLResponse("gone", status_code=404)),
    Route("/pieces", lambda request: StreamingResponse(pieces(), media_type="text/html")),
    Route(
        "/other",
        lambda request: HTMLResponse("<p>", headers={"set-cookie": "other=1", "content-type": "TEXT/HTML"}),
    ),
    WebSocketRoute("/socket", echo),
]


@pytest.fixture
def client():
    with TestClient(Starlette(routes=TOY, middleware=visitor.middleware())) as client:
        yield client


def token_in(answer):
    return SimpleCookie(answer.headers.get("set-cookie", ""))[visitor.COOKIE].value


def test_a_page_sets_the_cookie_once(client):
    first = client.get("/")
    token = token_in(first)
    assert checked_visitor(token)
    assert first.headers["set-cookie"] == (
        f"latent_lab_visitor={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"
    )
    assert first.text == "<p>page</p>"
    assert client.cookies[visitor.COOKIE] == token
    assert "set-cookie" not in client.get("/").headers


@pytest.mark.parametrize("junk", ["", "x", "A" * 32, "a" * 33, "../../etc/passwd"])
def test_junk_is_replaced(client, junk):
    answer = client.get("/", headers={"cookie": f"a=1; {visitor.COOKIE}={junk}"})
    assert checked_visitor(token_in(answer))


def test_two_visitors_get_two_tokens(client):
    first = token_in(client.get("/"))
    client.cookies.clear()
    assert token_in(client.get("/")) != first


@pytest.mark.parametrize("path", ["/json", "/module.js", "/gone", "/nowhere"])
def test_other_answers_stay_as_they_are(client, path):
    assert "set-cookie" not in client.get(path).headers


def test_only_asking_for_a_page_sets_it(client):
    assert "set-cookie" not in client.post("/").headers
    assert "set-cookie" not in client.head("/").headers


def test_streamed_pages_and_other_cookies_survive(client):
    answer = client.get("/pieces")
    assert answer.text == "<p></p>"
    assert token_in(answer)
    client.cookies.clear()
    assert client.get("/other").headers.get_list("set-cookie")[0] == "other=1"
    assert len(client.get("/other", headers={"cookie": ""}).headers.get_list("set-cookie")) == 2


def test_websockets_pass(client):
    with client.websocket_connect("/socket") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"


def test_the_cookie_belongs_to_the_base_path(monkeypatch):
    monkeypatch.setattr(visitor, "base_path", lambda: "/lesson/one")
    with TestClient(Starlette(routes=TOY, middleware=visitor.middleware())) as client:
        assert "; Path=/lesson/one;" in client.get("/").headers["set-cookie"]


def page():
    import streamlit as st

    from ui.server import visitor

    st.text(visitor.visitor())
    st.text(str(visitor.is_lasting()))


def test_without_a_cookie_the_session_keeps_a_token():
    app = AppTest.from_function(page, default_timeout=180).run()
    token = app.text[0].value
    assert checked_visitor(token)
    assert app.text[1].value == "False"
    assert app.run().text[0].value == token
    assert AppTest.from_function(page, default_timeout=180).run().text[0].value != token


@pytest.mark.parametrize(("cookie", "lasting"), [(TOKEN, "True"), ("junk", "False"), ("A" * 32, "False")])
def test_a_valid_cookie_is_the_visitor(monkeypatch, cookie, lasting):
    context = type("Context", (), {"cookies": {visitor.COOKIE: cookie}})()
    monkeypatch.setattr(visitor.st, "context", context)
    app = AppTest.from_function(page, default_timeout=180).run()
    assert (app.text[0].value == TOKEN) == (lasting == "True")
    assert app.text[1].value == lasting
    assert checked_visitor(app.text[0].value)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = AppServer(tmp_path_factory.mktemp("visitor-home")).wait()
    yield running
    running.stop()


def asked(server, path, cookie=""):
    request = urllib.request.Request(f"{server.url}{path}", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=180) as answer:
        return answer.headers.get_all("set-cookie") or [], answer.read()


def test_the_real_server_gives_the_cookie_with_its_pages(server):
    for path in ("/", "/Explore?model=digits-2d"):
        cookies, body = asked(server, path)
        ours = [text for text in cookies if text.startswith(f"{visitor.COOKIE}=")]
        assert len(ours) == 1
        assert checked_visitor(
            re.match(r"[^=]+=([^;]*); HttpOnly; SameSite=Lax; Path=/; Max-Age=", ours[0])[1]
        )
        assert b"<html" in body


def test_the_real_server_keeps_a_token_and_sets_none_elsewhere(server):
    known = f"{visitor.COOKIE}={new_visitor()}"
    for path, cookie in (("/", known), ("/_stcore/health", ""), ("/_stcore/host-config", "")):
        cookies, body = asked(server, path, cookie)
        assert not [text for text in cookies if visitor.COOKIE in text]
        assert body
