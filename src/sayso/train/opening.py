"""What a train stage begins with: the weights before the first step, and the samples of the run place by place.

The first `build` among the inputs is trained on, those of its tasks that `tasks` names, mixed and in sequence as `mixer` and `order` say. With `replay`, examples of
earlier stages are mixed in; with an outer loop, stretches of steps are of one task each; with losses that compare wordings, several of each example stand side by side.
"""

from sayso.artifacts import StageContext
from sayso.config import TrainConfig
from sayso.data.folder import BuildFolder
from sayso.data.selection import trained_tasks
from sayso.errors import ConfigError, DataError
from sayso.instructions.task_templates.marking import make_marker
from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.records import Example, Sample
from sayso.sources import load_image
from sayso.train.engine.arguments import samples_per_step
from sayso.train.loops import OuterLoop, loops, stretched
from sayso.train.losses import LossTerm, build_terms
from sayso.train.rounds import MeasuredOrder, is_plain, open_order
from sayso.train.samples.dataset import Feed, RunDataset
from sayso.train.samples.order import Order
from sayso.train.samples.replay import with_replay
from sayso.train.samples.truncation import Truncated, Truncation
from sayso.train.unlearnable import check_media_position
from sayso.train.weighing import objective_for
from sayso.train.weights import start_weights

__all__ = ["loop_of", "open_run", "terms_of"]


def open_run(context: StageContext) -> tuple[ModelBundle, RunDataset]:
    """What a run begins with: the weights before the first step, and its samples place by place.

    Raises:
        ConfigError: there is no build among the inputs, or the model cannot be loaded.
        DataError: there is nothing to train on.
    """
    builds = _builds(context)
    order, fed = _order(context, build=builds[0])
    check_media_position(fed, weigh=objective_for(context).weigh)
    bundle = start_weights(context, builds=[*builds, *fed[1:]])
    return bundle, _dataset(context, order=order, fed=fed, bundle=bundle)


def _builds(context: StageContext) -> list[BuildFolder]:
    builds = [BuildFolder(path) for path in context.inputs_of("build")]
    if not builds:
        raise ConfigError(f"stage {context.node!r} needs a build stage to train on; add it to its from:")
    return builds


def _order(context: StageContext, *, build: BuildFolder) -> tuple[Order, list[BuildFolder]]:
    """The places of the run, and the builds that they name."""
    config: TrainConfig = context.config
    sizes = build.store("train").task_sizes
    if not sizes:
        raise DataError(f"{build.path} has no training example; check its sources, tasks and held_out")
    cards = trained_tasks(build.cards, patterns=config.tasks, where=f"{context.node}.tasks")
    loop = loop_of(context)
    if loop.by != "all":
        length = loop.inner_steps * _places_per_step(context)
        return stretched(cards, sizes=sizes, by=loop.by, seed=context.seed, length=length), [build]
    order = open_order(context, build=build, cards=cards, places_per_step=_places_per_step(context))
    if config.replay is None:
        return order, [build]
    trained = {(build.path, card.name) for card in cards}
    replayed, earlier = with_replay(order, context=context, config=config.replay, trained=trained)
    return replayed, [build, *earlier]


def loop_of(context: StageContext) -> OuterLoop:
    """The outer loop of the stage.

    Raises:
        ConfigError: no such loop, or it does not go with replay, or with another mixer or order.
    """
    config: TrainConfig = context.config
    loop = loops.build(config.loop.name, config.loop.options)
    if loop.by != "all" and (config.replay is not None or not is_plain(config)):
        other = f"mixer {config.mixer.name!r} and order {config.order.name!r}" if config.replay is None else "replay"
        raise ConfigError(
            f"stage {context.node!r} has both {other} and loop {config.loop.name!r}, whose stretches are of one {loop.by} each; take one out"
        )
    return loop


def _places_per_step(context: StageContext) -> int:
    """Examples of a step, each under all wordings that stand side by side."""
    config: TrainConfig = context.config
    return samples_per_step(config, num_processes=context.num_processes) // terms_of(config)[1]


def terms_of(config: TrainConfig) -> tuple[list[LossTerm], int]:
    """The loss terms, and how many wordings of an example stand side by side for them.

    Raises:
        ConfigError: they are unknown, or do not go together.
    """
    return build_terms(config.losses, batch_size=config.per_device_train_batch_size)


def _dataset(context: StageContext, *, order: Order, fed: list[BuildFolder], bundle: ModelBundle) -> RunDataset:
    config: TrainConfig = context.config
    return RunDataset(
        feeds=[_feed(build, config=config) for build in fed],
        order=order,
        encoder=make_encoder(bundle, max_tokens=config.max_tokens, load=load_image),
        total=_num_samples(context, order=order),
        num_wordings=terms_of(config)[1],
        truncation=_truncation(context),
    )


def _truncation(context: StageContext) -> Truncation:
    config: TrainConfig = context.config
    if config.truncation == "drop" and (count := terms_of(config)[1]) > 1:
        raise ConfigError(
            f"truncation drop would tear {count} wordings of one example apart, which its losses compare; use turns, response or refuse"
        )
    return Truncation(how=config.truncation, truncated=Truncated(context.folder / "truncated.jsonl"))


def _feed(build: BuildFolder, *, config: TrainConfig) -> Feed:
    sampler, marker = build.sampler(drawing=config.drawing), make_marker(config.task_templates)
    terms, count = terms_of(config)
    written_first = any(term.written_first for term in terms)

    def make_samples(example: Example, epoch: int) -> list[Sample]:
        drawn = sampler.train_samples(
            example, epoch=epoch, count=count, wording=config.wording, written_first=written_first
        )
        return [marker.mark(sample) for sample in drawn]

    return Feed(examples=build.store("train"), make_samples=make_samples)


def _num_samples(context: StageContext, *, order: Order) -> int:
    """Samples of the whole run: as many as `max_steps` takes, otherwise all examples of all epochs and what is replayed meanwhile, by wordings."""
    config: TrainConfig = context.config
    if config.max_steps > 0:
        return config.max_steps * samples_per_step(config, num_processes=context.num_processes)
    places = order.places_of(config.num_train_epochs * order.num_examples)
    if isinstance(order, MeasuredOrder) and order.steps:  # which knows of whole steps alone
        places = -(-places // _places_per_step(context)) * _places_per_step(context)
    return places * terms_of(config)[1]
