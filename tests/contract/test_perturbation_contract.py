"""What every perturbation promises, whoever wrote it."""

from io import BytesIO

import pytest
from PIL import Image

from sayso.evaluate.perturb import Told, perturbations
from sayso.instructions.template import join_spans
from sayso.records import Media, MediaPart, Message, Sample, TextPart, Verdict
from sayso.sources import load_image

NAMES = perturbations.names()
every_perturbation = pytest.mark.parametrize("name", NAMES)


def build(name):
    found = perturbations.build(name, {})
    return found.told(("Count all of the letters.", "Name the oldest city.")) if isinstance(found, Told) else found


def picture(number):
    image = Image.effect_mandelbrot((24 + number, 18), (-2, -1.5, 1, 1.5), 40).convert("RGB")
    file = BytesIO()
    image.save(file, format="PNG")
    return Media(data=file.getvalue(), width=image.width, height=image.height)


def sample(number, wording, *, media=(), options=("red", "green", "blue")):
    chunks = [(f"{wording} which colour has ", "instr_template"), (f"thing {number}", "instr"), ("?", "instr_template")]
    chunks += [("\n\n[Options]: " + "||||".join(options), "options")] if options else []
    text, spans = join_spans(chunks)
    parts = (*(MediaPart(index=index) for index in range(len(media))), TextPart(text=text, spans=spans))
    return Sample(
        id=f"e{number}@{wording}",
        example=f"e{number}",
        task="t",
        template=wording,
        messages=(Message(role="user", parts=parts),),
        media=media,
        options=options,
        references=(options[number % 3] if options else f"answer {number}",),
    )


ROWS = [sample(n, w, media=(picture(n),)) for w in ("Please say,", "Tell me") for n in range(5)]


def spans_cover(one):
    for part in one.messages[-1].parts:
        if isinstance(part, TextPart):
            ends = [span.end for span in part.spans]
            assert [span.start for span in part.spans] == [0, *ends[:-1]]
            assert ends[-1] == len(part.text)


@every_perturbation
def test_ids_references_and_the_set_of_options_stay(name):
    for before, after in zip(ROWS, build(name).apply(ROWS, seed=1), strict=True):
        assert isinstance(after, Sample)
        assert (after.id, after.example, after.template) == (before.id, before.example, before.template)
        assert after.references == before.references
        assert sorted(after.options) == sorted(before.options)
        spans_cover(after)


@every_perturbation
def test_something_changes_unless_it_is_plain(name):
    changed = [after != before for before, after in zip(ROWS, build(name).apply(ROWS, seed=1), strict=True)]
    assert any(changed) is (name != "plain")


@every_perturbation
def test_the_same_seed_gives_the_same_and_the_rest_of_the_rows_does_not_matter(name):
    together = build(name).apply(ROWS, seed=1)
    assert build(name).apply(ROWS, seed=1) == together
    if name != "shuffled_images":
        assert [build(name).apply([row], seed=1)[0] for row in ROWS] == together or name == "delusive_instruction"


@every_perturbation
def test_all_wordings_of_an_example_see_the_same_pictures_and_options(name):
    changed = build(name).apply(ROWS, seed=1)
    for first, second in zip(changed[:5], changed[5:], strict=True):
        assert (first.options, first.media) == (second.options, second.media)


@every_perturbation
def test_pictures_keep_their_size(name):
    changed = build(name).apply(ROWS, seed=1)
    if name != "shuffled_images":
        for before, after in zip(ROWS, changed, strict=True):
            assert load_image(after.media[0]).size == (before.media[0].width, before.media[0].height)


@every_perturbation
def test_what_cannot_be_changed_is_refused_with_a_reason(name):
    bare = Sample(
        id="a",
        example="a",
        task="t",
        template="w",
        messages=(Message(role="user", parts=(TextPart(text="7?", spans=join_spans([("7?", "instr")])[1]),)),),
        references=("x",),
    )
    (found,) = build(name).apply([bare], seed=1)
    assert isinstance(found, Sample) or (isinstance(found, Verdict) and not found.keep and len(found.reason) > 5)
