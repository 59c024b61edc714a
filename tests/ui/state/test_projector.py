"""The start-up option for a projector."""

import pytest
from streamlit import config

from bowcore.errors import BowlabError
from ui.state.projector import base_font, set_base_font


def test_without_the_variable_the_configured_size_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_BASE_FONT", raising=False)
    assert base_font() is None


@pytest.mark.parametrize("text", ["11", "29", "20px", "-20", "²"])
def test_a_size_that_is_not_a_number_from_12_to_28_is_refused_with_the_range(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_BASE_FONT", text)
    with pytest.raises(BowlabError, match="from 12 to 28"):
        base_font()


def test_the_size_reaches_the_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    before = config.get_option("theme.baseFontSize")
    monkeypatch.setenv("BOWLAB_BASE_FONT", "20")
    try:
        set_base_font()
        assert config.get_option("theme.baseFontSize") == 20
    finally:
        config.set_option("theme.baseFontSize", before)
