"""What the numbers of a report mean, in plain words and with this run's settings."""

from sayso.report.view import Report

__all__ = ["definitions"]


def definitions(report: Report) -> list[tuple[str, str]]:
    """Terms and their meanings, in reading order."""
    resamples = "" if report.num_resamples is None else f" ({report.num_resamples:,} resamples)"
    return [
        (
            "Score",
            "The task's metric in per cent, averaged over its test examples, then over its wordings, then over tasks, so that "
            "every task and every wording counts the same. All wordings of a task meet the same examples with the same "
            "order of options. In the headline, held-in scores are over trained wordings, held-out tasks and categories over "
            "all wordings; the untuned model and shuffled images may be asked in the first few wordings only.",
        ),
        (
            "Interval",
            f"The {100 * report.confidence:g} % percentile interval of a bootstrap over test examples{resamples}: they are drawn "
            "again within each task, and all wordings share the draw. It says how far a number would move with other examples "
            "of the same kind, not with other tasks. n counts test examples. Where a task's own interval was not recorded, "
            "the mean of its wordings' intervals stands in for it; that is never too narrow.",
        ),
        (
            "Std",
            "The sample standard deviation (ddof = 1) of a task's mean scores over its wordings, in points.",
        ),
        (
            "Sensitivity",
            "Std over mean of a task's scores over its wordings, averaged over all tasks, in per cent (MultiInstruct, Xu et al. "
            "2023). "
            "Lower is better; 0 is a model that scores the same however it is asked, or one that always gives the same answer: "
            "read it beside the score. A task with a mean of 0 or a single wording "
            "has none. Few test examples push it up, since their noise counts as spread.",
        ),
        (
            "Sensitivity, corrected",
            "The same without the noise of finitely many examples, with an interval for the spread of the true scores of these "
            "wordings, over the root of the mean square where tasks are measured too roughly for a mean of roots. The noise floor is "
            "what such scores would show if no wording differed, found by dealing each example's scores out anew among its wordings; p is "
            "the share of deals with at least as much spread.",
        ),
        (
            "Consistency",
            "Over all pairs of wordings and all examples of a task, the share with the same answer, averaged over tasks. No answer "
            "is the same as nothing. A model that always says the same has 100 %: read it beside the score.",
        ),
        (
            "Held-in and held-out",
            "Held-in tasks were trained on, and are tested on other images. Held-out tasks, whole held-out categories and held-out "
            "wordings never occur in training.",
        ),
        (
            "Distance of a held-out wording",
            "How far it is from the trained ones: L1 same author or generator, L2 an operation or style never trained, "
            "L3 written by others. What one costs is the score in trained wordings less the score in these, over the tasks that have "
            "both and paired by example.",
        ),
        ("Untuned", "The same model before its first training step, asked the same."),
        (
            "Shuffled images",
            "The tuned model asked the same about the image of another example. What is left of its score does not come from "
            "looking.",
        ),
        (
            "Blind",
            "Always the task's commonest training answer: among the options where there are some, the box of the median corners "
            "where a box is asked for. No model is involved, and a task without training examples has none.",
        ),
        (
            "Distinct-2, self-BLEU",
            "How much a task's trained wordings differ, in per cent: different pairs of neighbouring words over all pairs (higher "
            "is more different), and the BLEU of each wording against all others (lower is). Of more than 200 wordings, 200 are "
            "measured. Both depend on how many there are.",
        ),
        ("Not measured", "The recipe has no such number, or it could not be computed. It is never counted as 0."),
    ]
