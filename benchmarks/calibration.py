"""Simulation-based calibration: is the truth uniform among posterior draws.

For every replicate the parameters are drawn from the model's prior and a small cohort is simulated
from them, both in plain NumPy that shares no code with the models; the model is fitted, and the
rank of every true quantity among thinned posterior draws is kept. If prior, likelihood and sampler
are right, each rank is uniform (Talts, Betancourt, Simpson, Vehtari and Gelman 2018). Uniformity is
judged by simultaneous bands for the empirical distribution function (Säilynoja, Bürkner and Vehtari
2022), for every quantity and, with the level divided by their number, for all of them together.

With three or more informants, of which the prior of correlations is flat in the average, the
average correlations and an index of agreement of all are judged besides.

Command: ``python -m benchmarks.calibration --model informant_growth --fits 200 --out DIR``, with
``--informants 4`` for four. Ranks are appended to ``DIR/MODEL.csv`` (``DIR/MODEL_of_4.csv``) as
they come; the same command resumes.
"""

import argparse
import csv
import json
import platform
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.reporting import plots
from bayes_alliance.studies.calibrate import Calibration
from bayes_alliance.studies.ranks import judged

INFORMANTS = ("child", "caregiver", "therapist_of_child", "therapist_of_caregiver")
N_CHILDREN, N_THERAPISTS = 60, 25
OCCASIONS = (4.0, 8.0, 12.0, 16.0)
CENTER, SPREAD = 30.0, 18.0
LEAVING, MISSING = 0.2, 0.1
CHAINS, DRAWS, TUNE, THIN = 2, 1000, 500, 10
N_DRAWS = CHAINS * DRAWS // THIN


