"""A task of one's own for bin/evaluate: how bright samples are, against the data.

From this folder, with ../../bin for the commands of a checkout and the run of `make demo`:

    ../../bin/evaluate --module=own_task --gin_file=own_task.gin --task=brightness --run_dir=../../runs/digits
    ../../bin/train --module=own_task --gin_file=digits.gin --gin_param='Run.evaluations = [@brightness]'
"""

import jebm_tf as jebm


@jebm.register
def brightness(context, num_samples: int = 500, split: str = "test") -> jebm.Result:
    """Brightness of samples and data. The first sentence is the title in the report.

    Args:
      context: the trained model, its samplers and images; every task's first parameter is called so.
      num_samples: of the model.
      split: of the data.
    """
    found = {"samples": context.samples(num_samples), "data": context.images(split).images}  # uint8 NHWC
    means = {name: images.mean(axis=(1, 2, 3)) for name, images in found.items()}
    rows = [{"images": name, "mean": float(m.mean()), "std": float(m.std())} for name, m in means.items()]
    difference = rows[0]["mean"] - rows[1]["mean"]
    return jebm.Result({"difference": difference}, {"samples": num_samples, "split": split}, {"brightness": rows})
