"""Plain words for what pydantic finds wrong in a study file or a model file.

One error of pydantic becomes a message and the value to show with it, in words that need no
knowledge of Python. Where it stands is for the caller to say: a study file writes ``[scale] lower``
and a model file ``priors.level.sd``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bayes_alliance.errors.problem import nearest

UNKNOWN_KEY = "unexpected_keyword_argument"


def said(item: ErrorDetails, known: Sequence[str]) -> tuple[str, object]:
    """Say what is wrong.

    Parameters
    ----------
    known : sequence of str
        The keys that may stand where the error is.

    Returns
    -------
    message : str
    value : object
        To be shown with it; None where nothing, or a whole table, stands there.
    """
    value = None if isinstance(item["input"], Mapping) else item["input"]
    context: dict[str, Any] = item.get("ctx", {})
    match item["type"]:
        case "unexpected_keyword_argument":
            return not_a_key(str(item["loc"][-1]), known), value
        case "unexpected_positional_argument":
            return "must be given by name, as in mean=0.0", value
        case "missing":
            return "is missing", None
        case "float_type" | "float_parsing":
            quoted = isinstance(value, str)
            return "must be a number" + (", without quotes" if quoted else ""), value
        case "int_type" | "int_from_float" | "int_parsing":
            return "must be a whole number", value
        case "finite_number":
            return "must be a finite number", value
        case "less_than":
            return f"must be less than {context['lt']:g}", value
        case "greater_than":
            return f"must be greater than {context['gt']:g}", value
        case "greater_than_equal":
            return f"must be at least {context['ge']:g}", value
        case "less_than_equal":
            return f"must be at most {context['le']:g}", value
        case "bool_type":
            return "must be true or false, without quotes", value
        case "string_type":
            return "must be text in quotes", value
        case "string_too_short":
            return "must not be empty", value
        case "literal_error":
            # pydantic lists what is allowed only as text, and single-quoted.
            allowed = re.findall(r"'([^']*)'", context["expected"])
            return must_be(allowed, str(value)), value
        case "union_tag_invalid":
            allowed = re.findall(r"'([^']*)'", context["expected_tags"])
            return must_be(allowed, context["tag"]), context["tag"]
        case "union_tag_not_found":
            return "is missing: a prior has a distribution, its parameters and a reason", value
        case "tuple_type" | "list_type":
            return 'must be a list in brackets, as in ["one", "two"]', value
        case "value_error":
            return str(context["error"]), value
        case _:
            return "must be a table of keys and values", value


def unknown_keys(error: ValidationError) -> list[tuple[str | int, ...]]:
    """Return where the unknown keys of a table stand, if these are all that is wrong with it."""
    items = error.errors(include_url=False)
    if any(item["type"] != UNKNOWN_KEY for item in items):
        return []
    return [item["loc"] for item in items]


def not_a_key(key: str, known: Sequence[str]) -> str:
    """Say that a key is unknown, which is nearest, and which are known."""
    choices = f" Known keys: {', '.join(known)}." if known else ""
    return f"is not a known key.{nearest(key, known)}{choices}"


def must_be(allowed: Sequence[str], value: str) -> str:
    """Say which names there are, and which is nearest."""
    *first, last = (f'"{name}"' for name in allowed)
    choices = f"{', '.join(first)} or {last}" if first else last
    but_for_case = [name for name in allowed if name.lower() == value.lower()]
    suggestion = nearest(but_for_case[0] if but_for_case else value, allowed)
    return f"must be {choices}{'.' if suggestion else ''}{suggestion}"
