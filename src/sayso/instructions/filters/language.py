"""Language: the candidate is in the language that its template says it is in.

Told by letters where a script says enough, else by the little words that no sentence does without: thirteen languages in a
table that fits on a screen. A wording is short, so in doubt it passes: refused is only what has at least two little words of one
other language, and more of them than of its own. Words of the parent do not count, they may be names.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.records import Template, Verdict

__all__ = ["language", "LanguageFilter", "tell"]

_SLOT = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MOST_READ = 4000
LITTLE = {
    "en": "the of and to in is are what which how many does do this that with for on there you your please can from who where it an by as or if at be not has have describe image picture question answer write give name find tell",
    "de": "der die das den dem des ein eine einen einem einer und oder ist sind was welche welcher welches wie viele mit auf im in von zu für nicht bitte sie es wird werden dieses diesem dieser diesen kann auch wer wo zum zur bild frage beschreiben beschreibe schreibe nenne antworte",
    "fr": "le la les un une des du de et ou est sont que quel quelle quels quelles combien dans sur avec pour ce cette ces il elle au aux en qui pas par vous votre veuillez où comment l'image cette décrivez écrivez question réponse donnez qu'est",
    "es": "el la los las un una unos del de y o es son qué cuál cuáles cuántos cuántas en con para por este esta estos se su al que no hay como cómo dónde quién favor imagen pregunta respuesta describe escribe está",
    "it": "il lo la gli le un una uno del della dei delle di e o è sono che quale quali quanti quante in con per questo questa questi si nel nella nell'immagine dove chi come non immagine domanda rispondi descrivi scrivi quanto cosa",
    "pt": "o a os as um uma uns do da dos das de e ou é são que qual quais quantos quantas em no na nos com para por este esta isto se não há onde quem como imagem pergunta responda descreva escreva você está",
    "nl": "de het een en of is zijn wat welke hoeveel hoe met op in van te voor niet dit deze dat er je u wie waar wordt worden aan uit bij afbeelding vraag antwoord beschrijf schrijf staat naar",
    "sv": "den det en ett och eller är vad vilken vilket vilka hur många med på i av till för inte denna detta som finns du vem var från om bilden bild frågan svara beskriv skriv att",
    "da": "den det en et og eller er hvad hvilken hvilket hvilke hvor mange med på i af til for ikke denne dette som findes du hvem fra om billedet billede spørgsmål svar beskriv skriv at der",
    "pl": "jest są co który która które ile w na z do i lub czy nie to ten ta tego się jak gdzie kto przez dla od obraz obrazie obrazku pytanie odpowiedz opisz napisz proszę jaki jaka jakie",
    "tr": "bir ve veya bu ne hangi kaç nasıl için ile mi mı var yok olan olarak resimde görüntüde resim görüntü soru cevap lütfen yazın açıklayın nerede kim da de",
    "id": "yang dan di ke dari ini itu apa berapa banyak bagaimana dengan untuk pada adalah ada atau tidak siapa mana dalam gambar pertanyaan jawab tuliskan jelaskan tolong",
    "fi": "on ovat mikä mitä mitkä kuinka monta ja tai ei tämä tämän kuvassa kuva missä kuka joka että kysymys vastaa kirjoita kuvaile onko",
}
"""Little words, and those that instructions begin with, of languages in Latin letters."""
_SCRIPTS = {
    "CYRILLIC": ("ru", "uk", "bg", "sr"),
    "GREEK": ("el",),
    "HEBREW": ("he", "iw", "yi"),
    "ARABIC": ("ar", "fa", "ur"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "CJK": ("zh", "ja"),
    "THAI": ("th",),
}
_BY_WORD: dict[str, list[str]] = {}
for _language, _little in LITTLE.items():
    for _word in frozenset(_little.split()):
        _BY_WORD.setdefault(_word, []).append(_language)


def tell(text: str, *, but: str = "") -> Counter[str]:
    """How much speaks for each language: different little words that `but` does not have, or letters of a script of its own."""
    plain, known = (_SLOT.sub(" ", one[:_MOST_READ]) for one in (text, but))
    found = Counter(language for word in _words(plain) - _words(known) for language in _BY_WORD.get(word, ()))
    scripts = Counter(_script(letter) for letter in plain if letter.isalpha())
    given = Counter(_script(letter) for letter in known if letter.isalpha())
    for script, languages in _SCRIPTS.items():
        for language in languages if scripts[script] > given[script] else ():
            found[language] += scripts[script]
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(text.lower().replace("’", "'")) if len(word) > 1)


@lru_cache(maxsize=8192)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


class LanguageFilter:
    """Counts what speaks for each language, the parent's own words aside."""

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse a wording in another language; the reason names it."""
        wanted = candidate.language.lower().partition("-")[0]
        if wanted not in _KNOWN:
            return Verdict(keep=True, reason=f"no words of {wanted!r} are known here")
        parent = context.parent
        own = tell(candidate.text, but=parent.text if candidate.id != parent.id else "")
        others = [(count, other) for other, count in own.items() if other not in _same_script(wanted)]
        count, other = max(others, default=(0, wanted))
        if count >= 2 and count > own[wanted]:
            return Verdict(keep=False, reason=f"in another language ({other})")
        return Verdict(keep=True, reason="language kept")


def _same_script(language: str) -> frozenset[str]:
    """The language, and those that its script alone does not tell it from."""
    alike = (languages for languages in _SCRIPTS.values() if language in languages)
    return frozenset({language}.union(*alike))


_KNOWN = frozenset(LITTLE) | {language for languages in _SCRIPTS.values() for language in languages}


@filters.register("language")
def language() -> LanguageFilter:
    """The filter `language`; it has no options."""
    return LanguageFilter()
