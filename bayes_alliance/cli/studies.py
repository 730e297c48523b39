"""Commands that fit many times: prior studies and calibration, resumable, on many processors."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from bayes_alliance.cli.sharing import (
    Array,
    Cluster,
    ShardOf,
    Workers,
    array_script,
    place,
    said_of_shard,
)
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.reporting.escaping import csv
from bayes_alliance.reporting.files import folder_for, put

if TYPE_CHECKING:
    from bayes_alliance.studies.collect import Collected

VERDICTS = ("verdicts.csv", "support.csv", "quantities.csv", "tipping.csv")
ATLAS = ("atlas.csv", "not_made.csv")
SHARES = ("assurance.csv",)
RANKS = ("ranks.csv", "calibration.csv")
INTERRUPTED = "Interrupted: what is done is kept; the same command goes on from there."


@app.command(
    epilog="Writes report.html, verdicts.csv, support.csv, quantities.csv and tipping.csv; an "
    "interrupted study goes on when the same command is given again. Every block of priors is made "
    "4 and 2 times narrower and wider, and the prior is looked for at which each conclusion "
    "changes, up to 64 times: some 40 fits of seconds each."
)
def sensitivity(
    context: typer.Context,
    ratings: RatingsFile,
    study: StudyFile,
    out: Out,
    conclusion: Annotated[
        list[str] | None,
        typer.Option(
            "--conclusion",
            help="What is to be said, as [bold]'slope[child] > 0'[/bold] or "
            "[bold]'level[caregiver] - level[child] in (-1, 1)'[/bold]; may be given more than "
            "once.",
            show_default=False,
        ),
    ] = None,
    model: Model = None,
    without: Without = "",
    covariates: Covariates = "",
    seed: Seed = 1,
    workers: Workers = 1,
    cluster: Cluster = None,
    shard: ShardOf = "",
    array: Array = "",
) -> None:
    """Fit again under other priors and say whether each conclusion stands."""
    with door(INTERRUPTED):
        look(out, VERDICTS)
        stated = [ba.sensitivity.Conclusion.parse(text) for text in conclusion or []]
        value = ba.read_ratings(ratings, study=study)
        spec = chosen_model(value, model=model, without=without, covariates=covariates)
        if array:
            typer.echo(array_script(context, scheduler=array, tasks=workers, out=out))
            return
        where = place(out, workers=workers, cluster=cluster, shard=shard)
        result = ba.sensitivity.grid(spec, value, conclusions=stated, seed=seed, place=where)
        if shard:
            typer.echo(said_of_shard(shard, result, done=len(result.support), out=out))
            return
        typer.echo(written(out, result))


@app.command(
    epilog="Writes ranks.csv and calibration.csv; an interrupted study goes on when the same "
    "command is given again. Ends with 1 if the truth is not uniform among posterior draws."
)
def calibrate(
    context: typer.Context,
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
    workers: Workers = 1,
    cluster: Cluster = None,
    shard: ShardOf = "",
    array: Array = "",
) -> None:
    """Fit many simulated cohorts and say whether the truth is where the posterior says."""
    with door(INTERRUPTED):
        look(out, RANKS)
        if array:
            typer.echo(array_script(context, scheduler=array, tasks=workers, out=out))
            return
        where = place(out, workers=workers, cluster=cluster, shard=shard)
        if around is not None:
            _only_the_fit(context)
            result = ba.calibrate.around(ba.Fit.load(around), fits=fits, place=where)
        else:
            made, _ = ba.simulate(families=families, therapists=therapists, seed=1)
            result = ba.calibrate.calibration(
                ba.load_model(model),
                made,
                fits=fits,
                truth=None if truth is None else ba.load_model(truth),
                place=where,
            )
        if shard:
            typer.echo(said_of_shard(shard, result, done=len(result.ranks), out=out))
            return
        typer.echo(written(out, result))
        if result.check.verdict == "fail":
            raise typer.Exit(CHECK_FAILED)


def _only_the_fit(context: typer.Context) -> None:
    """Refuse what a fit says, if it is said beside it."""
    problems = [
        Problem(where=f"--{name}", value=context.params[name], message="is that of the fit")
        for name in ("model", "truth", "families", "therapists")
        if (source := context.get_parameter_source(name)) and source.name == "COMMANDLINE"
    ]
    if problems:
        raise InputError(problems, "calibrate --around")


def look(out: Path, names: tuple[str, ...]) -> None:
    """Refuse a folder in which somebody else's files have the names of tables, before any fit."""
    if out.exists():
        folder_for(out, *names, force=True)


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
            metavar="[DIR]...",
            help="Folders of other machines, in which shards of the same study were done.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Put the shards of a study together and write its tables."""
    # Loaded when asked for: other commands are to start at once.
    from bayes_alliance.studies.calibrate import Calibration
    from bayes_alliance.studies.collect import collected

    with door():
        result = collected([folder, *(others or [])])
        typer.echo(written(folder, result))
        if isinstance(result, Calibration) and result.check.verdict == "fail":
            raise typer.Exit(CHECK_FAILED)


def written(out: Path, result: "Collected") -> str:
    """Replace the files of an earlier run of the same study, and nothing else; say where."""
    # Loaded when asked for: other commands are to start at once.
    from bayes_alliance.studies.assurance import Assurance
    from bayes_alliance.studies.calibrate import Calibration
    from bayes_alliance.studies.grid import PriorStudy

    parts: dict[str, Mapping[str, bytes]] = {}
    if isinstance(result, Calibration):
        tables = [csv(one, index=True) for one in (result.ranks, result.table)]
        names: tuple[str, ...] = RANKS
    else:
        from bayes_alliance.reporting.document import study_page

        parts["report"] = study_page.composed(result)
        if isinstance(result, PriorStudy):
            tables = [csv(result.verdicts, index=True), csv(result.support, index=True)]
            tables += [csv(result.quantities), csv(result.tipping)]
            names = VERDICTS
        elif isinstance(result, Assurance):
            tables, names = [csv(result.table)], SHARES
        else:
            tables, names = [csv(result.table), csv(result.not_made)], ATLAS
    parts["tables"] = {name: text.encode() for name, text in zip(names, tables, strict=True)}
    look(out, tuple(name for part in parts.values() for name in part))
    put(out, parts, force=True)
    where = f"\nReport: {out / 'report.html'}" if "report" in parts else ""
    return f"{result}\n{where}\nTables: {out}"
