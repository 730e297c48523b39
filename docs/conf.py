"""How the documentation site is built: from docstrings, model files and executed notebooks.

Command: ``make docs``. Nothing is fetched: formulas become MathML, which browsers draw themselves.
"""

import inspect
import re
import shutil
from importlib import import_module
from pathlib import Path
from types import ModuleType

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

import bayes_alliance as ba
from bayes_alliance.specification.formulas import formulas, legend
from bayes_alliance.specification.mathml import mathml
from bayes_alliance.specification.printing import priors_and_references
from bayes_alliance.specification.priors import fitting
from bayes_alliance.specification.quantity import Quantity
from bayes_alliance.specification.sentences import sentences as in_words

HERE = Path(__file__).parent
GENERATED = HERE / "generated"

project = "bayes_alliance"
author = "The bayes_alliance developers"
version = release = ba.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb"]
html_theme = "furo"
html_title = "bayes_alliance"
html_show_copyright = False
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
exclude_patterns = ["generated/notebooks/*.py"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"
napoleon_google_docstring = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
suppress_warnings = ["myst.header"]

# Page, module, what it answers.
MODULES = (
    ("scoring", "bayes_alliance.ratings.scoring", "From items to totals."),
    ("agreement", "bayes_alliance.estimands.agreement", "Do informants agree?"),
    ("variance", "bayes_alliance.estimands.variance", "Where do differences lie? Is it stable?"),
    ("dyads", "bayes_alliance.estimands.dyads", "Whose is it: one therapist with many clients."),
    ("effects", "bayes_alliance.estimands.effects", "What predicts it, and for whom?"),
    ("leaving", "bayes_alliance.estimands.leaving", "Who leaves, and does it matter?"),
    ("measurement", "bayes_alliance.estimands.measurement", "How well do single items measure it?"),
    ("congruence", "bayes_alliance.estimands.congruence", "Does agreement matter for an outcome?"),
    ("screening", "bayes_alliance.estimands.screening", "Which of many predictors matter?"),
    ("checks", "bayes_alliance.posterior.checks", "Can this fit be trusted?"),
    ("compare", "bayes_alliance.posterior.compare", "Which model predicts better?"),
    ("atlas", "bayes_alliance.studies.atlas", "Does it depend on any choice?"),
    ("sensitivity", "bayes_alliance.studies.sensitivity", "Does it depend on the prior?"),
    ("assurance", "bayes_alliance.studies.assurance", "How many families?"),
    ("calibrate", "bayes_alliance.studies.calibrate", "Is the truth where the posterior says?"),
    ("plots", "bayes_alliance.reporting.plots", "Figures."),
    ("tables", "bayes_alliance.reporting.tables", "Tables."),
    ("report", "bayes_alliance.reporting.document.report", "The report."),
)


CATALOGUE = """# Model catalogue

Every model is a TOML file; all priors have a reason. What a model says stands here in words; its
symbols, its priors and its file open below.

| model | what it is | status |
|---|---|---|"""

QUANTITIES = """# What has a prior

Everything a model of the [catalogue](models.md) needs a prior for. *Key*: the table of a model file
below `priors`. *Kind* decides which priors fit. A *block* is varied together by
`ba.sensitivity.power_scaling` and `ba.sensitivity.grid`. A *spread* is half the range of an
informant's scale. *One for each*: what there is one of it for.

| key | what it is | kind | priors that fit | block | unit | one for each | in models |
|---|---|---|---|---|---|---|---|"""


def public_names(module: ModuleType) -> list[str]:
    """Functions and classes a module offers: what it says it does, or what it defines."""
    named = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]
    return [
        name
        for name in sorted(named)
        if inspect.isfunction(getattr(module, name)) or inspect.isclass(getattr(module, name))
    ]


def described(module: str, name: str) -> str:
    """Directive for one public name, at the place where it is defined."""
    value = getattr(import_module(module), name)
    if inspect.isclass(value):
        return f"```{{eval-rst}}\n.. autoclass:: {module}.{name}\n   :members:\n```\n"
    return f"```{{eval-rst}}\n.. autofunction:: {module}.{name}\n```\n"


