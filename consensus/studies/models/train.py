"""Train the study's models; needs torch: `python -m swarm_env.consensus.studies.models.train digits 0`.

Pictures are drawn by a diffusion model (J. Ho et al., NeurIPS 2020) that predicts the picture without its
noise, learned from the digits that ship with scikit-learn (UCI, E. Alpaydin and C. Kaynak,
CC BY 4.0). Text is written by a small transformer that reads characters, learned from Python's own language
reference as shipped in `pydoc_data.topics` (PSF licence). A second seed gives the weights of a cheat.

torch and scikit-learn are needed here only; `diffusion.py` and `language.py` generate with numpy.
"""

import importlib
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.studies.models.model_sizes import DIGITS, SYMBOLS, TEXT
from swarm_env.consensus.studies.models.weights import FOLDER

Tensors = dict[str, Any]


def train_digits(seed: int, steps: int = 4000, batch: int = 256) -> dict[str, NDArray[np.float16]]:
    """Weights of the diffusion model, averaged over training (decay 0.999)."""
    torch = _torch(seed)
    loaded = importlib.import_module("sklearn.datasets").load_digits()
    pictures = torch.tensor(loaded.images[:, None] / 8.0 - 1.0, dtype=torch.float32)
    labels = torch.tensor(loaded.target)
    start = {
        "time": torch.exp(torch.linspace(0, math.log(50), DIGITS.times // 2)),
        **{name: torch.randn(shape) / math.sqrt(shape[0]) for name, shape in DIGITS.shapes().items()},
    }
    start["out"] *= 0.1

    def loss(w: Tensors) -> Any:
        pick = torch.randint(len(labels), (batch,))
        x = _moved(torch, pictures[pick]).flatten(1)
        t = torch.rand(batch, 1)
        a, s = torch.cos(t * math.pi / 2), torch.sin(t * math.pi / 2)
        noise = torch.randn_like(x)
        digit = torch.nn.functional.one_hot(labels[pick], 10).float()
        angle = t * w["time"]
        h = torch.cat([a * x + s * noise, torch.sin(angle), torch.cos(angle), digit], 1) @ w["in"] + w["in_b"]
        for i in range(DIGITS.blocks):
            h = h + torch.nn.functional.silu(_norm(h) @ w[f"up{i}"] + w[f"up_b{i}"]) @ w[f"down{i}"]
        return ((_norm(h) @ w["out"] - x) ** 2 / (s * s + 0.02)).mean()

    return _fit(torch, start, loss, steps, rate=2e-3, fixed=("time",))


def train_text(seed: int, steps: int = 900, batch: int = 16) -> dict[str, NDArray[np.float16]]:
    """Weights of the language model, averaged over training."""
    torch = _torch(seed)
    topics: dict[str, str] = importlib.import_module("pydoc_data.topics").topics
    known = "\n".join(topics[name] for name in sorted(topics))
    text = torch.tensor([SYMBOLS.index(c) for c in known if c in SYMBOLS])
    start = {name: torch.randn(shape) / math.sqrt(shape[0]) for name, shape in TEXT.shapes().items()}
    start["symbols"], start["places"] = torch.randn(TEXT.symbols, TEXT.width) * 0.1, start["places"] * 0.1
    for name in start:
        if name.startswith("gain"):
            start[name] = torch.ones(TEXT.width)
    mask = torch.triu(torch.full((TEXT.context, TEXT.context), -torch.inf), 1)
    each = TEXT.width // TEXT.heads

    def heads(x: Any) -> Any:
        return x.view(batch, TEXT.context, TEXT.heads, each).transpose(1, 2)

    def loss(w: Tensors) -> Any:
        at = torch.randint(len(text) - TEXT.context - 1, (batch, 1)) + torch.arange(TEXT.context + 1)
        seen = text[at]
        h = w["symbols"][seen[:, :-1]] + w["places"]
        for i in range(TEXT.blocks):
            q, k, v = (_norm(h) * w[f"gain_a{i}"] @ w[f"qkv{i}"]).split(TEXT.width, -1)
            weight = torch.softmax(heads(q) @ heads(k).transpose(-1, -2) / math.sqrt(each) + mask, -1)
            h = h + (weight @ heads(v)).transpose(1, 2).reshape(h.shape) @ w[f"mix{i}"]
            h = h + torch.nn.functional.silu(_norm(h) * w[f"gain_m{i}"] @ w[f"up{i}"]) @ w[f"down{i}"]
        logits = _norm(h) * w["gain"] @ w["symbols"].T
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), seen[:, 1:].flatten())

    return _fit(torch, start, loss, steps, rate=5e-3)


