#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py [--iio PATH] [--cases N] [--seed S] [--only KIND]... [--case NUMBER]

Compares the `iio` command with the reference libraries (requirements.txt) in both directions: files
that they write and we read, files that we write and they read. Each kind is a function
`(iio, rng, folder)` that raises Failure. The same seed gives the same cases.
"""
import argparse
import sys

import apng
import bmp
import bytecodecs
import harness
import jpeg_decode
import jpeg_encode
import png
import png_damage
import streams

KINDS = {
    **streams.KINDS, **bytecodecs.KINDS, **png.KINDS, **png_damage.KINDS, **apng.KINDS, **bmp.KINDS,
    **jpeg_encode.KINDS, **jpeg_decode.KINDS}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iio", default="iio")
    parser.add_argument("--cases", type=int, default=1000, help="cases of all kinds together")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", action="append", choices=sorted(KINDS))
    parser.add_argument("--case", type=int, help="repeat one case of the only kind")
    arguments = parser.parse_args()
    kinds = arguments.only or list(KINDS)
    runner = harness.Runner(harness.Iio(arguments.iio), arguments.seed)
    for kind in kinds:
        runner.run(kind, KINDS[kind], max(1, arguments.cases // len(kinds)), arguments.case)
    print(f"{runner.passed} passed, {runner.failed} failed")
    sys.exit(1 if runner.failed else 0)


if __name__ == "__main__":
    main()
