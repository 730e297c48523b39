"""The text of a drafted study file: lines of TOML, with what was seen and must be decided."""

from collections.abc import Mapping

import tomli_w

from bayes_alliance.ratings.drafting.part import Line, Part

WIDTH = 38  # where comments begin


def study_text(part: Part, *, name: str) -> str:
    """Set a study file.

    Parameters
    ----------
    name : str
        Of the ratings file.
    """
    head = [f"# Drafted from {name}: what it seems to hold. Correct it, then try it with check."]
    if part.decide:
        head.append("# To be decided by a person who knows the study:")
        head += [f"#  {at}. {one}" for at, one in enumerate(part.decide, start=1)]
    head += [f"# {sentence}" for sentence in (["Seen:"] if part.seen else [])]
    head += [f"#  - {one}" for one in part.seen]
    lines = ["\n".join(head)]
    for table in dict.fromkeys(line.table for line in part.lines):
        own = [_set(line) for line in part.lines if line.table == table]
        lines.append("\n".join(([f"[{_table(table)}]"] if table else []) + own))
    return "\n".join([lines[0], *lines[1:], ""])


def _table(path: str) -> str:
    above, _, name = path.partition(".")
    return f"{above}.{key(name)}" if name else above


def _set(line: Line) -> str:
    text = f"{key(line.key)} = {value(line.value)}"
    return f"{text.ljust(WIDTH - 1)} # {line.why}" if line.why else text


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
