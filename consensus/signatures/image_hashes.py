"""Perceptual hashes of pictures, by the library ImageHash."""

from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.signatures.signature import Signature, pack

from swarm_env.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from PIL.Image import Image

METHODS = ("ahash", "phash", "dhash", "whash", "colorhash")
_FUNCTIONS = {"ahash": "average_hash", "phash": "phash", "dhash": "dhash", "whash": "whash"}


def picture_hash(picture: Any, method: str = "phash", size: int = 8) -> Signature:
    """The hash of one picture.

    Args:
        picture: A Pillow image, or an array (height, width) of greys or (height, width, 3) of red, green and
            blue: uint8, or floats from 0 to 1 (what lies beyond is cut off).
        method: "ahash" (means of a grid against their mean), "phash" (low frequencies of the cosine
            transform against their median), "dhash" (neighbours against each other), "whash" (Haar wavelets
            against their median) or "colorhash" (shares of black, grey and hues).
        size: The hash has size x size bits; a power of two for "whash". "colorhash" ignores it: 42 bits.

    Returns:
        The signature; its distance is the number of bits that differ.

    Raises:
        ConfigError: The method, the size or the picture cannot be used.
        MissingExtraError: ImageHash is not installed.
    """
    library = _library()
    image = as_image(picture)
    if method == "colorhash":
        flags = library.colorhash(image.convert("RGB"), binbits=3).hash
        parameters: tuple[tuple[str, int | float | str], ...] = (("binbits", 3),)
    else:
        _check(method, size)
        flags = getattr(library, _FUNCTIONS[method])(image, hash_size=size).hash
        parameters = (("size", size),)
    return Signature(method, parameters, int(flags.size), pack(flags))


def picture_words(pictures: Any, method: str = "phash", size: int = 8) -> NDArray[np.uint64]:
    """(n, W) hashes of many pictures as words of 64 bits; W = 1 for size 8 and for "colorhash".

    `pictures` is a sequence of what `picture_hash` takes, or an array (n, height, width[, 3]); the other
    arguments and errors are those of `picture_hash`.
    """
    found = [picture_hash(picture, method, size).words() for picture in pictures]
    return np.array(found, np.uint64) if found else np.zeros((0, (size * size + 63) // 64), np.uint64)


def as_image(picture: Any) -> "Image":
    """A Pillow image of what `picture_hash` takes; raises `ConfigError` if it is not a picture."""
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError("hashing pictures", "ImageHash", "consensus") from None
    if isinstance(picture, Image.Image):
        return picture
    pixels = np.asarray(picture)
    shaped = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if not shaped or 0 in pixels.shape:
        raise ConfigError(
            f"An array of shape {pixels.shape} is no picture: (height, width) or (height, width, 3)."
        )
    if pixels.dtype.kind == "f":
        if not np.isfinite(pixels).all():
            raise ConfigError("A picture has pixels that are not finite.")
        pixels = np.rint(np.clip(pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
    if pixels.dtype != np.uint8:
        raise ConfigError(f"Pixels are uint8, or floats from 0 to 1, not {pixels.dtype}.")
    return Image.fromarray(pixels)


def _check(method: str, size: int) -> None:
    if method not in METHODS:
        raise ConfigError(f"method={method!r}: there are {', '.join(METHODS)}.")
    checked_number("size", size, 2, 64)
    if method == "whash" and size & (size - 1):
        raise ConfigError(f"size={size!r}: for whash a power of two.")


def _library() -> ModuleType:
    try:
        import imagehash
    except ImportError:
        raise MissingExtraError("hashing pictures", "ImageHash", "consensus") from None
    return imagehash
