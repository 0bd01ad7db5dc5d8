"""Settings that do not go together: one line that names them."""

import pytest
import tensorflow as tf

import jebm_tf as jebm
from jebm_tf.cli import gin_files
from jebm_tf.cli.build import build, build_trainer, parameter_table
from jebm_tf.cli.loading import load_run
from jebm_tf.errors import UserError
from jebm_tf.trainers.length import TrainingLength

pytestmark = pytest.mark.usefixtures("clean_gin")

FAULTS = {
    "PriorChain.num_steps = 'abc'": "PriorChain.num_steps = 'abc': must be an integer",
    "PriorChain.num_steps = -4": "PriorChain.num_steps = -4: must be an integer, 0 or more",
    "PriorChain.step_size = 0.0": "PriorChain.step_size = 0.0: must be positive",
    "PosteriorChain.space = 'x'": "PosteriorChain.space = 'x': must be 'z' or 'eps'",
    "PriorChain.initial = 'gaussian'": "needs PriorChain.space = 'z'",
    "GaussianPrior.dims = (8, 8)": "Generator.latent_dim = 16 but GaussianPrior.dims[0] = 8",
    "GaussianPrior.dims = (16, 8, 4)": "JointModel.energies has 2 heads for 3 layers",
    "GaussianPrior.max_scale = 0.0": "GaussianPrior.max_scale = 0.0: must be positive",
    "EnergyHead.activation = 'relux'": "EnergyHead: Could not interpret activation",
    "Generator.stages = [(3, 4, 1)]": "Generator.stages[0] = (3, 4, 1): needs (filters, kernel, stride, padding)",
    "grouped_adam.energy = [@energy/LearningRate()]": "grouped_adam.energy has 1 learning rates for 2 energy heads",
    "energy/LearningRate.rate = -1.0": "LearningRate.rate = -1.0: must be 0 or more",
    "JointModel.tilting = @ConditionalTilting()": "does without): with JointModel.tilting = @Conditional",
    "JointModel.backbone = @AutoencoderBackbone()": "JointModel.energies has 2 heads for 1 layers",
    "ShallowBackbone.inference = @Encoder()": "ShallowBackbone.inference = @Encoder(): not an inference network",
    "Run.trainer = @AutoencoderTrainer": "AutoencoderTrainer needs JointModel.backbone",
    "GaussianLikelihood.sigma = 0.0": "GaussianLikelihood.sigma = 0.0: a standard deviation must be positive",
}


class OneStepTrainer(jebm.Trainer):
    """A way of learning from nothing but the base class: the generator climbs log p(x | z) at z+."""

    def __init__(self, model, optimizer, chain, *, seed: int = 0):
        super().__init__(model, optimizer, chain, ["log_likelihood"], seed=seed)

    @property
    def posterior_sampler(self):
        return jebm.PosteriorChain(num_steps=1)

    def train_step(self, x):
        z = self.posterior_sampler.sample(self.model, x, self.step_seed(x))
        with tf.GradientTape() as tape:
            found = tf.reduce_mean(self.model.log_likelihood(x, z))
        return self.report({"log_likelihood": found, **self.apply_gradients(tape, {"generator": found})})


@pytest.mark.parametrize("binding", FAULTS)
def test_contradictions_get_one_line(binding):
    gin_files.load(["digits.gin"], [binding])
    with pytest.raises(UserError) as caught:
        build_trainer(build("Run"), TrainingLength(1))
    assert FAULTS[binding] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("baseline", ["joint_mle", "vae", "rae", "two_stage_vae", "ncp_vae"])
def test_every_trainer_is_told_how_long_the_run_is(baseline):
    gin_files.load(["digits.gin", f"baselines/{baseline}.gin"], ["KLSchedule.warm_up_share = 0.25"])
    trainer = build_trainer(build("Run"), TrainingLength(15, 400))
    assert trainer.length.steps_per_epoch == 15
    assert getattr(trainer, "boundary", 200) == 200  # half the run
    assert baseline != "vae" or trainer.kl.warm_up_steps == 100


def test_a_bank_smaller_than_a_batch_is_refused():
    gin_files.load(["digits.gin", "chains/persistent.gin"], ["Run.batch_size = 200"])
    with pytest.raises(UserError, match=r"ChainBank.size = 100: must be at least Run.batch_size = 200"):
        build_trainer(build("Run"), TrainingLength(1))


@pytest.mark.parametrize(
    "binding", ["Run.batch_size = 0", "Run.log_every = 0.5", "Run.snapshot_every = 30", "Run.seed = -1"]
)
def test_a_run_s_schedule_is_checked(binding):
    gin_files.load(["digits.gin"], [binding])
    with pytest.raises(UserError, match=r"^Run\."):
        build("Run")


def test_missing_settings_are_named():
    gin_files.load(["defaults.gin"], [])
    with pytest.raises(UserError, match=r"Generator.stages: not set; .*include defaults.gin"):
        build_trainer(build("Run"), TrainingLength(1))


def test_parameter_table_adds_up():
    gin_files.load(["digits.gin"], [])
    lines = parameter_table(build("JointModel")).splitlines()
    counts = {line.split()[0]: int(line.split()[1].replace(",", "")) for line in lines}
    assert counts["generator"] == (4 * 4 * 16 * 64 + 64) + (4 * 4 * 64 * 32 + 32) + (3 * 3 * 32 + 1)
    assert counts["f_1"] == (16 * 64 + 64) + (64 * 64 + 64) + (64 + 1)
    backbone, ebm, total = counts.pop("backbone"), counts.pop("EBM"), counts.pop("total")
    assert (backbone, ebm) == (counts["generator"] + counts["prior"], counts["f_1"] + counts["f_2"])
    assert total == sum(counts.values()) == backbone + ebm
    assert lines[-1].endswith(f"({100 * ebm / backbone:.1f} % of the backbone)")


def test_a_directory_without_a_run_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"not a run directory \(it has no config.gin\)"):
        load_run(tmp_path)


def test_a_trainer_may_be_written_from_the_base_class(own_names):
    jebm.register(OneStepTrainer)
    gin_files.load(["digits.gin"], ["Run.trainer = @OneStepTrainer", "OneStepTrainer.chain = @PriorChain()"])
    trainer = build_trainer(build("Run"), TrainingLength())
    prior = [w.copy() for w in trainer.model.parts["prior"].get_weights()]
    scalars = trainer.train_step(tf.zeros([2, 8, 8, 1]))
    assert (type(trainer), trainer.step) == (OneStepTrainer, 1)
    assert scalars["gradient_norm/generator"] > 0
    assert all((old == new).all() for old, new in zip(prior, trainer.model.parts["prior"].get_weights(), strict=True))
