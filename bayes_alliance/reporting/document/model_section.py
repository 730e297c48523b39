"""The section of a report on the model: in words, in symbols, and its priors with their reasons."""

from dataclasses import replace

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting.document.contents import Section
from bayes_alliance.reporting.prose.paragraphs import not_identified, not_modelled
from bayes_alliance.reporting.prose.passage import Passage
from bayes_alliance.reporting.prose.wording import headed
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.formulas import formulas, legend
from bayes_alliance.specification.printing import priors_and_references
from bayes_alliance.specification.sentences import sentences


def model(fit: Fit) -> Section:
    """Compose the section with the model in words and symbols."""
    section = Section(
        key="model",
        title="The model",
        lead=f"{fit.spec.title} ({fit.spec.name}; {fit.spec.status}).",
        points=(
            *not_modelled(fit),
            *not_identified(fit),
        ),
    )
    alone = len(fit.ratings.informants) == 1
    return with_model(section, fit.spec, fit.ratings.words, alone=alone)


def with_model(section: Section, spec: ModelSpec, words: Words, *, alone: bool = False) -> Section:
    """Add a model in words and symbols, with its priors and their reasons, to a section.

    Parameters
    ----------
    alone : bool
        Whether it is of one informant.
    """
    # What others wrote keeps its words.
    priors, references, titles = priors_and_references(spec).partition("\nReferences\n")
    return replace(
        section,
        passages=tuple(
            Passage(head=words.said(head), text=words.said(headed(text)))
            for head, text in sentences(spec, alone=alone).items()
        ),
        equations=tuple(formulas(spec)),
        symbols=words.said(legend(spec)),
        verbatim=words.said(priors) + references + titles,
    )
