"""The files that scripts read: the fit, its summaries, its checks, and how it was made.

Names and columns are fixed; users script against them.
"""

import json
import math
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.ratings.as_text import data_hash
from bayes_alliance.reporting.files import put
from bayes_alliance.results.collection import Reported, collected

WORST = 10


def write(
    fit: Fit,
    folder: str | Path,
    *,
    checks: tuple[Check, ...],
    facts: Mapping[str, object] | None = None,
    force: bool = False,
) -> Reported:
    """Write ``fit.nc``, ``summary.csv``, ``estimands.csv``, ``checks.json`` and ``run.json``.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    facts : mapping, optional
        Further entries of ``run.json`` that JSON can hold.
    force : bool
        Whether an earlier fit in the folder may be replaced.

    Returns
    -------
    Reported
        What the numbers were written from, for the report.

    Raises
    ------
    InputError
        If the folder holds a fit already and `force` is False.
    """
    # The draws first and by themselves: a failure in what follows does not cost them.
    place = put(folder, "fit", {"fit.nc": _saved(fit)}, force=force)
    everything = collected(fit)
    numbers = {
        "summary.csv": everything.summary.to_csv(index=False),
        "estimands.csv": everything.estimands.to_csv(index=False),
        "checks.json": _json({check.name: _entry(check) for check in checks}),
    }
    contents = {name: text.encode() for name, text in numbers.items()}
    put(place, "numbers", contents, force=force)
    write_run(fit, place, facts=facts or {}, force=force)
    return everything


def write_run(fit: Fit, folder: Path, *, facts: Mapping[str, object], force: bool) -> Path:
    """Write ``run.json`` alone, once more is known of the run.

    Parameters
    ----------
    facts : mapping
        Entries beside, or instead of, those of `run`.

    Returns
    -------
    Path
        The folder.
    """
    contents = {"run.json": _json(run(fit) | dict(facts)).encode()}
    return put(folder, "run", contents, force=force)


def run(fit: Fit) -> dict[str, object]:
    """Collect how a fit was made: what ``run.json`` holds.

    Returns
    -------
    dict
        ``model``, ``engine``, ``seed``, ``interrupted``, ``synthetic``, ``chains``, ``draws``,
        ``data_hash``, ``seconds``, ``gradient_evaluations``, ``versions``, ``spec``.
    """
    return {
        "model": fit.spec.name,
        "engine": fit.engine,
        "seed": fit.seed,
        "interrupted": fit.interrupted,
        "synthetic": fit.ratings.synthetic,
        "chains": fit.moments.sizes["chain"],
        "draws": fit.moments.sizes["draw"],
        "data_hash": data_hash(fit.ratings),
        "seconds": dict(fit.seconds),
        "gradient_evaluations": dict(fit.gradient_evaluations),
        "versions": dict(fit.versions),
        "spec": tomllib.loads(fit.spec.to_toml()),
    }


def _saved(fit: Fit) -> bytes:
    """Return the bytes of a saved fit; netCDF is written to files only."""
    with tempfile.TemporaryDirectory() as folder:
        return fit.save(Path(folder) / "fit.nc").read_bytes()


def _entry(check: Check) -> dict[str, object]:
    table = check.table.sort_values("p", kind="stable") if "p" in check.table else check.table
    worst = table.head(WORST).reset_index()
    return {
        "verdict": check.verdict,
        "sentence": check.sentence,
        "reference": check.reference,
        "worst": [_plain(row) for row in worst.to_dict(orient="records")],
    }


def _plain(row: Mapping[object, object]) -> dict[str, object]:
    """Drop NaN from a row, which JSON does not know."""
    return {
        str(key): None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
        if value is not pd.NA
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
