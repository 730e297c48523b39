"""Commands that read, list and make: nothing is fitted."""

from typing import Annotated

import typer

import bayes_alliance as ba
from bayes_alliance.cli.app import Force, Out, RatingsFile, StudyFile, app
from bayes_alliance.cli.door import door
from bayes_alliance.cli.markup import bold
from bayes_alliance.ratings.study.reference import reference
from bayes_alliance.reporting import files


@app.command(epilog="Nothing is written. Ends with 2 if anything is wrong, listing every problem.")
def check(ratings: RatingsFile, study: StudyFile) -> None:
    """Read and describe ratings: who rated when, who left, what is missing."""
    with door():
        typer.echo(str(ba.read_ratings(ratings, study=study)))


@app.command(
    "study-file",
    epilog=f"A study file needs {bold('layout')}, {bold('[columns]')}, {bold('[informants]')} and "
    f"{bold('[scale]')}; the rest is optional.",
)
def study_file() -> None:
    """Print every key of the study file, with an example and what it means."""
    typer.echo(reference(), nl=False)


@app.command(
    epilog="To change a model: "
    f"{bold('bayes-alliance models informant_growth --toml > mine.toml')}, edit, then "
    f"{bold('fit --model mine.toml')}."
)
def models(
    name: Annotated[
        str | None, typer.Argument(help="A model's name or TOML file; all are listed if not given.")
    ] = None,
    toml: Annotated[bool, typer.Option("--toml", help="Print the model file itself.")] = False,
) -> None:
    """List the models, or print one in words and symbols with its priors and their reasons."""
    with door():
        if name is None:
            for row in ba.list_models().itertuples():
                typer.secho(f"{row.name}  ({row.status})", bold=True)
                typer.echo(f"    {row.title}. {row.about}\n")
            typer.echo("bayes-alliance models NAME prints one, with its priors and their reasons.")
        else:
            spec = ba.load_model(name)
            typer.echo(spec.to_toml() if toml else str(spec))


@app.command(
    epilog="Next: "
    f"{bold('bayes-alliance fit DIR/ratings.csv --study DIR/study.toml --out RESULTS')}; compare "
    "RESULTS/summary.csv with the quantities in DIR/truth.json."
)
def simulate(
    families: Annotated[
        int, typer.Option("--families", help="Number of families.", show_default=False)
    ],
    out: Out,
    therapists: Annotated[
        int | None,
        typer.Option("--therapists", help="Number of therapists; 85 for every 209 families."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same ratings.")] = 1,
    force: Force = False,
) -> None:
    """Simulate ratings whose truth is known: ratings.csv, study.toml and truth.json."""
    with door():
        made, truth = ba.simulate(families=families, therapists=therapists, seed=seed)
        texts = {
            "ratings.csv": made.to_wide().to_csv(index=False),
            "study.toml": made.study.to_toml(),
            "truth.json": truth.to_json(),
        }
        contents = {name: text.encode() for name, text in texts.items()}
        place = files.put(out, {"simulation": contents}, force=force)
        typer.echo(f"{made}\n\nWritten to {place}: {', '.join(contents)}")
