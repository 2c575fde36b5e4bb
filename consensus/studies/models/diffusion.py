"""Pictures of digits from the study's diffusion model, computed with numpy on any `Hardware`.

Label, seed and weights determine a picture: noise is drawn from the seed in float64 and then rounded, and is
removed in equal steps of the angle (DDIM, J. Song et al., ICLR 2021).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.studies.models.hardware import Array, Hardware
from swarm_env.consensus.studies.models.model_sizes import DIGITS
from swarm_env.consensus.studies.models.weights import Weights, load, quantised

STEPS = 20


class Drawn(NamedTuple):
    """Pictures, and the model's activations while drawing them."""

    pictures: NDArray[np.uint8]  # (n, 16, 16) grey
    thoughts: NDArray[np.float32]  # (n, steps, width) last layer at each step; (n, 0, width) if not kept


def draw(
    weights: Weights,
    label: ArrayLike,
    seed: ArrayLike,
    hardware: Hardware,
    steps: int = STEPS,
    keep: bool = False,
) -> Drawn:
    """Draw the digits `label` (n,) from the noise of the seeds (n,), in so many steps that remove the noise.

    With `keep` the model's last layer is kept, for proofs.
    """
    labels, noise = np.asarray(label), start(label, seed)
    own = hardware.weights(weights)
    angle = np.linspace(np.pi / 2, 0, steps + 1)
    shares = np.sin(angle[1:]) / np.sin(angle[:-1])
    number = np.float64 if hardware.precision == "float64" else np.float32
    kept_share = shares.astype(number)
    clean_share = (np.cos(angle[1:]) - shares * np.cos(angle[:-1])).astype(number)

    def part(which: slice) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        x, wanted = hardware.round(noise[which]), hardware.round(np.eye(10)[labels[which]])
        kept = []
        for step in range(steps):
            clean, thought = _clean(own, x, 1 - step / steps, wanted, hardware)
            x = hardware.round(x * kept_share[step] + clean * clean_share[step])
            if keep:
                kept.append(thought.astype(np.float32))
        grey = np.round(np.clip((x.astype(np.float64) + 1) / 2, 0, 1) * 255).astype(np.uint8)
        thoughts = np.stack(kept, 1) if keep else np.zeros((len(x), 0, DIGITS.width), np.float32)
        return grey.reshape(-1, DIGITS.side, DIGITS.side), thoughts

    pictures, thoughts = hardware.in_batches(part, len(labels))
    return Drawn(pictures, thoughts)


def draw_as_cheat(
    kind: str, weights: Weights, label: ArrayLike, seed: ArrayLike, machine: Hardware, keep: bool = False
) -> Drawn:
    """Draw what a kind of cheat computes for requests of digits (n,) and seeds (n,) with these weights.

    Kinds: "other weights", "int8", "int4", "fewer steps" (half), "other seed", "other prompt"; all others
    draw what was asked for.
    """
    labels, seeds, steps = np.asarray(label), np.asarray(seed), STEPS
    if kind == "other weights":
        weights = load("digits", 1)
    elif kind in ("int8", "int4"):
        weights = quantised(weights, int(kind[3:]))
    elif kind == "fewer steps":
        steps = STEPS // 2
    elif kind == "other seed":
        seeds = seeds + 1_000_000
    elif kind == "other prompt":
        labels = (labels + 1) % 10
    return draw(weights, labels, seeds, machine, steps, keep)


def start(label: ArrayLike, seed: ArrayLike) -> NDArray[np.float64]:
    """The noise (n, pixels) that pictures start from."""
    pairs = zip(np.asarray(label).tolist(), np.asarray(seed).tolist(), strict=True)
    return np.stack([np.random.default_rng(pair).standard_normal(DIGITS.side**2) for pair in pairs])


def _clean(
    w: dict[str, Array], x: Array, time: float, wanted: Array, hardware: Hardware
) -> tuple[Array, Array]:
    """The picture (n, pixels) without noise as the model predicts it, at a time from 1, all noise, to 0.

    Also returns the last layer (n, width).
    """
    angle = w["time"] * w["time"].dtype.type(time)
    waves = hardware.round(np.concatenate([np.sin(angle), np.cos(angle)]))
    read = np.concatenate([x, np.broadcast_to(waves, (len(x), len(waves))), wanted], axis=1)
    h = hardware.round(hardware.dot(read, w["in"]) + w["in_b"])
    for i in range(DIGITS.blocks):
        up = hardware.round(hardware.dot(hardware.norm(h), w[f"up{i}"]) + w[f"up_b{i}"])
        h = hardware.round(h + hardware.dot(hardware.silu(up), w[f"down{i}"]))
    last = hardware.norm(h)
    return hardware.dot(last, w["out"]), last