def lkj(n: int, first: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a correlation matrix by the onion method (Lewandowski, Kurowicka and Joe 2009), eta 1.

    The first rows are a matrix of their own, the others come as if all were one.
    """
    cor = np.eye(n)
    beta = 1 + (first - 2) / 2
    cor[0, 1] = cor[1, 0] = 2 * rng.beta(beta, beta) - 1
    for k in range(2, n):
        beta = 1 + ((first if k < first else n) - 1 - k) / 2
        radius = np.sqrt(rng.beta(k / 2, beta))
        direction = rng.standard_normal(k)
        new = np.linalg.cholesky(cor[:k, :k]) @ (radius * direction / np.linalg.norm(direction))
        cor[:k, k] = cor[k, :k] = new
    return cor


def correlations(n: int, first: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a correlation matrix whose first rows are flat in the average; others as in `lkj`."""
    cor = lkj(n, first, rng)
    if first == 2:
        return cor
    # The other rows of the Cholesky factor are independent of these.
    root = np.linalg.cholesky(cor)
    root[:first, :first] = np.linalg.cholesky(mean_flat(first, rng))
    return root @ root.T


def mean_flat(n: int, rng: np.random.Generator, *, steps: int = 3000) -> NDArray[np.float64]:
    """Draw a correlation matrix that is flat in the average, eta 1.

    Matrices of LKJ(1) are those of `n` unit vectors that are uniform in ``n + 1`` dimensions. From
    such vectors a Metropolis walk, which turns one of them at a time, leads to the density with the
    factor ``[u^(1/n) (1 - u)]^(-(n - 2)(n + 1) / 2)`` of the squared length `u` of their mean.
    """

    def log_factor(mean: NDArray[np.float64]) -> float:
        u = float(mean @ mean)
        return -(n - 2) * (n + 1) / 2 * (np.log(u) / n + np.log1p(-u))

    vectors = rng.standard_normal((n, n + 1))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    mean = vectors.mean(axis=0)
    now = log_factor(mean)
    for _ in range(steps):
        k = rng.integers(n)
        # Small turns where all are nearly alike, large ones where they are not.
        new = vectors[k] + np.exp(rng.uniform(-4, 1)) * rng.standard_normal(n + 1)
        new /= np.linalg.norm(new)
        moved = mean + (new - vectors[k]) / n
        then = log_factor(moved)
        if np.log(rng.random()) < then - now:
            vectors[k], mean, now = new, moved, then
    return vectors @ vectors.T


def draw_truth(
    model: str, informants: tuple[str, ...], rng: np.random.Generator
) -> dict[str, float]:
    """Draw every quantity from the prior of a shipped model, in rating points.

    The numbers are those of the statistics, written out again: level Normal(0, 0.5), slope
    Normal(0, 0.2), sds HalfNormal(0.5; slopes and therapists 0.2), correlations LKJ(1) and flat in
    the average, those of levels among themselves whatever else varies.
    """
    truth: dict[str, float] = {}
    for informant in informants:
        truth[f"level[{informant}]"] = CENTER + SPREAD * rng.normal(0, 0.5)
    for informant in informants:
        truth[f"slope[{informant}]"] = SPREAD * rng.normal(0, 0.2)
    child_terms = [f"{k},level" for k in informants]
    scales = [0.5] * len(child_terms)
    if model == "informant_growth":
        child_terms += [f"{k},slope" for k in informants]
        scales += [0.2] * len(informants)
    blocks = {
        "child": (child_terms, scales),
        "therapist": ([f"{k},level" for k in informants], [0.2] * len(informants)),
        "residual": (list(informants), [0.5] * len(informants)),
    }
    for block, (labels, widths) in blocks.items():
        for label, width in zip(labels, widths, strict=True):
            truth[f"{block}_sd[{label}]"] = SPREAD * abs(rng.normal(0, width))
        cor = correlations(len(labels), len(informants), rng)
        for i, first in enumerate(labels):
            for j in range(i + 1, len(labels)):
                truth[f"{block}_cor[{first};{labels[j]}]"] = cor[i, j]
    return truth


def _cov(truth: dict[str, float], block: str, labels: list[str]) -> NDArray[np.float64]:
    cov = np.diag([truth[f"{block}_sd[{label}]"] ** 2 for label in labels])
    for i, first in enumerate(labels):
        for j in range(i + 1, len(labels)):
            second = labels[j]
            product = truth[f"{block}_sd[{first}]"] * truth[f"{block}_sd[{second}]"]
            cov[i, j] = cov[j, i] = truth[f"{block}_cor[{first};{second}]"] * product
    return cov


def agreement(values: Mapping[str, Any], informants: tuple[str, ...]) -> dict[str, Any]:
    """Average correlations of informants, and ICC(C,1) of their levels, from those of pairs."""
    pairs = list(combinations(informants, 2))
    averages: dict[str, Any] = {}
    variance: Any = 0.0
    covariance: Any = 0.0
    for block, term in (("child", ",level"), ("therapist", ",level"), ("residual", "")):
        sd = {k: values[f"{block}_sd[{k}{term}]"] for k in informants}
        cor = {(i, j): values[f"{block}_cor[{i}{term};{j}{term}]"] for i, j in pairs}
        averages[f"average_cor[{block}]"] = sum(cor.values()) / len(pairs)
        variance = variance + sum(sd[k] ** 2 for k in informants) / len(informants)
        covariance = covariance + sum(cor[i, j] * sd[i] * sd[j] for i, j in pairs) / len(pairs)
    return averages | {"ICC(C,1)": covariance / variance}


def simulate_cohort(
    truth: dict[str, float], informants: tuple[str, ...], rng: np.random.Generator
) -> pd.DataFrame:
    """Ratings of a small cohort: leaving and missing at random, nothing rounded or clipped."""
    levels = [f"{k},level" for k in informants]
    slopes = [f"{k},slope" for k in informants]
    grows = f"child_sd[{slopes[0]}]" in truth
    n = len(informants)

    def effects(block: str, labels: list[str], count: int) -> NDArray[np.float64]:
        return rng.multivariate_normal(
            np.zeros(len(labels)), _cov(truth, block, labels), size=count, method="cholesky"
        )

    child = effects("child", levels + (slopes if grows else []), N_CHILDREN)
    therapist = effects("therapist", levels, N_THERAPISTS)
    of_child = np.concatenate(
        [np.arange(N_THERAPISTS), rng.integers(N_THERAPISTS, size=N_CHILDREN - N_THERAPISTS)]
    )
    mean_level = np.array([truth[f"level[{k}]"] for k in informants])
    mean_slope = np.array([truth[f"slope[{k}]"] for k in informants])
    rows = []
    for i in range(N_CHILDREN):
        level = mean_level + therapist[of_child[i]] + child[i, :n]
        slope = mean_slope + (child[i, n:] if grows else 0.0)
        for occasion, month in enumerate(OCCASIONS):
            if occasion and rng.random() < LEAVING:
                break
            y = level + occasion * slope + effects("residual", list(informants), 1)[0]
            y[rng.random(n) < MISSING] = np.nan
            values = dict(zip(informants, y, strict=True))
            rows.append({"id": f"c{i}", "t": f"t{of_child[i]}", "month": month} | values)
    return pd.DataFrame(rows)


def one(model: str, informants: tuple[str, ...], seed: int) -> dict[str, float]:
    """Rank of every true quantity among the thinned draws of one fit."""
    import bayes_alliance as ba
    from bayes_alliance.posterior.scalars import by_name

    rng = np.random.default_rng([seed, 20261123])
    truth = draw_truth(model, informants, rng)
    study = {
        "layout": "wide",
        "columns": {"child": "id", "therapist": "t", "time": "month"},
        "informants": {k: k for k in informants},
        "scale": {"center": CENTER, "spread": SPREAD},
        "time": {"origin": 4, "per": 4, "unit": "months"},
    }
    ratings = ba.Ratings.from_wide(simulate_cohort(truth, informants, rng), study=study)
    options = {"draws": DRAWS, "tune": TUNE, "chains": CHAINS, "cores": 1}
    fit = ba.fit(ba.load_model(model), ratings, seed=seed, progress=False, **options)
    ranks: dict[str, float] = {"seed": seed, "divergent": int(fit.stats["diverging"].sum())}
    sampled: dict[str, Any] = dict(by_name(fit.moments, fit.design))
    if len(informants) > 2:
        truth |= agreement(truth, informants)
        sampled |= agreement(sampled, informants)
    for name, values in sampled.items():
        thinned = values.values[:, THIN - 1 :: THIN]
        ranks[name] = int((thinned < truth[name]).sum())
    return ranks


def keep(
    table: pd.DataFrame,
    *,
    path: Path,
    about: Mapping[str, Any],
    draws: Mapping[str, int],
    cohort: Mapping[str, Any],
    command: str,
) -> None:
    """Judge the ranks of all fits; keep them, their figure and a summary.

    Parameters
    ----------
    table : DataFrame
        A row per fit: ``seed``, the rank of every quantity, and ``divergent`` if it was counted.
    path : Path
        Without the suffix.
    about : mapping
        What the summary says first: ``model``, ``failed`` (seed to error) and what else there is.
    draws : mapping
        ``chains``, ``draws``, ``tune`` and ``thin`` of a fit.
    """
    table = table.sort_values("seed")
    table.to_csv(path.with_suffix(".csv"), index=False)
    ranks = table.drop(columns=["seed", "divergent"], errors="ignore")
    n_draws = draws["chains"] * draws["draws"] // draws["thin"]
    verdict = judged(ranks, n_draws)
    study = Calibration(ranks=ranks, errors=ranks * np.nan, n_draws=n_draws, failed={})
    plots.save(plots.calibration(study), path, formats=("png",))
    n_quantities, worst = len(verdict), float(verdict["p"].min())
    summary = {
        **about,
        "fits": len(table),
        **(
            {"divergent_transitions": int(table["divergent"].sum())} if "divergent" in table else {}
        ),
        "quantities": n_quantities,
        "outside_their_own_95_band": int((verdict["p"] < 0.05).sum()),
        "smallest_p_value": worst,
        "uniform_at_family_level_0.05": worst >= 0.05 / n_quantities,
        "mean_coverage_of_90_intervals": float(verdict["coverage_90"].mean()),
        "draws_per_fit": draws,
        "cohort": cohort,
        "versions": {name: version(name) for name in ("bayes-alliance", "nutpie", "numpy", "numba")}
        | {"python": platform.python_version()},
        "command": command,
    }
    path.with_suffix(".json").write_text(json.dumps(summary, indent=1) + "\n")
    print("\n" + verdict.round(3).to_string() + "\n" + json.dumps(summary, indent=1))


def main() -> None:
    """Run what is missing, then judge and draw."""
    parser = argparse.ArgumentParser(description="Simulation-based calibration.")
    parser.add_argument(
        "--model", default="informant_growth", choices=["informant_growth", "informant_level"]
    )
    parser.add_argument("--informants", type=int, default=2, choices=[2, 3, 4])
    parser.add_argument("--fits", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("tests/reference/calibration"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    informants = INFORMANTS[: options.informants]
    name = options.model + (f"_of_{len(informants)}" if len(informants) > 2 else "")
    path = options.out / f"{name}.csv"
    done = set(pd.read_csv(path)["seed"]) if path.exists() else set()
    failed: dict[int, str] = {}
    with ProcessPoolExecutor(options.workers) as pool, path.open("a", newline="") as handle:
        waiting = {
            pool.submit(one, options.model, informants, seed): seed
            for seed in range(1, options.fits + 1)
            if seed not in done
        }
        writer = None
        for number, future in enumerate(as_completed(waiting), start=1):
            try:
                ranks = future.result()
            except Exception as error:  # one bad fit is recorded and not fatal
                failed[waiting[future]] = repr(error)
                continue
            if writer is None:
                writer = csv.DictWriter(handle, fieldnames=list(ranks))
                if not done and number == 1:
                    writer.writeheader()
            writer.writerow(ranks)
            handle.flush()
            print(f"\r{number} of {len(waiting)}", end="", flush=True)
    keep(
        pd.read_csv(path),
        path=options.out / name,
        about={"model": options.model, "failed": failed},
        draws={"chains": CHAINS, "draws": DRAWS, "tune": TUNE, "thin": THIN},
        cohort={
            "children": N_CHILDREN,
            "therapists": N_THERAPISTS,
            "occasions": OCCASIONS,
            "leaving": LEAVING,
            "missing": MISSING,
            "informants": informants,
        },
        command=f"python -m benchmarks.calibration --model {options.model} "
        f"--informants {len(informants)} --fits {options.fits}",
    )


if __name__ == "__main__":
    main()
