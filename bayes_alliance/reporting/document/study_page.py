"""The report of a study that stands alone: one HTML file, its figures and its tables.

`composed` makes of a prior study, an atlas, planned studies or a calibration what a supplement
prints.
"""

from collections.abc import Mapping
from importlib.metadata import version

import matplotlib.pyplot as plt

from bayes_alliance.reporting import rendering
from bayes_alliance.reporting.document.assurance_sections import assurance_sections
from bayes_alliance.reporting.document.calibration_section import calibration_section
from bayes_alliance.reporting.document.composition import PREVIEW, Banner, page
from bayes_alliance.reporting.document.study_sections import atlas_sections, prior_sections
from bayes_alliance.reporting.escaping import csv
from bayes_alliance.reporting.plots.style import RULES
from bayes_alliance.studies.assurance import Assurance
from bayes_alliance.studies.atlas import Atlas
from bayes_alliance.studies.calibrate import Calibration
from bayes_alliance.studies.grid import PriorStudy

FILES = ("report.html", *(f"figures/*.{ending}" for ending in PREVIEW), "tables/*.csv")
MADE_UP = "SYNTHETIC DATA. The ratings are made up; nothing here is a finding about families."


def composed(study: PriorStudy | Atlas | Assurance | Calibration) -> Mapping[str, bytes]:
    """Compose the files of a study's report.

    Returns
    -------
    mapping
        Path below the folder to content.
    """
    match study:
        case PriorStudy():
            title, parts = "Conclusions under other priors", prior_sections(study)
        case Atlas():
            title = "Atlas: every conclusion under every reasonable choice"
            parts = atlas_sections(study)
        case Assurance():
            title, parts = study.plan.title or "How many families?", assurance_sections(study)
        case Calibration():
            title = "Calibration around a fit" if study.around else "Simulation-based calibration"
            parts = (calibration_section(study),)
    figures: dict[str, bytes] = {}
    for figure in (figure for part in parts for figure in part.figures):
        plt.close(figure.drawing)
        contents = rendering.rendered(figure.drawing, formats=PREVIEW, rules=RULES)
        figures |= {f"figures/{figure.name}.{ending}": one for ending, one in contents.items()}
    banners = []
    # That ratings are simulated is what planned studies and calibrations are about.
    if not isinstance(study, Assurance | Calibration) and study.synthetic:
        banners.append(Banner(text=study.words.said(MADE_UP), urgent=False))
    html = page(title, parts, banners=banners, figures=figures, version=version("bayes-alliance"))
    shown = [table for part in parts for table in (*part.tables, *part.unshown)]
    tables = {f"tables/{table.name}.csv": csv(table.data).encode() for table in shown}
    return {"report.html": html.encode()} | figures | tables
