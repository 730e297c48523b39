"""Drafting a study file: what a ratings file seems to hold, for a person to correct."""

from bayes_alliance.ratings.drafting.drafted import Drafted, draft, drafted

__all__ = ["Drafted", "draft", "drafted"]
