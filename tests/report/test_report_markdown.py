"""The Markdown face: one golden page, and no text from data that acts as markup."""

import os
import re
from pathlib import Path

from fake_run import Shape, write_run
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sayso.report.collect import collect
from sayso.report.html import render_html
from sayso.report.markdown import escape_markdown, render_markdown
from sayso.report.view import ConditionView, EnsembleView, Estimate, TokenView, VisualView

GOLDEN = Path(__file__).parent.parent / "golden" / "report.md"


def test_a_small_run_gives_the_golden_page(tmp_path):
    """SAYSO_WRITE_GOLDEN=1 writes it anew; read the difference before you commit it."""
    context = write_run(tmp_path / "golden", shape=Shape(num_tasks=7, num_trained=2, num_held_out=1, num_examples=3))
    text = render_markdown(collect(context))
    if os.environ.get("SAYSO_WRITE_GOLDEN"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


@given(st.text())
def test_escaped_text_is_one_line_without_live_markup(text):
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    bare = re.sub(r"\\.", "", escaped)
    assert not set(bare) & set("`*_[]<>#|~&$!")


@given(st.text(alphabet=st.characters(categories=["L", "N", "Zs", "P", "S"])))
def test_escaping_only_adds_backslashes(text):
    unescaped = re.sub(r"\\([\\`*_{}\[\]<>#|~&$!+=.)-])", r"\1", escape_markdown(text))
    assert unescaped == " ".join(text.split())


def test_text_that_looks_like_a_list_or_a_rule_does_not_start_one():
    assert escape_markdown("- item") == "\\- item"
    assert escape_markdown("=== rule") == "\\=== rule"


def test_config_with_backquotes_cannot_close_its_block(tmp_path):
    context = write_run(tmp_path, shape=Shape(num_tasks=1, num_examples=0))
    manifest = tmp_path / "train" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"learning_rate": 0.001', '"note": "```\\n# Heading"'))
    text = render_markdown(collect(context))
    assert "\n````yaml\n" in text


def test_every_table_row_has_as_many_cells_as_its_head(tmp_path):
    text = render_markdown(collect(write_run(tmp_path, shape=Shape(hostile=" | a || b `c`\n| d"))))
    for table in re.findall(r"(?:^\|.*\|\n?)+", text, flags=re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1


def test_changed_input_and_the_picture_have_tables_where_they_were_measured(tmp_path):
    report = collect(write_run(tmp_path, shape=Shape(num_tasks=2)))
    half = Estimate(mean=0.5, low=0.4, high=0.6)
    seen = replace(
        report,
        conditions=(ConditionView(condition="typos", mean=half, drop=Estimate(mean=0.1, low=0.02, high=0.2)),),
        ensembles=(
            EnsembleView(
                name="pair", by="vote", num_wordings=2, mean=half, gain=Estimate(mean=0.015, low=-0.01, high=0.04)
            ),
        ),
        visual=(VisualView(model="tuned", null="noise", sum=half),),
    )
    text = render_markdown(seen)
    assert "| typos | 50.0 | – | costs 10.0 points" in text
    assert "| tuned | noise | 0.500 | 0.400 to 0.600 | – |" in text
    assert "| pair | 2, by vote | 50.0 | – | +1.5 points (-1.0 to 4.0) | 0 |" in text
    assert "## Several wordings" not in render_markdown(report)
    assert "## Changed input" not in render_markdown(report)


def test_what_was_asked_for_and_not_measured_is_a_dash_on_both_pages(tmp_path):
    report = replace(
        collect(write_run(tmp_path, shape=Shape(num_tasks=2))),
        conditions=(ConditionView(condition="typos"),),
        ensembles=(EnsembleView(name="nine", by="vote", num_wordings=9, left_out=("a<b",)),),
        visual=(VisualView(model="tuned", null="text_only"),),
        token_contributions=(
            TokenView(task="t", null="n", tokens=("<b>", "yes"), roles=("instr", "response"), values=(0.1, -2.0)),
        ),
    )
    assert "| nine | 9, by vote | – | – | – | 1 |" in render_markdown(report)
    page = render_html(report)
    assert 'title="a&lt;b"' in page
    assert '<span class="n4 answer" title="Response: -2.000">yes</span>' in page
    assert "&lt;b&gt;</span>" in page
