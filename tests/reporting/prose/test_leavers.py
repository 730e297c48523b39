"""Paragraphs of a fit with leaving say what is assumed, and its numbers."""

import dataclasses
import re

import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.reporting.prose import leavers, paragraphs
from bayes_alliance.results.collection import collected
from bayes_alliance.specification import Leaving, load_model, with_leaving
from tests import hand_made
from tests.reporting.page import rounds_to

NUMBER = r"−?[0-9.]+"


def whole(passages) -> str:
    return " ".join(one.text for one in passages)


@pytest.fixture(scope="module")
def fit():
    spec = with_leaving(load_model("informant_growth"), Leaving(follows="either"))
    prior = ba.prior_fit(spec, hand_made.ratings(("child", "caregiver")), seed=2, draws=60)
    return dataclasses.replace(prior, engine="collapsed")


@pytest.fixture(scope="module")
def said(fit):
    return leavers.found(collected(fit, prior=fit))


def test_methods_say_hazard_link_assumption_engine_and_estimand(fit) -> None:
    text = whole(paragraphs.methods(fit))
    assert "(a probit for every interval)" in text
    assert "It follows the current alliance or the rating of the day" in text
    assert "those who left, were kept" in text
    assert "as they would have been in treatment, given the ratings that were seen" in text
    assert (
        "had all stayed in treatment (a hypothetical strategy in the words of ICH E9(R1))" in text
    )
    assert "the latent numbers behind who left sampled" in text
    # Nobody may read that leaving was ignored.
    assert "ratings are taken as missing at random" not in text
    plain = whole(paragraphs.methods(hand_made.fit()))
    assert "ratings are taken as missing at random" in plain
    assert "ICH" not in plain


@pytest.mark.parametrize(
    ("follows", "words"),
    [
        ("alliance", "which nobody sees, and cannot be ignored."),
        ("rating", "leaving depends on ratings, those of the day that are missing among them."),
        ("either", "cannot be ignored unless it follows ratings alone."),
    ],
)
def test_what_is_assumed_of_ratings_after_leaving_is_said(follows: str, words: str) -> None:
    assert Leaving(follows=follows).assumption.endswith(words)


def test_results_count_who_left_and_what_the_model_expects(fit, said) -> None:
    assert said[0] == "Of 12 families, 6 left treatment before the last occasion."
    low, middle, high = np.quantile(ba.leaving.in_treatment(fit).isel(time=-1), leavers.TAILS)
    assert said[1] == (
        f"At the last occasion 50% were in treatment; of new families the model expects "
        f"{100 * middle:.0f}% (95% interval {100 * low:.0f}% to {100 * high:.0f}%)."
    )


def test_results_say_what_leaving_follows_with_the_numbers_of_the_summary(fit, said) -> None:
    summary = ba.tables.summary(fit).set_index("quantity")
    in_text = re.findall(rf"({NUMBER}) \[({NUMBER}), ({NUMBER})\]", "".join(said[2:5]))
    names = ["leaving_on[child]", "leaving_on[caregiver]", "leaving_share"]
    for written, (_, row) in zip(in_text, summary.loc[names].iterrows(), strict=True):
        for text, value in zip(written, row[["median", "lower", "upper"]], strict=True):
            assert rounds_to(value, text)
    more = (fit.moments["leaving_on"] > 0).mean(("chain", "draw"))
    for text, value in zip(re.findall(r"more leave (\.\d+)", said[2] + said[3]), more, strict=True):
        assert rounds_to(float(value), text)


def test_results_set_those_who_leave_beside_those_who_stay(fit, said) -> None:
    apart = ba.leaving.left_minus_stayed(fit, way="new").sel(coefficient="level")
    in_text = re.findall(
        rf"({NUMBER}) points \(95% interval ({NUMBER}) to ({NUMBER})\)", "".join(said[5:])
    )
    for written, name in zip(in_text, fit.design.informants, strict=True):
        low, middle, high = np.quantile(apart.sel(informant=name), leavers.TAILS)
        for text, value in zip(written, (middle, low, high), strict=True):
            assert rounds_to(value, text)


def test_a_fit_without_leaving_has_nothing_to_say(fit) -> None:
    assert leavers.assumed(hand_made.fit()) == ""
    assert leavers.found(collected(hand_made.fit())) == []
    text = whole(paragraphs.results(fit, records=collected(fit, prior=fit)))
    for sentence in leavers.found(collected(fit, prior=fit)):
        assert sentence in text
