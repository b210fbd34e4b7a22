"""Figures about a model, one file per family; they need ``encode`` and ``decode``, never Keras."""
