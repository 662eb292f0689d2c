#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""jpeg_fixtures.py FOLDER: makes Fixtures/jpeg anew and prints its lines of Fixtures/index.txt.

The pictures are synthetic; libjpeg-turbo (through imagecodecs and its command-line tools cjpeg and
jpegtran) encodes them, and imagecodecs says what their pixels are.
"""
import hashlib
import os
import subprocess
import sys
import tempfile

import imagecodecs
import numpy


def picture(height, width, seed=1):
    """Gradients, edges, a disc and noise, in colour."""
    rng = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    red = 255 * x / max(width - 1, 1)
    green = 255 * y / max(height - 1, 1)
    blue = 128 + 100 * numpy.sin(x / 3.0) * numpy.cos(y / 5.0)
    disc = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(height, width) / 3) ** 2
    image = numpy.stack([red, green, blue], axis=2)
    image[disc] = (240, 40, 60)
    image[: height // 4, : width // 4] += rng.normal(0, 40, (height // 4, width // 4, 3))
    return numpy.clip(image, 0, 255).astype(numpy.uint8)


def cjpeg(image, *options, scans=None):
    """The bytes that cjpeg makes of an array."""
    grey = image.ndim == 2
    head = f"P{5 if grey else 6}\n{image.shape[1]} {image.shape[0]}\n255\n".encode()
    command = ["cjpeg", *options]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as script:
        if scans:
            script.write(scans)
            script.flush()
            command += ["-scans", script.name]
        return subprocess.run(command, input=head + image.tobytes(), capture_output=True, check=True).stdout


def jpeg8(image, level=None, **options):
    """The bytes that imagecodecs makes of an array."""
    return imagecodecs.jpeg8_encode(image, level, **options)


def fixtures():
    """(name, bytes, how, why) of each file."""
    image = picture(37, 45)
    grey = image[:, :, 1].copy()
    for sampling, name in (("1x1", "444"), ("2x1", "422"), ("2x2", "420"), ("1x2", "440"),
                           ("4x1", "411"), ("4x2", "410"), ("2x2,2x1,1x2", "mixed"),
                           ("1x1,2x2,1x1", "luma-small")):
        yield (f"baseline-{name}.jpg", cjpeg(image, "-quality", "85", "-sample", sampling),
               f"cjpeg -sample {sampling}", "chroma sampling")
    yield "grey.jpg", cjpeg(grey, "-quality", "90"), "cjpeg, grey", "one component"
    yield "rgb.jpg", cjpeg(image, "-rgb", "-quality", "90"), "cjpeg -rgb", "no colour transform"
    yield "one-pixel.jpg", cjpeg(image[:1, :1]), "cjpeg", "smaller than a block"
    yield "two-columns.jpg", cjpeg(image[:, :2]), "cjpeg", "too narrow for interpolation"
    yield "q100.jpg", cjpeg(image, "-quality", "100", "-sample", "1x1"), "cjpeg -quality 100", "long blocks"
    yield "q1.jpg", cjpeg(image, "-quality", "1"), "cjpeg -quality 1", "16-bit divisors"
    yield ("restart.jpg", cjpeg(image, "-restart", "2B"), "cjpeg -restart 2B", "restart markers")
    yield ("optimised.jpg", cjpeg(image, "-optimize"), "cjpeg -optimize", "its own Huffman tables")
    for sampling, name in (("1x1", "444"), ("2x2", "420")):
        yield (f"progressive-{name}.jpg", cjpeg(image, "-progressive", "-quality", "85", "-sample", sampling),
               f"cjpeg -progressive -sample {sampling}", "ten scans")
    yield "progressive-grey.jpg", cjpeg(grey, "-progressive"), "cjpeg -progressive, grey", "six scans"
    yield ("progressive-restart.jpg", cjpeg(image, "-progressive", "-restart", "3B"),
           "cjpeg -progressive -restart 3B", "restart markers in all scans")
    yield ("separate-scans.jpg", cjpeg(image, "-sample", "2x1", scans="0; 1; 2;"), "cjpeg -scans",
           "a sequential scan per component")
    for restart in ("", "2B"):
        name = "-restart" if restart else ""
        options = ["-restart", restart] if restart else []
        yield (f"arithmetic{name}.jpg", cjpeg(image, "-arithmetic", *options), "cjpeg -arithmetic", "SOF9")
        yield (f"arithmetic-progressive{name}.jpg", cjpeg(image, "-arithmetic", "-progressive", *options),
               "cjpeg -arithmetic -progressive", "SOF10")
    yield ("arithmetic-scans.jpg", cjpeg(image, "-arithmetic", "-sample", "2x1", scans="0; 1 2;"),
           "cjpeg -arithmetic -scans", "several sequential scans")
    for script, name, why in (("0 1 2: 0-0, 0, 1;", "dc", "only means: all low frequencies are estimated"),
                              ("0 1 2: 0-0, 0, 0; 0: 1-5, 0, 2;", "ac", "some coefficients are estimated")):
        yield (f"unfinished-{name}.jpg", cjpeg(image, "-progressive", scans=script), f"cjpeg -scans '{script}'", why)
    wide = image.astype(numpy.uint16) * 16 + 7
    yield "12bit.jpg", jpeg8(wide, 90, bitspersample=12), "imagecodecs, 12 bits", "SOF1 of 12 bits"
    yield ("12bit-grey.jpg", jpeg8(wide[:, :, 1].copy(), 100, bitspersample=12), "imagecodecs, 12 bits, grey",
           "SOF1 of 12 bits")
    inks = numpy.dstack([image, 255 - grey])
    yield "cmyk.jpg", jpeg8(inks, 90), "imagecodecs, four components", "CMYK without Adobe marker"
    for predictor in range(1, 8):
        yield (f"lossless-{predictor}.jpg", jpeg8(grey, lossless=True, predictor=predictor),
               f"imagecodecs, lossless, predictor {predictor}", f"predictor {predictor}")
    yield "lossless-rgb.jpg", jpeg8(image, lossless=True), "imagecodecs, lossless", "interleaved samples"
    for bits in (2, 5, 12, 16):
        samples = (grey.astype(numpy.uint32) * 257 >> (16 - bits)).astype(numpy.uint8 if bits <= 8 else numpy.uint16)
        yield (f"lossless-{bits}bit.jpg", jpeg8(samples, lossless=True, predictor=4, bitspersample=bits),
               f"imagecodecs, lossless, {bits} bits", f"{bits} bits per sample")
    large = picture(400, 500, 2)
    yield ("large.jpg", cjpeg(large, "-quality", "95", "-sample", "1x1"), "cjpeg -quality 95",
           "more than 32 KiB of data: wide tables and several fills")
    yield ("large-progressive.jpg", cjpeg(large[:200, :300], "-progressive", "-quality", "97", "-sample", "1x1"),
           "cjpeg -progressive -quality 97", "wide tables in progressive scans")


def main():
    folder = os.path.join(sys.argv[1], "jpeg")
    os.makedirs(folder, exist_ok=True)
    for name, data, how, why in fixtures():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
        pixels = imagecodecs.jpeg8_decode(data)
        shape = "x".join(map(str, pixels.shape))
        digest = hashlib.sha256(numpy.ascontiguousarray(pixels).tobytes()).hexdigest()
        print("\t".join((f"jpeg/{name}", shape, pixels.dtype.name, digest, how, why)))


if __name__ == "__main__":
    main()
