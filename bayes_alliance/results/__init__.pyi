from . import (
    collection as collection,
    record as record,
    reported as reported,
    summaries as summaries,
)
