"""The tools below the stage, one module each: another way to see or to choose a point."""
