# %% [markdown]
# # 7. Your own data, from a spreadsheet
#
# **Question.** I have a spreadsheet with items or total scores. How do I get to the answers of the other
# notebooks?
#
# Two files: the table, and a *study file* that says once what its columns are. Nothing leaves your
# machine. For this notebook a small **synthetic** spreadsheet is made up first, in a temporary folder.

# %%
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import bayes_alliance as ba

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(7)
rows = []
for child in range(60):
    left = rng.choice([4, 8, 12, 16], p=[0.2, 0.2, 0.2, 0.4])
    shared = rng.normal(0, 4)
    for month in (4, 8, 12, 16):
        here = month <= left
        row = {"family": f"F{child:02d}", "clinician": f"T{child // 3:02d}", "month": month}
        row |= {"active": int(here), "age": int(6 + child % 9)}
        for who, own in (("c", 3.0), ("p", 2.5)):
            score = round(np.clip(40 + shared + rng.normal(0, own), 12, 48))
            row[f"tasc_{who}"] = score if here and rng.random() > 0.1 else None
        rows.append(row)
pd.DataFrame(rows).to_csv(folder / "ratings.csv", index=False)
pd.read_csv(folder / "ratings.csv").head(6)

# %% [markdown]
# ## The study file
#
# Labels on the left, columns of the spreadsheet on the right. `active` tells families who have left from
# ratings that are missing.

# %%
study = """
title = "SYNTHETIC families"
synthetic = true
layout = "wide"
[columns]
child = "family"
therapist = "clinician"
time = "month"
[informants]
child = "tasc_c"
caregiver = "tasc_p"
[scale]
lower = 12
upper = 48
[time]
origin = 4
per = 4
unit = "months"
[treatment]
in_treatment = "active"
[covariates]
child = ["age"]
"""
(folder / "study.toml").write_text(study)
ratings = ba.read_ratings(folder / "ratings.csv", study=folder / "study.toml")
ratings

# %% [markdown]
# ## When something is wrong
#
# Everything wrong with a file comes in one message, with row, value and what is allowed.

# %%
broken = pd.read_csv(folder / "ratings.csv")
broken.loc[3, "tasc_c"] = 84
broken.loc[9, "clinician"] = "T19"
broken.to_csv(folder / "broken.csv", index=False)
try:
    ba.read_ratings(folder / "broken.csv", study=folder / "study.toml")
except ba.InputError as error:
    print(str(error).replace(str(folder), "."))

# %% [markdown]
# ## The road to a report

# %%
fit = ba.fit(ba.load_model("informant_growth"), ratings, seed=1)
for check in ba.checks.standard(fit):
    print(check, "\n")

# %%
_ = ba.plots.trajectories(fit)
# %%
report = ba.report.write(fit, folder / "report")
print(report.name, "and", ", ".join(sorted(path.name for path in report.parent.iterdir())))

# %% [markdown]
# `report.html` opens in any browser. To keep the fit: `fit.save("growth.nc")`; it contains the ratings, so
# keep it as you keep the data.
#
# The same from a terminal:
#
# ```
# bayes-alliance check ratings.csv --study study.toml
# bayes-alliance fit ratings.csv --study study.toml --out results
# ```
#
# ## The sentence for the paper

# %%
r = ba.agreement.correlation(fit, level="child", of="level")
row = ba.tables.summarise(r.sel(informant="child", informant_="caregiver")).squeeze("rows")
print(
    f"(Synthetic data.) Ratings of {len(ratings.children)} families were analysed with a Bayesian "
    f"growth model with informants as correlated outcomes, children nested in "
    f"{ratings.children['therapist'].nunique()} therapists; children and caregivers agreed on the "
    f"level of the alliance with a correlation of {row['median']:.2f} (95 % interval "
    f"{row['lower']:.2f} to {row['upper']:.2f})."
)
