"""Training: the only room that imports Keras and TensorFlow.

    networks    encoders and decoders by name, stock Keras layers only
    objectives  likelihoods and the KL term, apart from any model
    steps       the update over an in-memory uint8 tensor, many steps a call
    runs        one run: data in, trained encoder and decoder out, progress on the way
    folding     batch norm folded and weights rounded, ready for inference
    onnx_export, player_export, export   the model folder

It runs in a process of its own; the app reads what it wrote.
"""

import os

# Both must stand before the first import of Keras, wherever that happens in this room.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
