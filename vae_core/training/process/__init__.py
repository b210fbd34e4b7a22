"""Training as a process: worker, queue, estimate, and what is recorded of a run."""
