"""Each check finds its planted defect, names it, and is silent on the clean version."""

from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw
from toy_proofs import WORDS, toy_item, toy_task

from sayso.evaluate.blindness import Blindness
from sayso.evaluate.proof import LEVELS, Proof, proofs
from sayso.evaluate.proof.blind import judge
from sayso.records import AnnotatedItem, Media, Question, Region, Template
from sayso.seeds import Stream
from sayso.sources import BadRow

COLORS = ("red", "blue", "green", "black")


def colors(count: int = 200, *, split: str = "train", start: int = 0) -> Iterator[AnnotatedItem]:
    """Clean: the answer is drawn, the question does not tell it, every picture is another one."""
    for number in range(start, start + count):
        stream = Stream(1, number)
        question = Question(
            text=f"what color is {stream.choice(WORDS)} {number}", answers=(stream.choice(COLORS),), options=COLORS
        )
        yield toy_item(number, question, split=split)


@pytest.mark.parametrize("name", proofs.names())
def test_a_clean_task_passes_every_check(name, prove):
    assert prove(name, [*colors(600), *colors(60, split="test", start=900)]) == []


@pytest.mark.parametrize("name", proofs.names())
def test_every_check_says_what_holds_when_it_finds_nothing(name):
    check = proofs.get(name)()
    assert isinstance(check, Proof)
    assert len(check.summary) > 20


def only(findings, *, check, level, count=None):
    assert len(findings) == 1, findings
    found = findings[0]
    assert (found.check, found.level) == (check, level), found
    assert found.level in LEVELS
    if count is not None:
        assert found.count == count, found
    return found


# gold


def test_gold_refuses_a_box_that_cannot_be_read_back(prove):
    swapped = Region(x1=0.5, y1=0.2, x2=0.3, y2=0.8)
    box = Region(x1=0.1, y1=0.2, x2=0.5, y2=0.8)
    asked = [toy_item(n, Question(text=f"where is it, {n}", answer_box=swapped if n < 3 else box)) for n in range(10)]
    findings = prove("gold", asked, tasks=[toy_task(output="region")])
    assert findings
    assert all(found.level == "error" and found.count == 3 for found in findings)
    assert findings[0].examples == ("toy/i0/0", "toy/i1/0", "toy/i2/0")
    assert prove("gold", asked[3:], tasks=[toy_task(output="region")]) == []


def test_gold_notes_what_only_another_style_of_options_cannot_write(prove):
    many = tuple(f"town {n}" for n in range(27))
    towns = [toy_item(n, Question(text=f"where, {n}", answers=("town 2",), options=many)) for n in range(5)]
    found = only(prove("gold", towns), check="gold", level="note", count=5)
    assert "26 letters" in found.text


def test_a_number_is_right_under_every_style_of_options(prove):
    """Its text wins over the number of another option."""
    counts = [toy_item(n, Question(text=f"how many, {n}", answers=("2",), options=("2", "3", "4"))) for n in range(5)]
    assert prove("gold", counts) == []


# rendering and wordings


def test_rendering_refuses_a_slot_with_nothing_in_it(prove):
    rows = [
        toy_item(0, Question(text="what is it", answers=("a cat",))),
        toy_item(1, Question(text="is it blue", answers=("a",))),
    ]
    assert prove("rendering", rows) == []
    blank = toy_task(slots={"question": "text", "hint": "text"}, function=_blank_hint)
    found = only(
        prove("rendering", rows, tasks=[blank], texts=["{question} {hint}"]), check="rendering", level="error", count=2
    )
    assert "{hint}" in found.text


def _blank_hint(item, stream):
    from sayso.tasks import Draft

    for question in item.questions:
        yield Draft(fields={"question": question.text, "hint": " "}, references=question.answers)


def test_rendering_tells_of_a_task_that_fails_on_an_item(prove):
    def fails(item, stream):
        raise ValueError(f"no luck with {item.id}")

    found = only(
        prove("rendering", colors(4), tasks=[toy_task(function=fails)]), check="rendering", level="error", count=4
    )
    assert "no luck with the item" in found.text


