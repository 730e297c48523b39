"""The command that drafts a study file: what a ratings file seems to hold, to be corrected."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from bayes_alliance.cli.app import RatingsFile, app
from bayes_alliance.cli.door import door
from bayes_alliance.cli.markup import bold
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.drafting import drafted
from bayes_alliance.writing import write_bytes


@app.command(
    epilog="Next: read its first lines, correct it in any editor, then "
    f"{bold('check RATINGS --study STUDY')}. What is there already is never replaced."
)
def draft(
    ratings: RatingsFile,
    sheet: Annotated[
        str | None,
        typer.Option(
            "--sheet",
            help="Sheet of an Excel file: its name, or its number counted from 1. Not given: the "
            "one with most numbers.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Study file to write.")] = Path("study.toml"),
) -> None:
    """Look at a ratings file and write the study file that it seems to need, with comments."""
    with door():
        _free(out)
        made = drafted(ratings, sheet=sheet)
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_bytes(out, made.text.encode(), replace=False)
        except FileExistsError:
            _free(out)
        typer.echo(f"Written to {out}.")
        if made.decide:
            typer.echo("\nTo be decided by a person who knows the study (its first lines):")
            typer.echo("\n".join(f"  {at}. {one}" for at, one in enumerate(made.decide, start=1)))
        files = [shlex.quote(str(file)) for file in (ratings, out)]
        typer.echo(f"\nNext: bayes-alliance check {files[0]} --study {files[1]}")


def _free(out: Path) -> None:
    """Refuse a name that is taken."""
    if out.exists():
        message = "is there already and is not replaced; name another file with --out"
        raise InputError([Problem(where=str(out), message=message)], "study file not written")
