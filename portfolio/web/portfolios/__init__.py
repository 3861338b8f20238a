"""What one takes along, on the web: books, sites, archives; narrative, attainments; bringing a diary in."""

from portfolio.web.portfolios import attainments, documents, importing, keep, narrative
from portfolio.web.portfolios.area import bp

__all__ = ["attainments", "bp", "documents", "importing", "keep", "narrative"]
