"""Model files and specifications: exact round trip, and every problem at once in plain words."""

import pickle
import re
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from bayes_alliance.errors import InputError
from bayes_alliance.specification import (
    LKJ,
    R2D2,
    CovariateTerm,
    Effects,
    Exponential,
    HalfNormal,
    ModelSpec,
    Normal,
    RegularizedHorseshoe,
    Residual,
    Trajectory,
    load_model,
    with_covariates,
)
from tests.specification.strategies import specifications

GROWTH = load_model("informant_growth")


def problems(text: str) -> dict[str, str]:
    """The problems of a model file by place."""
    with pytest.raises(InputError) as caught:
        ModelSpec.from_text(text)
    messages = [(problem.where, problem.message) for problem in caught.value.problems]
    assert len(dict(messages)) == len(messages), "the same place is named twice"
    return dict(messages)


def changed(*pairs: tuple[str, str]) -> str:
    """The text of the recommended model with some text replaced."""
    text = GROWTH.to_toml()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.thorough
@given(spec=specifications())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
def test_writing_and_reading_a_specification_gives_it_back(spec: ModelSpec) -> None:
    again = ModelSpec.from_text(spec.to_toml())
    assert again == spec
    assert hash(again) == hash(spec)
    assert again.to_toml() == spec.to_toml()


@given(spec=specifications())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=20)
def test_a_specification_survives_pickling(spec: ModelSpec) -> None:
    assert pickle.loads(pickle.dumps(spec)) == spec


@given(spec=specifications())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=30)
def test_every_prior_is_needed_and_none_is_missing(spec: ModelSpec) -> None:
    assert set(spec.quantities) == set(spec.priors)
    for quantity in spec.quantities:
        fewer = {name: prior for name, prior in spec.priors.items() if name != quantity}
        with pytest.raises(InputError, match=re.escape(f"priors.{quantity}: is missing")):
            replace(spec, priors=fewer)


def test_a_specification_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("\ufeff" + GROWTH.to_toml(), encoding="utf-8")
    assert ModelSpec.from_toml(file) == GROWTH


def test_a_specification_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        GROWTH.name = "other"
    with pytest.raises(TypeError):
        GROWTH.priors["level"] = Normal(mean=0.0, sd=1.0, reason="test")


def test_a_replaced_part_is_checked_again() -> None:
    varied = replace(
        GROWTH, name="wide", priors={**GROWTH.priors, "child_cor": LKJ(eta=1, reason="r")}
    )
    assert varied.priors["child_cor"].eta == 1.0
    assert varied != GROWTH
    with pytest.raises(InputError, match=r"priors.residual_cor: is a prior for nothing"):
        replace(GROWTH, residual=Residual(structure="independent"))


def test_defaults_of_a_model_file_are_the_least_that_can_be_said() -> None:
    text = """
    name = "least"
    title = "Least"
    about = "One level."
    [trajectory]
    shape = "level"
    [residual]
    structure = "independent"
    [priors.level]
    distribution = "Normal"
    mean = 0
    sd = 1
    reason = "judgement"
    [priors.residual_sd]
    distribution = "Exponential"
    rate = 2
    reason = "judgement"
    """
    spec = ModelSpec.from_text(text)
    assert spec == ModelSpec(
        name="least",
        title="Least",
        about="One level.",
        trajectory=Trajectory(shape="level"),
        residual=Residual(structure="independent"),
        priors={
            "level": Normal(mean=0.0, sd=1.0, reason="judgement"),
            "residual_sd": Exponential(rate=2.0, reason="judgement"),
        },
    )
    assert (spec.child, spec.therapist, spec.clinic, spec.covariates) == (None, None, None, ())
    assert spec.likelihood.family == "normal"
    assert spec.status == "alternative"


