"""Attached: small modules that work beside a model's own weights and cannot be merged into them.

A model folder that holds some has its own weights as any transformers folder, and beside them `sayso_parts.json` and `parts.safetensors`.
"""

from sayso.models.attached._folder import own_weights, plain, reattach, save_attached
from sayso.models.attached._protocol import MARK, Attached, Attachment, attached_to, attachments, note_attached

__all__ = [
    "Attached",
    "attached_to",
    "Attachment",
    "attachments",
    "MARK",
    "note_attached",
    "own_weights",
    "plain",
    "reattach",
    "save_attached",
]
