"""What the commands of all studies share: where they are computed, going on, what they write."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bayes_alliance.cli.app import Out, app
from bayes_alliance.cli.door import CHECK_FAILED, door
from bayes_alliance.cli.sharing import (
    OF_THE_PLACE,
    Array,
    Cluster,
    ShardOf,
    Workers,
    array_script,
    place,
    said_of_shard,
)
from bayes_alliance.reporting.escaping import csv
from bayes_alliance.reporting.files import folder_for, put

if TYPE_CHECKING:
    from bayes_alliance.studies.collect import Collected

VERDICTS = ("verdicts.csv", "support.csv", "quantities.csv", "tipping.csv")
ATLAS = ("atlas.csv", "not_made.csv")
SHARES = ("assurance.csv",)
RANKS = ("ranks.csv", "calibration.csv")
GOES_ON = "Interrupted: what is done is kept; the same command goes on from there."

type Prepared = Callable[..., "Collected"]


def study_command(
    *tables: str, epilog: str
) -> Callable[[Callable[..., Prepared]], Callable[..., None]]:
    """Make a command of a function that says which study is wanted.

    The function reads what it is given and returns what computes the study at a ``place``. The
    command has its options, those that say where and ``--out``. It refuses a folder that is not its
    own before anything is read, prints the script of a cluster instead if that is asked for, and
    says what a shard did or writes the tables and the page of a study that is done.

    Parameters
    ----------
    *tables : str
        Names of the tables the study writes.
    epilog : str
        Said below the options.
    """

    def register(prepare: Callable[..., Prepared]) -> Callable[..., None]:
        own = inspect.signature(prepare, eval_str=True)

        @wraps(prepare, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
        def command(
            context: typer.Context,
            out: Out,
            workers: Workers = 1,
            cluster: Cluster = None,
            shard: ShardOf = "",
            array: Array = "",
            **given: Any,
        ) -> None:
            with door(GOES_ON):
                look(out, tables)
                # The function names the context if it asks which options were given.
                study = prepare(**given, **({"context": context} if _asks(own) else {}))
                if array:
                    typer.echo(array_script(context, scheduler=array, tasks=workers, out=out))
                    return
                where = place(out, workers=workers, cluster=cluster, shard=shard)
                result = study(place=where)
                if shard:
                    typer.echo(said_of_shard(shard, result, out=out))
                    return
                end(out, result)

        _has_options_of_both(command, own)
        app.command(epilog=epilog)(command)
        return command

    return register


def _asks(own: inspect.Signature) -> bool:
    return "context" in own.parameters


def _has_options_of_both(command: Callable[..., None], own: inspect.Signature) -> None:
    """Give a command the signature of which its options are made: files, folder, choices, place."""
    common = inspect.signature(command, eval_str=True, follow_wrapped=False).parameters
    context, out = (common[name] for name in ("context", "out"))
    mine = [one for name, one in own.parameters.items() if name != "context"]
    needed = [one for one in mine if one.default is one.empty]
    optional = [one for one in mine if one.default is not one.empty]
    optional += [one for name, one in common.items() if name in OF_THE_PLACE]
    together = [one.replace(kind=one.KEYWORD_ONLY) for one in (context, *needed, out, *optional)]
    command.__signature__ = inspect.Signature(together)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in together}


def look(out: Path, names: tuple[str, ...]) -> None:
    """Refuse a folder in which somebody else's files have the names of tables, before any fit."""
    if out.exists():
        folder_for(out, *names, force=True)


def end(out: Path, result: "Collected") -> None:
    """Write what a study found and say where; end with 1 if a calibration failed."""
    # Loaded when asked for: other commands are to start at once.
    from bayes_alliance.studies.calibrate import Calibration

    typer.echo(written(out, result))
    if isinstance(result, Calibration) and result.check.verdict == "fail":
        raise typer.Exit(CHECK_FAILED)


def written(out: Path, result: "Collected") -> str:
    """Replace the files of an earlier run of the same study, and nothing else; say where."""
    # Loaded when asked for: other commands are to start at once.
    from bayes_alliance.reporting.document import study_page
    from bayes_alliance.studies.assurance import Assurance
    from bayes_alliance.studies.calibrate import Calibration
    from bayes_alliance.studies.grid import PriorStudy

    parts: dict[str, Mapping[str, bytes]] = {"report": study_page.composed(result)}
    names: tuple[str, ...]
    if isinstance(result, Calibration):
        tables, names = [csv(one, index=True) for one in (result.ranks, result.table)], RANKS
    elif isinstance(result, PriorStudy):
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
    return f"{result}\n\nReport: {out / 'report.html'}\nTables: {out}"
