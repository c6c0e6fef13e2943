"""PromptSource: what is text and columns carries over, the rest is told with its reason; ours go out and come back equal."""

import os
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sayso import tasks
from sayso.errors import DataError
from sayso.instructions.jinja_wordings import carry
from sayso.instructions.library import load_templates
from sayso.instructions.promptsource import is_promptsource, read_promptsource, to_jinja, write_promptsource
from sayso.instructions.template import parse
from sayso.records import Template

DATA = Path(os.environ.get("SAYSO_DATA", "no-such-folder"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="SAYSO_DATA is not set: real files are not there")
FILE = """dataset: toy
subset: one
templates:
  a: !Template
    answer_choices: {choices}
    id: a
    jinja: '{jinja}'
    metadata: !TemplateMetadata
      original_task: true
    name: first
    reference: ''
"""


def save(path: Path, jinja: str, choices: str = "null") -> Path:
    path.write_text(FILE.format(jinja=jinja.replace("'", "''"), choices=choices))
    return path


@pytest.mark.parametrize(
    ("jinja", "text"),
    [
        ("Passage: {{passage}} Is it {{ question }}? ||| {{answer}}", "Passage: {passage} Is it {question}?"),
        ("{{Text}}\n|||\n{{label}}", "{text}"),
        ("Say {{\"World News\"}} for {{x}} ||| y", "Say World News for {x}"),
        ("In {braces} {{x}} ||| y", "In {{braces}} {x}"),
        ("a {# a note #}{{x}} ||| {% if label %}b{% endif %}", "a {x}"),
        ("Half {{x}} ||| {{ answer_choices[label] }}", "Half {x}"),
        ("{{ x | trim }} {{ y.strip() }} {{ z | lower | trim }} ||| a", "{x} {y} {z}"),
        ("{{ x.text }} {{ y['a'].B[0] }} ||| a", "{x_text} {y_a_b_0}"),
        ("{{ xs | join(', ') }} {{ ' or '.join(ys.text) }} ||| a", "{xs} {ys_text}"),
        ("{{ 'A {' ~ x }} ||| a", "A {{{x}"),
        ("{{x}} {{ answer_choices | join(', ') }} ||| a", "{x} {options}"),
        ("{{options}} {{ answer_choices | join(', ') }} ||| a", "{options} {answer_choices}"),
        ("{% if label == 1 %}\n Say {{x}} ||| {{y}}\n{% endif %}", "Say {x}"),
        ("Now {% if a %}{% if b %}say {{x}} ||| {{y}}{% endif %}{% else %} {% endif %}", "Now say {x}"),
        ("{% set y = x.split(' ') %}{% for a in y %}{% set b = a %}{% endfor %}\n{{x}} {{y}} ||| {{z}}", "{x} {y}"),
    ],
)  # fmt: skip
def test_text_and_columns_carry_over_whatever_the_target_does(tmp_path, jinja, text):
    found = read_promptsource(save(tmp_path / "t.yaml", jinja))
    assert found.texts == {"first": text}
    assert found.refused == ()
    assert found.dataset == "toy/one"


@pytest.mark.parametrize(
    ("jinja", "kind"),
    [
        ("{% if x %}a{% endif %} ||| y", "logic"),
        ("{% for x in xs %}{{x}}{% endfor %} ||| y", "logic"),
        ("{{ a if b else c }} ||| y", "logic"),
        ("{% if a %}x ||| y{% else %}z ||| y{% endif %}", "logic"),
        ("{% if a %}x ||| y{% elif b %}{% endif %}", "logic"),
        ("{% for x in xs if x %}- {% endfor %}{{x}} ||| y", "logic"),
        ("{% include 'x' %} ||| y", "logic"),
        ("{{ a + b }} ||| y", "logic"),
        ("{{ x | trim('.') }} ||| y", "filters"),
        ("{{ x | replace('a', 'b') }} ||| y", "filters"),
        ("{{ xs | join(y) }} ||| y", "filters"),
        ("{{ f(x) }} {{ x() }} ||| y", "filters"),
        ("{{ x.a().b | trim }} ||| y", "filters"),
        ("{{ x[1:] }} ||| y", "fields"),
        ("{{ x[y] }} ||| y", "fields"),
        ("{{x}} {{ answer_choices }} ||| y", "choices"),
        ("{{x}} {{ answer_choices | lower }} ||| y", "choices"),
        ("{{x}} {{ answer_choices[0] }} ||| y", "choices"),
        ("{{x}} {{ answer_choices[label] }} ||| y", "choices"),
        ("no middle {{x}}", "empty"),
        ("  ||| y", "empty"),
        ("{{ x ||| y", "syntax"),
        ("{% nonsense %} ||| y", "syntax"),
        ("{{ _x }} ||| y", "column"),
    ],
)
def test_what_would_have_to_be_evaluated_is_refused_with_its_reason(tmp_path, jinja, kind):
    found = read_promptsource(save(tmp_path / "t.yaml", jinja))
    assert found.texts == {}
    assert [(one.name, one.kind) for one in found.refused] == [("first", kind)]
    assert found.refused[0].reason


def test_answer_choices_are_counted_as_not_carried(tmp_path):
    assert read_promptsource(save(tmp_path / "t.yaml", "{{x}} ||| y", choices="Yes ||| No")).num_choices == 1


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ("Yes ||| No", "Answer Yes or No (Yes, No)"),
        ("{{a}} ||| {{ b.text | trim }}", "Answer {a} or {b_text} ({a}, {b_text})"),
        ("{x} ||| No", "Answer {{x}} or No ({{x}}, No)"),
        ("'{{ choices | join(\"|||\") }}'", None),
        ("Yes", None),
    ],
)
def test_choices_that_the_file_spells_out_are_text(tmp_path, choices, text):
    jinja = "Answer {{answer_choices[0]}} or {{ answer_choices[1] }} ({{ answer_choices | join(', ') }}) ||| y"
    found = read_promptsource(
        save(tmp_path / "t.yaml", jinja, choices=choices if choices[0] == "'" else f"'{choices}'")
    )
    assert found.texts == ({"first": text} if text else {})
    assert [one.kind for one in found.refused] == ([] if text else ["choices"])


