"""The population that ratings are simulated from: every true value, in rating points.

A `Population` states the average course per informant, how children, therapists and clinics vary
around it, the residual, and the covariates with their effects. Keys are the labels that summaries
use (``"child"``, ``"child,level"``), so a true value is written the way its estimate will be read.
Nothing is drawn here; `simulate` does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.levels import LEVELS, LevelName
from bayes_alliance.ratings.simulation.covariates import CovariateEffect, SimulatedCovariate
from bayes_alliance.ratings.simulation.variation import TrueValue, Variation, unknown
from bayes_alliance.ratings.variables import Scale, TimeAxis

COEFFICIENTS = ("level", "slope")


@dataclass(frozen=True, kw_only=True)
class Population:
    """Every true value of the growth model that ratings are simulated from.

    Parameters
    ----------
    level : mapping of str to float
        Average level per informant at ``time.origin``, rating points, where binary covariates are
        0, categorical ones at their reference and numeric ones at their mean. Its keys are the
        informants, in order.
    slope : mapping of str to float
        Average change per ``time.per``; 0 where left out.
    child, therapist, clinic : Variation
        Effects, labels ``"informant,level"`` and ``"informant,slope"``. Default: none.
    residual : Variation
        Residual within an occasion, labels ``"informant"``. Default: none.
    effects : tuple of CovariateEffect
        Contrasts left out have no effect.
    scale : Scale or mapping of str to Scale
        One for all informants, or one each.

    Raises
    ------
    InputError
        With every problem.
    """

    level: Mapping[str, float]
    slope: Mapping[str, float] = field(default_factory=dict)
    child: Variation = field(default_factory=Variation)
    therapist: Variation = field(default_factory=Variation)
    clinic: Variation = field(default_factory=Variation)
    residual: Variation = field(default_factory=Variation)
    covariates: tuple[SimulatedCovariate, ...] = ()
    effects: tuple[CovariateEffect, ...] = ()
    scale: Scale | Mapping[str, Scale] = field(
        default_factory=lambda: Scale.bounded(lower=12.0, upper=48.0)
    )
    time: TimeAxis = field(default_factory=lambda: TimeAxis(origin=4.0, per=4.0, unit="months"))

    def __post_init__(self) -> None:
        """Check everything at once."""
        if problems := self._problems():
            raise InputError(problems, "population to simulate from")

    @property
    def informants(self) -> tuple[str, ...]:
        """Informant labels, in order."""
        return tuple(self.level)

    @property
    def terms(self) -> tuple[str, ...]:
        """Labels of the growth coefficients: all levels, then all slopes."""
        return tuple(f"{k},{c}" for c in COEFFICIENTS for k in self.informants)

    @property
    def scales(self) -> dict[str, Scale]:
        """Scale of each informant."""
        if isinstance(self.scale, Scale):
            return dict.fromkeys(self.informants, self.scale)
        return {k: self.scale[k] for k in self.informants}

    @property
    def contrasts(self) -> tuple[str, ...]:
        """Labels of all covariate effects, in the order of the covariates."""
        return tuple(label for covariate in self.covariates for label in covariate.contrasts)

    def coefficients(self) -> Floats:
        """Average growth coefficients.

        Returns
        -------
        array, shape (n_terms,)
            In the order of ``terms``.
        """
        rows = (self.level, self.slope)
        return np.array([row.get(k, 0.0) for row in rows for k in self.informants])

    def contrast_effects(self) -> Floats:
        """Covariate effects on the growth coefficients.

        Returns
        -------
        array, shape (n_contrasts, n_terms)
            Rows in the order of ``contrasts``, columns in the order of ``terms``.
        """
        effects = {effect.of: effect for effect in self.effects}
        none = CovariateEffect(of="")
        rows = [effects.get(label, none) for label in self.contrasts]
        return np.array(
            [
                [on.get(k, 0.0) for on in (row.level, row.slope) for k in self.informants]
                for row in rows
            ]
        ).reshape(len(rows), len(self.terms))

    def quantities(self) -> list[TrueValue]:
        """List the true values as ``summary.csv`` names them.

        Returns
        -------
        list of TrueValue
            ``level[child]``, ``slope_on[anxiety,child]``, ``child_sd[child,level]``,
            ``residual_cor[child;caregiver]`` and so on. Covariate effects of 0 are listed;
            standard deviations of 0, and correlations with what does not vary, are not.
        """
        keys = [(c, k) for c in COEFFICIENTS for k in self.informants]
        values = [
            TrueValue(c, k, value)
            for (c, k), value in zip(keys, self.coefficients().tolist(), strict=True)
        ]
        for label, row in zip(self.contrasts, self.contrast_effects().tolist(), strict=True):
            values += [
                TrueValue(f"{c}_on", f"{label},{k}", value)
                for (c, k), value in zip(keys, row, strict=True)
            ]
        for level in LEVELS:
            values += self.variation_of(level).quantities(self.terms, of=level)
        return values + self.residual.quantities(self.informants, of="residual")

    def variation_of(self, level: LevelName) -> Variation:
        """Effects of children, therapists or clinics."""
        match level:
            case "child":
                return self.child
            case "therapist":
                return self.therapist
            case "clinic":
                return self.clinic

    def _problems(self) -> list[Problem]:
        problems: list[Problem] = []
        if not self.level:
            problems.append(Problem(where="level", message="names no informant; at least one"))
        for informant in self.informants:
            if not informant:
                message = "an informant's label is not empty"
                problems.append(Problem(where="level", value=informant, message=message))
        numbers = {"level": self.level, "slope": self.slope}
        for effect in self.effects:
            where = f"effects[{effect.of}]"
            if effect.of not in self.contrasts:
                message = unknown(effect.of, self.contrasts)
                problems.append(Problem(where="effects", value=effect.of, message=message))
            numbers |= {f"{where}.level": effect.level, f"{where}.slope": effect.slope}
        for where, row in numbers.items():
            problems.extend(_number_problems(row, self.informants, where=where))
        if len({effect.of for effect in self.effects}) < len(self.effects):
            problems.append(Problem(where="effects", message="a contrast is given twice"))
        if not isinstance(self.scale, Scale) and set(self.scale) != set(self.informants):
            message = f"gives one scale per informant: {', '.join(self.informants)}"
            problems.append(Problem(where="scale", value=list(self.scale), message=message))
        for level in LEVELS:
            problems.extend(self.variation_of(level).problems(self.terms, where=level))
        problems.extend(self.residual.problems(self.informants, where="residual"))
        names = [covariate.name for covariate in self.covariates]
        if len(set(names)) < len(names):
            problems.append(Problem(where="covariates", value=names, message="names repeat"))
        for covariate in self.covariates:
            problems.extend(covariate.problems())
        return problems


def _number_problems(
    row: Mapping[str, float], informants: Sequence[str], *, where: str
) -> list[Problem]:
    problems = [
        Problem(where=where, value=k, message=unknown(k, informants))
        for k in row
        if k not in informants
    ]
    return problems + [
        Problem(where=f"{where}[{k}]", value=value, message="is a finite number")
        for k, value in row.items()
        if not np.isfinite(value)
    ]
