"""LLaMA-Factory's folder: `dataset_info.json` with one entry, `sayso`, and `sayso.json` in the ShareGPT shape that it names.

Give the folder as `dataset_dir` and `dataset: sayso` in a recipe of that tool.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sayso.data.formats._pictures import PictureFolder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._writing import write_rows
from sayso.data.formats.sharegpt import sharegpt_row
from sayso.errors import BackendError
from sayso.records import Sample

__all__ = ["ENTRY", "llama_factory", "LlamaFactory"]

ENTRY = {
    "file_name": "sayso.json",
    "formatting": "sharegpt",
    "columns": {"messages": "conversations", "system": "system", "images": "images"},
    "tags": {
        "role_tag": "from",
        "content_tag": "value",
        "user_tag": "human",
        "assistant_tag": "gpt",
        "system_tag": "system",
    },
}
"""The entry of the register."""


@formats.register("llama_factory")
def llama_factory() -> Format:
    """LLaMA-Factory's register and its data file."""
    return LlamaFactory()


class LlamaFactory:
    """Writes `dataset_info.json`, `sayso.json` and the pictures in `images/`."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples; turns alternate, and no text may contain `<image>`.

        Raises:
            DataError: no sample can be held, a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        outcome = write_rows(samples, out=out, name="sayso.json", make=_row)
        try:
            (out / "dataset_info.json").write_text(json.dumps({"sayso": ENTRY}, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise BackendError(f"cannot write {out}: {error.strerror or error}; free some space") from error
        return outcome


def _row(sample: Sample, pictures: PictureFolder) -> dict[str, Any]:
    """A row of ShareGPT that always has the column `system`: the tool looks a named column up in every row."""
    return {"system": "", **sharegpt_row(sample, pictures)}
