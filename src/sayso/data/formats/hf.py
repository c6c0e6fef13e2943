"""A `datasets` folder of Hugging Face, which `datasets.load_from_disk` opens.

One row a sample: `id`, `example`, `task`, `template`, `messages` (transformers' chat content: a role, and a list of parts of type
`image` or `text`), `images` in the order of the parts, `options`, `references`. Pictures are embedded, so that the folder can be moved.
Needs the extra `hub`; the library is imported when a format is used, not before.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sayso.data.formats._pictures import PictureFolder, new_folder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._samples import row_id, shown
from sayso.errors import BackendError, ConfigError, DataError
from sayso.records import MediaPart, Message, Sample

__all__ = ["hf", "HuggingFace"]


@formats.register("hf")
def hf() -> Format:
    """A folder for `datasets.load_from_disk`."""
    return HuggingFace()


class HuggingFace:
    """Writes such a folder; the sources `conversations` and `hf` read one."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples.

        Raises:
            ConfigError: `datasets` is not installed.
            DataError: a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        datasets = _datasets()
        with tempfile.TemporaryDirectory(dir=new_folder(out).parent, prefix=f".{out.name}.") as scratch:
            try:
                count = _write_shards(datasets, samples, scratch=Path(scratch), out=out)
            except OSError as error:
                raise BackendError(f"cannot write {out}: {error.strerror or error}; free some space") from error
        return Outcome(num_samples=count)


def _datasets() -> Any:
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise ConfigError(f"format 'hf' needs {error.name!r}; type: pip install 'sayso[hub]'") from error
    return datasets


def _write_shards(datasets: Any, samples: Iterable[Sample], *, scratch: Path, out: Path) -> int:
    pictures = PictureFolder(scratch)
    features = datasets.Features(
        {
            **{name: datasets.Value("string") for name in ("id", "example", "task", "template")},
            "messages": datasets.List(
                {
                    "role": datasets.Value("string"),
                    "content": datasets.List(dict.fromkeys(("type", "text"), datasets.Value("string"))),
                }
            ),
            "images": datasets.List(datasets.Image()),
            "options": datasets.List(datasets.Value("string")),
            "references": datasets.List(datasets.Value("string")),
        }
    )
    path = scratch / "rows.arrow"
    with datasets.arrow_writer.ArrowWriter(path=str(path), features=features, writer_batch_size=500) as writer:
        for sample in samples:
            writer.write(_row(sample, pictures, scratch=scratch))
        count, _ = writer.finalize()
    if not count:
        raise DataError(f"no sample to write to {out}; choose another split")
    datasets.disable_progress_bars()  # the command line draws one of its own
    datasets.Dataset.from_file(str(path)).save_to_disk(str(out), max_shard_size="500MB")
    datasets.enable_progress_bars()
    return int(count)


def _row(sample: Sample, pictures: PictureFolder, *, scratch: Path) -> dict[str, Any]:
    return {
        "id": row_id(sample),
        "example": sample.example,
        "task": sample.task,
        "template": sample.template,
        "messages": [{"role": message.role, "content": _content(message)} for message in sample.messages],
        "images": [
            {"path": None, "bytes": (scratch / pictures.path(sample.media[i])).read_bytes()} for i in shown(sample)
        ],
        "options": list(sample.options),
        "references": list(sample.references),
    }


def _content(message: Message) -> list[dict[str, str | None]]:
    return [
        {"type": "image", "text": None} if isinstance(part, MediaPart) else {"type": "text", "text": part.text}
        for part in message.parts
    ]
