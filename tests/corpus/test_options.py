import pytest

from bowcore.corpus.options import Options, split_options
from bowcore.errors import CorpusError


def test_options_follow_the_question_mark() -> None:
    name, options = split_options("folder/a%b.csv?body=first+part&body=second&label=gr%C3%BC%C3%9Fe&encoding=latin-1")
    assert name == "folder/a%b.csv"
    assert options == Options(body=("first part", "second"), label="grüße", encoding="latin-1")


@pytest.mark.parametrize("query", ["colour=red", "body", "x=1&label=y"])
def test_an_option_that_does_not_exist_is_refused_with_those_that_do(query: str) -> None:
    with pytest.raises(CorpusError, match="title=…, body=…, label=…, config=…, encoding=…"):
        split_options(f"hub:owner/name?{query}")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("separator=ab", "separator=ab of a.csv must be one character, or tab, comma"),
        ("quote=curly", "quote=curly of a.csv must be double or single or none"),
        ("header=maybe", "header=maybe of a.csv must be yes or no"),
        ("least=few", "least=few of a.csv must be a number of texts"),
        ("least=0", "least=0 of a.csv must be a number of texts"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused_with_those_that_it_can(query: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        split_options(f"a.csv?{query}")


def test_a_query_gives_the_options_that_it_is_made_of() -> None:
    options = Options(body=("a & b", "c=d"), label="grüße?", separator=";", missing=("NA", "-"), least="5")
    assert split_options(f"x.csv{options.query()}") == ("x.csv", options)
    assert Options().query() == ""
