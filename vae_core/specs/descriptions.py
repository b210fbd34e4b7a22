"""Every setting of a training in one sentence, for the command line and the form."""

from collections.abc import Mapping

from vae_core.specs.presets import NETWORK_NAMES

# What the preset has is the default.
DESCRIPTIONS: Mapping[str, str] = {
    "dataset": "Which pictures.",
    "classes": "Only these classes, with commas between.",
    "images_per_class": "At most so many training images of each class.",
    "images": "Only the first training images.",
    "validation_fraction": "Of the training images, held out of the updates.",
    "corruption": "Of the input: none, gaussian, salt-and-pepper or masking.",
    "corruption_amount": "Standard deviation of the noise, or share of the pixels.",
    "network": f"One of {', '.join(NETWORK_NAMES)}.",
    "family": "vae or autoencoder.",
    "latent_dim": "Dimensions of the latent space, 1 to 576.",
    "hidden_units": "Widths of the dense layers of the encoder, with commas between.",
    "filters": "Filters of the convolutions of the encoder, with commas between.",
    "dropout": "Rate of dropout where the network has it.",
    "output_bias": "Of the untrained decoder: zeros, or mean for the data's mean colour.",
    "beta": "Weight of the KL term.",
    "kl_schedule": "How that weight, or the capacity, rises: constant, linear or cyclical.",
    "kl_warmup": "Share of the run, or of a cycle, over which it rises.",
    "kl_cycles": "Cycles of the cyclical schedule.",
    "free_bits": "Nats of KL a dimension may have for nothing.",
    "capacity": "Nats of KL that the code is drawn to.",
    "optimizer": "adam or rmsprop.",
    "learning_rate": "At the start.",
    "learning_rate_decay": "cosine, plateau or none.",
    "weight_decay": "Decoupled from the gradient.",
    "batch_size": "Images a step.",
    "epochs": "At most so many passes over the training images.",
    "minutes": "At most so many, from the start of the process; the model is written after that.",
    "early_stopping": "End after so many epochs without a better validation loss, with the best weights.",
    "stop_at_kl": "End when the validation KL is at least so many nats.",
    "precision": "auto, float32 or bfloat16.",
    "seed": "Of weights, order and noise.",
}
