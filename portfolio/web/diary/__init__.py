"""The diary on the web: writing, reading back, one entry, its photographs."""

from portfolio.web.diary import photographs, reading, timeline, writing
from portfolio.web.diary.area import bp

__all__ = ["bp", "photographs", "reading", "timeline", "writing"]
