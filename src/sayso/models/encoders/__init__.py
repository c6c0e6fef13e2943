"""Sentence encoders: texts in, unit vectors out; by name, so that nothing imports PyTorch that does not encode."""

from sayso.models.encoders._protocol import Encoder, encoders

__all__ = ["Encoder", "encoders"]
