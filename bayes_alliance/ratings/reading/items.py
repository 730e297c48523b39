"""Responses to items, cell by cell: from what stands in a file to responses and totals."""

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.errors import Problem
from bayes_alliance.ratings.items import columns_of, table_of
from bayes_alliance.ratings.reading.columns import FileColumns
from bayes_alliance.ratings.study import Study

type Floats = NDArray[np.float64]


def read_items(file: FileColumns, study: Study, label: str) -> tuple[Floats, Floats, list[Problem]]:
    """Read the items of an informant in every row of a file.

    Parameters
    ----------
    study : Study
        With items.
    label : str
        Of the informant; in long layout all informants have the same columns.

    Returns
    -------
    responses : array, shape (n_rows, n_items)
        NaN where blank or wrong.
    totals : array, shape (n_rows,)
    problems : list of Problem
    """
    table = table_of(study)
    columns, problems = [], []
    for name in columns_of(study, label):
        numbers, found = file.numbers(name)
        problems += found
        outside = (numbers < table.lower) | (numbers > table.upper)
        wrong = outside | (~np.isnan(numbers) & (numbers != np.round(numbers)))
        message = (
            f"is no response to an item: these are whole numbers from {table.lower} to "
            f"{table.upper}; leave the cell empty if the item was not answered"
        )
        problems += file.problems_at(wrong, name, message)
        columns.append(np.where(wrong, np.nan, numbers))
    responses = np.column_stack(columns)
    return responses, table.items().totals(responses), problems
