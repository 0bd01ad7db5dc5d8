"""What a user's machine may have set otherwise than this library needs, and what is done about it."""

import os
import sys

_BACKEND = "KERAS_BACKEND"
_WANTED = {"image_data_format": "channels_last", "floatx": "float32"}


def pin_backend() -> None:
    """Lets Keras run on TensorFlow whatever keras.json or the environment say; before TensorFlow is imported.

    For commands, whose process is their own.
    """
    os.environ[_BACKEND] = "tensorflow"


def choose_kernels() -> None:
    """Lets TensorFlow compute on the CPU by oneDNN's kernels, unless the environment says otherwise; before its import.

    TensorFlow itself takes them only on processors with instructions made for neural networks, such as AVX512-VNNI. On
    others, with AVX2, a transposed convolution of theirs is up to three times as fast as its own. Results differ by
    rounding.

    For commands, whose process is their own.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def pin() -> None:
    """Gives Keras the other settings that this library needs."""
    import keras  # noqa: PLC0415  (commands that need no Keras do not wait for it)

    for name, value in _WANTED.items():
        getattr(keras.config, f"set_{name}")(value)
    keras.config.set_dtype_policy(_WANTED["floatx"])


def choose_backend() -> None:
    """Lets Keras run on TensorFlow, in a process that has not imported it yet.

    Raises:
      ImportError: another backend is asked for.
    """
    asked = os.environ.setdefault(_BACKEND, "tensorflow")  # over keras.json
    if asked != "tensorflow" and "keras" not in sys.modules:
        raise ImportError(f"{_BACKEND}={asked}: jebm_tf needs Keras on TensorFlow; set it to tensorflow, or not at all")


def check() -> None:
    """Checks that Keras, if it is imported by now, has the settings that this library needs.

    Raises:
      ImportError: it has others; the message says how to change them.
    """
    if "keras" not in sys.modules:
        return
    import keras  # noqa: PLC0415  (never for the first time)

    if keras.config.backend() != "tensorflow":
        raise ImportError(f"Keras runs on {keras.config.backend()}: jebm_tf needs TensorFlow ({_BACKEND}=tensorflow)")
    for name, value in _WANTED.items():
        found = getattr(keras.config, name)()
        if found != value:
            raise ImportError(
                f"Keras' {name} is {found!r}: jebm_tf needs {value!r}; change keras.json, or call"
                f" keras.config.set_{name}({value!r}) first"
            )
