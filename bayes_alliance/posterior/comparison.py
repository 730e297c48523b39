"""Models by how well they predict what was left out: table and verdict of a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats
from bayes_alliance.numerals import printed
from bayes_alliance.posterior.cross_validation import LeftOut
from bayes_alliance.posterior.left_out import Unit
from bayes_alliance.ratings.words import Words
from bayes_alliance.specification.phrases import capitalised

# A difference counts if it is this large in itself and beside its standard error.
SMALL_DIFFERENCE, STANDARD_ERRORS = 4.0, 2.0
REFERENCE = "Vehtari, Gelman and Gabry (2017); Sivula, Magnusson and Vehtari (2020)"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Comparison:
    """Models by how well they predict what was left out.

    Parameters
    ----------
    unit : {"rating", "child", "therapist", "clinic"}
        What was left out.
    table : DataFrame
        A row per model, best first: ``elpd`` (sum over units), its Monte Carlo standard error
        ``mcse`` and its standard error over units ``se``; ``difference`` to the best model and
        ``se_difference``; ``units``; ``high_k``, units for which importance sampling is not
        reliable; ``refitted``, how many were computed by a fit without the unit;
        ``unconverged``, how many of these fits failed the check of convergence.
    by_unit : DataFrame
        A row per unit that all models are judged by, for each model its ``elpd`` and ``pareto_k``.
    sentence : str
        The verdict in words.
    folds : int, optional
        Into how many folds units were dealt; one at a time if not given.
    failed : tuple of str
        Why fits without some units could not be made.
    synthetic : bool
        Whether it is about synthetic ratings.
    words : Words
        What units are called for print.
    """

    unit: Unit
    table: pd.DataFrame
    by_unit: pd.DataFrame
    sentence: str
    folds: int | None = None
    failed: tuple[str, ...] = ()
    reference: str = REFERENCE
    synthetic: bool = False
    words: Words = field(default_factory=Words)

    @property
    def title(self) -> str:
        """What was done."""
        how = f"Leave one {self.words.said(self.unit)} out"
        if self.folds is not None:
            several = self.words.several(self.unit)
            how = f"{capitalised(several)} left out in {self.folds} folds"
        return f"{how} of SYNTHETIC ratings" if self.synthetic else how

    def __repr__(self) -> str:
        return f"{self.title}\n{self.table.round(1).to_string()}\n{self.sentence}"

    def _repr_html_(self) -> str:
        return (
            f"<p><b>{self.title}.</b> {escape(self.sentence)}</p>" + self.table.round(1).to_html()
        )


def tabulated(results: Mapping[str, LeftOut]) -> pd.DataFrame:
    """Sums over units, and differences to the best model.

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
            "se": _standard_error(one.elpd),
            "difference": difference.sum(),
            "se_difference": _standard_error(difference),
            "units": n,
            "high_k": int(one.high.sum()),
            "refitted": int(one.refitted.sum()),
            "unconverged": int(one.unconverged.sum()),
        }
    integers = dict.fromkeys(("units", "high_k", "refitted", "unconverged"), int)
    return pd.DataFrame.from_dict(rows, orient="index").astype(integers).rename_axis("model")


def _standard_error(values: Floats) -> float:
    """Standard error of a sum over units, from their variance with n - 1; NaN of a single one."""
    return float(np.sqrt(len(values) * values.var(ddof=1))) if len(values) > 1 else np.nan


def aligned(results: Mapping[str, LeftOut]) -> tuple[dict[str, LeftOut], int]:
    """Bring the units of all models into one order, without those that are lost to any of them.

    Returns
    -------
    results : dict of str to LeftOut
        Units in the order of the first model.
    n_lost : int
        Units whose fit could not be made for some model.
    """
    first = next(iter(results.values()))
    in_order = {}
    for name, one in results.items():
        place = {key: position for position, key in enumerate(one.keys)}
        in_order[name] = one.taken(np.array([place[key] for key in first.keys], dtype=np.int64))
    lost = np.any([np.isnan(one.elpd) for one in in_order.values()], axis=0)
    kept = np.flatnonzero(~lost)
    return {name: one.taken(kept) for name, one in in_order.items()}, int(lost.sum())


def sentence(table: pd.DataFrame, unit: str, *, n_lost: int = 0) -> str:
    """Return the verdict in words.

    Parameters
    ----------
    table : DataFrame
        As from `tabulated`.
    n_lost : int
        Units that no model is judged by, because a fit without them could not be made.
    """
    best = str(table.index[0])
    parts = []
    if n_lost:
        parts.append(
            f"{n_lost} of {n_lost + table['units'].iloc[0]} units are not in this comparison: a "
            "fit without them could not be made for some model."
        )
    if len(table) == 1:
        elpd = printed(table["elpd"].iloc[0], 1)
        parts.append(f"'{best}' predicts a {unit} left out with an elpd of {elpd}.")
    for name, row in table.iloc[1:].iterrows():
        size, error = -row["difference"], row["se_difference"]
        ahead = f"by {size:.1f} (standard error {error:.1f})"
        if size > max(SMALL_DIFFERENCE, STANDARD_ERRORS * error):
            parts.append(f"'{best}' predicts a {unit} left out better than '{name}', {ahead}.")
        else:
            parts.append(f"'{best}' and '{name}' cannot be told apart: '{best}' is ahead {ahead}.")
    for name, row in table[table["unconverged"] > 0].iterrows():
        parts.append(
            f"{row['unconverged']:.0f} of {row['refitted']:.0f} units of '{name}' rest on fits "
            "that did not converge: fit with more draws before relying on this."
        )
    # In folds every unit is refitted and none has a k, which leaves a number below zero.
    unreliable = (table["high_k"] - table["refitted"]).clip(lower=0)
    for name, number in unreliable[unreliable > 0].items():
        parts.append(
            f"Of {table['units'].iloc[0]} units {number} have a Pareto k too high for importance "
            f"sampling under '{name}': raise `refits` before relying on this."
        )
    return " ".join(parts)
