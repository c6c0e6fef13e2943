"""TextVQA: questions that are answered by reading (Singh et al. 2019, arXiv:1904.08920).

Words that a machine read may be put into the prompt (`ocr: true`), as LLaVA's own figures have it; lmms-eval leaves them out, which costs about 12 points. The two
must never be mixed, so the published prompt of each is another wording and the digest differs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import SHORT, ask, each, find, plugin
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows
from sayso.sources.text_vqa import Reading, Row

__all__ = ["textvqa"]

READ = "Reference OCR token: {ocr}"


@suites.register("textvqa")
def textvqa(
    *, split: str = "val", ocr: bool = False, normaliser: Literal["official", "evalai", "lmms"] = "evalai"
) -> Suite:
    """The suite.

    Args:
        split: `val` or `train`, a part of the names of the files.
        ocr: put the words of `TextVQA_Rosetta_OCR_*.json` into the prompt.
        normaliser: how answers are made alike before they are compared.
    """
    shown = tuple(text.replace("{question}", "{question}\n" + READ, 1) for text in SHORT)
    return Suite(
        name="textvqa",
        title="TextVQA with OCR tokens" if ocr else "TextVQA",
        source="Singh et al. 2019, arXiv:1904.08920; prompt of lmms-eval (LLaVA's with OCR tokens); 16 new tokens are ours",
        needs="data: TextVQA_0.5.1_val.json, or the folder it is in (with TextVQA_Rosetta_OCR_*_val.json for OCR tokens); images: folder of ID.jpg",
        group="text_and_charts",
        read=lambda files: _read(files, split, ocr),
        wordings=shown if ocr else SHORT,
        slots={"question": "text", "ocr": "text"} if ocr else {"question": "text"},
        decoding=Decoding(max_new_tokens=16),
        metrics=(plugin("vqa_accuracy", normaliser=normaliser),),
    )


def _read(files: Files, split: str, ocr: bool) -> Iterator[Example | BadRow]:
    words: dict[str, str] = {}
    if ocr:
        for _, found in read_rows(
            find(Files(data=_folder(files)), f"TextVQA_Rosetta_OCR_*{split}.json"), Reading, under="data"
        ):
            if isinstance(found, BadRow):
                yield found
            else:
                words[found.image_id] = ", ".join(word.word for word in found.ocr_info)

    def make(row: Row) -> Example:
        fields = {"question": row.question} | ({"ocr": words.get(row.image_id, "")} if ocr else {})
        media = [picture(files, f"{row.image_id}.jpg", f"{row.image_id}.png")]
        return ask("textvqa", row.question_id, fields=fields, references=row.answers, media=media)

    yield from each(read_rows(find(files, f"TextVQA_0.5*_{split}.json"), Row, under="data"), make)


def _folder(files: Files) -> Path:
    return files.data.parent if files.data.is_file() else files.data
