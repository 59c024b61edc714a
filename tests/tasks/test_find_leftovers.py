"""Leftovers, tags and phrases as a job: its stored result is that of a search through the texts."""

import numpy as np
import pytest

from bowcore.corpus.split import split_corpus
from bowcore.findings.agency_tags import find_agency_tags
from bowcore.findings.leftovers import find_leftovers
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.find_leftovers import leftovers_key, open_fields, read_leftovers, request_leftovers
from bowcore.tasks.runner import work
from bowcore.text.units import join_fields

RECIPE = Recipe().change(corpus="lines")

pytestmark = pytest.mark.usefixtures("corpus")


def found_by_job(recipe, corpus):
    split = split_corpus(corpus, recipe.split)
    job = request_leftovers(recipe, corpus.digest, split.n_open)
    work("quick", until_idle=True)
    return jobs.get(job.id), read_leftovers(leftovers_key(recipe, corpus.digest), split), split


def assert_same_leftovers(kept, found):
    assert [finding.kind for finding in kept.findings] == [finding.kind for finding in found.findings] != []
    for one, other in zip(kept.findings, found.findings, strict=True):
        assert one.pattern == other.pattern
        assert np.array_equal(one.positions, other.positions)
        assert one.fragments.to_dict("list") == other.fragments.to_dict("list")
    assert kept.by_class().equals(found.by_class())


@pytest.mark.parametrize("repair", [False, True])
def test_stored_leftovers_are_those_of_the_search(corpus, repair):
    recipe = RECIPE.change(repair=repair)
    job, kept, split = found_by_job(recipe, corpus)
    assert (job.state, job.error) == ("done", "")
    raw = find_leftovers(join_fields(open_fields(split, recipe.change(repair=False))), split)
    assert_same_leftovers(kept.written, raw)
    if repair:
        repaired = find_leftovers(join_fields(open_fields(split, recipe)), split)
        assert_same_leftovers(kept.after, repaired)
        assert sum(finding.n_articles for finding in repaired.findings) < sum(f.n_articles for f in raw.findings)
    else:
        assert kept.after is None
    tags = find_agency_tags(open_fields(split, recipe))
    assert {tag.text for tag in tags.tags} == {"OVENPRESS", "TIDEWIRE"}
    for name in ("tags", "places", "phrases"):
        for one, other in zip(getattr(kept.agency_tags, name), getattr(tags, name), strict=True):
            assert np.array_equal(one.positions, other.positions)
            for field in set(type(one).__dataclass_fields__) - {"positions"}:
                assert getattr(one, field) == getattr(other, field)


def test_a_stopped_search_keeps_nothing(corpus, monkeypatch):
    monkeypatch.setattr("bowcore.jobs.job_context.JobContext.should_stop", lambda context: True)
    job, kept, _ = found_by_job(RECIPE, corpus)
    assert (job.result, kept) == ({}, None)


def test_a_later_choice_of_the_recipe_shares_the_search(corpus):
    assert leftovers_key(RECIPE.change(weighting="tfidf"), corpus.digest) == leftovers_key(RECIPE, corpus.digest)
    assert leftovers_key(RECIPE.change(repair=True), corpus.digest) != leftovers_key(RECIPE, corpus.digest)
