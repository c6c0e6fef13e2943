"""Prompting: how a rendered sample is put to a model. See `_protocol.py`."""

from sayso.instructions.prompting._choosing import without_pictures_of
from sayso.instructions.prompting._protocol import WHOLE, Prompting, promptings

__all__ = ["Prompting", "promptings", "WHOLE", "without_pictures_of"]
