"""How the app's own HTTP routes answer: bytes that a browser keeps, or one plain line."""

from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOR_EVER = "public, max-age=31536000, immutable"


class NotHereError(Exception):
    """The address names nothing; the text says what."""


def answers(endpoint: Callable[..., Response]) -> Callable[[Request], Response]:
    """Plain words instead of a traceback for a wrong address; runs in a worker thread.

    ``endpoint`` gets the request and the parts of its path by name. NotHereError becomes status 404,
    ValueError 400.
    """

    @wraps(endpoint)
    def answer(request: Request) -> Response:
        try:
            response = endpoint(request, **request.path_params)
        except NotHereError as error:
            response = PlainTextResponse(str(error), status_code=404)
        except ValueError as error:
            response = PlainTextResponse(str(error), status_code=400)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return answer


def kept(content: bytes, kind: str, **headers: str) -> Response:
    """``content`` of the media type ``kind``; its address holds a digest, so that it may be kept for ever."""
    return Response(content, media_type=kind, headers={"Cache-Control": FOR_EVER, **headers})
