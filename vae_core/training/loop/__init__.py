"""One training: assembly, steps, checkpoints, progress."""
