"""A part of ratings: some of the children, and all that belongs to them."""

from dataclasses import replace

import pandas as pd

from bayes_alliance.ratings.ratings import Ratings


def of_children(ratings: Ratings, labels: pd.Index) -> Ratings:
    """Ratings of some children, with the therapists and clinics they have.

    Parameters
    ----------
    labels : Index
        Of the children, in the order they are to have.
    """
    children = ratings.children.loc[labels]
    therapists, clinics = ratings.therapists, ratings.clinics
    if ratings.has_therapists:
        therapists = therapists[therapists.index.isin(children["therapist"])]
    alone = tuple(one for one in ratings.alone if one in therapists.index)
    if ratings.has_clinics:
        clinics = clinics[clinics.index.isin(children["clinic"])]
    long, occasions = ratings.long, ratings.occasions
    return replace(
        ratings,
        children=children,
        therapists=therapists,
        clinics=clinics,
        alone=alone,
        long=long[long["child"].isin(labels)].reset_index(drop=True),
        occasions=occasions[occasions["child"].isin(labels)].reset_index(drop=True),
    )
