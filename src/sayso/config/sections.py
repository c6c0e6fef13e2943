"""The sections of a recipe, one model per kind of stage; unknown keys are refused and values are frozen.

Names are the ones people know: training settings are those of transformers' TrainingArguments.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "AugmentConfig",
    "BuildConfig",
    "EnsembleConfig",
    "EvaluateConfig",
    "FigureConfig",
    "HeldOutConfig",
    "HeldOutWordingsConfig",
    "KINDS",
    "PackConfig",
    "PartConfig",
    "PluginConfig",
    "PromptConfig",
    "ReplayConfig",
    "ReportConfig",
    "RetentionConfig",
    "SamplingConfig",
    "SelectConfig",
    "SelectorConfig",
    "SequenceConfig",
    "SightConfig",
    "SourceConfig",
    "StageConfig",
    "SuiteConfig",
    "SynthesizeConfig",
    "TrainConfig",
    "TransferConfig",
    "VisualConfig",
]


class Strict(BaseModel):
    """Base of every section: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PluginConfig(BaseModel):
    """A plugin by `name`; every other key is an option of that plugin, checked against its signature."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:
        """A name alone is a plugin without options."""
        return {"name": given} if isinstance(given, str) else given

    @property
    def options(self) -> dict[str, Any]:
        """The plugin's own options."""
        return dict(self.model_extra or {})


