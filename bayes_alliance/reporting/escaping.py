"""Text from users in files that other programs read: Markdown, LaTeX and tables of csv.

Labels, titles and categories may hold any character that can be printed. They must neither become
a tag, a link or a heading of a page, nor a formula in a spreadsheet.
"""

import re

import pandas as pd

# What Markdown reads in the middle of a line: escapes, code, emphasis, tags, links, entities.
WITHIN = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]) | [`*~$] | <(?=[A-Za-z/!?]) | (?<=\])[(\[] | &(?=\#|\w+;)
    | (?<!\w)_(?=\S)""",
    re.VERBOSE,
)
# And at its beginning: headings, quotations, lists, rules, definitions of links.
AT_BEGINNING = re.compile(r"\s*(?=[#>\[|=]|[+-](?:\s|[+-]|$))")
NUMBERED = re.compile(r"(\s*\d+)([.)])(?=\s|$)")
FORMULA = re.compile(r"[=+\-@\t\r]")
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
SYMBOLS = {"<": "$<$", ">": "$>$", "−": "$-$", "–": "--", "Δ": r"$\Delta$", "†": r"\textdagger{}"}


def markdown(text: str) -> str:
    """Make text that Markdown shows as it is, line by line."""
    return "\n".join(_line(line) for line in text.split("\n"))


def piped(text: str) -> str:
    """Make text that may stand in a cell of a Markdown table."""
    return WITHIN.sub(_escaped, text).replace("|", "\\|").replace("\n", " ")


def fenced(text: str) -> str:
    """Make a block of Markdown that is shown letter by letter, whatever is in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def latex(text: object) -> str:
    """Make text that LaTeX prints as it is."""
    escaped = "".join(SPECIAL.get(sign, sign) for sign in str(text))
    return "".join(SYMBOLS.get(sign, sign) for sign in escaped)


def csv(frame: pd.DataFrame, *, index: bool = False) -> str:
    """Write a table as csv in which no text is a formula.

    A text that begins as a formula does (``=``, ``+``, ``-``, ``@``) gets an apostrophe before it,
    by which spreadsheets know text; numbers are as they are.
    """
    table = frame.reset_index() if index else frame
    table = table.rename(columns=_no_formula)
    columns = {}
    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        is_number = pd.api.types.is_numeric_dtype(column)
        columns[place] = column if is_number else column.map(_no_formula)
    written = pd.DataFrame(columns, index=table.index).set_axis(table.columns, axis="columns")
    return written.to_csv(index=False)


def _line(text: str) -> str:
    inner = WITHIN.sub(_escaped, text)
    beginning = AT_BEGINNING.match(inner)
    if beginning is not None:
        return f"{beginning[0]}\\{inner[beginning.end() :]}"
    return NUMBERED.sub(r"\1\\\2", inner) if NUMBERED.match(inner) else inner


def _escaped(sign: re.Match[str]) -> str:
    # An escaped sign shows as itself, but for these two, which some readers take all the same.
    return {"<": "&lt;", "&": "&amp;"}.get(sign[0], f"\\{sign[0]}")


def _no_formula(cell: object) -> object:
    if not isinstance(cell, str) or FORMULA.match(cell) is None:
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
