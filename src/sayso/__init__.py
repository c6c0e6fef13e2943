"""Robust multimodal instruction tuning: models that do as you say, however you say it."""

__all__ = ["__version__"]

__version__ = "0.1.0"
