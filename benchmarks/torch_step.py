"""The reference: the same step in eager PyTorch, written from the paper's equations and the sizes of the gin files.

Run by compare.py, by an interpreter that has PyTorch; imports nothing of jebm_tf. Speaks one line of JSON at a time: it
says how many parameters it has, then for each number n that it reads it runs n times and says the
seconds of each, on the clock and of the processor.
"""

import argparse
import json
import math
import sys
import time

import torch
from torch import nn

# z_1, z_2; generator's (filters, kernel, stride, padding); hidden widths of p(z_1 | z_2), f_1, f_2 and q(z_2 | z_1);
# the inference network's convolutions; image channels.
SIZES = {
    "mnist": {
        "dims": (16, 10),
        "generator": [(128, 7, 1, 0), (64, 4, 2, 1), (1, 4, 2, 1)],
        "heads": [(200, 200), (200, 200)],
        "inference": [(32, 3, 1, 1), (64, 4, 2, 1), (128, 4, 2, 1)],
        "image": (1, 28, 28),
    },
    "svhn": {
        "dims": (100, 100),
        "generator": [(512, 4, 1, 0), (256, 4, 2, 1), (128, 4, 2, 1), (3, 4, 2, 1)],
        "heads": [(200, 200), (200, 200)],
        "inference": [(64, 3, 1, 1), (128, 4, 2, 1), (256, 4, 2, 1), (512, 4, 2, 1)],
        "image": (3, 32, 32),
    },
    "cifar10": {
        "dims": (128, 100),
        "generator": [(1024, 8, 1, 0), (512, 4, 2, 1), (256, 4, 2, 1), (3, 3, 1, 1)],
        "heads": [(200, 200, 200), (100, 100)],
        "inference": [(256, 3, 1, 1), (512, 4, 2, 1), (1024, 4, 2, 1)],
        "image": (3, 32, 32),
    },
}
PRIOR_HIDDEN, INFERENCE_HIDDEN = (200, 200, 200, 200), (200, 200)
SIGMA, MIN_SCALE, MAX_SCALE = 0.3, 0.01, 5.0
POSTERIOR_STEP, PRIOR_STEP = 0.1, 0.4
RATES = {"generator": 1e-4, "prior": 1e-4, "energies": 2e-5, "inference": 1e-4}
LOG_2PI = math.log(2.0 * math.pi)


def perceptron(inputs: int, hidden: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Dense layers with leaky ReLUs between them."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(0.2)]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def log_normal(x, mean, scale):
    return -(((x - mean) / scale) ** 2 / 2 + torch.log(scale) + LOG_2PI / 2).flatten(1).sum(1)


def log_standard_normal(x):
    return -(x**2 / 2 + LOG_2PI / 2).flatten(1).sum(1)


def gaussian(outputs):
    mean, raw = outputs.chunk(2, dim=1)
    return mean, MIN_SCALE + MAX_SCALE * torch.sigmoid(raw - math.log(MAX_SCALE))


class Model(nn.Module):
    """L = 2: generator, p(z_1 | z_2), f_1, f_2 and, for variational learning, q."""

    def __init__(self, sizes: dict, with_inference: bool):
        super().__init__()
        self.dims, inputs, layers = sizes["dims"], sizes["dims"][0], list[nn.Module]()
        for filters, kernel, stride, padding in sizes["generator"]:
            layers += [nn.ConvTranspose2d(inputs, filters, kernel, stride, padding), nn.LeakyReLU(0.2)]
            inputs = filters
        self.generator = nn.Sequential(*layers[:-1], nn.Tanh())
        self.prior = perceptron(self.dims[1], PRIOR_HIDDEN, 2 * self.dims[0])
        self.energies = nn.ModuleList(
            perceptron(dim, hidden, 1) for dim, hidden in zip(self.dims, sizes["heads"], strict=True)
        )
        if with_inference:
            self.inference = self._inference(sizes)

    def _inference(self, sizes: dict) -> nn.ModuleDict:
        layers, (inputs, side, _) = list[nn.Module](), sizes["image"]
        for filters, kernel, stride, padding in sizes["inference"]:
            layers += [nn.Conv2d(inputs, filters, kernel, stride, padding), nn.LeakyReLU(0.2)]
            inputs, side = filters, side // stride
        first = nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * side * side, 2 * self.dims[0]))
        return nn.ModuleDict({"z_1": first, "z_2": perceptron(self.dims[0], INFERENCE_HIDDEN, 2 * self.dims[1])})

    def start(self, batch: int):
        """A sample of the Gaussian prior."""
        with torch.no_grad():
            z_2 = torch.randn(batch, self.dims[1])
            mean, scale = gaussian(self.prior(z_2))
            return mean + scale * torch.randn_like(mean), z_2

    def f(self, z):
        return sum(head(z_i).squeeze(1) for head, z_i in zip(self.energies, z, strict=True))

    def log_gaussian_prior(self, z):
        return log_normal(z[0], *gaussian(self.prior(z[1]))) + log_standard_normal(z[1])

    def log_prior(self, z):
        """Eq. 13."""
        return self.f(z) + self.log_gaussian_prior(z)

    def log_likelihood(self, x, z):
        """Eq. 9."""
        return log_normal(x, self.generator(z[0][:, :, None, None]), torch.full((), SIGMA))


