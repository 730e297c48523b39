"""What a model has to be given priors for.

`quantities` lists the quantities of a model, in the order in which they are printed, `candidates`
also those it could have with other options, each with the reason why it has not. A part of a model
file that could not be read is left out of `Parts`, and nothing is said that depends on it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from bayes_alliance.levels import CALLED, LEVELS, LevelName
from bayes_alliance.specification.covariate_term import CovariateTerm
from bayes_alliance.specification.families import FAMILIES, Family
from bayes_alliance.specification.leaving import Leaving
from bayes_alliance.specification.leaving_quantities import candidates as leaving_candidates
from bayes_alliance.specification.parts import Effects, Likelihood, Trajectory
from bayes_alliance.specification.priors import Prior
from bayes_alliance.specification.quantity import BELOW, BETWEEN, Block, Quantity
from bayes_alliance.specification.residual import Residual
from bayes_alliance.specification.residual import candidates as residual_candidates
from bayes_alliance.specification.structures import SIMPLEST, STRUCTURES
from bayes_alliance.specification.trajectories import in_words

SD_BLOCKS: Mapping[LevelName, Block] = {
    "child": "child sds",
    "therapist": "therapist sds",
    "clinic": "clinic sds",
}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a model that priors depend on.

    Parameters
    ----------
    trajectory : Trajectory or None
        None: could not be read.
    effects : mapping of str to Effects or None
        By level; None: off. A level whose table could not be read is absent.
    residual : Residual or None
        None: could not be read.
    covariates : tuple of CovariateTerm
        Those that could be read.
    has_covariates : bool
        Are there any, read or not?
    given : mapping of str to type or None
        The class of every prior that is given; None if it could not be read.
    likelihood : Likelihood or None
        None: could not be read.
    leaving : Leaving or None
        None: it is no part of the model, or could not be read.
    reads_leaving : bool
        Whether it could be read, or is not there.
    informants : tuple of str
        Whom the model is about; empty: all.
    """

    trajectory: Trajectory | None
    effects: Mapping[str, Effects | None]
    residual: Residual | None
    covariates: tuple[CovariateTerm, ...]
    has_covariates: bool
    given: Mapping[str, type[Prior] | None]
    likelihood: Likelihood | None
    leaving: Leaving | None = None
    reads_leaving: bool = True
    informants: tuple[str, ...] = ()

    @property
    def family(self) -> Family | None:
        """The likelihood family; None: could not be read."""
        return None if self.likelihood is None else FAMILIES[self.likelihood.family]


def quantities(parts: Parts) -> dict[str, Quantity]:
    """List what needs a prior, as far as the parts could be read.

    Returns
    -------
    dict of str to Quantity
        By key, in printing order.
    """
    return dict(
        _present(
            parts.trajectory,
            tuple(parts.effects.items()),
            parts.residual,
            parts.has_covariates,
            parts.likelihood,
            parts.leaving,
            parts.reads_leaving,
        )
    )


@lru_cache(maxsize=256)
def _present(
    trajectory: Trajectory | None,
    effects: tuple[tuple[str, Effects | None], ...],
    residual: Residual | None,
    has_covariates: bool,
    likelihood: Likelihood | None,
    leaving: Leaving | None,
    reads_leaving: bool,
) -> dict[str, Quantity]:
    """List them once for all models of these parts: studies of priors make a thousand of each."""
    parts = Parts(
        trajectory=trajectory,
        effects=dict(effects),
        residual=residual,
        covariates=(),
        has_covariates=has_covariates,
        given={},
        likelihood=likelihood,
        leaving=leaving,
        reads_leaving=reads_leaving,
    )
    return {one.key: one for one in candidates(parts) if one.absent == ""}


