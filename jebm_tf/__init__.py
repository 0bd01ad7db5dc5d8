"""jebm_tf: joint latent-space energy-based priors for multi-layer generators, in TensorFlow and Keras.

The method is that of Cui, Wu and Han, "Learning Joint Latent Space EBM Prior Model for Multi-layer Generator" (CVPR
2023); equation numbers in this package are the paper's.
"""

__version__ = "0.1.0"
