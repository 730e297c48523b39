from . import (
    assurance as assurance,
    atlas as atlas,
    calibrate as calibrate,
    runner as runner,
    sensitivity as sensitivity,
)
from .conclusions import Conclusion as Conclusion
from .runner import Place as Place
