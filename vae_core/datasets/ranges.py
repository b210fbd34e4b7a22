"""The first bytes of a large remote file, by HTTP range requests (RFC 9110, section 14)."""

import re
from typing import Any

from vae_core.datasets.progress import bar

TIMEOUT = 30
ATTEMPTS = 5
# What a cut connection had sent of a chunk is lost: small ones lose little.
CHUNK = 1 << 13
PROGRESS_FROM = 1 << 20


def fetch_start(url: str, count: int) -> bytes:
    """The first ``count`` bytes of ``url``, or all of it if it is shorter.

    A server that ignores the range is read as far as needed; a connection that is cut is taken up
    where it broke, as long as it brings something. Raises ValueError that says what to do.
    """
    # Network libraries load only when something is fetched.
    import requests

    received = bytearray()
    problem, failures = "the connection was cut", 0
    with bar(url, count, hidden=count < PROGRESS_FROM) as shown:
        while failures < ATTEMPTS:
            before = len(received)
            try:
                if _receive(url, count, received, shown):
                    return bytes(received)
            except requests.RequestException as error:
                problem = type(error).__name__
            failures = 0 if len(received) > before else failures + 1
            shown.update(len(received) - shown.n)
    raise ValueError(
        f"{url} could not be downloaded ({problem} after {len(received):,} of {count:,} bytes): try again"
    )


def _receive(url: str, count: int, received: bytearray, shown: Any) -> bool:
    """Add what one request brings; whether all is here. Raises ValueError for an answer of no use."""
    import requests

    start = len(received)
    headers = {"Range": f"bytes={start}-{count - 1}", "Accept-Encoding": "identity"}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == 416:
            # The file ends where we stand.
            return True
        if answer.status_code not in (200, 206):
            raise ValueError(f"{url} answered {answer.status_code}: check the name, or try again")
        if answer.status_code == 206:
            length = _length_of_file(answer.headers.get("Content-Range", ""), start, url)
        else:
            received.clear()
            length = _number(answer.headers.get("Content-Length", ""))
        for chunk in answer.iter_content(CHUNK):
            received += chunk[: count - len(received)]
            shown.update(len(received) - shown.n)
            if len(received) >= count:
                return True
    return length is not None and len(received) >= length


def _length_of_file(content_range: str, start: int, url: str) -> int | None:
    """The whole file's length in a 206 answer. Raises ValueError if another range is sent."""
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range.strip())
    if not match or int(match[1]) != start:
        raise ValueError(f"{url} sent another range ({content_range or 'none'}) than asked for: try again")
    return _number(match[2])


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
