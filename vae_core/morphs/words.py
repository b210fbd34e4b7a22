"""What distinguishes paths between the same places, in a sentence or two."""

from collections.abc import Sequence

from vae_core.morphs.measures import PathReport
from vae_core.morphs.path import PathKind

NAMES: dict[PathKind, str] = {
    "lerp": "the straight line",
    "slerp": "the arc",
    "constant": "the straight line at even pace",
    "graph": "the way along the data",
}
SAME_LINE = {"lerp", "constant"}
# Within the usual distance between encoded images a path is among them.
AMONG = 1.0
# What is worth a word: a share of unclear frames; a ratio of distances to the data, of decoded
# lengths, and of how much the longest step exceeds the mean one.
UNCLEAR_SHARE = 0.1
MUCH_FARTHER = 1.5
DETOUR = 1.25
JUMPY = 1.3


def words_on_difference(reports: Sequence[PathReport]) -> str:
    """One or two plain sentences on how paths between the same places differ, and why.

    ``reports`` are two to four of different kinds. First how near the data they stay, then how they
    get on. Raises ValueError for another number, or a kind twice.
    """
    kinds = [report.kind for report in reports]
    if not 2 <= len(reports) <= len(NAMES) or len(set(kinds)) < len(kinds):
        raise ValueError(f"paths are {', '.join(kinds) or 'none'}: expected two to four of different kinds")
    second = _on_detour(reports) or _on_pace(reports)
    return " ".join([_on_data(reports), *([second] if second else [])])


def _on_data(reports: Sequence[PathReport]) -> str:
    if {report.kind for report in reports} == SAME_LINE:
        return "Both run along the same straight line; only their pace differs."
    clearest, blurred = min(reports, key=_unclear_share), max(reports, key=_unclear_share)
    near = min(reports, key=lambda report: report.farthest)
    far = max(reports, key=lambda report: report.farthest)
    if _unclear_share(blurred) - _unclear_share(clearest) >= UNCLEAR_SHARE:
        reason = f", which leads {_distance(blurred)}" if _leaves_the_data(blurred, clearest) else ""
        return (
            f"Pictures not clearly of one class: {_count(clearest)} on {NAMES[clearest.kind]}, "
            f"{_count(blurred)} on {NAMES[blurred.kind]}{reason}."
        )
    is_judged = all(report.confidence is not None for report in reports)
    if _leaves_the_data(far, near):
        clear = ", yet the pictures are about as clear" if is_judged else ""
        return (
            f"{_capital(NAMES[far.kind])} leads {_distance(far)}, {NAMES[near.kind]} only "
            f"{near.farthest:.1f} times{clear}."
        )
    where = (
        "stay among the encoded images"
        if far.farthest <= AMONG
        else "lead about equally far from the encoded images"
    )
    clear = ", and the pictures are about as clear" if is_judged else ""
    return f"{'Both' if len(reports) == 2 else 'All of them'} {where}{clear}."


def _on_pace(reports: Sequence[PathReport]) -> str:
    even, uneven = min(reports, key=_jump), max(reports, key=_jump)
    if _jump(uneven) < JUMPY * _jump(even):
        return ""
    return (
        f"On {NAMES[uneven.kind]} change comes unevenly, its largest step {_jump(uneven):.1f} times the "
        f"mean; on {NAMES[even.kind]} it is {_jump(even):.1f} times."
    )


def _on_detour(reports: Sequence[PathReport]) -> str:
    short = min(reports, key=lambda report: report.decoded_length)
    long = max(reports, key=lambda report: report.decoded_length)
    if long.kind in SAME_LINE or long.decoded_length < DETOUR * short.decoded_length:
        return ""
    if short.decoded_length == 0:
        return ""
    ratio = long.decoded_length / short.decoded_length
    return (
        f"{_capital(NAMES[long.kind])} is a detour: its pictures change {ratio:.1f} times as much as those "
        f"on {NAMES[short.kind]}."
    )


def _unclear_share(report: PathReport) -> float:
    return (report.unclear or 0) / len(report.distance)


def _jump(report: PathReport) -> float:
    """The longest step by the mean one, 1 where nothing changes."""
    mean = float(report.steps.mean())
    return float(report.steps.max()) / mean if mean > 0 else 1.0


def _leaves_the_data(far: PathReport, near: PathReport) -> bool:
    return far.farthest > max(AMONG, MUCH_FARTHER * near.farthest)


def _distance(report: PathReport) -> str:
    return f"up to {report.farthest:.1f} times as far from any encoded image as these usually lie apart"


def _count(report: PathReport) -> str:
    return f"{report.unclear or 'none'} of {len(report.distance)}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
