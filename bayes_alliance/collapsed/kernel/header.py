"""Names for the positions in the header of the kernel's integer array.

The compiled kernel takes the same three flat arrays for every data set: integers (`index`), doubles
(`data`) and workspace (`work`). The header of `index` tells how large everything is, where each
array starts within `index` or `data`, and where intermediate results lie in `work`. Few, plain
arguments keep both compilation and every call short.
"""

import numpy as np

LENGTH = 89
CHILD = np.int64(0)  # the block of the children
ABOVE_CHILD = np.int64(1)  # the block above

# Numba would compile a function anew for every plain int it is called with, not for an int64.
(
    # Sizes.
    K,  # informants
    T,  # growth coefficients
    Q,  # terms, T K
    N_ON,  # pairs of a covariate and a coefficient it acts on
    N_X,  # covariates
    N_Z,  # occasion covariates
    N_SETS,  # sets of informants that rate together
    N_CHUNKS,  # chunks of eight patterns
    N_ROUNDS,  # rounds of eight children, over all chunks
    N_BLOCKS,  # child and the levels above
    N_ROOT,  # elements of all square roots that are not fixed at zero
    N_CENSORED,  # ratings whose latent values are coordinates; the last of the vector
    N_CENSORED_ROWS,  # occasions with such ratings
    KEEP,  # 1 if results of all chunks are kept between the passes
    N_WORK,  # doubles of workspace
    # Arrays of integers: where they start in `index`.
    SET_START,  # (n_sets + 1,) first of each set in SET_INFORMANT
    SET_INFORMANT,
    ON_COLUMN,  # (n_on,) column of x
    ON_COEFFICIENT,  # (n_on,) coefficient it acts on
    BLOCK_DIM,  # (n_blocks,) terms that vary here or above
    BLOCK_COLUMNS,  # (n_blocks,) columns of the square root
    BLOCK_FIRST_COLUMN,  # (n_blocks,) number of the first among all columns
    BLOCK_CHUNKS,  # (n_blocks,) chunks of units; 0 for the child
    BLOCK_UNITS,  # (n_blocks,)
    COLUMN_START,  # (all columns + 1,) first of each column in COLUMN_ROW
    COLUMN_ROW,  # rows of the elements not fixed at zero
    UP_START,  # (n_blocks + 1,) first of each block in UP_POSITION
    UP_POSITION,  # positions, among a block's terms, of the terms of the next block
    UNIT_START,  # (n_blocks + 1,) first of each level in UNIT_PARENT
    UNIT_PARENT,  # offset of the parent's box among those of its level
    NODE_STRIDE,  # (n_blocks,) doubles of workspace per chunk of a level
    LEVEL_PLACE,  # (n_blocks,) where a level's nodes lie in the workspace
    BOX_PLACE,  # (n_blocks,) where the boxes of a level's units lie in the workspace
    DS_PLACE,  # (n_blocks,) where derivatives by a block's covariance lie in the workspace
    CHUNK_SET_START,  # (n_chunks + 1,) first of each chunk in CHUNK_SET
    CHUNK_SET,  # sets that occur in a chunk
    CHUNK_ROUND_START,  # (n_chunks + 1,) first round of each chunk
    ROUND_VALID,  # (n_rounds,) children in a round; they fill the first lanes
    ROUND_YB,  # (n_rounds,) where a round's sums start within YB
    ROUND_YZ,  # (n_rounds,) the same within YZ
    ROUND_CHILD,  # (n_rounds, LANES) which child; -1 for none
    ROUND_PARENT,  # (n_rounds, LANES) offset of the parent's box
    CENSORED_START,  # (n_censored_rows + 1,) first censored rating of each such occasion
    CENSORED_SET,  # (n_censored_rows,) informants who rate at it
    CENSORED_SEAT,  # (n_censored_rows,) round and lane of its child, LANES round + lane
    CENSORED_INFORMANT,  # (n_censored,)
    CENSORED_POSITION,  # (n_censored,) the informant's position in the set
    CENSORED_YB,  # (n_censored,) where the rating's sums start within YB
    # Arrays of doubles: where they start in `data`.
    SET_ROWS,  # (n_sets,) occasions of a set
    SLOT_COUNT,  # (n_chunks, LANES) children of a pattern in a chunk
    PHI,  # (cells, T (T + 1) / 2, LANES) sum of phi phi', per chunk and set
    YB,  # (cells, T, informants of the set, LANES) sum of phi y', per round
    YZ,  # (cells, T, n_z, LANES) sum of phi z', per round
    X,  # (n_rounds, 1 + n_x, LANES) 1 if there is a child, covariates
    YY,  # (n_sets, K, K) sum of y y'
    ZY,  # (n_sets, n_z, K) sum of z y'
    ZZ,  # (n_sets, n_z, n_z) sum of z z'
    CENSORED_END,  # (n_censored,) the end of the scale
    CENSORED_SIGN,  # (n_censored,) 1 beyond the ceiling, -1 below the floor
    CENSORED_Y,  # (n_censored_rows, K) ratings, 0 where censored or absent
    CENSORED_PHI,  # (n_censored_rows, T)
    CENSORED_Z,  # (n_censored_rows, n_z)
    # Intermediate results: where they lie in `work`.
    OMEGA,  # (n_sets, K, K) precision of each set, not by lane
    SMALL,  # (2, K, K) scratch for small matrices, not by lane
    D_OMEGA,  # (n_sets, K, K) twice the derivative by each precision, lower triangles
    D_Z,  # (n_sets, n_z, K) sum of z phi' theta
    D_THETA,  # (q,) derivative by gamma
    D_ON,  # (n_on, K) derivative by beta
    WEIGHT,  # (n_rounds,) log weight of each child
    LOG_DET,  # (1,) log determinant of the factor at hand
    COUNT,  # (1,) units that share the matrices at hand
    U,  # (q, m) A L C^-T
    FACTOR,  # (m, m) C, then (m,) reciprocals of its diagonal
    C,  # (m,) C^-1 L' b
    B,  # (q,) sum of phi (x) Omega y
    RESIDUAL,  # (T, K) sum of phi (y - z delta)'
    ABOVE,  # (e,) mean of the effects above
    G,  # (q,) derivative by the expected coefficients
    LG,  # (m,) L' g
    THETA,  # (q,) posterior mean of the coefficients
    SECOND,  # (q (q + 1) / 2,) sum of second moments of the coefficients
    P,  # (e, e) sum of covariances of the effects above
    RAP,  # (q, e) R A P
    RAE,  # (q, e) columns of R A
    M,  # (q, e) E - S R A
    MP,  # (q, e) M P
    KEPT_CHUNKS,  # (chunks, q q + q m) R A, L C^-T
    KEPT_ROUNDS,  # (rounds, 2 q) g0, theta0
    MEANS,  # (rounds, q) posterior means of the coefficients, if any rating is censored
) = [np.int64(position) for position in range(LENGTH)]
