"""A training as files and a process: folder, story, status, queue, control, snapshots."""
