"""Programmes on the web: making them, their cohorts and members, and a student's mentors."""

from portfolio.web.programme import cohorts, members, mentors, programmes, prompts
from portfolio.web.programme.area import bp

__all__ = ["bp", "cohorts", "members", "mentors", "programmes", "prompts"]
