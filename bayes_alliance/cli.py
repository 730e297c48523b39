"""The command line: from a ratings file to a fit, its checks and its report.

Each command does one thing, tells what it did and where to look next, and ends with 0 (done),
1 (done, but a check failed), 2 (bad input, every problem listed) or 130 (interrupted; draws made so
far are kept). Heavy packages load only in the commands that sample or draw.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import bayes_alliance as ba
from bayes_alliance import reporting
from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.reporting import files

if TYPE_CHECKING:
    from bayes_alliance.posterior.checks import Check
    from bayes_alliance.ratings import Ratings
    from bayes_alliance.specification import ModelSpec

DONE, CHECK_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
RECOMMENDED = "informant_growth"

app = typer.Typer(
    name="bayes-alliance",
    help="Bayesian growth models for several people rating the same relationship over time.",
    epilog="First steps: [bold]bayes-alliance demo[/bold] shows everything on a synthetic example. "
    "With your own data: describe the columns in a study file, then "
    "[bold]check[/bold], then [bold]fit[/bold].",
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


@app.command(
    epilog="Writes a fit and its report as [bold]fit[/bold] does. Replaces an earlier demo, but "
    "nothing else."
)
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = Path("demo-report"),
    seed: Seed = 1,
) -> None:
    """Fit the recommended model to a synthetic example and write the report."""
    with _door():
        ratings = ba.load_example("usual_care")
        spec = ba.load_model(RECOMMENDED)
        typer.echo(f"{ratings}\n")
        _fit(
            spec,
            ratings,
            out,
            sampler={"seed": seed},
            facts={"command": "demo"},
            force=_is_demo(out),
        )


@app.command(epilog="Nothing is written. Ends with 2 if anything is wrong, listing every problem.")
def check(ratings: RatingsFile, study: StudyFile) -> None:
    """Read and describe ratings: who rated when, who left, what is missing."""
    with _door():
        typer.echo(str(ba.read_ratings(ratings, study=study)))


@app.command(
    epilog="To change a model: [bold]bayes-alliance models informant_growth --toml > mine.toml"
    "[/bold], edit, then [bold]fit --model mine.toml[/bold]."
)
def models(
    name: Annotated[
        str | None,
        typer.Argument(help="A model's name or TOML file; all are listed if not given."),
    ] = None,
    toml: Annotated[bool, typer.Option("--toml", help="Print the model file itself.")] = False,
) -> None:
    """List the models, or print one in words and symbols with its priors and their reasons."""
    with _door():
        if name is None:
            for row in ba.list_models().itertuples():
                typer.secho(f"{row.name}  ({row.status})", bold=True)
                typer.echo(f"    {row.title}. {row.about}\n")
            typer.echo("bayes-alliance models NAME prints one, with its priors and their reasons.")
        else:
            spec = ba.load_model(name)
            typer.echo(spec.to_toml() if toml else str(spec))


@app.command(
    epilog="Writes fit.nc, summary.csv, estimands.csv, checks.json, run.json, report.html, "
    "report.md, figures/ and tables/. [bold]fit.nc contains the ratings[/bold]: keep it as you "
    "keep the data. Ends with 1 if a convergence check failed (results are kept), 130 if "
    "interrupted (draws made so far are kept)."
)
def fit(
    ratings: RatingsFile,
    study: StudyFile,
    out: Out,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help=f"Name of a model, or a model file (TOML). Not given: {RECOMMENDED}, without "
            "therapist effects if the study file names no therapists.",
            show_default=False,
        ),
    ] = None,
    without: Annotated[
        str,
        typer.Option(
            "--without",
            help="Levels to leave out of the model, as [bold]therapist[/bold] or "
            "[bold]therapist,clinic[/bold].",
            show_default=False,
        ),
    ] = "",
    covariates: Annotated[
        str,
        typer.Option(
            "--covariates",
            help="Covariates of the study file to add, as [bold]anxiety,female[/bold]; they act "
            "on the level and on the slope.",
            show_default=False,
        ),
    ] = "",
    seed: Seed = 1,
    chains: Annotated[int, typer.Option("--chains", min=1, help="Independent chains.")] = 4,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Kept draws of each chain.")] = 1000,
    tune: Annotated[
        int | None,
        typer.Option(
            "--tune",
            min=1,
            help="Warm-up draws of each chain; 400 with the collapsed engine, 1000 with pymc.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="auto: the fastest that computes the model exactly.")
    ] = "auto",
    force: Force = False,
) -> None:
    """Fit a model to ratings, check the fit, and write the report."""
    with _door():
        started = time.perf_counter()
        value = ba.read_ratings(ratings, study=study)
        spec = ba.without(ba.load_model(model or RECOMMENDED), *_names(without))
        if model is None and spec.therapist is not None and not value.has_therapists:
            spec = ba.without(spec, "therapist")
            typer.echo("The study file names no therapists: the model has no therapist effects.")
        spec = _with_covariates(spec, value, covariates)
        facts = {
            "command": "fit",
            "files": {str(path): _hash(path) for path in (ratings, study)},
            "read": time.perf_counter() - started,
        }
        sampler: dict[str, int | str] = {
            "seed": seed,
            "chains": chains,
            "draws": draws,
            "engine": engine,
        }
        if tune is not None:
            sampler["tune"] = tune
        _fit(spec, value, out, sampler=sampler, facts=facts, force=force)


@app.command(epilog="The report holds summaries only, the saved fit holds the ratings.")
def report(
    saved: Annotated[
        Path, typer.Argument(metavar="FIT.nc", help="A saved fit.", show_default=False)
    ],
    out: Out,
    force: Force = False,
) -> None:
    """Write the report of a saved fit again."""
    with _door():
        fitted = ba.Fit.load(saved)
        checks = (ba.checks.convergence(fitted),)
        page = reporting.report.write(fitted, out, checks=checks, force=force)
        typer.echo(f"Report: {page}")
        _end(checks, interrupted=fitted.interrupted, resume="")


@app.command(
    epilog="Next: [bold]bayes-alliance fit DIR/ratings.csv --study DIR/study.toml --out RESULTS"
    "[/bold]; compare RESULTS/summary.csv with the quantities in DIR/truth.json."
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
    with _door():
        made, truth = ba.simulate(families=families, therapists=therapists, seed=seed)
        names = ("ratings.csv", "study.toml", "truth.json")
        place = files.folder_for(out, *names, force=force)
        made.write(place, overwrite=force)
        files.write_text(place / "truth.json", truth.to_json())
        typer.echo(f"{made}\n\nWritten to {place}: {', '.join(names)}")


def main() -> None:
    """Run the command line."""
    app()


@contextmanager
def _door() -> Iterator[None]:
    """Turn bad input and interruption into messages and exit codes, without a traceback."""
    try:
        yield
    except InputError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_INPUT) from None
    except KeyboardInterrupt:
        typer.echo("Interrupted before any draw was kept; no fit was written.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _fit(
    spec: "ModelSpec",
    ratings: "Ratings",
    out: Path,
    *,
    sampler: dict[str, int | str],
    facts: dict[str, object],
    force: bool,
) -> None:
    """Fit, check, write, and say what was found and where it lies."""
    place = files.folder_for(out, "fit.nc", "run.json", "report.html", force=force)
    typer.echo(f"Fitting {spec.name} ({spec.title}).")
    fitted = ba.fit(spec, ratings, **sampler)
    sampled = time.perf_counter()
    checks = (ba.checks.convergence(fitted),)
    seconds = {"read": facts.pop("read", 0.0)} | fitted.seconds
    checked = time.perf_counter()
    seconds["check"] = checked - sampled
    entries = facts | {"asked": sampler}
    reporting.results.write(
        fitted, place, checks=checks, facts=entries | {"seconds": seconds}, force=force
    )
    if fitted.interrupted:
        again = f"bayes-alliance report {place / 'fit.nc'} --out {place} --force"
        _end(checks, interrupted=True, resume=f"For a report of them: {again}")
    written = time.perf_counter()
    seconds["write"] = written - checked
    page = reporting.report.write(fitted, place, checks=checks, force=True)
    seconds["report"] = time.perf_counter() - written
    reporting.results.write_run(fitted, place, facts=entries | {"seconds": seconds})
    typer.echo(reporting.report.headline(fitted))
    typer.echo(f"\nReport: {page}\nNumbers: {place / 'summary.csv'}, {place / 'estimands.csv'}")
    typer.echo(
        f"Saved fit, with the ratings in it (keep it as you keep the data): {place / 'fit.nc'}"
    )
    _end(checks, interrupted=False, resume="")


def _end(checks: "tuple[Check, ...]", *, interrupted: bool, resume: str) -> None:
    """Say loudly what a reader must know, and end with its exit code."""
    for check in checks:
        if check.verdict != "pass":
            word = "CHECK FAILED" if check.verdict == "fail" else "Warning"
            typer.echo(f"\n{word}: {check.name}. {check.sentence}", err=True)
    if interrupted:
        typer.echo(f"\nINTERRUPTED: the draws made so far are kept. {resume}".rstrip(), err=True)
        raise typer.Exit(INTERRUPTED)
    if any(check.verdict == "fail" for check in checks):
        raise typer.Exit(CHECK_FAILED)


def _with_covariates(spec: "ModelSpec", ratings: "Ratings", names: str) -> "ModelSpec":
    """Add the covariates named on the command line."""
    asked = _names(names)
    level_of = {covariate.name: covariate.level for covariate in ratings.covariates}
    problems = [
        Problem(where="--covariates", value=name, message=_unknown(name, tuple(level_of)))
        for name in asked
        if name not in level_of
    ]
    if problems:
        raise InputError(problems, "covariates")
    if not asked:
        return spec
    grows = tuple(term for term in ("level", "slope") if term in spec.trajectory.coefficients)
    return ba.with_covariates(
        spec, {name: ("rating",) if level_of[name] == "occasion" else grows for name in asked}
    )


def _names(listed: str) -> list[str]:
    """Split names separated by commas."""
    return [name.strip() for name in listed.split(",") if name.strip()]


def _unknown(name: str, known: tuple[str, ...]) -> str:
    if not known:
        return "the study file names no covariates; list them under [covariates]"
    return f"the study file has {', '.join(known)}.{nearest(name, known)}"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_demo(out: Path) -> bool:
    """Whether a folder holds an earlier demo, which a new one may replace."""
    try:
        return json.loads((out / "run.json").read_text(encoding="utf-8")).get("command") == "demo"
    except (OSError, ValueError):
        return False
