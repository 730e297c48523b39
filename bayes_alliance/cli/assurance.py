"""The command that says how many families a study needs."""

from pathlib import Path
from typing import Annotated

import typer

import bayes_alliance as ba
from bayes_alliance.cli.app import Out, app
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
from bayes_alliance.cli.studies import INTERRUPTED, SHARES, look, written


@app.command(
    epilog="Writes assurance.csv and report.html with figures and tables; an interrupted study "
    "goes on when the same command is given again. The page How many families? of the "
    "documentation has a whole design file."
)
def assurance(
    context: typer.Context,
    design: Annotated[
        Path,
        typer.Argument(
            metavar="DESIGN.toml",
            help="Design file: sizes a study may have, its truth, what it is to conclude.",
            show_default=False,
        ),
    ],
    out: Out,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", min=0, help="In place of the seed of the design file.", show_default=False
        ),
    ] = None,
    workers: Workers = 1,
    cluster: Cluster = None,
    shard: ShardOf = "",
    array: Array = "",
) -> None:
    """Simulate studies of every size and say how often they reach their conclusions."""
    with door(INTERRUPTED):
        look(out, SHARES)
        plan = ba.assurance.read(design)
        if array:
            typer.echo(array_script(context, scheduler=array, tasks=workers, out=out))
            return
        where = place(out, workers=workers, cluster=cluster, shard=shard)
        result = ba.assurance.of(plan, seed=seed, place=where)
        if shard:
            typer.echo(said_of_shard(shard, result, done=result.done, out=out))
            return
        typer.echo(written(out, result))
