"""Stands in for ``vae_core.training.process.queue_worker``: ``python fake_worker.py RUN_ID``.

It does what its run's model is called: "quick…" finishes at once, "broken…" dies without a word,
any other waits to be asked or killed.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vae_core.runs import queue as run_queue
from vae_core.runs.control import clear, mark_discarded, wanted
from vae_core.runs.order import held_queue, withdraw
from vae_core.runs.process import forget_process, record_process
from vae_core.runs.status import find_run


def fake_command(run_id):
    return [sys.executable, str(Path(__file__).resolve()), run_id]


def main(run_id):
    run = find_run(run_id)
    with run.locked():
        with held_queue():
            record_process(run, os.getpid())
            withdraw(run.id)
        run.append("loading")
        if run.model_name.startswith("broken"):
            os._exit(9)
        run.append("started", process=os.getpid())
        run.append("progress", epoch=1, share=0.25, seconds=1.5, losses={"loss": 200.0})
        answer(run)
        forget_process(run)
    run_queue.kick()


def answer(run):
    while not run.model_name.startswith("quick"):
        word = wanted(run)
        if word == "discard":
            mark_discarded(run)
            return
        if word == "pause":
            run.append("paused")
            clear(run)
            return
        if word == "finish":
            clear(run)
            break
        time.sleep(0.02)
    run.append("finished", out=run.spec.out, ended="epochs", metrics={"neg_elbo": 1.0})


if __name__ == "__main__":
    run_queue.worker_command = fake_command
    main(sys.argv[1])
