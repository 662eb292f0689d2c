# SPDX-License-Identifier: Apache-2.0
"""Animated PNG against Pillow and imagecodecs."""
import os

import imagecodecs
import numpy
from PIL import Image, ImageSequence

from harness import check, check_equal, check_png
from png import write_options


def pictures(rng, dtypes=(numpy.uint8, numpy.uint16)):
    """A background on which blocks appear, move, stay and go."""
    dtype = numpy.dtype(rng.choice(dtypes))
    # imagecodecs takes a last axis below 5 for channels.
    height, width, channels = rng.size(), rng.size() + 4, rng.choice((1, 2, 3, 4))
    base = rng.array((height, width, channels), dtype)
    if rng.random() < 0.4:
        base[...] = 0
    frames = []
    for _ in range(rng.randint(2, 6)):
        frame = base.copy()
        y, x, side = rng.randrange(height), rng.randrange(width), rng.randint(0, 12)
        block = frame[y:y + side, x:x + side]
        if block.size:
            block[...] = rng.array(block.shape, dtype)
            if channels in (2, 4) and rng.random() < 0.7:
                block[..., -1] = numpy.iinfo(dtype).max
        if rng.random() < 0.3:
            base = frame
        frames.append(frame)
    stack = numpy.stack(frames)
    return stack[..., 0] if channels == 1 else stack


def pillow_frames(path):
    return numpy.stack([numpy.asarray(frame) for frame in ImageSequence.Iterator(Image.open(path))])


def pillow_writes(iio, rng, folder):
    """Every way to dispose and blend; Pillow's own reader is the truth, where it is right."""
    frames = pictures(rng, (numpy.uint8,))
    path = os.path.join(folder, "a.png")
    images = [Image.fromarray(frame) for frame in frames]
    # Pillow cannot go back behind a frame that was laid over another, and clears RGBA only.
    blend = rng.choice((0, 1))
    ways = (0,) if blend else (0, 1, 2) if frames.shape[3:] == (4,) else (0, 2)
    disposal = [rng.choice(ways) if i or 1 in ways else 0 for i in range(len(images))]
    images[0].save(path, save_all=True, append_images=images[1:], blend=blend, disposal=disposal,
                   duration=[20 + i for i in range(len(images))], default_image=False)
    got = Image.open(path)
    if getattr(got, "is_animated", False):
        iio.check_pixels(path, pillow_frames(path))


def imagecodecs_writes(iio, rng, folder):
    frames = pictures(rng)
    path = os.path.join(folder, "a.png")
    with open(path, "wb") as file:
        file.write(imagecodecs.apng_encode(frames, level=rng.randint(0, 9), delay=rng.randint(0, 500)))
    iio.check_pixels(path, frames)


def we_write(iio, rng, folder):
    """The smallest changes, in a way that every decoder shows alike."""
    frames = pictures(rng)
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
    with open(source, "wb") as file:
        file.write(imagecodecs.apng_encode(frames, level=1, delay=rng.randint(0, 500)))
    options = write_options(rng)
    has_default = rng.random() < 0.2
    reduce = rng.choice(("none", "none", "exact"))
    iio.convert(source, target, flags=["--all"], **options, reduce=reduce, default_image=has_default)
    iio.check_pixels(target, frames)
    check_png(target)
    if options["interlace"]:  # the others cannot read such frames
        return
    with open(target, "rb") as file:
        check_equal(imagecodecs.apng_decode(file.read()), frames, "imagecodecs")
    image = Image.open(target)
    if frames.dtype == numpy.uint8:
        mode = {3: "L", 4: {2: "LA", 3: "RGB", 4: "RGBA"}.get(frames.shape[-1])}[frames.ndim]
        got = numpy.stack([numpy.asarray(frame.convert(mode)) for frame in ImageSequence.Iterator(image)])
        check_equal(got, frames, "Pillow")
    if not has_default:
        given = Image.open(source).info["duration"]
        check(abs(image.info["duration"] - given) < 1e-6, "delay", image.info["duration"], given)


def we_dispose(iio, rng, folder):
    """The ways to dispose that the caller asks for; what others do with them is not always right."""
    frames = pictures(rng)
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
    with open(source, "wb") as file:
        file.write(imagecodecs.apng_encode(frames, level=1))
    disposal = rng.choice(([0], [1], [2], [rng.randrange(3) for _ in frames]))
    options = write_options(rng)
    reduce = rng.choice(("none", "exact"))
    iio.convert(source, target, flags=["--all"], **options, reduce=reduce,
                disposal=",".join(str(way) for way in disposal))
    iio.check_pixels(target, frames)
    check_png(target)
    # imagecodecs cannot read interlaced frames, and goes back to what was seen, not drawn on.
    if not options["interlace"] and 2 not in disposal:
        with open(target, "rb") as file:
            check_equal(imagecodecs.apng_decode(file.read()), frames, "imagecodecs")


KINDS = {
    "apng: Pillow writes": pillow_writes,
    "apng: imagecodecs writes": imagecodecs_writes,
    "apng: we write": we_write,
    "apng: we dispose": we_dispose,
}