def test_what_a_wording_does_not_say_of_its_template_is_noted(tmp_path):
    jinja = "{% set y = x %}{% if y %}{{ y | trim }} {{ zs | join }} ||| y{% endif %}"
    (notes,) = read_promptsource(save(tmp_path / "t.yaml", jinja)).notes.values()
    assert [note.split()[-1] for note in notes] == ["only", "slot", "row", "slot"]
    assert read_promptsource(save(tmp_path / "t.yaml", "{{x}} ||| y")).notes == {}


literals = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(
    lambda text: text.replace("{", "{{").replace("}", "}}")
)
templates = st.lists(st.one_of(literals, st.sampled_from(["{question}", "{options}", "|||", "{{%", "{{{{x}}}}"]))).map(
    "".join
)


@given(templates)
def test_any_template_of_ours_comes_back_equal(text):
    if text.strip():
        assert parse(carry(to_jinja(text)).text).pieces == parse(text).pieces


def test_the_wordings_of_every_task_come_back_equal_through_a_file(tmp_path):
    for task in list(tasks.catalog().values())[::6]:
        ours = load_templates(task)
        path = tmp_path / f"{task.name}.yaml"
        assert write_promptsource(ours, task=task.name, path=path) == len(ours) > 0
        assert is_promptsource(path)
        found = read_promptsource(path)
        assert found.refused == ()
        assert list(found.texts.items()) == [(template.id, template.text) for template in ours]


def test_a_file_of_ours_has_what_promptsource_reads(tmp_path):
    write_promptsource([Template(id="t/0", task="t", text="Is it {question}?")], task="t", path=tmp_path / "t.yaml")

    class Loader(yaml.SafeLoader):
        pass

    for tag in ("!Template", "!TemplateMetadata"):
        Loader.add_constructor(tag, lambda loader, node: loader.construct_mapping(node, deep=True))
    (entry,) = yaml.load((tmp_path / "t.yaml").read_text(), Loader=Loader)["templates"].values()
    assert entry.keys() == {"answer_choices", "id", "jinja", "metadata", "name", "reference"}
    assert entry["jinja"] == "Is it {{ question }}? ||| {{ answer }}"


@pytest.mark.parametrize(
    "content", ["", "[]", "templates: 3", "a: [", "!!python/object/apply:os.system ['true']", "templates:\n - x"]
)
def test_other_yaml_is_a_data_error_and_runs_nothing(tmp_path, content):
    (tmp_path / "t.yaml").write_text(content)
    assert not is_promptsource(tmp_path / "t.yaml")
    with pytest.raises(DataError, match=r"t\.yaml"):
        read_promptsource(tmp_path / "t.yaml")


@needs_data
def test_of_311_real_templates_245_carry_over_and_each_other_has_a_reason():
    kinds: Counter[str] = Counter()
    count = 0
    for path in sorted((DATA / "instruction_templates" / "promptsource").rglob("*.yaml")):
        assert is_promptsource(path)
        found = read_promptsource(path)
        count += len(found.texts)
        kinds.update(one.kind for one in found.refused)
        for text in found.texts.values():
            parse(text)
    assert count == 245
    assert kinds == {"logic": 46, "filters": 9, "fields": 6, "choices": 5}
