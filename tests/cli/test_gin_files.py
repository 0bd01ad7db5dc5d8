"""gin files: every shipped one builds, and every mistake gets one line that names file and line."""

import pytest

import gin
from jebm_tf.baselines.autoencoder.trainer import AutoencoderTrainer
from jebm_tf.baselines.ncp_vae.trainer import ContrastiveTrainer
from jebm_tf.baselines.two_stage_vae.trainer import TwoStageVAETrainer
from jebm_tf.cli import gin_files
from jebm_tf.cli.build import build, build_trainer
from jebm_tf.errors import UserError
from jebm_tf.evaluation.parameters import count_parameters
from jebm_tf.trainers.ebm import EBMTrainer
from jebm_tf.trainers.elbo import ELBOTrainer
from jebm_tf.trainers.length import TrainingLength
from jebm_tf.trainers.mle import MLETrainer
from jebm_tf.trainers.variational import VariationalTrainer

pytestmark = pytest.mark.usefixtures("clean_gin")

RUNS = {path.name for path in gin_files.shipped().glob("*.gin")} - {"defaults.gin"}
DEEP = sorted(name for name in RUNS if name.startswith(("nvae", "biva")))
SHIPPED = sorted(RUNS - set(DEEP))
# height, width, channels, and the dimensions of the latent layers, of each run's data set and paper
MODELS = {
    "digits.gin": ((8, 8, 1), (16, 16)),
    "mnist.gin": ((28, 28, 1), (16, 10)),
    "svhn.gin": ((32, 32, 3), (100, 100)),
    "cifar10.gin": ((32, 32, 3), (128, 100)),
    "celeba64.gin": ((64, 64, 3), (100, 100)),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_file_parses_and_builds(name):
    gin_files.load([name], [])
    trainer = build_trainer(build("Run"), TrainingLength(10))
    assert (trainer.model.backbone.image_shape, trainer.model.dims) == MODELS[name]
    assert build("Run").total_steps(10) > 0
    assert build("grouped_adam", model=trainer.model, length=TrainingLength(10))


# images' size, number of groups, and parameters of backbone and energies in millions
DEEP_MODELS = {
    "nvae_tiny.gin": (32, 4, 1.77, 0.48),
    "nvae_cifar10.gin": (32, 30, 257.07, 8.89),
    "nvae_celeba64.gin": (64, 15, 65.01, 4.97),
    "nvae_lsun_church64.gin": (64, 15, 65.01, 4.97),
    "nvae_celebahq256.gin": (256, 36, 375.34, 18.71),
    "biva_tiny.gin": (32, 5, 0.28, 0.08),
    "biva_cifar10.gin": (32, 29, 45.39, 8.61),
    "biva_celeba64.gin": (64, 37, 25.67, 11.34),
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if "tiny" in n else pytest.mark.slow) for n in DEEP])
def test_every_deep_run_has_its_two_stages(name):
    size, groups, backbone, energies = DEEP_MODELS[name]
    gin_files.load([name], [])
    trainer = build_trainer(build("Run"), TrainingLength(10))
    assert type(trainer) is ELBOTrainer
    gin.clear_config()
    gin_files.load([name, "stages/ebm.gin"], ["Run.start_from = 'elsewhere'"])
    trainer = build_trainer(build("Run"), TrainingLength(10))
    assert type(trainer) is EBMTrainer
    assert trainer.model.backbone.image_shape == (size, size, 3)
    assert len(trainer.model.dims) == groups
    counts = count_parameters(trainer.model)
    assert [round(counts[kind] / 1e6, 2) for kind in ("backbone", "EBM")] == [backbone, energies]
    assert len(trainer.optimizer.grouped_variables) == sum(len(h.trainable_variables) for h in trainer.model.energies)


@pytest.mark.parametrize("name", DEEP)
def test_every_deep_run_parses(name):
    gin_files.load([name, "stages/ebm.gin"], [])
    assert build("Run").total_steps(10) > 0


BASELINES = {  # parts of the model besides generator and prior, number of layers, trainer
    "joint_mle": (["f_1", "f_2"], 2, MLETrainer),
    "joint_variational": (["inference", "f_1", "f_2"], 2, VariationalTrainer),
    "lebm": (["f_1"], 1, MLETrainer),
    "abp": ([], 1, MLETrainer),
    "sri": ([], 5, MLETrainer),
    "vae": (["inference"], 1, VariationalTrainer),
    "lvae": (["inference"], 5, VariationalTrainer),
    "rae": (["inference"], 1, AutoencoderTrainer),
    "two_stage_vae": (["inference", "likelihood"], 2, TwoStageVAETrainer),
    "ncp_vae": (["inference", "f_1"], 1, ContrastiveTrainer),
    "conditional_ebm": (["inference", "f_1", "f_2"], 2, VariationalTrainer),
}


