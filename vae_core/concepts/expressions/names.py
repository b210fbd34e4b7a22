"""Names that are alike, and what could have been meant by an unknown one."""

import difflib
import unicodedata
from collections.abc import Callable, Iterable

SUGGESTIONS = 3
KNOWN_SHOWN = 6


def folded(name: str) -> str:
    """``name`` as it is compared: without regard to upper and lower case and to spaces around and between."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def suggestion(word: str, known: Iterable[str], written: Callable[[str], str]) -> str:
    """What could have been meant by ``word``, else what there is."""
    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(folded(name), name)
    wanted = folded(word)
    # A name of several words without quotes arrives as its first.
    parts = [key for key in by_folded if wanted in key.replace("-", " ").split()]
    near = difflib.get_close_matches(wanted, by_folded, SUGGESTIONS, 0.6)
    likely = list(dict.fromkeys([*parts, *near]))[:SUGGESTIONS]
    if likely:
        return f"did you mean {' or '.join(written(by_folded[key]) for key in likely)}?"
    if not by_folded:
        return "expected picture:0 or another number, nothing has a name here"
    return f"expected one of {listed([written(name) for name in by_folded.values()])}"


def listed(names: list[str]) -> str:
    if len(names) <= 2 * KNOWN_SHOWN:
        return ", ".join(names)
    return ", ".join([*names[:KNOWN_SHOWN], "…"])
