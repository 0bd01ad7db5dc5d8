"""One picture file as the uint8 pixels that a person sees."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from jebm_tf.errors import UserError

_LEVELS_16 = {"I;16", "I;16L", "I;16B", "I;16N"}  # Pillow's names of grey of 16 bits
_TRANSPARENT = {"RGBA", "LA", "PA", "La", "RGBa"}


def read(path: Path, channels: int, background: int = 255) -> np.ndarray:
    """The picture as it is meant to be looked at: turned as its EXIF data say, opaque, with 8 bits a pixel.

    Of 16 bits the upper 8 are taken. Transparent pixels are laid over `background`, and what colour hides below them
    does not show. Other colour spaces and palettes become RGB, and grey by ITU-R 601 luma. Of several frames the first.

    Args:
      path: of the file.
      channels: 1 for grey, 3 for RGB.
      background: grey level from 0, black, to 255, white.

    Returns:
      uint8 `[height, width, channels]`.

    Raises:
      UserError: it cannot be read, or has pixels whose range is not known.
    """
    try:
        with Image.open(path) as opened:
            shallow = _of_8_bits(opened, path)
            image = _opaque(ImageOps.exif_transpose(shallow), background)
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except Image.DecompressionBombError as error:
        raise UserError(f"{path}: is too large for a picture ({error}); scale it down or remove it") from error
    except (OSError, ValueError, SyntaxError, EOFError, UnidentifiedImageError) as error:
        # Pillow's decoders raise any of these for a file that is cut or spoilt.
        raise UserError(f"{path}: cannot be read as an image ({_line(error)}); remove or replace it") from error
    return pixels.reshape(*pixels.shape[:2], channels)


def _of_8_bits(image: Image.Image, path: Path) -> Image.Image:
    """Grey of 16 bits as grey of 8; Pillow's own conversion cuts at 255."""
    if image.mode in _LEVELS_16 or (image.mode == "I" and image.format == "PNG"):  # PNG has no more than 16 bits
        shallow = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
        shallow.getexif().update(image.getexif())
        return shallow
    if image.mode in ("I", "F"):
        raise UserError(
            f"{path}: has pixels of 32 bits ({image.mode!r}), whose range is not known; save it with 8 or 16 bits"
        )
    return image


def _opaque(image: Image.Image, background: int) -> Image.Image:
    """Laid over the background where it has transparent pixels."""
    if image.mode not in _TRANSPARENT and "transparency" not in image.info:
        return image
    straight = image.convert(image.mode.upper()) if image.mode in ("La", "RGBa") else image
    ground = Image.new("RGBA", image.size, (background,) * 3 + (255,))
    return Image.alpha_composite(ground, straight.convert("RGBA"))


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
