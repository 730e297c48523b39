"""Kinds of argument: is a value of the kind an annotation names, and what is that in words.

What is meant is taken: NumPy's numbers are numbers, arrays and indices are sequences. A plain
``float`` is a finite number; ``Annotated`` with a `Range` narrows or widens that: `Prob`, `Seed`,
`Count`, `NotNegative`, `Limit`. Values of this package say here, too, how they are made, because
that is what somebody needs to know who gave something else.
"""

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

from bayes_alliance.errors.problem import nearest


@dataclass(frozen=True, kw_only=True)
class Range:
    """What a number must lie in, ends included.

    Parameters
    ----------
    words : str
        What the number is.
    """

    lower: float
    upper: float
    words: str


_INSIDE = {"lower": math.ulp(0.0), "upper": math.nextafter(1.0, 0.0)}
Prob = Annotated[float, Range(**_INSIDE, words="a number between 0 and 1")]
Limit = Annotated[float, Range(lower=-math.inf, upper=math.inf, words="a number, or infinite")]
NotNegative = Annotated[
    float, Range(lower=0.0, upper=sys.float_info.max, words="a number, 0 or more")
]
# Samplers take seeds of 64 bits.
Seed = Annotated[int, Range(lower=0, upper=2**63 - 1, words="a whole number, 0 or more")]
Count = Annotated[int, Range(lower=1, upper=10**6, words="a whole number from 1 to 1,000,000")]

FINITE = Range(lower=-sys.float_info.max, upper=sys.float_info.max, words="a finite number")
REFUSED = object()
# With ``Annotated``: the function itself checks what is in this argument, with all that is wrong.
INSIDE = object()
SEQUENCES = (tuple, list, Sequence, Iterable)
MAPPINGS = (dict, Mapping)

# Values by their class: what they are, and where they come from.
MADE = {
    "Assurance": 'an Assurance, as from assurance.of("design.toml")',
    "Axes": "axes of matplotlib, as from plt.subplots()",
    "Calibration": "a Calibration, as from calibrate.calibration(spec, cohort)",
    "Check": "a Check, as from checks.convergence(fit)",
    "Comparison": "a Comparison, as from compare.leave_one_therapist_out(fits)",
    "Conclusion": 'a Conclusion, as from sensitivity.Conclusion.parse("slope[child] > 0")',
    "DataArray": "labelled draws (a DataArray), as from an estimand of a fit",
    "DataFrame": "a pandas DataFrame",
    "Dataset": "labelled draws (a Dataset), as from random_effects(fit, seed=1)",
    "Frame": "a frame of pandas, polars or pyarrow",
    "Fit": "a Fit, as from fit(spec, ratings, seed=1)",
    "LeavingStudy": "a LeavingStudy, as from leaving_study(spec, ratings, seed=1)",
    "ModelSpec": 'a ModelSpec, as from load_model("informant_growth")',
    "NoneType": "None",
    "Path": "a path",
    "Ratings": 'Ratings, as from read_ratings("ratings.csv", study="study.toml")',
    "UsualAnalysis": "a UsualAnalysis, as from usual_analysis(ratings, seed=1)",
    "bool": "True or False",
    "float": "a finite number",
    "int": "a whole number",
    "str": "text",
}
# What was probably meant, by the class that is asked for and the class of what was given.
MEANT = {
    ("Fit", "ModelSpec"): "fit(spec, ratings, seed=1)",
    ("Fit", "Path"): "Fit.load({value!r})",
    ("Fit", "Ratings"): "fit(spec, ratings, seed=1)",
    ("Fit", "str"): "Fit.load({value!r})",
    ("ModelSpec", "Fit"): "fit.spec",
    ("ModelSpec", "str"): "load_model({value!r})",
    ("Ratings", "DataFrame"): 'Ratings.from_wide(frame, study="study.toml")',
    ("Ratings", "Fit"): "fit.ratings",
    ("Ratings", "Path"): 'read_ratings({value!r}, study="study.toml")',
    ("Ratings", "dict"): 'Ratings.from_wide(pd.DataFrame(rows), study="study.toml")',
    ("Ratings", "str"): 'read_ratings({value!r}, study="study.toml")',
}


def of_kind(value: Any, kind: Any) -> Any:
    """Read a value as one of a kind.

    Parameters
    ----------
    kind : annotation
        As in a signature.

    Returns
    -------
    object
        The value, numbers of NumPy as those of Python and sequences as tuples; `REFUSED` if it is
        not of that kind.
    """
    origin, parts = get_origin(kind) or kind, get_args(kind)
    if isinstance(origin, TypeAliasType):
        return of_kind(value, origin.__value__)
    if origin in (Union, UnionType):
        read = (of_kind(value, part) for part in parts)
        return next((one for one in read if one is not REFUSED), REFUSED)
    if origin is Annotated:
        if INSIDE in parts:
            return of_kind(value, str) if get_origin(parts[0]) is Literal else value
        number = isinstance(parts[1], Range)
        return _number(value, parts[0], parts[1]) if number else of_kind(value, parts[0])
    if origin in (float, int):
        return _number(value, origin, FINITE)
    if origin is Literal:
        return value if isinstance(value, str | bool) and value in parts else REFUSED
    if origin in SEQUENCES:
        return _sequence(value, origin, parts)
    if origin in MAPPINGS:
        return _mapping(value, parts)
    if origin is Callable:
        return value if callable(value) else REFUSED
    if isinstance(origin, type) and origin is not Any:
        value = _plain(value) if origin is bool else value
        return value if isinstance(value, origin) else REFUSED
    return value  # Any, and what only a function itself can tell


