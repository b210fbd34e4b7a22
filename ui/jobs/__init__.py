"""Long work: jobs in the background and downloads, shown while they run."""
