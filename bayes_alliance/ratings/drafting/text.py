"""The text of a drafted study file: lines of TOML, with what was seen and must be decided.

At its end stand the columns of the file with what they hold, used or not.
"""

from collections.abc import Mapping, Sequence

import tomli_w

from bayes_alliance.ratings.drafting.part import Line, Part

WIDTH = 38  # where comments begin
N_COLUMNS = 60


def study_text(part: Part, *, name: str, columns: Sequence[str]) -> str:
    """Set a study file.

    Parameters
    ----------
    name : str
        Of the ratings file.
    columns : sequence of str
        Its columns, and what each holds; listed at the end.
    """
    said = [f"Drafted from {name}: what it seems to hold. Correct it, then try it with check."]
    if part.decide:
        said.append("To be decided by a person who knows the study:")
        said += [f" {at}. {one}" for at, one in enumerate(part.decide, start=1)]
    said += ["Seen:"] * bool(part.seen) + [f" - {one}" for one in part.seen]
    lines = [f"# {_in_a_line(one)}" for one in said]
    for table in dict.fromkeys(line.table for line in part.lines):
        own = [_set(line) for line in part.lines if line.table == table]
        lines.append("\n".join(([f"[{_table(table)}]"] if table else []) + own))
    lines.append("# Columns of the file, and what they hold:")
    lines += [f"#  {_in_a_line(one)}" for one in columns[:N_COLUMNS]]
    if len(columns) > N_COLUMNS:
        lines.append(f"#  and {len(columns) - N_COLUMNS:,} more")
    return "\n".join([*lines, ""])


def _table(path: str) -> str:
    above, _, name = path.partition(".")
    return f"{above}.{key(name)}" if name else above


def _set(line: Line) -> str:
    mark = "# " if line.guess else ""
    text = f"{mark}{key(line.key)} = {value(line.value)}"
    return f"{text.ljust(WIDTH - 1)} # {_in_a_line(line.why)}" if line.why else text


def _in_a_line(said: str) -> str:
    """Text as a comment can hold it, whatever stands in the cells it quotes."""
    return "".join(one if one.isprintable() else " " for one in said).rstrip()


def key(name: str) -> str:
    """A key as TOML writes it, in quotes where it must be."""
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")


def value(held: object) -> str:
    """A value as TOML writes it, in a line."""
    match held:
        case Mapping():
            inner = ", ".join(f"{key(str(name))} = {value(one)}" for name, one in held.items())
            return f"{{ {inner} }}"
        case list() | tuple():
            return f"[{', '.join(value(one) for one in held)}]"
        case float() if held.is_integer():
            return str(int(held))
        case _:
            return tomli_w.dumps({"a": held}).removeprefix("a = ").removesuffix("\n")
