import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sayso.evaluate.perturb import perturbations
from sayso.evaluate.perturb.typos import mistype
from sayso.instructions.options import append_options, format_options
from sayso.instructions.template import join_spans
from sayso.records import MediaPart, Message, Sample, Span, TextPart, Verdict
from sayso.seeds import Stream


def sample(*chunks, options=(), references=("red",), example="e"):
    text, spans = join_spans(list(chunks))
    return Sample(
        id=f"{example}@w",
        example=example,
        task="t",
        template="w",
        messages=(Message(role="user", parts=(TextPart(text=text, spans=spans),)),),
        options=options,
        references=references,
    )


def change(name, one, *, seed=1, **options):
    (found,) = perturbations.build(name, options).apply([one], seed=seed)
    return found


def text(one):
    return "".join(part.text for part in one.messages[-1].parts)


QUESTION = sample(("Which colour has the ", "instr_template"), ("round table", "instr"), (" here?", "instr_template"))


def test_typos_leave_what_fills_the_slots_alone_unless_they_are_asked_for():
    for seed in range(20):
        assert " round table " in f" {text(change('typos', QUESTION, seed=seed, share=1.0))} ".replace("the ", " ")
    everywhere = [text(change("typos", QUESTION, seed=seed, share=1.0, where="all")) for seed in range(20)]
    assert all("round table" not in one for one in everywhere)


@given(word=st.text(alphabet="abcdefghijklmnopqrstuvwxyzABC", min_size=4, max_size=14), seed=st.integers(0, 99))
def test_a_slip_is_one_edit_behind_the_first_letter(word, seed):
    slip = mistype(word, chance=Stream(seed))
    assert slip != word
    assert slip[0] == word[0]
    assert abs(len(slip) - len(word)) <= 1


def test_more_words_slip_with_a_larger_share():
    few, many = (text(change("typos", QUESTION, share=share)).split() for share in (0.01, 1.0))
    plain = text(QUESTION).split()
    assert sum(a != b for a, b in zip(plain, few, strict=True)) < sum(a != b for a, b in zip(plain, many, strict=True))


def test_letter_case():
    assert text(change("letter_case", QUESTION)) == "WHICH COLOUR HAS THE round table HERE?"
    assert text(change("letter_case", QUESTION, style="lower", where="all")) == "which colour has the round table here?"
    assert text(change("letter_case", QUESTION, style="random")).lower() == text(QUESTION).lower()


def test_a_text_without_letters_is_refused():
    assert isinstance(change("letter_case", sample(("7 + 7 = ?", "instr_template"))), Verdict)


@pytest.mark.parametrize("style", ["multi_instruct", "lettered", "numbered"])
@pytest.mark.parametrize("write", [format_options, append_options])
def test_options_move_and_their_labels_stay(style, write):
    options = ("red", "green", "blue")
    one = sample(("Which?", "instr_template"), (write(options, style=style), "options"), options=options)
    found = change("reordered_options", one, shift=1)
    assert found.options == ("blue", "red", "green")
    assert text(found) == "Which?" + write(found.options, style=style)
    assert change("reordered_options", found, shift=2) == one


def test_a_drawn_order_is_another_one_than_shown():
    options = ("a", "b")
    one = sample(("?", "instr_template"), ("a||||b", "options"), options=options)
    assert all(change("reordered_options", one, seed=seed).options == ("b", "a") for seed in range(10))


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (QUESTION, "no options to reorder"),
        (sample(("?", "instr_template"), ("a", "options"), options=("a",)), "one option has one order"),
        (sample(("?", "instr_template"), ("a / b", "options"), options=("a", "b")), "not shown in a known style"),
    ],
)
def test_what_has_no_other_order_is_refused(one, reason):
    assert reason in change("reordered_options", one).reason


def test_without_its_instruction_only_the_data_are_left():
    options = ("a", "b")
    one = sample(
        ("Look at ", "instr_template"),
        ("the cat", "instr"),
        ("!", "instr_template"),
        ("a||||b", "options"),
        options=options,
    )
    assert text(change("no_instruction", one)) == "the cat\na||||b"
    assert "nothing is left" in change("no_instruction", sample(("Describe it.", "instr_template"))).reason


def test_a_wrong_instruction_keeps_the_data():
    found = change("wrong_instruction", QUESTION, instructions=["Count the letters."])
    assert text(found) == "Count the letters.\nround table"
    assert "no other task" in change("wrong_instruction", QUESTION).reason


def test_a_delusive_instruction_never_names_the_right_answer():
    one = sample(("Which?", "instr_template"), options=("red", "green", "blue"))
    said = {text(change("delusive_instruction", one, seed=seed)).rsplit(" ", 1)[1] for seed in range(30)}
    assert said == {"green", "blue"}


def test_without_options_the_answer_of_another_example_misleads():
    rows = [sample(("Say.", "instr_template"), references=(word,), example=word) for word in ("cat", "dog")]
    found = perturbations.build("delusive_instruction", {}).apply(rows, seed=3)
    assert [text(one).rsplit(" ", 1)[1] for one in found] == ["dog", "cat"]
    assert "no wrong answer" in change("delusive_instruction", rows[0]).reason


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_distracting_sentence_leaves_the_instruction_whole(place):
    found = text(change("distractor_sentence", QUESTION, place=place))
    assert found.endswith(text(QUESTION)) if place == "before" else found.startswith(text(QUESTION))
    assert len(found) > len(text(QUESTION)) + 10


def test_a_sentence_behind_options_is_no_part_of_the_last_one():
    shown = append_options(("red", "blue"), style="lettered")
    one = sample(("What colour?", "instr_template"), (shown, "options"), options=("red", "blue"))
    found = text(change("distractor_sentence", one, place="after"))
    assert found.startswith(f"What colour?{shown}\n")
    assert text(change("distractor_sentence", QUESTION, place="after")).startswith(f"{text(QUESTION)} ")


def written():
    """A turn that somebody wrote, with a picture between its words."""
    words = [TextPart(text=word, spans=(Span(start=0, end=len(word), role="instr"),)) for word in ("Look at", "this")]
    turn = Message(role="user", parts=(words[0], MediaPart(index=0), words[1]))
    return replace(QUESTION, messages=(turn,), references=("red",))


def test_sentences_leave_pictures_where_they_stand():
    for options in ({"place": "before"}, {"place": "after"}):
        parts = change("distractor_sentence", written(), **options).messages[-1].parts
        assert [isinstance(part, MediaPart) for part in parts] == [False, True, False]
    misled, _ = perturbations.build("delusive_instruction", {}).apply(
        [written(), replace(written(), example="other", references=("blue",))], seed=1
    )
    assert misled.messages[-1].parts[:2] == written().messages[-1].parts[:2]
    assert misled.messages[-1].parts[2].text.endswith("is: blue")


def test_what_has_no_wording_gets_no_other_one():
    found = change("wrong_instruction", written(), instructions=("Count the cats.",))
    assert "no wording" in found.reason


def test_a_whole_round_of_options_is_no_other_order():
    shown = append_options(("red", "blue"), style="lettered")
    one = sample(("What colour?", "instr_template"), (shown, "options"), options=("red", "blue"))
    assert "the order it had" in change("reordered_options", one, shift=2).reason
