"""An NVAE in PyTorch whose tensors have the names of the released one's; run as a script, in a process of its own.

python torch_nvae.py CHECKPOINT.pt OUTPUTS.npz SETTINGS.json: writes a checkpoint with random weights, and what it makes
of random latents and images, as an oracle for the conversion. Sizes are those of the settings.
"""

import argparse
import json
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional


class Conv(nn.Conv2d):
    def __init__(self, inputs, outputs, size, stride=1, *, bias=True, norm=True, groups=1, mask=None):
        super().__init__(inputs, outputs, size, stride, (size - 1) // 2, groups=groups, bias=bias)
        self.mask = mask
        if norm:
            self.log_weight_norm = nn.Parameter(torch.randn(outputs, 1, 1, 1) * 0.3)

    def forward(self, x):
        w = self.weight if self.mask is None else self.weight * self.mask
        if hasattr(self, "log_weight_norm"):
            length = w.pow(2).sum(dim=(1, 2, 3), keepdim=True).sqrt()
            w = self.log_weight_norm.exp() * w / (length + 1e-5)
        return functional.conv2d(x, w, self.bias, self.stride, self.padding, groups=self.groups)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-5, momentum=0.05)


class Named(nn.Module):
    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


class BNSwishConv(Named):
    def __init__(self, inputs, outputs, stride):
        super().__init__(bn_act=norm(inputs), conv_0=Conv(inputs, outputs, 3, abs(stride)))
        self.up = stride == -1

    def forward(self, x):
        x = functional.silu(self.bn_act(x))
        return self.conv_0(functional.interpolate(x, scale_factor=2, mode="nearest") if self.up else x)


class ConvBNSwish(Named):
    def __init__(self, inputs, outputs, size, stride=1, groups=1):
        conv = Conv(inputs, outputs, size, stride, bias=False, norm=False, groups=groups)
        super().__init__(conv=nn.Sequential(conv, norm(outputs)))

    def forward(self, x):
        return functional.silu(self.conv(x))


class SyncNorm(Named):
    def __init__(self, channels):
        super().__init__(bn=norm(channels))

    def forward(self, x):
        return self.bn(x)


class InvertedResidual(Named):
    def __init__(self, inputs, outputs, stride, expansion):
        hidden = inputs * expansion
        layers = [nn.UpsamplingNearest2d(scale_factor=2)] if stride == -1 else []
        layers += [SyncNorm(inputs), ConvBNSwish(inputs, hidden, 1)]
        layers += [ConvBNSwish(hidden, hidden, 5, abs(stride), hidden)]
        layers += [Conv(hidden, outputs, 1, bias=False, norm=False), SyncNorm(outputs)]
        super().__init__(conv=nn.Sequential(*layers))

    def forward(self, x):
        return self.conv(x)


class Reduce(Named):
    def __init__(self, inputs, outputs):
        quarter = outputs // 4
        sizes = [quarter, quarter, quarter, outputs - 3 * quarter]
        super().__init__(**{f"conv_{i + 1}": Conv(inputs, n, 1, 2) for i, n in enumerate(sizes)})

    def forward(self, x):
        x = functional.silu(x)
        parts = [self.conv_1(x), self.conv_2(x[:, :, 1:, 1:]), self.conv_3(x[:, :, :, 1:]), self.conv_4(x[:, :, 1:, :])]
        return torch.cat(parts, dim=1)


class SE(Named):
    def __init__(self, channels):
        hidden = max(channels // 16, 4)
        layers = (nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels), nn.Sigmoid())
        super().__init__(se=nn.Sequential(*layers))

    def forward(self, x):
        return x * self.se(x.mean(dim=(2, 3)))[:, :, None, None]


