"""Trains what ships: models and classifiers."""
