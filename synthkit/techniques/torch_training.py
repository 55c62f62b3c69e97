"""Training that can be watched, stopped, saved and taken up again, for the three networks.

A *step* is what ``iter_fit`` yields one record for: an epoch, unless a technique says otherwise.
The network in training is not the one that rows are sampled from: ``network_`` is a copy, made when
a step is complete and all its numbers are finite.  So a loop that is left early, Ctrl-C, and a
training that diverges all leave the technique as of its last completed step.

- *watch*: the body of a ``for record in synth.iter_fit(table)`` loop is the callback of each step;
- *pause*: don't ask for the next record; *stop*: leave the loop;
- *resume*: ``iter_resume(table)`` goes on after the last completed step, also after ``save`` and
  ``load_technique``, and reaches the same bytes as a training without a stop.  What that takes
  is kept in ``network_`` and ``run_``: weights, the optimisers' moments, what else a technique
  carries from step to step, and the generator, which also orders the rows of each epoch;
- *look before*: ``preflight(table)`` says how wide the coded table is, and what the training
  will take in memory and time.

On a GPU the sums of a batch are added in an order that varies: equal bytes are a matter of the CPU.
"""

from __future__ import annotations

import copy
import math
import sys
import time
import warnings
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.base import clone
from torch import Tensor, nn

from synthkit.base import SteppedSynthesizer, free_memory
from synthkit.errors import DataError, DataWarning, DivergedError, NotFittedError, ParameterError
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.torch_codes import (
    batches,
    check_training,
    code_tensor,
    digest,
    epochs_for,
    load_weights,
    to_arrays,
    to_tensors,
    torch_generator,
    weights_of,
)

# A loss this many times as far from 0 as the first one was will not come back.
EXPLODED = 10.0
# A float32 weight is held as itself, its gradient, Adam's two moments, and three copies of the
# last completed step (weights and moments).
BYTES_A_WEIGHT = 4 * 7
# A logit is held as itself, its softmax, and the gradient of both.
BYTES_A_LOGIT = 4 * 4


@dataclass
class Run:
    """One training: what its steps read and change.

    Parameters
    ----------
    rows : Tensor of shape (n, d)
        The coded table, on the device.
    network : nn.Module
        Every weight that is trained or sampled from.
    generator : torch.Generator
        All randomness of the training; it lives on the CPU, whatever the device.
    batch_size, epochs, steps_an_epoch : int
        Gradient steps are counted by ``step``, completed epochs (records) by ``epoch``.
    optimisers : dict of str to Optimizer
    memory : dict
        What else goes from step to step, as tensors and numbers.
    learned : dict
        Attributes that the technique gets when this step is complete.
    """

    rows: Tensor
    network: nn.Module
    generator: torch.Generator
    batch_size: int
    epochs: int
    steps_an_epoch: int
    step: int = 0
    epoch: int = 0
    optimisers: dict[str, torch.optim.Optimizer] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)
    learned: dict[str, Any] = field(default_factory=dict)
    figures: list[dict[str, float]] = field(default_factory=list)
    first_loss: float = math.nan

    @property
    def steps(self) -> int:
        """Gradient steps of the whole training."""
        return self.epochs * self.steps_an_epoch

    def set_learning_rate(self, learning_rate: float, optimiser: str = "adam") -> None:
        """Let the rate fall from ``learning_rate`` to 0 along half a cosine."""
        share = (1 + math.cos(math.pi * min(1.0, self.step / self.steps))) / 2
        for group in self.optimisers[optimiser].param_groups:
            group["lr"] = learning_rate * share

    def watch(self, figures: dict[str, float]) -> None:
        """Take down a gradient step's figures; raise DivergedError if one left the numbers."""
        for key, value in figures.items():
            if not math.isfinite(value):
                before = ", ".join(f"{k} {v:.4g}" for k, v in (self.figures or [{}])[-1].items())
                before = f" (one step before: {before})" if before else ""
                raise DivergedError(f"in step {self.step} the {key} became {value}{before}")
        loss = figures.get("loss", math.nan)
        self.first_loss = loss if math.isnan(self.first_loss) else self.first_loss
        if loss - self.first_loss > EXPLODED * max(1.0, abs(self.first_loss)):
            raise DivergedError(
                f"in step {self.step} the loss was {loss:.4g}, from {self.first_loss:.4g} at first"
            )
        self.figures.append(figures)

    def state(self) -> dict[str, Any]:
        """Return all but the weights and the rows, as plain arrays and numbers."""
        moments = {name: to_arrays(adam.state_dict()) for name, adam in self.optimisers.items()}
        return {
            "epoch": self.epoch,
            "step": self.step,
            "first_loss": self.first_loss,
            "rows": digest(self.rows),
            "generator": to_arrays(self.generator.get_state()),
            "optimisers": moments,
            "memory": to_arrays(self.memory),
        }

    def take_up(self, state: dict[str, Any], weights: dict[str, np.ndarray]) -> None:
        """Go back to where ``state()`` was taken."""
        load_weights(self.network, weights)
        self.epoch, self.step = state["epoch"], state["step"]
        self.first_loss = state["first_loss"]
        self.generator.set_state(to_tensors(state["generator"]))
        for name, moments in state["optimisers"].items():
            self.optimisers[name].load_state_dict(to_tensors(moments))
        self.memory = to_tensors(state["memory"])


