"""The table of quantities: every quantity of every shipped model, its block, unit and words."""

from typing import get_args

import pytest

import bayes_alliance as ba
from bayes_alliance.reporting.tables import prior_tables
from bayes_alliance.specification.blocks import block_of
from bayes_alliance.specification.quantity import BLOCKS, KINDS, Kind

NAMES = tuple(ba.list_models()["name"])


def test_every_kind_has_words_for_an_error() -> None:
    assert set(get_args(Kind.__value__)) == set(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_every_prior_of_a_model_is_for_one_quantity(name: str) -> None:
    spec = ba.load_model(name)
    assert set(spec.quantities) == set(spec.priors)
    for key, quantity in spec.quantities.items():
        assert quantity.key == key == ".".join(quantity.path)
        assert quantity.block in BLOCKS
        assert quantity.meaning
        assert quantity.brief


def test_priors_of_items_and_of_points_stand_in_blocks_of_their_own() -> None:
    items, points = (block_of(ba.load_model(name)) for name in ("ordinal_items", "beta_binomial"))
    assert {key for key, block in items.items() if block == "items"} == {
        "item_loading",
        "item_difficulty",
        "item_spacing",
    }
    assert points["occasion_sd"] == points["residual_dispersion"] == "residuals"
    assert "covariates" not in {*items.values(), *points.values()}


def test_what_an_occasion_shares_is_told_in_points() -> None:
    spec = ba.load_model("beta_binomial")
    table = prior_tables.priors(spec, ba.load_example("usual_care")).set_index("parameter")
    assert table.loc["occasion_sd", "points"] == "0.1 to 8.1"
    assert table.loc["residual_dispersion", "points"].startswith("95 % below")
    assert "no unit: residual_dispersion." in " ".join(str(spec).split())