def test_rendering_refuses_a_wording_that_cannot_be_filled(prove):
    found = only(
        prove("rendering", colors(4), texts=["{question}", "{query}"]), check="rendering", level="error", count=4
    )
    assert "{query}" in found.text
    assert "toy/1" in found.text


@pytest.mark.parametrize(
    ("texts", "level", "word"),
    [
        (["Say it."], "error", "question"),
        (["{question} {question}"], "error", "2 times"),
        (["{question} {color}"], "error", "color"),
        (["Say {question}", "say: {question}!"], "warning", "the same"),
        (["Say {question}"], "note", "1 wording"),
    ],
)
def test_wordings_must_name_what_the_task_needs_and_differ(texts, level, word, prove):
    findings = [found for found in prove("wordings", [], tasks=[toy_task()], texts=texts) if found.level == level]
    assert word in findings[0].text


def test_wordings_that_data_bring_along_need_not_be_many(prove):
    brought = (Template(id="toy/0", task="toy", text="{question}"),)
    assert prove("wordings", [], tasks=[toy_task()], texts=["Say {question}"], brought=brought) == []


# leaks


def test_leak_finds_the_next_step_in_the_history_as_in_defect_28(prove):
    def steps(history: str) -> list[AnnotatedItem]:
        text = f"You are making a kite. The steps so far: {history}"
        return [toy_item(0, Question(text=text, answers=("Create a cross with frame pieces.",)))]

    assert prove("leak", steps("Get the dimensions.")) == []
    leak = steps("Get the dimensions.\nCreate a cross with frame pieces.")
    found = only(prove("leak", leak), check="leak", level="error", count=1)
    assert found.examples == ("toy/i0/0",)


def test_leak_spares_a_text_that_is_there_to_be_read(prove):
    slots = {"question": "text", "passage": "text"}
    rows = [
        toy_item(
            0, Question(text="what did he eat", answers=("a large red apple",)), captions=("He ate a large red apple.",)
        )
    ]
    found = only(
        prove("leak", rows, tasks=[toy_task(slots=slots)], texts=["{passage} {question}"]),
        check="leak",
        level="note",
        count=1,
    )
    assert "to be read" in found.text


def test_leak_finds_the_box_of_the_answer_in_the_question(prove):
    def boxes(told: bool) -> Iterator[AnnotatedItem]:
        for number in range(10):
            x = number / 20
            box = Region(x1=x, y1=0.1, x2=x + 0.3, y2=0.5)
            text = f"where is it? [{x:.3f}, 0.100, {x + 0.3:.3f}, 0.500]" if told else "where is it?"
            yield toy_item(number, Question(text=text, answer_box=box))

    region = toy_task(output="region")
    only(prove("leak", boxes(True), tasks=[region]), check="leak", level="error", count=10)
    assert prove("leak", boxes(False), tasks=[region]) == []


def test_leak_finds_the_right_option_named_in_the_question(prove):
    def named(right: bool) -> Iterator[AnnotatedItem]:
        for number in range(100):
            stream = Stream(2, number)
            gold = stream.choice(COLORS)
            said = gold if right else stream.choice(COLORS)
            yield toy_item(number, Question(text=f"is the {said} one {number}", answers=(gold,), options=COLORS))

    only(prove("leak", named(True)), check="leak", level="error", count=100)
    assert prove("leak", named(False)) == []


def test_leak_does_not_mind_that_all_options_are_named(prove):
    rows = [
        toy_item(n, Question(text="red, blue, green or black?", answers=("red",), options=COLORS)) for n in range(40)
    ]
    assert prove("leak", rows) == []


