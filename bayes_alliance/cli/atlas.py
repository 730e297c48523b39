"""The command that looks at every conclusion under every choice."""

from typing import Annotated

import typer

import bayes_alliance as ba
from bayes_alliance.cli.app import (
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
from bayes_alliance.cli.door import door
from bayes_alliance.cli.sharing import (
    Array,
    Cluster,
    ShardOf,
    Workers,
    array_script,
    place,
    said_of_shard,
)
from bayes_alliance.cli.studies import ATLAS, INTERRUPTED, look, written


@app.command(
    epilog="Writes atlas.csv, not_made.csv and report.html; an interrupted atlas goes on when the "
    "same command is given again. Some 20 fits of four chains of 500 draws: minutes. What needs no "
    "other fit is answered by importance weights."
)
def atlas(
    context: typer.Context,
    ratings: RatingsFile,
    study: StudyFile,
    out: Out,
    conclusion: Annotated[
        list[str],
        typer.Option(
            "--conclusion",
            help="What is to be said, as [bold]'slope[child] > 0'[/bold]; may be given more than "
            "once.",
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
    workers: Workers = 1,
    cluster: Cluster = None,
    shard: ShardOf = "",
    array: Array = "",
) -> None:
    """Say whether each conclusion stands under every other reasonable choice."""
    with door(INTERRUPTED):
        look(out, ATLAS)
        stated = [ba.sensitivity.Conclusion.parse(text) for text in conclusion]
        value = ba.read_ratings(ratings, study=study)
        spec = chosen_model(value, model=model, without=without, covariates=covariates)
        if array:
            typer.echo(array_script(context, scheduler=array, tasks=workers, out=out))
            return
        where = place(out, workers=workers, cluster=cluster, shard=shard)
        result = ba.atlas.of(spec, value, conclusions=stated, seed=seed, draws=draws, place=where)
        if shard:
            typer.echo(said_of_shard(shard, result, done=result.fits, out=out))
            return
        typer.echo(written(out, result))
