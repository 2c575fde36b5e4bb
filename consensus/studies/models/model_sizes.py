"""The sizes of the study's models, and the symbols that the language model reads and writes."""

from dataclasses import dataclass

SYMBOLS = "\n" + "".join(map(chr, range(32, 127)))  # 96: a symbol's number is its place here


@dataclass(frozen=True, slots=True)
class Digits:
    """The diffusion model: blocks of two layers around a stream of `width` numbers."""

    side: int = 16  # pixels; pictures are side x side, grey, -1 black to 1 white
    times: int = 16  # numbers that say how far the noise has been taken out
    width: int = 144
    blocks: int = 3

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """What is learned, by name."""
        read = self.side**2 + self.times + 10
        found: dict[str, tuple[int, ...]] = {"in": (read, self.width), "in_b": (self.width,)}
        for i in range(self.blocks):
            found |= {
                f"up{i}": (self.width, self.width),
                f"up_b{i}": (self.width,),
                f"down{i}": (self.width, self.width),
            }
        return found | {"out": (self.width, self.side**2)}


@dataclass(frozen=True, slots=True)
class Text:
    """The language model: a transformer that reads at most `context` characters."""

    symbols: int = len(SYMBOLS)
    context: int = 128
    width: int = 88
    heads: int = 4
    blocks: int = 2

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """What is learned, by name."""
        found: dict[str, tuple[int, ...]] = {
            "symbols": (self.symbols, self.width),
            "places": (self.context, self.width),
            "gain": (self.width,),
        }
        for i in range(self.blocks):
            found |= {
                f"gain_a{i}": (self.width,),
                f"qkv{i}": (self.width, 3 * self.width),
                f"mix{i}": (self.width, self.width),
                f"gain_m{i}": (self.width,),
                f"up{i}": (self.width, 4 * self.width),
                f"down{i}": (4 * self.width, self.width),
            }
        return found


DIGITS, TEXT = Digits(), Text()
