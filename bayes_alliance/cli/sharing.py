"""Where a study is computed: a share on each of several machines, a script for a cluster."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

import bayes_alliance as ba
from bayes_alliance.cli.markup import bold
from bayes_alliance.errors import InputError, Problem

# What is said of where fits are computed is not part of the command of a task.
OF_THE_PLACE = {"workers", "cluster", "shard", "array"}
SLURM = """\
#!/bin/bash
# Every task does a share of the fits, on one core. Those that were cut off go on where they stopped
# when this is submitted again. When all tasks have ended: {collect}
#SBATCH --job-name=bayes-alliance
#SBATCH --array=1-{tasks}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=08:00:00
set -euo pipefail
exec {command} --shard "${{SLURM_ARRAY_TASK_ID}}/{tasks}"
"""

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
ShardOf = Annotated[
    str,
    typer.Option(
        "--shard",
        metavar="I/N",
        help=f"Do the I-th of N shares of the fits, as {bold('2/20')}: one for each of several "
        f"machines. {bold('collect')} puts them together.",
        show_default=False,
    ),
]
Array = Annotated[
    str,
    typer.Option(
        "--array",
        metavar="slurm",
        help="Fit nothing: print a script for a cluster, with as many tasks as --workers says.",
        show_default=False,
    ),
]


def place(out: Path, *, workers: int, cluster: str | None, shard: str) -> "ba.sensitivity.Place":
    """Where a study is computed, as the options say."""
    Place, Shard = ba.sensitivity.Place, ba.sensitivity.Shard
    own = Shard.parse(shard) if shard else None
    return Place(out=out, workers=workers, cluster=cluster, shard=own)


def array_script(context: typer.Context, *, scheduler: str, tasks: int, out: Path) -> str:
    """Return a script that does the command this was asked of, as an array of tasks.

    Raises
    ------
    InputError
        If the scheduler is not known, or one task is no array.
    """
    problems = []
    if scheduler != "slurm":
        message = "is not known; slurm is"
        problems.append(Problem(where="--array", value=scheduler, message=message))
    if tasks < 2:
        message = "says how many tasks the array has, at least 2"
        problems.append(Problem(where="--workers", value=tasks, message=message))
    if problems:
        raise InputError(problems, "array")
    command = shlex.join(["bayes-alliance", str(context.info_name), *_given(context)])
    collect = shlex.join(["bayes-alliance", "collect", str(out)])
    return SLURM.format(command=command, collect=collect, tasks=tasks)


def _given(context: typer.Context) -> list[str]:
    """What was given on the command line, but for where it is computed."""
    words: list[str] = []
    for parameter in context.command.params:
        name, value = str(parameter.name), context.params.get(str(parameter.name))
        source = context.get_parameter_source(name)
        if name in OF_THE_PLACE or source is None or source.name != "COMMANDLINE":
            continue
        values: list[Any] = value if isinstance(value, list) else [value]
        for one in values:
            words += (
                [str(one)]
                if parameter.param_type_name == "argument"
                else [
                    parameter.opts[0],
                    str(one),
                ]
            )
    return words


class Shared(Protocol):
    """Results of a study of which other shards may be done elsewhere."""

    @property
    def done(self) -> int:
        """Fits that are done."""

    @property
    def failed(self) -> Mapping[str, str]:
        """Fit to what went wrong."""

    @property
    def waiting(self) -> int:
        """Fits that are not done yet."""


def said_of_shard(shard: str, result: Shared, *, out: Path) -> str:
    """What a run says that did a share of the fits."""
    collect = shlex.join(["bayes-alliance", "collect", str(out)])
    fits = result.done + len(result.failed) + result.waiting
    text = f"{result.done} of {fits} fits of the study are in {out}"
    if result.failed:
        text += f"; {len(result.failed)} failed ({', '.join(result.failed)})"
    return f"Shard {shard} is done; {text}. When all shards are done: {collect}"