def test_leak_compares_short_answers_with_those_of_other_rows(prove):
    def said(leaks: bool) -> Iterator[AnnotatedItem]:
        for number in range(200):
            stream = Stream(3, number)
            gold = stream.choice(COLORS)
            text = f"the {gold} thing" if leaks else f"red or {stream.choice(COLORS)}, which"
            yield toy_item(number, Question(text=f"{text} {number}", answers=(gold,)))

    only(prove("leak", said(True)), check="leak", level="error", count=200)
    assert prove("leak", said(False)) == []


# options, balance, blindness


@pytest.mark.parametrize(
    ("options", "answer", "word"),
    [
        (("red", "red", "blue"), "red", "alike"),
        (("red", "blue"), "green", "not among"),
        (("red", "Red ", "blue"), "red", "case"),
        (("red",), "red", "fewer than two"),
    ],
)
def test_options_must_differ_and_hold_the_answer(options, answer, word, prove):
    row = toy_item(0, Question(text="which", answers=(answer,), options=options))
    found = only(prove("options", [row, *colors(5, start=1)]), check="options", level="error", count=1)
    assert word in found.text
    assert found.examples == ("toy/i0/0",)


def test_balance_finds_a_label_that_is_nearly_always_right(prove):
    rows = [
        toy_item(n, Question(text=f"is it {n}", answers=("yes" if n % 4 else "no",), options=("no", "yes")))
        for n in range(200)
    ]
    found = only(prove("balance", rows), check="balance", level="warning", count=150)
    assert "75%" in found.text


def test_balance_finds_options_that_are_never_right(prove):
    rows = [
        toy_item(n, Question(text=f"is it {n}", answers=(COLORS[n % 4],), options=(*COLORS, "fire")))
        for n in range(200)
    ]
    found = only(prove("balance", rows), check="balance", level="warning", count=1)
    assert "never right" in found.text


def test_balance_finds_the_commonest_open_answer(prove):
    rows = [
        toy_item(n, Question(text=f"what {n}", answers=("cat" if n % 3 == 0 else f"thing {n}",))) for n in range(300)
    ]
    found = only(prove("balance", rows), check="balance", level="warning", count=100)
    assert "'cat'" in found.text
    assert prove("balance", [row for n, row in enumerate(rows) if n % 3]) == []


def told(count: int) -> Iterator[AnnotatedItem]:
    for number in range(count):
        gold = Stream(4, number).choice(COLORS)
        hint = {"red": "rose", "blue": "sea", "green": "grass", "black": "coal"}[gold]
        yield toy_item(number, Question(text=f"color of the {hint}", answers=(gold,), options=COLORS))


def test_blind_finds_a_question_that_gives_the_answer_away(prove):
    found = only(prove("blind", told(600)), check="blind", level="error")
    assert "100.0%" in found.text


def measured(accuracy: float, *, n: int = 800, chance: float = 1 / 3) -> Blindness:
    margin = 1.96 * (accuracy * (1 - accuracy) / n) ** 0.5
    low, high = accuracy - margin, accuracy + margin
    return Blindness(accuracy=accuracy, low=low, high=high, chance=chance, n=n, num_options=3, top_answer_share=0.3)


@pytest.mark.parametrize(
    ("accuracy", "n", "level"), [(0.389, 800, "note"), (0.42, 20_000, "error"), (0.5, 800, "error"), (0.36, 800, "")]
)
def test_blind_is_an_error_only_where_chance_is_ruled_out_for_all_tasks_that_are_judged(accuracy, n, level):
    """One in 40 honest tasks is above its own interval: 0.389 of a third, 800 times, is nothing among 62."""
    honest = {f"t{number}": measured(1 / 3) for number in range(61)}
    found = list(judge(honest | {"odd": measured(accuracy, n=n)}))
    assert [(finding.task, finding.level) for finding in found] == ([("odd", level)] if level else [])
    if level == "note":
        assert "[35.5%, 42.3%]" in found[0].text
        assert "62 tasks judged" in found[0].text


