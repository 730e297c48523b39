# %% [markdown]
# # 8. Who leaves, and does it matter?
#
# **Question.** 148 of 209 families left before the last occasion. Did those who left differ, and
# would the results be others had nobody left?
#
# No ratings can tell why families leave: whether they follow the alliance, which nobody sees, or
# the ratings of the day. So first comes what needs no assumption about leaving, then results under
# four assumptions side by side, then how large a difference would undo a conclusion. The ratings
# are **synthetic**.

# %%
import bayes_alliance as ba

ratings = ba.load_example("usual_care")
ba.leaving.by_group(ratings)

# %% [markdown]
# ## Did those who left differ at entry?
#
# Every family was in treatment at entry, and nearly all were rated then. With who left as a
# covariate of the level nothing is assumed about leaving.

# %%
spec = ba.load_model("informant_growth")
with_left = ba.leaving.with_who_left(ratings)
at_entry = ba.fit(ba.with_covariates(spec, {"left": ("level",)}), with_left, seed=1)
apart = ba.leaving.left_minus_stayed(at_entry, way="covariate")
ba.tables.summarise(apart)[["median", "lower", "upper"]].round(2)

# %% [markdown]
# All intervals hold zero: as in the founding study, no difference in early alliance is found.
#
# ## Does it matter what leaving follows?

# %%
fit = ba.fit(spec, ratings, seed=1)
study = ba.leaving_study(spec, ratings, seed=1, ignoring=fit)
study

# %%
study.change.round(2)

# %%
_ = ba.plots.in_treatment(study)

# %% [markdown]
# ## Which shift would undo a conclusion?
#
# Nobody rated families after they left. If their ratings were so many points lower than the model
# expects (higher: to the left), the average change would be this:

# %%
_ = ba.plots.tipping(study)

# %%
study.tipping.query("cells == 'left' and shift == 'constant'").drop(
    columns=["informant", "direction"]
).round(2)

# %% [markdown]
# Two informants need not be shifted alike. The next figure is about the two whose changes differ most
# clearly. Between the dashed lines nobody can say which of them changes more favourably.

# %%
_ = ba.plots.two_shifts(study)

# %% [markdown]
# ## Ratings and leaving in one model
#
# What leaving follows is per point of alliance or rating: negative where families with a weaker
# alliance leave.

# %%
joint = ba.fit(ba.load_model("growth_with_leaving"), ratings, seed=1)
passages = ba.paragraphs.methods(joint)
model = next(one.text for one in passages if one.head == "Statistical Model")
print(model[model.index("Whether a family") : model.index("Levels are those")])
print(model[model.index("Families with missing") :])

# %%
ba.tables.summarise(ba.leaving.left_minus_stayed(joint, way="new").sel(coefficient="level"))[
    ["median", "lower", "upper"]
].round(2)

# %% [markdown]
# ## The sentence for the paper

# %%
child = ba.tables.summarise(apart.sel(informant="child")).squeeze("rows")
print(
    f"(Synthetic data.) {study.sentence} At entry the alliance that children rated was "
    f"{child['median']:.1f} points higher if they left later than if they stayed (95% interval "
    f"{child['lower']:.1f} to {child['upper']:.1f})."
)
