"""The epochs of a training, to go back through."""
