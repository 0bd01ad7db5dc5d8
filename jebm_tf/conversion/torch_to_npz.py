"""A script of its own process, since PyTorch and TensorFlow do not mix in one: a checkpoint's tensors as an .npz.

python torch_to_npz.py CHECKPOINT.pt OUTPUT.npz
"""

import argparse
import pickle
import re
import sys

REFUSED = 3
"""The exit status where there are objects that are no tensors; standard output then holds their type."""


def main(source: str, target: str) -> None:
    """Reads with `weights_only`, so that nothing in it is run; besides tensors only a namespace is let through."""
    import numpy as np  # noqa: PLC0415
    import torch  # noqa: PLC0415

    torch.serialization.add_safe_globals([argparse.Namespace])
    try:
        found = torch.load(source, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]+)", str(error))
        if named is None:
            raise
        print(named[1])
        sys.exit(REFUSED)
    state = found.get("state_dict", found)
    tensors = {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}
    if not tensors:
        raise ValueError("no tensors in it")
    np.savez(target, **{name: value.float().numpy() for name, value in tensors.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
