"""What the components share: how a module reaches the browser, and how its values reach Python.

Whatever the browser sent may be anything at all; nothing here raises for it.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.server import modules

MAXIMUM_MARK = 64

# Modules given as text could not import each other, so they come by address.
_LOADER = """
export default function (component) {
  let unmount = null, gone = false;
  import(new URL(component.data.modules + "/%s", location.origin)).then(({ mount }) => {
    if (!gone) unmount = mount(component);
  }).catch(() => {
    const status = component.parentElement.querySelector("[data-part=status]");
    if (status) status.textContent = "This could not be loaded: check the connection and reload the page.";
  });
  return () => { gone = true; unmount?.(); };
}
"""


def loader(module: str) -> str:
    """JavaScript of a component whose work is done by ``module``, such as ``stage/pad.js``.

    The module exports ``mount(component)``, which returns what to do at the end. The component's data
    must hold ``modules`` (``modules.modules_url()``), and its HTML a ``data-part="status"`` for the message
    if the module does not arrive. Raises ValueError if there is no such module.
    """
    if module not in modules.modules():
        raise ValueError(f"there is no module {module!r}: name a .js file below ui/components/")
    return _LOADER % module


def sent_value(key: str, name: str) -> Any:
    """The state or trigger value ``name`` that the component ``key`` holds; None if there is none."""
    values = st.session_state.get(key)
    return values.get(name) if isinstance(values, Mapping) else None


def is_fresh(key: str, name: str, mark: Any) -> bool:
    """Whether ``mark``, the unique text of one thing done in the browser, is new; it is not new again.

    A component's state stays as it is through every later run, so what was done would count in each of
    them. Anything but a text of 1 to 64 characters is never fresh.
    """
    if not isinstance(mark, str) or not 0 < len(mark) <= MAXIMUM_MARK:
        return False
    seen = f"component.{key}.{name}"
    fresh = st.session_state.get(seen) != mark
    st.session_state[seen] = mark
    return fresh
