"""Charts of web leftovers: how many articles of each class have each kind, and classes of an agency's articles."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from bowcore.findings.agency_tags import share_columns
from bowcore.names import short, shortened
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, percent
from charts.altair_parts import class_legend, click_selection, colour_and_shape, frame, name_rows
from charts.drawing import (
    PERCENT_LABEL,
    Drawing,
    class_scale,
    in_any_palette,
    row_height,
    short_names,
    term_columns,
)
from charts.names import positions
from charts.palette import Palette

SHAPES = ("circle", "square", "diamond", "triangle-up", "cross")
FULL_WIDTH = 1.18  # of the axis of shares, with room for a number after a bar


@in_any_palette
def leftover_shares(table: pd.DataFrame, palette: Palette, class_names: Sequence[str]) -> Drawing:
    """For each kind of leftover, the share of every class's articles that contain it: one mark per class.

    Args:
        table: Columns `kind`, `class`, `articles`, `share`; kinds are drawn in table order.
        palette: Colours.
        class_names: Classes in corpus order.
    """
    if table.empty:
        finding = "No leftovers of any kind were found."
        empty = alt.Chart(pd.DataFrame({"kind": []})).mark_point()
        return Drawing(frame(empty, palette, height=40, title=finding), finding, finding, table)
    most = max(float(table["share"].max()), 0.001)
    kinds = list(dict.fromkeys(table["kind"]))
    top = table.loc[table["share"].idxmax()]
    of = class_in_words(top["class"])
    finding = f"{percent(top['share'])} of all {of} {TEXTS} contain: {top['kind']} (the largest share)."
    few = len(class_names) <= len(palette.classes)
    scale = class_scale(palette, class_names)
    legend = class_legend(class_names, palette, kinds, symbolSize=90) if few else None
    colour, shape = colour_and_shape("class_position", scale["domain"], scale["range"], SHAPES, legend)
    known = table.dropna(subset=["share"])
    placed = known.assign(row=positions(known["kind"], kinds), class_position=positions(known["class"], class_names))
    marks = (
        alt.Chart(placed)
        .mark_point(filled=True, size=110, opacity=0.9)
        .encode(
            y=name_rows("row", kinds, 40, padding=10),
            x=alt.X(
                "share:Q",
                title=f"share of the class's {TEXTS}",
                # a little room below 0, so that marks there do not overlap the labels
                scale=alt.Scale(domain=[-0.03 * most, 1.05 * most], nice=False),
                axis=alt.Axis(labelExpr=f"datum.value < 0 ? '' : {PERCENT_LABEL}", tickCount=5),
            ),
            color=colour,
            shape=shape if few else alt.Undefined,
            tooltip=[
                "kind:N",
                "class:N",
                alt.Tooltip("articles:Q", title=f"{TEXTS}", format=","),
                alt.Tooltip("share:Q", format=".2%", title="share of the class"),
            ],
        )
    )
    chart = frame(marks, palette, height=(row_height(palette) + 6) * len(kinds), title=finding)
    highest = table.loc[table.groupby("kind", sort=False)["share"].idxmax()]
    parts = (
        f"{kind}: most in {name}, {percent(share)}"
        for kind, name, share in highest[["kind", "class", "share"]].itertuples(index=False)
    )
    return Drawing(chart, finding, f"{finding} {'; '.join(parts)}.", table)


@in_any_palette
def tag_classes(table: pd.DataFrame, palette: Palette, class_names: Sequence[str], terms: Sequence[str]) -> Drawing:
    """Classes of the articles with each tag: full-width bars divided by class, with the number of articles at the end.

    A click anywhere on a bar selects its term.

    Args:
        table: Columns `tag`, `articles`, and one for each class, named by `share_columns`: its share of the tag's
            articles. Those with the most articles come first.
        palette: Colours.
        class_names: Classes in corpus order.
        terms: What a click selects, for each of the first rows; the other rows are not drawn.
    """
    shown, names = table.head(len(terms)), list(class_names)
    columns = list(share_columns(names))
    row = shown.loc[shown[columns].max(axis=1).idxmax()]
    shares = row[columns].astype(float).tolist()
    largest = max(shares)
    finding = (
        f"{int(row['articles']):,} {TEXTS} are tagged {short(str(row['tag']))}: "
        f"{percent(largest)} of them {class_in_words(names[shares.index(largest)])}."
    )
    tagged = shown[["tag", "articles"]].assign(term=term_columns(terms)["term"], row=range(len(shown)))
    few = len(names) <= len(palette.classes)
    colours, codes, labels = palette.class_colours(names), short_names(names), shortened(names)
    ends_at = shown[columns].cumsum(axis=1)
    by_class = [
        tagged.assign(
            **{"class": label, "share": shown[column], "place": place, "label": labels[place]},
            middle=ends_at[column] - shown[column] / 2,
            code=codes[label] if few else "",
            ink=palette.ink_on(colours[label]),
        )
        for place, (label, column) in enumerate(zip(names, columns, strict=True))
    ]
    y = name_rows("row", [str(tag) for tag in shown["tag"]])
    base = alt.Chart(pd.concat(by_class, ignore_index=True)).encode(
        y=y,
        tooltip=[
            "tag:N",
            "class:N",
            alt.Tooltip("share:Q", format=".1%"),
            alt.Tooltip("articles:Q", title=f"{TEXTS}", format=","),
        ],
    )
    legend = class_legend(names, palette, symbolType="square", symbolStrokeWidth=0) if few else None
    bars = (
        base.mark_bar(height={"band": 0.72}, stroke=palette.background, strokeWidth=0.5, cursor="pointer")
        .encode(
            x=alt.X(
                "share:Q",
                title=f"share of the {TEXTS} with this tag",
                stack="zero",
                scale=alt.Scale(domain=[0, FULL_WIDTH], nice=False),
                axis=alt.Axis(labelExpr=PERCENT_LABEL, values=[0, 0.25, 0.5, 0.75, 1]),
            ),
            color=alt.Color("place:N", scale=class_scale(palette, names), legend=legend),
            order=alt.Order("place:Q"),
        )
        .add_params(click_selection())
    )
    # each part is labelled if it is wide enough, so that nobody needs to distinguish colours
    room = f"datum.share * width / {FULL_WIDTH}"
    fits = {
        field: f"{room} > {palette.font_size * 0.56:.1f} * length(datum.{field}) + 6" for field in ("label", "code")
    }
    # labels overlap their bar and must react to the pointer as it does
    inside = base.mark_text(baseline="middle", cursor="pointer", aria=False).encode(
        x=alt.X("middle:Q"), color=alt.Color("ink:N", scale=None, legend=None)
    )
    whole = inside.encode(
        text="label:N", opacity=alt.condition(fits["label"], alt.value(1 if few else 0), alt.value(0))
    )
    cut = inside.encode(
        text="code:N", opacity=alt.condition(f"!({fits['label']}) && {fits['code']}", alt.value(1), alt.value(0))
    )
    counts = alt.Chart(tagged.assign(label=[f"{n:,}" for n in shown["articles"]]))
    ends = counts.mark_text(align="left", dx=6, color=palette.text, cursor="pointer").encode(
        y=y, x=alt.datum(1), text="label:N"
    )
    chart = frame(
        bars + whole + cut + ends,
        palette,
        height=(row_height(palette) + 4) * len(shown),
        title=finding,
        note=f"On the right: {TEXTS}; parts in class order" if few else f"On the right: {TEXTS}",
    )
    listed = ", ".join(f"{tag} {n:,}" for tag, n in zip(shown["tag"], shown["articles"], strict=True))
    return Drawing(chart, finding, f"{finding} {TEXTS:A} by tag: {listed}.", table)
