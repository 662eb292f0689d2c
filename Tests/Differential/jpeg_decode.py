# SPDX-License-Identifier: Apache-2.0
"""JPEG files of every kind that libjpeg-turbo writes (Pillow, imagecodecs, cjpeg): our pixels are its."""
import io
import os
import shutil
import subprocess

import imagecodecs
import numpy
from PIL import Image, ImageFile

from harness import check, check_equal, quiet

ImageFile.MAXBLOCK = 1 << 26
# Each case is so many files: run.py gives the cases of all kinds the same number.
FILES = 30


def many(kind):
    """The kind, several times in one case."""
    def repeated(iio, rng, folder):
        for _ in range(FILES):
            kind(iio, rng, folder)
    return repeated


def store(folder, content, name="a.jpg"):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def pillow_file(rng):
    """A file by Pillow: all modes, subsamplings, processes, tables and restarts that it can write."""
    mode = rng.choice(("L", "RGB", "RGB", "RGB", "CMYK"))
    channels = {"L": (), "RGB": (3,), "CMYK": (4,)}[mode]
    array = rng.array((rng.size(), rng.size()) + channels, numpy.uint8)
    options = {"quality": rng.randint(1, 100), "progressive": rng.random() < 0.4,
               "optimize": rng.random() < 0.3}
    if mode == "RGB":
        options["subsampling"] = rng.choice(("4:4:4", "4:2:2", "4:2:0", "4:1:1"))
        options["keep_rgb"] = rng.random() < 0.1
        if options["keep_rgb"]:
            options["subsampling"] = "4:4:4"
    restarts = rng.random()
    if restarts < 0.2:
        options["restart_marker_blocks"] = rng.randint(1, 40)
    elif restarts < 0.35:
        options["restart_marker_rows"] = rng.randint(1, 4)
    if rng.random() < 0.1:
        options["qtables"] = [[rng.randint(1, 255) for _ in range(64)] for _ in range(2)]
        del options["quality"]
    file = io.BytesIO()
    Image.fromarray(array, mode).save(file, "JPEG", **options)
    return file.getvalue()


def pillow_writes(iio, rng, folder):
    content = pillow_file(rng)
    iio.check_pixels(store(folder, content), numpy.asarray(Image.open(io.BytesIO(content))))


def deep(iio, rng, folder):
    """12-bit and lossless files."""
    channels = rng.choice(((), (3,)))
    shape = (rng.size(), rng.size()) + channels
    if rng.random() < 0.4:
        array = (rng.array(shape, numpy.uint16) >> 4).astype(numpy.uint16)
        options = {"level": rng.randint(1, 100), "bitspersample": 12}
        if channels:
            options["subsampling"] = rng.choice(("444", "422", "420"))
    else:
        bits = rng.choice((8, 8, 12, 16))
        array = rng.array(shape, numpy.uint8 if bits == 8 else numpy.uint16)
        if bits == 12:
            array >>= 4
        options = {"lossless": True, "predictor": rng.randint(1, 7), "bitspersample": bits}
    content = imagecodecs.jpeg8_encode(array, **options)
    expected = imagecodecs.jpeg8_decode(content)
    iio.check_pixels(store(folder, content), expected)


def cjpeg_file(rng, folder):
    """A file by cjpeg: arithmetic coding, and subsampling that Pillow does not write."""
    array = rng.array((rng.size(), rng.size(), 3), numpy.uint8)
    source = os.path.join(folder, "a.ppm")
    Image.fromarray(array).save(source)
    words = ["-quality", str(rng.randint(1, 100)), "-sample",
             rng.choice(("1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x1,1x2,1x1", "2x2,2x1,1x1"))]
    for chance, word in ((0.7, "-arithmetic"), (0.4, "-progressive"), (0.2, "-grayscale")):
        if rng.random() < chance:
            words.append(word)
    if rng.random() < 0.2:
        words += ["-restart", f"{rng.randint(1, 30)}B"]
    done = subprocess.run(["cjpeg", *words, source], capture_output=True)
    check(done.returncode == 0, "cjpeg", words, done.stderr)
    return store(folder, done.stdout), words


def arithmetic(iio, rng, folder):
    """What Pillow does not write."""
    path, words = cjpeg_file(rng, folder)
    image = Image.open(path)
    answer = iio.digest(path)
    try:
        with quiet():
            expected = numpy.asarray(image)
    except OSError:
        # Fractional ratios: libjpeg-turbo refuses them, and so must we.
        check("error" in answer, words, "are decoded")
        return
    iio.check_pixels(path, expected)


def scaled(iio, rng, folder):
    """At a half, a quarter and an eighth of the size."""
    path = store(folder, pillow_file(rng))
    image = Image.open(path)
    scale = rng.choice((2, 4, 8))
    size = tuple(-(-side // scale) for side in image.size)
    image.draft(None, size)
    # Pillow takes the least reduction that gives the size.
    if image.decoderconfig[:1] != (scale,) or image.mode == "CMYK":
        return
    target = os.path.join(folder, "a.png")
    done = iio.run("convert", f"--read-option=scale={scale}", path, target)
    check(done.returncode == 0, "scale", scale, done.stderr.decode(errors="replace"))
    check_equal(numpy.asarray(Image.open(target)), numpy.asarray(image), f"scale {scale}")


def eighths(iio, rng, folder):
    """At one to eight eighths of the size, interpolated and not."""
    path, words = cjpeg_file(rng, folder)
    scale, smooth = f"{rng.randint(1, 8)}/8", rng.random() < 0.6
    words += [scale, smooth]
    done = subprocess.run(["djpeg", "-dct", "int", "-scale", scale, *([] if smooth else ["-nosmooth"]),
                           "-pnm", path], capture_output=True)
    target = os.path.join(folder, "a.png")
    ours = iio.run("convert", f"--read-option=scale={scale}",
                   f"--read-option=fancy_upsampling={str(smooth).lower()}", path, target)
    if done.returncode:
        check(ours.returncode != 0, words, "are decoded")
        return
    check(ours.returncode == 0, words, ours.stderr.decode(errors="replace"))
    expected = numpy.asarray(Image.open(io.BytesIO(done.stdout)))
    check_equal(numpy.asarray(Image.open(target)), expected, str(words))


KINDS = {
    "jpeg decoding: Pillow writes": many(pillow_writes),
    "jpeg decoding: 12 bit, lossless": many(deep),
    "jpeg decoding: scaled": many(scaled),
}
if shutil.which("cjpeg"):
    KINDS["jpeg decoding: arithmetic, odd sampling"] = many(arithmetic)
    KINDS["jpeg decoding: eighths"] = many(eighths)
