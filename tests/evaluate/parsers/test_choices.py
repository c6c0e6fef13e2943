import pytest

from sayso.errors import ConfigError
from sayso.evaluate.metrics import Context, metrics, score
from sayso.evaluate.parsers import parsers
from sayso.instructions.regions import parse_regions

COLOURS = Context(options=("red", "blue", "green"), labels=("A", "B", "C"))
NUMBERS = Context(options=("3", "2", "1"), labels=("1", "2", "3"))


def read(name, output, context=COLOURS, **options):
    found = parsers.build(name, options).read(output, context=context)
    return found.text if found.text is not None else found.reason


@pytest.mark.parametrize(
    "output",
    [
        "B",
        "b",
        "(b)",
        "B.",
        "B)",
        "B:",
        "B. blue",
        "(B) Blue.",
        "blue",
        "Blue!",
        "The answer is B",
        "The answer is (B).",
        "**B**",
        "Answer: B. blue",
        "The correct answer is: blue",
        "B. blue, since the sky is.",
        "Blue. The sky is clear.",
        "B\nAs one sees.",
        "Option B",
        "My choice is blue.",
        "The answer is B. The sky is clear.",
        "The sky is clear. Answer: (B), surely.",
    ],
)
def test_a_plain_choice_is_read(output):
    assert read("letter", output) == "blue"


@pytest.mark.parametrize(
    "output",
    [
        "B or C",
        "red or blue",
        "A. red\nB. blue\nC. green",
        "A. red, B. blue",
        "blue, green",
        "The answer is B. The answer is C.",
        "red, or blue",
        "It is red and blue",
        "B. C",
    ],
)
def test_several_choices_are_ambiguous(output):
    assert read("letter", output) == "ambiguous: names several options"


@pytest.mark.parametrize(
    "output",
    [
        "A cat is there",
        "D",
        "The answer is not clear",
        "blueish",
        "It looks like blue to me",
        "Because",
        "The answer is a cat",
    ],
)
def test_what_names_no_option_is_not_guessed_at(output):
    assert read("letter", output) == "no option named"


@pytest.mark.parametrize(
    ("output", "named"),
    [
        ("cats and dogs", "cats and dogs"),
        ("B. cats and dogs", "cats and dogs"),
        ("dogs", "dogs"),
        ("cats and dogs, dogs", "ambiguous: names several options"),
        ("C. U.S.A.", "U.S.A."),
        ("D. vitamins A, C", "vitamins A, C"),
        ("D. vitamins A, C, B", "ambiguous: names several options"),
    ],
)
def test_an_option_may_hold_another_one_or_a_label(output, named):
    context = Context(options=("dogs", "cats and dogs", "U.S.A.", "vitamins A, C"), labels=("A", "B", "C", "D"))
    assert read("letter", output, context) == named


def test_a_very_long_output_is_read_like_a_short_one():
    assert read("letter", "B.\n" + "It is, as one sees, clear.\n" * 2_000) == "blue"
    assert read("letter", "B.\n" + "It is, as one sees, clear.\n" * 2_000 + "C") == "ambiguous: names several options"


def test_what_is_the_whole_text_of_an_option_names_it_and_a_marked_number_could_be_either():
    assert read("letter", "2", NUMBERS) == "2"
    assert read("letter", "(2)", NUMBERS) == "2"
    assert read("letter", "1. 3", NUMBERS) == "3"
    assert read("letter", "(1)", NUMBERS) == "ambiguous: names several options"


def test_without_options_the_label_is_the_answer():
    assert read("letter", "(d).", Context()) == "D"
    assert read("letter", "The answer is C", Context()) == "C"
    assert read("letter_exact", "C. a thing", Context()) == "C"
    assert read("first_character", "c", Context()) == "C"


def test_options_without_labels_are_lettered():
    assert read("letter", "B", Context(options=("red", "blue"))) == "blue"
    assert read("letter", "C", Context(options=("red", "blue"))) == "no option named"


@pytest.mark.parametrize("output", ["B", "(c) green", "red", "A. red", "no"])
def test_accuracy_agrees_with_itself_on_what_was_read(output):
    read_out = parsers.build("letter", {}).read(output, context=COLOURS).text or ""
    accuracy = metrics.build("accuracy", {})
    for gold in COLOURS.options:
        raw, parsed = (score(accuracy, prediction=t, references=(gold,), context=COLOURS) for t in (output, read_out))
        assert raw.value == parsed.value


@pytest.mark.parametrize(
    ("output", "exact", "first"),
    [
        ("B", "blue", "blue"),
        ("B. It is blue", "blue", "blue"),
        ("b", None, "blue"),
        ("(B)", None, None),
        ("A red bus", None, "red"),
        ("blue", None, "blue"),  # its first character happens to be the label
        ("green", None, None),
        ("The answer is B", None, None),
    ],
)
def test_the_published_rules_for_labels(output, exact, first):
    found = [parsers.build(name, {}).read(output, context=COLOURS).text for name in ("letter_exact", "first_character")]
    assert found == [exact, first]


@pytest.mark.parametrize(
    ("output", "number"),
    [
        ("3", "3"),
        ("There are 3 dogs.", "3"),
        ("about 1,200 people", "1200"),
        ("-2.5 degrees", "-2.5"),
        ("Seven.", "7"),
        ("3 dogs, yes 3", "3"),
        ("2 dogs and 3 cats", "ambiguous: several numbers"),
        ("10-12", "ambiguous: several numbers"),
        ("No one is there", "no number found"),
        ("route66", "no number found"),
        ("1.2.3", "no number found"),
    ],
)
def test_one_number(output, number):
    assert read("number", output) == number


def test_boxes_in_the_style_of_the_prompt():
    context = Context(read_regions=lambda text: parse_regions(text, style="unit"))
    one, two = "It is at [0.100, 0.200, 0.500, 0.700].", "[0.100, 0.200, 0.500, 0.700] [0.600, 0.100, 0.900, 0.400]"
    assert read("box", f" {one}\n", context) == one
    assert read("box", "on the left", context) == "no region found"
    assert read("box", two, context) == two
    assert read("box", two, context, at_most=1) == "ambiguous: more than 1 regions"
    assert read("box", one, Context()) == "no region style given"


def test_behind_the_last_marker_another_parser_reads():
    thought = "Answer: A at first. But the sky is not red.\nanswer: B"
    assert read("after_marker", thought) == "B"
    assert read("after_marker", thought, then="letter") == "blue"
    assert read("after_marker", "So it is B.", then="letter") == "no 'Answer:' found"
    assert read("after_marker", "Answer: **", then="letter") == "nothing behind 'Answer:'"
    assert read("after_marker", "### 7", marker="###", then="number") == "7"
    with pytest.raises(ConfigError, match="marker is ' '"):
        parsers.build("after_marker", {"marker": " "})
    with pytest.raises(ConfigError, match="no parser named 'leter'; did you mean 'letter'"):
        parsers.build("after_marker", {"then": "leter"})


def test_the_first_line_that_is_not_blank():
    assert read("first_line", "\n \nblue\nQ: another one?") == "blue"
    assert read("first_line", "Yes.\nNo.", then="yes_no") == "yes"
