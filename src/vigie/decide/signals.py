"""The names a rule may use: what detectors give, what later ones will, and what is known of a post besides."""

import polars as pl

#: Probabilities in [0, 1] that the detectors shipped with Vigie give, one float32 per post.
SHIPPED = frozenset(
    {
        *("hate", "racism", "antisemitism", "lgbtphobia", "misogyny", "other_hate", "violence", "insult"),
        *("racism_words", "antisemitism_words", "religion_words", "lgbtphobia_words", "misogyny_words"),
        *("disability_words", "incitement_words", "threat_words", "atrocity_praise_words", "atrocity_denial_words"),
        *("hoax_words", "insult_words", "doxxing_words", "grooming_words", "terrorism_words", "scam_words"),
        *("spam_words", "evasion_words", "intimate_image_words", "scam_link"),
    }
)

#: Names kept for detectors that do not exist yet: a rule that reads one waits, it is not a mistake.
AWAITED = frozenset(
    {
        *("known_child_image", "near_duplicate", "ban_evasion", "intimate_image_match"),
        *("known_terrorist_content", "contact_pattern"),
    }
)

#: Facts about a post that are no signal. ``language`` is what we identified (a code, or "und"), ``declared_language``
#: what the network said, ``account_age_days`` is in days at the time of the post. Null: the source did not say.
FACTS: dict[str, pl.DataType] = {
    "language": pl.String(),
    "declared_language": pl.String(),
    "views": pl.Int64(),
    "followers": pl.Int64(),
    "account_age_days": pl.Int64(),
}

#: The threshold of a rule for the language of the post: a column that the rulebook adds.
REVIEW = "review"
