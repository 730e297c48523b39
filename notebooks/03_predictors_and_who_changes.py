# %% [markdown]
# # 3. Predictors, and who changes
#
# **Question.** Do children with an anxiety disorder form a different alliance, does it change
# differently, and do all informants see the same difference?
#
# The usual way is one predictor and one informant at a time. Here all informants are in one model, so
# that the effect *and its difference between informants* have an interval. The ratings are
# **synthetic**.

# %%
import bayes_alliance as ba

ratings = ba.load_example("usual_care")
spec = ba.with_covariates(
    ba.load_model("informant_growth"), {"anxiety": ("level", "slope"), "female": ("level",)}
)
fit = ba.fit(spec, ratings, seed=1)
ba.checks.convergence(fit)

# %% [markdown]
# ## The effect on the rating expected at 16 months
#
# Children with an anxiety disorder compared with children without, in rating points, for each
# informant; and in standard deviations.

# %%
effect = ba.effects.contrast(fit, "anxiety", time=16)
ba.tables.summarise(effect).round(2)

# %%
ba.tables.summarise(ba.effects.contrast(fit, "anxiety", time=16, unit="sd")).round(3)

# %% [markdown]
# ## On change

# %%
ba.tables.summarise(ba.effects.contrast(fit, "anxiety", on="slope")).round(3)

# %% [markdown]
# ## Do informants see the same?

# %%
between = ba.effects.contrast(fit, "anxiety", time=16, difference=("therapist_of_child", "child"))
ba.tables.summarise(between).round(2)

# %% [markdown]
# ## Is it large enough to matter?
#
# You say what would be too small to matter, here half a point, and get the probability that the effect
# is that small, and the probability of its direction.

# %%
small = ba.effects.inside(effect, (-0.5, 0.5))
print(small.round(2).to_series().to_string())
print(ba.effects.direction(effect).round(2).to_series().to_string())

# %%
_ = ba.plots.effects(fit, rope=(-0.5, 0.5), difference=("therapist_of_child", "child"))

# %%
_ = ba.plots.effects(fit, on="slope")

# %% [markdown]
# ## Who changes? The expected courses of two groups
#
# Lines and bands are what the model expects of the children with and of those without an anxiety
# disorder, averaged over their other covariates; points are the observed means of the same children.
# Under the axis: how many were rated, and how many were left.

# %%
_ = ba.plots.trajectories(fit, by="anxiety")

# %%
calm = ba.effects.trajectories(fit, at={"anxiety": 0})
anxious = ba.effects.trajectories(fit, at={"anxiety": 1})
ba.tables.summarise((anxious - calm).sel(informant="child")).round(2)

# %% [markdown]
# ## The sentence for the paper

# %%
row = ba.tables.summarise(effect.sel(informant="child")).squeeze("rows")
other = ba.tables.summarise(between).squeeze("rows")
print(
    f"(Synthetic data.) Children with an anxiety disorder are expected to rate the alliance at 16 months "
    f"{row['median']:+.1f} points (95% interval {row['lower']:+.1f} to {row['upper']:+.1f}) from "
    f"children without; the difference is {other['median']:+.1f} points ({other['lower']:+.1f} to "
    f"{other['upper']:+.1f}) in the therapist's ratings of the same alliance compared with the child's."
)
