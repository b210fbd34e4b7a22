"""What a trained network is written as: model folder, ONNX, player, Keras source."""
