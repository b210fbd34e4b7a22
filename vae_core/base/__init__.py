"""Checked arrays, where files live, locked lists, processes, CSV text."""