class Cell(nn.Module):
    def __init__(self, channels, stride, expansion=None):
        super().__init__()
        outputs = {1: channels, 2: 2 * channels, -1: channels // 2}[stride]
        up = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), Conv(channels, channels // 2, 1)
        )
        self.skip = {1: nn.Identity(), 2: Reduce(channels, 2 * channels), -1: up}[stride]
        if expansion is None:
            self._ops = nn.ModuleList([BNSwishConv(channels, outputs, stride), BNSwishConv(outputs, outputs, 1)])
        else:
            self._ops = nn.ModuleList([InvertedResidual(channels, outputs, stride, expansion)])
        self.se = SE(outputs)

    def forward(self, x):
        skip = self.skip(x)
        for op in self._ops:
            x = op(x)
        return skip + 0.1 * self.se(x)


def mask(inputs, outputs, size, *, itself, mirror, depthwise=False):
    """[outputs, inputs, size, size] of a raster order."""
    found = torch.zeros(outputs, 1 if depthwise else inputs, size, size)
    middle = size // 2
    found[:, :, :middle] = 1
    found[:, :, middle, :middle] = 1
    if mirror:
        found = found.flip(2, 3)
    for o in range(outputs):
        for i in range(found.shape[1]):
            a, b = (0, 0) if depthwise else (i * min(inputs, outputs) // inputs, o * min(inputs, outputs) // outputs)
            found[o, i, middle, middle] = float(a <= b if itself else a < b)
    return found


class Shift(nn.Module):
    def __init__(self, z, mirror):
        super().__init__()
        h = 6 * z
        first = Conv(z, h, 3, bias=False, mask=mask(z, h, 3, itself=False, mirror=mirror))
        second = Conv(h, h, 5, bias=False, groups=h, mask=mask(h, h, 5, itself=True, mirror=mirror, depthwise=True))
        self.conv = Named(convz=nn.Sequential(first, nn.ELU(), second, nn.ELU()))
        self.mu = Named(conv_0=Conv(h, z, 1, mask=mask(h, z, 1, itself=True, mirror=mirror)))

    def forward(self, z):
        return z - self.mu.conv_0(functional.elu(self.conv.convz(z)))


class Flow(Named):
    def __init__(self, z):
        super().__init__(cell1=Shift(z, False), cell2=Shift(z, True))

    def forward(self, z):
        return self.cell2(self.cell1(z))


def bounded(raw):
    mean, log_scale = (5.0 * torch.tanh(part / 5.0) for part in raw)
    return mean, log_scale.exp() + 0.01


class Original(nn.Module):
    def __init__(self, *, image, channels, groups, latent, halvings, cells, end_cells, flows, outputs):
        super().__init__()
        scale_of = [scale for scale, number in enumerate(groups) for _ in range(number)]
        width = lambda scale: channels * 2 ** (halvings + scale)  # noqa: E731
        self.kinds, self.flows = [], flows
        self.stem = Conv(image[2], channels, 3)
        first = []
        for h in range(halvings):
            first += [Cell(channels * 2**h, 1) for _ in range(end_cells - 1)] + [Cell(channels * 2**h, 2)]
        self.pre_process = nn.ModuleList(first)
        up = []
        for i, scale in enumerate(scale_of):
            if i and scale > scale_of[i - 1]:
                up.append(Cell(width(scale - 1), 2))
            up += [Cell(width(scale), 1) for _ in range(cells)]
            if i < len(scale_of) - 1:
                up.append(Named(conv=Conv(width(scale), width(scale), 1)))
        self.enc_tower = nn.ModuleList(up)
        down = scale_of[::-1]
        self.enc0 = nn.Sequential(nn.ELU(), Conv(width(down[0]), width(down[0]), 1), nn.ELU())
        self.enc_sampler = nn.ModuleList([Conv(width(s), 2 * latent, 3) for s in down])
        self.dec_sampler = nn.ModuleList([nn.Sequential(nn.ELU(), Conv(width(s), 2 * latent, 1)) for s in down[1:]])
        self.nf_cells = nn.ModuleList([Flow(latent) for _ in down for _ in range(flows)])
        tower = []
        for i, scale in enumerate(down):
            if i and scale < down[i - 1]:
                tower.append(Cell(width(down[i - 1]), -1, 6))
            tower += [Cell(width(scale), 1, 6) for _ in range(cells if i else 0)]
            tower.append(Named(conv=Conv(width(scale) + latent, width(scale), 1)))
        self.dec_tower = nn.ModuleList(tower)
        last = []
        for h in reversed(range(halvings)):
            size = channels * 2**h
            last += [Cell(2 * size, -1, 3)] + [Cell(size, 1, 3) for _ in range(end_cells - 1)]
        self.post_process = nn.ModuleList(last)
        self.image_conditional = nn.Sequential(nn.ELU(), Conv(channels, outputs, 3))
        shrunk = 2 ** (halvings + len(groups) - 1)
        self.prior_ftr0 = nn.Parameter(torch.rand(width(down[0]), image[0] // shrunk, image[1] // shrunk))

    def forward(self, noise, x=None):
        """The image's parameters and the latents, top first: of p, or of q given `x`."""
        seen, features, s = [], None, self.prior_ftr0.expand(len(noise[0]), -1, -1, -1)
        if x is not None:
            u = self.stem(x)
            for cell in [*self.pre_process, *self.enc_tower]:
                if isinstance(cell, Cell):
                    u = cell(u)
                else:
                    seen.append((cell, u))
            seen, features = seen[::-1], self.enc0(u)
        found, i = [], 0
        for cell in self.dec_tower:
            if isinstance(cell, Cell):
                s = cell(s)
                continue
            zeros = torch.zeros_like(noise[i])
            raw = (zeros, zeros) if not i else self.dec_sampler[i - 1](s).chunk(2, dim=1)
            if x is not None:
                combine, u = seen[i - 1] if i else (None, None)
                sees = features if not i else u + combine.conv(s)
                raw = tuple(p + q for p, q in zip(raw, self.enc_sampler[i](sees).chunk(2, dim=1), strict=True))
            mean, scale = bounded(raw)
            z = mean + scale * noise[i]
            for flow in self.nf_cells[i * self.flows : (i + 1) * self.flows] if x is not None else ():
                z = flow(z)
            found.append(z)
            s = cell.conv(torch.cat([s, z], dim=1))
            i += 1
        for cell in self.post_process:
            s = cell(s)
        return self.image_conditional(s), found


def main(checkpoint, outputs, settings):
    torch.manual_seed(0)
    with open(settings) as file:
        given = json.load(file)
    model = Original(**given).eval()
    for name, buffer in model.named_buffers():
        if "running_mean" in name:
            buffer.normal_(0.0, 0.3)
        elif "running_var" in name:
            buffer.uniform_(0.5, 2.0)
    shapes = []
    for scale, number in enumerate(given["groups"]):
        shrunk = 2 ** (given["halvings"] + scale)
        shapes += [(given["latent"], given["image"][0] // shrunk, given["image"][1] // shrunk)] * number
    noise = [torch.randn(3, *shape) for shape in shapes[::-1]]
    x = torch.rand(3, given["image"][2], *given["image"][:2]) * 2 - 1
    with torch.no_grad():
        (drawn, z_p), (rebuilt, z_q) = model(noise), model(noise, x)
    arrays = {"x": x, "drawn": drawn, "rebuilt": rebuilt}
    for i in range(len(noise)):
        arrays |= {f"noise_{i}": noise[i], f"p_{i}": z_p[i], f"q_{i}": z_q[i]}
    np.savez(outputs, **{name: value.numpy() for name, value in arrays.items()})
    torch.save({"epoch": 1, "state_dict": model.state_dict(), "args": argparse.Namespace(epochs=1)}, checkpoint)


if __name__ == "__main__":
    main(*sys.argv[1:])
