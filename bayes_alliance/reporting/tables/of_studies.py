"""Tables for a paper that show several fits: models compared, other priors, the usual analysis."""

from collections.abc import Sequence

from bayes_alliance.errors import checked_arguments
from bayes_alliance.estimands.usual import UsualAnalysis
from bayes_alliance.estimands.usual_words import pairs_by_name
from bayes_alliance.numerals import apart
from bayes_alliance.posterior.compare import Comparison
from bayes_alliance.posterior.scalars import quantity_of
from bayes_alliance.reporting.prose.wording import headed, printed, spoken, with_interval
from bayes_alliance.reporting.tables.cells import OF_BOUNDED, arranged, decimals_of, pair_label
from bayes_alliance.reporting.tables.notes import MADE_UP, units
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.results.side_by_side import SideBySide
from bayes_alliance.specification.printing import brief
from bayes_alliance.studies.atlas import Atlas
from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.leaving import LeavingStudy
from bayes_alliance.studies.names import readable
from bayes_alliance.studies.power_scaling import SENSITIVE, PowerScaling

type Study = (
    PriorStudy | PowerScaling | UsualAnalysis | Comparison | SideBySide | LeavingStudy | Atlas
)

SCALED = 3  # decimals of power scaling
BOUNDED = ("share between children", "share between therapists", "agreement")


@checked_arguments
def comparison(compared: Comparison) -> PaperTable:
    """Models by how well they predict what was left out, for a paper.

    Parameters
    ----------
    compared : Comparison
        As from ``compare.leave_one_child_out``.

    Returns
    -------
    PaperTable
        Its ``frame`` is the table of the comparison.
    """
    rows = [
        {
            "stub": str(name),
            "elpd": printed(row["elpd"], 1),
            "SE": printed(row["se"], 1),
            "Δ elpd": printed(row["difference"], 1),
            "SE of Δ": printed(row["se_difference"], 1),
            "High k": printed(row["high_k"], 0),
            "Refitted": printed(row["refitted"], 0),
        }
        for name, row in compared.table.iterrows()
    ]
    made_up = f"{MADE_UP} " if compared.synthetic else ""
    n, unit = int(compared.table["units"].iloc[0]), compared.words.said(compared.unit)
    note = (
        f"{made_up}elpd: expected log predictive density, summed over {n:,} units, each a "
        f"{unit} left out; SE: its standard error over units; Δ: difference to the first "
        "model. High k: units whose Pareto k is too high for importance sampling; of these, "
        f"refitted: computed by a fit without the unit. {compared.sentence} {compared.reference}."
    )
    return PaperTable(
        name=f"comparison_by_{compared.unit}",
        title=f"Prediction of a {unit.title()} Left Out, by Model",
        frame=compared.table.reset_index(),
        shown=arranged(rows, "Model"),
        note=note,
    )


@checked_arguments
def prior_sensitivity(
    study: PriorStudy | PowerScaling, *, quantities: Sequence[str] | None = None
) -> PaperTable:
    """Whether conclusions or quantities lean on the priors, for a paper.

    Parameters
    ----------
    study : PriorStudy or PowerScaling
        As from ``sensitivity.grid`` or ``sensitivity.power_scaling``.
    quantities : sequence of str, optional
        Of power scaling, those to show; growth coefficients and whatever leans on a prior if not
        given.

    Returns
    -------
    PaperTable
        Its ``frame`` has a row per conclusion (refits), or per quantity (power scaling: all).
    """
    if isinstance(study, PowerScaling):
        return _power_scaling(study, quantities)
    rows = [
        {
            "stub": readable(str(name), study.words),
            "Verdict": str(row["verdict"]),
            "Support": printed(row["support"], SCALED, bounded=True),
            "Lowest": printed(row["lowest"], SCALED, bounded=True),
            "Highest": printed(row["highest"], SCALED, bounded=True),
            "Blocks that matter": study.words.said(str(row["blocks"])) or "–",
        }
        for name, row in study.verdicts.iterrows()
    ] or [{"stub": "No conclusion was stated", "Verdict": "–"}]
    factors = apart(sorted(set(study.support.index.get_level_values("factor"))))
    made_up = f"{MADE_UP} " if study.synthetic else ""
    failed = f" {len(study.failed)} further fits failed." if study.failed else ""
    more = study.searched
    fits, were = ("fit", "was") if more == 1 else ("fits", "were")
    searched = f" {more} further {fits} {were} made in search of tipping points." if more else ""
    note = (
        f"{made_up}The model was fitted {len(study.support)} times, each block of priors with its "
        f"scale multiplied by {', '.join(factors)}.{searched}{failed} Support: posterior "
        "probability of the conclusion under the priors as stated; lowest and highest: over these "
        f"priors. A conclusion is supported above {printed(SUPPORTED, SCALED, bounded=True)}; it "
        "stands if it is supported under all of them, depends on the prior if under some, and is "
        "undetermined if under none. Blocks that matter: priors whose narrower or wider versions "
        "change whether it is supported."
    )
    return PaperTable(
        name="prior_sensitivity",
        title="Conclusions Under Other Priors",
        frame=study.verdicts.reset_index(),
        shown=arranged(rows, "Conclusion"),
        note=note,
        words=("Verdict", "Blocks that matter"),
    )


