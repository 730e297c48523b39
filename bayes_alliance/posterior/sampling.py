"""Running the sampler: the No-U-Turn sampler of nutpie, watched and interruptible.

Both engines end in a compiled nutpie model. It runs in the background, a progress bar tells how
long it will take (only on a terminal or in a notebook), and an interruption keeps the draws made so
far (Hoffman and Gelman 2014; Seyboldt 2024 for nutpie).
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict, get_type_hints

import numpy as np
import xarray as xr

from bayes_alliance.errors import Count, InputError, Prob, Problem, nearest, taken
from bayes_alliance.interruptions import deferred
from bayes_alliance.nuts import BackgroundSampler, CompiledModel, nutpie
from bayes_alliance.posterior.progress import progress_bar

A_MOMENT = 0.01  # seconds between two looks at the sampler


class SamplerOptions(TypedDict, total=False):
    """What may be asked of the sampler; in parentheses what it does if nothing is said.

    Attributes
    ----------
    draws, tune : int
        Kept draws of each chain (1000; 3000 with the pymc engine, which samples effects) and
        warm-up draws (400; 150 with a value behind every rating, 1000 with the pymc engine).
    chains : int
        Independent chains (4).
    cores : int
        Chains that run at the same time (all processors).
    target_accept : float
        Between 0 and 1; higher means smaller steps (0.8; 0.9 with items, and with priors that
        shrink effects).
    """

    draws: Count
    tune: Count
    chains: Count
    cores: Count
    target_accept: Prob


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


def checked(options: SamplerOptions, of_the_model: Mapping[str, float]) -> dict[str, float]:
    """Sampler options with their defaults.

    Parameters
    ----------
    of_the_model : mapping
        ``draws``, ``tune`` and ``target_accept`` where the options leave them open, as from
        `engines.defaults`.

    Raises
    ------
    InputError
        Unknown options (nearest suggested) and values out of range.
    """
    kinds = get_type_hints(SamplerOptions, include_extras=True)
    settings: dict[str, Any] = {"chains": 4, "cores": os.cpu_count() or 1, **of_the_model}
    problems: list[Problem] = []
    for name, value in options.items():
        if name in kinds:
            settings[name] = taken(value, kinds[name], where=name, problems=problems)
        else:
            message = f"not a sampler option.{nearest(name, kinds)}"
            problems.append(Problem(where=name, message=message))
    if problems:
        raise InputError(problems, "sampler options")
    return settings


def run(
    compiled: CompiledModel, *, settings: dict[str, float], seed: int, progress: bool
) -> Sampled:
    """Sample a compiled model.

    Parameters
    ----------
    settings : dict
        As from `checked`.
    progress : bool
        Whether a bar may be drawn.

    Raises
    ------
    KeyboardInterrupt
        If interrupted before any chain kept a draw.
    """
    chains, draws = int(settings["chains"]), int(settings["draws"])
    total = chains * (draws + int(settings["tune"]))
    with progress_bar("Sampling", "draws", total=total, shown=progress) as bar:

        def show(state: list) -> None:
            divergences = sum(chain.divergences for chain in state)
            done = sum(chain.finished_draws for chain in state)
            if divergences:
                bar.set_postfix_str(f"{divergences} divergent", refresh=False)
            bar.update(done - bar.n)

        # An interruption that is only noted cannot come while draws change hands, and lose them.
        with deferred() as interruptions:
            sampler = nutpie.sample(
                compiled,
                draws=draws,
                tune=int(settings["tune"]),
                chains=chains,
                cores=min(chains, int(settings["cores"])),
                seed=seed,
                save_warmup=True,
                progress_bar=False,
                adaptation="diag",
                target_accept=settings["target_accept"],
                progress_callback=show,
                progress_rate=100,
                blocking=False,
            )
            while not (interruptions or _is_finished(sampler)):
                time.sleep(A_MOMENT)
            tree = sampler.abort() if interruptions else sampler.wait()
    sampled = _collected(tree, chains=chains, draws=draws)
    return replace(sampled, interrupted=sampled.interrupted or bool(interruptions))


def _is_finished(sampler: BackgroundSampler) -> bool:
    try:
        return bool(sampler.is_finished)
    except TimeoutError:  # what nutpie says of one that is not
        return False


def _collected(tree: xr.DataTree, *, chains: int, draws: int) -> Sampled:
    """Kept draws; of a run that was interrupted those of chains that went far enough."""
    kept = "sample_stats" in tree.children
    stats = tree["sample_stats"].to_dataset() if kept else xr.Dataset()
    if stats.sizes.get("draw", 0) == 0 or stats.sizes.get("chain", 0) == 0:
        raise KeyboardInterrupt
    posterior = tree["posterior"].to_dataset()
    # Chains stop at different draws: what one did not reach is NaN, in statistics too, but for
    # whole numbers, which are 0. Kept are those chains, as far as the shortest of them goes, that
    # together hold most draws: where chains wait for each other some have hardly begun.
    made = stats["logp"].notnull().cumprod("draw").sum("draw").values
    lengths = np.sort(made)[::-1]
    n_kept = int(lengths[np.argmax(lengths * np.arange(1, len(lengths) + 1))])
    if n_kept == 0:
        raise KeyboardInterrupt
    chosen = np.flatnonzero(made >= n_kept)
    far_enough = {"chain": chosen, "draw": slice(n_kept)}
    warmup = (
        tree["warmup_sample_stats"].to_dataset()["n_steps"]
        if ("warmup_sample_stats" in tree.children)
        else xr.DataArray(0)
    )
    return Sampled(
        posterior=posterior.isel(far_enough),
        stats=stats.isel(far_enough),
        gradient_evaluations={"warmup": int(warmup.sum()), "sampling": int(stats["n_steps"].sum())},
        interrupted=n_kept < draws or len(chosen) < chains,
    )
