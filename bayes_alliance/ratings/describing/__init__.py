"""What is said of ratings before any model, as text and as HTML."""

from bayes_alliance.ratings.describing.sections import describe, describe_html

__all__ = ["describe", "describe_html"]