def langevin(log_density, z, steps: int, step_size: float):
    """Eq. 12, with s = δ²/2."""
    for _ in range(steps):
        z = tuple(z_i.detach().requires_grad_() for z_i in z)
        gradients = torch.autograd.grad(log_density(z).sum(), z)
        z = tuple(
            z_i.detach() + step_size**2 / 2 * g + step_size * torch.randn_like(g)
            for z_i, g in zip(z, gradients, strict=True)
        )
    return z


class Work:
    """What is timed, by name."""

    def __init__(self, model: Model, batch: int, posterior_steps: int, prior_steps: int, image: tuple[int, ...]):
        self.model, self.batch = model, batch
        self.posterior_steps, self.prior_steps = posterior_steps, prior_steps
        self.x = torch.rand(batch, *image) * 2 - 1
        groups = [
            {"params": getattr(model, name).parameters(), "lr": rate}
            for name, rate in RATES.items()
            if hasattr(model, name)
        ]
        self.optimizer = torch.optim.Adam(groups)

    def prior(self):
        return langevin(self.model.log_prior, self.model.start(self.batch), self.prior_steps, PRIOR_STEP)

    def posterior(self):
        def target(z):
            return self.model.log_likelihood(self.x, z) + self.model.log_prior(z)

        return langevin(target, self.model.start(self.batch), self.posterior_steps, POSTERIOR_STEP)

    def step(self):
        """Eq. 8-11."""
        z_posterior, z_prior = self.posterior(), self.prior()
        model = self.model
        objective = model.log_likelihood(self.x, z_posterior) + model.log_prior(z_posterior) - model.log_prior(z_prior)
        self._climb(objective.mean())

    def variational(self):
        """Eq. 15-19: q climbs its own objective, the model its own."""
        model, z_prior = self.model, self.prior()
        mean_1, scale_1 = gaussian(model.inference["z_1"](self.x))
        z_1 = mean_1 + scale_1 * torch.randn_like(mean_1)
        mean_2, scale_2 = gaussian(model.inference["z_2"](z_1))
        z = z_1, mean_2 + scale_2 * torch.randn_like(mean_2)
        log_likelihood, f = model.log_likelihood(self.x, z), model.f(z)
        log_prior_1 = log_normal(z_1, *gaussian(model.prior(z[1])))
        learning = log_likelihood + f + log_prior_1 + log_standard_normal(z[1]) - model.log_prior(z_prior)
        kl_2 = (scale_2**2 / 2 + mean_2**2 / 2 - torch.log(scale_2) - 0.5).sum(1)
        bound = log_likelihood + f + log_prior_1 - log_normal(z_1, mean_1, scale_1) - kl_2
        own = list(model.inference.parameters())
        others = [p for name, p in model.named_parameters() if not name.startswith("inference.")]
        gradients = torch.autograd.grad(-learning.mean(), others, retain_graph=True)
        for parameter, gradient in zip(others, gradients, strict=True):
            parameter.grad = gradient
        for parameter, gradient in zip(own, torch.autograd.grad(-bound.mean(), own), strict=True):
            parameter.grad = gradient
        self.optimizer.step()

    def _climb(self, objective):
        self.optimizer.zero_grad()
        (-objective).backward()
        self.optimizer.step()


def main() -> None:
    """Makes the work and takes orders on standard input."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--work", choices=("step", "variational", "posterior", "prior"), required=True)
    flags.add_argument("--model", choices=SIZES, required=True)
    flags.add_argument("--batch", type=int, required=True)
    flags.add_argument("--posterior_steps", type=int, required=True)
    flags.add_argument("--prior_steps", type=int, required=True)
    flags.add_argument("--threads", type=int, required=True)
    flags.add_argument("--compile", action="store_true", help="torch.compile of the densities")
    given = flags.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(given.threads)
    sizes = SIZES[given.model]
    model = Model(sizes, given.work == "variational")
    if given.compile:
        model.log_prior, model.log_likelihood = torch.compile(model.log_prior), torch.compile(model.log_likelihood)
    work = Work(model, given.batch, given.posterior_steps, given.prior_steps, sizes["image"])
    run = getattr(work, given.work)
    for _ in range(2):
        run()
    parameters = sum(p.numel() for p in model.parameters())
    print(json.dumps({"parameters": parameters, "version": f"PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        print(json.dumps([timed(run) for _ in range(int(line))]), flush=True)


def timed(run) -> tuple[float, float]:
    """Seconds on the clock, and of the processor for this process."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - processor


if __name__ == "__main__":
    main()
