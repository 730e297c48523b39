"""What a simulation of planned studies says, in sentences."""

import pandas as pd

from bayes_alliance.numerals import percent
from bayes_alliance.ratings.words import Words
from bayes_alliance.studies.assurance.plan import Size
from bayes_alliance.studies.names import readable

NEAR, FULL = "a short chain from the mode of the posterior", "sampling the posterior in full"


def size_of(row: pd.Series) -> str:
    """The size of a design in words."""
    return Size(
        families=int(row["families"]),
        therapists=int(row["therapists"]),
        occasions=int(row["occasions"]),
    ).words


def of_conclusions(table: pd.DataFrame, *, target: float, budget: float | None) -> list[str]:
    """Sentences of every conclusion: the smallest design that reaches it, and the cheapest.

    Parameters
    ----------
    table : DataFrame
        As `Assurance.table`.
    target : float
        Assurance that is wanted.
    """
    return [
        " ".join(_of_one(readable(str(name), Words()), own, target, budget))
        for name, own in table.groupby("conclusion", sort=False)
    ]


def _of_one(name: str, own: pd.DataFrame, target: float, budget: float | None) -> list[str]:
    enough = own[own["assurance"] >= target]
    wanted = percent(target)
    if len(enough):
        smallest = enough.sort_values(["families", "occasions", "therapists"]).iloc[0]
        said = [
            f"With {size_of(smallest)}, “{name}” is reached in {_reached(smallest)}; no design "
            f"with fewer families reaches it in {wanted}."
        ]
    else:
        best = own.iloc[int(own["assurance"].argmax())]
        said = [
            f"No design reaches “{name}” in {wanted} of studies: the most is {_reached(best)}, "
            f"with {size_of(best)}."
        ]
    if own["cost"].max() > 0:
        said += _of_cost(own, enough, budget, wanted)
    true = own["true"].mean()
    if true < 1:  # of a wanted width nothing is true or false
        most = own["false_support"].max()
        said.append(
            f"It is true in {percent(true)} of the simulated studies; no design reaches it where "
            f"it is not true in more than {percent(most)} of studies."
        )
    return said


def _reached(row: pd.Series) -> str:
    low, high = 100 * row["lower"], 100 * row["upper"]
    return f"{percent(row['assurance'])} of studies ({low:.0f} to {high:.0f})"


def _of_cost(
    own: pd.DataFrame, enough: pd.DataFrame, budget: float | None, wanted: str
) -> list[str]:
    said = []
    if len(enough):
        cheapest = enough.iloc[int(enough["cost"].argmin())]
        said.append(
            f"The cheapest design that does has {size_of(cheapest)}, and costs "
            f"{cheapest['cost']:,.0f}."
        )
    if budget is None:
        return said
    inside = own[own["cost"] <= budget]
    if not len(inside):
        said.append(f"No design costs as little as {budget:,.0f}.")
        return said
    best = inside.iloc[int(inside["assurance"].argmax())]
    said.append(
        f"Of the designs that cost at most {budget:,.0f}, the one with {size_of(best)}, reaches "
        f"it most often: in {_reached(best)}. It costs {best['cost']:,.0f}."
    )
    return said


def of_error(error: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """How studies were fitted, and how far the approximation errs.

    Parameters
    ----------
    error, table : DataFrame
        As in `Assurance`.
    """
    if not len(table) or table["approximate"].max() == 0:
        return [f"Every study was fitted by {FULL}."] if len(table) else []
    said = [f"Studies were fitted by {NEAR}."]
    full = 1 - table["approximate"].mean()
    if full > 0:
        said.append(
            f"In {percent(full, decimals=1)} there is none, and these were fitted by {FULL}."
        )
    if not len(error):
        return [" ".join([*said, "Its error was not measured."])]
    worst = error.iloc[int(error["difference"].abs().argmax())]
    n, sizes = int(error["fits"].sum()), error[["families", "therapists", "occasions"]]
    designs = len(sizes.drop_duplicates())
    wrong = float((error["other"] * error["fits"]).sum() / n)
    shift = float((error["difference"] * error["fits"]).sum() / n)
    at = f"{designs} design{'' if designs == 1 else 's'}"
    average = (
        f"{abs(100 * shift):.1f} points too {'high' if shift > 0 else 'low'} on average"
        if shift
        else "right on average"
    )
    said.append(
        f"At {at} studies were fitted both ways: the verdict is another in "
        f"{percent(wrong, decimals=1)} of {n} conclusions, and assurance by the approximation is "
        f"{average}."
    )
    if worst["difference"]:
        side = "above" if worst["difference"] > 0 else "below"
        said.append(
            f"The largest error is {abs(100 * worst['difference']):.0f} points {side} (interval of "
            f"the error {100 * worst['lower']:.0f} to {100 * worst['upper']:.0f}), of "
            f"“{readable(worst['conclusion'], Words())}” with {size_of(worst)}."
        )
    return [" ".join(said)]


def of_price(price: pd.DataFrame) -> list[str]:
    """What ignoring therapists costs.

    Parameters
    ----------
    price : DataFrame
        As `Assurance.price`.
    """
    said = []
    for name, own in price.groupby("conclusion", sort=False) if len(price) else ():
        mean = own.drop(columns="conclusion").mean()
        said.append(
            f"A model without therapists reaches “{readable(str(name), Words())}” in "
            f"{percent(mean['assurance_without'])} of studies, over all designs "
            f"({percent(mean['assurance'])} with them), and in "
            f"{percent(mean['false_support_without'])} ({percent(mean['false_support'])}) though "
            f"it is not true. Its 95% intervals hold the truth in "
            f"{percent(mean['coverage_without'])} of studies ({percent(mean['coverage'])})."
        )
    return said
