# SPDX-License-Identifier: Apache-2.0
"""Our JPEG files against libjpeg-turbo's (Pillow), cjpeg's and jpegtran's, byte for byte."""
import atexit
import glob
import io
import os
import shutil
import subprocess
import tempfile

import imagecodecs
import numpy
import PIL
from PIL import Image, ImageFile

from harness import check, check_equal

ImageFile.MAXBLOCK = 1 << 26  # Pillow's buffer is too small for noise in several scans
OPERATIONS = {
    "none": [], "flip-horizontal": ["-flip", "horizontal"], "flip-vertical": ["-flip", "vertical"],
    "transpose": ["-transpose"], "transverse": ["-transverse"], "rotate-90": ["-rotate", "90"],
    "rotate-180": ["-rotate", "180"], "rotate-270": ["-rotate", "270"]}


def image(rng):
    shape = (rng.size(), rng.size()) + rng.choice(((), (3,), (3,)))
    return rng.array(shape, numpy.uint8)


def settings(rng, array):
    options = {"quality": rng.randint(1, 100), "progressive": rng.random() < 0.4,
               "optimize": rng.random() < 0.4}
    if array.ndim == 3:
        options["subsampling"] = rng.choice(("4:4:4", "4:2:2", "4:2:0"))
    restarts = rng.random()
    if restarts < 0.2:
        options["restart_marker_blocks"] = rng.randint(1, 40)
    elif restarts < 0.35:
        options["restart_marker_rows"] = rng.randint(1, 4)
    return options


def pillow(array, **options):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "JPEG", **options)
    return file.getvalue()


def content(path):
    with open(path, "rb") as file:
        return file.read()


def check_same(ours, theirs, *what):
    if ours != theirs:
        place = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), "the end")
        check(False, *what, len(ours), "and", len(theirs), "bytes, different at", place)


def writing(iio, rng, folder):
    """Both write the same image with the same settings."""
    array = image(rng)
    options = settings(rng, array)
    source, target = os.path.join(folder, "a.bmp"), os.path.join(folder, "a.jpg")
    Image.fromarray(array).save(source)
    iio.convert(source, target, **options)
    expected = pillow(array, **options, dpi=Image.open(source).info.get("dpi", (0, 0)))
    check_same(content(target), expected, options)


def cjpeg(array, folder, options, arithmetic=True):
    """What libjpeg-turbo's command writes, arithmetic-coded unless told otherwise."""
    words = ["-baseline", "-quality", str(options["quality"])]
    words += ["-arithmetic"] if arithmetic else []
    words += ["-progressive"] if options["progressive"] else []
    if "subsampling" in options:
        words += ["-sample", {"4:4:4": "1x1", "4:2:2": "2x1", "4:2:0": "2x2"}[options["subsampling"]]]
    if "restart_marker_blocks" in options:
        words += ["-restart", f"{options['restart_marker_blocks']}B"]
    if "restart_marker_rows" in options:
        words += ["-restart", str(options["restart_marker_rows"])]
    source = os.path.join(folder, "a.ppm")
    Image.fromarray(array).save(source)
    return subprocess.run(["cjpeg", *words, source], capture_output=True, check=True).stdout


def arithmetic(iio, rng, folder):
    """Both write the same image arithmetic-coded."""
    array = image(rng)
    options = settings(rng, array)
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "a.jpg")
    Image.fromarray(array).save(source)
    iio.convert(source, target, **options, arithmetic=True)
    check_same(content(target), cjpeg(array, folder, options), options)


def squared_error(a, b):
    return numpy.sum((a.astype(numpy.float64) - b) ** 2)


def small(iio, rng, folder):
    """A small file has the tables of libjpeg-turbo's, fewer bytes or less error, and not more error than
    the bits are worth that it saves; libjpeg-turbo and we read the same from it."""
    array = image(rng)
    options = {name: value for name, value in settings(rng, array).items()
               if name in ("quality", "subsampling", "restart_marker_blocks")}
    source, target = os.path.join(folder, "a.npy"), os.path.join(folder, "a.jpg")
    numpy.save(source, array)
    iio.convert(source, target, **options, small=True)
    usual, file = pillow(array, **options, progressive=True, optimize=True), content(target)
    with Image.open(io.BytesIO(usual)) as theirs, Image.open(io.BytesIO(file)) as ours:
        check(theirs.quantization == ours.quantization, options, "quantisation tables differ")
        check(theirs.layer == ours.layer, options, ours.layer, "and not", theirs.layer)
        decoded, other, step = numpy.asarray(ours), numpy.asarray(theirs), ours.quantization[0][1:7]
    iio.check_pixels(target, decoded)
    error, expected = squared_error(array, decoded), squared_error(array, other)
    check(len(file) <= len(usual) or error < expected, options, array.shape, len(file), "bytes with error", error,
          "and not", len(usual), "with", expected)
    # A bit is worth up to 0.4 squared steps of luminance; one of chrominance stands for several pixels.
    worth = 6 * 0.4 * numpy.mean(numpy.square(step)) * 8 * max(1, len(usual) - len(file))
    check(error - expected <= worth, options, array.shape, "error", error, "and not", expected, "for",
          len(usual) - len(file), "bytes")


