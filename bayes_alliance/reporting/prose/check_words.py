"""What a check came to, as a methods section says it: the facts, and no advice on what to do."""

import numpy as np

from bayes_alliance.numerals import effective
from bayes_alliance.posterior.checks import least_effective
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.prose.wording import printed

VERDICTS = {"pass": "was passed", "warn": "gave a warning", "fail": "was not passed"}
IN_MIND = {
    "pass": "",
    "warn": "The results are to be read with this in mind.",
    "fail": "The results are to be read with this in mind, and are not final.",
}


def outcome(check: Check, *, mentioned: str) -> str:
    """Say what a check came to.

    Parameters
    ----------
    mentioned : str
        Where limits of a check of convergence come from, as in brackets.
    """
    parts = [f"The {check.name} check {VERDICTS[check.verdict]}"]
    if {"r_hat", "ess_bulk", "ess_tail"} <= set(check.table):
        largest, least = check.table["r_hat"].max(), least_effective(check.table)
        parts[0] += f" ({mentioned})" if mentioned else ""
        parts.append(
            f"the largest R-hat was {printed(float(largest), 3)} and the smallest effective "
            f"sample size {effective(least)}"
        )
    elif check.tests is not None and check.tests["z"].notna().any():
        tested = check.tests.dropna(subset="z")
        place = int(np.argmax(tested["z"].abs().to_numpy()))
        kind = tested.index.get_level_values("kind")[place]
        z = float(tested["z"].to_numpy()[place])
        where = f"{check.words.said(str(kind))} (z = {printed(z, 1)})"
        parts.append(
            f"the largest departure of {len(tested)} statistics was in {where}"
            if check.verdict == "pass"
            else f"ratings depart from the model most in {where}"
        )
    said = ": ".join(parts) + "."
    return f"{said} {IN_MIND[check.verdict]}".strip()
