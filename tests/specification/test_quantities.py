"""The table of quantities: every quantity of every shipped model, its block, unit and words."""

from typing import get_args

import pytest

import bayes_alliance as ba
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
    items, points = (block_of(ba.load_model(name)) for name in ("ordinal_items", "binomial"))
    assert {key for key, block in items.items() if block == "items"} == {
        "item_loading",
        "item_difficulty",
        "item_spacing",
    }
    assert points["residual_sd"] == "residuals"
    assert "covariates" not in {*items.values(), *points.values()}
