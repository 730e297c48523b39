"""Draw what a ceiling does to a model that does not know of it: docs/ceiling.png.

Made-up ratings of which about a quarter of the child's lie at 48 (``tests/test_ceiling.py``) are
fitted by `informant_growth` and `growth_with_ceiling`; drawn are estimates beside the truth.

Command: ``python -m scripts.ceiling``.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import bayes_alliance as ba
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.ratings.simulation import Recording
from bayes_alliance.reporting.plots.style import DOUBLE, house_style
from tests.test_ceiling import HIGH

ASKED = {
    "slope[child]": "average slope",
    "child_sd[child,level]": "sd of levels",
    "child_sd[child,slope]": "sd of slopes",
}
MODELS = {"informant_growth": ("#AA3344", "s"), "growth_with_ceiling": ("#004488", "o")}
PLACE = Path(__file__).parent.parent / "docs" / "ceiling.png"


def main() -> None:
    """Fit both models and draw."""
    recording = Recording(whole_points=True, clipped=True)
    ratings, truth = ba.simulate(
        HIGH, families=300, therapists=100, clinics=0, recording=recording, seed=2
    )
    true = truth.table().set_index("quantity")["value"]
    own = ratings.observed[ratings.observed["informant"] == "child"]["rating"]
    with house_style():
        figure, axes = plt.subplots(1, len(ASKED), figsize=(DOUBLE, 1.7))
        for y, (name, (color, marker)) in enumerate(MODELS.items()):
            fit = ba.fit(ba.load_model(name), ratings, seed=1, progress=False)
            scalars = by_name(fit.moments, fit.design)
            draws = diagnostics.stacked((q, scalars[q]) for q in ASKED)
            for ax, quantity in zip(axes, ASKED, strict=True):
                values = draws.sel(quantity=quantity).values
                low, middle, high = np.quantile(values, [0.025, 0.5, 0.975])
                ax.plot([low, high], [y, y], color=color, lw=1.4)
                ax.plot(middle, y, marker, color=color)
        for ax, (quantity, title) in zip(axes, ASKED.items(), strict=True):
            ax.axvline(true[quantity], color="#333333", lw=0.9, ls=(0, (5, 1.5)))
            ax.set_title(title)
            ax.set_ylim(1.6, -0.6)
            ax.set_yticks([])
            ax.set_xlabel("points")
        axes[0].set_yticks([0, 1], [name.replace("_", " ") for name in MODELS])
        share = 100 * np.mean(own == 48)
        figure.suptitle(
            f"SYNTHETIC DATA: {share:.0f}% of the child's ratings at the ceiling; dashed: truth",
            x=0.995,
            ha="right",
            fontsize=6,
            color="#666666",
        )
        figure.savefig(PLACE)
    print(PLACE)


if __name__ == "__main__":
    main()
