#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""jpeg_sizes.py [--mozjpeg] [--iio PATH] [--option NAME=VALUE]... PHOTO...

Sizes of the JPEG files that `iio convert --option small=true` writes beside libjpeg-turbo's
progressive ones with optimal tables (Pillow), or mozjpeg's with everything it has and the same
quantisation tables (--mozjpeg: pip's pyvips[binary]), all 4:2:0, for qualities 40 to 95: bytes, PSNR of all
RGB samples, and SSIM of luminance in blocks of 8 by 8. The last lines are the size at equal PSNR and
at equal SSIM: the mean over the range that both cover of the ratio of the sizes, whose logarithms are
interpolated between the qualities.
"""
import argparse
import io
import os
import subprocess
import sys
import tempfile

import numpy
from PIL import Image

QUALITIES = (40, 50, 60, 70, 75, 80, 85, 90, 95)


def psnr(a, b):
    error = numpy.mean((a.astype(numpy.float64) - b) ** 2)
    return 10 * numpy.log10(255 ** 2 / error) if error else 99.0


def ssim(a, b):
    """Mean structural similarity of luminance over blocks that do not overlap."""
    def blocks(image):
        luma = image.astype(numpy.float64) @ (0.299, 0.587, 0.114) if image.ndim == 3 else image.astype(numpy.float64)
        height, width = luma.shape[0] // 8 * 8, luma.shape[1] // 8 * 8
        return luma[:height, :width].reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2).reshape(-1, 64)
    x, y = blocks(a), blocks(b)
    mx, my = x.mean(1), y.mean(1)
    covariance = (x * y).mean(1) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(numpy.mean((2 * mx * my + c1) * (2 * covariance + c2)
                            / ((mx ** 2 + my ** 2 + c1) * (x.var(1) + y.var(1) + c2))))


def measure(file, pixels):
    decoded = numpy.asarray(Image.open(io.BytesIO(file)))
    return len(file), psnr(pixels, decoded), ssim(pixels, decoded)


def turbo(pixels, quality):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, progressive=True, optimize=True)
    return file.getvalue()


def mozjpeg(pixels, quality):
    import pyvips
    image = pyvips.Image.new_from_array(pixels).copy(interpretation="srgb" if pixels.ndim == 3 else "b-w")
    return image.jpegsave_buffer(
        Q=quality, keep="none", subsample_mode="on", optimize_coding=True, interlace=True, trellis_quant=True,
        overshoot_deringing=True, optimize_scans=True, quant_table=0)


def ours(iio, source, quality, options, folder):
    target = os.path.join(folder, "a.jpg")
    subprocess.run([iio, "convert", f"--option=quality={quality}", "--option=small=true",
                    *(f"--option={option}" for option in options), source, target], check=True)
    with open(target, "rb") as file:
        return file.read()


def ratio(a, b, column):
    """Geometric mean of the sizes of `b` over those of `a` where the measure is the same."""
    low = max(min(r[column] for r in a), min(r[column] for r in b))
    high = min(max(r[column] for r in a), max(r[column] for r in b))
    places = numpy.linspace(low, high, 200)
    curves = [numpy.interp(places, [r[column] for r in rows], numpy.log([r[0] for r in rows]))
              for rows in (a, b)]
    return float(numpy.exp(numpy.mean(curves[1] - curves[0])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iio", default="iio")
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("--mozjpeg", action="store_true", help="compare with mozjpeg")
    parser.add_argument("--brief", action="store_true", help="the ratios alone")
    parser.add_argument("photos", nargs="+")
    arguments = parser.parse_args()
    totals = []
    other = mozjpeg if arguments.mozjpeg else turbo
    for photo in arguments.photos:
        image = Image.open(photo)
        pixels = numpy.asarray(image if image.mode == "L" else image.convert("RGB"))
        name = os.path.basename(photo)
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "a.npy")
            numpy.save(source, pixels)
            a = [measure(other(pixels, q), pixels) for q in QUALITIES]
            b = [measure(ours(arguments.iio, source, q, arguments.option, folder), pixels) for q in QUALITIES]
        if not arguments.brief:
            print(f"{name}: quality, their bytes, PSNR, SSIM; ours")
            for quality, x, y in zip(QUALITIES, a, b):
                print(f"{quality:4} {x[0]:9} {x[1]:6.2f} {x[2]:.4f} {y[0]:9} {y[1]:6.2f} {y[2]:.4f}")
        totals.append((ratio(a, b, 1), ratio(a, b, 2)))
        print(f"{name}: {totals[-1][0]:.3f} of the size at equal PSNR, {totals[-1][1]:.3f} at equal SSIM", flush=True)
    mean = numpy.exp(numpy.mean(numpy.log(totals), axis=0))
    print(f"all: {mean[0]:.3f} of the size at equal PSNR, {mean[1]:.3f} at equal SSIM")
    return 0


if __name__ == "__main__":
    sys.exit(main())
