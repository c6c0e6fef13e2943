"""Reproductions with invented numbers: plans as the shipped ones are, and runs drawn around true means, for pages and for simulations."""

from statistics import NormalDist

from sayso.pipeline.reproducing.deciding import findings, read_at
from sayso.pipeline.reproducing.found import ArmRun, Results
from sayso.pipeline.reproducing.plan import Arm, Claim, Measure, Plan, Scale
from sayso.seeds import Stream

NORMAL = NormalDist()


def normal(*names):
    """A standard normal draw that is a function of the names."""
    return NORMAL.inv_cdf(min(max(Stream("invented", *names).uniform(), 1e-12), 1 - 1e-12))


def arm_runs(truth, *, seeds, common=0.03, own=0.012, train_s=34.0, name=""):
    """Runs whose measures are `truth[arm][measure]` plus what a seed does to all arms and what it does to one; None stays None."""
    return [
        ArmRun(
            arm=arm,
            seed=seed,
            measures={
                key: None if mean is None
                else mean + common * normal(name, seed, key) + own * normal(name, seed, key, arm)
                for key, mean in measures.items()
            },
            train_s=train_s + 2 * normal(name, seed, arm, "s"),
            total_s=train_s + 19 + 3 * normal(name, seed, arm, "t"),
            steps=300,
        )
        for arm, measures in truth.items()
        for seed in seeds
    ]  # fmt: skip


def results_of(plan, runs, **options):
    """What a finished grid of these runs holds."""
    looks = read_at(plan.scales["cpu"])
    options = {"looks": len(looks), "read_at": looks, **options}
    return Results(
        plan=plan.name, scale="cpu", version="0.9.0", digest="3f6c0a9d51e2", registered="2026-11-29 09:12 UTC",
        confidence=0.95, runs=tuple(runs), findings=findings(plan, runs, confidence=0.95, **options),
    )  # fmt: skip


MEASURES = {
    "L1": Measure(label="wordings L1, same author", read="score", where={"distance": "L1"}),
    "L3": Measure(label="wordings L3, by others", read="score", where={"distance": "L3"}, needs=("SAYSO_DATA",)),
    "sensitivity": Measure(label="Sensitivity", read="corrected_sensitivity", unit="", lower_is_better=True),
    "retention": Measure(label="kept outside of instructions", read="summary", path="retention.mean"),
}
ARMS = {
    "one": Arm(label="one wording a task", primary=True),
    "five": Arm(label="five wordings a task", primary=True),
    "thirty": Arm(label="thirty augmented wordings a task", primary=True),
    "small": Arm(label="thirty wordings, a tenth of the rows", primary=True),
    "planted": Arm(label="the same pool with one bad wording in five, unfiltered"),
}
CLAIMS = {
    "more": Claim(
        says="Augmented wordings beat original ones at equal rows on wordings by other authors",
        paper="INSTRAUG: +2.0 points on MultiInstruct's unseen tasks with OFA-Large [S1]",
        measure="L3", contrast={"thirty": 1, "five": -1}, matters=0.01, spread=0.02,
    ),
    "near": Claim(
        says="They do so on new wordings of the same author, too",
        paper="Open in the paper; ours", measure="L1", contrast={"thirty": 1, "five": -1}, matters=0.01, spread=0.02,
        why_not="Five wordings of one author already span what that author writes: there is little left to gain at L1.",
    ),
    "ten": Claim(
        says="A small augmented set reaches one ten times larger with original wordings, but for two points at most",
        paper="INSTRAUG, figure 4: equal or better [S1]",
        measure="L3", contrast={"small": 1, "five": -1}, exceeds=-0.02, matters=0.02, spread=0.03,
        why_not="Rows carry what there is to see and wordings do not: a tenth of 4,000 scenes is too few for a model this small.",
    ),
    "dose": Claim(
        says="The score rises with the logarithm of the number of wordings", paper="INSTRAUG, figure 3 [S1]",
        measure="L3", contrast={"one": -1.6, "five": -0.1, "thirty": 1.7}, matters=0.01, spread=0.03,
    ),
    "third": Claim(
        says="Sensitivity is at most a third of that of one-wording tuning", paper="ours",
        measure="sensitivity", contrast={"one": 1 / 3, "thirty": -1}, matters=0.01, spread=0.02,
        why_not="What is left is noise of 24 examples a task, of which the correction removes the mean and not the spread.",
    ),
    "kept": Claim(
        says="Nothing is lost outside of instruction following, beyond half a point", paper="INSTRAUG: no loss on 5 benchmarks [S1]",
        measure="retention", contrast={"thirty": 1, "five": -1}, exceeds=-0.005, matters=0.005, spread=0.01,
    ),
    "filters": Claim(
        says="Filters are worth a point where one wording in five is bad", paper="Open in the paper; ours",
        measure="L3", contrast={"thirty": 1, "planted": -1}, exceeds=0.01, matters=0.01, spread=0.02,
    ),
    "robust": Claim(says="Augmented wordings are worth it: better by other authors, and nothing is lost", paper="ours", all_of=("more", "kept")),
}  # fmt: skip
TRUTH = {
    "one": {"L1": 0.55, "L3": 0.44, "sensitivity": 0.31, "retention": 0.71},
    "five": {"L1": 0.69, "L3": 0.58, "sensitivity": 0.16, "retention": 0.71},
    "thirty": {"L1": 0.695, "L3": 0.655, "sensitivity": 0.09, "retention": 0.712},
    "small": {"L1": 0.52, "L3": 0.50, "sensitivity": 0.12, "retention": 0.70},
}


def instraug(**changed):
    """A plan like the shipped one, with fields changed."""
    about = (
        "INSTRAUG rewords the instructions of a multimodal set with a language model and tunes on thirty times as many of them. Here a small model that "
        "sees well and follows no instructions is tuned on twelve tasks of drawn scenes, 4,000 examples, with one, five or thirty wordings a task and the "
        "same number of steps, and asked in wordings that it never saw."
    )
    return Plan(
        **{
            "name": "instraug", "title": "INSTRAUG: do more wordings help?", "about": about, "recipe": {}, "arms": ARMS,
            "measures": MEASURES, "claims": CLAIMS, "scales": {"cpu": Scale()}, **changed,
        }
    )  # fmt: skip


def instraug_results(plan=None, *, seeds=(1, 2, 3, 4, 5), **options):
    """Results of that plan: claims that hold, do not, are undecided and were not run."""
    plan = plan or instraug()
    return results_of(plan, arm_runs(TRUTH, seeds=seeds, name=plan.name), **options)
