"""Every public function refuses wrong kinds of argument in one way, and takes NumPy's numbers."""

import functools
import inspect
import math
import types
from collections.abc import Callable
from typing import Any, Literal, TypeAliasType, get_args, get_origin, get_type_hints

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.errors import INSIDE, InputError, NotNegative, Prob, Seed
from tests import hand_made

THERAPIST, CLIENT, OTHER = "therapist_of_child", "child", "therapist_of_caregiver"
TEXTS = {  # what text arguments may be, by their names
    "judgement": THERAPIST,
    "therapist": THERAPIST,
    "truth": CLIENT,
    "client": CLIENT,
    "own": OTHER,
    "covariate": "anxiety",
    "by": "anxiety",
    "outcome": "anxiety",
    "name": "usual_care",
    "term": "child,level",
    "of": "slope",
    "on": "slope",
    "positive": CLIENT,
}
FREE = {
    "title",
    "text",
    "path",
    "folder",
    "name_or_path",
    "study",
}  # any text; what is in it counts
# Those that sample, simulate or write: what they do with numbers is tested where they are.
LONG = {
    "ba.calibrate.calibration",
    "ba.checks.pit",
    "ba.checks.posterior_predictive",
    "ba.checks.prior_predictive",
    "ba.compare.folds",
    "ba.compare.leave_one_child_out",
    "ba.compare.leave_one_rating_out",
    "ba.compare.leave_one_therapist_out",
    "ba.dyads.stratified",
    "ba.fit",
    "ba.sensitivity.grid",
    "ba.simulate",
    "ba.usual_analysis",
}
# Their first argument holds what the text names; they are tested where such values are made.
OF_STUDIES = {
    "ba.plots.influence",
    "ba.plots.predictive",
    "ba.plots.prior_study",
    "ba.plots.prior_support",
}
ITEMS = {"ba.measurement.loadings", "ba.measurement.reliability"}  # of models of single items


class Stranger:
    """A kind of value that no function takes."""


def public() -> dict[str, Callable[..., object]]:
    """Every function reached from `ba`, and what its classes are made by."""
    functions: dict[str, Callable[..., object]] = {}

    def look(name: str, value: object) -> None:
        if isinstance(value, types.ModuleType):
            own = [one for one, of in vars(value).items() if _defined(of) == value.__name__]
            for one in getattr(value, "__all__", own):
                if not one.startswith("_"):
                    look(f"{name}.{one}", getattr(value, one))
        elif not _defined(value).startswith("bayes_alliance"):
            return
        elif inspect.isfunction(value):
            functions[name] = value
        elif inspect.isclass(value):
            for one, method in vars(value).items():
                if not one.startswith("_") and isinstance(method, classmethod):
                    functions[f"{name}.{one}"] = getattr(value, one)

    for name in ba.__all__:
        look(f"ba.{name}", getattr(ba, name))
    return functions


def _defined(value: object) -> str:
    return str(getattr(value, "__module__", ""))


PUBLIC = public()


def alternatives(kind: Any) -> list[Any]:
    """What an argument may be, aliases and unions resolved."""
    if isinstance(kind, TypeAliasType):
        return alternatives(kind.__value__)
    if get_origin(kind) in (types.UnionType, getattr(types, "UnionType", None)) or (
        str(get_origin(kind)) == "typing.Union"
    ):
        return [one for part in get_args(kind) for one in alternatives(part)]
    return [kind]


@functools.cache
def arguments(name: str) -> dict[str, Any]:
    """Annotation of each argument of a function."""
    function = inspect.unwrap(getattr(PUBLIC[name], "__func__", PUBLIC[name]))
    kinds = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    return {
        parameter.name: kinds[parameter.name]
        for parameter in signature.parameters.values()
        if parameter.name in kinds and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }


def required(name: str) -> list[str]:
    signature = inspect.signature(PUBLIC[name])
    return [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    ]


