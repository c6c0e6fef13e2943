"""The old name of `sayso.sources._files.read_lines`, until nothing imports it."""

from sayso.sources._files import read_file
from sayso.sources._files import read_lines as read_rows

__all__ = ["read_file", "read_rows"]
