"""How many files of the package know an idea: the measure of a house in which each has one home.

Whoever adds a likelihood family, a prior, a trajectory, a structure, an option, a reported estimand
or a plot should touch few files. This counts, for each one that exists, the modules whose code
mentions it: names (its own too), attributes, arguments and text, docstrings and comments left out.
`python scripts/homes.py` prints the table; a test holds the counts at what `IDEAS` allows.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

PACKAGE = Path(__file__).parents[1] / "bayes_alliance"
CUTS = ("split", "rsplit", "partition", "rpartition", "removeprefix", "removesuffix")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Idea:
    """Something a newcomer might add another one of.

    Parameters
    ----------
    kind : str
        What it is one of: a family, a prior, a plot of the report.
    name : str
    words : tuple of str
        A module whose code holds one of these words knows it.
    most : int
        How many modules may know it.
    beside : tuple of str
        Modules or folders that are allowed besides, below the package, each with its reason in a
        comment.
    """

    kind: str
    name: str
    words: tuple[str, ...]
    most: int
    beside: tuple[str, ...] = ()


def _of(
    kind: str,
    most: int,
    *,
    beside: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    **words: tuple[str, ...],
) -> tuple[Idea, ...]:
    return tuple(
        Idea(kind=kind, name=name, words=own, most=most, beside=beside.get(name, ()))
        for name, own in words.items()
    )


FAMILIES = _of(
    "family",
    3,
    beside={
        # The exact engine completes censored ratings by how far they lie beyond the ends.
        "censored_normal": ("collapsed/completions/beyond.py",),
        "student_t": (
            "collapsed/completions/weights.py",  # likewise, by weights of occasions
            # A prior distribution, and the coordinate it is sampled in, have the same name.
            "specification/priors/",
            "collapsed/kernel/coordinates.py",
        ),
        "ordinal": (
            "collapsed/completions/latent.py",  # likewise, by the alliance behind them
            "collapsed/completions/items.py",
            "collapsed/completions/item_parameters.py",
            # The truth of simulated items has the names that their estimates have.
            "ratings/simulation/items.py",
        ),
    },
    student_t=("student_t", "residual_nu"),
    censored_normal=("censored_normal", "excess"),
    binomial=("binomial",),
    ordinal=("ordinal", "item_loading", "item_difficulty", "item_spacing", "item_threshold"),
)
PRIORS = _of(
    "prior",
    3,  # its own, the list of all, and who hands it to users
    Normal=("Normal",),
    StudentT=("StudentT",),
    HalfNormal=("HalfNormal",),
    HalfStudentT=("HalfStudentT",),
    Exponential=("Exponential",),
    Gamma=("Gamma",),
    Beta=("Beta",),
    LKJ=("LKJ",),
    RegularizedHorseshoe=("RegularizedHorseshoe",),
    R2D2=("R2D2",),
    beside={
        "Normal": (
            # Standard normal numbers behind effects, whatever their prior.
            "pymc_model/effects.py",
            "pymc_model/leaving.py",
            "pymc_model/likelihoods/student_t.py",
            "pymc_model/predictors.py",
            "pymc_model/residual.py",
            # What missing values and means of children follow, which no file states.
            "pymc_model/covariates.py",
            "pymc_model/missing.py",
            # Distributions of ratings and effects in symbols, not of priors.
            "specification/families/family.py",
            "specification/formulas.py",
            "specification/leaving.py",
            "specification/leaving_quantities.py",  # the priors where nobody says more
            "reporting/tables/word.py",  # a style of Word
        ),
        "HalfNormal": (  # as above
            "pymc_model/covariates.py",
            "pymc_model/missing.py",
            "specification/leaving_quantities.py",
        ),
        "Beta": (
            # PyMC's distribution of a partial correlation, and of an explained share.
            "specification/priors/correlations.py",
            "specification/priors/shrinkage.py",
            "specification/leaving_quantities.py",
        ),
    },
)
TRAJECTORIES = _of(
    "trajectory",
    1,
    linear=("linear",),
    quadratic=("quadratic",),
    log_time=("log_time",),
    piecewise=("piecewise",),
    natural_spline=("natural_spline",),
    occasions=("change_",),  # its coefficients; the word itself is everybody's
    beside={
        "linear": (
            "collapsed/contributions.py",  # a linear form
            "ratings/simulation/examples.py",  # what a published study reports
            "specification/trajectories/natural_spline.py",  # what a spline of two knots is
        ),
    },
)
STRUCTURES = _of("structure", 4, common_factor=("common_factor",))
RESIDUAL_OPTIONS = _of(
    "residual option",
    4,
    sd_on=("sd_on", "residual_sd_on"),
    autoregression=("autoregression", "residual_autoregression"),
    beside={
        "sd_on": ("collapsed/completions/scatter.py",),
        "autoregression": (
            "collapsed/completions/autocorrelation.py",
            "pymc_model/autoregression.py",  # the compiled arithmetic of PyMC's graph of it
        ),
    },
)
COVARIATE_OPTIONS = _of(
    "covariate option",
    6,
    beside={
        # Coefficients of the exact engine are multiples of what is sampled.
        "shared": ("collapsed/completions/expectation.py",),
        "within_between": (  # its means are sampled there
            "collapsed/completions/child_means.py",
            "collapsed/completions/placed_means.py",
        ),
    },
    within_between=("within_between", "latent_means", "LatentMean"),
    shared=("shared_effects",),  # whoever asks a term or the design for them
)
PARTS = _of(
    "part of a model",
    7,  # in words, with priors, in both engines (two files in the exact one), drawn, as estimands
    leaving=("leaving_baseline", "leaving_on", "leaving_on_slope", "leaving_share"),
)
# A list of each kind, so that kinds can be changed one by one.
IDEAS: tuple[Idea, ...] = (
    *FAMILIES,
    *PRIORS,
    *TRAJECTORIES,
    *STRUCTURES,
    *RESIDUAL_OPTIONS,
    *COVARIATE_OPTIONS,
    *PARTS,
)


def knowing(idea: Idea) -> tuple[str, ...]:
    """Return the modules that know an idea, as paths below the package, those allowed left out."""
    words = set(idea.words)
    return tuple(
        name
        for name, own in vocabulary().items()
        if own & words and not name.startswith(idea.beside)
    )


def knowing_plot(name: str) -> tuple[str, ...]:
    """Return the modules that define, export or draw a plot, as paths below the package.

    Plots are called as estimands are, so that words do not tell them: looked for are the function
    in `plots`, its imports from there, and ``plots.NAME``.
    """
    return tuple(path for path, plots in _plots().items() if name in plots)


def knowing_estimand(name: str) -> tuple[str, ...]:
    """Return the modules that know a reported estimand, as paths below the package.

    Known is its dotted name: called as such, or in a text that is no docstring. `estimands` counts
    as one, where the function is; figures, which may draw any estimand, are not counted.
    """
    module, function = name.split(".")
    return (
        f"estimands/{module}",
        *(
            path
            for path, tree in _said().items()
            if not path.startswith(("estimands/", "reporting/plots/"))
            and any(_is_estimand(node, module, function) for node in tree)
        ),
    )


@cache
def _said() -> dict[str, tuple[ast.AST, ...]]:
    """Return the attributes and texts of every module, docstrings left out."""
    said = {}
    for path, tree in _modules().items():
        docstrings = _docstrings(tree)
        said[path] = tuple(
            node
            for node in tree
            if isinstance(node, ast.Attribute | ast.Constant) and id(node) not in docstrings
        )
    return said


def cuts(*packages: str) -> tuple[str, ...]:
    """Return where texts are cut apart in some packages: path and line."""
    return tuple(
        f"{path}:{node.lineno}"
        for path, tree in _modules().items()
        if path.startswith(packages)
        for node in tree
        if isinstance(node, ast.Attribute) and node.attr in CUTS
    )


def _is_estimand(node: ast.AST, module: str, function: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=of), attr=own):
            return (of, own) == (module, function)
        case ast.Constant(value=str(text)):
            return f"{module}.{function}" in text
        case _:
            return False


def _docstrings(nodes: Iterable[ast.AST]) -> set[int]:
    return {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


@cache
def _plots() -> dict[str, frozenset[str]]:
    """Return the names of what may be plots in every module, as `knowing_plot` looks for them."""
    return {
        path: frozenset(name for node in tree for name in _plots_in(node, path))
        for path, tree in _modules().items()
    }


def _plots_in(node: ast.AST, path: str) -> tuple[str, ...]:
    match node:
        case ast.FunctionDef(name=own) if path.startswith("reporting/plots/"):
            return (own,)
        case ast.ImportFrom(module=str(module), names=names) if module.startswith(
            "bayes_alliance.reporting.plots"
        ):
            return tuple(one.name for one in names)
        case ast.Attribute(value=ast.Name(id="plots"), attr=own):
            return (own,)
        case _:
            return ()


@cache
def _modules() -> dict[str, tuple[ast.AST, ...]]:
    return {path: tuple(ast.walk(tree)) for path, tree in _trees().items()}


@cache
def _trees() -> dict[str, ast.Module]:
    return {
        str(file.relative_to(PACKAGE)): ast.parse(file.read_text("utf-8"))
        for file in sorted(PACKAGE.rglob("*.py"))
    }


@cache
def vocabulary() -> dict[str, frozenset[str]]:
    """Return the words in the code of every module, by its path below the package."""
    return {path: frozenset(_words(tree)) | {Path(path).stem} for path, tree in _trees().items()}


def _words(tree: ast.Module) -> Iterator[str]:
    docstrings = _docstrings(ast.walk(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield from WORD.findall(text)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name):
                yield from name.split(".")
            case ast.ImportFrom(module=str(name)):
                yield from name.split(".")
            case ast.keyword(arg=str(name)):
                yield name
            case _:
                pass


def main() -> int:
    """Print the counts; fail if one is above what is allowed."""
    above = 0
    for idea in IDEAS:
        files = knowing(idea)
        mark = "" if len(files) <= idea.most else "  <- too many"
        above += bool(mark)
        print(f"{idea.kind:<17} {idea.name:<21} {len(files):>3} of {idea.most}{mark}")
        if "--files" in sys.argv:
            print("".join(f"    {file}\n" for file in files), end="")
    return 1 if above else 0


if __name__ == "__main__":
    raise SystemExit(main())
