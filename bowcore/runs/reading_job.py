"""The job that reads and numbers articles as the switches of the text would have them, before one is flipped.

Reading 60,000 articles takes a second that a page does not have; a reading that is kept is opened in 5 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bowcore.corpus.split import split_corpus
from bowcore.recipe import Recipe
from bowcore.runs import artefacts, jobs
from bowcore.runs.readings import open_corpus, open_reading, reading_key, worth_keeping

if TYPE_CHECKING:
    from bowcore.runs.context import JobContext

KIND = "read-ahead"
AT_MOST = 200_000  # articles; reading more takes longer than a job of the quick lane may


def neighbours(recipe: Recipe) -> tuple[Recipe, Recipe]:
    """The recipes that one switch of the text leads to: the other answer to "Leftovers", and to "Text used"."""
    other = "headline" if recipe.text.text_used == "headline+body" else "headline+body"
    return recipe.change(repair=not recipe.text.repair), recipe.change(text_used=other)


def request_readings(recipe: Recipe, corpus_digest: str, n_documents: int) -> int:
    """Ask the quick worker for readings of this recipe's neighbours that are not kept yet; how many were asked for.

    `n_documents` is the number of open articles.
    """
    if not worth_keeping(recipe, n_documents) or n_documents > AT_MOST:
        return 0
    keys = {reading_key(near, corpus_digest): near.through("text") for near in neighbours(recipe)}
    wanted = {key: near for key, near in keys.items() if artefacts.find(key) is None}
    for key, near in wanted.items():
        jobs.submit(KIND, {"recipe": near.to_toml()}, "quick", key)
    return len(wanted)


def read_ahead(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Read a recipe's articles and keep the reading. Payload: `recipe` (TOML)."""
    recipe = Recipe.from_toml(payload["recipe"])
    corpus = open_corpus(recipe.corpus.corpus, recipe.corpus.revision)
    reading = open_reading(corpus.digest, split_corpus(corpus, recipe.split), recipe)
    return {"n_units": len(reading.units.types)}
