"""The form of an answer stays, and no answer is given away; what turns a task into another is refused."""

import pytest
from toy_filters import verdict

SAME = [
    ("Which of these animals is in the image? {options}", "From the options, pick the animal that the image shows. {options}"),
    ("Choose the right caption. {options}", "Which caption is the right one? {options}"),
    ("Is there a {object} in the image?", "Decide whether the image shows a {object}."),
    ("Is there a {object} in the image?", "Tell me if you can see a {object} in the image."),
    ("Does the caption fit? Answer yes or no.", "Say yes if the caption fits, else no."),
    ("Give the bounding box of the {object}.", "Where is the {object}? Answer with a box."),
    ("Which region shows the {object}?", "Point out the area in which the {object} is."),
    ("How many {objects} are there?", "State the number of {objects}."),
    ("Describe the image in one sentence.", "Write a sentence that says what the image shows."),
    ("Describe the image briefly.", "Give a short description of the image."),
    ("Describe the image in detail.", "Write a detailed description of the image."),
    ("Answer in French: {question}", "Reply to this in French: {question}"),
    ("Translate from English to German: {text}", "Turn this English text into German: {text}"),
    ('Answer the question, or say "none" if there is no answer: {question}', "Answer {question}; where there is no answer, write none."),
    ("Which object does not touch the {object}?", "Name the object that is not in touch with the {object}."),
    ("Which word has the most letters?", "Find the longest word."),
    ("Is the claim not true?", "Would it be wrong to make the claim?"),
    ("Say what is in the image.", "What does the image show?"),
]  # fmt: skip
OTHER = [
    ("Choose the right caption. {options}", "Write a caption of your own. {options}", "no longer asks for a choice"),
    ("Is there a {object} in the image?", "Describe the {object}.", "no longer asks for a yes or a no"),
    ("What color is the {object}?", "Is the {object} red, yes or no?", "newly asks for a yes or a no"),
    ("Is there a {object} in the image?", "Select one of the options: {object}.", "newly asks for a choice"),
    ("Is there a {object} in the image?", "Is the {object} in the image? Options: yes, no, unsure.", "newly asks for a choice"),
    ("What is the object in {region}?", "Give the bounding box of the object in {region}.", "newly asks for a region"),
    ("Give the bounding box of the {object}.", "Describe the {object}.", "no longer asks for a region"),
    ("How many {objects} are there?", "Describe the {objects}.", "no longer asks for a count"),
    ("Describe the {objects}.", "How many {objects} are there?", "newly asks for a count"),
    ("Describe the image in one sentence.", "Describe the image.", "no longer asks for few words"),
    ("Describe the image.", "Describe the image in one word.", "newly asks for few words"),
    ("Describe the image in detail.", "Describe the image.", "no longer asks for detail"),
    ("Describe the image.", "Describe the image step by step.", "newly asks for detail"),
    ("Answer in French: {question}", "Answer this: {question}", "another language is named"),
    ("Answer: {question}", "Answer in German: {question}", "another language is named"),
    ("Translate from English to German: {text}", "Translate from German to English: {text}", "another language is named"),
    ("Answer {question}, or write none.", "Answer {question}.", "no longer asks for an answer for none"),
    ("Which object does not touch the {object}?", "Which object touches the {object}?", "a negation is lost"),
    ("Which object touches the {object}?", "Which object does not touch the {object}?", "a negation came in"),
    ("Which word has the most letters?", "Which word has the fewest letters?", "a comparison is turned round"),
    ("Which answer is correct?", "Which answer is wrong?", "right is turned into wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("parent", "text"), SAME)
def test_honest_rewordings_keep_the_form_of_the_answer(parent, text):
    assert verdict("answer_format", text, parent=parent).reason == "answer format kept"


@pytest.mark.parametrize(("parent", "text", "told"), OTHER)
def test_what_asks_for_another_answer_is_refused_and_says_what_changed(parent, text, told):
    assert verdict("answer_format", text, parent=parent).reason == told


def test_what_a_slot_is_called_demands_nothing():
    assert verdict("answer_format", "Describe {text}.", parent="Describe {count_of_options}.").keep


def test_a_card_with_options_is_chosen_from_whether_or_not_a_wording_says_so():
    slots = {"question": "text", "options": "options"}
    text = "Choose one of the options: {question}"
    assert verdict("answer_format", text, parent="Answer: {question}", slots=slots).keep
    assert not verdict("answer_format", text, parent="Answer: {question}").keep


PARENT = "What color is the {shape}?"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("What color is the {shape}? The answer is red.", "says what the answer is"),
        ("What color is the {shape}? Answer: red", "gives an answer after a label"),
        ("What color is the {shape} (it is red)?", "says something of the example in brackets"),
        ("What color is the {shape}? Hint: look at the sky.", "gives a hint"),
        ("What color, e.g. red, is the {shape}?", "gives an example"),
        ("What color, such as red, is the {shape}?", "gives an example"),
        ('Is the {shape} "red" or not?', "names a label that its parent does not (red)"),
        ("What color is the {shape}?\n- red\n- blue", "names a label that its parent does not (blue)"),
        ("What color is the {shape}? A) red B) blue", "names a label that its parent does not (blue)"),
    ],
)
def test_an_answer_an_example_or_a_label_that_the_parent_does_not_name_is_refused(text, told):
    assert verdict("answer_leak", text, parent=PARENT).reason == told


