"""The Train page: choosing, a run while it goes, what it made, the table of runs."""
