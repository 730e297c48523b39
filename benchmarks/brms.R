# The reference model in brms, as its documentation writes multivariate multilevel models: one
# formula per informant, effects correlated through shared group labels, missing ratings by mi().
# Arguments: ratings (csv, wide), draws per chain after warm-up, result (json).
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(brms))
# Debian installs Boost's headers here rather than with the BH package.
if (dir.exists("/usr/include/boost")) rstan::rstan_options(boost_lib = "/usr/include")

ratings <- read.csv(arguments[1], stringsAsFactors = FALSE)
draws <- as.integer(arguments[2])
informants <- setdiff(names(ratings), c("child", "therapist", "s"))

formula <- NULL
priors <- set_prior("lkj(2)", class = "cor") + set_prior("lkj(2)", class = "rescor")
for (k in informants) {
  part <- bf(as.formula(paste0(
    k, " | mi() ~ 0 + Intercept + s + (1 + s | c | child) + (1 | t | therapist)"
  )))
  formula <- if (is.null(formula)) part else formula + part
  priors <- priors +
    set_prior("normal(30, 9)", class = "b", coef = "Intercept", resp = k) +
    set_prior("normal(0, 3.6)", class = "b", coef = "s", resp = k) +
    set_prior("normal(0, 9)", class = "sd", group = "child", coef = "Intercept", resp = k) +
    set_prior("normal(0, 3.6)", class = "sd", group = "child", coef = "s", resp = k) +
    set_prior("normal(0, 3.6)", class = "sd", group = "therapist", coef = "Intercept", resp = k) +
    set_prior("normal(0, 9)", class = "sigma", resp = k)
}

started <- Sys.time()
fit <- brm(
  formula + set_rescor(TRUE), data = ratings, prior = priors, chains = 4, cores = 2, warmup = 1000,
  iter = 1000 + draws, seed = 1, refresh = 0, silent = 2
)
seconds <- as.numeric(difftime(Sys.time(), started, units = "secs"))

names_of_draws <- variables(fit)
kept <- names_of_draws[grepl("^(b_|sd_|cor_|sigma_|rescor_)", names_of_draws)]
table <- posterior::summarise_draws(
  as_draws_array(fit, variable = kept), posterior::ess_bulk, posterior::rhat
)
chains <- rstan::get_sampler_params(fit$fit, inc_warmup = TRUE)
steps <- sapply(chains, function(chain) {
  kept <- seq(nrow(chain) - draws + 1, nrow(chain))
  c(sum(chain[-kept, "n_leapfrog__"]), sum(chain[kept, "n_leapfrog__"]))
})
sampling <- sum(apply(rstan::get_elapsed_time(fit$fit), 1, sum)) / 2
jsonlite::write_json(
  list(
    worst_ess = min(table[["posterior::ess_bulk"]]),
    worst_r_hat = max(table[["posterior::rhat"]]),
    divergent = sum(sapply(rstan::get_sampler_params(fit$fit, inc_warmup = FALSE), function(chain) {
      sum(chain[, "divergent__"])
    })),
    sampler_seconds = sampling,
    brm_seconds = seconds,
    warmup_gradients = sum(steps[1, ]),
    sampling_gradients = sum(steps[2, ]),
    versions = list(
      r = paste(R.version$major, R.version$minor, sep = "."),
      brms = as.character(packageVersion("brms")),
      rstan = as.character(packageVersion("rstan"))
    )
  ),
  arguments[3], auto_unbox = TRUE, digits = 8
)
