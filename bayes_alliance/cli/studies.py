"""Commands that fit many times: prior studies and calibration, resumable, on many processors."""

from pathlib import Path
from typing import Annotated

import typer

import bayes_alliance as ba
from bayes_alliance.cli.app import (
    RECOMMENDED,
    Covariates,
    Model,
    Out,
    RatingsFile,
    Seed,
    StudyFile,
    Without,
    app,
    chosen_model,
)
from bayes_alliance.cli.door import CHECK_FAILED, door
from bayes_alliance.reporting.escaping import csv
from bayes_alliance.reporting.files import folder_for, put

VERDICTS = ("verdicts.csv", "support.csv", "quantities.csv")
RANKS = ("ranks.csv", "calibration.csv")
INTERRUPTED = "Interrupted: what is done is kept; the same command goes on from there."

Workers = Annotated[
    int, typer.Option("--workers", min=1, help="Processes on this machine that fit.")
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Address of a Dask scheduler to fit on instead, as tcp://10.0.0.1:8786.",
        show_default=False,
    ),
]


@app.command(
    epilog="Writes verdicts.csv, support.csv and quantities.csv; an interrupted study goes on when "
    "the same command is given again. Every block of priors is made 4 and 2 times narrower and "
    "wider: some 30 fits of seconds each."
)
def sensitivity(
    ratings: RatingsFile,
    study: StudyFile,
    out: Out,
    conclusion: Annotated[
        list[str] | None,
        typer.Option(
            "--conclusion",
            help="What is to be said, as [bold]'slope[child] > 0'[/bold] or "
            "[bold]'level[caregiver] > level[child]'[/bold]; may be given more than once.",
            show_default=False,
        ),
    ] = None,
    model: Model = None,
    without: Without = "",
    covariates: Covariates = "",
    seed: Seed = 1,
    workers: Workers = 1,
    cluster: Cluster = None,
) -> None:
    """Fit again under other priors and say whether each conclusion stands."""
    with door(INTERRUPTED):
        _look(out, VERDICTS)
        stated = [ba.sensitivity.Conclusion.parse(text) for text in conclusion or []]
        value = ba.read_ratings(ratings, study=study)
        spec = chosen_model(value, model=model, without=without, covariates=covariates)
        place = ba.sensitivity.Place(out=out, workers=workers, cluster=cluster)
        result = ba.sensitivity.grid(spec, value, conclusions=stated, seed=seed, place=place)
        tables = [csv(result.verdicts, index=True), csv(result.support, index=True)]
        _write(out, VERDICTS, [*tables, csv(result.quantities)])
        typer.echo(f"{result}\n\nTables: {out}")


@app.command(
    epilog="Writes ranks.csv and calibration.csv; an interrupted study goes on when the same "
    "command is given again. Ends with 1 if the truth is not uniform among posterior draws."
)
def calibrate(
    out: Out,
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
    fits: Annotated[int, typer.Option("--fits", min=20, help="Simulated cohorts.")] = 200,
    workers: Workers = 1,
    cluster: Cluster = None,
) -> None:
    """Fit many simulated cohorts and say whether the truth is where the posterior says."""
    with door(INTERRUPTED):
        _look(out, RANKS)
        made, _ = ba.simulate(families=families, therapists=therapists, seed=1)
        result = ba.calibrate.calibration(
            ba.load_model(model),
            made,
            fits=fits,
            truth=None if truth is None else ba.load_model(truth),
            place=ba.calibrate.Place(out=out, workers=workers, cluster=cluster),
        )
        _write(out, RANKS, [csv(result.ranks, index=True), csv(result.table, index=True)])
        typer.echo(f"{result}\n\nTables: {Path(out)}")
        if result.check.verdict == "fail":
            raise typer.Exit(CHECK_FAILED)


def _look(out: Path, names: tuple[str, ...]) -> None:
    """Refuse a folder in which somebody else's files have the names of tables, before any fit."""
    if out.exists():
        folder_for(out, *names, force=True)


def _write(out: Path, names: tuple[str, ...], tables: list[str]) -> None:
    """Replace the tables of an earlier run of the same study, and nothing else."""
    contents = {name: text.encode() for name, text in zip(names, tables, strict=True)}
    put(out, {"tables": contents}, force=True)
