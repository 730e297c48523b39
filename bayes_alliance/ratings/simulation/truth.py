"""The truth behind simulated ratings: the values a fit should find again.

A `Truth` keeps the population, how ratings were taken, and every effect that was drawn, so that
recovery can be judged for averages and for single children. Values are in rating points and
describe the normal ratings *before* rounding and before the ends of the scale cut them off.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats
from bayes_alliance.ratings.simulation.population import COEFFICIENTS, Population
from bayes_alliance.ratings.simulation.recording import Recording


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Truth:
    """What simulated ratings were made from.

    Parameters
    ----------
    population : Population
        True values.
    recording : Recording
        How ratings were taken.
    seed : int
        Seed of the simulation.
    child_effect, therapist_effect, clinic_effect : DataFrame
        Effects drawn, a row per child, therapist or clinic, a column per term
        (``"child,level"``), rating points. Without rows where there are no such units.
    average : array, shape (n_terms,)
        Growth coefficients averaged over the children that were simulated, each with its own
        covariates, without effects that were drawn.
    growth : DataFrame
        Growth coefficients of every child: averages, covariates and all effects together; rows
        and columns as `child_effect`.
    """

    population: Population
    recording: Recording
    seed: int
    average: Floats
    child_effect: pd.DataFrame
    therapist_effect: pd.DataFrame
    clinic_effect: pd.DataFrame
    growth: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """List the true value of every quantity that a fit estimates.

        Returns
        -------
        DataFrame
            Columns ``quantity`` (as in ``summary.csv``: ``"level[child]"``,
            ``"child_cor[child,level;caregiver,level]"``) and ``value``, rating points.
        """
        quantities = self.quantities()
        return pd.DataFrame({"quantity": list(quantities), "value": list(quantities.values())})

    def quantities(self) -> dict[str, float]:
        """Name and true value of every quantity that a fit estimates.

        Returns
        -------
        dict of str to float
            Of a questionnaire also the loadings and thresholds of its items. As in
            ``summary.csv``, ``level`` and ``slope`` are averages over the children, and
            ``level_at_reference`` is listed where covariates make it another number.
        """
        items = [] if self.recording.items is None else self.recording.items.quantities()
        keys = [(c, k) for c in COEFFICIENTS for k in self.population.informants]
        averages = dict(zip(keys, self.average.tolist(), strict=True))
        values: dict[str, float] = {}
        for true in (*self.population.quantities(), *items):
            average = averages.get((true.kind, true.label), true.value)
            if np.isclose(average, true.value, rtol=1e-9, atol=1e-9):
                values[true.name] = true.value
            else:
                values[true.name] = average
                values[true._replace(kind=f"{true.kind}_at_reference").name] = true.value
        return values

    def to_json(self) -> str:
        """Write the truth as JSON text.

        Returns
        -------
        str
            An object with ``synthetic`` (true), ``seed``, ``quantities`` (name to value),
            ``recording``, ``terms``, and the effects and growth of each unit in the order of
            terms.
        """
        recording = self.recording
        record: dict[str, Any] = {
            "synthetic": True,
            "seed": self.seed,
            "quantities": self.quantities(),
            "recording": {
                "occasions": list(recording.occasions),
                "leaving": asdict(recording.leaving),
                "missing": dict(recording.missing),
                "whole_points": recording.whole_points,
                "clipped": recording.clipped,
                **_of_items(recording),
            },
            "terms": list(self.population.terms),
            "child_effect": _by_unit(self.child_effect),
            "therapist_effect": _by_unit(self.therapist_effect),
            "clinic_effect": _by_unit(self.clinic_effect),
            "growth": _by_unit(self.growth),
        }
        # A line per unit of everything would make a large file unreadable and slow to write.
        indents = {"quantities": 1, "recording": 1}
        lines = (f'"{k}": {json.dumps(v, indent=indents.get(k))}' for k, v in record.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def __repr__(self) -> str:
        units = f"{len(self.child_effect)} children"
        if len(self.therapist_effect):
            units += f", {len(self.therapist_effect)} therapists"
        if len(self.clinic_effect):
            units += f", {len(self.clinic_effect)} clinics"
        n_quantities = len(self.quantities())
        return (
            f"Truth of SYNTHETIC ratings (seed {self.seed}): {units}; "
            f"{n_quantities} quantities, see .table()"
        )


def _of_items(recording: Recording) -> dict[str, Any]:
    items = recording.items
    if items is None:
        return {}
    ends = {"lower": items.lower, "upper": items.upper}
    return {"items": ends | {"reverse": list(items.reverse), "skipped": items.skipped}}


def _by_unit(values: pd.DataFrame) -> dict[str, list[float]]:
    return dict(zip(values.index, values.to_numpy().tolist(), strict=True))
