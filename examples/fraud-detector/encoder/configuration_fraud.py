"""The configuration of the encoder."""

from transformers import PretrainedConfig


class FraudConfig(PretrainedConfig):
    model_type = "fraud-encoder"

    def __init__(self, hidden_size=4, **kwargs):
        self.hidden_size = hidden_size
        super().__init__(**kwargs)
