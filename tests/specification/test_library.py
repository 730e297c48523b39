"""The shipped models: complete, cited, as documented; loading by name and by path."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bayes_alliance.design import design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.engines import chosen
from bayes_alliance.ratings.simulation import load_example
from bayes_alliance.specification import ModelSpec, list_models, load_model, with_covariates
from bayes_alliance.specification.catalogue import catalogue, references
from bayes_alliance.specification.reading import KEYS

MODELS = Path(__file__).parents[2] / "models"
NAMES = sorted(file.stem for file in MODELS.glob("*.toml"))
DEFAULTS = {
    "level": ("Normal", 0.0, 0.5),
    "slope": ("Normal", 0.0, 0.2),
    "covariate": ("Normal", 0.0, 0.25),
    "child_sd.level": ("HalfNormal", 0.5),
    "child_sd.slope": ("HalfNormal", 0.2),
    "therapist_sd.level": ("HalfNormal", 0.2),
    "clinic_sd.level": ("HalfNormal", 0.1),
    "quadratic": ("Normal", 0.0, 0.1),
    "slope_change_1": ("Normal", 0.0, 0.2),
    "change_1": ("Normal", 0.0, 0.4),
    "change_2": ("Normal", 0.0, 0.4),
    "change_3": ("Normal", 0.0, 0.4),
    "residual_sd": ("HalfNormal", 0.5),
    "residual_nu": ("Gamma", 2.0, 0.1),
    "residual_sd_on": ("Normal", 0.0, 0.25),
    "residual_autoregression": ("Beta", 1.0, 2.0),
    "child_cor": ("LKJ", 1.0),
    "therapist_cor": ("LKJ", 1.0),
    "residual_cor": ("LKJ", 1.0),
    "leaving_baseline": ("Normal", -0.5, 1.0),
    "leaving_on": ("Normal", 0.0, 1.0),
    "leaving_share": ("Beta", 1.0, 1.0),
}
OWN_DEFAULTS = {
    # On a scale without ends, which stretches what lies near the ends.
    "binomial": {
        "level": ("Normal", 0.0, 1.0),
        "slope": ("Normal", 0.0, 0.3),
        "child_sd.slope": ("HalfNormal", 0.3),
        "therapist_sd.level": ("HalfNormal", 0.3),
        "residual_sd": ("HalfNormal", 0.3),
    },
    # The alliance itself, on a scale without ends, and items around it.
    "ordinal_items": {
        "level": ("Normal", 0.0, 0.75),
        "slope": ("Normal", 0.0, 0.3),
        "child_sd.slope": ("HalfNormal", 0.3),
        "therapist_sd.level": ("HalfNormal", 0.3),
        "residual_sd": ("HalfNormal", 0.3),
        "item_loading": ("Gamma", 4.0, 2.0),
        "item_difficulty": ("Normal", 0.0, 0.4),
        "item_spacing": ("Normal", 0.0, 0.5),
    },
    "screen_predictors": {"covariate": ("RegularizedHorseshoe", 0.01, 0.25, 4.0)},
}


def test_the_catalogue_is_the_folder_of_models() -> None:
    assert Path(str(catalogue())) == MODELS
    assert sorted(list_models()["name"]) == NAMES
    assert {"informant_growth", "separate_levels", "predict_caregiver"} < set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_named_as_its_file(name: str) -> None:
    assert load_model(name).name == name
    assert load_model(MODELS / f"{name}.toml") == load_model(name)
    assert load_model(str(MODELS / f"{name}.toml")) == load_model(name)


@pytest.mark.parametrize("name", NAMES)
def test_priors_are_the_documented_defaults(name: str) -> None:
    spec = with_covariates(load_model(name), {"anxiety": ("level",)})
    defaults = DEFAULTS | OWN_DEFAULTS.get(name, {})
    for quantity, prior in spec.priors.items():
        values = (getattr(prior, entry.name) for entry in fields(prior))
        numbers = (value for value in values if isinstance(value, float))
        assert (prior.distribution, *numbers) == defaults[quantity]


@pytest.mark.parametrize("name", NAMES)
def test_how_much_informants_agree_hangs_neither_on_their_number_nor_on_whether_slopes_vary(
    name: str,
) -> None:
    spec = load_model(name)
    for quantity, prior in spec.priors.items():
        if quantity.endswith("_cor"):
            is_correlated = getattr(spec, quantity.removesuffix("_cor")).structure == "correlated"
            assert (prior.by, prior.mean) == (
                ("coefficient", "flat") if is_correlated else (None, None)
            )


@pytest.mark.parametrize("name", NAMES)
def test_every_reason_is_a_source_or_a_judgement(name: str) -> None:
    cited = {re.search(r"\((\d{4})\)", text)[1] for text in references().values()}
    for prior in load_model(name).priors.values():
        assert prior.reason.startswith("judgement")
        assert set(re.findall(r"\b(?:19|20)\d\d\b", prior.reason)) <= cited


@pytest.mark.parametrize("name", NAMES)
def test_every_citation_is_in_the_references(name: str) -> None:
    assert set(load_model(name).citations) <= set(references())


def test_every_reference_is_cited() -> None:
    cited = {key for name in NAMES for key in load_model(name).citations}
    assert cited == set(references())
    for text in references().values():
        assert re.fullmatch(r"[^{}@]+ \(\d{4}\)\. [^{}]+\. [^{}]+", text)


def test_one_model_is_recommended_and_comes_first() -> None:
    table = list_models()
    assert list(table.columns) == ["name", "title", "status", "about"]
    order = ("recommended", "founding study", "alternative")
    assert list(table["status"]) == sorted(table["status"], key=order.index)
    assert list(table["status"]).count("recommended") == 1
    assert table["name"][0] == "informant_growth"


def test_the_list_prints_whole_within_a_narrow_terminal() -> None:
    table = list_models()
    text = str(table)
    assert "..." not in text
    assert max(map(len, text.split("\n"))) <= 80
    for row in table.itertuples():
        assert f"{row.title} ({row.status})" in text
        assert row.about in text


def test_part_of_the_list_is_an_ordinary_table() -> None:
    assert "title" not in str(list_models()[["name"]])
    assert "title" not in str(list_models().set_index("name")[["status"]])


def test_the_readme_lists_the_models_as_their_files_do() -> None:
    readme = (MODELS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|" + r" (.+) \|" * 5 + "$", readme, flags=re.MULTILINE)
    shipped = [row for row in rows if row[0] in NAMES]
    ratings, with_items = load_example("usual_care"), load_example("usual_care_items")
    expected = []
    for name, title, status, question in list_models().itertuples(index=False):
        spec = load_model(name)
        of_items = spec.likelihood.family == "ordinal"
        engine = chosen("auto", spec, design(spec, with_items if of_items else ratings))
        cited = ", ".join(f"`{key}`" for key in spec.citations)
        expected.append((name, title, status, question, engine, cited))
    assert shipped == expected


def test_the_readme_explains_every_table_of_a_model_file() -> None:
    readme = (MODELS / "README.md").read_text(encoding="utf-8")
    for key in KEYS[KEYS.index("trajectory") :]:
        assert f"`[{key}" in readme


def test_the_models_differ_as_they_say() -> None:
    growth, level = load_model("informant_growth"), load_model("informant_level")
    alone = load_model("separate_levels")
    assert growth.child.terms == ("level", "slope")
    assert level.child.terms == ("level",)
    assert (growth.child.structure, level.child.structure) == ("correlated", "correlated")
    assert growth.therapist == level.therapist
    assert growth.therapist.terms == ("level",)
    assert (alone.child.structure, alone.residual.structure) == ("independent", "independent")
    assert alone.therapist is None
    for spec in (growth, level, alone):
        assert spec.clinic is None
        assert spec.trajectory.shape == "linear"
    ceiling, factor = load_model("growth_with_ceiling"), load_model("common_factor")
    assert ceiling.likelihood.family == "censored_normal"
    assert growth.likelihood.family == "normal"
    parts = ("trajectory", "child", "therapist", "clinic", "residual", "covariates", "priors")
    for part in parts:
        assert getattr(ceiling, part) == getattr(growth, part)
    assert factor.child.structure == "common_factor"
    for part in ("trajectory", "therapist", "clinic", "residual", "covariates", "likelihood"):
        assert getattr(factor, part) == getattr(growth, part)


PREDICTORS = {
    "predict_child": (("child", "therapist_of_child"), ("female", "anxiety")),
    "predict_caregiver": (("caregiver",), ("caregiver_white", "experience")),
    "predict_therapist": (
        ("therapist_of_caregiver",),
        ("caregiver_female", "caregiver_white", "experience"),
    ),
}


@pytest.mark.parametrize("name", PREDICTORS)
def test_models_of_predictors_are_the_founding_studys(name: str) -> None:
    spec, alone = load_model(name), load_model("separate_levels")
    informants, covariates = PREDICTORS[name]
    assert spec.status == "founding study"
    assert spec.informants == informants
    assert tuple(term.name for term in spec.covariates) == covariates
    assert all(term.on == ("level", "slope") for term in spec.covariates)
    for part in ("trajectory", "child", "therapist", "clinic", "residual", "likelihood"):
        assert getattr(spec, part) == getattr(alone, part)
    assert all(f" {covariate}" in spec.about for covariate in covariates)
    joint = load_model("predict_growth")
    assert set(covariates) <= {term.name for term in joint.covariates}


def test_alternatives_change_one_thing_of_the_recommended_model() -> None:
    growth = load_model("informant_growth")
    changed = {
        "predict_growth": {"covariates"},
        "screen_predictors": {"covariates"},
        "growth_with_clinics": {"clinic"},
        "quadratic_growth": {"trajectory"},
        "slowing_growth": {"trajectory"},
        "two_phase_growth": {"trajectory"},
        "categorical_visits": {"trajectory", "child", "residual"},
        "robust": {"likelihood"},
        "binomial": {"likelihood"},
        "growth_scale": {"residual", "covariates"},
        "autoregressive": {"residual"},
    }
    parts = ("trajectory", "child", "therapist", "clinic", "residual", "likelihood", "covariates")
    for name, different in changed.items():
        spec = load_model(name)
        assert {p for p in parts if getattr(spec, p) != getattr(growth, p)} == different


def test_an_unknown_model_is_told_with_the_nearest_and_the_list() -> None:
    with pytest.raises(InputError) as caught:
        load_model("informant_grwoth")
    message = str(caught.value)
    assert "Did you mean 'informant_growth'?" in message
    assert f"({', '.join(NAMES)})" in message


def test_a_model_of_ones_own_is_loaded_by_path(tmp_path: Path) -> None:
    spec = with_covariates(load_model("informant_level"), {"anxiety": ("level",)})
    file = tmp_path / "mine.toml"
    file.write_text(spec.to_toml(), encoding="utf-8")
    assert load_model(file) == spec
    assert load_model(str(file)) == spec
    (tmp_path / "no_ending").write_text(spec.to_toml(), encoding="utf-8")
    assert load_model(f"{tmp_path}/no_ending") == spec
    with pytest.raises(InputError, match=r"absent\.toml: cannot be read"):
        load_model("absent.toml")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_survives_writing(name: str) -> None:
    assert ModelSpec.from_text(load_model(name).to_toml()) == load_model(name)
