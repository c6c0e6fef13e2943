"""Broken text and text in another language."""

import json
import os
from pathlib import Path

import pytest
from toy_filters import verdict

from sayso.instructions.filters.language import LITTLE, tell

SENTENCES = {
    "en": ["How many dogs are in the picture?", "Describe what the man on the left does."],
    "de": ["Wie viele Hunde sind auf dem Bild?", "Beschreibe, was der Mann auf der linken Seite tut."],
    "fr": ["Combien de chiens y a-t-il dans cette image ?", "Décrivez ce que fait l'homme qui est sur la gauche."],
    "es": ["¿Cuántos perros hay en la imagen?", "Describe lo que hace el hombre que está a la izquierda."],
    "it": ["Quanti cani ci sono nella foto?", "Descrivi che cosa fa l'uomo sulla sinistra della foto."],
    "pt": ["Quantos cães há na imagem?", "Descreva o que o homem à esquerda está fazendo na imagem."],
    "nl": ["Hoeveel honden zijn er op de foto?", "Beschrijf wat de man aan de linkerkant doet."],
    "sv": ["Hur många hundar finns det på bilden?", "Beskriv vad mannen till vänster gör på bilden."],
    "pl": ["Ile psów jest na obrazie?", "Opisz, co robi mężczyzna po lewej na tym obrazie."],
    "tr": ["Bu resimde kaç köpek var?", "Resimde soldaki adamın ne yaptığını yazın."],
    "fi": ["Kuinka monta koiraa kuvassa on?", "Kirjoita, mitä vasemmalla oleva mies on tekemässä kuvassa."],
    "ru": ["Сколько собак на картинке?", "Опишите, что делает мужчина слева."],
    "zh": ["图片中有多少只狗？", "描述左边的男人在做什么。"],
    "ja": ["この写真には犬が何匹いますか？", "左の男性が何をしているか説明してください。"],
    "ko": ["사진에 개가 몇 마리 있습니까?", "왼쪽에 있는 남자가 무엇을 하는지 설명하세요."],
    "el": ["Πόσα σκυλιά υπάρχουν στην εικόνα;", "Περιγράψτε τι κάνει ο άντρας αριστερά."],
}


@pytest.mark.parametrize("language", SENTENCES)
def test_each_language_is_known_among_the_others(language):
    found = [tell(sentence).most_common(1)[0][0] for sentence in SENTENCES[language]]
    assert set(found) <= {
        language,
        *({"ja", "zh"} if language == "zh" else ()),
        *({"ru", "uk"} if language == "ru" else ()),
    }


@pytest.mark.parametrize("language", SENTENCES)
def test_a_wording_stays_in_the_language_of_its_template(language):
    own, other = SENTENCES[language], SENTENCES["en" if language != "en" else "de"]
    assert verdict("language", own[1], parent=own[0], language=language).keep
    assert not verdict("language", other[1], parent=own[0], language=language).keep


def test_names_and_words_of_the_parent_may_be_foreign():
    parent = 'Translate "Wie viele Hunde sind auf dem Bild?" to English.'
    assert verdict("language", 'Say in English: "Wie viele Hunde sind auf dem Bild?"', parent=parent).keep
    assert verdict("language", "Is this La Scala or El Prado?", parent="Which museum is it?").keep


def test_a_language_without_a_table_passes_with_that_reason():
    found = verdict("language", "Anything at all.", parent="x", language="xx")
    assert (found.keep, found.reason) == (True, "no words of 'xx' are known here")


def test_the_tables_are_small():
    assert sum(len(words.split()) for words in LITTLE.values()) < 700


DATA = Path(os.environ.get("SAYSO_DATA", "")) / "instruction_induction" / "annotations"


@pytest.mark.skipif(not DATA.is_dir(), reason="SAYSO_DATA is not set to a folder with instruction_induction/")
def test_real_english_instructions_about_translation_are_english():
    texts = [
        text for path in sorted(DATA.glob("*.json")) for text in json.loads(path.read_text("utf-8"))["annotations"]
    ]
    refused = [text for text in texts if not verdict("language", text, parent="Do it.").keep]
    assert len(texts) > 100
    assert not refused


PARENT = "Describe the main object in {region}."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Describe the the main object in {region}.", "a word stands twice"),
        ('Describe the "main object in {region}.', "a quote or bracket has no partner"),
        ("Describe the (main object in {region}.", "a quote or bracket has no partner"),
        ("Describe in {region} the", "ends in mid-sentence"),
        ("Describe the object in {region} and", "ends in mid-sentence"),
        ("Describe the object in {region},", "ends in mid-sentence"),
        ("DESCRIBE THE MAIN OBJECT IN {region}.", "capitals throughout"),
        ("Describe the object.What is in {region}?", "a space is missing"),
        ("Describe the mainObject in {region}.", "a space is missing"),
        ("Describe xqzkvjw in {region}.", "letters that make no word"),
        ("Describe the 0bj3ct in {region}.", "letters that make no word"),
        ("Descrbie the main object in {region}.", "a word of its parent misspelt"),
        ("Describe the main objct in {region}.", "a word of its parent misspelt"),
        ("Describe what is there, " + "and say what it is " * 4 + "in {region}.", "the same words again and again"),
    ],
)
def test_signs_of_broken_text_are_named(text, told):
    assert verdict("fluency", text, parent=PARENT).reason == told


@pytest.mark.parametrize(
    "text",
    [
        "Give a description of the main objects in {region}.",
        "What's the main object in {region}? Don't guess.",
        "Which thing had had the most room in {region}?",
        "Write about {region}: thermometers, silhouettes, kitchenware, rhythms.",
        'Say what "{region}" (a part of the image) shows.',
        "Describe e.g. the U.S. flag in {region}.",
        "{region}",
        "Output:",
    ],
)
def test_plain_text_reads_well(text):
    assert verdict("fluency", text, parent=PARENT).reason == "reads well"


def test_what_is_broken_in_the_parent_too_is_no_fault_of_the_candidate():
    assert verdict("fluency", "Q: xqzkvjw is is {a}, the", parent="xqzkvjw is is {a} the").keep


def test_letters_are_looked_at_in_english_only():
    assert verdict("fluency", "Opisz przędzalnictwo w {region}.", parent=PARENT, language="pl").keep
