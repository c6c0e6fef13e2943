"""The probe finds planted leaks and nothing in what is drawn at random."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from toy_proofs import WORDS

from sayso.evaluate.blindness import Blindness, probe
from sayso.records import Answer, Example, FieldValue, Media, Options, Region
from sayso.seeds import Stream

COUNT = 600

Leak = Callable[[Stream, Sequence[str]], str]


def example(number: int, fields: dict[str, FieldValue], *answers: Answer, picture: int | None = None) -> Example:
    path = f"{number if picture is None else picture}.png"
    media = (Media(path=path, width=8, height=8),)
    name = f"toy/{number}/0"
    return Example(id=name, task="toy", source="toy", split="train", fields=fields, media=media, references=answers)


def choices(gold: Leak, *, count: int = COUNT, num_options: int = 4) -> Iterator[Example]:
    for number in range(count):
        stream = Stream(3, number)
        options = [" ".join(stream.sample(WORDS, 1 + stream.below(4))) for _ in range(num_options)]
        items = tuple(sorted(dict.fromkeys(options)))
        question = f"which {stream.choice(WORDS)} is it?"
        yield example(number, {"question": question, "options": Options(items=items)}, gold(stream, items))


def found(examples: Iterator[Example]) -> Blindness:
    blind = probe(examples, seed=0)
    assert blind is not None
    return blind


def edge(blind: Blindness) -> float:
    assert blind.chance is not None
    return blind.accuracy - blind.chance


def standard_error(blind: Blindness) -> float:
    return (blind.high - blind.low) / (2 * 1.96)


@pytest.mark.parametrize(
    "gold",
    [
        pytest.param(lambda stream, items: max(items, key=len), id="always the longest"),
        pytest.param(lambda stream, items: min(items, key=len), id="always the shortest"),
        pytest.param(lambda stream, items: items[0], id="always first in sorted order"),
        pytest.param(lambda stream, items: items[-1], id="always last in sorted order"),
        pytest.param(
            lambda stream, items: sorted(items, key=lambda one: "mango" not in one)[0], id="a word gives it away"
        ),
    ],
)
def test_finds_an_option_that_its_looks_give_away(gold: Leak) -> None:
    assert edge(found(choices(gold))) > 0.25


@pytest.mark.parametrize("num_options", [2, 4, 9])
def test_finds_nothing_in_random_gold(num_options: int) -> None:
    blind = found(choices(lambda stream, items: stream.choice(items), num_options=num_options))
    assert abs(edge(blind)) < 3 * standard_error(blind)
    assert blind.low <= blind.accuracy <= blind.high


def test_finds_nothing_in_random_boxes() -> None:
    blind = found(boxes(lambda stream, items, given: stream.choice(items)))
    assert abs(edge(blind)) < 3 * standard_error(blind)


def test_finds_the_gold_word_in_the_question() -> None:
    def asked() -> Iterator[Example]:
        for number in range(COUNT):
            stream = Stream(5, number)
            items = tuple(sorted(stream.sample(WORDS, 4)))
            gold = stream.choice(items)
            yield example(number, {"question": f"where is the {gold} now", "options": Options(items=items)}, gold)

    assert found(asked()).accuracy > 0.95


def test_finds_a_class_that_is_always_confirmed() -> None:
    def judged() -> Iterator[Example]:
        for number in range(COUNT):
            stream = Stream(6, number)
            thing = stream.choice(WORDS)
            truth = "yes" if thing in WORDS[:6] else "no"
            yield example(number, {"text": f"is there a {thing}?", "options": Options(items=("no", "yes"))}, truth)

    assert found(judged()).accuracy > 0.95


def test_finds_a_number_that_is_always_in_the_middle() -> None:
    def counted() -> Iterator[Example]:
        for number in range(COUNT):
            values = sorted(Stream(7, number).sample(range(1, 100), 5))
            items = tuple(sorted(map(str, values)))
            yield example(number, {"options": Options(items=items)}, str(values[2]))

    assert found(counted()).accuracy > 0.95


def test_finds_the_odd_one_out() -> None:
    def odd() -> Iterator[Example]:
        for number in range(COUNT):
            a, b, c, d = Stream(8, number).sample(WORDS, 4)
            gold = f"{c} {d}"
            items = tuple(sorted((gold, f"{a} {b}", f"{b} {a}", f"{a} {a} {b}")))
            yield example(number, {"options": Options(items=items)}, gold)

    assert found(odd()).accuracy > 0.95


def boxes(gold: Callable[[Stream, Sequence[Region], Region], Region]) -> Iterator[Example]:
    for number in range(COUNT):
        stream = Stream(9, number)
        given, *items = (box(stream) for _ in range(5))
        fields: dict[str, FieldValue] = {"region": given, "options": Options(items=tuple(items))}
        yield example(number, fields, gold(stream, items, given))


def box(stream: Stream) -> Region:
    x, y = stream.uniform(0, 0.7), stream.uniform(0, 0.7)
    return Region(x1=x, y1=y, x2=x + stream.uniform(0.05, 0.3), y2=y + stream.uniform(0.05, 0.3))


def area(one: Region) -> float:
    return (one.x2 - one.x1) * (one.y2 - one.y1)


def test_finds_a_box_that_is_always_the_largest() -> None:
    assert found(boxes(lambda stream, items, given: max(items, key=area))).accuracy > 0.95


def test_finds_a_box_that_is_nearest_to_the_given_one() -> None:
    assert found(boxes(lambda stream, items, given: min(items, key=lambda one: abs(one.x1 - given.x1)))).accuracy > 0.4


def test_finds_a_word_that_tells_where_the_box_lies() -> None:
    def named() -> Iterator[Example]:
        for number in range(COUNT):
            stream = Stream(10, number)
            items = [box(stream) for _ in range(4)]
            word, pick = ("sky", min) if stream.below(2) else ("floor", max)
            fields: dict[str, FieldValue] = {"text": word, "options": Options(items=tuple(items))}
            yield example(number, fields, pick(items, key=lambda one: one.y1))

    assert found(named()).accuracy > 0.6


def test_what_only_the_own_picture_repeats_is_no_leak() -> None:
    # The same picture is asked about ten times with one answer: learned by heart, but never by other pictures.
    def repeated() -> Iterator[Example]:
        for number in range(COUNT):
            picture = number // 10
            stream = Stream(11, picture)
            items = tuple(sorted(stream.sample(WORDS, 4)))
            fields: dict[str, FieldValue] = {"question": f"in picture {picture}", "options": Options(items=items)}
            yield example(number, fields, stream.choice(items), picture=picture)

    blind = found(repeated())
    assert abs(edge(blind)) < 3 * standard_error(blind)
    assert standard_error(blind) > 0.03, "ten questions about one picture are not ten pictures"


def test_open_answers_are_compared_with_the_best_constant_per_question() -> None:
    def asked() -> Iterator[Example]:
        for number in range(400):
            many = Stream(12, number).below(2)
            question = "how many are there?" if many else f"what is number {number}?"
            yield example(number, {"question": question}, "two" if many else f"thing {number}")

    blind = found(asked())
    assert blind.chance is None
    assert blind.num_options is None
    assert blind.accuracy == pytest.approx(blind.top_answer_share, abs=0.01)
    assert 0.4 < blind.accuracy < 0.6


def test_open_boxes_are_compared_with_the_mean_box() -> None:
    def framed(spread: float) -> Iterator[Example]:
        for number in range(200):
            shift = Stream(13, number).uniform(0, spread)
            yield example(number, {"text": "it"}, Region(x1=shift, y1=shift, x2=shift + 0.2, y2=shift + 0.2))

    assert found(framed(0.01)).accuracy == 1.0
    assert found(framed(0.8)).accuracy < 0.2


def test_the_same_seed_gives_the_same_numbers_and_the_sample_is_capped() -> None:
    random: Leak = lambda stream, items: stream.choice(items)  # noqa: E731
    first, again = (probe(choices(random), seed=4, max_examples=100) for _ in range(2))
    assert first == again
    assert first is not None
    assert first.n == 100


def test_no_example_no_answer() -> None:
    assert probe(iter(()), seed=0) is None