@dataclass(frozen=True)
class Preflight:
    """What a training will take, before it begins; ``print`` it.

    Parameters
    ----------
    rows, columns : int
        Of the table as it is coded: identifiers and constants are left out.
    width : int
        Codes of all columns together: what one-hot columns would be.
    widest : hashable
        The column with the most codes, ``widest_codes`` of them.
    weights, steps : int
        Of the network, and of the training.
    memory_bytes : int
        Of the training, the table itself not counted.
    seconds : float
        Of the training: its steps times one measured step.
    device : str
    """

    rows: int
    columns: int
    width: int
    widest: Hashable
    widest_codes: int
    weights: int
    steps: int
    memory_bytes: int
    seconds: float
    device: str

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows × {self.columns} columns become {self.width:,} codes (widest: "
            f"{self.widest!r} with {self.widest_codes:,}); {self.weights:,} weights, about "
            f"{self.memory_bytes / 1e6:,.0f} MB; {self.steps:,} steps, about "
            f"{self.seconds:,.0f} s on {self.device}."
        )


class TorchSynthesizer(SteppedSynthesizer):
    """A network on a coded table, trained in steps that can be stopped and taken up again.

    A subclass writes

    - ``_check()``: raise ParameterError for its own settings;
    - ``_build() -> Module``: the network, its weights still unset (``self.encoder_`` is there);
    - ``_start(run)``: draw the weights and make the optimisers;
    - ``_step(run, batch) -> dict``: one gradient step on rows (b, d); its figures, such as
      ``{"loss": …}``, are watched for divergence;
    - ``_record(run, figures)``: what the epoch yields; ``figures`` are means over its steps.
    """

    epochs: int | None
    batch_size: int
    learning_rate: float
    device: str
    network_: Any

    def iter_resume(self, X: Any) -> Iterator[Any]:
        """Go on with a training that was stopped, and yield a record for each further step.

        With the same table the result is the same, byte for byte, as without the stop.  Where
        ``epochs`` was raised in between (``set_params``), the rest of the longer training follows.

        Raises
        ------
        NotFittedError
            If no step was completed.
        DataError
            If the table isn't the one that the training began with.
        """
        self._check_fitted()
        table = self.schema_.aligned(X)
        run = self._prepare(table, np.random.default_rng(0))
        if digest(run.rows) != self.run_["rows"]:
            raise DataError(
                "the table must be the one that the training began with; its cells or the order "
                "of its rows differ. Pass that table, or start anew with fit(table)."
            )
        run.take_up(self.run_, weights_of(self.network_))
        yield from self._train(run)

    def resume(self, X: Any) -> TorchSynthesizer:
        """Go on with a training that was stopped, to its end. Raises as ``iter_resume``."""
        for _ in self.iter_resume(X):
            pass
        return self

    def preflight(self, X: Any, *, rng: RandomState = None) -> Preflight:
        """Say what ``fit(X)`` would take; two gradient steps are made, on a copy.

        Raises
        ------
        DataError, ParameterError
            As ``fit`` does; DataError, too, if the memory is not there.
        """
        probe: TorchSynthesizer = clone(self)
        table = probe._start_fit(X)
        probe._fit_encoder(table)
        run = probe._prepare(table, as_generator(rng))
        rows = next(batches(len(run.rows), run.batch_size, run.generator))
        with tiny_as_zero():
            probe._step(run, run.rows[rows])  # the first step warms up
            start = time.perf_counter()
            probe._step(run, run.rows[rows])
            seconds = (time.perf_counter() - start) * run.steps
        sizes = probe.encoder_.cardinalities
        widest = int(np.argmax(sizes)) if len(sizes) else None
        return Preflight(
            len(table), len(sizes), int(sizes.sum()),
            None if widest is None else probe.encoder_.columns[widest], int(max(sizes, default=0)),
            _weights(run.network), run.steps, probe._memory(run.network, len(table)),
            seconds, str(run.rows.device),
        )  # fmt: skip

    # --- what a technique may replace --------------------------------------------------------

    def _rows(self, table: pd.DataFrame) -> Tensor:
        """Return the table as the network reads it: codes (n, d)."""
        return code_tensor(self.encoder_.to_codes(*self.encoder_.encode(table)))

    def _advance(self, run: Run) -> dict[str, float]:
        """Make the gradient steps of one epoch and return the means of their figures."""
        for chosen in batches(len(run.rows), run.batch_size, run.generator):
            run.watch(self._step(run, run.rows[chosen]))
            run.step += 1
        return {k: float(np.mean([f[k] for f in run.figures])) for k in run.figures[-1]}

    # --- the loop ------------------------------------------------------------------------------

    def _iter_fit(self, table: pd.DataFrame, rng: np.random.Generator) -> Iterator[Any]:
        for attribute in ("network_", "run_"):  # of an earlier fit
            self.__dict__.pop(attribute, None)
        self._fit_encoder(table)
        yield from self._train(self._prepare(table, rng))

    def _prepare(self, table: pd.DataFrame, rng: np.random.Generator) -> Run:
        """Set everything up for the first step."""
        check_training(self.epochs, self.learning_rate, self.batch_size)
        self._check()
        device = chosen_device(self.device)
        rows, network = self._rows(table), self._build()  # unset weights take no memory yet
        self._check_memory(self._memory(network, len(rows)))
        n, size = len(rows), min(self.batch_size, len(rows))
        run = Run(
            rows.to(device), network, torch_generator(rng), size,
            epochs_for(self.epochs, n, size), max(1, n // size),
        )  # fmt: skip
        self._start(run)
        return run

    def _train(self, run: Run) -> Iterator[Any]:
        while run.epoch < run.epochs:
            run.figures = []
            try:
                with tiny_as_zero():
                    figures = self._advance(run)
                record = self._record(run, figures)
                check_weights(run.network)
                self._complete(run)
            except KeyboardInterrupt:
                self._explain(f"training was interrupted in epoch {run.epoch}.")
                raise
            except DivergedError as cause:
                message = (
                    f"training diverged in epoch {run.epoch}: {cause}. "
                    f"Lower learning_rate (now {self.learning_rate})."
                )
                if not hasattr(self, "network_"):
                    raise DivergedError(message) from cause
                self._explain(message)
                return
            yield record

    def _complete(self, run: Run) -> None:
        """Make this step the one that the technique stands at, all at once."""
        state = {**run.state(), "epoch": run.epoch + 1}
        network = copy.deepcopy(run.network).to("cpu")
        self.__dict__.update(network_=network, run_=state, **run.learned)  # no Ctrl-C in between
        run.epoch += 1

    def _explain(self, cause: str) -> None:
        """Warn, and say how the technique stands."""
        if hasattr(self, "network_"):
            state = f"The model is as it was after epoch {self.run_['epoch'] - 1}."
        else:
            state = "No epoch was completed: there is no model yet."
        warnings.warn(f"{cause} {state}", DataWarning, stacklevel=5)

    # --- memory --------------------------------------------------------------------------------

    def _memory(self, network: nn.Module, n: int) -> int:
        """Estimate what a training on n rows takes, bytes."""
        size, codes = min(self.batch_size, n), int(self.encoder_.cardinalities.sum())
        table = 8 * n * max(1, len(self.encoder_.columns))
        return BYTES_A_WEIGHT * _weights(network) + BYTES_A_LOGIT * size * codes + table

    def _check_memory(self, needed: int) -> None:
        free = free_memory()
        if free is not None and needed > free:
            sizes = self.encoder_.cardinalities
            widest = int(np.argmax(sizes))
            raise DataError(
                f"the training must fit into memory; it would take about {needed / 1e9:.1f} GB and "
                f"{free / 1e9:.1f} GB are free. The table becomes {sizes.sum():,} codes, most of "
                f"them of column {self.encoder_.columns[widest]!r} ({sizes[widest]:,}). Leave "
                "columns or rows out, or lower hidden or batch_size."
            )

    # --- state ---------------------------------------------------------------------------------

    def _check_fitted(self) -> None:
        super()._check_fitted()
        if not hasattr(self, "network_"):
            raise NotFittedError(
                f"{type(self).__name__} must complete one epoch first. Call fit(table) again."
            )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def _get_state(self) -> dict[str, Any]:
        return {**super()._get_state(), "network_": weights_of(self.network_)}

    def _set_state(self, state: dict[str, Any]) -> None:
        super()._set_state(state)
        self.network_ = self._build()
        load_weights(self.network_, state["network_"])

    def _check(self) -> None:
        """Check the technique's own settings."""

    def _build(self) -> nn.Module:
        raise TypeError(f"{type(self).__name__} must define _build")

    def _start(self, run: Run) -> None:
        raise TypeError(f"{type(self).__name__} must define _start")

    def _step(self, run: Run, batch: Tensor) -> dict[str, float]:
        raise TypeError(f"{type(self).__name__} must define _step")

    def _record(self, run: Run, figures: dict[str, float]) -> Any:
        raise TypeError(f"{type(self).__name__} must define _record")


def chosen_device(device: str) -> torch.device:
    """Return the device that a setting stands for: 'auto' is a GPU if there is one.

    Raises ParameterError for one that isn't there.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    known = ["cpu", "auto", *(["cuda"] if gpus else []), *(f"cuda:{k}" for k in range(gpus))]
    if device not in known:
        raise ParameterError(
            f"device must be one of {known}; got {device!r}. 'auto' takes a GPU if there is one."
        )
    return torch.device(("cuda" if gpus else "cpu") if device == "auto" else device)


@contextmanager
def tiny_as_zero() -> Iterator[None]:
    """Let this thread take numbers below 1e-38 as 0: a processor computes slowly with them.

    A softmax at a low temperature, as in a GAN's soft codes, is full of them: half of its training
    went there.  Afterwards all is as it was.
    """
    before = sys.float_info.min / 2 == 0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def check_weights(network: nn.Module) -> None:
    """Raise DivergedError if a weight is no number."""
    for name, weight in network.state_dict().items():
        if not torch.isfinite(weight).all():
            raise DivergedError(f"the weights {name!r} are no longer finite")


def _weights(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
