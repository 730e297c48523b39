"""Which model predicts best what it has not seen: a rating, a child's ratings, a therapist's.

The unit that is left out says what is predicted: the next rating of a family that is known
(`leave_one_rating_out`), a new family (`leave_one_child_out`), the families of a new therapist
(`leave_one_therapist_out`). Models are compared by their expected log predictive density, unit by
unit, so that what is hard to predict for all of them cancels.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.posterior.cross_validation import LeftOut, left_out
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.left_out import Unit
from bayes_alliance.posterior.named import require_exact
from bayes_alliance.posterior.scores import WHY

# A difference is told from none if it is this large in itself and beside its standard error.
SMALL_DIFFERENCE, STANDARD_ERRORS = 4.0, 2.0
REFERENCE = "Vehtari, Gelman and Gabry (2017); Sivula, Magnusson and Vehtari (2020)"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Comparison:
    """Models by how well they predict what was left out.

    Parameters
    ----------
    unit : {"rating", "child", "therapist", "clinic"}
        What was left out, one at a time.
    table : DataFrame
        A row per model, best first: ``elpd`` (sum over units), its Monte Carlo standard error
        ``mcse`` and its standard error over units ``se``; ``difference`` to the best model and
        ``se_difference``; ``units``; ``high_k``, units for which importance sampling is not
        reliable; ``refitted``, how many of them were computed by a fit without the unit.
    by_unit : DataFrame
        A row per unit, for each model its ``elpd`` and ``pareto_k``.
    sentence : str
        The verdict in words.
    reference : str
    synthetic : bool
        Whether it is about synthetic ratings.
    """

    unit: Unit
    table: pd.DataFrame
    by_unit: pd.DataFrame
    sentence: str
    reference: str = REFERENCE
    synthetic: bool = False

    def __repr__(self) -> str:
        told = " of SYNTHETIC ratings" if self.synthetic else ""
        return (
            f"Leave one {self.unit} out{told}\n{self.table.round(1).to_string()}\n{self.sentence}"
        )

    def _repr_html_(self) -> str:
        told = " of SYNTHETIC ratings" if self.synthetic else ""
        return (
            f"<p><b>Leave one {self.unit} out{told}.</b> {self.sentence}</p>"
            + self.table.round(1).to_html()
        )


def leave_one_rating_out(
    fits: Fit | Mapping[str, Fit], *, seed: int | None = None, refits: int = 20
) -> Comparison:
    """Compare models by how they predict single ratings from all others.

    Parameters
    ----------
    fits : Fit or mapping of str to Fit
        To the same ratings, which are normal in all models.
    seed : int, optional
        Of refits; that of each fit if not given.
    refits : int
        For units with a high Pareto `k` a model is fitted again without them, at most so many.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        Different ratings, families that are not normal, covariates with missing values.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Statistics and Computing 27, 1413-1432.
    """
    return _compared(fits, "rating", seed=seed, refits=refits)


def leave_one_child_out(
    fits: Fit | Mapping[str, Fit], *, seed: int | None = None, refits: int = 20
) -> Comparison:
    """Compare models by how they predict all ratings of a child from the other children.

    Parameters
    ----------
    fits : Fit or mapping of str to Fit
    seed : int, optional
    refits : int
        All as in `leave_one_rating_out`.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        As `leave_one_rating_out`.
    """
    return _compared(fits, "child", seed=seed, refits=refits)


def leave_one_therapist_out(
    fits: Fit | Mapping[str, Fit], *, seed: int | None = None, refits: int = 20
) -> Comparison:
    """Compare models by how they predict all ratings of a therapist's children from the others.

    Parameters
    ----------
    fits : Fit or mapping of str to Fit
        Models with or without effects of therapists.
    seed : int, optional
    refits : int
        All as in `leave_one_rating_out`.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        As `leave_one_rating_out`, and if the ratings do not know therapists.
    """
    return _compared(fits, "therapist", seed=seed, refits=refits)


def _compared(
    fits: Fit | Mapping[str, Fit], unit: Unit, *, seed: int | None, refits: int
) -> Comparison:
    named = {fits.spec.name: fits} if isinstance(fits, Fit) else dict(fits)
    if found := _differences(named):
        raise InputError(found, "these fits cannot be compared")
    for one in named.values():
        require_exact(one, what=f"leaving out one {unit}", why=WHY)
    results = {
        name: left_out(one, unit, seed=one.seed if seed is None else seed, refits=refits)
        for name, one in named.items()
    }
    table = tabulated(results)
    by_unit = pd.concat(
        {
            name: pd.DataFrame({"elpd": one.elpd, "pareto_k": one.pareto_k}, index=one.labels)
            for name, one in results.items()
        },
        axis=1,
    ).rename_axis(unit)
    return Comparison(
        unit=unit,
        table=table,
        by_unit=by_unit,
        sentence=sentence(table, unit),
        synthetic=any(one.ratings.synthetic for one in named.values()),
    )


def _differences(fits: dict[str, Fit]) -> list[Problem]:
    """Why fits are not about the same ratings."""
    if not fits:
        return [Problem(where="fits", message="there are none")]
    first, *others = fits
    found = []
    a = fits[first].design
    for name in others:
        b = fits[name].design
        if a.informants != b.informants:
            message = (
                f"is about {', '.join(b.informants)}, '{first}' about {', '.join(a.informants)}"
            )
        elif a.children != b.children:
            message = (
                f"is about other children than '{first}' ({len(b.children)}, {len(a.children)})"
            )
        elif not np.array_equal(a.present, b.present) or not np.array_equal(a.y, b.y):
            message = f"is about other ratings than '{first}'; log densities of different data"
        else:
            continue
        found.append(Problem(where=name, message=f"{message}; differences would mean nothing"))
    return found


def tabulated(results: Mapping[str, LeftOut]) -> pd.DataFrame:
    """Sums over units, and differences to the best model.

    Parameters
    ----------
    results : mapping of str to LeftOut

    Returns
    -------
    DataFrame
        As in `Comparison`.
    """
    best = max(results, key=lambda name: results[name].elpd.sum())
    rows = {}
    for name in sorted(results, key=lambda name: -results[name].elpd.sum()):
        one = results[name]
        difference = one.elpd - results[best].elpd
        n = len(difference)
        rows[name] = {
            "elpd": one.elpd.sum(),
            "mcse": np.sqrt((one.mcse**2).sum()),
            "se": np.sqrt(n * one.elpd.var()),
            "difference": difference.sum(),
            "se_difference": np.sqrt(n * difference.var()),
            "units": n,
            "high_k": int(one.high.sum()),
            "refitted": int(one.refitted.sum()),
        }
    whole = dict.fromkeys(("units", "high_k", "refitted"), int)
    return pd.DataFrame.from_dict(rows, orient="index").astype(whole).rename_axis("model")


def sentence(table: pd.DataFrame, unit: str) -> str:
    """Return the verdict in words.

    Parameters
    ----------
    table : DataFrame
        As from `tabulated`.
    unit : str

    Returns
    -------
    str
    """
    best = str(table.index[0])
    parts = []
    if len(table) == 1:
        parts.append(
            f"'{best}' predicts a {unit} left out with an elpd of {table['elpd'].iloc[0]:.1f}."
        )
    for name, row in table.iloc[1:].iterrows():
        size, error = -row["difference"], row["se_difference"]
        told = f"by {size:.1f} (standard error {error:.1f})"
        if size > max(SMALL_DIFFERENCE, STANDARD_ERRORS * error):
            parts.append(f"'{best}' predicts a {unit} left out better than '{name}', {told}.")
        else:
            parts.append(f"'{best}' and '{name}' cannot be told apart: '{best}' is ahead {told}.")
    left = table["high_k"] - table["refitted"]
    for name, number in left[left > 0].items():
        parts.append(
            f"Of {table['units'].iloc[0]} units {number} have a Pareto k too high for importance "
            f"sampling under '{name}': raise `refits` before relying on this."
        )
    return " ".join(parts)