def write_api() -> None:
    """One page per module, and one of what ``import bayes_alliance as ba`` has itself."""
    folder = GENERATED / "api"
    folder.mkdir(parents=True)
    top = "\n".join(described("bayes_alliance", name) for name in public_names(ba))
    (folder / "top.md").write_text(
        "# bayes_alliance\n\n`import bayes_alliance as ba`\n\n" + top, encoding="utf-8"
    )
    pages = ["top"]
    for page, path, answers in MODULES:
        module = import_module(path)
        # `ba.agreement` is a module, `ba.plots.agreement` another function of that name.
        own = [
            name
            for name in public_names(module)
            if getattr(ba, name, None) is not getattr(module, name)
        ]
        body = "\n".join(described(path, name) for name in own)
        text = f"# ba.{page}\n\n{answers}\n\n{body}"
        (folder / f"{page}.md").write_text(text, encoding="utf-8")
        pages.append(page)
    toc = "\n".join(pages)
    (folder / "index.md").write_text(
        f"# Reference\n\n```{{toctree}}\n{toc}\n```\n", encoding="utf-8"
    )


def write_models() -> None:
    """The catalogue: every model in words, symbols and priors with reasons."""
    table = ba.list_models()
    parts = [CATALOGUE]
    parts += [
        f"| [`{row['name']}`](#{row['name']}) | {row['title']} | {row['status']} |"
        for _, row in table.iterrows()
    ]
    parts += [described_model(ba.load_model(name)) for name in table["name"]]
    (GENERATED / "models.md").write_text("\n".join(parts), encoding="utf-8")


def described_model(spec: ba.ModelSpec) -> str:
    """One model: what it asks, what it says in words, and, folded, symbols, priors and its file."""
    about = " ".join(spec.about.split())
    words = "\n".join(f"- **{head}.** {text}" for head, text in in_words(spec).items())
    symbols = "".join(f"<p class='equation'>{mathml(one)}</p>\n" for one in formulas(spec))
    return (
        f"\n({spec.name})=\n## {spec.name}\n\n**{spec.title}** ({spec.status}). {about}\n\n"
        f"{words}\n\n"
        f"<details><summary>Equations</summary>\n\n{symbols}\n{legend(spec)}\n\n</details>\n\n"
        f"{folded('Priors with their reasons, references', 'text', priors_and_references(spec))}\n"
        f"{folded(f'The file {spec.name}.toml', 'toml', spec.to_toml())}"
    )


def folded(head: str, language: str, text: str) -> str:
    """A block of text, closed until it is asked for; it opens without a script."""
    fence = "`" * 4
    return (
        f"<details><summary>{head}</summary>\n\n{fence}{language}\n{text.strip()}\n{fence}\n\n"
        "</details>\n"
    )


def quantities_page() -> str:
    """Compose the page of everything that has a prior, as the models of the catalogue have it."""
    names = list(ba.list_models()["name"])
    models: dict[Quantity, list[str]] = {}
    for name in names:
        for one in ba.load_model(name).quantities.values():
            models.setdefault(one, []).append(name)
    order = list(dict.fromkeys(one.key for one in models))
    rows = []
    for one, own in sorted(models.items(), key=lambda item: order.index(item[0].key)):
        unit = f"spread per {one.per}" if one.per else one.unit
        cells = (
            f"`{one.key}`",
            one.meaning,
            one.kind,
            ", ".join(fitting(one.kind)),
            one.block,
            "–" if one.unit == "none" else unit,
            ", ".join(f"`{dim}`" for dim in one.dims) or "model",
            f"{len(own)} of {len(names)}" if len(own) > 3 else ", ".join(own),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([QUANTITIES, *rows, ""])


def write_all() -> None:
    """Everything that comes from elsewhere in the project."""
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir()
    notebooks = GENERATED / "notebooks"
    notebooks.mkdir()
    for path in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
        shutil.copy(path, notebooks)
    write_api()
    write_models()
    (GENERATED / "quantities.md").write_text(quantities_page(), encoding="utf-8")
    changes = (HERE.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    (GENERATED / "changes.md").write_text(changes, encoding="utf-8")


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Formula in a line."""
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def visit_displayed_math(self: HTML5Translator, node: nodes.math_block) -> None:
    """Formula on lines of its own."""
    for part in filter(None, (part.strip() for part in node.astext().split("\n\n"))):
        formula = rf"\begin{{aligned}}{part}\end{{aligned}}" if r"\\" in part else part
        self.body.append(f"<div class='math'>{convert(formula, display='block')}</div>")
    raise nodes.SkipNode


def escape_names(
    app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]
) -> None:
    """Dimensions such as ``informant_`` are names, not references."""
    lines[:] = [re.sub(r"(?<![`\w\\])(\w+)_(?=[\s),.;]|$)", r"\1\\_", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Register the formulas and write what is generated."""
    app.connect("autodoc-process-docstring", escape_names)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displayed_math, None))
    write_all()
