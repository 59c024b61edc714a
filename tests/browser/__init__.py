"""Journeys in a real browser. A package, so that their shared server and Chromium end with this folder."""
