"""Small autoencoders."""

from jebm_tf.baselines.autoencoder.backbone import AutoencoderBackbone
from jebm_tf.baselines.autoencoder.encoder import Encoder
from jebm_tf.baselines.autoencoder.mixture_prior import MixturePrior
from jebm_tf.models.joint import JointModel
from tests.small_models import conv_model

STAGES = [(5, 4, 2, "same")]


def autoencoder(dim=4, components=3):
    """An autoencoder of 8x8 grey images."""
    generator = conv_model(dims=(dim,)).backbone.generator
    return JointModel(AutoencoderBackbone(generator, MixturePrior(dim, components), Encoder(STAGES)), [])
