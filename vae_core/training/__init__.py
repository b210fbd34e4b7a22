"""Training: the only room that imports Keras and TensorFlow.

    networks     encoders and decoders by name, stock Keras layers only
    objectives   likelihoods and the KL term, apart from any model; regularizers: what is made of it
    schedules    what changes during a run; corruption: what is done to the input
    steps        the update over an in-memory tensor, many steps a call; assembly puts it together
    trainer      the loop: budget, stopping rules, checkpoints; splitting, progress
    runs         one run: data in, trained encoder and decoder out
    worker       a run folder in, a model folder out; devices: threads and machines
    embedding    the same as a scikit-learn transformer
    folding      batch norm folded and weights rounded, ready for inference
    onnx_export, player_export, export   the model folder
    shipped      the models that ship; classifiers: those whose opinion of decoded pictures is shown

It runs in a process of its own; the app reads what it wrote.
"""

import os

# Both must stand before the first import of Keras, wherever that happens in this room.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
