"""A small network with the heavy tails of real ones: few channels that are far larger than the rest."""

import numpy as np

WIDTH, HIDDEN, BLOCKS, TOKENS = 256, 512, 4, 1024


def bfloat16(x):
    """Rounded to 8 bits of mantissa, to nearest, ties to even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16 << 16
    return rounded.astype(np.uint32).view(np.float32)


def float16(x):
    return np.asarray(x, np.float16).astype(np.float32)


def float32(x):
    return np.asarray(x, np.float32)


def float64(x):
    return np.asarray(x, np.float64)


def quantised(weights, bits):
    """Weights as whole numbers of so many bits, one scale for each output channel."""
    most = 2 ** (bits - 1) - 1
    scale = np.abs(weights).max(axis=0) / most
    return np.rint(weights / scale) * scale


class Network:
    """Residual blocks and a last norm, whose gains are log-normal: the scale of channels is heavy-tailed."""

    def __init__(self, seed=0, blocks=BLOCKS):
        rng = np.random.default_rng(seed)
        self.embedding = rng.standard_t(3, (128, WIDTH))
        self.layers = [
            (
                rng.standard_t(4, (WIDTH, HIDDEN)) / np.sqrt(2 * WIDTH),
                rng.standard_t(4, (HIDDEN, WIDTH)) / np.sqrt(2 * HIDDEN),
            )
            for _ in range(blocks)
        ]
        self.gain = np.exp(rng.normal(0.0, 1.0, WIDTH))

    def changed(self, change, blocks=BLOCKS):
        """A copy whose weights went through a function, and which stops after some blocks."""
        other = Network.__new__(Network)
        other.embedding, other.gain = self.embedding, self.gain
        other.layers = [(change(a), change(b)) for a, b in self.layers[:blocks]]
        return other

    def run(self, tokens, round_to=float32, batch=None, back_to_front=False):
        """(T, WIDTH) activations; each step is rounded. Sums go in another order if so wanted."""
        parts = np.array_split(tokens, 1 if batch is None else max(1, len(tokens) // batch))
        return np.concatenate([self._run(part, round_to, back_to_front) for part in parts])

    def _run(self, tokens, round_to, back_to_front):
        order = slice(None, None, -1) if back_to_front else slice(None)
        x = round_to(self.embedding[tokens])
        memory = np.zeros(WIDTH, x.dtype)
        mixed = np.empty_like(x)
        for t in range(len(x)):  # a token depends on those before it
            memory = round_to(0.7 * memory + 0.3 * x[t])
            mixed[t] = round_to(x[t] + memory)
        x = mixed
        for first, second in self.layers:
            a, b = round_to(first), round_to(second)
            h = round_to(norm(x)[:, order] @ a[order])
            h = round_to(h / (1.0 + np.exp(-1.702 * h)))
            x = round_to(x + round_to(h[:, order] @ b[order]))
        return round_to(norm(x) * round_to(self.gain))


def norm(x):
    return x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-6)


def prompt(seed, tokens=TOKENS):
    return np.random.default_rng(seed).integers(0, 128, tokens)


def heavy_tailed(tokens=32, width=4096, seed=0, spread=1.0):
    """Student's t with 3 degrees of freedom, channels of log-normal scale and an offset of their own."""
    rng = np.random.default_rng(seed)
    scale = np.exp(rng.normal(0.0, spread, width))
    offset = rng.standard_t(3, width)
    return ((offset + rng.standard_t(3, (tokens, width))) * scale).astype(np.float32)
