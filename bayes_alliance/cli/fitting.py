"""Commands that fit and report."""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Required, TypedDict

import typer

import bayes_alliance as ba
from bayes_alliance import estimands, results
from bayes_alliance.cli import leaving as of_leaving
from bayes_alliance.cli.app import (
    RECOMMENDED,
    Covariates,
    Force,
    Model,
    Out,
    RatingsFile,
    Seed,
    StudyFile,
    Without,
    app,
    chosen_model,
    end,
)
from bayes_alliance.cli.door import door
from bayes_alliance.cli.keeping import FIT, kept, resuming
from bayes_alliance.cli.markup import bold
from bayes_alliance.reporting import document, files

if TYPE_CHECKING:
    from bayes_alliance.estimands.usual import UsualAnalysis
    from bayes_alliance.posterior.fit import Fit
    from bayes_alliance.ratings import Ratings
    from bayes_alliance.reporting.tables import Study
    from bayes_alliance.results.collection import Reported
    from bayes_alliance.results.side_by_side import SideBySide
    from bayes_alliance.specification import ModelSpec

UNFITTED = "Interrupted before any draw was kept; no fit was written."


@dataclass(frozen=True, kw_only=True)
class _Beside:
    """What is fitted beside the model: each informant alone, and what leaving of whom follows."""

    usual: bool = False
    leaving: tuple[str, ...] = ()


class Asked(TypedDict, total=False):
    """What a command asks of `ba.fit`, which checks it."""

    seed: Required[int]
    chains: int
    draws: int
    tune: int
    engine: Any  # text, of which `ba.fit` knows what is allowed


Usual = Annotated[
    bool,
    typer.Option(
        "--usual", help="Also fit each informant alone, and put that analysis beside the report's."
    ),
]


@app.command(
    epilog=f"Writes a fit and its report as {bold('fit')} does. Replaces an earlier demo, but "
    "nothing else."
)
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = Path("demo-report"),
    seed: Seed = 1,
) -> None:
    """Fit the recommended model to a synthetic example and write the report."""
    with door(UNFITTED):
        ratings = ba.load_example("usual_care")
        spec = ba.load_model(RECOMMENDED)
        typer.echo(f"{ratings}\n")
        _fit(
            spec,
            ratings,
            out,
            asked={"seed": seed},
            facts={"command": "demo"},
            beside=_Beside(usual=True),
            force=_is_demo(out),
        )


