"""bin/convert_nvae: a released NVAE's PyTorch checkpoint as a run, to sample, evaluate or begin a second stage with.

Examples:
  bin/convert_nvae --checkpoint=checkpoint.pt --gin_file=gin/nvae_celeba64.gin --run_dir=runs/released
  bin/convert_nvae --checkpoint=vae.pt --gin_file=gin/nvae_cifar10.gin --gin_param='NVAE.groups = (30,)' --run_dir=vae
"""

import sys
from pathlib import Path

from absl import flags

from jebm_tf.cli import answer, app, modules
from jebm_tf.errors import UserError

_CHECKPOINT = flags.DEFINE_string("checkpoint", None, "The .pt file of an NVAE or of a VAEBM's NVAE. Required.")
_GIN_FILE = flags.DEFINE_multi_string("gin_file", [], "The gin file that describes it; repeat for more. Required.")
_GIN_PARAM = flags.DEFINE_multi_string("gin_param", [], "One setting, 'NAME.PARAMETER = VALUE'; repeatable.")
_RUN_DIR = flags.DEFINE_string("run_dir", None, "The directory to make. Required.")
_TORCH_PYTHON = flags.DEFINE_string("torch_python", sys.executable, "A Python interpreter that has PyTorch.")

flags.adopt_module_key_flags(modules)


def main() -> None:
    """Converts."""
    checkpoint, run_dir = Path(app.require("checkpoint")), Path(app.require("run_dir"))
    if not _GIN_FILE.value:
        raise UserError("--gin_file is required: the file that describes this NVAE, such as gin/nvae_cifar10.gin")
    if run_dir.exists() and any(run_dir.iterdir()):
        raise UserError(f"--run_dir={run_dir}: already exists and is not an empty folder; choose another")

    app.import_tensorflow()
    modules.load()
    from jebm_tf.callbacks.checkpoints import Checkpoints
    from jebm_tf.cli import gin_files, run_directory
    from jebm_tf.cli.build import build_run, build_trainer
    from jebm_tf.conversion import nvae, torch_file
    from jebm_tf.models.backbones.nvae.backbone import NVAE
    from jebm_tf.trainers.length import TrainingLength

    tensors = torch_file.read(checkpoint, _TORCH_PYTHON.value)
    gin_files.load(_GIN_FILE.value, _GIN_PARAM.value)
    run = build_run()
    trainer = build_trainer(run, TrainingLength(1, run.total_steps(1)))
    if not isinstance(trainer.model.backbone, NVAE):
        raise UserError("--gin_file: JointModel.backbone is not an NVAE")
    nvae.load(trainer.model.backbone, tensors)
    directory = run_directory.create(run_dir)
    directory.write_config(gin_files.used(), accept_changes=False)
    Checkpoints(trainer, directory.checkpoints, directory.checkpoints, run).save()
    answer.add(run_dir=run_dir, checkpoint=checkpoint, num_tensors=len(tensors))
    print(f"{run_dir}: {len(tensors)} tensors of {checkpoint}, all used")
    print(
        "next: train its energies with the same --gin_file, then --gin_file=gin/stages/ebm.gin and"
        f" --gin_param=\"Run.start_from = '{run_dir}'\""
    )


def entry() -> None:
    """The console script jebm-convert-nvae."""
    app.run(main)
