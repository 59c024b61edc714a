"""Altair charts and Vega-Lite specifications built from small tables, independent of Streamlit."""
