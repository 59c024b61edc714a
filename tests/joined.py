"""Expected texts, written with plain spaces."""


def joined(text: str) -> str:
    """The text with a number and its percent sign joined as `bowcore.numbers` joins them."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")
