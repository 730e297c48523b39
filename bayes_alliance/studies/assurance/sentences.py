"""What a simulation of planned studies says, in sentences."""

import pandas as pd

from bayes_alliance.numerals import percent, printed
from bayes_alliance.ratings.words import Words
from bayes_alliance.studies.assurance.size import SIZE, Size, varying
from bayes_alliance.studies.names import readable

SMALLEST = ["families", "occasions", "therapists"]
NEAR, FULL = "a short chain from the mode of the posterior", "sampling the posterior in full"


def of_conclusions(table: pd.DataFrame, *, target: float, budget: float | None) -> list[list[str]]:
    """What is said of every conclusion: the smallest design that reaches it, and the cheapest.

    Parameters
    ----------
    table : DataFrame
        As `Assurance.table`.
    target : float
        Assurance that is wanted.

    Returns
    -------
    list of list of str
        For every conclusion, a paragraph for each of the circumstances that vary.
    """
    return [
        _of_conclusion(readable(str(name), Words()), own, target, budget)
        for name, own in table.groupby("conclusion", sort=False)
    ]


def _of_conclusion(name: str, own: pd.DataFrame, target: float, budget: float | None) -> list[str]:
    vary = varying(own.columns)
    groups = [one for _, one in own.groupby(vary)] if vary else [own]
    said = [_of_one(name, group, target, budget) for group in groups]
    true = own["true"].mean()
    if true < 1:  # of a wanted width nothing is true or false
        most = own["false_support"].max()
        said[-1].append(
            f"It is true in {percent(true)} of the simulated studies; no design reaches it where "
            f"it is not true in more than {percent(most)} of studies."
        )
    return [" ".join(sentences) for sentences in said]


def _of_one(name: str, own: pd.DataFrame, target: float, budget: float | None) -> list[str]:
    """Designs that differ in size alone."""
    wanted, where = percent(target), Size.of(own.iloc[0]).where
    if own["assurance"].max() == 0:
        # All designs are the best, and none is: to name one would say what is not so.
        said = (
            f"No simulated study of any design reaches “{name}”: the 95% interval of the share "
            f"ends at {percent(own['upper'].max())}."
        )
        return [_under(where, said)]
    enough = own[own["assurance"] >= target]
    if len(enough):
        smallest = enough.sort_values(SMALLEST).iloc[0]
        said = (
            f"With {Size.of(smallest).extent}, “{name}” is reached in {_reached(smallest)}; no "
            f"design with fewer families reaches it in {wanted}."
        )
    else:
        best, tied = _best(own)
        said = (
            f"No design reaches “{name}” in {wanted} of studies: the most is {_reached(best)}, "
            f"with {Size.of(best).extent}{tied}."
        )
    costs = _of_cost(own, enough, budget) if own["cost"].max() > 0 else []
    return [_under(where, said), *costs]


def _under(where: str, said: str) -> str:
    """A sentence that opens with its circumstances, if any vary."""
    return f"{where}: {said[0].lower()}{said[1:]}" if where else said


def _best(own: pd.DataFrame) -> tuple[pd.Series, str]:
    """The design that reaches a conclusion most often, and what is said of others as good.

    Of several, it is the cheapest; of several that cost the same, the smallest.
    """
    tied = own[own["assurance"] == own["assurance"].max()].sort_values(["cost", *SMALLEST])
    others = len(tied) - 1
    if not others:
        return tied.iloc[0], ""
    alike = tied["cost"].iloc[0] == tied["cost"].iloc[-1]
    if others == 1:
        but = "has no fewer families" if alike else "is not cheaper"
        return tied.iloc[0], f" (another design reaches it as often, but {but})"
    but = "has fewer families" if alike else "is cheaper"
    return tied.iloc[0], f" ({others} other designs reach it as often, but none {but})"


def _reached(row: pd.Series) -> str:
    low, high = 100 * row["lower"], 100 * row["upper"]
    return f"{percent(row['assurance'])} of studies ({low:.0f} to {high:.0f})"


def _of_cost(own: pd.DataFrame, enough: pd.DataFrame, budget: float | None) -> list[str]:
    said = []
    if len(enough):
        cheapest = enough.sort_values(["cost", *SMALLEST]).iloc[0]
        said.append(
            f"The cheapest design that does has {Size.of(cheapest).extent}, and costs "
            f"{cheapest['cost']:,.0f}."
        )
    if budget is None:
        return said
    inside = own[own["cost"] <= budget]
    if not len(inside):
        said.append(f"No design costs as little as {budget:,.0f}.")
    elif inside["assurance"].max() == 0:
        said.append(f"No simulated study of a design that costs at most {budget:,.0f} reaches it.")
    else:
        best, tied = _best(inside)
        said.append(
            f"Of the designs that cost at most {budget:,.0f}, the one with "
            f"{Size.of(best).extent}, reaches it most often: in {_reached(best)}. It costs "
            f"{best['cost']:,.0f}{tied}."
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
    n, sizes = int(error["fits"].sum()), error[[*SIZE, *varying(error.columns)]]
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
        low, high = (printed(100 * worst[bound], 0) for bound in ("lower", "upper"))
        said.append(
            f"The largest error is {abs(100 * worst['difference']):.0f} points {side} (interval of "
            f"the error {low} to {high}), of "
            f"“{readable(worst['conclusion'], Words())}” with {Size.of(worst).words}."
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
