"""Commands that fit many times, resumable, on many processors and many machines."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import bayes_alliance as ba
from bayes_alliance.cli.app import (
    RECOMMENDED,
    Covariates,
    Model,
    RatingsFile,
    Seed,
    StudyFile,
    Without,
    app,
    chosen_model,
)
from bayes_alliance.cli.computing import (
    ATLAS,
    RANKS,
    SHARES,
    VERDICTS,
    Prepared,
    end,
    study_command,
)
from bayes_alliance.cli.door import door
from bayes_alliance.cli.markup import bold
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.simulation import USUAL_CARE_ITEMS, USUAL_CARE_RECORDING

if TYPE_CHECKING:
    from bayes_alliance.studies.conclusions import Conclusion

# Conclusions as a shell wants them: in quotes.
_SIGN, _REGION = "'slope[child] > 0'", "'level[caregiver] - level[child] in (-1, 1)'"


@study_command(
    *VERDICTS,
    epilog="Writes report.html, verdicts.csv, support.csv, quantities.csv and tipping.csv; an "
    "interrupted study goes on when the same command is given again. Every block of priors is made "
    "4 and 2 times narrower and wider, and the prior is looked for at which each conclusion "
    "changes, up to 64 times: some 40 fits of seconds each.",
)
def sensitivity(
    ratings: RatingsFile,
    study: StudyFile,
    conclusion: Annotated[
        list[str] | None,
        typer.Option(
            "--conclusion",
            help=f"What is to be said, as {bold(_SIGN)} or {bold(_REGION)}; may be given more "
            "than once.",
            show_default=False,
        ),
    ] = None,
    model: Model = None,
    without: Without = "",
    covariates: Covariates = "",
    seed: Seed = 1,
) -> Prepared:
    """Fit again under other priors and say whether each conclusion stands."""
    chosen = partial(chosen_model, model=model, without=without, covariates=covariates)
    spec, value, stated = _asked(conclusion or [], chosen, ratings=ratings, study=study)
    return partial(ba.sensitivity.grid, spec, value, conclusions=stated, seed=seed)


@study_command(
    *ATLAS,
    epilog="Writes atlas.csv, not_made.csv and report.html; an interrupted atlas goes on when the "
    "same command is given again. Some 20 fits of four chains of 500 draws: minutes. What needs no "
    "other fit is answered by importance weights.",
)
def atlas(
    ratings: RatingsFile,
    study: StudyFile,
    conclusion: Annotated[
        list[str],
        typer.Option(
            "--conclusion",
            help=f"What is to be said, as {bold(_SIGN)}; may be given more than once.",
            show_default=False,
        ),
    ],
    model: Model = None,
    without: Without = "",
    covariates: Covariates = "",
    draws: Annotated[
        int, typer.Option("--draws", min=1, help="Kept draws of each chain of every fit.")
    ] = 500,
    seed: Seed = 1,
) -> Prepared:
    """Say whether each conclusion stands under every other reasonable choice."""
    chosen = partial(chosen_model, model=model, without=without, covariates=covariates)
    spec, value, stated = _asked(conclusion, chosen, ratings=ratings, study=study)
    return partial(ba.atlas.of, spec, value, conclusions=stated, seed=seed, draws=draws)


@study_command(
    *SHARES,
    epilog="Writes assurance.csv and report.html with figures and tables; an interrupted study "
    "goes on when the same command is given again. The page How many families? of the "
    "documentation has a whole design file.",
)
def assurance(
    design: Annotated[
        Path,
        typer.Argument(
            metavar="DESIGN.toml",
            help="Design file: sizes a study may have, its truth, what it is to conclude.",
            show_default=False,
        ),
    ],
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", min=0, help="In place of the seed of the design file.", show_default=False
        ),
    ] = None,
) -> Prepared:
    """Simulate studies of every size and say how often they reach their conclusions."""
    return partial(ba.assurance.of, ba.assurance.read(design), seed=seed)


@study_command(
    *RANKS,
    epilog="Writes ranks.csv, calibration.csv and report.html, whose sentence and figure a "
    "supplement prints; an interrupted study goes on when the same command is given again. Ends "
    "with 1 if the truth is not uniform among posterior draws.",
)
def calibrate(
    context: typer.Context,
    model: Annotated[
        str, typer.Option("--model", help="Name of a model, or a model file (TOML).")
    ] = RECOMMENDED,
    truth: Annotated[
        str | None,
        typer.Option(
            "--truth",
            help="The model that makes the ratings, if it is another: what a wrong model costs.",
            show_default=False,
        ),
    ] = None,
    families: Annotated[int, typer.Option("--families", min=1, help="Families simulated.")] = 60,
    therapists: Annotated[int, typer.Option("--therapists", min=1, help="Their therapists.")] = 25,
    around: Annotated[
        Path | None,
        typer.Option(
            "--around",
            metavar="FIT.nc",
            help="A saved fit: calibrate its model where its posterior lies, by fits to its "
            "ratings together with those of as many families replicated from it.",
            show_default=False,
        ),
    ] = None,
    fits: Annotated[int, typer.Option("--fits", min=20, help="Simulated cohorts.")] = 200,
) -> Prepared:
    """Fit many simulated cohorts and say whether the truth is where the posterior says."""
    if around is not None:
        _only_the_fit(context)
        return partial(ba.calibrate.around, ba.Fit.load(around), fits=fits)
    spec = ba.load_model(model)
    recording = USUAL_CARE_ITEMS if spec.family.items else USUAL_CARE_RECORDING
    made, _ = ba.simulate(families=families, therapists=therapists, recording=recording, seed=1)
    return partial(
        ba.calibrate.calibration,
        spec,
        made,
        fits=fits,
        truth=None if truth is None else ba.load_model(truth),
    )


def _asked(
    texts: Sequence[str],
    chosen: Callable[[ba.Ratings], ba.ModelSpec],
    *,
    ratings: Path,
    study: Path,
) -> "tuple[ba.ModelSpec, ba.Ratings, tuple[Conclusion, ...]]":
    """Read model, ratings and conclusions; of these, say all at once what is wrong with any."""
    # Loaded when asked for: other commands are to start at once.
    from bayes_alliance.studies.asked import not_of_the_model
    from bayes_alliance.studies.conclusions import parsed

    stated, problems = parsed(texts)
    try:
        value = ba.read_ratings(ratings, study=study)
        spec = chosen(value)
        if problems:
            problems += not_of_the_model(stated, spec, value)
    except InputError as error:
        if not problems:
            raise
        raise InputError([*problems, *error.problems], "--conclusion") from error
    if problems:
        raise InputError(problems, "--conclusion")
    return spec, value, stated


def _only_the_fit(context: typer.Context) -> None:
    """Refuse what a fit says, if it is said beside it."""
    problems = [
        Problem(where=f"--{name}", value=context.params[name], message="is that of the fit")
        for name in ("model", "truth", "families", "therapists")
        if (source := context.get_parameter_source(name)) and source.name == "COMMANDLINE"
    ]
    if problems:
        raise InputError(problems, "calibrate --around")


@app.command()
def collect(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Folder of a study; the tables are written into it.",
            show_default=False,
        ),
    ],
    others: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="OTHER",
            help="Folders of other machines, in which shards of the same study were done.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Put the shards of a study together and write its tables."""
    # Loaded when asked for: other commands are to start at once.
    from bayes_alliance.studies.collect import collected

    with door():
        end(folder, collected([folder, *(others or [])]))
