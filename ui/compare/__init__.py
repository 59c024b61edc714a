"""The Compare page: the table of runs, a pair article by article, what each switch does."""