def build_writer():
    """jpeg_writer.c with the libjpeg-turbo 3 of Pillow's wheel; None where it cannot be built."""
    here, wheels = os.path.dirname(__file__), os.path.dirname(os.path.dirname(PIL.__file__))
    libraries = glob.glob(os.path.join(wheels, "pillow.libs", "libjpeg*"))
    if not libraries or not shutil.which("cc"):
        return None
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    program = os.path.join(folder, "jpeg_writer")
    done = subprocess.run(
        ["cc", "-o", program, os.path.join(here, "jpeg_writer.c"), libraries[0],
         "-Wl,-rpath," + os.path.dirname(libraries[0])], capture_output=True)
    return program if done.returncode == 0 else None


def write_raw(array, bits, folder, options):
    """What libjpeg-turbo 3 makes of samples of any number of bits."""
    source, target = os.path.join(folder, "a.raw"), os.path.join(folder, "b.jpg")
    array.tofile(source)
    channels = 1 if array.ndim == 2 else array.shape[2]
    words = [f"{name}={int(value)}" for name, value in options.items()]
    subprocess.run([WRITER, str(array.shape[1]), str(array.shape[0]), str(channels), str(bits),
                    source, target, *words], check=True, capture_output=True)
    return content(target)


def twelve(iio, rng, folder):
    """Both write the same image with 12 bits per sample."""
    shape = (rng.size(), rng.size()) + rng.choice(((), (3,), (3,)))
    array = rng.array(shape, numpy.uint16) >> rng.choice((4, 4, 6, 11))
    options = settings(rng, array)
    options["arithmetic"] = rng.random() < 0.3
    source, target = os.path.join(folder, "a.npy"), os.path.join(folder, "a.jpg")
    numpy.save(source, array)
    iio.convert(source, target, **options, bitspersample=12)
    sampling = options.pop("subsampling", "4:2:0")
    options["h"], options["v"] = {"4:4:4": (1, 1), "4:2:2": (2, 1), "4:2:0": (2, 2)}[sampling]
    if not options["arithmetic"]:
        options["optimize"] = True
    check_same(content(target), write_raw(array, 12, folder, options), options)
    decoded = imagecodecs.jpeg8_decode(content(target))
    iio.check_pixels(target, decoded)


def exact(iio, rng, folder):
    """Both write the same image without loss, and all decoders read it as it was."""
    bits = rng.randint(2, 16)
    channels = rng.choice((1, 1, 2, 3, 3, 4))
    shape = (rng.size(), rng.size()) + ((channels,) if channels > 1 else ())
    array = rng.array(shape, numpy.uint8 if bits <= 8 else numpy.uint16)
    array >>= 8 * array.itemsize - bits
    options = {"predictor": rng.randint(1, 7), "point_transform": rng.choice((0, 0, rng.randrange(bits)))}
    if rng.random() < 0.3:
        options["restart_marker_rows"] = rng.randint(1, 4)
    source, target = os.path.join(folder, "a.npy"), os.path.join(folder, "a.jpg")
    numpy.save(source, array)
    words = {"mode": "CMYK"} if channels == 4 else {}
    iio.convert(source, target, **options, **words, bitspersample=bits, lossless=True)
    ink = (1 << bits) - 1 - array if channels == 4 else array
    check_same(content(target), write_raw(ink, bits, folder, options), bits, options)
    low = options["point_transform"]
    check_equal(imagecodecs.jpeg8_decode(content(target)), ink >> low << low, "decoded")
    iio.check_pixels(target, (1 << bits) - 1 - (ink >> low << low) if channels == 4 else ink >> low << low)


def lossless(iio, rng, folder):
    """`iio convert --lossless` and jpegtran do the same to the same file."""
    array = image(rng)
    source, target = os.path.join(folder, "a.jpg"), os.path.join(folder, "b.jpg")
    made = settings(rng, array)
    is_arithmetic = shutil.which("cjpeg") and rng.random() < 0.3
    with open(source, "wb") as file:
        file.write(cjpeg(array, folder, made) if is_arithmetic else pillow(array, **made))
    operation = rng.choice(list(OPERATIONS))
    options, words = [f"--option=operation={operation}"], ["-copy", "all", *OPERATIONS[operation]]
    if rng.random() < 0.3:
        height, width = array.shape[:2]
        if operation in ("transpose", "transverse", "rotate-90", "rotate-270"):
            height, width = width, height
        x, y = rng.randrange(width), rng.randrange(height)
        region = f"{rng.randint(1, width - x)}x{rng.randint(1, height - y)}+{x}+{y}"
        options.append(f"--option=crop={region}")
        words += ["-crop", region]
    for name, chance, word in (("grey", 0.2, "-grayscale"), ("trim", 0.2, "-trim"),
                               ("progressive", 0.3, "-progressive"), ("optimize", 0.3, "-optimize"),
                               ("arithmetic", 0.3, "-arithmetic")):
        if rng.random() < chance:
            options.append(f"--option={name}=true")
            words.append(word)
    theirs = subprocess.run(["jpegtran", *words, source], capture_output=True)
    ours = iio.run("convert", "--lossless", *options, source, target)
    if theirs.returncode == 0:
        check(ours.returncode == 0, options, ours.stderr.decode(errors="replace"))
        check_same(content(target), theirs.stdout, options)


WRITER = build_writer()
KINDS = {"jpeg writing": writing, "jpeg small": small}
if WRITER:
    KINDS["jpeg 12 bit"] = twelve
    KINDS["jpeg exact"] = exact
if shutil.which("cjpeg"):
    KINDS["jpeg arithmetic"] = arithmetic
if shutil.which("jpegtran"):
    KINDS["jpeg lossless"] = lossless
