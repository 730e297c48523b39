# %% [markdown]
# # 9. How many families?
#
# **Question.** How large must the next study be to show what it is about?
#
# The study is made many times: a truth is drawn, families are seen by therapists, rated, leave, and miss
# ratings, the model is fitted, and what it supports is counted. The share of studies that reach a conclusion
# is the *assurance* (O'Hagan, Stevens and Campbell 2005). A design file says all of this; here it is a
# dictionary of the same shape. Everything is **synthetic**: few studies of each size, all of them simulated.

# %%
import bayes_alliance as ba

rises, higher = "slope[child] > 0", "level[child] > level[therapist_of_child]"
design = {
    "model": "informant_level",
    "informants": ["child", "therapist_of_child"],
    "conclusions": [rises, higher],
    "families": [30, 60, 120],
    "therapists": [10, 30],
    "occasions": [4],
    "missing": 0.1,
    "scale": {"lower": 12, "upper": 48, "step": 1},
    "time": {"first": 4, "every": 4, "per": 4, "unit": "months"},
    "leaving": {"hazard": 0.2},
    "costs": {"study": 5000, "family": 100, "therapist": 150, "budget": 25000},
}

# %% [markdown]
# ## The truth
#
# Stated values alone give power: how often a study finds what is there, if it is exactly this. What is not
# stated does not vary and is 0. With `"prior": True` or `"fit": "fit.nc"` instead, every study has a truth of
# its own, from the prior or from the posterior of a first study.

# %%
design["truth"] = {
    "values": {
        "level[child]": 40.0,
        "level[therapist_of_child]": 38.5,
        "slope[child]": 0.6,
        "child_sd[child,level]": 4.0,
        "child_sd[therapist_of_child,level]": 3.0,
        "child_cor[child,level;therapist_of_child,level]": 0.4,
        "therapist_sd[therapist_of_child,level]": 2.5,
        "residual_sd[child]": 2.6,
        "residual_sd[therapist_of_child]": 2.2,
    }
}

# %% [markdown]
# ## Studies of every size
#
# Fitted by a short chain from the mode; at one size ten of them also in full, to measure its error. What is
# printed are the sentences for a proposal.

# %%
simulation = {"fits": 25, "compared": 1, "compared_fits": 10}
planned = ba.assurance.of(design | {"simulation": simulation, "ignore_therapists": True})
for sentence in planned.sentences:
    print(sentence)

# %%
_ = ba.plots.assurance_by_size(planned, higher)
# %%
_ = ba.plots.assurance_curves(planned, rises)
# %% [markdown]
# Therapists rate many families each, so that a difference between informants rests on how many therapists
# there are; the slope of children does not.

# %%
columns = ["families", "therapists", "conclusion", "assurance", "lower", "upper", "width", "cost"]
planned.table[columns].round(2)

# %% [markdown]
# ## The price of ignoring therapists
#
# The same studies, fitted without therapists: how often they conclude what is not so, and how often 95%
# intervals hold the truth.

# %%
planned.price.round(2)

# %% [markdown]
# ## The sentence for the paper

# %%
print("(Synthetic data.) " + planned.sentences[0])
