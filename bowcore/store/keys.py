"""Keys of results: equal keys mean that the same code computed the same result from the same articles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bowcore.recipe.recipe import KEY_DIGITS, STAGES, Recipe, Stage

_PACKAGE = Path(__file__).resolve().parent.parent
_TEXT = ("corpus", "text", "recipe/languages.py", "recipe/steps.py")
_SAMPLE = (*_TEXT, "findings/leaks.py", "findings/near_duplicates.py")
_FOLDERS: dict[str, tuple[str, ...]] = {
    "corpus": ("corpus",),
    "split": ("corpus",),
    "text": _TEXT,
    "terms": _TEXT,
    "sample": _SAMPLE,
    "vocabulary": (*_SAMPLE, "matrix"),
    "weighting": (*_SAMPLE, "matrix"),
    "blocks": (*_SAMPLE, "matrix"),
    "network": (*_SAMPLE, "matrix", "learn"),
}
_LEMMAS = ("experiment/lemmas.py",)  # joins lemmas to texts
_LIBRARIES: dict[str, tuple[str, ...]] = {
    "corpus": ("pyarrow", "numpy", "scipy", "chardet", "clevercsv", "python-calamine"),
    "text": ("spacy", "icu4py"),
    "terms": ("PyStemmer", "spacy-lookups-data"),
    "network": ("numba",),
}


def result_key(
    recipe: Recipe, stage: Stage, corpus_digest: str, code: tuple[str, ...] = (), libraries: tuple[str, ...] = ()
) -> str:
    """Key of a recipe's result at a stage: articles, recipe, source code and libraries.

    It has `KEY_DIGITS` hexadecimal digits, too many for anybody to find two recipes with one key by trying.

    `code` names files or folders of the package that affect the result in addition to the stages' own code, and
    `libraries` the libraries used in addition to the stages' own.
    """
    reads_lemmas = recipe.text.units == "lemmas" and STAGES.index(stage) >= STAGES.index("text")
    places = _FOLDERS[stage] + (_LEMMAS if reads_lemmas else ()) + code
    parts = (corpus_digest, _recipe_key(recipe, stage), _code_digest(places), *_versions(stage, libraries))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:KEY_DIGITS]


def code_key(stage: Stage, code: tuple[str, ...] = (), libraries: tuple[str, ...] = ()) -> str:
    """Key of the code and the libraries that compute a stage, whatever the recipe; 6 hexadecimal digits.

    `code` and `libraries` as for `result_key`.
    """
    parts = (_code_digest(_FOLDERS[stage] + _LEMMAS + code), *_versions(stage, libraries))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:6]


def network_artefact(key: str, n_epochs: int) -> str:
    """Key of the artefact of a network after `n_epochs` epochs; `key` is its `result_key`."""
    return f"network-{key}-{n_epochs}"


@lru_cache(maxsize=4096)  # needed for every stage at every rerun of a page
def _recipe_key(recipe: Recipe, stage: Stage) -> str:
    return recipe.key(stage)


@cache
def _code_digest(places: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    _add(digest, _PACKAGE / "experiment/stages.py")
    for name in places:
        place = _PACKAGE / name
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.suffix in (".py", ".txt", ".json"):
                _add(digest, path)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, path: Path) -> None:
    content = path.read_bytes()
    digest.update(f"{path.relative_to(_PACKAGE).as_posix()}\n{len(content)}\n".encode() + content)


def _versions(stage: Stage, others: tuple[str, ...]) -> list[str]:
    used = [library for name in STAGES[: STAGES.index(stage) + 1] for library in _LIBRARIES.get(name, ())]
    return [f"{library} {_installed(library, version)}" for library in (*used, *others)]


@cache  # a library's version is read from its metadata on disk: 1 ms each, 22 times per rerun
def _installed(library: str, read: Callable[[str], str]) -> str:
    try:
        return read(library)
    except PackageNotFoundError:  # the steps report missing word lists
        return "absent"
