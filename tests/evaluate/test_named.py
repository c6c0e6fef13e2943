import pytest

from sayso.config import EvaluateConfig, PluginConfig
from sayso.errors import ConfigError
from sayso.evaluate.named import check_named
from sayso.evaluate.visual.nulls import null_label

STRONG = {"strong": {"name": "typos", "share": 0.9}}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"conditions": ["typos"]}, "put plain first"),
        ({"conditions": []}, "conditions are empty"),
        ({"conditions": ["plain", "typos", "typos"]}, "names 'typos' 2 times"),
        ({"conditions": ["plain", "tyops"]}, "did you mean 'typos'"),
        ({"conditions": ["plain"], "perturbations": STRONG}, "'strong' is described and never asked"),
        ({"conditions": ["plain", "../x"], "perturbations": {"../x": "typos"}}, "cannot be the name of a folder"),
        ({"conditions": ["plain"], "perturbations": {"plain": "typos"}}, "'plain' is a perturbation already"),
        ({"conditions": ["plain", "s"], "perturbations": {"s": {"name": "typos", "share": 3}}}, "share"),
        ({"models": []}, "models is empty"),
        ({"prompting": {"name": "few_shot", "k": 3}}, "no option 'k'"),
        ({"parser": {"name": "after_marker", "then": "lettr"}}, "did you mean 'letter'"),
        ({"visual": {"nulls": []}}, "visual.nulls is empty"),
        ({"visual": {"nulls": ["noise", "noise"]}}, "'noise' 2 times"),
        ({"visual": {"nulls": [{"name": "noise", "space": "rgb"}]}}, "space"),
        ({"ensembles": {"a": {"by": "average"}}, "option_decoding": "generate"}, "'a' averages"),
        ({"ensembles": {"a": {"by": "average"}}, "prompting": "chain_of_thought"}, "'a' averages"),
    ],
)
def test_names_that_do_not_fit_together_are_refused(config, said):
    with pytest.raises(ConfigError, match=said):
        check_named(EvaluateConfig(**config))


def test_what_fits_together_passes():
    check_named(EvaluateConfig())
    nulls = ["noise", {"name": "noise", "space": "uint8"}]
    check_named(EvaluateConfig(conditions=("plain", "strong"), perturbations=STRONG, visual={"nulls": nulls}))
    check_named(EvaluateConfig(conditions=("plain", "typos"), perturbations={"typos": {"name": "typos", "share": 1}}))


def test_a_null_is_called_by_its_name_and_what_was_asked_of_it():
    assert null_label(PluginConfig(name="noise")) == "noise"
    assert null_label(PluginConfig.model_validate({"name": "noise", "space": "uint8"})) == "noise (space: uint8)"