def in_words(kind: Any) -> str:
    """Say what a kind is, as it follows "must be"."""
    origin, parts = get_origin(kind) or kind, get_args(kind)
    if isinstance(origin, TypeAliasType):
        return in_words(origin.__value__)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(in_words(part) for part in parts))
    if origin is Annotated:
        return parts[1].words if isinstance(parts[1], Range) else in_words(parts[0])
    if origin is Literal:
        return f"one of {', '.join(map(str, parts))}"
    if origin is tuple and Ellipsis not in parts:
        return f"{len(parts)} values, each {in_words(parts[0])}"
    if origin in SEQUENCES:
        return f"a list, each {in_words(parts[0])}" if parts else "a list"
    if origin in MAPPINGS:
        return f"a mapping from {in_words(parts[0])} to {in_words(parts[1])}"
    name = getattr(origin, "__name__", str(origin))
    return MADE.get(name, f"a {name}")


def meant(value: object, kind: Any) -> str:
    """Suggest what was meant: a leading blank and a sentence, or nothing."""
    for one in _alternatives(kind):
        origin, parts = get_origin(one) or one, get_args(one)
        near = ""
        if origin is Literal:
            near = nearest(str(value), map(str, parts))
        elif one == Prob and isinstance(value, int | float) and 1 < value <= 100:
            near = f" Did you mean {value / 100:g}?"
        elif origin in (float, int, Annotated) and isinstance(value, str):
            near = f" Did you mean {value}, without quotes?" if _reads_as_number(value) else ""
        elif origin in SEQUENCES and isinstance(value, str) and str in parts:
            near = f" Did you mean [{value!r}]?"
        elif isinstance(origin, type):
            pairs = ((origin.__name__, given.__name__) for given in type(value).__mro__)
            hint = next((MEANT[pair] for pair in pairs if pair in MEANT), "")
            near = f" Did you mean {hint.format(value=str(value))}?" if hint else ""
        if near:
            return near
    return ""


def misfits(value: Any, kind: Any, *, where: str) -> list[tuple[str, Any, Any]]:
    """What exactly is of a wrong kind: where, the value, and its kind.

    Returns
    -------
    list
        The value itself, or those entries of a mapping that are to blame.
    """
    for one in _alternatives(kind):
        parts = get_args(one)
        if get_origin(one) in MAPPINGS and isinstance(value, Mapping):
            return [
                (f"{where}[{key}]", entry, parts[1])
                for key, entry in value.items()
                if of_kind(entry, parts[1]) is REFUSED
            ] or [(where, value, kind)]
    return [(where, value, kind)]


def shown(value: object) -> object:
    """What an error shows of a value: itself if it is short, otherwise the name of its class."""
    several = value if isinstance(value, list | tuple) and len(value) < 9 else [value]
    if all(isinstance(one, str | Real | Path | None) for one in several):
        return value
    return type(value).__name__


def _alternatives(kind: Any) -> list[Any]:
    """The kinds of which a value may be one."""
    if isinstance(kind, TypeAliasType):
        return _alternatives(kind.__value__)
    if get_origin(kind) in (Union, UnionType):
        return [one for part in get_args(kind) for one in _alternatives(part)]
    return [kind]


def _reads_as_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _plain(value: Any) -> Any:
    """Numbers of NumPy, and arrays of one number, as Python's."""
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value


def _number(value: object, kind: type, allowed: Range) -> Any:
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        return REFUSED
    return value if allowed.lower <= value <= allowed.upper else REFUSED


def _sequence(value: Any, kind: type, parts: tuple[Any, ...]) -> Any:
    """As a tuple; text, bytes and mappings are no sequences."""
    text = isinstance(value, str | bytes | Mapping)
    if text or not (hasattr(value, "__iter__") and hasattr(value, "__len__")):
        return REFUSED
    values = list(value)
    if kind is tuple and Ellipsis not in parts:
        if len(values) != len(parts):
            return REFUSED
        kinds = list(parts)
    else:
        kinds = [parts[0] if parts else Any] * len(values)
    read = [of_kind(one, own) for one, own in zip(values, kinds, strict=True)]
    return REFUSED if any(one is REFUSED for one in read) else tuple(read)


def _mapping(value: Any, parts: tuple[Any, ...]) -> Any:
    if not isinstance(value, Mapping):
        return REFUSED
    keys, values = parts or (Any, Any)
    read = {of_kind(key, keys): of_kind(one, values) for key, one in value.items()}
    return REFUSED if REFUSED in read or any(one is REFUSED for one in read.values()) else read
