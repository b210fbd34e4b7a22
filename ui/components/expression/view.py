"""A line to type an expression in, with completion, or to click it together; a Streamlit component.

The browser knows the words and nothing of their meaning: what is wrong with a text comes from Python.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import streamlit as st

from ui.components.component import is_fresh, loader, sent_value
from ui.server import modules

WordKind: TypeAlias = Literal["class", "picture", "concept", "group"]
KINDS: tuple[WordKind, ...] = get_args(WordKind)

MOST_WORDS = 500
LONGEST_TEXT = 2_000
# Control characters, halves of characters, and separators that break a line.
DROPPED_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")

_expression = st.components.v2.component(
    "latent_lab_expression",
    html=modules.text("expression/expression.html"),
    css=modules.styles("expression/expression.css"),
    js=loader("expression/expression.js"),
)


@dataclass(frozen=True)
class Word:
    """What can stand in an expression: ``text`` is shown for it, ``insert`` is put into the line.

    Names with spaces are inserted in quotes. A word for pictures ends in a colon, for a number to follow.
    """

    text: str
    insert: str
    kind: WordKind


@dataclass(frozen=True)
class Fault:
    """What is wrong with a text: ``length`` characters from ``position`` on; its length at the end."""

    position: int
    length: int
    message: str


def expression_view(
    key: str,
    text: str,
    words: Sequence[Word],
    *,
    fault: Fault | None,
    examples: Sequence[str],
) -> str | None:
    """Show the line with ``text`` in it; another text that was just sent, once, otherwise None.

    It is sent with Enter, the button, an example, or shortly after words were clicked; it has at most
    2,000 characters and none that control. What is typed and not sent stays through every run, until
    ``text`` is another than in the run before. ``fault`` is of ``text``, and shown as long as it stands
    in the line. Of a longer ``text`` the first 2,000 characters are shown. Raises ValueError as
    ``expression_data``.
    """
    # What was sent before this run; what is sent now is answered by the text of the next.
    data = expression_data(text, words, fault, examples) | {"heard": st.session_state.get(_heard(key))}
    _expression(
        key=key,
        # One value: Streamlit looks through every top-level one for tables.
        data={"modules": modules.modules_url(), "expression": data},
        default={"sent": None},
        on_sent_change=lambda: None,
    )
    return _sent_text(key, sent_value(key, "sent"))


def expression_data(
    text: str, words: Sequence[Word], fault: Fault | None, examples: Sequence[str]
) -> dict[str, Any]:
    """What the browser gets; places in the text are counted as JavaScript does, in units of UTF-16.

    Raises ValueError for more than 500 words, a word without text or of no known kind, and a fault
    outside the text.
    """
    if len(words) > MOST_WORDS:
        raise ValueError(f"words has {len(words):,} of them; expected at most {MOST_WORDS}")
    for word in words:
        if word.kind not in KINDS:
            kinds = ", ".join(KINDS)
            raise ValueError(f"the word {word.text!r:.40} has kind {word.kind!r:.20}; expected {kinds}")
        if not clean_text(word.text).strip() or not clean_text(word.insert).strip():
            raise ValueError(f"the word {word.text!r:.40} inserts {word.insert!r:.40}; expected texts")
    return {
        "text": clean_text(text),
        "words": [[clean_text(word.text), clean_text(word.insert), word.kind] for word in words],
        "fault": None if fault is None else _fault_data(text, fault),
        "examples": [clean_text(example) for example in examples],
        "longest": LONGEST_TEXT,
    }


def clean_text(text: str) -> str:
    """At most 2,000 characters of ``text``, without those that are never part of an expression."""
    kept = (sign for sign in text if unicodedata.category(sign) not in DROPPED_CATEGORIES)
    return "".join(kept)[:LONGEST_TEXT]


def _fault_data(text: str, fault: Fault) -> dict[str, Any]:
    if not 0 <= fault.position <= len(text) or fault.length < 0:
        raise ValueError(
            f"a fault of {fault.length} characters at {fault.position} in a text of {len(text)}: "
            "expected a place in the text"
        )
    start, end = (_units(text[:place]) for place in (fault.position, fault.position + fault.length))
    return {"start": start, "end": end, "message": fault.message}


def _units(text: str) -> int:
    """How many units of UTF-16 ``text`` has in the browser."""
    return len(clean_text(text).encode("utf-16-le")) // 2


def _sent_text(key: str, value: Any) -> str | None:
    """The text that the browser sent, once; whatever else came is ignored."""
    if not isinstance(value, Mapping) or not is_fresh(key, "sent", value.get("mark")):
        return None
    st.session_state[_heard(key)] = value["mark"]
    text = value.get("text")
    return clean_text(text) if isinstance(text, str) and len(text) <= LONGEST_TEXT else None


def _heard(key: str) -> str:
    """Where the mark of the last text that was looked at is kept."""
    return f"expression_view.{key}.heard"
