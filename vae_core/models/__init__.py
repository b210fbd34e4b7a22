"""The model folder, the model in it, the catalogue of models, classifiers and their opinion."""
