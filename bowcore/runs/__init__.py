"""What outlives a page: jobs and their workers, artefacts, the ledger of test openings."""
