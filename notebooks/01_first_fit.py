# %% [markdown]
# # 1. First fit: is the alliance stable?
#
# **Question.** Children, their caregivers and their therapists rated the alliance at 4, 8, 12 and 16
# months. Does it rise, fall, or stay as it is?
#
# The ratings of this notebook are **synthetic**: made up, with the published patterns of the founding
# study (Accurso & Garland 2015) and none of its data.

# %%
import bayes_alliance as ba

ratings = ba.load_example("usual_care")
ratings

# %%
_ = ba.plots.flow(ratings)

# %% [markdown]
# Look at what is there before anything is fitted: who was rated when, who left, what is missing, how many
# ratings lie at the ceiling. For your own file this is `ba.read_ratings("ratings.csv", study="study.toml")`
# (notebook 7).
#
# ## The model
#
# Each informant's ratings of a child follow a straight line. Children differ in level and slope,
# therapists in level, and all these differences are correlated between informants. Every prior has a
# reason beside it.

# %%
spec = ba.load_model("informant_growth")
print(spec)

# %% [markdown]
# ## Fit, and ask first whether it can be trusted

# %%
fit = ba.fit(spec, ratings, seed=1)
fit

# %%
ba.checks.convergence(fit)

# %%
check = ba.checks.posterior_predictive(fit, seed=1)
check

# %% [markdown]
# ## The answer
#
# The check finds what this model does not know: ratings of caregivers pile up at the end of the
# scale. Notebook 5 fits the model that knows it and shows what changes.
#
# The slope is the change per 4 months in rating points; the level is read at 4 months.

# %%
ba.tables.summarise(fit.moments["slope"]).round(2)

# %%
_ = ba.plots.trajectories(fit)
# %% [markdown]
# ## The sentence for the paper

# %%
slopes = ba.tables.summarise(fit.moments["slope"])
largest = slopes["median"].abs().max()
falls = ba.effects.direction(fit.moments["slope"])
changes = "; ".join(
    f"{who.replace('_', ' ')} {row['median']:.2f} [{row['lower']:.2f}, {row['upper']:.2f}]"
    for who, row in slopes.iterrows()
)
print(
    f"(Synthetic data.) Average change per 4 months was {changes} points on the 12-48 scale "
    f"(posterior medians, 95% intervals): no informant's average changed by more than "
    f"{largest:.1f} points per 4 months."
)