@app.command(
    epilog="Writes fit.nc, summary.csv, estimands.csv, checks.json, run.json, report.html, "
    "report.md, paper.md, paper.qmd, paper.tex, paper.docx, figures/, tables/ and manifest.json, "
    "the list of them; with --leaving also leaving.csv and tipping.csv. "
    f"{bold('fit.nc contains the ratings')}: keep it as you keep the data. Ends with 1 if a "
    "convergence check failed (results are kept), 130 if interrupted (draws made so far are kept)."
)
def fit(
    ratings: RatingsFile,
    study: StudyFile,
    out: Out,
    model: Model = None,
    without: Without = "",
    covariates: Covariates = "",
    seed: Seed = 1,
    chains: Annotated[int, typer.Option("--chains", min=1, help="Independent chains.")] = 4,
    draws: Annotated[
        int | None,
        typer.Option(
            "--draws",
            min=1,
            help="Kept draws of each chain; 1000, or 3000 where effects are sampled.",
            show_default=False,
        ),
    ] = None,
    tune: Annotated[
        int | None,
        typer.Option(
            "--tune",
            min=1,
            help="Warm-up draws of each chain; 400 with collapsed, 600 or 1000 with pymc.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="auto: the fastest that computes the model exactly.")
    ] = "auto",
    usual: Usual = False,
    leaving: of_leaving.Who = "",
    force: Force = False,
) -> None:
    """Fit a model to ratings, check the fit, and write the report."""
    with door(UNFITTED):
        started = time.perf_counter()
        value = ba.read_ratings(ratings, study=study)
        spec = chosen_model(value, model=model, without=without, covariates=covariates)
        facts = {
            "command": "fit",
            "files": {_as_text(path): _hash(path) for path in (ratings, study)},
            "read": time.perf_counter() - started,
        }
        asked: Asked = {"seed": seed, "chains": chains, "engine": engine}
        if draws is not None:
            asked["draws"] = draws
        if tune is not None:
            asked["tune"] = tune
        beside = _Beside(usual=usual, leaving=of_leaving.who(spec, value, leaving))
        _fit(spec, value, out, asked=asked, facts=facts, beside=beside, force=force)


@app.command(epilog="The report holds summaries only, the saved fit holds the ratings.")
def report(
    saved: Annotated[
        Path, typer.Argument(metavar="FIT.nc", help="A saved fit.", show_default=False)
    ],
    out: Out,
    usual: Usual = False,
    studies: Annotated[
        list[Path] | None,
        typer.Option(
            "--studies",
            metavar="DIR",
            help="Folder of a finished prior study or atlas of the same model and ratings, to be "
            "reported too; may be given more than once.",
            show_default=False,
        ),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            "--beside",
            metavar="FIT.nc",
            help="Another saved fit, of any model and ratings, whose estimates are to stand beside "
            "those of this one; may be given up to three times.",
            show_default=False,
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Write the report of a saved fit again, with finished studies and other fits."""
    with door("Interrupted: no report was written; the saved fit is as it was."):
        fitted = ba.Fit.load(saved)
        files.folder_for(out, *document.composition.FILES, force=force)
        joined = _finished(studies or [], fitted)
        checks = ba.checks.standard(fitted)
        joined += [_usual(fitted)] if usual else []
        joined += [_others(saved, fitted, beside)] if beside else []
        page = document.report.write(fitted, out, checks=checks, studies=joined, force=force)
        typer.echo(f"Report: {page}")
        end(checks, interrupted="the draws made so far are kept." if fitted.interrupted else "")


def _fit(
    spec: "ModelSpec",
    ratings: "Ratings",
    out: Path,
    *,
    asked: Asked,
    facts: dict[str, object],
    beside: _Beside,
    force: bool,
) -> None:
    """Fit, check, write, and print the main results and where the files are."""
    own = of_leaving.FILES if beside.leaving else ()
    names = (*document.results.FILES, *document.composition.FILES, *own)
    place = files.folder_for(out, *names, force=force)
    typer.echo(f"Fitting {spec.name} ({spec.title}).")
    fitted = ba.fit(spec, ratings, **asked)
    seconds = {"read": facts.pop("read", 0.0)} | fitted.seconds
    with kept(fitted, place) as saved:
        started = time.perf_counter()
        checks = ba.checks.standard(fitted)
        checked = time.perf_counter()
        records = results.collection.collected(fitted)
        parts = {"numbers": document.results.numbers(records, checks=checks)}
        wrote = time.perf_counter()
        seconds |= {"check": checked - started, "write": wrote - checked}
        if not fitted.interrupted:
            studies: list[Study] = [_usual(fitted)] if beside.usual else []
            compared = time.perf_counter()
            seconds |= {"usual analysis": compared - wrote} if beside.usual else {}
            if beside.leaving:
                study = of_leaving.study(fitted, beside.leaving)
                parts["leaving"] = of_leaving.contents(study)
                studies.append(study)
                seconds["leaving"] = time.perf_counter() - compared
                compared = time.perf_counter()
            parts["report"] = document.composition.composed(records, checks=checks, studies=studies)
            seconds["report"] = time.perf_counter() - compared
        facts |= {"asked": asked, "seconds": seconds}
        parts["run"] = document.results.run_file(fitted, facts=facts)
        # What is in its place already stays; an interrupted fit takes nobody's.
        if saved.name == FIT:
            files.put(place, parts, force=force)
        elif not fitted.interrupted:
            files.put(place, parts | {"fit": {FIT: saved}}, force=force)
        if fitted.interrupted:
            made = f"the draws made so far are kept: {saved}. For a report of them: "
            end(checks, interrupted=made + resuming(saved))
        _say_where(place, records)
        end(checks)


def _say_where(place: Path, records: "Reported") -> None:
    """Print the main results and where the files are."""
    typer.echo(document.report.headline(records))
    typer.echo(
        f"\nReport: {place / 'report.html'}\n"
        f"Numbers: {place / 'summary.csv'}, {place / 'estimands.csv'}\n"
        f"Saved fit, with the ratings in it (keep it as you keep the data): {place / FIT}"
    )


def _finished(folders: list[Path], fitted: "Fit") -> "list[Study]":
    """Read finished studies of a fit from their folders."""
    if not folders:
        return []
    # Loaded when asked for: other commands are to start at once.
    from bayes_alliance.studies.collect import of_fit

    return [of_fit(folder, fitted) for folder in folders]


def _usual(fitted: "Fit") -> "UsualAnalysis":
    """Fit each informant alone, to be put beside a fit of all together."""
    typer.echo(f"Fitting {estimands.usual.SEPARATE}, the usual analysis, to put beside it.")
    spec = estimands.usual.alone(fitted.spec)
    separate = ba.fit(spec, fitted.ratings, seed=fitted.seed, progress=False)
    return estimands.usual.side_by_side(separate, fitted)


def _others(saved: Path, fitted: "Fit", paths: list[Path]) -> "SideBySide":
    """Set saved fits beside one, by the titles of their models or, if two are alike, by files."""
    fits = {saved: fitted} | {path: ba.Fit.load(path) for path in paths}
    titles = [one.spec.title for one in fits.values()]
    names = titles if len(set(titles)) == len(titles) else [_as_text(path) for path in fits]
    return ba.side_by_side(dict(zip(names, fits.values(), strict=True)))


def _as_text(path: Path) -> str:
    """Return a file's name, bytes that are no text as their numbers."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_demo(out: Path) -> bool:
    """Whether a folder holds an earlier demo, which a new one may replace."""
    try:
        return json.loads((out / "run.json").read_text(encoding="utf-8")).get("command") == "demo"
    except (OSError, ValueError, AttributeError):
        return False
