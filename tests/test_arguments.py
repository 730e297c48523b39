"""Every public function refuses wrong kinds of argument in one way, and takes NumPy's numbers."""

import dataclasses
import functools
import inspect
import math
import types
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAliasType, get_args, get_origin, get_type_hints

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.errors import INSIDE, InputError, NotNegative, Prob, Seed
from bayes_alliance.specification import Trajectory
from tests import hand_made

THERAPIST, CLIENT, OTHER = "therapist_of_child", "child", "therapist_of_caregiver"
TEXTS = {  # what text arguments may be, by their names
    "judgement": THERAPIST,
    "therapist": THERAPIST,
    "truth": CLIENT,
    "client": CLIENT,
    "own": OTHER,
    "covariate": "anxiety",
    "arm": "anxiety",
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
    "ba.atlas.of",
    "ba.assurance.of",
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
    "ba.leaving.side_by_side",
    "ba.leaving_study",
    "ba.sensitivity.grid",
    "ba.side_by_side",
    "ba.simulate",
    "ba.usual_analysis",
}
# Their first argument holds what the text names; they are tested where such values are made.
OF_STUDIES = {
    "ba.plots.assurance_by_size",
    "ba.plots.assurance_curves",
    "ba.plots.influence",
    "ba.plots.predictive",
    "ba.plots.prior_study",
    "ba.plots.prior_support",
    "ba.plots.rating_distributions",
}
# Of models of single items, and of leaving.
ITEMS = {"ba.measurement.loadings", "ba.measurement.reliability", "ba.leaving.left_minus_stayed"}


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
        case origin if origin in (tuple, Sequence):
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
    "conclusions": tuple,
    "draws": lambda: ba.variance.shares(fit()),
    "prior": lambda: ba.variance.shares(fit()),
    "scores": scores,
    "surface": surface,
    "effects": lambda: ba.random_effects(fit(), seed=1, level="child", draws=10),
    "informants": lambda: (CLIENT, OTHER),
    "items": lambda: pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}),
    "item_range": lambda: (1, 3),
    "shifts": lambda: [0.0, 1.0],
}
FOR_ONE: dict[str, Callable[[], dict[str, object]]] = {
    "ba.congruence.latent_scores": lambda: {"effects": ba.random_effects(fit(), seed=1, draws=10)}
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
    given = {one: example(one, kinds[one]) for one in required(name)}
    given |= FOR_ONE.get(name, dict)() | changes
    several = [
        one.name
        for one in inspect.signature(PUBLIC[name]).parameters.values()
        if one.kind is inspect.Parameter.VAR_POSITIONAL and one.name in given
    ]
    extra = [given.pop(one) for one in several]
    first = [given.pop(one) for one in required(name)[: 1 if several else 0]]
    return PUBLIC[name](*first, *extra, **given)


@pytest.mark.parametrize(("name", "argument"), EACH)
@pytest.mark.thorough
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


def numbers_of_numpy(name: str) -> dict[str, object]:
    """A number of NumPy for every argument that takes numbers."""
    numbers: dict[str, object] = {}
    for argument, kind in arguments(name).items():
        for one in alternatives(kind):
            if one is float and argument not in ("cut", "centre", "prorate"):
                numbers[argument] = np.float32(8)
            elif one == Prob:
                numbers[argument] = np.float64(0.9)
            elif one == Seed:
                numbers[argument] = np.int32(1)
    return numbers


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name", [name for name in sorted(set(PUBLIC) - LONG - ITEMS) if numbers_of_numpy(name)]
)
def test_numbers_of_numpy_are_numbers(name: str) -> None:
    called(name, **numbers_of_numpy(name))
    plt.close("all")


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (
            lambda: ba.fit("informant_growth", fit().ratings, seed=1),
            "load_model('informant_growth')",
        ),
        (lambda: ba.fit(fit(), fit().ratings, seed=1), "Did you mean fit.spec?"),
        (lambda: ba.fit(fit().spec, pd.DataFrame(), seed=1), "Ratings.from_wide(frame"),
        (lambda: ba.fit(fit().spec, {"a": [1]}, seed=1), "Ratings.from_wide(pd.DataFrame(rows)"),
        (lambda: ba.fit(fit().spec, "r.csv", seed=1), "read_ratings('r.csv', study="),
        (lambda: ba.fit(fit().spec, fit().ratings, seed="1"), "Did you mean 1, without quotes?"),
        (lambda: ba.fit(fit().spec, fit().ratings, seed=1, draws=10**12), "from 1 to 1,000,000"),
        (lambda: ba.variance.shares("growth.nc"), "Did you mean Fit.load('growth.nc')?"),
        (lambda: ba.variance.shares(fit(), of="5"), "this fit has level, slope"),
        (lambda: ba.variance.shares(fit(), time=math.nan), "time = nan: must be a finite number"),
        (lambda: ba.variance.shares(fit(), time="4"), "Did you mean 4, without quotes?"),
        (lambda: ba.tables.summary(fit(), prob=95), "Did you mean 0.95?"),
        (lambda: ba.agreement.correlation(fit(), level="chld"), "Did you mean 'child'?"),
        (lambda: ba.effects.contrast(fit(), "anxeity"), "Did you mean 'anxiety'?"),
        (lambda: ba.agreement.mean_difference(fit(), unit="sds"), "Did you mean 'sd'?"),
        (lambda: ba.load_model(3), "name_or_path = 3: must be text or a path"),
        (lambda: ba.with_covariates(fit().spec, "anxiety"), "must be a list of names"),
        (lambda: ba.compare.folds({"one": fit(), "two": "fit.nc"}), "fits[two] = 'fit.nc'"),
        (lambda: ba.report.write(fit(), 3), "folder = 3: must be text or a path"),
    ],
)
def test_the_error_says_what_was_meant(call: Callable[[], object], hint: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert hint in str(caught.value)


def test_a_list_of_covariates_means_level_and_slope() -> None:
    growth, level = ba.load_model("informant_growth"), ba.load_model("informant_level")
    priors = {name: prior for name, prior in level.priors.items() if name != "slope"}
    level = dataclasses.replace(level, trajectory=Trajectory(shape="level"), priors=priors)
    listed = ba.with_covariates(growth, ["anxiety", "female"])
    both = ("level", "slope")
    assert listed == ba.with_covariates(growth, {"anxiety": both, "female": both})
    assert [term.on for term in ba.with_covariates(level, ("anxiety",)).covariates] == [("level",)]
    assert ba.with_covariates(growth, []) == growth


def test_python_says_which_arguments_are_missing_or_unknown() -> None:
    with pytest.raises(TypeError, match="seed"):
        ba.fit(fit().spec, fit().ratings)
    with pytest.raises(TypeError, match="tme"):
        ba.variance.shares(fit(), tme=4.0)
