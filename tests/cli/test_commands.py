"""Commands end with the documented JSON and exit codes."""

import json
import re
import subprocess
import sys

import pytest

from sayso import __version__
from sayso.cli.main import app, main

CARD_KEYS = {
    "name",
    "category",
    "held_out",
    "needs",
    "output",
    "metrics",
    "num_templates",
    "num_held_out_templates",
}


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


def last_json(text):
    return json.loads(text.splitlines()[-1])


def test_the_task_list_counts_held_out_wordings_too(capsys):
    code, out, _ = call(capsys, "tasks", "list", "--json")
    cards = last_json(out)
    assert code == 0
    assert all(set(card) == CARD_KEYS for card in cards)
    assert all(card["num_templates"] >= 6 for card in cards if card["category"] != "pretraining")
    asking = [card for card in cards if not card["name"].startswith("plain_")]  # those have a heading, no wordings
    assert all(0 < card["num_held_out_templates"] < card["num_templates"] for card in asking)


def test_variations_are_listed_only_when_asked_for(capsys):
    plain = last_json(call(capsys, "tasks", "list", "--json")[1])
    code, out, _ = call(capsys, "tasks", "list", "--variations", "--json")
    cards = last_json(out)
    assert code == 0
    assert not [card for card in plain if "+" in card["name"]]
    assert all(set(card) == CARD_KEYS | {"base", "variation"} for card in cards)
    assert all(card["name"] == f"{card['base']}+{card['variation']}" for card in cards)
    assert {card["variation"] for card in cards} == {"inverted", "options", "region", "yes_no"}
    assert {card["base"] for card in cards} <= {card["name"] for card in plain}


def test_a_variation_is_shown_like_any_task(capsys):
    code, out, _ = call(capsys, "tasks", "show", "counting+yes_no", "--json")
    assert code == 0
    assert last_json(out)["num_templates"] == 8


def test_the_list_holds_the_breadth_that_is_promised(capsys):
    cards = [c for c in last_json(call(capsys, "tasks", "list", "--json")[1]) if c["category"] != "pretraining"]
    held_out_categories = {c["category"] for c in cards} - {c["category"] for c in cards if not c["held_out"]}
    assert len(cards) >= 14
    assert len({card["category"] for card in cards}) >= 6
    assert held_out_categories
    assert sum(c["held_out"] and c["category"] not in held_out_categories for c in cards) >= 2


def test_a_task_is_shown_with_its_wordings(capsys):
    code, out, _ = call(capsys, "tasks", "show", "counting", "--json")
    card = last_json(out)
    assert code == 0
    assert len(card["templates"]) == card["num_templates"]
    assert all(template["distance"] for template in card["templates"] if template["held_out"])


def test_a_shown_task_says_what_stands_in_for_its_usual_data_its_slots_and_its_other_names(capsys):
    _, out, _ = call(capsys, "tasks", "show", "sport_understanding", "--json")
    card = last_json(out)
    assert "Pictograms" in card["analogue"]
    for said in (
        card["analogue"],
        "question (text), options (options)",
        "VQA_sport_recognition",
        "image_understanding",
    ):
        assert said in out.rpartition("\n{")[0]


def test_an_unknown_task_suggests_the_nearest(capsys):
    code, _, err = call(capsys, "tasks", "show", "countin")
    assert code == 2
    assert "did you mean 'counting'" in err


def test_env_tells_versions_and_devices(capsys):
    code, out, _ = call(capsys, "env", "--json")
    assert code == 0
    assert last_json(out)["sayso"] == __version__
    assert last_json(out)["devices"]


def test_the_version_is_the_packages(capsys):
    code, out, _ = call(capsys, "--version")
    assert (code, out.strip()) == (0, __version__)


def test_help_names_every_command(capsys):
    _, out, _ = call(capsys, "--help")
    for command in (
        "run",
        "check",
        "preview",
        "augment",
        "build",
        "train",
        "evaluate",
        "report",
        "export",
        "tasks",
        "env",
    ):
        assert command in out


@pytest.mark.parametrize("arguments", [["runn"], ["run"], ["run", "quickstart", "--sett", "a=b"], ["tasks", "show"]])
def test_usage_errors_are_exit_code_2(capsys, arguments):
    code, _, err = call(capsys, *arguments)
    assert code == 2
    assert re.search(r"sayso .*--help", err)


def test_preview_shows_samples_with_roles(capsys):
    sources = "build.sources=[{name: shapes, count: 30}]"
    code, out, _ = call(capsys, "preview", "quickstart", "--stage", "build", "--count", "3", "--set", sources, "--json")
    samples = last_json(out)
    assert code == 0
    assert len(samples) == 3
    roles = {span["role"] for s in samples for m in s["messages"] for p in m["parts"] for span in p.get("spans", [])}
    assert {"instr_template", "response"} <= roles


def test_interrupting_is_exit_code_130(tmp_path):
    code = (
        "import signal, sys; from sayso.cli import main as m\n"
        "def stop(): signal.raise_signal(signal.SIGINT)\n"
        "m.app.command(stop, name='stop'); m.main(['stop'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 130
    assert "run the same command again" in done.stderr


def test_help_sorts_commands_by_what_they_are_for(capsys):
    _, out, _ = call(capsys, "--help")
    places = [out.index(f"─ {name} ─") for name in ("Data", "Tasks", "Train", "Measure", "Studies", "Other")]
    assert places == sorted(places)
    measuring = out[places[3] : places[4]]
    names = ("compare", "evaluate", "probe", "report", "sensitivity", "show", "suites")
    assert [name for name in names if f"│ {name} " not in measuring] == []
    assert "[default: ()]" not in call(capsys, "probe", "--help")[1]


def test_a_wrong_call_points_to_the_help_of_its_own_command(capsys):
    assert "sayso suites run --help" in call(capsys, "suites", "run", "vsr")[2]
    assert "sayso --help lists" in call(capsys, "frob")[2]


def test_help_waits_for_nothing_heavy():
    code = "import sys; from sayso.cli.main import app; print([m for m in ('torch', 'pyarrow', 'numpy', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_recipe_is_checked_where_torch_is_not_installed(tmp_path):
    (tmp_path / "r.yaml").write_text(
        "build: {sources: [{name: shapes, count: 4}], tasks: [counting]}\n"
        "train: {losses: [wording_consistency], loop: reptile, parts: {language_model: lora}}\n"
    )
    code = "import sys; sys.modules |= dict.fromkeys(['torch', 'transformers', 'peft']); from sayso.cli.main import main; main(['check', 'r.yaml'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, "good" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("name", ["run", "preview", "export", "convert", "induce", "init", "review"])
def test_help_says_what_every_option_is_for(name):
    arguments = app[name].assemble_argument_collection(parse_docstring=True)
    given = [one for one in arguments if one.show and one.name not in {"--recipe", "--out"}]
    assert [one.name for one in given if not one.parameter.help] == []
