"""Figure 5: CIFAR-10 against SVHN by L^{>k} and LLR^{>k}, on a BIVA with energies and by its Gaussian prior alone."""

from collections.abc import Sequence

from jebm_tf.reproduction.plan import Cell, Cited, Evaluation, Experiment, Row, Source, Table, Training

_EBM_STEPS = {True: 1000, False: 6500}  # by whether it is small; what the files have
_TASK, _DATA, _OUT = "ood", "cifar10", "svhn"
_COLUMNS = {"AUROC": "auroc", "AUPRC (in)": "auprc_in", "FPR95": "fpr95"}
_SMALL = {"num_images": 2000, "num_samples": 3}
_PROTOCOL = "10,000 test images of CIFAR-10 against SVHN's; BIVA as released; the best k"
_BASELINES = ("complexity", "complexity in nats + L>0", "-squared error")


def plan(gin_file: str, seeds: Sequence[int], *, small: bool, above: Sequence[int]) -> Table:
    """A backbone, energies on it, and every score that `ood` has for these k.

    Args:
      gin_file: the backbone's.
      seeds: a pair of runs for each.
      small: fewer images and samples of the posterior.
      above: the k.
    """
    pairs = [_pair(gin_file, seed, _EBM_STEPS[small]) for seed in seeds]
    params = [f"{_TASK}.{name} = {value}" for name, value in _SMALL.items()] if small else []
    params += [f"{_TASK}.above = {tuple(above)}", "out/load_images.dataset = 'svhn_cropped'"]
    asked = Evaluation(_TASK, tuple(params), out=_OUT)
    names = tuple(second.name for _, second in pairs)
    experiments = [Experiment(first, {}) for first, _ in pairs]
    experiments += [Experiment(second, {_TASK: asked}, 36) for _, second in pairs]
    return Table(
        name="fig5",
        title="Figure 5: CIFAR-10 (in) against SVHN (out)",
        columns=tuple(_COLUMNS),
        rows=tuple(_row(names, score) for score in _scores(above)),
        cited=(
            Cited("paper: with energies, the adapted function", {"AUROC": 0.927}, _PROTOCOL),
            Cited("paper: BIVA alone", {"AUROC": 0.885}, _PROTOCOL),
        ),
        experiments=tuple(experiments),
        notes=("Complexity is the size of the image's PNG file, which knows nothing of the model.",),
        shown={f"seed {second.seed}": second.name for _, second in pairs},
    )


def _pair(gin_file: str, seed: int, steps: int) -> tuple[Training, Training]:
    base = gin_file.rsplit("/", 1)[-1].removesuffix(".gin")
    first = Training(f"{base}-seed{seed}", base, _DATA, (gin_file,), seed=seed)
    second = f"{base}-ebm"
    files = (gin_file, "gin/stages/ebm.gin")
    return first, Training(
        f"{second}-seed{seed}", second, _DATA, files, seed=seed, max_steps=steps, start_from=first.name
    )


def _scores(above: Sequence[int]) -> list[str]:
    totals = ["L>0", *(f"L>{k}" for k in above)]
    ratios = [f"-LLR>{k}" for k in above]
    return [*totals, *ratios, *(f"Gaussian {name}" for name in [*totals, *ratios]), *_BASELINES]


def _row(trainings: tuple[str, ...], score: str) -> Row:
    row = ("detection", "score", score)
    return Row(score, {column: Cell(trainings, Source(_TASK, key, row)) for column, key in _COLUMNS.items()})
