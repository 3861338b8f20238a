"""What one takes along, on the web: books, sites, archives; narrative, attainments; bringing a diary in."""

from portfolio.web.portfolios import (
    attainments,
    collecting,
    documents,
    editions,
    importing,
    keep,
    narrative,
    presets,
    shared,
)
from portfolio.web.portfolios.area import bp

__all__ = [
    "attainments",
    "bp",
    "collecting",
    "documents",
    "editions",
    "importing",
    "keep",
    "narrative",
    "presets",
    "shared",
]
