"""Words: a text as stems, the same way for what is stored and what is asked.

A text's language is guessed from its little words, and its words are stemmed in that language. A question is too
short for guessing: each of its words stands for its stems in all languages. Scripts that put no spaces between
words (Chinese, Japanese, Thai, and Korean, whose endings vary) become overlapping pairs of characters.
"""

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

_LITTLE = {
    "english": "the and is was are to of it my this that for not with have you can but they from what where how",
    "german": "der die das und ist nicht ich zu den es mein meine ein eine mit auf für wo wie kann sie habe war wird bei",
    "spanish": "el la los las y es no de que mi un una con por para en se me del está cómo dónde pero lo al",
    "french": "le la les et est pas de je un une mon ma avec pour dans que ne sur où comment mais vous il ce des du",
    "italian": "il lo la gli e è non di che mio mia un una con per in dove come ma si della sono ho alla",
    "portuguese": "o a os as e é não de que meu minha um uma com por para em onde como mas do da foi está",
    "dutch": "de het en is niet ik van een mijn met op voor waar hoe kan zij maar te die dat wordt bij",
}
_WORDS_OF = {language: frozenset(words.split()) for language, words in _LITTLE.items()}
LANGUAGES = tuple(_LITTLE)
_LITTLE_WORDS = frozenset().union(*_WORDS_OF.values())
_DEFAULT = "english"
_GUESS_WORDS = 200
_LEAST_SPELLED = 4
_MOST_ASKED = 4000
"""Characters of a question that are read: stemming costs a microsecond each."""

_WORD = re.compile(r"\w+")
_DENSE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+")
_stemmers = threading.local()


@dataclass(frozen=True)
class Term:
    """One word of a question: the stems that count as it, and a beginning of stems that does too, if any.
    `spelled`: it may be a typing error (it has letters and no digits, in a script with spaces)."""

    stems: tuple[str, ...]
    prefix: str = ""
    spelled: bool = False


def stems(text: str) -> tuple[list[str], int]:
    """The distinct stems of a text, in order, and how many words it has."""
    words = _WORD.findall(_plain(text))
    language = _language(words)
    found: dict[str, None] = {}
    count = 0
    for word in words:
        parts = _parts(word)
        count += len(parts)
        for part, dense in parts:
            found[part if dense else _stem(language, part)] = None
    return list(found), count


def terms(query: str, most: int = 32) -> list[Term]:
    """The words of a question, at most `most`; the last one also as a beginning, unless something follows it.
    Little words (the, is, my) are left out where there are others. Of a long question its beginning is asked."""
    plain = _plain(query[:_MOST_ASKED])
    found: dict[tuple[str, ...], Term] = {}
    little: set[tuple[str, ...]] = set()
    parts = [part for word in _WORD.findall(plain) for part in _parts(word)]
    open_end = bool(plain) and (plain[-1].isalnum() or plain[-1] == "_")
    for place, (part, dense) in enumerate(parts):
        last = open_end and place == len(parts) - 1
        forms = (part,) if dense else tuple(dict.fromkeys(_stem(language, part) for language in LANGUAGES))
        prefix = min(forms, key=len) if last and (dense or len(part) > 1) else ""
        found[forms] = Term(forms, prefix, not dense and part.isalpha() and len(part) >= _LEAST_SPELLED)
        if part in _LITTLE_WORDS:
            little.add(forms)
    telling = [term for forms, term in found.items() if forms not in little]
    return (telling or list(found.values()))[:most]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _parts(word: str) -> list[tuple[str, bool]]:
    """A run of letters and digits cut at changes of script: words, and pairs of characters (True)."""
    if word.isascii():
        return [(word, False)]
    parts: list[tuple[str, bool]] = []
    end = 0
    for run in _DENSE.finditer(word):
        if run.start() > end:
            parts.append((word[end : run.start()], False))
        characters = run.group()
        pairs = [characters[at : at + 2] for at in range(len(characters) - 1)] or [characters]
        parts += [(pair, True) for pair in pairs]
        end = run.end()
    if end < len(word):
        parts.append((word[end:], False))
    return parts


def _language(words: list[str]) -> str:
    """The language most of whose little words are there."""
    some = words[:_GUESS_WORDS]
    counts = {language: sum(word in little for word in some) for language, little in _WORDS_OF.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > counts[_DEFAULT] else _DEFAULT


@lru_cache(maxsize=100_000)
def _stem(language: str, word: str) -> str:
    """A word's stem, without accents: people leave them out. A stemmer is no thread's but its own."""
    made: dict[str, Stemmer.Stemmer] = _stemmers.__dict__.setdefault("made", {})
    if language not in made:
        made[language] = Stemmer.Stemmer(language)
    stem = made[language].stemWord(word) if len(word) <= 64 else word[:64]
    if stem.isascii():
        return stem
    return "".join(c for c in unicodedata.normalize("NFD", stem) if not unicodedata.combining(c))
