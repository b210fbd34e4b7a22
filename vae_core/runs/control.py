"""What a person asks of a run: to pause, to finish early, to be given up.

``control`` in the run folder holds one word. The process that trains looks for it and removes it
when it has obeyed; a run that nobody works on is changed at once.
"""

import contextlib
import shutil
from typing import Literal, cast, get_args

from vae_core.base.home import replace_file
from vae_core.runs.folder import CONTROL_FILE, SNAPSHOTS_FOLDER, RunFolder
from vae_core.runs.order import held_queue, withdraw
from vae_core.runs.process import is_live
from vae_core.runs.story import story_of

Word = Literal["pause", "finish", "discard"]
WORDS: tuple[Word, ...] = get_args(Word)
MAXIMUM_WORD_BYTES = 20


def ask(run: RunFolder, word: Word) -> None:
    """Ask a run to "pause" (it can be resumed), "finish" (with the model it has) or be "discarded".

    A live run obeys soon; a queued one leaves the queue at once; one that nobody works on can only
    be discarded. Raises ValueError of one line where the word makes no sense, and while the model
    is being written.
    """
    if word not in WORDS:
        raise ValueError(f"the word is {word!r:.40}: expected one of {', '.join(WORDS)}")
    with held_queue():
        run.check_exists()
        # In this order: a process tells its end before it is gone.
        live, last = is_live(run), story_of(run).last
        if last in ("finished", "discarded"):
            raise ValueError(f"{run.model_name} is {last} already: there is nothing to {word}")
        if live and last == "exporting":
            raise ValueError(f"the model {run.model_name} is being written: delete it when it is there")
        if live:
            replace_file(run.path / CONTROL_FILE, word.encode())
            return
        if word == "discard":
            withdraw(run.id)
            mark_discarded(run)
        elif word == "finish":
            raise ValueError(f"{run.model_name} is not running: resume it, then finish it")
        elif withdraw(run.id):
            run.append("paused")
        else:
            raise ValueError(f"{run.model_name} is not running: there is nothing to pause")


def wanted(run: RunFolder) -> Word | None:
    """The word that somebody asked for and nobody obeyed yet; None for anything else in the file."""
    try:
        with (run.path / CONTROL_FILE).open("rb") as file:
            text = file.read(MAXIMUM_WORD_BYTES).decode(errors="replace").strip()
    except OSError:
        return None
    return cast(Word, text) if text in WORDS else None


def clear(run: RunFolder) -> None:
    """Take back what was asked, or say that it was obeyed; nothing happens if nothing was."""
    with contextlib.suppress(OSError):
        (run.path / CONTROL_FILE).unlink()


def mark_discarded(run: RunFolder) -> None:
    """Record that the run was given up, and free what only its resumption would need. Raises OSError."""
    run.append("discarded")
    clear(run)
    for folder in (run.checkpoint_folder, run.path / SNAPSHOTS_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