def test_one_task_alone_is_judged_more_strictly_than_one_of_many():
    alone, among = measured(0.435), {f"t{number}": measured(1 / 3) for number in range(61)}
    assert [finding.level for finding in judge({"odd": alone})] == ["error"]
    assert [finding.level for finding in judge(among | {"odd": alone})] == ["note"]


def test_blind_only_warns_where_there_are_few_examples_however_sure_it_is(prove):
    found = only(prove("blind", told(200)), check="blind", level="warning")
    assert "of 200 examples" in found.text
    (unsure,) = judge({"few": measured(0.45, n=120)})
    assert (unsure.level, "too few" in unsure.text) == ("note", True)


def test_blind_keeps_what_belongs_together_on_one_side(prove):
    # ten files show one scene and are asked one question: learned by heart where they are divided, and never otherwise
    def scenes(*, grouped: bool) -> Iterator[AnnotatedItem]:
        for number in range(1200):
            scene = number // 10
            gold = Stream(5, scene).choice(COLORS)
            question = Question(text=f"color in scene {scene}", answers=(gold,), options=COLORS)
            yield toy_item(number, question, group=f"scene {scene}" if grouped else "")

    assert prove("blind", scenes(grouped=True)) == []
    only(prove("blind", scenes(grouped=False)), check="blind", level="error")


def test_blind_does_not_judge_tasks_without_pictures(prove):
    rows = [toy_item(n, *row.questions, picture=None) for n, row in enumerate(told(600))]
    assert prove("blind", rows) == []


# splits and repeats


def test_repeats_finds_copies_and_disputed_answers(prove):
    def row(number: int, answer: str) -> AnnotatedItem:
        return toy_item(number, Question(text="Is it  Normal?", answers=(answer,)), picture="a.png")

    found = only(
        prove("repeats", [row(0, "yes"), row(1, "Yes"), row(2, "yes")]), check="repeats", level="warning", count=2
    )
    assert "1 are distinct" in found.text
    assert found.examples == ("toy/i1/0", "toy/i2/0")
    only(prove("repeats", [row(0, "yes"), row(1, "no")]), check="repeats", level="note", count=1)


def test_contamination_finds_test_rows_that_training_has(prove):
    def row(number: int, *, split: str, picture: str) -> AnnotatedItem:
        text = "which of the two lungs shows the larger opacity"
        return toy_item(number, Question(text=text, answers=("left",)), split=split, picture=picture)

    same = [row(0, split="train", picture="a.png"), row(1, split="test", picture="a.png")]
    only(prove("contamination", same), check="contamination", level="error", count=1)
    other = [row(0, split="train", picture="a.png"), row(1, split="test", picture="b.png")]
    only(prove("contamination", other), check="contamination", level="note", count=1)


def test_contamination_finds_thirteen_words_in_a_row(prove):
    def row(number: int, text: str, split: str) -> AnnotatedItem:
        return toy_item(number, Question(text=text, answers=("left",)), split=split, picture=f"{number}.png")

    words = " ".join(f"word{n}" for n in range(13))
    found = only(
        prove("contamination", [row(0, f"so {words} it is", "train"), row(1, f"but {words} was", "test")]),
        check="contamination",
        level="warning",
        count=1,
    )
    assert "13 words" in found.text
    shorter = words.rpartition(" ")[0]
    assert prove("contamination", [row(0, f"so {shorter} it", "train"), row(1, f"but {shorter} was", "test")]) == []


def picture(path, *, color="black", size=64, quality=95) -> Media:
    image = Image.new("RGB", (640, 480), "grey")
    draw = ImageDraw.Draw(image)
    for place in range(12):
        x, y = (place * 97) % 560, (place * 61) % 400
        draw.ellipse((x, y, x + 70, y + 60), fill="white" if place % 3 else "navy")
    draw.rectangle((300, 200, 300 + size, 200 + size), fill=color)
    image.resize((size * 10, size * 8) if size != 64 else (640, 480)).save(path, quality=quality)
    with Image.open(path) as saved:
        return Media(path=str(path), width=saved.width, height=saved.height)


