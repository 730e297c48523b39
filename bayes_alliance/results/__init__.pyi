from . import (
    collection as collection,
    of_agreement as of_agreement,
    record as record,
    reported as reported,
    summaries as summaries,
)
