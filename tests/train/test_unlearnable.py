"""Pictures left behind text and instructions as targets do not go together."""

import pytest
from toy_run import BUILD, run_node

from sayso.config import PromptConfig
from sayso.data.folder import BuildFolder
from sayso.errors import ConfigError
from sayso.train.objectives import Objective
from sayso.train.unlearnable import check_media_position

RESPONSES = Objective(weights={"response": 1.0, "resp_end": 1.0})
INSTRUCTIONS = [Objective(weights={"response": 1.0, role: 0.1}) for role in ("instr", "instr_template", "options")]


@pytest.fixture(scope="module")
def builds(tmp_path_factory) -> dict[str, BuildFolder]:
    out = tmp_path_factory.mktemp("builds")
    for position in ("first", "keep"):
        config = BUILD.model_copy(update={"prompt": PromptConfig(media_position=position)})
        run_node(out, name=position, kind="build", config=config)
    return {position: BuildFolder(out / position) for position in ("first", "keep")}


@pytest.mark.parametrize("objective", INSTRUCTIONS)
def test_instructions_are_not_learned_ahead_of_their_picture(builds, objective: Objective) -> None:
    check_media_position([builds["first"]], weigh=objective.weigh)
    with pytest.raises(ConfigError, match="media_position of 'keep' is keep, but the objective weighs instructions"):
        check_media_position([builds["first"], builds["keep"]], weigh=objective.weigh)


def test_responses_may_be_learned_wherever_pictures_stand(builds) -> None:
    check_media_position(list(builds.values()), weigh=RESPONSES.weigh)
