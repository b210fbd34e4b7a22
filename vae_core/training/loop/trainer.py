"""The loop over epochs and calls: schedules, budget, stopping rules, checkpoints."""

import math
import time
from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vae_core.specs import TrainingSpec
from vae_core.training.loop.checkpoints import Arrays, Checkpoints, RunState, assign, values_of
from vae_core.training.loop.progress import Progress
from vae_core.training.loop.steps import LOSS_NAMES, StepValues, TrainingStep, plan_epoch

PLATEAU_EPOCHS = 5
PLATEAU_FACTOR = 0.5
# A loss that grew to this many times that of the untrained network does not come back.
EXPLODED = 100.0

# What may be asked of a run: to stop where it is, or to end as if its budget were used up.
Ask = Literal["stop", "finish"]
FINISHED_EARLY = "finished early"


class Observer(Protocol):
    """Looks at a run between epochs; ``state.epoch - 1`` epochs are done."""

    def begins(self, step: TrainingStep, state: RunState) -> None:
        """Before the first step, or where a run goes on."""

    def epoch_ended(self, step: TrainingStep, state: RunState) -> None:
        """After every epoch; the last one if ``state.ended`` is set."""


class DivergedError(ValueError):
    """A run whose loss left all bounds."""


class Trainer:
    """Drives a TrainingStep; all that must survive a killed process is in ``state`` and the variables."""

    def __init__(
        self,
        spec: TrainingSpec,
        step: TrainingStep,
        training: NDArray[np.uint8] | NDArray[np.float32],
        validation: NDArray[np.uint8] | NDArray[np.float32],
        checkpoints: Checkpoints | None = None,
        seconds_before: float = 0.0,
        asked: Callable[[], Ask | None] = lambda: None,
        observer: Observer | None = None,
    ) -> None:
        self.spec, self.step, self.state = spec, step, RunState()
        self._images = len(training)
        self._batch_size = step.whole_batch(min(spec.batch_size, len(training)))
        self._pixels, self._validation = tf.constant(training), tf.constant(validation)
        if self._images < self._batch_size:
            raise ValueError(
                f"{self._images} training images are too few for {self._batch_size} devices: train on fewer"
            )
        self._steps_per_call = step.steps_per_call(self._batch_size, math.prod(training.shape[1:]))
        self._steps_per_epoch = sum(len(call) for call in self._plan(1))
        self._checkpoints, self._asked, self._observer = checkpoints, asked, observer
        self._best: Arrays | None = None
        self._seconds_before, self._started = seconds_before, time.perf_counter()
        self._images_here = 0
        self._seconds_per_step = self._seconds_per_validation = 0.0

    def run(self, on_progress: Callable[[Progress], None]) -> RunState:
        """Train to the end of the budget, from the checkpoint if there is one."""
        restored = self._checkpoints.load(self.step.variables) if self._checkpoints else None
        if restored:
            self.state, self._best = restored
            self._seconds_before += self.state.seconds
        if self.state.first_loss is None:
            self.state.first_loss = float(self.step.evaluate(self._validation[:1024])[0])
        if self._observer:
            self._observer.begins(self.step, self.state)
        while self.state.ended is None:
            if self.state.history and not self.state.calls_done:
                self.state.ended = self._early_end()
            if self.state.ended is None:
                self._epoch(on_progress)
        if self._best is not None:
            assign(self.step.network_variables, self._best, "the best epoch")
        self._save()
        return self.state

    def _epoch(self, on_progress: Callable[[Progress], None]) -> None:
        calls = self._plan(self.state.epoch)
        while not self.state.calls_done or (self.state.calls_done < len(calls) and not self._early_end()):
            losses = self._call(calls[self.state.calls_done])
            if self.state.calls_done < len(calls):
                on_progress(self._progress(losses))
            if self._asked() == "stop":
                self._save()
                raise KeyboardInterrupt
            self._save_if_due(epoch_ended=False)
        started = time.perf_counter()
        validation = _named(self.step.evaluate(self._validation))
        self._seconds_per_validation = time.perf_counter() - started
        means = np.array(self.state.sums) / self.state.calls_done
        self._check(means, validation["loss"])
        progress = self._progress(means, validation)
        self.state.history.append(
            {**progress.losses, **{f"val_{name}": value for name, value in validation.items()}}
        )
        self._judge(validation)
        self.state.epoch, self.state.calls_done, self.state.sums = self.state.epoch + 1, 0, [0.0, 0.0, 0.0]
        on_progress(progress)
        if self._observer:
            self._observer.epoch_ended(self.step, self.state)
        self._save_if_due(epoch_ended=True)

    def _call(self, order: NDArray[np.int32]) -> NDArray[np.float32]:
        started = time.perf_counter()
        values = StepValues.at(self.spec, self._shares(len(order)), self.state.rate_factor)
        losses = self.step.run(self._pixels, order, values, self.state.steps_done)
        # The first call compiles, which says nothing of the next.
        self._seconds_per_step = (time.perf_counter() - started) / len(order) if self._images_here else 0.0
        self._check(losses, float(losses[0]))
        self.state.steps_done += len(order)
        self.state.calls_done += 1
        self.state.sums = [float(a + b) for a, b in zip(self.state.sums, losses, strict=True)]
        self._images_here += order.size
        return losses

    def _plan(self, epoch: int) -> list[NDArray[np.int32]]:
        """The calls of one epoch, from the seed and its number: the same after a resumption."""
        generator = np.random.default_rng((self.spec.seed, epoch))
        return plan_epoch(self._images, self._batch_size, generator, self._steps_per_call)

    def _elapsed(self) -> float:
        return self._seconds_before + time.perf_counter() - self._started

    def _shares(self, steps: int) -> NDArray[np.float32]:
        """The share of the run that is done at each of the next steps, by steps or by time."""
        ahead = np.arange(steps)
        shares = (self.state.steps_done + ahead) / (self._steps_per_epoch * self.spec.epochs)
        if self.spec.minutes:
            by_time = (self._elapsed() + ahead * self._seconds_per_step) / (60 * self.spec.minutes)
            shares = np.maximum(shares, by_time)
        return np.minimum(1, shares).astype(np.float32)

    def _time_is_up(self) -> bool:
        """Whether another call and the closing measurement would not fit into the budget."""
        if not self.spec.minutes or not self.state.steps_done:
            return False
        next_call = self._seconds_per_step * min(self._steps_per_epoch, self._steps_per_call)
        return self._elapsed() + next_call + self._seconds_per_validation >= 60 * self.spec.minutes

    def _early_end(self) -> str | None:
        """What ends the run with epochs left, or None."""
        if self._asked() == "finish":
            return FINISHED_EARLY
        return "minutes" if self._time_is_up() else None

    def _judge(self, validation: dict[str, float]) -> None:
        """Apply the rules that look at validation losses: best weights, plateau, the end."""
        state, spec = self.state, self.spec
        if state.best_loss is None or validation["loss"] < state.best_loss:
            state.best_loss, state.epochs_since_best = validation["loss"], 0
            if spec.early_stopping:
                self._best = values_of(self.step.network_variables)
        else:
            state.epochs_since_best += 1
            stalled = state.epochs_since_best % PLATEAU_EPOCHS == 0
            if spec.learning_rate_decay == "plateau" and stalled:
                state.rate_factor *= PLATEAU_FACTOR
        if spec.stop_at_kl and validation["kl_loss"] >= spec.stop_at_kl:
            state.ended = "stop_at_kl"
        elif spec.early_stopping and state.epochs_since_best >= spec.early_stopping:
            state.ended = "early_stopping"
        elif state.epoch >= spec.epochs:
            state.ended = "epochs"
        else:
            state.ended = self._early_end()

    def _check(self, losses: NDArray[np.floating], loss: float) -> None:
        """Raise DivergedError unless all losses are finite and not far above the untrained network's."""
        assert self.state.first_loss is not None
        bound = EXPLODED * max(1.0, abs(self.state.first_loss))
        if np.isfinite(losses).all() and np.isfinite(loss) and loss <= bound:
            return
        raise DivergedError(
            f"training diverged in epoch {self.state.epoch} (the loss is {loss:.3g}): "
            f"lower learning_rate, which is {self.spec.learning_rate:g}"
        )

    def _progress(self, losses: NDArray[np.floating], validation: dict[str, float] | None = None) -> Progress:
        here = time.perf_counter() - self._started
        return Progress(
            epoch=self.state.epoch,
            epochs=self.spec.epochs,
            seconds=self._elapsed(),
            share=float(self._shares(1)[0]),
            images_per_second=self._images_here / here,
            losses=_named(losses),
            validation=validation,
        )

    def _save_if_due(self, epoch_ended: bool) -> None:
        if self._checkpoints and self._checkpoints.is_due(epoch_ended):
            self._save()

    def _save(self) -> None:
        if self._checkpoints:
            self.state.seconds = self._elapsed()
            self._checkpoints.save(self.state, self.step.variables, self._best)


def _named(losses: NDArray[np.floating]) -> dict[str, float]:
    return {name: float(value) for name, value in zip(LOSS_NAMES, losses, strict=True)}
