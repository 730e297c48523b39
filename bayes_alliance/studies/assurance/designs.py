"""Assurance: how often studies of each size would reach their conclusions.

For every design and replicate a truth is drawn, ratings are made from it, the model is fitted, and
what it supports is kept (O'Hagan, Stevens and Campbell 2005, Pharmaceutical Statistics 4, 187). The
share of studies that reach a conclusion has a Jeffreys interval, for the Monte Carlo error.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayes_alliance.errors import InputError, Seed, checked_arguments
from bayes_alliance.studies.assurance import sentences
from bayes_alliance.studies.assurance.doubts import checked, doubts
from bayes_alliance.studies.assurance.plan import Plan, from_dict, from_file
from bayes_alliance.studies.assurance.shares import by_design, by_study, compared, ignoring
from bayes_alliance.studies.assurance.simulated import simulated
from bayes_alliance.studies.assurance.size import Size
from bayes_alliance.studies.assurance.tables import Method
from bayes_alliance.studies.assurance.truths import truths
from bayes_alliance.studies.runner import Place, Results, run


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Assurance:
    """How often studies of each size reach their conclusions.

    Parameters
    ----------
    table : DataFrame
        A row per design and conclusion: families, therapists, occasions, conclusion, assurance
        (share of studies that reach it), lower, upper (95%, Jeffreys), fits, true (share of
        studies in which it is), false_support (share in which it is reached and not true), width
        (median, of the 95% interval of what it is about), coverage (of the truth by that
        interval), approximate (share of the fits that are approximations), ratings (average
        number), cost; then missing, leaving and ceiling, those of which a design file lists
        several: share of the ratings that are missing, share of the families that leave after each
        occasion, upper end of the scale. The tables below have these columns, too.
    error : DataFrame
        Studies that were fitted both ways, by design and conclusion: families, therapists,
        occasions, conclusion, fits, approximate, exact (share that reach it), other (share with
        another verdict), difference (approximate minus exact), lower, upper (95%, Agresti and Min
        2005), support (mean distance of the two supports), width (median ratio of widths). Empty
        where nothing was approximated.
    price : DataFrame
        What ignoring therapists costs, by design and conclusion: families, therapists, occasions,
        conclusion, fits, then assurance, false_support and coverage with therapists in the model
        and, as assurance_without ..., without them. Empty unless asked for.
    plan : Plan
    done : int
        Fitted studies.
    failed : dict
        Study to what went wrong.
    waiting : int
        Studies that other shards have not done yet.
    """

    table: pd.DataFrame
    error: pd.DataFrame
    price: pd.DataFrame
    plan: Plan
    done: int
    failed: dict[str, str]
    waiting: int = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, in words: of every conclusion, under all circumstances; then the rest."""
        if self.waiting:
            n = self.waiting
            return (f"{n} {'study is' if n == 1 else 'studies are'} not done yet.",)
        said = list(self.of_conclusions)
        said += sentences.of_error(self.error, self.table)
        said += sentences.of_price(self.price)
        if self.failed:
            n = len(self.failed)
            noun = "study" if n == 1 else "studies"
            said.append(f"{n} simulated {noun} failed and count{'s' if n == 1 else ''} nowhere.")
        return tuple(said)

    @property
    def of_conclusions(self) -> tuple[str, ...]:
        """The first of the sentences: how often designs reach conclusions."""
        fits, budget = self.plan.simulation, self.plan.costs.budget
        said = sentences.of_conclusions(self.table, target=fits.target, budget=budget)
        return tuple(paragraph for own in said for paragraph in own)

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return f"{said}{self.table.to_html(index=False)}"


@checked_arguments
def read(path: str | Path) -> Plan:
    """Read a design file.

    Parameters
    ----------
    path : path
        Of a TOML file. Files that it names lie beside it.

    Raises
    ------
    InputError
        If there is no such file, it is not TOML, or anything in it is wrong; all of it at once.
    """
    file = Path(path)
    return checked(from_file(file), title=file.name)


@checked_arguments
def of(
    design: Plan | str | Path | Mapping[str, Any],
    *,
    seed: Seed | None = None,
    place: Place | None = None,
) -> Assurance:
    """Simulate studies of every size of a plan, and say how often they reach their conclusions.

    Parameters
    ----------
    design : Plan, path or mapping
        A design file, or a dictionary of its shape.
    seed : int, optional
        In place of that of the design file.
    place : Place, optional
        Where results are kept (a folder makes the study resumable) and how many processes compute.

    Returns
    -------
    Assurance
        A conclusion is reached at a posterior probability above 0.975.

    Raises
    ------
    InputError
        If anything in the design is wrong, a conclusion is about a quantity the model does not
        have, the folder holds another study, or every fit failed.
    """
    match design:
        case Plan():
            plan = design
            if problems := doubts(plan):
                raise InputError(problems, "design file")
        case Mapping():
            plan = checked(design, title="design file")
        case _:
            plan = read(design)
    seed = plan.simulation.seed if seed is None else seed
    spec, drawn = truths(plan, seed=seed)
    shared = {"plan": json.dumps(asdict(plan)), "spec": spec.to_toml()}
    pieces: dict[str, dict[str, Any]] = {}
    for size, method, number in _studies(plan):
        again = method != _method(plan)
        entropy = (seed, size.families, size.therapists, size.occasions, number)
        pieces[f"{size.words}: {number}{', in full' if again else ''}"] = shared | {
            "size": size.named,
            "number": number,
            "method": method,
            "compared": again,
            "truth": drawn[(number - 1) % len(drawn)],
            # Of the size and the number alone: both methods see the same ratings, and what
            # circumstances change is told from what chance does.
            "seed": int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> 1),
        }
    about = {
        "study": "assurance",
        **shared,
        "truths": hashlib.sha256(json.dumps(drawn).encode()).hexdigest(),
        "seed": seed,
    }
    results = run(simulated, pieces, about=about, place=place or Place())
    return assured(about, results)


def _method(plan: Plan) -> Method:
    asked = plan.simulation.method
    return asked or ("exact" if plan.spec.family.completion else "approximate")


def _studies(plan: Plan) -> list[tuple[Size, Method, int]]:
    """Every study that is simulated: its design, how it is fitted, and its number."""
    method, fits = _method(plan), plan.simulation
    sizes = plan.sizes
    studies = [(size, method, i) for size in sizes for i in range(1, fits.fits + 1)]
    n = min(fits.compared, len(sizes)) if method == "approximate" else 0
    # From the smallest design to the largest.
    by_size = sorted(sizes, key=lambda size: size.families * size.occasions)
    chosen = [by_size[round(at)] for at in np.linspace(0, len(sizes) - 1, n)]
    both = range(1, min(fits.compared_fits, fits.fits) + 1)
    return studies + [(size, "exact", i) for size in dict.fromkeys(chosen) for i in both]


def assured(about: Mapping[str, Any], results: Results) -> Assurance:
    """Put simulated studies together.

    Parameters
    ----------
    about : mapping
        What the study is, as its folder says.
    """
    plan = from_dict(json.loads(about["plan"]))
    everything = by_study(plan, results.done.values())
    asked = everything[~everything["compared"]]
    return Assurance(
        table=by_design(asked, plan.costs),
        error=compared(everything),
        price=ignoring(asked),
        plan=plan,
        done=len(results.done),
        failed=dict(results.failed),
        waiting=results.waiting,
    )
