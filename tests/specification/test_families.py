"""A likelihood family is three files, found by its name; everybody else asks it."""

from pathlib import Path

import pytest

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.likelihoods import Law, law_of
from bayes_alliance.specification import Likelihood
from bayes_alliance.specification.families import DEFAULT, FAMILIES

PACKAGE = Path(ba.__file__).parent
FOLDERS = ("specification/families", "likelihoods", "pymc_model/likelihoods")
SHIPPED = {spec.family.name: spec for spec in map(ba.load_model, ba.list_models()["name"])}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_three_files_and_a_model_of_the_catalogue(name: str) -> None:
    assert FAMILIES[name].name == name
    assert all((PACKAGE / folder / f"{name}.py").exists() for folder in FOLDERS)
    spec = SHIPPED[name]
    assert spec.family is FAMILIES[name]
    assert isinstance(law_of(spec), Law)
    assert {own.key for own in spec.family.own} <= set(spec.priors)


@pytest.mark.parametrize("name", FAMILIES)
def test_what_a_family_is_agrees_with_what_its_ratings_do(name: str) -> None:
    family, law = FAMILIES[name], law_of(SHIPPED[name])
    assert family.observed_differs == (law.expected is not None)
    assert family.items == (law.measurement is not None)
    assert set(family.completion or ()) <= set(law.moments)
    assert bool(family.points) == family.observed_differs
    assert not family.points_differ or family.observed_differs


def test_one_family_is_that_of_a_model_that_names_none() -> None:
    assert [family for family in FAMILIES.values() if family.default] == [DEFAULT]
    assert Likelihood() == Likelihood(family=DEFAULT.name)


@pytest.mark.parametrize("wrong", ["ordnal", 3])
def test_an_unknown_family_is_refused_with_those_there_are(wrong: object) -> None:
    with pytest.raises(InputError) as caught:
        Likelihood(family=wrong)
    said = str(caught.value)
    assert all(f'"{name}"' in said for name in FAMILIES)
    assert ("Did you mean 'ordinal'?" in said) == (wrong == "ordnal")
