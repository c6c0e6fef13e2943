"""Twenty text tasks of Natural Instructions v2. MultiInstruct also tests on twenty of them; which ones is not known: these twenty are ours.

They are of twenty different categories and small enough to run in minutes. ROUGE-L over the task's instances, as the publishers of Natural Instructions do.
"""

from sayso.evaluate.suite_sets._protocol import Member, SuiteSet, suite_sets

__all__ = ["ni_20", "TASKS"]

TASKS = (
    "task033_winogrande_answer_generation",
    "task060_ropes_question_generation",
    "task105_story_cloze-rocstories_sentence_generation",
    "task111_asset_sentence_simplification",
    "task1195_disflqa_disfluent_to_fluent_conversion",
    "task1293_kilt_tasks_hotpotqa_question_answering",
    "task1318_country_national_dish",
    "task1358_xlsum_title_generation",
    "task1364_hans_answer_generation",
    "task1452_location_entity_extraction_btc_corpus",
    "task1603_smcalflow_sentence_generation",
    "task1704_ljspeech_textmodification",
    "task388_torque_token_classification",
    "task393_plausible_result_generation",
    "task413_mickey_en_sentence_perturbation_generation",
    "task454_swag_incorrect_answer_generation",
    "task589_amazonfood_summary_text_generation",
    "task603_wikitext-103_fill_in_the_blank",
    "task899_freebase_qa_topic_generation",
    "task927_yelp_negative_to_positive_style_transfer",
)


@suite_sets.register("ni_20")
def ni_20() -> SuiteSet:
    """The set; its scores are those of the suite `natural_instructions`."""
    members = tuple(
        Member(
            name=task,
            also=("natural_instructions",),
            metrics=("rouge_l",),
            examples=f"natural_instructions-{task}-",
        )
        for task in TASKS
    )
    return SuiteSet(
        name="ni_20",
        title="Natural Instructions, twenty tasks (ours)",
        source="Wang et al. 2022, arXiv:2204.07705; mean over tasks of ROUGE-L",
        note="which twenty tasks MultiInstruct tested is not known; these are OURS, so figures do not compare with its own. ROUGE-L without stemming.",
        members=members,
    )
