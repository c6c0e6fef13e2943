"""Checks that prove tasks on data before anything is trained: one file each, all fed in one pass. See `_protocol.py`."""

from sayso.evaluate.proof._protocol import LEVELS, Finding, Level, Proof, Seen, Subject, proofs

__all__ = ["Finding", "Level", "LEVELS", "Proof", "proofs", "Seen", "Subject"]