@checked_arguments
def usual(analysis: UsualAnalysis) -> PaperTable:
    """The usual analysis beside the joint model, for a paper.

    Parameters
    ----------
    analysis : UsualAnalysis
        As from ``usual_analysis``.

    Returns
    -------
    PaperTable
        Its ``frame`` is the table of the analysis.
    """
    pairs, words = pairs_by_name(analysis.joint.ratings.informants), analysis.joint.ratings.words
    rows = []
    for quantity, block in analysis.table.groupby("quantity", sort=False):
        bounded = quantity in BOUNDED
        widths = block.rename(columns={"joint_lower": "lower", "joint_upper": "upper"})
        places = OF_BOUNDED if bounded else decimals_of(widths)
        for _, row in block.iterrows():
            pair = pairs.get(row["of"])
            rows.append(
                {
                    "stub": (
                        words.said(headed(str(quantity))),
                        headed(words.name(row["of"]))
                        if pair is None
                        else pair_label(*map(words.name, pair)),
                    ),
                    **{
                        name.capitalize(): with_interval(
                            *row[[name, f"{name}_lower", f"{name}_upper"]],
                            decimals=places,
                            bounded=bounded,
                        )
                        for name in ("usual", "joint")
                    },
                    "Difference": printed(row["difference"], places, bounded=bounded),
                }
            )
    differing = analysis.table[analysis.table["differs"].astype(bool)]
    why = differing.drop_duplicates("quantity")[["quantity", "why"]]
    reasons = "; ".join(f"{row.quantity}: {row.why}" for row in why.itertuples())
    reasons = f" Why they differ: {reasons}." if reasons else ""
    ratings = analysis.joint.ratings
    made_up = f"{MADE_UP} " if ratings.synthetic else ""
    separate, joint = analysis.separate.spec, analysis.joint.spec
    note = (
        f"{made_up}Usual: {spoken(separate.title)} ({brief(separate)}); agreement as the "
        f"correlation of ratings of one occasion. Joint: {joint.title} ({brief(joint)}). Medians "
        f"(correlation of ratings: estimate) with 95% intervals; priors in units of the scale "
        f"({units(ratings)}). Averages are over the {words.children} of the study, with the same "
        "covariates in both. Medians closer than a tenth of the width of the usual interval hardly "
        f"differ.{reasons}"
    )
    return PaperTable(
        name="usual",
        title="The Usual Analysis Beside the Joint Model",
        frame=analysis.table,
        shown=arranged(rows, "Of"),
        note=note,
    )


def _power_scaling(study: PowerScaling, quantities: Sequence[str] | None) -> PaperTable:
    table = study.table
    leaning = table["diagnosis"] != ""
    kinds = table.index.map(quantity_of)
    growth = ~(kinds.str.endswith(("_sd", "_cor", "_on")) | kinds.str.startswith("residual"))
    chosen = table[leaning | growth] if quantities is None else table.loc[list(quantities)]
    rows = [
        {
            "stub": readable(str(name), study.words),
            **{
                headed(study.words.said(str(column))): printed(row[column], SCALED)
                for column in table.columns
                if column != "diagnosis"
            },
            "Diagnosis": study.words.said(row["diagnosis"]) or "–",
        }
        for name, row in chosen.iterrows()
    ]
    note = (
        f"{study.sentence} Entries: change of the posterior (cumulative Jensen-Shannon distance "
        "per doubling of the power of a block of priors, or of the likelihood); above "
        f"{SENSITIVE} is sensitive (Kallioinen et al., 2024). Quantities not shown do not lean on "
        "a prior."
    )
    return PaperTable(
        name="power_scaling",
        title="Sensitivity to Priors by Power Scaling",
        frame=table.reset_index(),
        shown=arranged(rows or [{"stub": "–", "Diagnosis": "–"}], "Quantity"),
        note=note,
        words=("Diagnosis",),
    )
