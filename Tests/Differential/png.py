# SPDX-License-Identifier: Apache-2.0
"""PNG against libpng (imagecodecs) and Pillow."""
import io
import os

import imagecodecs
import numpy
from PIL import Image

from harness import check_equal, quiet


def random_image(rng, dtypes=(numpy.uint8, numpy.uint16)):
    dtype = rng.choice(dtypes)
    shape = (rng.size(), rng.size())
    channels = rng.choice((1, 2, 3, 4))
    return rng.array(shape if channels == 1 else shape + (channels,), dtype)


def libpng(image, level):
    """`image` as PNG; the room is given because the wheel's own guess is too small for some."""
    return bytes(imagecodecs.png_encode(image, level=level, out=2 * image.nbytes + 4096))


def libpng_writes(iio, rng, folder):
    image = random_image(rng)
    path = os.path.join(folder, "a.png")
    with open(path, "wb") as file:
        file.write(libpng(image, rng.randint(0, 9)))
    iio.check_pixels(path, image)


def pillow_writes(iio, rng, folder):
    """Palettes, transparency, 1-bit: Pillow writes, libpng is the truth."""
    mode = rng.choice(("1", "L", "P", "RGB", "RGBA", "LA"))
    shape = (rng.size(), rng.size())
    channels = {"RGB": 3, "RGBA": 4, "LA": 2}.get(mode)
    image = Image.fromarray(
        rng.array(shape + ((channels,) if channels else ()), bool if mode == "1" else numpy.uint8))
    options = {"optimize": rng.random() < 0.5, "compress_level": rng.randint(0, 9)}
    if mode == "P":
        bits = rng.choice((1, 2, 4, 8))
        indices = rng.array(shape, numpy.uint8) & ((1 << bits) - 1)
        image = Image.fromarray(indices).convert("L")
        image = Image.frombytes("P", image.size, indices.tobytes())
        image.putpalette(rng.array((1 << bits, 3), numpy.uint8).tobytes())
        options["bits"] = bits
        if rng.random() < 0.5:
            options["transparency"] = bytes(rng.array((1 << bits,), numpy.uint8))
    path = os.path.join(folder, "a.png")
    image.save(path, **options)
    with open(path, "rb") as file:
        data = file.read()
    expected = imagecodecs.png_decode(data)
    if mode == "1":  # libpng expands one bit to 8; imageio's bool is ours
        expected = expected.astype(bool)
    iio.check_pixels(path, expected)


def we_write(iio, rng, folder):
    image = random_image(rng)
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
    with open(source, "wb") as file:
        file.write(libpng(image, 1))
    iio.convert(source, target, compress_level=rng.randint(0, 9), interlace=rng.random() < 0.3)
    with open(target, "rb") as file:
        data = file.read()
    with quiet():  # libpng warns about every interlaced file
        check_equal(imagecodecs.png_decode(data), image, "libpng")
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 4 or image.dtype == numpy.uint8 and channels != 2:  # the others it refuses
        check_equal(imagecodecs.spng_decode(data), image, "libspng")
    if image.dtype == numpy.uint8:
        check_equal(numpy.asarray(Image.open(io.BytesIO(data))), image, "Pillow")


KINDS = {
    "png: libpng writes": libpng_writes,
    "png: Pillow writes": pillow_writes,
    "png: we write": we_write,
}
