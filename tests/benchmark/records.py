"""A record as a benchmark writes it, made up."""

from jebm_tf.benchmark import record

_TIMES = {"median": 2e-3, "quartiles": [1e-3, 4e-3], "cores": 0.9, "seconds": [2e-3], "processor_seconds": [1e-3]}


def item(median=2e-3, **others):
    scale = median / 2e-3
    times = _TIMES | {"median": median, "quartiles": [scale * q for q in _TIMES["quartiles"]]}
    counted = {"flops": {"matmul": 10**6, "convolution": 10**6}, "arithmetic_limit": 1e-3, "share_of_peak": 0.5}
    counted["processor_share_of_peak"] = 0.7
    return {"what": "that", "images": 10, **times, **counted, "peak_bytes": 2**21, **others}


def peak(kind, dtype, rate):
    return {"kind": kind, "shapes": "3x4 · 4x5", "dtype": dtype, "flops": 1, "flops_per_second": rate, "seconds": [1]}


def made_up(**others):
    chain = {"times": [item(), item(4e-3)], "peak_bytes": [2**20, None], "slope": 1.0, "processor_slope": 1.1}
    return {
        "format": record.FORMAT,
        "work": {
            "trainer": "MLETrainer",
            "batch": 100,
            "image_shape": [8, 8, 1],
            "latents": [4, 3],
            "prior_sampler": {"sampler": "PriorChain", "num_steps": 20},
        },
        "machine": {"cpu": "Fast 9000 (avx2)", "cores": 4, "cores_allowed": 1, "load_before": 0.5, "gpus": []},
        "repeats": 5,
        "memory": "resident set of the process",
        "peaks": [peak("matmul", "float32", 3e10), peak("matmul", "bfloat16", 0.0)],
        "uncounted": [],
        "items": {
            "prior chain": item(),
            "step": item(3.0, flops=None, arithmetic_limit=None, share_of_peak=None, processor_share_of_peak=None),
        },
        "scaling": {"batch": {"values": [1, 2], "chains": {"prior chain": chain}}, "width": {"skipped": "too deep"}},
        **others,
    }
