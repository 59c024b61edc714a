"""Code that counts the terms, chooses those that are columns, and weights the cells."""

from __future__ import annotations

from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import VocabularySpec, WeightingSpec
from bowcore.take_home.piece import Piece
from bowcore.text.stopwords import SPACY_CODES

_NP = "import numpy as np"
_INFORMATION = """\
member = np.eye(len(classes))[labels[train]][:, np.unique(labels[train])]
present, in_class = np.asarray((train_counts > 0).T @ member).T, member.sum(axis=0)[:, None]
scores = np.zeros(train_counts.shape[1])
for table in (present, in_class - present):
    expected = in_class * table.sum(axis=0) / len(train)
    ratio = np.divide(table, expected, out=np.ones_like(expected), where=table > 0)
    scores += (table * np.log(ratio)).sum(axis=0) / len(train)
scores = np.maximum(scores, 0)"""
_SCORES: dict[str, tuple[str, tuple[str, ...]]] = {
    "term-frequency": ("scores = np.asarray(train_counts.sum(axis=0)).ravel()", ()),
    "document-frequency": ("scores = train_counts.getnnz(axis=0)", ()),
    "summed-tfidf": (
        "scores = np.asarray(TfidfTransformer().fit_transform(train_counts).sum(axis=0)).ravel()",
        ("from sklearn.feature_extraction.text import TfidfTransformer",),
    ),
    "chi-squared": (
        "scores = chi2(train_counts, labels[train])[0]",
        ("from sklearn.feature_selection import chi2",),
    ),
    "mutual-information": (_INFORMATION, ()),
}
UNKNOWN = """\
analyse, unknown = vectorizer.build_analyzer(), "<UNK>"
while unknown in terms:
    unknown = f"<{unknown}>"
def with_unknown(counts, texts):  # one more column for all other terms
    others = texts.map(lambda text: len(analyse(text))).to_numpy() - np.asarray(counts.sum(axis=1)).ravel()
    return sparse.hstack([counts, sparse.csr_matrix(others[:, None])], format="csr")
train_counts = with_unknown(train_counts, texts[train])
validation_counts = with_unknown(validation_counts, texts[validation])
terms = np.append(terms, unknown)"""
"""Appends the column for all other terms to `train_counts` and `validation_counts`."""

_SHORT_UNKNOWN = """\
n_terms = texts.map(vectorizer.build_analyzer()).map(len)  # one more column is for all other terms
def with_unknown(counts, rows):
    return sparse.hstack([counts, n_terms[rows].to_numpy()[:, None] - counts.sum(axis=1)], format="csr")
train_counts, validation_counts = with_unknown(train_counts, train), with_unknown(validation_counts, validation)"""


def counts_piece(recipe: Recipe, *, named: bool = True, longest: str = "") -> Piece:
    """`train_counts`, `validation_counts` and, if `named`, `terms`: learned from the training texts alone.

    `longest` names a variable that has the length of word groups instead of the recipe.
    """
    spec = recipe.vocabulary
    lines = [
        f"vectorizer = CountVectorizer({', '.join(counting(recipe, longest))})",
        "train_counts, validation_counts = vectorizer.fit_transform(texts[train]), "
        "vectorizer.transform(texts[validation])",
        *(["terms = vectorizer.get_feature_names_out()"] if named else []),
    ]
    imports = ["from sklearn.feature_extraction.text import CountVectorizer"]
    if spec.stop_words_only:
        code = recipe.terms.language or "en"
        imports += [_NP, f"from spacy.lang.{SPACY_CODES.get(code, code)}.stop_words import STOP_WORDS"]
        lines.append("kept = np.flatnonzero([term in STOP_WORDS for term in vectorizer.get_feature_names_out()])")
        lines.append("train_counts, validation_counts = train_counts[:, kept], validation_counts[:, kept]")
        lines += ["terms = terms[kept]"] if named else []
    if spec.vocabulary_size:
        more, needed = _selection(spec, named=named)
        lines += more
        imports += [*needed, _NP]
    if spec.unknown == "unk":
        lines.append(UNKNOWN if named else _SHORT_UNKNOWN)
        imports += ["import scipy.sparse as sparse", _NP]
    return Piece(
        "Counts",
        "\n".join(lines),
        tuple(imports),
        "The vocabulary is learned from the training texts alone. Only the filled cells are stored.",
    )


def cells_piece(spec: WeightingSpec, *, has_unknown: bool = False) -> Piece:
    """`train_cells` and `validation_cells`: what the models see."""
    if spec.weighting == "binary":
        code = "train_cells, validation_cells = (train_counts > 0).astype(int), (validation_counts > 0).astype(int)"
        return Piece("Cell values", code, (), "1 for a term that the text has.")
    if spec.weighting == "count":
        return Piece(
            "Cell values", "train_cells, validation_cells = train_counts, validation_counts", (), "The counts."
        )
    lines = [f"weighting = TfidfTransformer({', '.join(weighing(spec))}).fit(train_counts)"]
    if has_unknown and spec.use_idf and not spec.smooth_idf:
        lines.append("weighting.idf_ = np.where(np.isfinite(weighting.idf_), weighting.idf_, np.log(len(train)) + 1)")
    lines.append("train_cells, validation_cells = map(weighting.transform, (train_counts, validation_counts))")
    return Piece(
        "Cell values",
        "\n".join(lines),
        ("from sklearn.feature_extraction.text import TfidfTransformer", _NP),
        "TF-IDF; the IDF too is learned from the training texts alone.",
    )


