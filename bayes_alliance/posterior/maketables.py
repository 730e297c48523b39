"""Growth coefficients and effects as the tables of the package ``maketables`` want them.

``maketables.ETable([fit, other])`` asks a fit for ``__maketables_coef_table__`` and statistics by
their key. That package need not be installed.
"""

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.design import Design
from bayes_alliance.posterior.scalars import quantities

TAILS = (0.025, 0.5, 0.975)


def coefficient_table(moments: xr.Dataset, design: Design) -> pd.DataFrame:
    """Tabulate average growth coefficients and effects of covariates.

    Parameters
    ----------
    moments : Dataset
        Named moments with dims (chain, draw, ...).

    Returns
    -------
    DataFrame
        Indexed by the names of ``summary.csv``: ``b`` (posterior median), ``se`` (posterior
        standard deviation), ``t`` and ``p`` (NaN: a posterior has none), ``ci95l`` and ``ci95u``
        (equal-tailed interval).
    """
    rows = {}
    for one in quantities(moments, design):
        if one.quantity in design.coefficients or one.covariate is not None:
            draws = one.draws.to_numpy()
            low, middle, high = np.quantile(draws, TAILS)
            rows[one.name] = (middle, draws.std(ddof=1), np.nan, np.nan, low, high)
    columns = ["b", "se", "t", "p", "ci95l", "ci95u"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis(index="Coefficient")
