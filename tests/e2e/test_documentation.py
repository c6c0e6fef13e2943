"""What the documentation says can be typed: recipes parse, commands run, files exist, and folders hold what is listed."""

import json
import re
import shlex
from contextlib import chdir
from pathlib import Path

import pytest
import yaml

from sayso.cli.main import main
from sayso.config import KINDS, load_recipe
from sayso.evaluate.metrics import metrics, score
from sayso.evaluate.named import check_named
from sayso.pipeline import check_recipe, run_recipe
from sayso.recipes import find_recipe, names
from sayso.sources import sources

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md"]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
INLINE = re.compile(r"`(sayso [^`]+)`")
PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b|\.\.\.|[\[<]")
LONG = ("sayso run", "sayso train", "sayso evaluate", "sayso augment", "sayso report", "sayso study", "sayso reproduce")
"""Commands that train, or that need what was trained: other tests run them."""


def blocks(*languages):
    return [
        pytest.param(body, id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, (language, body) in enumerate(FENCE.findall(page.read_text()))
        if language in languages
    ]


def typed():
    """Every `sayso ...` of a block or in the middle of a sentence, with its page."""
    for page in PAGES:
        text = page.read_text()
        fenced = [line for language, body in FENCE.findall(text) if language == "bash" for line in body.splitlines()]
        inline = INLINE.findall(FENCE.sub("", text))
        for line in [*fenced, *inline]:
            command = line.partition("#")[0].strip()
            if command.startswith("sayso "):
                yield page.name, command


COMMANDS = sorted(set(typed()))
CONCRETE = [(page, command) for page, command in COMMANDS if not PLACEHOLDER.search(command)]


def run(words, capsys):
    with pytest.raises(SystemExit) as left:
        main(list(words))
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


def test_there_is_something_to_test():
    assert len(COMMANDS) >= 8
    assert len(CONCRETE) >= 2
    assert len(blocks("yaml")) >= 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(page):
    links = LINK.findall(FENCE.sub("", page.read_text()))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_recipe_parses(tmp_path, text):
    """A block of `sources:` alone is what stands under `build:`."""
    value = yaml.safe_load(text)
    if set(value) <= {"sources", "tasks"}:
        text = yaml.safe_dump({"build": value})
    (tmp_path / "documented.yaml").write_text(text)
    recipe = load_recipe(tmp_path / "documented.yaml")
    assert {node.kind for node in recipe.nodes} <= set(KINDS)
    for node in recipe.of_kind("build"):
        for source in node.config.sources:
            sources.build(source.name, source.options)
    for node in recipe.of_kind("evaluate"):
        check_named(node.config)


@pytest.mark.parametrize("text", blocks("json", "jsonl"))
def test_every_line_of_data_is_json(text):
    for line in text.splitlines():
        json.loads(line)


@pytest.mark.parametrize("command", sorted({command for _, command in CONCRETE if not command.startswith(LONG)}))
def test_a_command_that_can_be_typed_runs(tmp_path, capsys, command):
    """`mine.yaml` is the reader's own; here it is a small one, and thousands of scenes are hundreds."""
    (tmp_path / "mine.yaml").write_text("build: {sources: [{name: shapes, count: 30}], tasks: [counting]}")
    with chdir(tmp_path):
        code, _, told = run(shlex.split(re.sub(r"\bcount=(\d+)000\b", r"count=\g<1>00", command))[1:], capsys)
    assert code == 0, told


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_that_is_named_exists_with_its_options(capsys, page, command):
    """Placeholders left out: an option that does not exist, or a command that does not, is a fault of the page."""
    words = re.sub(r"[\[\]]", " ", command).split()[1:]
    if "/" in words:  # "augment / build / train RECIPE": each of them
        heads = [[word] for word in words if word.islower() and not word.startswith("-")]
    else:
        heads = [words[:2] if words[0] in {"tasks", "suites"} else words[:1]]
    for head in heads:
        code, listed, _ = run([*head, "--help"], capsys)
        assert code == 0, head
        assert [word for word in words if word.startswith("--") and word not in listed] == []


@pytest.mark.parametrize("name", names())
def test_every_shipped_recipe_is_named_in_the_readme_and_loads(name, tmp_path, monkeypatch):
    monkeypatch.setenv("SAYSO_DATA", str(tmp_path))
    assert f"`{name}`" in PAGES[0].read_text()
    recipe = load_recipe(find_recipe(name))
    assert recipe.name == name
    assert recipe.description


def test_shipped_scenes_pass_the_check(tmp_path):
    small = ["build.sources.0.count=20", "build.sources.1.count=20"]
    check_recipe(load_recipe(find_recipe("quickstart"), overrides=small)).raise_if_bad()


def test_the_recipe_that_compares_objectives_passes_the_check():
    small = ["build.sources.0.count=30", "build.sources.1.count=20"]
    result = check_recipe(load_recipe(find_recipe("l2t"), overrides=small))
    result.raise_if_bad()
    assert {node.name for node in result.nodes if node.kind == "train"} == {"base", "response-only", "l2t"}


def documented_files(kind):
    """The last cell of a stage's row in the table of docs/architecture.md."""
    (line,) = [
        line
        for line in (ROOT / "docs" / "architecture.md").read_text().splitlines()
        if line.startswith(f"| `{kind}` |")
    ]
    return set(re.findall(r"`([^`]+)`", line.split("|", 3)[3]))


def test_a_build_writes_what_the_architecture_lists_and_nothing_else(tmp_path):
    (tmp_path / "small.yaml").write_text(
        "augment: {tasks: [counting]}\nbuild: {sources: [{name: shapes, count: 30, use: split}], tasks: [counting]}"
    )
    run_recipe(load_recipe(tmp_path / "small.yaml"), out=tmp_path / "run")
    for kind in ("augment", "build"):
        patterns = [re.sub(r"<\w+>", "*", name) for name in documented_files(kind)]
        folder = tmp_path / "run" / kind
        written = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} - {Path("manifest.json")}
        assert {path for path in written if not any(path.match(pattern) for pattern in patterns)} == set()
        assert [
            pattern for pattern in patterns if "/" in pattern or "." in pattern if not list(folder.glob(pattern))
        ] == []


@pytest.mark.parametrize("body", blocks("python"))
def test_every_python_block_runs_and_a_plugin_in_it_works(body):
    space = {"__name__": "documentation"}
    exec(compile(body, "documentation", "exec"), space)  # our own pages
    if "FirstLetter" in space:
        metric = metrics.build("first_letter", {})
        assert score(metric, prediction="Yes", references=("yeah",)).value == 1.0