@pytest.mark.parametrize(
    ("trajectory", "coefficients"),
    [
        (Trajectory(shape="level"), ("level",)),
        (Trajectory(shape="linear"), ("level", "slope")),
        (Trajectory(shape="quadratic"), ("level", "slope", "quadratic")),
        (
            Trajectory(shape="piecewise", knots=(8, 12)),
            ("level", "slope", "slope_change_1", "slope_change_2"),
        ),
        (Trajectory(shape="log_time"), ("level", "slope")),
        (Trajectory(shape="occasions", knots=(8, 12)), ("level", "change_1", "change_2")),
        (
            Trajectory(shape="natural_spline", knots=(4, 8, 12, 16)),
            ("level", "spline_1", "spline_2", "spline_3"),
        ),
    ],
)
def test_a_shape_has_its_coefficients(trajectory: Trajectory, coefficients: tuple) -> None:
    assert trajectory.coefficients == coefficients


def test_all_problems_of_a_file_are_told_at_once() -> None:
    text = changed(
        ('title = "Growth', 'titel = "Growth'),
        ('status = "recommended"', 'status = "founding studdy"'),
        ('shape = "linear"', 'shape = "linear"\nknots = [8]'),
        ('    "level",\n    "slope",\n', '    "level",\n    "slop",\n'),
        ("[priors.level]", '[covariates]\nanxiety = "level"\nsex = ["levl"]\n\n[priors.level]'),
        ("sd = 0.5", "sigma = 0.5"),
        ('distribution = "LKJ"\neta = 1.0', 'distribution = "Lkj"\neta = 2.0'),
        ("scale = 0.2", 'scale = "0.2"'),
        ("[priors.residual_sd]", "[priors.residual]"),
    )
    messages = problems(text)
    assert set(messages) == {
        "titel",
        "title",
        "status",
        "trajectory.knots",
        "child.terms",
        "covariates.anxiety",
        "covariates.sex",
        "priors.covariate",
        "priors.level.sigma",
        "priors.level.sd",
        "priors.child_cor.distribution",
        "priors.child_sd.slope",
        "priors.child_sd.slope.scale",
        "priors.residual",
        "priors.residual_sd",
    }
    assert messages["titel"].startswith(
        "is not a known key. Did you mean 'title'? Known keys: name, "
    )
    assert messages["status"] == (
        'must be "recommended", "founding study" or "alternative". Did you mean \'founding study\'?'
    )
    assert messages["child.terms"].endswith("Did you mean 'slope'?")
    assert messages["covariates.sex"].endswith("Did you mean 'level'?")
    assert messages["priors.level.sd"] == "is missing"
    assert messages["priors.child_cor.distribution"].endswith("Did you mean 'LKJ'?")
    assert messages["priors.child_sd.slope.scale"] == "must be a number, without quotes"
    assert messages["priors.residual"].endswith("Did you mean 'residual_sd'?")


@given(spec=specifications())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=30)
def test_no_message_is_in_the_words_of_the_validator(spec: ModelSpec) -> None:
    text = re.sub(
        r"^(shape|structure|distribution|mean|scale|reason) = .*$", r"\1 = 3", spec.to_toml()
    )
    text = text.replace("structure = ", "structur = ").replace("reason = ", "reson = ")
    with pytest.raises(InputError) as caught:
        ModelSpec.from_text(text)
    said = " ".join(problem.message for problem in caught.value.problems)
    assert not re.search(
        r"pydantic|[Ii]nput should|validat|dataclass|argument|tuple|instance", said
    )


