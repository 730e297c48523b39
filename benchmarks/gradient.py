"""Cost of one log density with gradient, on one core: ours against the hand-written PyMC model.

Command: ``python -m benchmarks.gradient [--against FOLDER]``. All are timed in the same run, in
turn, so that the machine's speed cancels in the ratio. PyMC's functions are compiled by numba, as
nutpie does it. The folder is another checkout of this project, with its own benchmark, which runs
after this one: of what it finds the exact engine is shown, over the hand-written model timed there.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pymc as pm

from bayes_alliance.collapsed.constants import encode
from bayes_alliance.collapsed.density import CollapsedModel, collapse
from bayes_alliance.design import design
from bayes_alliance.pymc_model import build
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec
from benchmarks.cohort import comparable_model, large_cohort, reference_cohort
from benchmarks.handwritten import growth_model
from benchmarks.report import report


def pymc_gradient(model: pm.Model) -> tuple[Callable[[], object], int]:
    """One evaluation of a PyMC model's log density and gradient near its initial point."""
    function = model.logp_dlogp_function(ravel_inputs=True, mode="NUMBA")
    function.set_extra_values({})
    start = pm.blocking.DictToArrayBijection.map(model.initial_point())
    point = start.data + 0.1
    compiled = function._pytensor_function
    compiled.trust_input = True
    return (lambda: compiled(point)), len(point)


def collapsed_alone(spec: ModelSpec, ratings: Ratings) -> CollapsedModel:
    """The exact engine as it is where no two children share their matrices."""

    def alone(*arguments: Any, **options: Any) -> Any:
        return encode(*arguments, **options | {"alone": True})

    with mock.patch("bayes_alliance.collapsed.density.encode", alone):
        return collapse(spec, design(spec, ratings))


def against(folder: Path, children: int) -> dict[str, float | str]:
    """The exact engine of another checkout."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.gradient"]
    command += ["--children", str(children)]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    subprocess.run(command, check=True, cwd=folder, env=environment)
    rows = json.loads((folder / "benchmarks/results/gradient.json").read_text())["rows"]
    found = {row["peer"]: row for row in rows}
    ours, by_hand = found["collapsed"], found["hand-written PyMC"]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        check=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    ratio = ours["milliseconds"] / by_hand["milliseconds"]
    kept = {key: ours[key] for key in ("parameters", "milliseconds", "fastest")}
    return {
        "peer": f"collapsed at {commit.stdout.strip()}",
        **kept,
        "ratio_to_by_hand": round(ratio, 2),
    }


def main() -> None:
    """Time and report."""
    parser = argparse.ArgumentParser(description="Cost of one gradient.")
    parser.add_argument("--children", type=int, default=209)
    parser.add_argument("--evaluations", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--against", type=Path, help="another checkout")
    options = parser.parse_args()
    ratings = reference_cohort() if options.children == 209 else large_cohort(options.children)
    spec = comparable_model()
    collapsed = collapse(spec, design(spec, ratings))
    density, x = collapsed.density(), collapsed.initial(1)
    density_alone = collapsed_alone(spec, ratings).density()
    peers: dict[str, tuple[Callable[[], object], int]] = {
        "collapsed": ((lambda: density(x)), collapsed.n_parameters),
        "collapsed, every child alone": ((lambda: density_alone(x)), collapsed.n_parameters),
        "pymc engine": pymc_gradient(build(spec, ratings)),
        "hand-written PyMC": pymc_gradient(growth_model(ratings.observed)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(options.rounds):
        for name, (evaluate, _) in peers.items():
            evaluate()
            started = time.perf_counter()
            for _ in range(options.evaluations):
                evaluate()
            seconds[name].append((time.perf_counter() - started) / options.evaluations)
    median = {name: float(np.median(values)) for name, values in seconds.items()}
    table = pd.DataFrame(
        {
            "peer": list(peers),
            "parameters": [n for _, n in peers.values()],
            "milliseconds": [round(1e3 * median[name], 4) for name in peers],
            "fastest": [round(1e3 * min(seconds[name]), 4) for name in peers],
            "ratio_to_by_hand": [
                round(median[name] / median["hand-written PyMC"], 2) for name in peers
            ],
        }
    )
    if options.against:
        other = pd.DataFrame([against(options.against, options.children)])
        table = pd.concat([table, other], ignore_index=True)
    about = (
        f"One gradient on one core: {options.children} children, {len(ratings.observed)} ratings"
    )
    report("gradient", table, about=about)


if __name__ == "__main__":
    main()
