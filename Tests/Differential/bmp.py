# SPDX-License-Identifier: Apache-2.0
"""BMP against imagecodecs and Pillow."""
import os

import imagecodecs
import numpy
from PIL import Image

from harness import check_equal
from png import libpng


def pillow_writes(iio, rng, folder):
    mode = rng.choice(("1", "L", "P", "RGB"))
    shape = (rng.size(), rng.size())
    path = os.path.join(folder, "a.bmp")
    if mode == "P":
        image = Image.frombytes("P", shape[::-1], rng.array(shape, numpy.uint8).tobytes())
        image.putpalette(rng.array((256, 3), numpy.uint8).tobytes())
        image.save(path)
        expected = numpy.asarray(Image.open(path).convert("RGB"))
    else:
        expected = rng.array(shape + ((3,) if mode == "RGB" else ()), bool if mode == "1" else numpy.uint8)
        Image.fromarray(expected).save(path)
    iio.check_pixels(path, expected)


def imagecodecs_writes(iio, rng, folder):
    image = rng.array((rng.size(), rng.size()) + rng.choice(((), (3,))), numpy.uint8)
    path = os.path.join(folder, "a.bmp")
    with open(path, "wb") as file:
        file.write(imagecodecs.bmp_encode(image))
    iio.check_pixels(path, image)


def we_write(iio, rng, folder):
    """PNG in, BMP out, with and without run lengths; Pillow reads."""
    image = rng.array((rng.size(), rng.size()) + rng.choice(((), (3,))), numpy.uint8)
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "b.bmp")
    with open(source, "wb") as file:
        file.write(libpng(image, 1))
    compression = image.ndim == 2 and rng.random() < 0.5
    iio.convert(source, target, compression=compression)
    back = Image.open(target)
    check_equal(numpy.asarray(back if back.mode in ("L", "RGB") else back.convert("L")), image, "Pillow")
    if not compression:
        with open(target, "rb") as file:
            check_equal(imagecodecs.bmp_decode(file.read()), image, "imagecodecs")


KINDS = {
    "bmp: Pillow writes": pillow_writes,
    "bmp: imagecodecs writes": imagecodecs_writes,
    "bmp: we write": we_write,
}
