"""How much do results lean on the priors? Power scaling, without a single refit.

Prior or likelihood is raised to a power a little below and above 1; how much the posterior of a
quantity moves is read from importance weights on the draws at hand (Kallioinen et al. 2024, as
ArviZ computes it). Priors are scaled block by block, so that the answer says *which* decision a
result leans on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd
import xarray as xr

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.log_prior import log_prior
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.posterior.scores import log_likelihood_of_completed
from bayes_alliance.posterior.verdict import folded
from bayes_alliance.ratings.words import Words
from bayes_alliance.specification.blocks import block_of
from bayes_alliance.studies.names import readable

# Kallioinen et al. (2024), section 3: sensitivity above this is worth a look.
SENSITIVE = 0.05


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PowerScaling:
    """Sensitivity of quantities to blocks of priors and to the likelihood.

    Parameters
    ----------
    table : DataFrame
        Index quantity; a column per block of priors, ``all priors``, ``likelihood`` and
        ``diagnosis``. Numbers are the change of the posterior (cumulative Jensen-Shannon distance
        per doubling of the power); above 0.05 is sensitive; NaN of blocks that are `uniform`.
    uniform : tuple of str
        Blocks whose priors are flat, in each correlation or in their average, so that raising them
        to a power changes nothing.
    synthetic : bool
        Whether it is about synthetic ratings.
    words : Words
        What blocks of priors are called for print.
    """

    table: pd.DataFrame
    uniform: tuple[str, ...] = ()
    synthetic: bool = False
    words: Words = field(default_factory=Words)

    @property
    def sentence(self) -> str:
        """What leans on the prior, in words."""
        text = self._leaning()
        if self.uniform:
            blocks = self.words.said(" and ".join(self.uniform))
            text += (
                f" Priors of {blocks} are flat and have no power to scale: only fits under other "
                "priors (a prior study) show what they do."
            )
        return text

    def _leaning(self) -> str:
        leaning = self.table[self.table["diagnosis"] != ""]
        if not len(leaning):
            return (
                f"None of {len(self.table)} quantities is sensitive to a block of priors (all "
                f"below {SENSITIVE})."
            )
        parts = [
            f"{readable(str(name), self.words)}: {self.words.said(row['diagnosis'])}"
            for name, row in leaning.head(8).iterrows()
        ]
        more = len(leaning) - len(parts)
        text = "; ".join(parts) + (f"; and {more} more" if more > 0 else "")
        lean = "leans" if len(leaning) == 1 else "lean"
        return f"{len(leaning)} of {len(self.table)} quantities {lean} on the prior. {text}."

    def __repr__(self) -> str:
        return f"power scaling: {self.sentence}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>{folded(self.table.round(3))}"


@checked_arguments
def power_scaling(fit: Fit, *, quantities: Sequence[str] | None = None) -> PowerScaling:
    """Sensitivity of a fit to its priors, block by block, and to the likelihood.

    Parameters
    ----------
    fit : Fit
        Of a model whose likelihood and priors follow from the named moments. Where values complete
        the ratings (beyond an end of the scale, weights of occasions, missing numbers), the
        likelihood is that of the completed ratings given these values.
    quantities : sequence of str, optional
        As in ``summary.csv``; all of them if not given.

    Returns
    -------
    PowerScaling
        *Prior and data disagree* where both the prior and the likelihood matter, *the data say
        little* where the prior does and the likelihood does not (Kallioinen et al. 2024, table 1).

    Raises
    ------
    InputError
        Quantities the fit does not have; a model whose prior densities do not follow
        from the named moments.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), Statistics and Computing 34, 57.
    """
    known = by_name(fit.moments, fit.design)
    wanted = list(known) if quantities is None else list(quantities)
    unknown = [
        Problem(where="quantities", value=name, message=f"no such quantity.{nearest(name, known)}")
        for name in wanted
        if name not in known
    ]
    if unknown:
        raise InputError(unknown, "power scaling")
    likelihood = log_likelihood_of_completed(fit, what="power scaling")
    blocks = block_of(fit.spec)
    # Names with brackets are no names for ArviZ's selection; numbers are.
    data = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({f"q{i}": known[name] for i, name in enumerate(wanted)}),
            "log_prior": log_prior(fit, to_scale=True),
            "log_likelihood": xr.Dataset({"ratings": likelihood}),
        }
    )
    columns: dict[str, list[float]] = {}
    uniform = []
    for block in dict.fromkeys(blocks.values()):
        keys = [key for key, name in blocks.items() if name == block]
        # A constant to any power is a constant: that nothing moves says nothing about other priors.
        if _is_constant(data["log_prior"].to_dataset()[keys]):
            columns[block] = [math.nan] * len(wanted)
            uniform.append(block)
            continue
        columns[block] = _sensitivity(data, "prior", keys, len(wanted))
    columns["all priors"] = _sensitivity(data, "prior", list(blocks), len(wanted))
    columns["likelihood"] = _sensitivity(data, "likelihood", ["ratings"], len(wanted))
    table = pd.DataFrame(columns, index=pd.Index(wanted, name="quantity"))
    table["diagnosis"] = [_diagnosis(row, list(columns)[:-2]) for _, row in table.iterrows()]
    return PowerScaling(
        table=table,
        uniform=tuple(uniform),
        synthetic=fit.ratings.synthetic,
        words=fit.ratings.words,
    )


def _is_constant(density: xr.Dataset) -> bool:
    return all(float(one.max() - one.min()) == 0.0 for one in density.values())


def _sensitivity(data: xr.DataTree, group: str, names: list[str], n: int) -> list[float]:
    # Here: it loads for seconds, and reports of fits alone know only what a power scaling is.
    import arviz as az

    sensitivity = az.psense(data, group=group, group_var_names=names)
    return [float(sensitivity[f"q{i}"]) for i in range(n)]


def _diagnosis(row: pd.Series, blocks: list[str]) -> str:
    leaning = [block for block in blocks if row[block] > SENSITIVE]
    if not leaning:
        return ""
    where = ", ".join(leaning)
    if row["likelihood"] > SENSITIVE:
        return f"prior and data disagree ({where})"
    return f"the data say little ({where})"
