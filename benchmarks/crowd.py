"""A room of visitors: each changes something once a second, and one core serves them all.

The server is pinned to one core, the visitors to another; they speak Streamlit's protocol without a
browser. The time runs from when a release is due to the end of the run that adopted it.

    python -m benchmarks.crowd [--seconds 20] [--most 400]
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import psutil
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.protocol import Control, Visitor
from benchmarks.table import p50_p95, print_table
from tests.support.server import REPOSITORY, AppServer
from ui.visit.address import format_code
from vae_core import load_model

ROOM = 150
STEP = 50
GOAL_SECONDS = 0.25
WARM_UP_SECONDS = 4
PATIENCE_SECONDS = 5
STOCK = Path(__file__).with_name("twin") / "stock.py"


class Stage:
    """Lets go of the point of Explore; the new address, sent after the surroundings, proves it."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._latent_dim = load_model(model).latent_dim
        self._id = self._fragment_id = ""
        self._has_surroundings = False

    def note(self, element: Element, fragment_id: str) -> None:
        if element.bidi_component.id.endswith("-stage"):
            self._id, self._fragment_id = element.bidi_component.id, fragment_id
        elif "Around here" in element.html.body:
            self._has_surroundings = True

    def next_change(self) -> tuple[WidgetState, str, str]:
        z = [random.randint(-2000, 2000) / 1000 for _ in range(self._latent_dim)]
        point = {"model": self._model, "z": z, "release": secrets.token_hex(16)}
        state = WidgetState(id=self._id, json_value=json.dumps({"point": point}))
        return state, format_code(z), self._fragment_id

    def proof_in(self, message: ForwardMsg) -> str | None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._has_surroundings = False
        if kind != "page_info_changed" or not self._has_surroundings:
            return None
        return parse_qs(message.page_info_changed.query_string).get("z", [None])[0]


class StockSlider:
    """Moves the first slider of the stock app; the picture's caption proves it."""

    def __init__(self) -> None:
        self._id = ""

    def note(self, element: Element, fragment_id: str) -> None:
        if element.slider.label == "z1":
            self._id = element.slider.id

    def next_change(self) -> tuple[WidgetState, str, str]:
        value = random.randint(-300, 300) / 100
        state = WidgetState(id=self._id)
        state.double_array_value.data.append(value)
        return state, f"{value:.2f}", ""

    def proof_in(self, message: ForwardMsg) -> str | None:
        images = message.delta.new_element.imgs.imgs
        return images[0].caption.split()[1] if images else None


@dataclass(frozen=True)
class Level:
    """What ``visitors`` saw in the measured time; CPU is that of the server for one release."""

    visitors: int
    p50: float
    p95: float
    answers: int
    dropped: int
    cpu_ms: float
    server_busy: float
    visitors_busy: float

    @property
    def holds(self) -> bool:
        return self.p95 <= GOAL_SECONDS and not self.dropped


@contextmanager
def pinned_server(app: Path) -> Iterator[AppServer]:
    """A server that has one core to itself, this process on another."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        raise SystemExit("this benchmark needs Linux and two cores: one for the server, one for the visitors")
    with tempfile.TemporaryDirectory() as home:
        os.sched_setaffinity(0, cores[:1])
        try:
            server = AppServer(Path(home), app=app)
        finally:
            os.sched_setaffinity(0, cores[1:2])
        try:
            yield server.wait()
        finally:
            server.stop()
            os.sched_setaffinity(0, cores)


async def changes(visitor: Visitor, began: float, ends: float) -> None:
    """One change a second from a random moment of the first one on, however late the answers are."""
    due = began + random.random()
    while due < ends:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await visitor.change(due)
        due += 1.0


async def level(visitors: list[Visitor], server: psutil.Process, seconds: float) -> Level:
    """All ``visitors`` at once, measured for ``seconds`` after a warm-up."""
    for visitor in visitors:
        visitor.answers.clear()
        visitor.dropped.clear()
        visitor.waiting.clear()
    began = time.perf_counter()
    starts = began + WARM_UP_SECONDS
    senders = [asyncio.create_task(changes(visitor, began, starts + seconds)) for visitor in visitors]
    await asyncio.sleep(WARM_UP_SECONDS)
    server_before, own_before = sum(server.cpu_times()[:2]), time.process_time()
    await asyncio.gather(*senders)
    server_cpu, own_cpu = sum(server.cpu_times()[:2]) - server_before, time.process_time() - own_before
    elapsed = time.perf_counter() - starts
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while any(visitor.waiting for visitor in visitors) and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    answers = [took for visitor in visitors for due, took in visitor.answers if due >= starts]
    lost = [due for visitor in visitors for due in (*visitor.dropped, *visitor.waiting.values())]
    p50, p95 = p50_p95(answers) if answers else (float("inf"), float("inf"))
    return Level(
        len(visitors),
        p50,
        p95,
        len(answers),
        sum(due >= starts for due in lost),
        1000 * server_cpu / max(1, len(answers)),
        server_cpu / elapsed,
        own_cpu / elapsed,
    )


async def levels(
    server: AppServer, query: dict[str, str], control: Callable[[], Control], seconds: float, most: int
) -> list[Level]:
    """Ever larger rooms, up to one of at least ``ROOM`` visitors that the server does not hold."""
    process = psutil.Process(server.process.pid)
    visitors: list[Visitor] = []
    found: list[Level] = []
    while len(visitors) < most and (len(visitors) < ROOM or found[-1].holds):
        for _ in range(STEP):
            visitors.append(await Visitor.open(server.url, "Explore", query, control()))
        found.append(await level(visitors, process, seconds))
    await asyncio.gather(*(visitor.close() for visitor in visitors))
    return found


def rows_of(label: str, found: list[Level]) -> list[list[str]]:
    held = max((one.visitors for one in found if one.holds), default=0)
    return [
        [
            label,
            str(one.visitors),
            f"{1000 * one.p50:.0f}",
            f"{1000 * one.p95:.0f}",
            str(one.answers),
            str(one.dropped),
            f"{one.cpu_ms:.1f}",
            f"{one.server_busy:.0%}",
            f"{one.visitors_busy:.0%}",
            "most that it holds" if one.visitors == held else "",
        ]
        for one in found
        if one.visitors in (ROOM, held) or one is found[-1]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="measured at each size of the room")
    parser.add_argument("--most", type=int, default=400, help="the largest room that is tried")
    options = parser.parse_args()
    rows = []
    for model in ("mnist-2d", "mnist-16d"):
        for label, app, control in (
            (f"{model}, release of the point", REPOSITORY / "app.py", lambda model=model: Stage(model)),
            (f"{model}, rival: stock slider and picture", STOCK, StockSlider),
        ):
            with pinned_server(app) as server:
                found = asyncio.run(levels(server, {"model": model}, control, options.seconds, options.most))
            rows += rows_of(label, found)
    header = ["page", "visitors", "p50 ms", "p95 ms", "answers", "dropped", "server CPU ms each"]
    header += ["server's core", "visitors' core", ""]
    print_table("A room of visitors, one release a second each, the server on one core", header, rows)


if __name__ == "__main__":
    main()
