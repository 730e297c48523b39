# %% [markdown]
# # 7. Your own data, from a spreadsheet
#
# **Question.** I have a file with ratings, as it was kept for years. How do I get to the answers of the other
# notebooks?
#
# Two files: the table, and a *study file* that says once what its columns are. The study file is drafted from
# the table; you answer what only you can know. Nothing leaves your machine. For this notebook a small
# **synthetic** Excel file is made up first, in a temporary folder: a title above the names of the columns, 99
# for ratings that were not given, families who left.

# %%
import dataclasses
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
            row[f"tasc_{who}"] = (score if rng.random() > 0.1 else 99) if here else None
        rows.append(row)
table = pd.DataFrame(rows)
with pd.ExcelWriter(folder / "alliance.xlsx") as book:
    table.to_excel(book, sheet_name="ratings", index=False, startrow=2)
    book.sheets["ratings"]["A1"] = "SYNTHETIC families, Alliance (TASC)"
pd.read_excel(folder / "alliance.xlsx", header=None).head(6)

# %% [markdown]
# ## The draft
#
# `ba.draft` looks at the file and shows the study file that it seems to need. The first lines say what a person
# must decide; beside every key stands why it was taken.

# %%
study = ba.draft(folder / "alliance.xlsx")
study

# %% [markdown]
# Everything was found: the row of the names, the code 99, families and clinicians, two informants, who is in
# treatment. One thing a file cannot tell: the lowest and highest rating *seen* need not be the ends of the
# scale. The TASC goes from 12 to 48. Correct the text in an editor
# (`Path("study.toml").write_text(str(study))`), or here:

# %%
study = dataclasses.replace(
    study, scale={"lower": 12, "upper": 48}, title="SYNTHETIC families", synthetic=True
)
(folder / "study.toml").write_text(study.to_toml())
ratings = ba.read_ratings(folder / "alliance.xlsx", study=folder / "study.toml")
ratings

# %% [markdown]
# ## When something is wrong
#
# Everything wrong with a file comes in one message, by cause, with row, value and what is allowed. A frame is
# read as a file is.

# %%
broken = table.replace(99, np.nan)
broken.loc[3, "tasc_c"] = 84
broken.loc[9, "clinician"] = "T19"
frame_study = dataclasses.replace(study, file={})
try:
    ba.read_ratings(broken, study=frame_study)
except ba.InputError as error:
    print(error)

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
# bayes-alliance draft alliance.xlsx --out study.toml
# bayes-alliance check alliance.xlsx --study study.toml
# bayes-alliance fit alliance.xlsx --study study.toml --out results
# ```
#
# ## The sentence for the paper

# %%
r = ba.agreement.correlation(fit, level="child", of="level")
row = ba.tables.summarise(r.sel(informant="child", informant_="parent")).squeeze("rows")
print(
    f"(Synthetic data.) Ratings of {len(ratings.children)} families were analysed with a Bayesian "
    f"growth model with informants as correlated outcomes, children nested in "
    f"{ratings.children['therapist'].nunique()} therapists; children and parents agreed on the "
    f"level of the alliance with a correlation of {row['median']:.2f} (95% interval "
    f"{row['lower']:.2f} to {row['upper']:.2f})."
)