@pytest.mark.parametrize("run", SHIPPED)
@pytest.mark.parametrize("baseline", BASELINES)
def test_every_baseline_builds_over_every_run(run, baseline):
    gin_files.load([run, f"gin/baselines/{baseline}.gin"], [])
    trainer = build_trainer(build("Run"), TrainingLength(10))
    parts, layers, made_by = BASELINES[baseline]
    assert list(trainer.model.parts) == ["generator", "prior", *parts]
    assert len(trainer.model.dims) == layers
    assert type(trainer) is made_by


def test_one_head_goes_with_any_way_of_learning():
    for way in ("joint_mle", "joint_variational"):
        gin_files.load(["digits.gin", f"baselines/{way}.gin", "baselines/joint_head.gin"], [])
        trainer = build_trainer(build("Run"), TrainingLength(10))
        assert "f_all" in trainer.model.parts


@pytest.mark.parametrize("way", ["joint_mle", "joint_variational", "lebm"])
@pytest.mark.parametrize(("chains", "size"), [("persistent", 100), ("warm_start", 10000), ("bank", 10000)])
def test_banks_of_chains_go_with_any_way_of_learning_energies(way, chains, size):
    gin_files.load(["digits.gin", f"baselines/{way}.gin", f"chains/{chains}.gin"], [])
    trainer = build_trainer(build("Run"), TrainingLength(10))
    assert [tuple(value.shape) for value in trainer.bank.values] == [(size, dim) for dim in trainer.model.dims]


@pytest.mark.parametrize("run", ["digits.gin", "svhn.gin"])
@pytest.mark.parametrize("likelihood", ["learned_sigma", "bernoulli", "logistic_mixture"])
def test_every_likelihood_builds_over_grey_and_colour(run, likelihood):
    gin_files.load([run, f"likelihoods/{likelihood}.gin"], [])
    model = build("JointModel")
    assert ("likelihood" in model.parts) == (likelihood == "learned_sigma")
    assert build_trainer(build("Run"), TrainingLength(10))


@pytest.mark.parametrize("layers", [1, 3])
def test_other_numbers_of_layers_are_two_settings(layers):
    heads = ", ".join(f"@f_{i}/EnergyHead()" for i in range(1, layers + 1))
    dims = (16, 12, 8)[:layers]
    gin_files.load(["digits.gin"], [f"GaussianPrior.dims = {dims!r}", f"JointModel.energies = [{heads}]"])
    assert build("JointModel").dims == dims


def test_the_paper_s_released_numbers_are_in_cifar10():
    gin_files.load(["gin/cifar10.gin"], [])
    trainer = build_trainer(build("Run"), TrainingLength(500))
    assert [head.hidden for head in trainer.model.energies] == [(200, 200, 200), (100, 100)]
    assert trainer.model.backbone.likelihood.sigma == 0.3
    assert (trainer.prior_sampler.num_steps, trainer.prior_sampler.step_size) == (60, 0.4)
    assert (trainer.posterior_chain.num_steps, trainer.posterior_chain.step_size) == (40, 0.1)


def test_later_files_and_bindings_win(tmp_path):
    own = tmp_path / "own.gin"
    own.write_text("include 'digits.gin'\nGaussianLikelihood.sigma = 0.25\nPriorChain.num_steps = 3\n")
    gin_files.load([str(own)], ["PriorChain.num_steps = 4"])
    assert build("JointModel").backbone.likelihood.sigma == 0.25
    assert build("PriorChain").num_steps == 4


def test_a_file_beside_the_including_one_is_preferred(tmp_path):
    (tmp_path / "defaults.gin").write_text("PriorChain.num_steps = 9\n")
    (tmp_path / "run.gin").write_text("include 'defaults.gin'\n")
    gin_files.load([str(tmp_path / "run.gin")], [])
    assert build("PriorChain").num_steps == 9


