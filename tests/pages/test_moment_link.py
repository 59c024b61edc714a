"""A link and a reload open a moment as it was: asked, or answered with the guess."""

from bowcore.lessons.moments import MOMENTS
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from tests.pages.opening import by_label, open_page, shown

MOMENT = next(moment for moment in MOMENTS if moment.key == "not")


def test_an_answered_moment_comes_back_with_its_start_its_guess_and_its_undo() -> None:
    app = open_page("playground.py", show_me=True)
    app.button(key="moment_not").click().run()
    assert app.query_params["moment"] in ("not", ["not"])
    app.segmented_control(key="moment_guess").set_value(MOMENT.guesses[1]).run()
    app.button(key="moment_go").click().run()
    query = {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}
    assert Recipe.from_link(query["moment_from"]) == preset("recommended") and query["moment_guess"] == "1"

    again = open_page("playground.py", link=query["recipe"], **{n: v for n, v in query.items() if n != "recipe"})
    assert again.session_state["moment_after"] == app.session_state["moment_after"]
    assert "Your guess: " in shown(again)
    assert shown(again).count("Your guess") == shown(app).count("Your guess")
    again.button(key="moment_undo").click().run()
    assert again.session_state["recipe"] == preset("recommended") and "moment" not in again.query_params


def test_a_moment_that_does_not_exist_is_left_out_of_the_address() -> None:
    app = open_page("playground.py", moment="unheard-of")
    assert "moment" not in app.query_params
    assert not any(button.key == "moment_close" for button in app.button)
    assert by_label(app.sidebar.selectbox, "Texts").value == "bbc-news"
