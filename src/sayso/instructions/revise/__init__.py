"""Revision: an instruction with its answer in, a better one out, or the same where nothing better came."""

from sayso.instructions.revise._protocol import Reviser, revisers

__all__ = ["Reviser", "revisers"]