OWN = "(one of your own needs --module)"
FAULTS = {
    "\n\nPriorChian.num_steps = 3\n": f":3: unknown configurable 'PriorChian' {OWN}; did you mean 'PriorChain'?",
    "# c\nPriorChain.num_stepz = 3\n": ":2: PriorChain has no parameter 'num_stepz'; did you mean 'num_steps'?",
    "Generator.stagess = 3\n": ":1: Generator has no parameter 'stagess'; did you mean 'stages'?",
    "Generator.name = 'x'\n": ":1: Generator has no parameter 'name'; known are stages, latent_dim, activation",
    "f_1/EnergyHead.hiden = 3\n": ":1: EnergyHead has no parameter 'hiden'; did you mean 'hidden'?",
    "ShallowBackbone.generator = @Genrator()\n": f":1: unknown configurable 'Genrator' {OWN}; did you mean 'Generator'",
    "Generator.stages = [\n  1,\n  @Oops(),\n]\n": f":3: unknown configurable 'Oops' {OWN}; known are",
    "PriorChain.num_steps = = 3\n": ":1: not valid gin (",
    "PriorChain.space = eps\n": ":1: not valid gin: 'eps' is no Python literal",
    "Generator.stages = [(1,\n 2)\n": ": not valid gin (",
    "\nimport os\n": ":2: import lines run code",
    "from jebm_tf import x\n": ":1: import lines run code",
    "Run.seed = 3\ninclude 'defaults.gin'\n": ":2: include lines come before all settings",
    "include 'models/mnist82.gin'\n": ":1: no file 'models/mnist82.gin'; did you mean gin/models/mnist28.gin?",
    "Run.seed = %nope\n": ":1: %nope is used but not set; add a line nope = VALUE",
}


@pytest.mark.parametrize("text", FAULTS)
def test_every_mistake_in_a_file_gets_its_line(text, tmp_path):
    path = tmp_path / "wrong.gin"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        gin_files.load([str(path)], [])
    message = str(caught.value)
    assert "\n" not in message
    assert FAULTS[text] in message
    assert message.startswith(str(path))


BAD_BINDINGS = {
    "PriorChain.num_stepz = 3": "--gin_param=PriorChain.num_stepz = 3: PriorChain has no parameter 'num_stepz'",
    "PriorChain": "not valid gin",
    "include 'digits.gin'": "only settings",
    "import os": "only settings",
}


@pytest.mark.parametrize("binding", BAD_BINDINGS)
def test_every_mistake_in_a_binding_gets_its_line(binding):
    with pytest.raises(UserError) as caught:
        gin_files.load(["digits.gin"], [binding])
    assert BAD_BINDINGS[binding] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_names_the_nearest():
    with pytest.raises(UserError, match=r"--gin_file: no file 'gin/svnh.gin'; did you mean gin/svhn.gin\?"):
        gin_files.load(["gin/svnh.gin"], [])


def test_settings_reads_what_gin_writes():
    gin_files.load(["cifar10.gin"], [])
    build_trainer(build("Run"), TrainingLength(1))
    found = gin_files.settings(gin.operative_config_str(max_line_length=60))
    assert found["GaussianLikelihood.sigma"] == "0.3"
    assert found["f_2/EnergyHead.hidden"] == "(100, 100)"
    assert found["PriorChain.space"] == "'eps'"  # a default that no file sets is recorded too
    assert found["MLETrainer.prior_chain"] == "@PriorChain()"


@pytest.mark.parametrize("name", sorted(path.name for path in (gin_files.shipped() / "eval").glob("*.gin")))
def test_every_evaluation_file_goes_over_a_run(name):
    gin_files.load(["mnist.gin", f"gin/eval/{name}"], [])
    assert build("Run").epochs == 20


def test_settings_that_wait_for_evaluations_are_recorded():
    gin_files.load(["digits.gin", "eval/while_training.gin"], ["fid_small.epochs = 2", "VariationalTrainer.kl = None"])
    (ask, _) = build("Run").evaluations
    assert ask.__name__ == "fid_small"
    recorded = gin_files.settings(gin_files.waiting({"fid_small", "out"}))
    assert recorded["training/fid_small.num_samples"] == "2000"
    assert recorded["fid_small.epochs"] == "2"
    assert recorded["out/load_images.split"] == "'test'"
    assert not any(key.startswith(("VariationalTrainer", "Run")) for key in recorded)
    gin_files.load(["digits.gin"], [])
    assert gin_files.waiting({"fid_small", "out"}) == ""


def test_names_in_settings_are_found_wherever_they_stand():
    text = "a/b/One.x = [@c/Two(), (1, @Three)]\njebm_tf.Four.y = {'k': @jebm_tf.Five()}\nmacro = '@text'\n"
    assert gin_files.named_in(text) >= {"One", "Two", "Three", "Four", "Five"}
    assert gin_files.settings(text)["a/b/One.x"] == "[@c/Two(), (1, @Three)]"  # though nothing has these names
    assert gin_files.references("[@c/Two(), %three]") == {"Two"}
