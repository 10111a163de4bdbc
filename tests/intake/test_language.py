"""Languages: French and English from a few words, others by name, and no guess where there is nothing to go by."""

import pyarrow as pa
import pytest

from vigie.intake.language import identify
from vigie.intake.prepared import told

SHORT = {
    "fr": [
        "Je suis fatigué ce soir",
        "On mange où demain ?",
        "Tu as vu le match hier soir",
        "Il pleut encore ici",
        "Merci pour le cadeau",
    ],
    "en": [
        "I am so tired tonight",
        "Where do we eat later?",
        "Did you see the match",
        "It is raining again",
        "Thanks for the present",
    ],
    "es": ["¿Dónde comemos mañana?", "Estoy muy cansado hoy, amigos"],
    "de": ["Ich bin heute sehr müde", "Das habe ich nicht gewusst"],
    "it": ["Oggi vado al mare con gli amici", "Sono molto stanco oggi, ragazzi"],
    "nl": ["Waar gaan we morgen eten?", "Ik ben vandaag heel erg moe"],
}


@pytest.mark.parametrize("language", SHORT)
def test_short_posts(language: str) -> None:
    assert identify(pa.array(SHORT[language])).to_pylist() == [language] * len(SHORT[language])


@pytest.mark.parametrize(
    "text",
    ["", "ok", "😂😂😂", "12345", "@someone https://example.org/une/page/en/francais", "Привет, как дела?", "你好世界"],
)
def test_und_rather_than_a_guess(text: str) -> None:
    assert identify(pa.array([text])).to_pylist() == ["und"]


def test_the_network_is_believed_only_where_we_cannot_tell() -> None:
    identified, declared = pa.array(["fr", "und", "und", "und", "und"]), pa.array(["en", "fr", None, "zxx", "pt-BR"])
    assert told(identified, declared).to_pylist() == ["fr", "fr", "und", "und", "pt"]
