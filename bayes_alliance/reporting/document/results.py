"""The files that scripts read: the fit, its summaries, its checks, and how it was made.

Names and columns are fixed; users script against them. The fit itself is what `Fit.save` writes.
"""

import json
import math
import tomllib
from collections.abc import Mapping

import pandas as pd

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.ratings.as_text import data_hash
from bayes_alliance.reporting.escaping import csv
from bayes_alliance.results.collection import Reported

FILES = ("fit.nc", "summary.csv", "estimands.csv", "checks.json", "run.json")
WORST = 10


def numbers(records: Reported, *, checks: tuple[Check, ...]) -> dict[str, bytes]:
    """Compose ``summary.csv``, ``estimands.csv`` and ``checks.json``.

    Returns
    -------
    dict
        Name to content.
    """
    texts = {
        "summary.csv": csv(records.summary),
        "estimands.csv": csv(records.estimands),
        "checks.json": _json({check.name: _entry(check) for check in checks}),
    }
    return {name: text.encode() for name, text in texts.items()}


def run_file(fit: Fit, *, facts: Mapping[str, object]) -> dict[str, bytes]:
    """Compose ``run.json``.

    Parameters
    ----------
    facts : mapping
        Entries beside, or instead of, those of `run`, that JSON can hold.

    Returns
    -------
    dict
        Name to content.
    """
    return {"run.json": _json(run(fit) | dict(facts)).encode()}


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


def _entry(check: Check) -> dict[str, object]:
    table = check.table if check.tests is None else check.tests
    table = table.sort_values("p", kind="stable") if "p" in table else table
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