def candidates(parts: Parts) -> Iterator[Quantity]:
    """List what could need a prior, with the reason where it does not (`Quantity.absent`)."""
    yield from _coefficients(parts)
    yield Quantity(
        key="covariate",
        kind="effect",
        block="covariates",
        brief="effects of covariates (per contrast or SD)",
        meaning="effects of covariates, per contrast or per standard deviation",
        expects=BETWEEN,
        unit="spread",
        per="contrast or sd",
        dims=("covariate", "informant"),
        absent="" if parts.has_covariates else "it has no covariates",
    )
    for level in LEVELS:
        yield from _of_level(level, parts)
    yield from _of_occasions(parts)
    yield from residual_candidates(parts.residual)
    yield from _of_families(parts)
    yield from leaving_candidates(parts.leaving, known=parts.reads_leaving)


def _coefficients(parts: Parts) -> Iterator[Quantity]:
    for name, words in _said(parts).items():
        yield Quantity(
            key=name,
            kind="coefficient",
            block="levels" if name == "level" else "slopes",
            brief=f"average {words}",
            meaning=f"average {words} of each informant",
            expects=f"{BETWEEN} from the center" if name == "level" else BETWEEN,
            unit="spread",
            from_center=name == "level",
            coefficient=name,
        )


def _said(parts: Parts) -> dict[str, str]:
    """The growth coefficients, each in words."""
    trajectory = parts.trajectory
    return {one: trajectory.said(one) for one in trajectory.coefficients} if trajectory else {}


def _of_level(level: LevelName, parts: Parts) -> Iterator[Quantity]:
    """Differences between the units of one level, and how they are correlated."""
    known = _said(parts)
    effects = parts.effects.get(level)
    terms = effects.terms if effects is not None else ()
    units = CALLED[level].plural
    off = f"it has no {level} effects (no [{level}] table)" if level in parts.effects else None
    # Every trajectory has a level; terms no trajectory has are a problem of their own.
    could = known or dict.fromkeys(("level", *terms))
    for name in (*(term for term in terms if term in could), *could):
        words = known.get(name, in_words(name))
        if name in terms:
            absent: str | None = ""
        else:
            absent = off if effects is None else f'{level}.terms does not name "{name}"'
        yield Quantity(
            key=f"{level}_sd.{name}",
            kind="sd",
            block=SD_BLOCKS[level],
            brief=f"{level} SD of the {words}",
            meaning=f"how much {units} differ in {words} (standard deviation)",
            expects=BELOW,
            unit="spread",
            level=level,
            coefficient=name,
            absent=absent,
        )
    correlations = "" if effects is None else STRUCTURES[effects.structure].correlations
    yield Quantity(
        key=f"{level}_cor",
        kind="correlation",
        block="correlations",
        brief=f"{level} correlations",
        meaning=correlations.format(units=units),
        dims=("term", "term_"),
        level=level,
        absent=off if effects is None else _unless(bool(correlations), f"{level}.structure"),
    )


def _of_occasions(parts: Parts) -> Iterator[Quantity]:
    """A normal residual, and how it is correlated between informants."""
    yield Quantity(
        key="residual_sd",
        kind="sd",
        block="residuals",
        brief="residual SD",
        meaning="how much ratings of one occasion scatter (standard deviation)",
        expects=BELOW,
        unit="spread",
        level="residual",
    )
    yield Quantity(
        key="residual_cor",
        kind="correlation",
        block="correlations",
        brief="residual correlations",
        meaning="how residuals of one occasion go together between informants",
        dims=("informant", "informant_"),
        level="residual",
        absent=_unless(
            None if parts.residual is None else parts.residual.is_correlated, "residual.structure"
        ),
    )


def _of_families(parts: Parts) -> Iterator[Quantity]:
    """What only one likelihood family has."""
    for family in FAMILIES.values():
        for own in family.own:
            if family is not parts.family:
                other = f'likelihood.family is not "{family.name}"'
                yield replace(own, absent=None if parts.family is None else other)
            else:
                yield own


def _unless(on: bool | None, option: str) -> str | None:
    """Empty if a structure has correlations, why not if it has none, None if it was not read."""
    if on is None:
        return None
    return "" if on else f'{option} is "{SIMPLEST.name}"'
