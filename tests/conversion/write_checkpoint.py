"""Writes what released training code saves; run as a script by a Python that has PyTorch.

python write_checkpoint.py TENSORS.npz CHECKPOINT.pt KIND: KIND is "zip" or "legacy" (PyTorch's two formats), "bare" (a
state dict alone), or what stands beside the tensors that reading refuses: "scalar" (of numpy) or "path".
"""

import argparse
import pathlib
import sys

import numpy as np
import torch


def main(source, target, kind):
    with np.load(source) as arrays:
        state = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    for name in state:
        if name.endswith(".weight_normalized"):
            state[name] = state[name.removesuffix("_normalized")]  # one storage for both, as there
    if kind == "bare":
        torch.save(state, target)
        return
    parameters = [torch.nn.Parameter(tensor) for tensor in state.values() if tensor.is_floating_point()]
    optimizer = torch.optim.Adamax(parameters, 1e-2)
    saved = {"epoch": 3, "state_dict": state, "optimizer": optimizer.state_dict(), "global_step": 7}
    saved |= {"args": argparse.Namespace(epochs=400, dataset="cifar10"), "arch_instance": {"ar_nn": [""]}}
    saved |= {"scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10.0).state_dict(), "grad_scalar": {}}
    if kind == "scalar":
        saved["best"] = np.float64(3.5)
    elif kind == "path":
        saved["args"].root = pathlib.Path("/checkpoints")
    torch.save(saved, target, _use_new_zipfile_serialization=kind != "legacy")


if __name__ == "__main__":
    main(*sys.argv[1:])