def example(argument: str, kind: Any) -> object:
    """A value of a kind: of a class of ours one that holds nothing, if it is not looked into."""
    if argument in BY_NAME:
        return BY_NAME[argument]()
    for one in alternatives(kind):
        if one in VALUES:
            return VALUES[one]()
        if one is str or (get_origin(one) is not None and str in get_args(one)):
            return TEXTS.get(argument, "usual_care")
    one = alternatives(kind)[0]
    match get_origin(one):
        case origin if origin is tuple:
            if str in get_args(one):
                return (CLIENT, OTHER)
            return (0.0, 1.0)
        case origin if origin is Literal:
            return get_args(one)[0]
    if INSIDE in get_args(one):
        return {}
    return object.__new__(one)


@functools.cache
def fit() -> ba.Fit:
    return hand_made.fit()


def surface() -> object:
    return ba.congruence.response_surface(
        fit(), scores(), outcome="anxiety", informants=(CLIENT, OTHER), seed=1
    )


def scores() -> object:
    return ba.congruence.latent_scores(fit(), ba.random_effects(fit(), seed=1))


BY_NAME: dict[str, Callable[[], object]] = {
    "draws": lambda: ba.variance.shares(fit()),
    "prior": lambda: ba.variance.shares(fit()),
    "scores": scores,
    "surface": surface,
    "effects": lambda: ba.random_effects(fit(), seed=1, level="child", draws=10),
    "informants": lambda: (CLIENT, OTHER),
    "items": lambda: pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}),
    "item_range": lambda: (1, 3),
}
VALUES: dict[Any, Callable[[], object]] = {
    ba.Fit: fit,
    ba.ModelSpec: lambda: fit().spec,
    ba.Ratings: lambda: fit().ratings,
    Seed: lambda: 1,
    float: lambda: 8.0,
    NotNegative: lambda: 0.5,
    int: lambda: 2,
    pd.DataFrame: lambda: pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}),
}


def wrong(kind: Any) -> list[object]:
    """Values that are none of a kind."""
    values: list[object] = [Stranger()]
    kinds = alternatives(kind)
    for one in kinds:
        if one in (float, Prob):
            values += [math.nan, math.inf, True]
        if one == Prob:
            values += [95, 0, 1.0]
        if one == Seed:
            values += ["1", -1, 1.5, *([] if types.NoneType in kinds else [None])]
        if one is bool:
            values += ["yes", 2]
        if one is str and float not in kinds:
            values += [3]
        if get_origin(one) is Literal:
            values += ["stranger"]
    return values


EACH = [
    (name, argument)
    for name in PUBLIC
    for argument, kind in arguments(name).items()
    if kind not in (Any, object)
]


def called(name: str, /, **changes: object) -> object:
    kinds = arguments(name)
    given = {one: example(one, kinds[one]) for one in required(name)} | changes
    several = [
        one.name
        for one in inspect.signature(PUBLIC[name]).parameters.values()
        if one.kind is inspect.Parameter.VAR_POSITIONAL and one.name in given
    ]
    extra = [given.pop(one) for one in several]
    first = [given.pop(one) for one in required(name)[: 1 if several else 0]]
    return PUBLIC[name](*first, *extra, **given)


@pytest.mark.parametrize(("name", "argument"), EACH)
def test_a_wrong_kind_of_argument_is_named(name: str, argument: str) -> None:
    for value in wrong(arguments(name)[argument]):
        with pytest.raises(InputError) as caught:
            called(name, **{argument: value})
        assert argument in {problem.where for problem in caught.value.problems}, value
        assert "Stranger object" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name, argument in EACH
        if str in alternatives(arguments(name)[argument])
        and argument not in FREE
        and name not in OF_STUDIES
    ],
)
def test_text_that_is_unknown_is_refused(name: str, argument: str) -> None:
    with pytest.raises(InputError) as caught:
        called(name, **{argument: "stranger"})
    assert "stranger" in str(caught.value)


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - LONG - ITEMS))
def test_numbers_of_numpy_are_numbers(name: str) -> None:
    numbers: dict[str, object] = {}
    for argument, kind in arguments(name).items():
        for one in alternatives(kind):
            if one is float and argument not in ("cut", "centre", "prorate"):
                numbers[argument] = np.float32(8)
            elif one == Prob:
                numbers[argument] = np.float64(0.9)
            elif one == Seed:
                numbers[argument] = np.int32(1)
    if not numbers:
        pytest.skip("takes no numbers")
    called(name, **numbers)
    plt.close("all")