@pytest.mark.parametrize(
    ("parent", "text"),
    [
        (PARENT, "Which color does the {shape} have?\nAnswer:"),
        (PARENT, 'What color is the "{shape}"? The answer is: '),
        ('Is it "red" or "blue"?', 'Say "blue" or "red".'),
        ("Is there a {object}?", 'Is there a {object}? Say "yes" or "no".'),
        ('Which of "{a}" and "{b}" is longer?', 'Of "{a}" and "{b}", which is longer?'),
        ("Is it valid or invalid?", 'Answer with "valid" or "invalid".'),
        (PARENT, "What is the {shape}'s color, and don't guess?"),
        (PARENT, "The answer is one of the options: what color is the {shape}?"),
    ],
)
def test_what_the_parent_names_and_a_plain_yes_or_no_give_nothing_away(parent, text):
    assert verdict("answer_leak", text, parent=parent).reason == "gives nothing away"


@pytest.mark.parametrize(
    ("parent", "text"),
    [
        ("Describe the image.", "A dog sits on a mat."),
        ("Describe the image.", "The image shows two people at a table."),
        ("What is shown here?", "Red"),
        ("Is there a {object} in the picture? Answer yes or no.", "Yes, there is a {object} in the picture."),
        ("Could you tell what the weather is like?", "It is raining."),
        ("You are given a picture; write a caption for it.", "Two men on a bench."),
    ],
)
def test_a_reply_that_asks_for_nothing_is_an_answer(parent, text):
    assert verdict("answer_leak", text, parent=parent).reason == "asks for nothing, as an answer does"


@pytest.mark.parametrize(
    ("parent", "text"),
    [
        ("Describe the image.", "A description of the image."),
        ("Describe the image.", "The image is to be described."),
        ("Write a caption.", "An image of"),
        ("Answer the question about the image: {question}", "Based on the image, {question}"),
        ("What does the text in {region} say?", "The text in {region} is"),
        ("Is there a {object}?", "Is a {object} there"),
        ("Describe the image.", "The task: a sentence about the image."),
        ("The text in {region} is {options}", "{options}"),
    ],
)
def test_short_and_unusual_requests_are_requests(parent, text):
    assert verdict("answer_leak", text, parent=parent).reason == "gives nothing away"


def test_what_asks_is_told_in_english_only():
    parent = "What is shown in the picture?"
    assert verdict("answer_leak", "Nenne alles im Bild.", parent=parent, language="de").keep
