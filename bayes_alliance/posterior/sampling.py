"""Running the sampler: the No-U-Turn sampler of nutpie, watched and interruptible.

Both engines end in a compiled nutpie model. It runs in the background, a progress bar tells how
long it will take (only on a terminal or in a notebook), and an interruption keeps the draws made so
far (Hoffman and Gelman 2014; Seyboldt 2024 for nutpie).
"""

import os
import sys
import time
from dataclasses import dataclass
from typing import TypedDict

import nutpie
import xarray as xr
from nutpie.sample import CompiledModel
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bayes_alliance.errors import InputError, Problem, nearest


class SamplerOptions(TypedDict, total=False):
    """What the sampler may be told.

    Attributes
    ----------
    draws, tune : int
        Kept and warm-up draws of each chain (1000 and 1000).
    chains : int
        Independent chains (4).
    cores : int
        Chains that run at the same time (all processors).
    target_accept : float
        Between 0 and 1; higher means smaller steps (0.8).
    """

    draws: int
    tune: int
    chains: int
    cores: int
    target_accept: float


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What came back from the sampler.

    Parameters
    ----------
    posterior, stats : Dataset
        Kept draws and the sampler's statistics, dims (chain, draw, ...).
    gradient_evaluations : dict
        ``{"warmup": int, "sampling": int}``, summed over chains.
    interrupted : bool
        Whether the run ended early.
    """

    posterior: xr.Dataset
    stats: xr.Dataset
    gradient_evaluations: dict[str, int]
    interrupted: bool


def checked(options: SamplerOptions) -> dict[str, float]:
    """Sampler options with their defaults.

    Parameters
    ----------
    options : SamplerOptions

    Returns
    -------
    dict

    Raises
    ------
    InputError
        Unknown options (nearest suggested) and values out of range.
    """
    defaults: dict[str, float] = {
        "draws": 1000,
        "tune": 1000,
        "chains": 4,
        "cores": os.cpu_count() or 1,
        "target_accept": 0.8,
    }
    found = [
        Problem(where=name, message=f"not a sampler option.{nearest(name, defaults)}")
        for name in options
        if name not in defaults
    ]
    settings = defaults | dict(options)
    for name in ("draws", "tune", "chains", "cores"):
        value = settings[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            found.append(Problem(where=name, value=value, message="a whole number, 1 or more"))
    if not 0.0 < settings["target_accept"] < 1.0:
        message = "a number between 0 and 1"
        found.append(
            Problem(where="target_accept", value=settings["target_accept"], message=message)
        )
    if found:
        raise InputError(found, "sampler options")
    return settings


def run(
    compiled: CompiledModel,
    *,
    settings: dict[str, float],
    seed: int,
    adaptation: str,
    progress: bool,
) -> Sampled:
    """Sample a compiled model.

    Parameters
    ----------
    compiled : nutpie's compiled model
    settings : dict
        As from `checked`.
    seed : int
    adaptation : {"diag", "low_rank"}
        How the sampler learns the posterior's shape.
    progress : bool
        Whether a bar may be drawn.

    Returns
    -------
    Sampled

    Raises
    ------
    KeyboardInterrupt
        If interrupted before any chain kept a draw.
    """
    chains = int(settings["chains"])
    latest: list = []

    def listen(chain_progress: list) -> None:
        latest[:] = [chain_progress]

    sampler = nutpie.sample(
        compiled,
        draws=int(settings["draws"]),
        tune=int(settings["tune"]),
        chains=chains,
        cores=min(chains, int(settings["cores"])),
        seed=seed,
        save_warmup=True,
        progress_bar=False,
        adaptation=adaptation,
        target_accept=settings["target_accept"],
        blocking=False,
        progress_callback=listen,
        progress_rate=100,
    )
    interrupted = False
    total = chains * int(settings["draws"] + settings["tune"])
    try:
        with _bar(progress) as bar:
            task = bar.add_task("Sampling", total=total, note="")
            while not sampler.is_finished:
                time.sleep(0.02)
                if latest:
                    _show(bar, task, latest[0])
            if latest:
                bar.update(task, completed=total)
        tree = sampler.wait()
    except KeyboardInterrupt:
        interrupted = True
        tree = sampler.abort()
    return _collected(tree, interrupted=interrupted)


def _bar(progress: bool) -> Progress:
    console = Console(file=sys.stderr)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("draws"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=not (progress and (console.is_terminal or console.is_jupyter)),
    )


def _show(bar: Progress, task: int, chains: list) -> None:
    divergences = sum(chain.divergences for chain in chains)
    note = f"{divergences} divergent" if divergences else ""
    done = sum(chain.finished_draws for chain in chains)
    bar.update(task, completed=done, note=note)  # type: ignore[arg-type]


def _collected(tree: xr.DataTree, *, interrupted: bool) -> Sampled:
    """Kept draws of all chains, cut to the shortest if the run was interrupted."""
    stats = tree["sample_stats"].to_dataset() if "sample_stats" in tree.children else None
    if stats is None or stats.sizes.get("draw", 0) == 0:
        raise KeyboardInterrupt
    posterior = tree["posterior"].to_dataset()
    if interrupted:
        whole = stats["n_steps"].notnull().all("chain").values
        n_kept = int(whole.argmin()) if not whole.all() else len(whole)
        if n_kept == 0:
            raise KeyboardInterrupt
        posterior, stats = posterior.isel(draw=slice(n_kept)), stats.isel(draw=slice(n_kept))
    counts = {"sampling": int(stats["n_steps"].sum())}
    if "warmup_sample_stats" in tree.children:
        counts["warmup"] = int(tree["warmup_sample_stats"].to_dataset()["n_steps"].sum())
    return Sampled(
        posterior=posterior,
        stats=stats,
        gradient_evaluations={"warmup": counts.get("warmup", 0), "sampling": counts["sampling"]},
        interrupted=interrupted,
    )
