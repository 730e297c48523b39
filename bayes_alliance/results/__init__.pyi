from . import (
    collection as collection,
    of_agreement as of_agreement,
    record as record,
    reported as reported,
    side_by_side as side_by_side,
    summaries as summaries,
)