def _torch(seed: int) -> Any:
    torch = importlib.import_module("torch")
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    return torch


def _norm(x: Any) -> Any:
    return x * (x * x).mean(-1, keepdim=True).add(1e-5).rsqrt()


def _moved(torch: Any, pictures: Any) -> Any:
    """Digits (n, 1, 8, 8), turned, scaled and shifted a little, as (n, 1, 16, 16): none is seen twice."""
    n = len(pictures)
    turn = (torch.rand(n) - 0.5) * 0.4
    wide, high = (1 / (0.85 + 0.3 * torch.rand(n)) for _ in range(2))
    lean = (torch.rand(n) - 0.5) * 0.3
    shift = (torch.rand(2, n) - 0.5) * 0.2
    rows = [wide * torch.cos(turn), lean - torch.sin(turn), shift[0], torch.sin(turn), high * torch.cos(turn)]
    grid = torch.nn.functional.affine_grid(
        torch.stack([*rows, shift[1]], 1).view(n, 2, 3), (n, 1, DIGITS.side, DIGITS.side), align_corners=False
    )
    return (
        torch.nn.functional.grid_sample(
            pictures + 1, grid, mode="bicubic", padding_mode="zeros", align_corners=False
        ).clamp(0, 2)
        - 1
    )


def _fit(
    torch: Any,
    start: Tensors,
    loss: Callable[[Tensors], Any],
    steps: int,
    rate: float,
    fixed: tuple[str, ...] = (),
) -> dict[str, NDArray[np.float16]]:
    w = {name: value.clone().requires_grad_(name not in fixed) for name, value in start.items()}
    mean = {name: value.detach().clone() for name, value in w.items()}
    learner = torch.optim.AdamW([v for v in w.values() if v.requires_grad], lr=rate, weight_decay=0.01)
    began, shown = time.perf_counter(), 0.0
    for step in range(steps):
        for group in learner.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        found = loss(w)
        learner.zero_grad()
        found.backward()
        torch.nn.utils.clip_grad_norm_([v for v in w.values() if v.requires_grad], 1.0)
        learner.step()
        with torch.no_grad():
            decay = min(0.999, (step + 1) / (step + 10))
            for name, value in w.items():
                mean[name].lerp_(value.detach(), 1 - decay)
        shown += float(found.detach())
        if (step + 1) % 250 == 0:
            seconds = time.perf_counter() - began
            sys.stderr.write(f"{step + 1} of {steps}: loss {shown / 250:.4f}, {seconds:.0f} s\n")
            shown = 0.0
    return {name: value.numpy().astype(np.float16) for name, value in mean.items()}


def main(arguments: list[str]) -> None:
    """Train one model and write its weights, as half precision, beside this file."""
    what, seed = arguments[0], int(arguments[1])
    trained = {"digits": train_digits, "text": train_text}[what](seed)
    folder = Path(arguments[2]) if len(arguments) > 2 else FOLDER
    np.savez_compressed(folder / f"{what}-{seed}.npz", **trained)  # type: ignore[arg-type]  # names are keywords


if __name__ == "__main__":
    main(sys.argv[1:])
