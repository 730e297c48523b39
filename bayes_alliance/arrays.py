"""Arrays by the numbers they hold: the words for them in annotations."""

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