class SourceConfig(PluginConfig):
    """One source and what becomes of its items."""

    use: Literal["train", "test", "split"] = "train"
    """All to training, all to test, or divided by group with `test_fraction`."""
    test_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of groups that go to test where `use` is `split`."""
    max_items: int | None = Field(default=None, ge=1)
    """Stop after so many items."""


class HeldOutConfig(Strict):
    """What training never sees, beyond the wordings that the library marks as held out."""

    tasks: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    but_train: tuple[str, ...] = ()
    """Tasks that the catalogue holds out, as MultiInstruct did, and this build trains on all the same."""


class PromptConfig(Strict):
    """How fields become text; training, evaluation and preview share it."""

    regions: Literal["unit", "percent", "pixels", "bins"] = "unit"
    """`unit` (three decimals of [0, 1]), `percent` (whole numbers 0 to 99), `pixels`, or `bins` (OFA's 1000 location tokens)."""
    options: Literal["multi_instruct", "lettered", "numbered", "letter_lines"] = "multi_instruct"
    """`multi_instruct` (`[Options]: a||||b`), `lettered`, `numbered`, or `letter_lines` (`A. a`, as suites show them)."""
    verbalisers: Literal["plain", "varied"] = "plain"
    """Yes and no (and not sure) as they are, or in training as one of several pairs of words, drawn per sample."""
    media_position: Literal["first", "keep", "refuse"] = "first"
    """Pictures behind text in conversations that somebody wrote: put in front of their turn, left there, or an error."""


class StageConfig(Strict):
    """Base of the sections."""


class HeldOutWordingsConfig(Strict):
    """Which generated wordings training never sees; without any of these, all that are accepted are trained on."""

    fraction: float = Field(default=0.0, ge=0, lt=1)
    """Share of each task's generated wordings that is held out at distance L1, same generator."""
    operations: tuple[str, ...] = ()
    """Operations, such as `question_form`, whose wordings are all held out at distance L2, operation never trained."""
    near: float = Field(default=0.75, gt=0, le=1)
    """Share of common words from which a wording is a near copy of a held-out one, and not trained on."""


class AugmentConfig(StageConfig):
    """Templates -> more templates, each candidate with a verdict."""

    tasks: tuple[str, ...] = ("*",)
    """Task names or shell patterns. A build uses the wordings of its own tasks alone."""
    paraphraser: PluginConfig = PluginConfig(name="grammar")
    strategy: PluginConfig = PluginConfig(name="single")
    """Which wording is rewritten how and when: `single`, `multi_temperature`, `iterative` or `diverse`."""
    max_wordings: int = Field(default=20, ge=1)
    """Accepted wordings per task, the given ones included; of each language that is translated to as many."""
    filters: tuple[PluginConfig, ...] = tuple(
        PluginConfig(name=name)
        for name in (
            *("characters", "slots", "length", "duplicate", "near_duplicate", "held_out_leak"),
            *("chatter", "answer_format", "answer_leak", "fluency", "language", "meaning"),
        )
    )
    """In this order; the first that refuses gives the reason."""
    templates: str | None = None
    """A JSON-lines file of further templates (`{"task", "template"}`)."""
    sources: tuple[SourceConfig, ...] = ()
    """Sources that bring tasks of their own, as in `build.sources`: their wordings are augmented too."""
    held_out: HeldOutWordingsConfig = HeldOutWordingsConfig()
    """Which of the generated wordings are kept for the test on unseen ones."""
    review: str | None = None
    """A file of `sayso review` with a person's verdicts, which win over the filters."""


class BuildConfig(StageConfig):
    """Sources x tasks -> examples, split into training and test."""

    sources: tuple[SourceConfig, ...] = ()
    tasks: tuple[str, ...] = ("*",)
    """Task names or shell patterns; `*` takes every task whose needs the sources meet."""
    held_out: HeldOutConfig = HeldOutConfig()
    prompt: PromptConfig = PromptConfig()
    wordings: Literal["library", "task_name"] = "library"
    """`task_name` puts the bare name of the task where its instruction would be: the baseline that learns no instructions."""
    max_wordings: int | None = Field(default=None, ge=1)
    """Wordings to train on per task, drawn with the seed; held-out wordings and those of held-out tasks always stay."""
    max_examples_per_task: int | None = Field(default=None, ge=1)
    """For training, over all sources."""
    max_test_examples_per_task: int | None = Field(default=None, ge=1)
    max_bad_rows: int = Field(default=0, ge=0)
    """So many bad rows go to quarantine with their reasons; one more is an error."""


class SelectorConfig(PluginConfig):
    """One selector, and how much it keeps of what the one before it left."""

    budget: float | int | None = Field(default=None, gt=0)
    """A share of all rows (under 1) or a number of rows; the stage's own for the last selector, and no bound for the others, where None."""
    per_task: bool = False
    """Choose in every task by itself: a share of each, or so many of each."""


class SelectConfig(StageConfig):
    """Training examples -> those worth training on, each with a verdict.

    The first build (or selection) among the parents is what is chosen from, a second one what the model is to become good at; what further selections
    kept is kept here too. Train stages among the parents give the models that score.
    """

    scorers: tuple[PluginConfig, ...] = ()
    """What gives each example numbers, in columns by name."""
    selectors: tuple[SelectorConfig, ...] = ()
    """In this order, each among what the one before it left."""
    budget: float | int | None = Field(default=None, gt=0)
    """What is kept in the end: a share (under 1) or a number of examples."""
    max_tokens: int | None = Field(default=None, ge=1)
    """And no more than so many tokens of the scoring model, or words where there is none."""
    tasks: tuple[str, ...] = ("*",)
    """Which tasks are chosen from; all examples of the others are kept. Patterns as in `train.tasks`."""
    target: str | None = None
    """A file of records that the model is to become good at, in place of a second build."""
    num_extremes: int = Field(default=6, ge=0)
    """Examples at either end of each column that the report shows."""


class SynthesizeConfig(StageConfig):
    """Seeds, pictures or passages -> new items, each with a verdict; a build after it takes them as one more source."""

    sources: tuple[SourceConfig, ...] = ()
    """What it is made from."""
    synthesizer: PluginConfig | None = None
    """How. Nothing new is made where None: the items of the sources go to the revisers."""
    model: PluginConfig | None = None
    """The language model that writes, as in `paraphraser: {name: chat, ...}`."""
    others: Mapping[str, PluginConfig] = {}
    """Further language models, by what they are for: `target`, `judge`."""
    rules: tuple[PluginConfig, ...] | None = None
    """What is kept of what was made; the method's own where None."""
    revisers: tuple[PluginConfig, ...] = ()
    """What is done to what was kept, in this order."""
    max_items: int = Field(default=100, ge=1)
    """So many are to be kept."""
    review: str | None = None
    """A file with a person's verdicts, which win over the rules."""


class ReplayConfig(Strict):
    """Examples of the tasks that earlier train stages were trained on, mixed into a later one against forgetting."""

    fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the samples of the stage."""
    choice: PluginConfig = PluginConfig(name="balanced")
    """What to replay."""
    tasks: tuple[str, ...] = ("*",)
    """Which of the earlier tasks, in the patterns of `train.tasks`."""
    max_examples_per_task: int | None = Field(default=None, ge=1)
    """How many examples of an earlier task are kept in memory, as if the rest were gone."""


class PartConfig(BaseModel):
    """How one part of a model is trained; every other key is an option of the method."""

    model_config = ConfigDict(extra="allow", frozen=True)

    method: str
    """`frozen`, `full`, `lora`, `ia3`, `bitfit`, `adapter`, `moe_lora`, `prompt`, `prefix`, or another by name."""
    learning_rate: float | None = Field(default=None, gt=0)
    """The stage's where None."""
    modules: tuple[str, ...] = ()
    """Names of the part's modules, where they are not found by themselves."""

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:
        """A name alone is a method without options."""
        return {"method": given} if isinstance(given, str) else given

    @property
    def options(self) -> dict[str, Any]:
        """The method's own options."""
        return dict(self.model_extra or {})


class TrainConfig(StageConfig):
    """Samples -> checkpoint. Names as in transformers' TrainingArguments."""

    tasks: tuple[str, ...] = ("*",)
    """Which tasks of the build to train on: names, shell patterns, or `category/name` patterns such as `vqa/*`."""
    replay: ReplayConfig | None = None
    """What is mixed in of the tasks that earlier train stages were trained on."""
    model: PluginConfig = PluginConfig(name="tiny")
    """Ignored where a train stage among the parents gives the weights."""
    objective: PluginConfig = PluginConfig(name="response_only")
    task_weights: Mapping[str, Annotated[float, Field(gt=0)]] = {}
    """How much a token of a task weighs, by patterns as in `tasks`; 1 where none matches, and the last one that does counts."""
    losses: tuple[PluginConfig, ...] = ()
    """Terms beside the objective's."""
    task_templates: str | None = None
    """A file of `sayso templates`: what it masks of conversations gets the role `instr_template`."""
    parts: Mapping[Literal["vision_tower", "projector", "language_model"], PartConfig] | None = None
    """How each part of the model is trained; those not named are frozen. Everything trains where this is left out."""
    wording: Literal["per_epoch", "fixed"] = "per_epoch"
    """Draw a wording again every epoch, or one per example for good."""
    drawing: PluginConfig = PluginConfig(name="uniform")
    """How often each wording of a task is drawn: `uniform`, `mass_balanced`, `length_weighted`, `diversity_weighted`."""
    mixer: PluginConfig = PluginConfig(name="proportional")
    """How much of each task comes: `proportional`, `capped`, `square_root`, `temperature`, `fixed`, `cotbal`, `adaptive`, `dynamic_average`, `random_weights`."""
    order: PluginConfig = PluginConfig(name="shuffled")
    """In what sequence: `shuffled`, `easy_to_hard`, `corgi`, `modality_stages`."""
    num_rounds: int = Field(default=1, ge=1)
    """How often the mixer is asked, at equal distances of whole steps."""
    loss_mixer: PluginConfig | None = None
    """A mixer whose weights multiply the loss of each task, as `task_weights` do by hand, and not its share of the samples."""
    loop: PluginConfig = PluginConfig(name="plain")
    """What happens to the weights between stretches of steps: `plain`, `reptile`."""
    num_train_epochs: int = Field(default=1, ge=1)
    max_steps: int = Field(default=-1, ge=-1)
    per_device_train_batch_size: int = Field(default=32, ge=1)
    gradient_accumulation_steps: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    lr_scheduler_type: str = "cosine"
    warmup_steps: int = Field(default=0, ge=0)
    weight_decay: float = Field(default=0.0, ge=0)
    adam_beta2: float = Field(default=0.999, gt=0, lt=1)
    max_grad_norm: float = Field(default=1.0, ge=0)
    max_tokens: int = Field(default=512, ge=8)
    """Longest sequence, media included."""
    truncation: Literal["refuse", "turns", "response", "drop"] = "refuse"
    """A sample that is longer is an error, loses its last turns, these and the end of a response, or gives its place to the next."""
    packing: bool = False
    """Lay the samples of a batch one behind the other in few rows, none of which sees another."""
    group_by: Literal["none", "length", "modality", "modality_length"] = "none"
    """Batches of samples of about one length, with media alone or text alone, or both."""
    cache_features: bool | str = False
    """Keep on disk what the frozen vision tower makes of every picture, in RUN/features, or in a folder for several runs."""
    save_steps: int = Field(default=200, ge=1)
    save_total_limit: int = Field(default=2, ge=1)
    """How many checkpoints stay; scorers that follow how a model learned (`less`) read all of them."""
    logging_steps: int = Field(default=20, ge=1)
    report_to: tuple[str, ...] = ("tensorboard",)
    bf16: bool = False
    gradient_checkpointing: bool = False
    optim: str | None = None
    """transformers' own choice where None."""
    torch_compile: bool = False
    dataloader_num_workers: int = Field(default=0, ge=0)
    """Processes that read and encode samples ahead; which sample comes when does not depend on it."""
    fsdp: bool | str | None = None
    fsdp_config: Mapping[str, Any] | None = None
    deepspeed: str | None = None
    """Path to a DeepSpeed config."""
    preflight: bool = True
    """Look before the first step: samples as tokens, loss, memory, time; left out where a killed run goes on."""


class SightConfig(StageConfig):
    """Annotated pictures -> a model whose vision tower tells what is in each patch, before it has read a word."""

    source: SourceConfig = SourceConfig(name="shapes")
    """Where the pictures come from, all for training; every item needs one picture and objects with boxes."""
    model: PluginConfig = PluginConfig(name="tiny")
    max_steps: int = Field(default=4000, ge=1)
    batch_size: int = Field(default=128, ge=1)
    """Pictures a step."""
    learning_rate: float = Field(default=2e-3, gt=0)
    warmup_steps: int = Field(default=300, ge=0)
    weight_decay: float = Field(default=0.01, ge=0)


class RetentionConfig(Strict):
    """What is measured of what models could before tuning: how likely they find plain text, and references of a suite or of tasks of the build."""

    text: str | None = None
    """A file with a text a line, or JSON lines with `text`."""
    suite: PluginConfig | None = None
    """A suite whose first references are read under its published prompt."""
    data: str | None = None
    """The suite's files."""
    images: tuple[str, ...] = ()
    """Folders with the suite's pictures."""
    tasks: tuple[str, ...] = ()
    """Tasks of the build whose test examples are read, with their first reference under their first wording; in the patterns of `train.tasks`."""
    max_examples: int = Field(default=200, ge=1)
    """Of the texts, the suite and each task, the first so many."""
    max_tokens: int = Field(default=512, ge=2)
    """How far a long text is read."""

    @model_validator(mode="after")
    def _has_something(self) -> "RetentionConfig":
        if self.text is None and self.suite is None and not self.tasks:
            raise ValueError("retention needs `text`, `suite` or `tasks`")
        return self


class SuiteConfig(Strict):
    """One published test set on the user's files; its key in the recipe is what it is called."""

    suite: str | None = None
    """Which suite; the key where None, so that one suite may be there twice."""
    data: str
    """The published file, or the folder with them."""
    images: str | tuple[str, ...] = ()
    """Folders with the pictures."""
    options: Mapping[str, Any] = {}
    """Choices that the suite leaves, such as `{split: test}`."""
    wordings: int | None = Field(default=5, ge=1)
    """So many, the published prompt first; all where None."""
    limit: int | None = Field(default=None, ge=1)
    """So many examples, drawn with the seed; all where None."""
    parser: PluginConfig | None = None
    """Reads the answers, instead of the suite's own."""
    metrics: tuple[PluginConfig, ...] = ()
    """Measure the answers, instead of the suite's own."""
    judge: PluginConfig | None = None
    """The language model that judges, for suites that are scored by one: `{name: chat, model: NAME, base_url: URL}`."""


class EnsembleConfig(Strict):
    """The answers of several trained wordings of an example made into one."""

    num_wordings: int = Field(default=5, ge=2)
    by: Literal["vote", "average"] = "vote"
    """The most frequent answer, or the option with the highest mean log-probability."""


class SamplingConfig(Strict):
    """Written answers are drawn in place of the likeliest words; options that are ranked are not."""

    temperature: float = Field(default=1.0, gt=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    num_draws: int = Field(default=1, ge=1)
    """Answers per example and wording; the score is their mean."""


class VisualConfig(Strict):
    """What the picture adds to the likelihood of the right answer, and where the model looks."""

    nulls: tuple[PluginConfig, ...] = (PluginConfig(name="noise"),)
    """What stands in for the picture: noise, zeros, mean_colour, shuffled_image, text_only."""
    num_draws: int = Field(default=1, ge=1)
    """Random nulls per example, averaged."""
    include_end: bool = True
    """Whether the end of the turn counts as part of the answer."""
    max_examples_per_task: int = Field(default=20, ge=1)
    """Those of the evaluation, the first of them."""
    attention: bool = False
    """The share of attention that goes to the picture, by layer."""


class FigureConfig(Strict):
    """Figures of a whole corpus, such as POPE's or CHAIR's, of what the main model answers to some of the tasks."""

    metric: PluginConfig
    """A corpus metric by name, with its options."""
    tasks: tuple[str, ...]
    """Which of the tested tasks, in the patterns of `train.tasks`; each is a corpus of its own, and figures are means over them."""
    about: Mapping[str, str] = {}
    """What else the metric is told of every example."""


class EvaluateConfig(StageConfig):
    """Model + test examples x wordings -> predictions -> scores."""

    tasks: tuple[str, ...] = ("*",)
    """Which tasks of the build to test, in the patterns of `train.tasks`."""
    held_out: bool = False
    """Test the held-out tasks of the build too, whatever `tasks` says."""
    models: tuple[Literal["tuned", "untuned"], ...] = ("tuned", "untuned")
    backend: PluginConfig = PluginConfig(name="local")
    """What answers: the models in this process, or behind a server (`serve`). An endpoint (`chat`), a file of predictions (`file`) or a `local` one with a
    `model` of its own is one model, whatever `models` says, and needs no train stage."""
    conditions: tuple[str, ...] = ("plain", "shuffled_images")
    """`plain` is the input as it is; others are perturbations by name, or those of `perturbations`."""
    perturbations: Mapping[str, PluginConfig] = {}
    """Names for perturbations with options: `{strong_noise: {name: image_noise, sigma: 0.3}}`."""
    max_examples_per_task: int = Field(default=50, ge=1)
    max_wordings: int | None = Field(default=None, ge=1)
    """Wordings per task and group (held-in, held-out); all of the library's where None."""
    max_generated_wordings: int = Field(default=4, ge=0)
    """Held-out wordings of an augment stage per task and distance, besides those that somebody wrote."""
    reference_wordings: int = Field(default=2, ge=1)
    """Wordings per task for what the tuned model is only compared with: the untuned model, other conditions."""
    per_device_eval_batch_size: int = Field(default=64, ge=1)
    max_new_tokens: int = Field(default=48, ge=1)
    option_decoding: Literal["likelihood", "generate", "choice"] = "likelihood"
    """Options are ranked by their likelihood, or the answer is generated and matched, or generated where nothing but options can be written."""
    sampling: SamplingConfig | None = None
    """Draw what is written; greedy where None."""
    retention: RetentionConfig | None = None
    """Measure also what the model keeps of what it could before."""
    prompting: PluginConfig = PluginConfig(name="zero_shot")
    """How a question is put: zero_shot, few_shot, chain_of_thought, natural_instructions."""
    parser: PluginConfig | None = None
    """How an answer is read out of what the model writes; as the prompting says where None."""
    ensembles: Mapping[str, EnsembleConfig] = {}
    """Answers of several wordings made into one, by name; nothing more is decoded for them."""
    visual: VisualConfig | None = None
    """Visual contribution and attention of each of `models`; not measured where None."""
    figures: Mapping[Annotated[str, Field(pattern=r"^[\w-]+$")], FigureConfig] = {}
    """Figures of whole corpora on the tasks: `{chair: {metric: chair, tasks: [image_captioning], about: {objects: ""}}}`."""
    num_resamples: int = Field(default=1000, ge=10)
    """Bootstrap resamples behind every interval."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    suites: Mapping[Annotated[str, Field(pattern=r"^[\w-]+$")], SuiteConfig] = {}
    """Published test sets to ask the models too: `{pope: {data: ..., images: ...}}`."""


class PackConfig(StageConfig):
    """A trained model -> what it sees, its card, and its weights in half precision."""

    source: SourceConfig = SourceConfig(name="shapes")
    """Pictures that the linear probes are fitted on."""
    tests: Mapping[Annotated[str, Field(pattern=r"^[\w-]+$")], SourceConfig] = {}
    """Other pictures, by name, that the probes are read on; those of `source` where there are none."""
    title: str = "A packed model"
    about: str = ""
    """What the card says first."""
    never_saw: tuple[str, ...] = ()
    """What was kept from the model besides held-out tasks and wordings of its builds, a sentence each."""


class TransferConfig(StageConfig):
    """Evaluations in the order of training -> scores by stage and task, final mean, forgetting."""

    before: str | None = None
    """Which of the evaluate stages is of the model before the first stage; forward transfer is counted from it."""
    num_resamples: int = Field(default=1000, ge=10)
    """Bootstrap resamples behind every interval."""
    confidence: float = Field(default=0.95, gt=0, lt=1)


class SequenceConfig(TrainConfig):
    """Train stages one after the other, each evaluated: a node of kind `sequence` stands for all of them.

    What a train stage takes, every stage of the sequence takes, and `tasks` comes from `sequence`.
    """

    sequence: Mapping[str, tuple[str, ...]] = Field(min_length=1)
    """The name of each stage and the patterns of the tasks that it is trained on, in this order."""
    evaluate: EvaluateConfig = EvaluateConfig(models=("tuned",), conditions=("plain",), held_out=True)
    """How the model is tested after every stage; by default on all tasks of the sequence and all that are held out."""
    evaluate_before: bool = True
    """Test the model before the first stage too, which forward transfer needs; only where `from` names a train stage."""
    transfer: TransferConfig = TransferConfig()


class ReportConfig(StageConfig):
    """Scores -> one page."""

    title: str | None = None
    num_examples: int = Field(default=24, ge=0)
    """Predictions shown with their images."""


KINDS: Mapping[str, type[StageConfig]] = {
    "augment": AugmentConfig,
    "synthesize": SynthesizeConfig,
    "build": BuildConfig,
    "select": SelectConfig,
    "sight": SightConfig,
    "train": TrainConfig,
    "evaluate": EvaluateConfig,
    "pack": PackConfig,
    "transfer": TransferConfig,
    "report": ReportConfig,
}
"""Stage kinds in the usual order, with the model that checks their section."""
