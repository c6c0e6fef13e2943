import pytest
from msgspec.structs import replace

from sayso.errors import DataError
from sayso.instructions.prompting import promptings
from sayso.instructions.template import join_spans
from sayso.records import Media, MediaPart, Message, Sample, TextPart


def text_part(*chunks):
    text, spans = join_spans(list(chunks))
    return TextPart(text=text, spans=spans)


def sample(name, content, *, answer=None, picture=None):
    question = text_part(("Say it: ", "instr_template"), (content, "instr"))
    media = (Media(path=picture, width=8, height=8),) if picture else ()
    messages = [Message(role="user", parts=(*(MediaPart(index=0) for _ in media), question))]
    if answer:
        messages.append(Message(role="assistant", parts=(text_part((answer, "response")),)))
    return Sample(
        id=f"{name}@w",
        example=name,
        task="t",
        template="w",
        messages=tuple(messages),
        media=media,
        references=(answer or "gold",),
    )


POOL = [sample(f"d{n}", f"word{n} and more", answer="ab"[n % 2], picture=f"{n}.png") for n in range(8)]


def ask(name, one, pool=POOL, *, seed=1, **options):
    return promptings.build(name, options).prompt(one, demonstrations=pool, seed=seed)


def said(one):
    return [(m.role, "".join(p.text for p in m.parts if isinstance(p, TextPart))) for m in one.messages]


def test_demonstrations_are_earlier_turns_with_their_answers():
    turns = said(ask("few_shot", sample("q", "the question"), num_demonstrations=3))
    assert [role for role, _ in turns] == ["user", "assistant"] * 3 + ["user"]
    assert turns[-1] == ("user", "Say it: the question")
    assert {text for role, text in turns if role == "assistant"} <= {"a", "b"}


def test_balanced_demonstrations_show_each_answer_before_any_comes_again():
    for seed in range(10):
        turns = said(ask("few_shot", sample("q", "x"), seed=seed, num_demonstrations=4, choice="balanced"))
        assert sorted(text for role, text in turns if role == "assistant") == ["a", "a", "b", "b"]


def test_the_most_similar_demonstration_stands_last():
    turns = said(ask("few_shot", sample("q", "word5 and more"), num_demonstrations=2, choice="similar"))
    assert turns[2] == ("user", "Say it: word5 and more")


def test_an_example_is_never_shown_its_own_picture_or_itself():
    one = sample("q", "x", picture="3.png")
    for seed in range(20):
        asked = ask("few_shot", one, seed=seed, num_demonstrations=7)
        assert [m.path for m in asked.media].count("3.png") == 1
    with pytest.raises(DataError, match="8 demonstrations are to be shown for 'q' of task 't', and 7 can be"):
        ask("few_shot", one, num_demonstrations=8)
    assert "word2" not in str(said(ask("few_shot", sample("d2", "x"), num_demonstrations=7)))


def test_demonstrations_without_pictures_leave_the_question_its_own():
    asked = ask("few_shot", sample("q", "x", picture="q.png"), pictures=False)
    assert [m.path for m in asked.media] == ["q.png"]
    assert [p.index for m in asked.messages for p in m.parts if isinstance(p, MediaPart)] == [0]


def test_a_chain_of_thought_is_asked_for_behind_the_question_and_read_behind_the_mark():
    prompting = promptings.build("chain_of_thought", {"mark": "So:"})
    ((_, text),) = said(prompting.prompt(sample("q", "x"), demonstrations=(), seed=1))
    assert text.startswith("Say it: x\n")
    assert "So:" in text
    assert prompting.parser.options == {"marker": "So:"}
    assert prompting.written


def test_natural_instructions_put_the_definition_first_and_the_place_for_the_output_last():
    ((_, text),) = said(ask("natural_instructions", sample("q", "the question"), num_demonstrations=1))
    assert text.startswith("Definition: Say it:\n\nPositive Example 1 -\nInput: word")
    assert text.endswith("\n\nNow complete the following example -\nInput: the question\nOutput:")
    ((_, bare),) = said(ask("natural_instructions", sample("q", "x"), num_demonstrations=0))
    assert bare == "Definition: Say it:\n\nInput: x\nOutput:"


def test_in_one_turn_every_picture_stands_before_its_input():
    asked = ask("natural_instructions", sample("q", "x", picture="q.png"), num_demonstrations=2)
    kinds = ["media" if isinstance(part, MediaPart) else "text" for part in asked.messages[0].parts]
    assert kinds == ["text", "media", "text", "media", "text", "media", "text"]


def test_a_demonstration_that_cannot_be_shown_leaves_the_order_of_the_others():
    one = sample("q", "the question", picture="q.png")
    (first, *others), _ = shown_first(one), None
    without = [row for row in POOL if row.media[0].path != first]
    assert shown_first(one, pool=without)[:2] == others[:2]


def shown_first(one, pool=POOL):
    return [medium.path for medium in ask("few_shot", one, pool, num_demonstrations=4).media[:-1]]


def test_pictures_that_come_as_bytes_are_told_apart_too():
    own = Media(data=b"one", width=8, height=8)
    alike = replace(POOL[0], media=(Media(data=b"one", width=8, height=8),))
    other = replace(POOL[1], media=(Media(data=b"two", width=8, height=8),))
    one = replace(sample("q", "x", picture="q.png"), media=(own,))
    assert ask("few_shot", one, [alike, other], num_demonstrations=1).media == (other.media[0], own)


def conversation(name, *, answer=None):
    """Two turns with a picture each, the second between words, behind what the system says."""
    turns = [
        Message(role="system", parts=(text_part((f"system {name}", "system")),)),
        Message(role="user", parts=(MediaPart(index=0), text_part((f"first {name}", "instr")))),
        Message(role="assistant", parts=(text_part(("well", "response")),)),
        Message(role="user", parts=(text_part(("look", "instr")), MediaPart(index=1), text_part((name, "instr")))),
    ]
    if answer:
        turns.append(Message(role="assistant", parts=(text_part((answer, "response")),)))
    media = tuple(Media(path=f"{name}{number}.png", width=8, height=8) for number in (1, 2))
    return Sample(id=f"{name}@w", example=name, task="t", template="w", messages=tuple(turns), media=media)


def pictures(one):
    return [one.media[p.index].path for m in one.messages for p in m.parts if isinstance(p, MediaPart)]


@pytest.mark.parametrize("choice", ["random", "similar", "balanced"])
def test_conversations_keep_their_pictures_and_their_own_system_message_alone(choice):
    pool = [conversation(name, answer="yes") for name in "abc"]
    asked = ask("few_shot", conversation("q"), pool, choice=choice)
    assert [m.role for m in asked.messages].count("system") == 1
    assert said(asked)[0] == ("system", "system q")
    assert pictures(asked) == [medium.path for medium in asked.media]
    assert pictures(asked)[-2:] == ["q1.png", "q2.png"]


def test_natural_instructions_shows_the_last_question_of_a_conversation_with_its_own_picture():
    pool = [conversation(name, answer="yes") for name in "abc"]
    asked = ask("natural_instructions", conversation("q"), pool)
    assert pictures(asked)[0] == "q1.png"
    assert pictures(asked)[-1] == "q2.png"
    assert {path[1:] for path in pictures(asked)[1:-1]} == {"2.png"}
    assert len(pictures(asked)) == len(asked.media)
    assert "Definition" not in said(asked)[-1][1]
