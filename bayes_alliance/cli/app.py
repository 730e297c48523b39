"""What all commands share: the application, common options, how they end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import bayes_alliance as ba
from bayes_alliance.cli.door import CHECK_FAILED, INTERRUPTED
from bayes_alliance.cli.markup import bold
from bayes_alliance.design.trajectory import shared_times
from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.numerals import exact
from bayes_alliance.specification.phrases import listed

if TYPE_CHECKING:
    from bayes_alliance.posterior.verdict import Check
    from bayes_alliance.ratings import Ratings
    from bayes_alliance.specification import ModelSpec

RECOMMENDED = "informant_growth"

app = typer.Typer(
    name="bayes-alliance",
    help="Bayesian growth models for several people rating the same relationship over time.",
    epilog=f"First steps: {bold('bayes-alliance demo')} shows everything on a synthetic example. "
    f"With your own data: {bold('draft')} a study file and correct it, then {bold('check')}, then "
    f"{bold('fit')}.",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RatingsFile = Annotated[
    Path,
    typer.Argument(
        metavar="RATINGS",
        help="Ratings file: csv, tsv, parquet, xlsx, SPSS .sav or Stata .dta.",
        show_default=False,
    ),
]
StudyFile = Annotated[
    Path,
    typer.Option("--study", help="Study file (TOML): what the columns mean.", show_default=False),
]
Out = Annotated[
    Path, typer.Option("--out", help="Folder to write; made if needed.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Replace what an earlier run wrote there.")]
Seed = Annotated[int, typer.Option("--seed", help="Same seed, same draws.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help=f"Name of a model, or a model file (TOML). Not given: {RECOMMENDED}. Effects of "
        "therapists or clinics are left out where the study file names none.",
        show_default=False,
    ),
]
Without = Annotated[
    str,
    typer.Option(
        "--without",
        help=f"Levels to leave out of the model, as {bold('therapist')} or "
        f"{bold('therapist,clinic')}.",
        show_default=False,
    ),
]
Covariates = Annotated[
    str,
    typer.Option(
        "--covariates",
        help="Covariates of the study file to add, as "
        f"{bold('anxiety, arm on slope, anxiety:arm')}: on the level and on the slope, if nothing "
        "else is said.",
        show_default=False,
    ),
]


def end(checks: "tuple[Check, ...]", *, interrupted: str = "") -> None:
    """Say loudly what a reader must know, and end with its exit code.

    Parameters
    ----------
    interrupted : str
        What to say of sampling that ended early; empty if it did not.
    """
    for check in checks:
        if check.verdict != "pass":
            word = "CHECK FAILED" if check.verdict == "fail" else "Warning"
            typer.echo(f"\n{word}: {check.name}. {check.sentence}", err=True)
    if interrupted:
        typer.echo(f"\nINTERRUPTED: {interrupted}", err=True)
        raise typer.Exit(INTERRUPTED)
    # A model that misses a feature of the ratings is for the user to judge; chains are not.
    if any(check.name == "convergence" and check.verdict == "fail" for check in checks):
        raise typer.Exit(CHECK_FAILED)


def chosen_model(
    ratings: "Ratings", *, model: str | None, without: str, covariates: str
) -> "ModelSpec":
    """Return the model that the options of a command ask for."""
    spec = ba.without(ba.load_model(model or RECOMMENDED), *_names(without))
    for level, known in {
        "therapist": ratings.has_therapists,
        "clinic": ratings.has_clinics,
    }.items():
        if getattr(spec, level) is not None and not known:
            spec = ba.without(spec, level)
            one, several = ratings.words.said(level), ratings.words.said(f"{level}s")
            typer.echo(f"The study file names no {several}: the model has no {one} effects.")
    return _with_covariates(_at_visits(spec, ratings, model), ratings, covariates)


def _at_visits(spec: "ModelSpec", ratings: "Ratings", model: str | None) -> "ModelSpec":
    """Put the times of the ratings into a shipped model in which all occasions are knots.

    Of times that are no occasions of all, `design` says what is wrong with them.
    """
    times, origin = shared_times(ratings), float(ratings.time.origin)
    others = tuple(time for time in times if time != origin)
    is_shipped = model in set(ba.list_models()["name"])
    if not (spec.trajectory.only_at_knots and is_shipped and others) or origin not in times:
        return spec
    if others != spec.trajectory.knots:
        typer.echo(f"Occasions of the model are those of the ratings: {listed(map(exact, times))}.")
    return ba.with_knots(spec, others)


def _with_covariates(spec: "ModelSpec", ratings: "Ratings", listed: str) -> "ModelSpec":
    """Add the covariates named on the command line."""
    level_of = {covariate.name: covariate.level for covariate in ratings.covariates}
    acting = {term.name: term.on for term in spec.covariates}
    asked: dict[str, tuple[str, ...]] = {}
    problems = []
    for text in _names(listed):
        name, _, on = (text, "", "") if text in level_of else text.partition(" on ")
        parts = [name] if name in level_of else [part.strip() for part in name.split(":")]
        for part in parts:
            if part not in level_of:
                message = _unknown(part, tuple(level_of))
                problems.append(Problem(where="--covariates", value=part, message=message))
        usual: tuple[str, ...] = (
            ("rating",) if level_of.get(parts[0]) == "occasion" else spec.trajectory.grows
        )
        if len(parts) > 1:  # an interaction acts where both act
            both = [(acting | asked).get(part, usual) for part in parts]
            usual = tuple(term for term in both[0] if all(term in own for own in both))
        acts = [spec.trajectory.meant(one) for one in on.replace(" and ", " ").split()]
        asked[":".join(parts)] = tuple(term for several in acts for term in several) or usual
    if problems:
        raise InputError(problems, "covariates")
    return ba.with_covariates(spec, asked) if asked else spec


def _names(listed: str) -> list[str]:
    """Split names separated by commas."""
    return [name.strip() for name in listed.split(",") if name.strip()]


def _unknown(name: str, known: tuple[str, ...]) -> str:
    if not known:
        return "the study file names no covariates; list them under [covariates]"
    return f"the study file has {', '.join(known)}.{nearest(name, known)}"
