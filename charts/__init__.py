"""Charts: from small tables to Altair charts and Vega-Lite specifications, without Streamlit."""
