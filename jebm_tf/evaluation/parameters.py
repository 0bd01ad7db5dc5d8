"""How many parameters the parts have, and the EBM's share (Table 7)."""

import math

from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.result import Result
from jebm_tf.models.joint import JointModel
from jebm_tf.models.layers import parameters_of


def count_parameters(model: JointModel) -> dict[str, int]:
    """Parameters per part, then "total", "backbone" (all but the energies) and "EBM" (the energies)."""
    counts = {
        name: sum(math.prod(weight.shape) for weight in parameters_of(part)) for name, part in model.parts.items()
    }
    total, ebm = sum(counts.values()), sum(counts[name] for name in model.energy_parts)
    return counts | {"total": total, "backbone": total - ebm, "EBM": ebm}


def parameters(context: EvaluationContext) -> Result:
    """Table 7: the EBM's parameters over the backbone's, which includes the inference network where there is one."""
    counts = count_parameters(context.model)
    numbers = counts | {"EBM_percent_of_backbone": 100.0 * counts["EBM"] / counts["backbone"]}
    return Result(numbers, {"latent_dims": list(context.model.dims)})
