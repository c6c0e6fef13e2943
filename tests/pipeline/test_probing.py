import json

import pytest
from PIL import Image

from sayso.artifacts import Progress
from sayso.cli.main import main
from sayso.errors import ConfigError, DataError
from sayso.models._protocol import models
from sayso.pipeline import ProbeOptions, probe_model

QUESTION = "How many people are in this picture?"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    options = {"hidden_size": 32, "num_layers": (1, 1), "vocab_size": 300}
    models.build("tiny", options).make(texts=[QUESTION, "none, one or two of them"], seed=5).save(folder)
    return str(folder)


@pytest.fixture
def picture(tmp_path):
    Image.new("RGB", (20, 14), "red").save(tmp_path / "p.png")
    return str(tmp_path / "p.png")


def probe(model, image, instruction=QUESTION, **options):
    return probe_model(model, image, instruction, options=ProbeOptions(**options), progress=Progress())


def test_an_instruction_is_asked_as_given_and_in_verified_wordings(model, picture):
    found = probe(model, picture, num_wordings=6, max_new_tokens=4)
    texts = [one.wording for one in found.probe.answers]
    assert texts[0] == QUESTION
    assert len(set(texts)) == len(texts) == 7
    assert all("people" in text for text in texts)
    assert all("<image>×9" in one.prompt and one.wording in one.prompt for one in found.probe.answers)


def test_choices_are_ranked(model, picture):
    found = probe(model, picture, num_wordings=2, choices=("one", "two"))
    assert {one.answer for one in found.probe.answers} <= {"one", "two"}
    assert {one.extraction for one in found.probe.answers} == {"likelihood"}


def test_own_wordings_take_the_place_of_a_paraphraser(model, tmp_path):
    (tmp_path / "w.txt").write_text("How many?\n\nCount them.\n")
    found = probe(model, "none", wordings=tmp_path / "w.txt", max_new_tokens=3)
    assert [one.wording for one in found.probe.answers] == [QUESTION, "How many?", "Count them."]
    assert found.as_json()["image"] is None


@pytest.mark.parametrize(
    ("image", "options", "error", "said"),
    [
        ("none", {"num_wordings": 0}, ConfigError, "-n 0: give 1 or more"),
        ("none", {"max_new_tokens": 0}, ConfigError, "--max-new-tokens 0: give 1 or more"),
        ("none", {"choices": ("one",)}, ConfigError, "one is one choice"),
        ("none", {"choices": ("one", "one ")}, ConfigError, "blank or comes twice"),
        ("missing.png", {}, DataError, "missing.png does not exist"),
        ("none", {"paraphraser": "gramar"}, ConfigError, "grammar"),
    ],
)
def test_what_cannot_be_probed_says_why(model, image, options, error, said):
    with pytest.raises(error, match=said):
        probe(model, image, **options)


def test_a_file_of_wordings_is_asked_whole_unless_a_number_is_given(model, tmp_path):
    (tmp_path / "w.txt").write_bytes(b"\xef\xbb\xbf" + b"".join(b"How many %d?\r\n" % number for number in range(25)))
    assert len(probe(model, "none", wordings=tmp_path / "w.txt", max_new_tokens=1).probe.answers) == 26
    few = probe(model, "none", wordings=tmp_path / "w.txt", num_wordings=2, max_new_tokens=1).probe.answers
    assert [one.wording for one in few] == [QUESTION, "How many 0?", "How many 1?"]


def test_braces_stay_as_they_are_and_one_without_a_partner_says_what_to_do(model):
    found = probe(model, "none", "How many {things} are there?", num_wordings=2, max_new_tokens=1).probe.answers
    assert len(found) == 3
    assert all("{things}" in one.wording for one in found)
    with pytest.raises(DataError, match="give rewordings with --wordings"):
        probe(model, "none", "How many { are there?")


def test_an_instruction_that_cannot_be_reworded_is_asked_alone_and_the_command_says_so(model, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["probe", model, "none", "Wie viele :dog: sind hier?", "--max-new-tokens", "1"])
    out = " ".join(capsys.readouterr().out.split())
    assert "Wie viele :dog: sind hier?" in out
    assert "no rewording was kept" in out


def test_a_blank_instruction_and_a_file_without_wordings_are_errors(model, tmp_path):
    with pytest.raises(DataError, match="is blank"):
        probe(model, "none", "  ")
    (tmp_path / "w.txt").write_text("\n")
    with pytest.raises(DataError, match="has no wording"):
        probe(model, "none", wordings=tmp_path / "w.txt")


def test_the_command_shows_answers_side_by_side_and_ends_in_json(model, picture, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(
            [
                "probe",
                model,
                picture,
                QUESTION,
                "-n",
                "3",
                "--max-new-tokens",
                "3",
                "--choices",
                "red",
                "blue",
                "--json",
            ]
        )
    lines = capsys.readouterr().out.splitlines()
    found = json.loads(lines[-1])
    assert found["num_wordings"] == 4
    assert sum(group["count"] for group in found["groups"]) == 4
    assert any("agreement" in line for line in lines)
