#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""codecs.py [--cases N] [--seed S] [--only CODEC]... [--case NUMBER]

Compares the byte codecs, filters and checksums with imagecodecs in one process, over the C interface
and the Python package: encoded bytes where the format leaves no choice, decoded data in both
directions elsewhere. Cases are drawn of what imagecodecs takes: every codec with its types, shapes,
axes, parameters and ways of `out`. IIOCODECS_LIBRARY names the library, PYTHONPATH the package. The
same seed gives the same cases.
"""
import argparse
import sys
import time

import imagecodecs
import iiocodecs
import numpy

import codec_arrays
import codec_filters
import codec_support
from bytecodecs import lzo_stream
from cases import data_array, data_bytes, outputs, raw
from harness import Random, check


def data_of(rng):
    """Bytes, or an array of any type and shape."""
    return data_bytes(rng) if rng.random() < 0.7 else data_array(rng)


def cross(rng, name, data, encoding={}, decoding={}, their_encoding=None, their_decoding=None, exact=None):
    """Ours read by theirs, theirs by ours, ours by ours; the same bytes where that is promised."""
    encode, decode = getattr(iiocodecs, name + "_encode"), getattr(iiocodecs, name + "_decode")
    their_encode, their_decode = getattr(imagecodecs, name + "_encode"), getattr(imagecodecs, name + "_decode")
    plain = raw(data)
    encoded = encode(data, **encoding)
    outputs(rng, lambda **out: encode(data, **encoding, **out), encoded)
    outputs(rng, lambda **out: decode(encoded, **decoding, **out), plain)
    if not plain:  # which the reference refuses, or gives back as something else
        return
    their_decoding = decoding if their_decoding is None else their_decoding
    decoded = their_decode(encoded, out=len(plain), **their_decoding)
    check(bytes(decoded) == plain, "the reference reads something else of what we wrote")
    try:
        reference = bytes(their_encode(data, **(encoding if their_encoding is None else their_encoding)))
    except imagecodecs.LzfError if name == "lzf" else ():
        return
    outputs(rng, lambda **out: decode(reference, **decoding, **out), plain)
    check(exact is None or exact(encoded, reference), "the encoded bytes differ")


def equal(ours, theirs):
    return ours == theirs


def deflates(rng):
    name = rng.choice(("zlib", "gzip", "deflate"))
    level = rng.randint(-1, 13)
    raw_deflate = {"raw": True} if name == "deflate" and rng.random() < 0.7 else {}
    cross(rng, name, data_of(rng), {"level": level, **raw_deflate}, raw_deflate,
          {"level": min(level, 9), **raw_deflate}, raw_deflate)


def lzw(rng):
    # The reference ends a stream on a border of bytes with one more.
    cross(rng, "lzw", data_of(rng), exact=lambda ours, theirs: theirs in (ours, ours + b"\0"))


def old_lzw(rng):
    """The form before TIFF 6.0, which the reference only reads."""
    data = data_bytes(rng) or b"\0"
    encoded = iiocodecs.lzw_encode(data, variant="oldtiff")
    check(bytes(imagecodecs.lzw_decode(encoded, out=len(data))) == data, "the reference reads something else")
    outputs(rng, lambda **out: iiocodecs.lzw_decode(encoded, **out), data)


def gif_lzw(rng):
    """The data of GIF images: of theirs, and in a file around ours."""
    bits = rng.randint(2, 8)
    height, width = rng.randint(1, 90), rng.randint(1, 90)
    array = rng.array((height, width), numpy.dtype("u1")) & (1 << bits) - 1
    encoded = iiocodecs.lzw_encode(array.tobytes(), variant="gif", minimum=bits)
    options = {"variant": "gif", "minimum": bits}
    outputs(rng, lambda **out: iiocodecs.lzw_decode(encoded, **options, **out), array.tobytes())
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    blocks = b"".join(bytes([len(encoded[k:k + 255])]) + encoded[k:k + 255] for k in range(0, len(encoded), 255))
    palette = bytes(range(256)) * 3
    file = (b"GIF87a" + size + bytes([0xF0 | bits - 1, 0, 0]) + palette[: 3 << bits] + b"," + bytes(4) + size
            + b"\0" + bytes([bits]) + blocks + b"\0;")
    check((imagecodecs.gif_decode(file, asrgb=False).reshape(array.shape) == array).all(), "the reference reads something else")
    theirs = bytes(imagecodecs.gif_encode(array, out=4 * array.size + 10000))
    start = theirs.index(b",", 13 + (3 << (theirs[10] & 7) + 1 if theirs[10] & 128 else 0)) + 10
    start += 3 << (theirs[start - 1] & 7) + 1 if theirs[start - 1] & 128 else 0
    minimum, data, position = theirs[start], b"", start + 1
    while theirs[position]:
        data += theirs[position + 1:position + 1 + theirs[position]]
        position += 1 + theirs[position]
    decoded = iiocodecs.lzw_decode(data, variant="gif", minimum=minimum, out=array.size)
    check(decoded == array.tobytes(), "we read something else")


def packbits(rng):
    data = data_of(rng)
    options = {}
    if isinstance(data, numpy.ndarray) and rng.random() < 0.7:
        options["axis"] = rng.randint(-data.ndim, data.ndim - 1)
    cross(rng, "packbits", data, options, exact=equal, their_decoding={})


def lz4(rng):
    options = {"header": True} if rng.random() < 0.5 else {}
    high = rng.random() < 0.5
    level = rng.choice((None, 0, -3, *range(1, 13), 40)) if high else rng.choice((None, -1, 1, 2, 9, 100, 65537, 99999))
    cross(rng, "lz4", data_of(rng), {"level": level, "hc": high, **options}, options)


def lz4f(rng):
    options = {"blocksizeid": rng.randint(4, 7)} if rng.random() < 0.7 else {}
    ours = dict(options)
    for name in ("contentchecksum", "blockchecksum"):
        if rng.random() < 0.5:  # False is true in the reference
            options[name] = ours[name] = True
    if rng.random() < 0.5:
        ours["linked"] = rng.random() < 0.5
    level = rng.randint(-1, 12)
    cross(rng, "lz4f", data_of(rng), {"level": level, **ours}, {}, {"level": level, **options})


def lz4h5(rng):
    options = {"blocksize": rng.choice((1, 100, 4096, 65536))} if rng.random() < 0.5 else {}
    if rng.random() < 0.3:
        options["level"] = rng.choice((1, 5, 100))
    cross(rng, "lz4h5", data_of(rng), options, {})


def lzf(rng):
    header = rng.random() < 0.5
    data = data_of(rng)
    if header or len(raw(data)) > 4:
        cross(rng, "lzf", data, {"header": header}, {"header": header})


def snappy(rng):
    cross(rng, "snappy", data_of(rng))


def pglz(rng):
    strategy = rng.choice((None, "default", "always"))
    ours = {"strategy": strategy} if strategy else {}
    cross(rng, "pglz", data_of(rng), {"header": True, **ours}, {"header": True},
          {"header": True, "strategy": None if strategy == "default" else strategy})


def lzo(rng):
    encoded, plain = lzo_stream(rng)
    check(bytes(imagecodecs.lzo_decode(encoded, out=len(plain))) == plain, "the stream is not what was meant")
    outputs(rng, lambda **out: iiocodecs.lzo_decode(encoded, **out), plain)
    stored = b"\xf0" + len(plain).to_bytes(4, "big") + encoded
    outputs(rng, lambda **out: iiocodecs.lzo_decode(stored, header=True, **out), plain)


def damaged(rng):
    """What the reference accepts we accept, with the same bytes. Not LZW: damage crashes the reference."""
    name = rng.choice(("snappy", "packbits", "lz4f", "lz4", "lzf", "zlib", "gzip", "lz4h5"))
    data = data_bytes(rng, 3000) or b"\0"
    encoded = bytearray(getattr(imagecodecs, f"{name}_encode")(data))
    for _ in range(rng.randint(0, 3)):
        encoded[rng.randrange(len(encoded))] = rng.randrange(256)
    if rng.random() < 0.3:
        del encoded[rng.randrange(1, len(encoded) + 1):]
    room = len(data)
    try:
        expected = bytes(getattr(imagecodecs, f"{name}_decode")(bytes(encoded), out=room))
    except Exception:
        expected = None
    try:
        ours = bytes(getattr(iiocodecs, f"{name}_decode")(bytes(encoded), out=room))
    except iiocodecs.IioError:
        ours = None
    if expected is not None and name not in TRAILED:
        check(ours == expected, name, "they read it, we", "refuse it" if ours is None else "read something else")
    elif ours is not None and name == "snappy":
        check(ours == expected, name, "we read what they refuse")


# Where the reference gives what fits and does not look at the rest: cut streams, trailers, checksums.
TRAILED = {"zlib", "gzip", "lz4f", "lz4h5"}

KINDS = {
    "deflate": deflates, "lzw": lzw, "lzw of old tiff": old_lzw, "lzw of gif": gif_lzw, "packbits": packbits,
    "lz4": lz4, "lz4f": lz4f, "lz4h5": lz4h5, "lzf": lzf, "snappy": snappy, "pglz": pglz, "lzo": lzo,
    **codec_filters.KINDS, **codec_arrays.KINDS, **codec_support.KINDS, "damaged": damaged,
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
    start = time.time()
    for name in names:
        bad = 0
        cases = range(count) if arguments.case is None else [arguments.case]
        for case in cases:
            try:
                KINDS[name](Random(f"{arguments.seed}/{name}/{case}"))
            except Exception as error:  # any exception is a failed case
                bad += 1
                if bad <= 3:
                    print(f"{name} case {case}: {type(error).__name__}: {error}")
        failed += bad
        print(f"{name}: {len(cases) - bad} passed, {bad} failed", flush=True)
    print(f"{len(names) * count - failed} passed, {failed} failed in {time.time() - start:.0f} s")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
