"""A model specification: what the model is, before any ratings are seen.

A `ModelSpec` is read from a model file (`load_model`, `ModelSpec.from_toml`) or varied from
another with `dataclasses.replace` or `with_covariates`. It is checked whole when it is made and
never changes. Printing it shows the model in words and symbols, with the reason for every prior.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import INSIDE, InputError, Problem, checked_arguments
from bayes_alliance.errors.files import text_of
from bayes_alliance.levels import LEVELS
from bayes_alliance.specification import printing, reading
from bayes_alliance.specification.contradictions import contradictions
from bayes_alliance.specification.covariate_term import CovariateTerm
from bayes_alliance.specification.entries import (
    STRICT,
    ModelName,
    Status,
    Text,
    in_plain_words,
    moved,
)
from bayes_alliance.specification.families import FAMILIES, Family
from bayes_alliance.specification.leaving import Leaving
from bayes_alliance.specification.parts import Effects, Likelihood, Trajectory
from bayes_alliance.specification.priors import COVARIATE_PRIOR, Prior, Priors, of_numbers
from bayes_alliance.specification.quantities import Parts, quantities
from bayes_alliance.specification.quantity import Quantity
from bayes_alliance.specification.residual import Residual


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT, repr=False)
class ModelSpec:
    """What a model is: trajectory, what varies at which level, residual, covariates, priors.

    Parameters
    ----------
    name : str
        Letters, digits, _ and -.
    about : str
        What the model says and when to use it; the first sentence is shown in lists.
    priors : mapping of str to prior
        One for every quantity of the model, in units of the scale: each growth coefficient
        (``"level"``), ``"covariate"`` if there are covariates, ``"child_sd.level"`` for every
        term of a level, ``"child_cor"`` unless its structure is independent (correlated: of the
        matrix; common factor: of each informant with the factor, as a matrix of two rows),
        ``"residual_sd"`` and ``"residual_cor"``; with the options of the residual
        ``"residual_sd_on"`` and ``"residual_autoregression"``; and the family's own.
    status : {"recommended", "founding study", "alternative"}
    citations : tuple of str
        Keys of ``models/references.bib``.
    child, therapist, clinic : Effects or None
        None: the level is off.
    informants : tuple of str
        The informants whose ratings are modelled; empty: all.
    leaving : Leaving or None
        What leaving treatment follows; None: it is no part of the model.

    Raises
    ------
    InputError
        With every problem.
    """

    name: ModelName
    title: Text
    about: Text
    trajectory: Trajectory
    residual: Residual
    priors: Annotated[Mapping[str, Prior], AfterValidator(Priors)]
    status: Status = "alternative"
    citations: tuple[Text, ...] = ()
    child: Effects | None = None
    therapist: Effects | None = None
    clinic: Effects | None = None
    likelihood: Likelihood = Likelihood()
    covariates: tuple[CovariateTerm, ...] = ()
    informants: tuple[Text, ...] = ()
    leaving: Leaving | None = None

    def __post_init__(self) -> None:
        problems = contradictions(self._parts())
        if len(set(self.informants)) < len(self.informants):
            value, message = list(self.informants), "names an informant twice"
            problems.append(Problem(where="informants", value=value, message=message))
        problems += self._off_center()
        if problems:
            raise InputError(problems, self.name)

    def _off_center(self) -> list[Problem]:
        """Priors of differences around their mean that expect another mean than 0."""
        needed = self.quantities
        message = "must be 0: these are differences between items, around their mean"
        means = {
            f"priors.{key}.mean": float(of_numbers(prior).quantile(0.5))
            for key, prior in self.priors.items()
            if key in needed
            and needed[key].kind == "difference"
            and "difference" in prior.traits.fits
        }
        return [
            Problem(where=where, value=mean, message=message)
            for where, mean in means.items()
            if mean != 0.0
        ]

    @classmethod
    @checked_arguments
    def from_text(cls, text: str, *, title: str = "model") -> "ModelSpec":
        """Read the text of a model file.

        Parameters
        ----------
        text : str
            TOML.
        title : str
            What to call it in an error.

        Raises
        ------
        InputError
            With every problem.
        """
        return cls(**reading.read(text, title=title))

    @classmethod
    @checked_arguments
    def from_toml(cls, path: str | Path) -> "ModelSpec":
        """Read a model file.

        Raises
        ------
        InputError
            If there is no such file, it is not TOML, or anything in it is wrong.
        """
        file = Path(path)
        return cls.from_text(text_of(file, what="model file"), title=file.name)

    def to_toml(self) -> str:
        """Return the model file as text; reading it gives an equal specification."""
        return reading.as_toml(self)

    @property
    def family(self) -> Family:
        """The likelihood family, which answers what is particular to it."""
        return FAMILIES[self.likelihood.family]

    @property
    def quantities(self) -> dict[str, Quantity]:
        """Everything that has a prior, by key, in the order of printing."""
        return quantities(self._parts())

    def _parts(self) -> Parts:
        return Parts(
            trajectory=self.trajectory,
            effects={level: getattr(self, level) for level in LEVELS},
            residual=self.residual,
            covariates=self.covariates,
            has_covariates=bool(self.covariates),
            given={key: type(prior) for key, prior in self.priors.items()},
            likelihood=self.likelihood,
            leaving=self.leaving,
            informants=self.informants,
        )

    def __repr__(self) -> str:
        return printing.short(self)

    def __str__(self) -> str:
        return printing.long(self)

    def _repr_html_(self) -> str:
        return printing.html(self)


@checked_arguments
def with_covariates(
    spec: ModelSpec,
    covariates: Annotated[
        Sequence[str] | Mapping[str, Sequence[str] | Mapping[str, object]], INSIDE
    ],
) -> ModelSpec:
    """Let covariates act in a model.

    Parameters
    ----------
    covariates : sequence of str, or mapping of str to sequence of str or to a mapping
        ``["anxiety", "female"]``: on level and slope, as far as the trajectory has them. Or what
        each acts on: ``{"anxiety": ("level", "slope")}``, or ``("rating",)`` for one that
        varies over occasions. Where change has no slope, as with occasions as categories,
        ``"slope"`` means all coefficients by which ratings change: ``{"arm": ("slope",)}`` is a
        difference between arms at every visit but the first. ``"anxiety:female"`` is an
        interaction. Options of `CovariateTerm` are given as in a model file:
        ``{"anxiety": {"on": ("level",), "shared": True}}``. A covariate the model has already is
        changed, others are kept.

    Returns
    -------
    ModelSpec
        With the default prior for effects of covariates if there was none.

    Raises
    ------
    InputError
        With every problem.
    """
    terms = {term.name: term for term in spec.covariates}
    problems: list[Problem] = []
    for name, entry in _what_each_acts_on(spec, covariates).items():
        options: dict[str, Any] = dict(entry) if isinstance(entry, Mapping) else {"on": entry}
        on = options.pop("on", ())
        if isinstance(on, str) or not isinstance(on, Sequence):
            message = 'must be a list, as in ("level", "slope")'
            problems.append(Problem(where=f"covariates.{name}", value=on, message=message))
            continue
        try:
            acts = [coefficient for one in on for coefficient in spec.trajectory.meant(one)]
            terms[name] = CovariateTerm(name=name, on=tuple(acts), **options)
        except InputError as error:
            problems += [moved(problem, f"covariates.{name}") for problem in error.problems]
    priors = dict(spec.priors)
    if terms:
        priors.setdefault("covariate", COVARIATE_PRIOR)
    try:
        varied = replace(spec, covariates=tuple(terms.values()), priors=priors)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems, "covariates")
    return varied


def _what_each_acts_on(spec: ModelSpec, covariates: object) -> Mapping[str, object]:
    """Covariates as a mapping; names alone act on level and slope."""
    if isinstance(covariates, Mapping):
        return covariates
    listed = isinstance(covariates, Iterable) and not isinstance(covariates, str | bytes)
    names: list[object] = [*covariates] if listed else [None]  # type: ignore[misc]
    if not all(isinstance(name, str) for name in names):
        message = 'must be a list of names, or a mapping as in {"anxiety": ("level", "slope")}'
        value = covariates if isinstance(covariates, str) else None
        raise InputError([Problem(where="covariates", value=value, message=message)], "covariates")
    return {str(name): spec.trajectory.grows for name in names}