@pytest.mark.parametrize(
    ("pair", "where", "message"),
    [
        (
            (
                'distribution = "Normal"\nmean = 0.0\nsd = 0.5',
                'distribution = "HalfNormal"\nscale = 1',
            ),
            "priors.level.distribution",
            "its prior is Normal or StudentT.",
        ),
        (
            (
                'distribution = "HalfNormal"\nscale = 0.5',
                'distribution = "Normal"\nmean = 0\nsd = 1',
            ),
            "priors.child_sd.level.distribution",
            "its prior is HalfNormal or HalfStudentT or Exponential or Gamma.",
        ),
        (
            ('distribution = "LKJ"\neta = 1.0', 'distribution = "Exponential"\nrate = 1'),
            "priors.child_cor.distribution",
            "its prior is LKJ.",
        ),
        (("eta = 1.0", "eta = 0"), "priors.child_cor.eta", "must be greater than 0"),
        (("scale = 0.5", "scale = -0.5"), "priors.child_sd.level.scale", "greater than 0"),
        (("mean = 0.0", "mean = inf"), "priors.level.mean", "must be a finite number"),
        (("mean = 0.0", "mean = true"), "priors.level.mean", "must be a number"),
        (('family = "normal"', 'family = "norm"'), "likelihood.family", "Did you mean 'normal'?"),
        (
            ('[residual]\nstructure = "correlated"', '[residual]\nstructure = "common_factor"'),
            "residual.structure",
            'must be "independent" or "correlated"',
        ),
        (('shape = "linear"', 'shape = "line"'), "trajectory.shape", "Did you mean 'linear'?"),
        (('shape = "linear"', 'shape = "linear"\nknot = 3'), "trajectory.knot", "known key"),
        (('name = "informant_growth"', 'name = "my model"'), "name", "letters, digits"),
        (('title = "Growth, informants linked"', 'title = " "'), "title", "must not be empty"),
        (("[priors.level]", "[priors.levle]"), "priors.levle", "Did you mean 'level'?"),
    ],
)
def test_a_wrong_entry_is_named_with_what_is_allowed(
    pair: tuple[str, str], where: str, message: str
) -> None:
    assert message in problems(changed(pair))[where]


