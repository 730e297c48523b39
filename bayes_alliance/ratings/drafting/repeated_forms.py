"""Exports of REDCap with forms that are repeated: a row for the record, and one for each form.

The row of the record holds what is asked once (age, therapist) and no time; rows of the form hold
ratings. For a look at the columns, what is asked once stands in the rows of the form.
"""

import pandas as pd

FORM = ("redcap_repeat_instrument", "repeat instrument")


def repeated_forms(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Put what a record's own row holds into the rows of its forms, and leave it out.

    Parameters
    ----------
    frame : DataFrame
        Of a file; the first column names the record.

    Returns
    -------
    frame : DataFrame
        As it was if it is no such export.
    said : tuple of str
        What a person should know.
    """
    names = [name for name in frame.columns if str(name).strip().casefold() in FORM]
    if len(names) != 1:
        return frame, ()
    filled = frame.notna() & (frame != "")
    own = ~filled[names[0]]
    record = frame.iloc[:, 0]
    # A record without a form has its own row only.
    own &= record.isin(record[~own])
    if not own.any():
        return frame, ()
    once = frame.columns[(filled[own].any() & ~filled[~own].any()).to_numpy()]
    values = frame[own].drop_duplicates(frame.columns[0]).set_index(frame.columns[0])[once]
    forms = frame[~own].drop(columns=once)
    carried = forms.join(values, on=frame.columns[0])[frame.columns].reset_index(drop=True)
    said = (
        f"{int(own.sum()):,} rows are of a record, not of a form that is repeated: what stands "
        "there is carried to its forms."
    )
    return carried, (said,)