def short_cells_piece(recipe: Recipe) -> Piece | None:
    """`train_cells` and `validation_cells` by one vectoriser; None if that cannot choose columns as the recipe does."""
    if recipe.vocabulary.stop_words_only:
        return None
    if recipe.vocabulary.unknown == "unk" or (recipe.vocabulary.vocabulary_size and not _is_by_count(recipe)):
        return None
    name = "TfidfVectorizer" if recipe.weighting.weighting == "tfidf" else "CountVectorizer"
    weighed = {"tfidf": weighing(recipe.weighting), "binary": ["binary=True"], "count": []}[recipe.weighting.weighting]
    cells = "vectorizer.fit_transform(texts[train]), vectorizer.transform(texts[validation])"
    chosen, given = _chosen(recipe)
    lines = [*chosen, f"vectorizer = {name}({', '.join([*counting(recipe), *given, *weighed])})"]
    code = "\n".join([*lines, f"train_cells, validation_cells = {cells}"])
    return Piece("", code, (f"from sklearn.feature_extraction.text import {name}",))


def matrix_pieces(recipe: Recipe) -> tuple[Piece, ...]:
    """`train_cells` and `validation_cells` in as few lines as the recipe allows."""
    short = short_cells_piece(recipe)
    if short is not None:
        return (short,)
    has_unknown = recipe.vocabulary.unknown == "unk"
    return counts_piece(recipe, named=False), cells_piece(recipe.weighting, has_unknown=has_unknown)


def short_counts_piece(recipe: Recipe) -> Piece | None:
    """`train_counts`, `validation_counts` and `terms` in as few lines; None as `short_cells_piece`."""
    if recipe.vocabulary.stop_words_only:
        return None
    if recipe.vocabulary.unknown == "unk" or not (recipe.vocabulary.vocabulary_size and _is_by_count(recipe)):
        return None
    chosen, given = _chosen(recipe)
    code = "\n".join(
        [
            *chosen,
            f"vectorizer = CountVectorizer({', '.join([*counting(recipe), *given])})",
            "train_counts, validation_counts = vectorizer.fit_transform(texts[train]), "
            "vectorizer.transform(texts[validation])",
            "terms = vectorizer.get_feature_names_out()",
        ]
    )
    return Piece("", code, ("from sklearn.feature_extraction.text import CountVectorizer",))


def _is_by_count(recipe: Recipe) -> bool:
    """Whether the columns are the most frequent words, which can be chosen before anything is counted by text."""
    spec = recipe.vocabulary
    limited = spec.min_documents > 1 or spec.max_document_share < 1
    return spec.select_by == "term-frequency" and recipe.terms.ngrams == 1 and not limited


def _chosen(recipe: Recipe) -> tuple[list[str], list[str]]:
    """A line that chooses the most frequent words, of equals the first, and the argument that takes them."""
    if not recipe.vocabulary.vocabulary_size:
        return [], []
    counted = "texts[train].str.split().explode().value_counts()"  # sorted, so that of equals the first are kept
    most = f"nlargest({recipe.vocabulary.vocabulary_size})"
    return [f"words = {counted}.sort_index().{most}.index.sort_values()"], ["vocabulary=words"]


def counting(recipe: Recipe, longest: str = "") -> list[str]:
    """Arguments of a vectoriser that counts the terms of `texts`; `longest` as in `counts_piece`."""
    spec, ngrams = recipe.vocabulary, recipe.terms.ngrams
    arguments = ["lowercase=False", "tokenizer=str.split", "token_pattern=None"]
    if ngrams > 1 or longest:
        arguments.append(f"ngram_range=(1, {longest or ngrams})")
    if spec.min_documents > 1:
        arguments.append(f"min_df={spec.min_documents}")
    if spec.max_document_share < 1:
        arguments.append(f"max_df=int({spec.max_document_share!r} * len(train) * (1 + 1e-12))")
    return arguments


def weighing(spec: WeightingSpec) -> list[str]:
    """Arguments of TF-IDF."""
    norm = {"l2": "", "l1": 'norm="l1"', "none": "norm=None"}[spec.norm]
    changed = (norm, _if(spec.sublinear_tf, "sublinear_tf=True"), _if(not spec.use_idf, "use_idf=False"))
    return [argument for argument in (*changed, _if(not spec.smooth_idf, "smooth_idf=False")) if argument]


def _selection(spec: VocabularySpec, *, named: bool) -> tuple[list[str], tuple[str, ...]]:
    scores, imports = _SCORES[spec.select_by]
    return [
        scores,
        f'kept_terms = np.sort(np.argsort(-scores, kind="stable")[:{spec.vocabulary_size}])  # of equals the first',
        "train_counts, validation_counts = train_counts[:, kept_terms], validation_counts[:, kept_terms]",
        *(["terms = terms[kept_terms]"] if named else []),
    ], imports


def _if(wanted: bool, argument: str) -> str:
    return argument if wanted else ""