@pytest.mark.parametrize(
    ("part", "where", "message"),
    [
        ({"child": None}, "priors.child_sd.level", "no child effects (no [child] table)"),
        ({"child": None}, "priors.child_cor", "no child effects (no [child] table)"),
        (
            {"child": Effects(terms=("level", "slope"), structure="independent")},
            "priors.child_cor",
            'child.structure is "independent"',
        ),
        (
            {"child": Effects(terms=("level",), structure="common_factor")},
            "priors.child_sd.slope",
            'child.terms does not name "slope"',
        ),
        (
            {"residual": Residual(structure="independent")},
            "priors.residual_cor",
            'residual.structure is "independent"',
        ),
        ({"trajectory": Trajectory(shape="level")}, "priors.slope", "priors are needed for level"),
    ],
)
def test_a_superfluous_prior_is_named_with_the_reason(
    part: dict[str, object], where: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        replace(GROWTH, **part)
    messages = {problem.where: problem.message for problem in caught.value.problems}
    assert messages[where].startswith("is a prior for nothing in this model: ")
    assert message in messages[where]


def test_a_prior_for_covariates_needs_covariates() -> None:
    surplus = {**GROWTH.priors, "covariate": Normal(mean=0.0, sd=1.0, reason="test")}
    with pytest.raises(InputError, match=r"priors\.covariate: .*it has no covariates"):
        replace(GROWTH, priors=surplus)


def test_therapists_may_differ_in_slope() -> None:
    spec = replace(
        GROWTH,
        therapist=Effects(terms=("level", "slope"), structure="correlated"),
        priors={**GROWTH.priors, "therapist_sd.slope": HalfNormal(scale=0.1, reason="test")},
    )
    assert "therapist_sd.slope" in spec.quantities


@pytest.mark.parametrize(
    ("shape", "knots", "message"),
    [
        ("linear", (8,), 'belongs to shape "occasions" or "piecewise" or "natural_spline" only'),
        ("log_time", (8,), 'belongs to shape "occasions" or "piecewise" or "natural_spline" only'),
        ("natural_spline", (), "must name at least 3 times"),
        ("natural_spline", (4, 8), 'a straight line, shape = "linear"'),
        ("natural_spline", (4, 12, 8), "must increase"),
        ("occasions", (), "must name all times at which ratings were given, other than the time"),
        ("occasions", (8, 8), "must increase"),
        ("piecewise", (), "is needed for a piecewise trajectory"),
        ("piecewise", (8, 8), "must increase"),
        ("piecewise", (12, 8), "must increase"),
        ("piecewise", (float("nan"),), "must be a finite number"),
    ],
)
def test_knots_belong_to_shapes_that_have_them_and_increase(
    shape: str, knots: tuple[float, ...], message: str
) -> None:
    with pytest.raises(InputError, match=f"knots.*{message}"):
        Trajectory(shape=shape, knots=knots)


@pytest.mark.parametrize("terms", [(), ("level", "level"), "level"])
def test_effects_name_each_term_once(terms: object) -> None:
    with pytest.raises(InputError, match="terms"):
        Effects(terms=terms, structure="independent")


@pytest.mark.parametrize("on", [(), ("rating", "level"), ("level", "level")])
def test_a_covariate_acts_on_coefficients_or_on_the_rating_alone(on: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="on = "):
        CovariateTerm(name="anxiety", on=on)


def test_a_covariate_is_given_once() -> None:
    twice = (CovariateTerm(name="a", on=("level",)), CovariateTerm(name="a", on=("slope",)))
    priors = {**GROWTH.priors, "covariate": Normal(mean=0.0, sd=1.0, reason="test")}
    with pytest.raises(InputError, match=r"covariates\.a: is given twice"):
        replace(GROWTH, covariates=twice, priors=priors)


def test_covariates_bring_their_default_prior() -> None:
    spec = with_covariates(GROWTH, {"anxiety": ("level", "slope"), "mood": ["rating"]})
    assert spec.covariates == (
        CovariateTerm(name="anxiety", on=("level", "slope")),
        CovariateTerm(name="mood", on=("rating",)),
    )
    assert (spec.priors["covariate"].mean, spec.priors["covariate"].sd) == (0.0, 0.25)
    assert spec.priors["covariate"].reason.startswith("judgement")
    assert with_covariates(GROWTH, {}) == GROWTH


def test_covariates_keep_a_prior_and_covariates_that_are_there() -> None:
    wide = Normal(mean=0.0, sd=1.0, reason="test")
    first = with_covariates(GROWTH, {"anxiety": ("level",)})
    first = replace(first, priors={**first.priors, "covariate": wide})
    second = with_covariates(first, {"sex": ("level",), "anxiety": ("slope",)})
    assert [(term.name, term.on) for term in second.covariates] == [
        ("anxiety", ("slope",)),
        ("sex", ("level",)),
    ]
    assert second.priors["covariate"] == wide


def test_all_problems_of_covariates_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        with_covariates(
            GROWTH,
            {"a": "level", "b": ("levl",), "c": ("rating", "level"), " ": ("level",)},
        )
    places = {problem.where for problem in caught.value.problems}
    assert places == {"covariates.a", "covariates.b", "covariates.c.on", "covariates. .name"}


def test_a_file_that_is_not_toml_says_where() -> None:
    assert "line 2" in problems("name = 'a'\ntitle = \n")["model"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.toml: cannot be read"):
        ModelSpec.from_toml(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b"title = '\xe9'")
    with pytest.raises(InputError, match=r"latin\.toml: is not text in UTF-8"):
        ModelSpec.from_toml(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", {"name", "title", "about", "trajectory", "residual", "priors"}),
        (
            "priors = 3\ntrajectory = 2\ncovariates = 1\ncitations = 'a'\nresidual = []",
            {
                "name",
                "title",
                "about",
                "priors",
                "trajectory",
                "covariates",
                "citations",
                "residual",
            },
        ),
    ],
)
def test_tables_of_the_wrong_kind_are_told(text: str, places: set[str]) -> None:
    assert set(problems(text)) == places


def test_a_prior_without_a_distribution_is_told() -> None:
    messages = problems(changed(('distribution = "Normal"\n', "")))
    assert messages == {
        "priors.level.distribution": "is missing: a prior has a distribution, its parameters and a "
        "reason"
    }


COVARIATES = """

[priors.covariate]
distribution = "Normal"
mean = 0.0
sd = 0.25
reason = "judgement"

[covariates]
"""


def with_table(lines: str) -> str:
    """The recommended model with a table of covariates."""
    return GROWTH.to_toml() + COVARIATES + lines


def test_options_of_covariates_are_read_and_written() -> None:
    text = with_table(
        """
        anxiety = ["level", "slope"]
        female = { on = ["level", "slope"], shared = true }
        "anxiety:female" = ["level"]
        mood = { on = ["rating"], within_between = true, shared = false }
        """
    )
    spec = ModelSpec.from_text(text)
    assert spec.covariates == (
        CovariateTerm(name="anxiety", on=("level", "slope")),
        CovariateTerm(name="female", on=("level", "slope"), shared=True),
        CovariateTerm(name="anxiety:female", on=("level",)),
        CovariateTerm(name="mood", on=("rating",), within_between=True),
    )
    assert spec.covariates[2].parts == ("anxiety", "female")
    assert ModelSpec.from_text(spec.to_toml()) == spec
    same = with_covariates(
        GROWTH,
        {
            "anxiety": ("level", "slope"),
            "female": {"on": ("level", "slope"), "shared": True},
            "anxiety:female": ("level",),
            "mood": {"on": ("rating",), "within_between": True},
        },
    )
    assert same.covariates == spec.covariates


def test_wrong_options_of_covariates_are_told_together() -> None:
    messages = problems(
        with_table(
            """
            anxiety = { on = ["level"], share = true }
            female = { on = ["level"], shared = "yes" }
            mood = { on = ["level"], within_between = true }
            age = { on = ["level"], name = "years" }
            "a:b:c" = ["level"]
            "age:anxeity" = ["level"]
            "age:age" = ["level"]
            "age:stress" = ["rating"]
            sex = { shared = true }
            """
        )
    )
    assert "Did you mean 'shared'?" in messages["covariates.anxiety.share"]
    assert "true or false, without quotes" in messages["covariates.female.shared"]
    assert 'act on ["rating"]' in messages["covariates.mood.within_between"]
    assert "is not a known key" in messages["covariates.age.name"]
    assert 'one colon, as in "anxiety:female"' in messages["covariates.a:b:c"]
    assert 'one colon, as in "anxiety:female"' in messages["covariates.age:age"]
    assert "not on the rating" in messages["covariates.age:stress"]
    assert messages["covariates.sex.on"] == "is missing"


def test_an_interaction_stands_beside_its_main_effects() -> None:
    with pytest.raises(InputError) as caught:
        with_covariates(
            GROWTH,
            {"anxiety": ("level",), "female": ("level",), "anxiety:femal": ("level", "slope")},
        )
    first, second = [problem.message for problem in caught.value.problems]
    assert 'let "anxiety" act on slope as well' in first
    assert "let \"femal\" act on level and slope as well. Did you mean 'female'?" in second


def test_a_model_may_be_about_some_informants() -> None:
    text = changed(('name = "informant_growth"', 'name = "mine"\ninformants = ["caregiver"]'))
    spec = ModelSpec.from_text(text)
    assert spec.informants == ("caregiver",)
    assert ModelSpec.from_text(spec.to_toml()) == spec
    with pytest.raises(InputError, match="names an informant twice"):
        replace(GROWTH, informants=("a", "a"))


def test_priors_that_shrink_effects_are_for_covariates_alone() -> None:
    horseshoe = RegularizedHorseshoe(global_scale=0.1, slab_scale=0.25, slab_nu=4, reason="r")
    with pytest.raises(InputError, match=r"priors\.level\.distribution.*Normal or StudentT\."):
        replace(GROWTH, priors={**GROWTH.priors, "level": horseshoe})
    explained = R2D2(mean=0.2, precision=3, concentration=0.5, reason="r")
    spec = with_covariates(GROWTH, {"anxiety": {"on": ("level", "slope"), "shared": True}})
    priors = {**spec.priors, "covariate": explained}
    with pytest.raises(InputError, match=r"anxiety\.shared.*does not go with an R2D2 prior"):
        replace(spec, priors=priors)
    level = with_covariates(load_model("informant_level"), {"anxiety": ("level", "slope")})
    with pytest.raises(InputError, match="needs children to differ in slope"):
        replace(level, priors={**level.priors, "covariate": explained})
    with pytest.raises(InputError, match="must be less than 1"):
        R2D2(mean=1.0, precision=3, concentration=0.5, reason="r")
    wide = horseshoe.widened(18.0)
    assert (wide.global_scale, wide.slab_scale, wide.slab_nu) == (18.0 * 0.1, 18.0 * 0.25, 4.0)
