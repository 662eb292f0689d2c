#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""codecs.py [--cases N] [--seed S] [--only CODEC]... [--case NUMBER]

Compares the byte codecs and filters with imagecodecs in one process, over the C interface and the
Python package: encoded bytes where the format leaves no choice, decoded data in both directions
elsewhere. IIOCODECS_LIBRARY names the library, PYTHONPATH the package. The same seed gives the same
cases.
"""
import argparse
import sys

import imagecodecs
import iiocodecs
import numpy

from harness import Random, check

class Refused(Exception):
    """The reference does not take such a case."""


DTYPES = "u1 u2 u4 u8 i1 i2 i4 i8 f2 f4 f8".split()
# Around the words, packets, blocks and windows of the codecs.
SIZES = (0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 130, 255, 256, 257, 258,
         259, 510, 511, 512, 1023, 1024, 4095, 4096, 4097, 8191, 8192, 32767, 32768, 32769, 65535,
         65536, 65537)


def data_bytes(rng):
    """Bytes of a style, of a size at a boundary or any."""
    size = rng.choice(SIZES) if rng.random() < 0.5 else int(2 ** (rng.random() * 15))
    return rng.array((size,), numpy.dtype("u1")).tobytes()


def data_array(rng, dtypes=DTYPES, dimensions=(1, 2, 3, 4)):
    """An array of a style: any type, one to four axes, some of them of length 1."""
    shape = [rng.choice((1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 32, 33)) for _ in range(rng.choice(dimensions))]
    while numpy.prod(shape) > 30_000:
        shape.pop()
    return values(rng, tuple(shape), numpy.dtype(rng.choice(dtypes)))


def values(rng, shape, dtype):
    """Values of a style in any type: bit patterns as they come, or numbers."""
    count = int(numpy.prod(shape))
    if dtype.kind == "f" and rng.random() < 0.5:
        return (rng.array(shape, numpy.dtype("u2")) / 7 - 100).astype(dtype)
    whole = numpy.dtype({1: "u1", 2: "u2", 4: "u4", 8: "u4"}[dtype.itemsize])
    words = rng.array((count * dtype.itemsize // whole.itemsize,), whole)
    return words.view(dtype).reshape(shape)


def same(ours, theirs, what):
    check(bytes(memoryview(numpy.asarray(ours)).cast("B")) == bytes(memoryview(numpy.ascontiguousarray(theirs)).cast("B")), what)


def cross(name, rng, data, encoding=None, decoding=None, theirs_encoding=None, theirs_decoding=None,
          theirs=None, is_exact=False):
    """Ours read by theirs, theirs by ours, ours by ours; the same bytes where that is promised."""
    theirs = theirs or name
    encoding, decoding = encoding or {}, decoding or {}
    ours_encode, ours_decode = getattr(iiocodecs, name + "_encode"), getattr(iiocodecs, name + "_decode")
    their_encode, their_decode = getattr(imagecodecs, theirs + "_encode"), getattr(imagecodecs, theirs + "_decode")
    encoded = ours_encode(data, **encoding)
    check(ours_decode(encoded, **decoding) == data, "we do not read what we wrote")
    if not data and name in NOT_EMPTY:
        return
    decoded = their_decode(encoded, out=len(data), **(decoding if theirs_decoding is None else theirs_decoding))
    check(bytes(decoded) == data, "the reference reads something else of what we wrote")
    reference = bytes(their_encode(data, **(encoding if theirs_encoding is None else theirs_encoding)))
    check(ours_decode(reference, **decoding) == data, "we read something else of what the reference wrote")
    check(not is_exact or encoded == reference, "the encoded bytes differ")


# What imagecodecs refuses or gives back as something else when it is empty.
NOT_EMPTY = {"lz4", "lz4h5", "lzf", "pglz", "snappy", "packbits", "lzw", "lz4f", "zlib", "deflate", "gzip"}


def deflates(rng):
    name = rng.choice(("zlib", "gzip", "deflate"))
    level = rng.randint(0, 12)
    raw = {"raw": True} if name == "deflate" and rng.random() < 0.7 else {}
    cross(name, rng, data_bytes(rng), {"level": level, **raw}, raw, {"level": min(level, 9), **raw}, raw)


def lzw(rng):
    cross("lzw", rng, data_bytes(rng))


def packbits(rng):
    cross("packbits", rng, data_bytes(rng))


def lz4(rng):
    options = {"header": True} if rng.random() < 0.5 else {}
    effort = {"level": rng.randint(1, 12), "hc": True} if rng.random() < 0.5 else {"level": rng.randint(1, 50)}
    cross("lz4", rng, data_bytes(rng), {**effort, **options}, options)


def lz4f(rng):
    options = {"blocksizeid": rng.randint(4, 7), "contentchecksum": rng.random() < 0.5,
               "blockchecksum": rng.random() < 0.5, "linked": rng.random() < 0.5}
    cross("lz4f", rng, data_bytes(rng), options, {}, {"level": rng.randint(0, 9)})


def lz4h5(rng):
    options = {"blocksize": rng.choice((1, 100, 4096, 65536))} if rng.random() < 0.5 else {}
    cross("lz4h5", rng, data_bytes(rng), options)


def lzf(rng):
    cross("lzf", rng, data_bytes(rng), {"header": True}, {"header": True})


def snappy(rng):
    cross("snappy", rng, data_bytes(rng))


def pglz(rng):
    cross("pglz", rng, data_bytes(rng), {"header": True}, {"header": True})


def filters(name, dtypes):
    """A filter that gives the same bytes as the reference, forth and back."""
    def run(rng):
        array = data_array(rng, dtypes)
        options = {"axis": rng.randint(-array.ndim, array.ndim - 1)}
        dist = rng.choice((1, 1, 2, 4))
        if dist > 1:
            options["dist"] = dist
        encode, decode = getattr(imagecodecs, name + "_encode"), getattr(imagecodecs, name + "_decode")
        try:
            expected = numpy.asarray(encode(array, **options))
        except (ValueError, TypeError, NotImplementedError, RuntimeError):
            raise Refused from None
        ours = getattr(iiocodecs, name + "_encode")(array, **options)
        same(ours, expected, "encoded bytes differ")
        back = getattr(iiocodecs, name + "_decode")(ours, **options)
        same(back, decode(expected.copy(), **options), "decoded bytes differ")
    return run


def bitshuffle(rng):
    array = data_array(rng, dimensions=(1, 2))
    options = {"blocksize": rng.choice((0, 8, 64, 1024))}
    expected = imagecodecs.bitshuffle_encode(array, **options)
    ours = iiocodecs.bitshuffle_encode(array, **options)
    same(ours, numpy.frombuffer(expected, "u1") if isinstance(expected, bytes) else expected, "encoded bytes differ")
    same(iiocodecs.bitshuffle_decode(ours, **options), array, "we do not read what we wrote")


def bitorder(rng):
    data = data_bytes(rng)
    check(iiocodecs.bitorder_encode(data) == bytes(imagecodecs.bitorder_encode(data)), "bytes differ")


def packints(rng):
    bits = rng.randint(1, 32)
    kind = "u1" if bits <= 8 else "u2" if bits <= 16 else "u4"
    count = rng.choice(SIZES[:30])
    values = (rng.array((count,), numpy.dtype(kind)) & numpy.array(2 ** bits - 1, kind)).astype(kind)
    options = {"bitspersample": bits}
    ours = iiocodecs.packints_encode(values, **options)
    if bits in (8, 16, 32) or not count:
        check(len(ours) == (count * bits + 7) // 8, "length")
        return
    expected = imagecodecs.packints_decode(ours, kind, bits, runlen=count)
    same(values, expected[:count], "the reference unpacks other values")
    unpacked = numpy.frombuffer(iiocodecs.packints_decode(ours, **options), kind)[:count]
    same(unpacked, values, "we unpack other values")


KINDS = {
    "deflate": deflates, "lzw": lzw, "packbits": packbits, "lz4": lz4, "lz4f": lz4f, "lz4h5": lz4h5,
    "lzf": lzf, "snappy": snappy, "pglz": pglz, "bitshuffle": bitshuffle, "bitorder": bitorder,
    "packints": packints,
    "delta": filters("delta", [dtype for dtype in DTYPES if dtype[0] != "f"] + ["f4", "f8"]),
    "xor": filters("xor", DTYPES), "floatpred": filters("floatpred", ["f2", "f4", "f8"]),
    "byteshuffle": filters("byteshuffle", ["u2", "u4", "u8", "i2", "f4", "f8"]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1600, help="cases of all codecs together")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", action="append", choices=sorted(KINDS))
    parser.add_argument("--case", type=int, help="repeat one case of the only codec")
    arguments = parser.parse_args()
    names = arguments.only or list(KINDS)
    count, failed = max(1, arguments.cases // len(names)), 0
    for name in names:
        bad = refused = 0
        for case in range(count) if arguments.case is None else [arguments.case]:
            try:
                KINDS[name](Random(f"{arguments.seed}/{name}/{case}"))
            except Refused:
                refused += 1
            except Exception as error:  # any exception is a failed case
                bad += 1
                if bad <= 3:
                    print(f"{name} case {case}: {type(error).__name__}: {error}")
        failed += bad
        print(f"{name}: {count - bad - refused} passed, {bad} failed, {refused} refused by the reference")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
