"""Would the paper say the same under other priors? Refits over a stated grid of them.

One block of priors at a time is made wider or narrower, the model is fitted again (the collapsed
engine compiles nothing for a new prior), and every stated conclusion gets a verdict, and the prior
at which it would fall (`tipping`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

import pandas as pd

from bayes_alliance.errors import InputError, Problem, Seed, checked_arguments
from bayes_alliance.numerals import exact, printed
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.words import Words
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.blocks import block_of, widened
from bayes_alliance.studies.asked import asked
from bayes_alliance.studies.conclusions import SUPPORTED, Conclusion
from bayes_alliance.studies.names import readable
from bayes_alliance.studies.prior_axes import STEP, Axis
from bayes_alliance.studies.prior_refit import AS_STATED, refit
from bayes_alliance.studies.runner import Place, Results, run
from bayes_alliance.studies.tipping import Search, nothing_changes
from bayes_alliance.studies.tipping_words import sentences

FACTORS = (0.25, 0.5, 2.0, 4.0)

type Standing = Literal["stands", "depends on the prior", "undetermined"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PriorStudy:
    """Results of refits under other priors.

    Parameters
    ----------
    quantities : DataFrame
        Columns block, factor, quantity, mean, sd, lower, upper (95%), ess_bulk, r_hat; a row per
        refit and quantity. The refit under the priors as stated has factor 1.
    support : DataFrame
        Index (block, factor), a column per conclusion: its posterior probability.
    verdicts : DataFrame
        Index conclusion; columns verdict, support (priors as stated), lowest, highest, blocks
        (those that change the conclusion).
    failed : dict
        Refit to what went wrong.
    tipping : DataFrame
        Where conclusions change, as from `tipping.Search.table`.
    flat : tuple of str
        Blocks whose priors are flat, in each correlation or in their average, and cannot be made
        wider.
    waiting : int
        Refits that other shards have not done yet; there are no verdicts before.
    searched : int
        Further fits that are done, in which tipping points were searched for.
    synthetic : bool
        Whether it is about synthetic ratings.
    words : Words
        What blocks of priors are called for print.
    """

    quantities: pd.DataFrame
    support: pd.DataFrame
    verdicts: pd.DataFrame
    failed: dict[str, str]
    tipping: pd.DataFrame = field(default_factory=nothing_changes)
    flat: tuple[str, ...] = ()
    waiting: int = 0
    searched: int = 0
    synthetic: bool = False
    words: Words = field(default_factory=Words)

    @property
    def done(self) -> int:
        """Refits that are done, those of the search among them."""
        return len(self.support) + self.searched

    @property
    def sentence(self) -> str:
        """The verdicts in words, and the priors at which they would change."""
        return " ".join([self.standing, *self.tipping_sentences])

    @property
    def standing(self) -> str:
        """The verdicts in words."""
        if self.waiting:
            n = self.waiting
            return f"{n} refit{' is' if n == 1 else 's are'} not done yet: there are no verdicts."
        parts = []
        for name, row in self.verdicts.iterrows():
            text = f"“{readable(str(name), self.words)}” {row['verdict']}"
            if row["blocks"]:
                text += f" ({self.words.said(row['blocks'])})"
            parts.append(
                f"{text}: support {_support(row['support'])}, over all priors "
                f"{_support(row['lowest'])} to {_support(row['highest'])}"
            )
        text = "; ".join(parts) + "." if parts else "No conclusion was stated."
        if self.failed:
            n, named = len(self.failed), self.words.said(", ".join(self.failed))
            text += f" {n} refit{'' if n == 1 else 's'} failed: {named}."
        return text

    @property
    def tipping_sentences(self) -> tuple[str, ...]:
        """At which prior each conclusion would change."""
        return tuple(sentences(self.tipping, self.flat, self.words))

    def __repr__(self) -> str:
        n, more = len(self.support), self.searched
        further = f", and {more} more in search of tipping points" if more else ""
        return f"Prior study, {n} fits{further}. {self.sentence}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>{self.verdicts.to_html()}"


@checked_arguments
def grid(
    spec: ModelSpec,
    ratings: Ratings,
    *,
    conclusions: Sequence[Conclusion] = (),
    seed: Seed,
    factors: Sequence[float] = FACTORS,
    place: Place | None = None,
) -> PriorStudy:
    """Fit a model under its priors as stated and with each block of priors wider and narrower.

    Parameters
    ----------
    conclusions : sequence of Conclusion
        What is to be said; each gets a verdict.
    factors : sequence of float
        By which the scales of a block's priors are multiplied.
    place : Place, optional
        Where results are kept (a folder makes the study resumable) and how many processes compute.

    Returns
    -------
    PriorStudy
        A conclusion is supported at a probability above 0.975. It *stands* if that holds under all
        priors, *depends on the prior* if it holds under some only, and is *undetermined* if it
        holds under none.

    Raises
    ------
    InputError
        If the model cannot be fitted to these ratings, a conclusion is about a quantity it does
        not have, a factor is not positive, the folder holds another study, or every fit failed.
    """
    pieces: dict[str, dict[str, Any]] = {f"{AS_STATED} x 1": {"block": AS_STATED, "factor": 1.0}}
    specs = {f"{AS_STATED} x 1": spec}
    bad = [
        Problem(where="factors", value=factor, message="must be above 0 and not 1")
        for factor in factors
        if not factor > 0.0 or factor == 1.0
    ]
    if bad:
        raise InputError(bad, "prior study")
    for block in dict.fromkeys(block_of(spec).values()):
        for factor in factors:
            key = f"{block} x {exact(factor)}"
            pieces[key] = {"block": block, "factor": float(factor)}
            specs[key] = widened(spec, block, factor)
    place = place or Place()
    about, shared = asked(
        "prior grid", spec, ratings, conclusions=conclusions, seed=seed, place=place
    )
    about |= {"factors": list(factors), "step": STEP}
    shared |= {"stated": about["spec"]}
    for key, piece in pieces.items():
        piece |= shared | {"spec": specs[key].to_toml()}
    results = run(refit, pieces, about=about, place=place)
    # What is wanted next depends on all results: a shard goes on where they are all in its folder.
    while more := wanted(about, results):
        for key, (axis, at) in more.items():
            varied = axis.varied(spec, at).to_toml()
            pieces[key] = shared | {"spec": varied, "axis": vars(axis), "place": at}
        results = run(refit, pieces, about=about, place=place)
    return prior_study(about, results)


def wanted(about: Mapping[str, Any], results: Results) -> dict[str, tuple[Axis, float]]:
    """Refits that the search for tipping points asks for next, by key: where on which axis."""
    return _search(about, results).wanted()


def prior_study(about: Mapping[str, Any], results: Results) -> PriorStudy:
    """Put refits together.

    Parameters
    ----------
    about : mapping
        What the study is, as its folder says.
    """
    search = _search(about, results)
    done = [result for result in results.done.values() if "block" in result]
    rows = [
        {"block": result["block"], "factor": result["factor"]} | quantity
        for result in done
        for quantity in result["quantities"]
    ]
    columns = ["block", "factor", "quantity", "mean", "sd", "lower", "upper", "ess_bulk", "r_hat"]
    settings = ([result[name] for result in done] for name in ("block", "factor"))
    names = [] if results.waiting else [stated["name"] for stated in about["conclusions"]]
    support = pd.DataFrame(
        [[result["support"][name] for name in names] for result in done],
        index=pd.MultiIndex.from_arrays(list(settings), names=["block", "factor"]),
        columns=names,
    )
    verdicts = pd.DataFrame(
        [_verdict(support[name]) for name in names],
        index=pd.Index(names, name="conclusion"),
        columns=["verdict", "support", "lowest", "highest", "blocks"],
    )
    return PriorStudy(
        quantities=pd.DataFrame(rows, columns=columns),
        support=support,
        verdicts=verdicts,
        failed=dict(results.failed),
        tipping=search.table(),
        flat=search.flat,
        waiting=results.waiting,
        searched=len(results.done) - len(done),
        synthetic=about["synthetic"],
        words=Words(**about["words"]),
    )


def _search(about: Mapping[str, Any], results: Results) -> Search:
    """What all refits say about where conclusions change; nothing before all of them are done."""
    done = {} if results.waiting else results.done
    known = any(result["points"] for result in done.values())
    return Search(
        stated=ModelSpec.from_text(about["spec"]),
        conclusions=tuple(one["name"] for one in about["conclusions"]) if known else (),
        points=[point for result in done.values() for point in result["points"]],
        flat=tuple(dict.fromkeys(block for result in done.values() for block in result["flat"])),
        failed=frozenset(results.failed),
    )


def _verdict(support: pd.Series) -> dict[str, Any]:
    holds = support > SUPPORTED
    stated = bool(holds.get((AS_STATED, 1.0), False))
    verdict: Standing = (
        "stands" if holds.all() else "depends on the prior" if holds.any() else "undetermined"
    )
    # Blocks under which the conclusion is other than under the priors as stated.
    other = holds[holds != stated]
    blocks = dict.fromkeys(block for block, _ in other.index)
    return {
        "verdict": verdict,
        "support": float(support.get((AS_STATED, 1.0), float("nan"))),
        "lowest": float(support.min()),
        "highest": float(support.max()),
        "blocks": ", ".join(blocks),
    }


def _support(probability: float) -> str:
    return printed(probability, 3, bounded=True)
