from bowcore.corpus.choose_columns import Columns
from bowcore.corpus.options import Options
from ui.own_texts.columns import role_of, with_role

ORDER = ["who", "title", "text", "more", "mood"]
COLUMNS = Columns("title", ("text",), "mood", group="who")


def changed(name: str, role: str) -> tuple[str, tuple[str, ...], str, str, str]:
    found = with_role(COLUMNS, Options(encoding="utf-16"), name, role, ORDER)
    assert found.encoding == "utf-16"
    return found.title, found.body, found.label, found.group, found.split


def test_every_column_has_the_role_that_it_was_given() -> None:
    assert [role_of(name, COLUMNS) for name in ORDER] == ["Group", "Headline", "Text", "Not used", "Label"]


def test_texts_are_joined_in_the_order_of_the_file() -> None:
    assert changed("more", "Text") == ("title", ("text", "more"), "mood", "who", "-")
    assert changed("title", "Text") == ("-", ("title", "text"), "mood", "who", "-")


def test_a_role_of_which_there_is_one_is_taken_from_the_column_that_had_it() -> None:
    assert changed("more", "Label") == ("title", ("text",), "more", "who", "-")
    assert changed("more", "Headline") == ("more", ("text",), "mood", "who", "-")
    assert changed("who", "Label") == ("title", ("text",), "who", "-", "-")


def test_a_column_without_a_role_is_not_guessed_again() -> None:
    assert changed("who", "Not used") == ("title", ("text",), "mood", "-", "-")
    assert changed("text", "Not used") == ("title", ("-",), "mood", "who", "-")
