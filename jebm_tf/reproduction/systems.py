"""The models that the paper's tables compare, as gin files to be laid over a data set's."""

import dataclasses

_PAPER = "gin/rules/paper.gin"


@dataclasses.dataclass(frozen=True)
class System:
    """A model and how it learns.

    Attributes:
      key: in names of runs.
      title: in tables.
      gin_files: over the data set's file.
      layers: with an energy each; 0 for a Gaussian prior alone.
      amortised: whether an inference network stands in place of posterior chains; its steps are much faster.
    """

    key: str
    title: str
    gin_files: tuple[str, ...]
    layers: int
    amortised: bool


def _baseline(key: str, title: str, layers: int, *, amortised: bool) -> System:
    return System(key, title, (f"gin/baselines/{key}.gin",), layers, amortised)


def by_the_paper_s_rule(system: System) -> System:
    """The same model by the paper's learning rule, every term of the gradient."""
    return dataclasses.replace(
        system,
        key=f"{system.key}-paper_rule",
        title=f"{system.title.removesuffix(' (ours)')} (the paper's rule)",
        gin_files=(*system.gin_files, _PAPER),
    )


VAE = _baseline("vae", "VAE", 0, amortised=True)
LVAE = _baseline("lvae", "LVAE, L = 5", 0, amortised=True)
ABP = _baseline("abp", "ABP", 0, amortised=False)
SRI = _baseline("sri", "SRI, L = 5", 0, amortised=False)
RAE = _baseline("rae", "RAE", 0, amortised=True)
TWO_STAGE_VAE = _baseline("two_stage_vae", "2s-VAE", 0, amortised=True)
NCP_VAE = _baseline("ncp_vae", "NCP-VAE", 1, amortised=True)
LEBM = _baseline("lebm", "LEBM", 1, amortised=False)
JOINT_MLE = _baseline("joint_mle", "joint, L = 2, MLE (ours)", 2, amortised=False)
JOINT_VARIATIONAL = _baseline("joint_variational", "joint, L = 2, variational (ours)", 2, amortised=True)
