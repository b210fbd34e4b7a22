"""What training minimises: losses, regularizers, schedules, corrupted input."""
