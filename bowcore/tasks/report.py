"""Requests for a report, and the reports that were made. `report.job` makes them, since it draws charts."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import quote

import bowcore
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.recipe.links import LINK_LIMIT, link_length
from bowcore.recipe.recipe import KEY_DIGITS, Recipe
from bowcore.store import artefacts, ledger, own_files
from bowcore.store.keys import result_key
from bowcore.tasks.find_duplicates import lane_of
from bowcore.tasks.finished_runs import seeds_of
from bowcore.tasks.fit_logistic import LOGISTIC_CODE
from bowcore.tasks.fitted_blocks import fit_of_blocks

KIND = "report"
FILE = "report.html"
JUDGES = {
    "naive-bayes": "Naive Bayes",
    "logistic": "Logistic regression",
    "network": "Network",
    "blocks": "Blocks",
}
"""Models that a report can judge by, by the name that a request gives them."""
_ROOT = Path(bowcore.__file__).parent.parent


def payload(recipe: Recipe, corpus_digest: str, judge: str = "naive-bayes", address: str = "") -> dict[str, str]:
    """What the job needs: the recipe, the model whose mistakes are shown, the link, and the name of its artefact.

    `address` is that of the server's first page; without it the link begins with a question mark. The link is empty if
    it would be too long, and for a reader's own file: it would give the file to everybody who gets the report.
    """
    link = recipe.to_link()
    if not address.startswith(("http://", "https://")):
        address = ""
    shared = f"{address.rstrip('/')}{'/' if address else ''}?recipe={quote(link, safe='')}"
    chosen = judge if judge in JUDGES else "naive-bayes"
    given = link_length(link) <= LINK_LIMIT and not recipe.corpus.corpus.startswith(own_files.PREFIX)
    shown = shared if given else ""
    name = f"report-{_key(recipe, corpus_digest, chosen, shown)}"
    return {"recipe": recipe.to_toml(), "judge": chosen, "link": shown, "name": name}


def request_report(wanted: dict[str, str], n_articles: int) -> Job:
    """Submit a report, or return the job submitted already."""
    return jobs.submit(KIND, wanted, lane_of(n_articles), wanted["name"])


def read_report(name: str) -> Path | None:
    """The file of a finished report; None if there is none."""
    folder = artefacts.find(name)
    return None if folder is None else folder / FILE


def _key(recipe: Recipe, corpus_digest: str, judge: str, link: str) -> str:
    """Key of all that a report says: the result, recipes tried, openings, the finished training and its seeds."""
    key = result_key(recipe, "network", corpus_digest, LOGISTIC_CODE)
    training = jobs.latest("train", result_key(recipe, "network", corpus_digest))
    seeds, blocks = seeds_of(recipe, corpus_digest), fit_of_blocks(recipe, corpus_digest)
    parts = (
        key,
        judge,
        link,
        ledger.n_looks_of_room(corpus_digest),
        *(opening.number for opening in ledger.openings(corpus_digest)),
        *(() if training is None or training.open else (training.id,)),
        *(() if blocks is None else (blocks.artefact,)),
        *(() if seeds is None else sorted(run.job_id for run in seeds.runs)),
        _code(),
    )
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:KEY_DIGITS]


@cache
def _code() -> str:
    """Digest of the code that draws and describes: of this program's layers that no result key covers."""
    paths = sorted(path for layer in ("report", "charts", "bowcore") for path in (_ROOT / layer).rglob("*.*"))
    digest = hashlib.sha256()
    for path in paths:
        if path.suffix in (".py", ".jinja"):
            digest.update(path.read_bytes())
    return digest.hexdigest()
