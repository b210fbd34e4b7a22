"""Visitors without a browser: they speak Streamlit's websocket protocol as its frontend 1.67 does.

A visitor opens a page, then changes one widget again and again. A change is answered when the run
that adopted it has finished; its control knows what in the run's messages proves the adoption.
"""

import asyncio
import secrets
import time
from collections import deque
from typing import Protocol, Self
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

COMPLETE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
# A browser keeps a large message until two runs have not used it.
REMEMBERED_MESSAGES = 4


class Control(Protocol):
    """The widget that a visitor changes."""

    def note(self, element: Element, fragment_id: str) -> None:
        """Look at an element of the page, which may be the widget."""

    def next_change(self) -> tuple[WidgetState, str, str]:
        """The widget's next state, the proof that the server adopted it, and the fragment that runs."""

    def proof_in(self, message: ForwardMsg) -> str | None:
        """The proof that ``message`` holds, if any."""


class Visitor:
    """One open page.

    ``waiting`` holds for the proof of each unanswered change when it was due (``time.perf_counter``);
    ``answers`` when a change was due and the seconds to its answer; ``dropped`` when those were due
    that a newer change overtook.
    """

    def __init__(self, socket: ClientConnection, page: str, query: dict[str, str], control: Control) -> None:
        self._socket = socket
        self._page = page
        self._query = urlencode(query)
        self._control = control
        self._script_hash = ""
        self._states: dict[str, WidgetState] = {}
        self._cached: deque[str] = deque(maxlen=REMEMBERED_MESSAGES)
        self._adopted: str | None = None
        self._opened = asyncio.Event()
        self.waiting: dict[str, float] = {}
        self.answers: list[tuple[float, float]] = []
        self.dropped: list[float] = []
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, page: str, query: dict[str, str], control: Control) -> Self:
        """Connect to the server at ``url`` and run ``page`` ("" is the first) to its end.

        Raises TimeoutError if that takes more than two minutes.
        """
        socket = await connect(
            f"ws://{urlsplit(url).netloc}/_stcore/stream",
            origin=url,
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],
            additional_headers={"Cookie": f"latent_lab_visitor={secrets.token_hex(16)}"},
            max_size=None,
        )
        visitor = cls(socket, page, query, control)
        await visitor._send(ClientState(page_name=page))
        async with asyncio.timeout(120):
            await visitor._opened.wait()
        return visitor

    async def change(self, due: float) -> None:
        """Change the widget once; ``due`` is when that was to happen (``time.perf_counter``).

        Raises RuntimeError if the page has no such widget or the server has hung up.
        """
        if self._reader.done():
            raise RuntimeError(f"the server hung up on {self._page!r}") from self._reader.exception()
        state, proof, fragment_id = self._control.next_change()
        if not state.id:
            raise RuntimeError(f"the page {self._page!r} did not show the widget that is to be changed")
        self._states[state.id] = state
        self.waiting[proof] = due
        await self._send(
            ClientState(
                page_script_hash=self._script_hash,
                fragment_id=fragment_id,
                cached_message_hashes=self._cached,
            )
        )

    async def close(self) -> None:
        self._reader.cancel()
        await self._socket.close()

    async def _send(self, client_state: ClientState) -> None:
        client_state.query_string = self._query
        client_state.widget_states.widgets.extend(self._states.values())
        context = client_state.context_info
        context.timezone, context.locale, context.color_scheme = "UTC", "en-US", "light"
        context.url = f"{self._socket.request.headers['Origin']}/{self._page}"
        await self._socket.send(BackMsg(rerun_script=client_state).SerializeToString())

    async def _read(self) -> None:
        async for data in self._socket:
            self._receive(ForwardMsg.FromString(data))

    def _receive(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._script_hash = message.new_session.page_script_hash
        elif kind == "navigation":
            self._script_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._note(message)
        self._adopted = self._control.proof_in(message) or self._adopted
        if kind == "script_finished" and message.script_finished in COMPLETE:
            self._opened.set()
            self._settle()

    def _note(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        if message.metadata.cacheable:
            self._cached.append(message.hash)
        state = initial_state(element)
        if state is not None:
            self._states.setdefault(state.id, state)
        self._control.note(element, message.delta.fragment_id)

    def _settle(self) -> None:
        """The change that was adopted is answered; older ones that still wait never will be."""
        now, adopted, self._adopted = time.perf_counter(), self._adopted, None
        if adopted not in self.waiting:
            return
        due = self.waiting.pop(adopted)
        self.answers.append((due, now - due))
        for proof in [proof for proof, older in self.waiting.items() if older < due]:
            self.dropped.append(self.waiting.pop(proof))


def initial_state(element: Element) -> WidgetState | None:
    """What the frontend reports of a widget that nobody touched; None where ``element`` is none."""
    kind = element.WhichOneof("type")
    if kind == "selectbox":
        box = element.selectbox
        return WidgetState(id=box.id, string_value=box.raw_value or box.options[box.default])
    if kind == "number_input":
        return WidgetState(id=element.number_input.id, int_value=int(element.number_input.default))
    if kind == "slider":
        state = WidgetState(id=element.slider.id)
        state.double_array_value.data.extend(element.slider.default)
        return state
    if kind == "button_group":
        group = element.button_group
        state = WidgetState(id=group.id)
        chosen = group.raw_values if group.set_value else [group.options[i].content for i in group.default]
        state.string_array_value.data.extend(chosen)
        return state
    return None
