"""RefCOCO as region captioning: a red frame on the photograph, and what people said to tell that region from the others (Kazemzadeh et al. 2014, Yu et al. 2016).

This is `refcoco_bbox_*` of lmms-eval, scored as captions by CIDEr-D; finding the region is the suite `refcoco_rec`. RefCOCO+ and RefCOCOg come in the same files.
"""

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each
from sayso.evaluate.suites._captions import CAPTION_METRICS
from sayso.evaluate.suites._expressions import Said, join
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow, boxed

__all__ = ["refcoco"]

WORDINGS = (
    "Provide a short description for this region.",
    "Describe what is inside the red frame in a few words.",
    "What is in the marked region? Answer with a short phrase.",
    "Write a short description of the thing in the red box.",
    "In a few words, say what the red rectangle is around.",
)


@suites.register("refcoco")
def refcoco(*, split: str = "val") -> Suite:
    """The suite; `split` is a part of the expressions, such as `val`, `testA` or `testB`."""
    return Suite(
        name="refcoco",
        title=f"RefCOCO region captions ({split})",
        source="Yu et al. 2016, arXiv:1608.00272; frame and prompt of lmms-eval, which leaves the length open (32 new tokens are ours)",
        needs="data: folder of refs.json and instances.json; images: folder of the photographs of COCO train2014",
        group="captioning",
        read=lambda files: _read(files, split),
        wordings=WORDINGS,
        slots={},
        decoding=Decoding(max_new_tokens=32),
        metrics=CAPTION_METRICS,
    )


def _read(files: Files, split: str) -> Iterator[Example | BadRow]:
    """One example a region, with all that was said of it as references."""
    regions: dict[int, list[Said]] = defaultdict(list)
    for said in join(files, split=split, patterns=("refs*.json", "*refexp*.json")):
        if isinstance(said, BadRow):
            yield said
        else:
            regions[said.annotation].append(said)

    def make(group: list[Said]) -> Example:
        first = group[0]
        width, height = first.size
        shown = replace(picture(files, *first.names), width=width, height=height)
        texts = [said.text for said in group]
        return ask("refcoco", first.annotation, fields={}, references=texts, media=[boxed(shown, first.region)])

    yield from each(((group[0].place, group) for group in regions.values()), make)
