"""Pre-flight: what would go wrong after hours, and what would go wrong in silence, is looked for before the first step."""

from sayso.train.preflight.flight import preflight

__all__ = ["preflight"]