def shown(number: int, media: Media, split: str) -> AnnotatedItem:
    return AnnotatedItem(id=f"p{number}", source="toy", split=split, media=(media,))


def test_shared_images_finds_the_same_file_in_both_splits(tmp_path, prove):
    media = picture(tmp_path / "a.jpg")
    found = only(
        prove("shared_images", [shown(0, media, "train"), shown(1, media, "test")]),
        check="shared_images",
        level="error",
    )
    assert found.examples == (media.path,)


def test_shared_images_finds_a_copy_in_another_quality(tmp_path, prove):
    good, poor = picture(tmp_path / "a.jpg"), picture(tmp_path / "b.jpg", quality=40)
    found = only(
        prove("shared_images", [shown(0, good, "train"), shown(1, poor, "test")]),
        check="shared_images",
        level="warning",
    )
    assert found.count == 1


def test_shared_images_finds_a_copy_in_bytes(tmp_path, prove):
    media = picture(tmp_path / "a.jpg")
    small = Image.open(media.path).resize((320, 240))
    small.save(tmp_path / "small.png")
    embedded = Media(data=(tmp_path / "small.png").read_bytes(), width=320, height=240)
    only(
        prove("shared_images", [shown(0, media, "train"), shown(1, embedded, "test")]),
        check="shared_images",
        level="warning",
    )


def test_shared_images_does_not_take_another_color_for_a_copy(tmp_path, prove):
    # red and a blue of the same grey: told apart by the colours of the thumbnail
    first, second = picture(tmp_path / "a.jpg", color="red"), picture(tmp_path / "b.jpg", color="blue")
    assert prove("shared_images", [shown(0, first, "train"), shown(1, second, "test")]) == []


def test_shared_images_tells_of_files_that_cannot_be_read(tmp_path, prove):
    media = picture(tmp_path / "a.jpg")
    broken = tmp_path / "b.jpg"
    broken.write_bytes(b"no picture")
    rows = [shown(0, media, "train"), shown(1, Media(path=str(broken), width=1, height=1), "test")]
    only(prove("shared_images", rows), check="shared_images", level="error", count=1)


def test_drawn_pictures_are_compared_by_reference(prove):
    rows = [shown(n, Media(path=f"toy:{n}", width=8, height=8), split) for n, split in enumerate(("train", "test"))]
    assert prove("shared_images", rows) == []


# rows and lists of options


def test_bad_rows_are_grouped_by_reason(prove):
    rows = [BadRow(place=f"f:{n}", reason=f"box [{n}, 1, {n}, 2] has no area") for n in range(3)]
    found = only(prove("bad_rows", rows), check="bad_rows", level="warning", count=3)
    assert found.examples == ("f:0", "f:1", "f:2")
    assert "has no area" in found.text


def test_options_of_three_tasks_in_one_list_as_in_defect_34(prove):
    damage, disasters = ("severe damage", "mild damage", "no damage"), ("flood", "fire", "earthquake")

    def rows(*, mixed: bool) -> list[AnnotatedItem]:
        found = []
        for number in range(12):
            asked = []
            for kind, own in (("types", disasters), ("severity", damage)):
                options = damage + disasters if mixed else own
                asked.append(Question(text="which", answers=(own[number % 3],), options=options, kind=kind))
            found.append(toy_item(number, *asked))
        return found

    def of(kind: str):
        def ask(item, stream):
            from sayso.records import Options
            from sayso.tasks import Draft

            for question in item.questions:
                if question.kind == kind:
                    fields = {"question": question.text, "options": Options(items=question.options)}
                    yield Draft(fields=fields, references=question.answers)

        return toy_task(kind, "option", function=ask)

    both = [of("types"), of("severity")]
    found = only(prove("shared_options", rows(mixed=True), tasks=both), check="shared_options", level="error", count=24)
    assert "severity" in found.text
    assert "types" in found.text
    assert prove("shared_options", rows(mixed=False), tasks=both) == []
