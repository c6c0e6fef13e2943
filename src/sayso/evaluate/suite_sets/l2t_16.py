"""L2T's sixteen tasks in four groups (learning to instruct, arXiv:2503.22215). The full list could not be found: which sixteen is inferred from its groups and the tasks it names.

Its headline is the gain over ordinary tuning, relative to that, per task. Whether groups are means of relative gains or the gain of means is open in the paper: both are given.
"""

from sayso.evaluate.suite_sets._protocol import Member, SuiteSet, suite_sets

__all__ = ["l2t_16"]

CAPTIONS = ("cider_d",)
PERCEPTION = "mme.mme_perception"
GROUPS: dict[str, tuple[Member, ...]] = {
    "general VQA": (
        Member(name="vqav2", metrics=("vqa_accuracy",)),
        Member(name="gqa", metrics=("exact_match",)),
        Member(name="vizwiz", metrics=("vqa_accuracy",)),
        Member(name="scienceqa", metrics=("accuracy", "exact_match")),
    ),
    "comprehensive": (
        Member(name="mme", metrics=(PERCEPTION, "accuracy"), scales=((PERCEPTION, 2000.0),)),
        Member(name="mmmu", metrics=("accuracy", "exact_match")),
        Member(name="mmstar", metrics=("accuracy", "exact_match")),
        Member(name="mmbench", metrics=("accuracy", "exact_match")),
    ),
    "text and charts": (
        Member(name="textvqa", metrics=("vqa_accuracy",)),
        Member(name="chartqa", metrics=("relaxed_accuracy",)),
        Member(name="docvqa", metrics=("anls",)),
        Member(name="ocrbench", metrics=("ocrbench", "contains"), scales=(("ocrbench", 1000.0),)),
    ),
    "captioning": (
        Member(name="coco_captions", metrics=CAPTIONS),
        Member(name="flickr30k", metrics=CAPTIONS),
        Member(name="nocaps", metrics=CAPTIONS),
        Member(name="refcoco", metrics=CAPTIONS),
    ),
}


@suite_sets.register("l2t_16")
def l2t_16() -> SuiteSet:
    """The set."""
    members = tuple(
        Member(name=one.name, metrics=one.metrics, scales=one.scales, group=group)
        for group, some in GROUPS.items()
        for one in some
    )
    return SuiteSet(
        name="l2t_16",
        title="L2T, sixteen tasks (roster inferred)",
        source="arXiv:2503.22215: sixteen tasks in four groups, run on lmms-eval's lite parts",
        note=(
            "the roster is INFERRED from the paper's groups and the tasks it names, it is not the paper's list; metrics lie on their own scales (CIDEr-D / 1, MME perception / 2,000, OCRBench / 1,000; "
            "ours), so a mean over tasks says little and the relative gain over a baseline is the headline: as mean of relative gains and as gain of means, which the paper leaves open."
        ),
        members=members,
        headline="relative_gain",
    )
