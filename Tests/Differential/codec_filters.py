# SPDX-License-Identifier: Apache-2.0
"""Filters and packed numbers: the same bytes as the reference, forth and back."""
import imagecodecs
import iiocodecs
import numpy

from cases import data_array, data_bytes, some_shape, same, strided, values, DTYPES, SIZES
from harness import check

INTEGERS_AND_FLOATS = [dtype for dtype in DTYPES if dtype[0] in "uif"]
# Elements of 2, 4 and 8 bytes.
PLANES = "u2 i2 u4 i4 u8 i8 f2 f4 f8 c8".split()


def difference(name):
    """delta and xor: any axis, of arrays of any layout and byte order, in place, and of bytes."""
    encode, decode = getattr(imagecodecs, name + "_encode"), getattr(imagecodecs, name + "_decode")
    our_encode, our_decode = getattr(iiocodecs, name + "_encode"), getattr(iiocodecs, name + "_decode")

    def run(rng):
        if rng.random() < 0.1:
            data = data_bytes(rng) or b"\0"
            same(our_encode(data), encode(data), "encoded bytes")
            same(our_decode(data), decode(data), "decoded bytes")
            return
        array = strided(rng, data_array(rng, INTEGERS_AND_FLOATS, orders="=<>"))
        options = {"axis": rng.randint(-array.ndim, array.ndim - 1)} if rng.random() < 0.9 else {}
        expected = encode(array, **options)
        encoded = our_encode(array, **options)
        same(encoded, expected, "encoded")
        same(our_decode(encoded, **options), decode(numpy.ascontiguousarray(expected), **options), "decoded")
        same(our_decode(encoded, **options), array, "our round trip")
        if rng.random() < 0.3:
            inside = numpy.ascontiguousarray(array).copy()
            check(our_encode(inside, out=inside, **options) is inside, "in place gives another array")
            same(inside, expected, "encoded in place")
            our_decode(inside, out=inside, **options)
            same(inside, array, "decoded in place")

    return run


def planes(name):
    """floatpred and byteshuffle: rows along the last axis or the one before, any distance."""
    encode, decode = getattr(imagecodecs, name + "_encode"), getattr(imagecodecs, name + "_decode")
    our_encode, our_decode = getattr(iiocodecs, name + "_encode"), getattr(iiocodecs, name + "_decode")

    def run(rng):
        dist = rng.choice((1, 1, 2, 4))
        dtype = numpy.dtype(rng.choice(PLANES)).newbyteorder(rng.choice("=<>"))
        shape = some_shape(rng, most=6000)
        axis = rng.choice((-1, -2)) if len(shape) > 1 else -1
        # The distance must divide the row, and the last axis all of it.
        shape = list(shape)
        shape[axis] *= dist
        array = values(rng, tuple(shape), dtype)
        options = {"axis": axis if rng.random() < 0.5 else axis + array.ndim, "dist": dist}
        if name == "byteshuffle":
            options["reorder"], options["delta"] = rng.random() < 0.5, rng.random() < 0.5
        expected = encode(array, **options)
        encoded = our_encode(array, **options)
        same(encoded, expected, "encoded")
        same(our_decode(encoded, **options), decode(expected.copy(), **options), "decoded")
        same(our_decode(encoded, **options), array, "our round trip")
        out = numpy.zeros_like(array)
        check(our_decode(encoded, out=out, **options) is out, "out is not what is given back")
        same(out, array, "decoded into out")

    return run


def bitorder(rng):
    data = data_bytes(rng) if rng.random() < 0.2 else strided(rng, data_array(rng))
    same(iiocodecs.bitorder_encode(data), imagecodecs.bitorder_encode(data), "encoded")
    same(iiocodecs.bitorder_decode(data), imagecodecs.bitorder_decode(data), "decoded")
    if isinstance(data, numpy.ndarray) and data.dtype != bool:
        inside = numpy.ascontiguousarray(data).copy()
        iiocodecs.bitorder_encode(inside, out=inside)
        same(inside, imagecodecs.bitorder_encode(data), "in place")


def bitshuffle(rng):
    options = {"blocksize": rng.choice((0, 0, 8, 16, 64, 1024))}
    if rng.random() < 0.3:
        options["itemsize"] = rng.choice((1, 2, 3, 4, 5, 7, 8, 12, 16))
        data = data_bytes(rng)[: 1 << 14]
        data = data[: len(data) // options["itemsize"] * options["itemsize"]] or bytes(options["itemsize"])
    else:
        data = data_array(rng)
    expected = imagecodecs.bitshuffle_encode(data, **options)
    encoded = iiocodecs.bitshuffle_encode(data, **options)
    same(encoded, expected, "encoded")
    same(iiocodecs.bitshuffle_decode(encoded, **options), imagecodecs.bitshuffle_decode(expected, **options), "decoded")


def packints(rng):
    """Any width, runs of any length, and the orders of cameras."""
    order = rng.choice((None, None, None, "<", ">"))
    bits = rng.randint(9, 14) if order == "<" else rng.choice((10, 12)) if order == ">" else rng.randint(1, 32)
    kind = "u1" if bits <= 8 else "u2" if bits <= 16 else "u4"
    run = rng.choice((0, 0, 1, 2, 3, 7, 8, 10, 33, 64, 100))
    count = run * rng.randint(1, 40) if run else rng.choice(SIZES[1:30])
    if order == ">":
        run, count = 0, count + count % 2
    elif order == "<":
        run = 0
    array = (rng.array((count,), numpy.dtype(kind)) & numpy.array(2 ** bits - 1, kind)).astype(kind)
    options = {"runlen": run}
    if order:
        options["bitorder"] = order
    packed = iiocodecs.packints_encode(array, bits, **options)
    expected = imagecodecs.packints_encode(array, bits, **options)
    same(packed, expected, "packed")
    asked = numpy.dtype(kind).newbyteorder("=" if order else rng.choice("=<>"))
    theirs = imagecodecs.packints_decode(packed, asked, bits, **options)
    ours = iiocodecs.packints_decode(packed, asked, bits, **options)
    same(ours, theirs, "unpacked")
    if bits not in (8, 16, 24, 32):
        check((ours[:count] == array).all(), "unpacked values differ")
    # Any bytes are packed values.
    data = rng.randbytes(len(packed))
    same(iiocodecs.packints_decode(data, kind, bits, **options),
         imagecodecs.packints_decode(data, kind, bits, **options), "unpacked noise")


def floats(rng, count):
    """Floats of every size: bit patterns, numbers around 1, and those with a name."""
    generator = numpy.random.default_rng(rng.getrandbits(64))
    kind = rng.randrange(3)
    if kind == 0:
        bits = generator.integers(0, 1 << 32, count, dtype=numpy.uint64).astype(numpy.uint32)
        return bits.view(numpy.float32)
    if kind == 1:
        return generator.normal(0, 10.0 ** rng.randint(-5, 5), count).astype(numpy.float32)
    named = numpy.array([0, -0.0, 1, -1, numpy.inf, -numpy.inf, numpy.nan, 3.4e38, 1e-38, 1e-45, 65504], "f4")
    return generator.choice(named, count)


def narrow(name):
    encode, decode = getattr(imagecodecs, name + "_encode"), getattr(imagecodecs, name + "_decode")
    our_encode, our_decode = getattr(iiocodecs, name + "_encode"), getattr(iiocodecs, name + "_decode")
    size = 3 if name == "float24" else 2

    def run(rng):
        array = floats(rng, rng.choice(SIZES[1:36]))
        if name == "float24":  # a carry into the exponent, and small numbers: wrong in the reference
            bits = array.view(numpy.uint32)
            array = array[(bits & 0x7FFF80 != 0x7FFF80) & ((bits >> 23 & 255) > 64)]
        options = {}
        if rng.random() < 0.8:
            options["byteorder"] = rng.choice("<>=")
        rounding = rng.choice(list(imagecodecs.FLOAT24.ROUND))
        if array.size:
            same(our_encode(array, rounding=int(rounding), **options), encode(array, rounding=rounding, **options),
                 "encoded", rounding)
        data = rng.randbytes(size * rng.randint(1, 300))
        theirs = decode(data, **options)
        same(our_decode(data, **options), theirs, "decoded")
        out = numpy.zeros(theirs.shape, "f4")
        same(our_decode(data, out=out, **options), theirs, "decoded into out")

    return run


def quantize(rng):
    dtype = rng.choice((numpy.float32, numpy.float64))
    shape = some_shape(rng, most=3000)
    array = floats(rng, int(numpy.prod(shape)))
    array[~numpy.isfinite(array)] = 1
    array = array.astype(dtype).reshape(shape)
    mode = rng.choice(("bitgroom", "bitround", "granularbr", "scale", "noquantize"))
    digits = rng.randint(1, {"bitgroom": 6, "bitround": 22, "granularbr": 6, "scale": 8, "noquantize": 3}[mode])
    if dtype is numpy.float64 and mode in ("bitgroom", "bitround"):
        digits = rng.randint(1, 14 if mode == "bitgroom" else 51)
    expected = imagecodecs.quantize_encode(array, mode, digits)
    asked = imagecodecs.QUANTIZE.MODE[mode.upper()] if rng.random() < 0.3 else mode
    ours = iiocodecs.quantize_encode(array, int(asked) if asked is not mode else mode, digits)
    check(ours.shape == array.shape and ours.dtype == array.dtype, "another shape or type")
    apart = (ours != expected) & numpy.isfinite(expected)
    if mode == "granularbr":  # a logarithm that is almost an integer may be cut either way
        apart &= numpy.abs(array) > 1e-37
        check(apart.sum() <= 1 + array.size // 500, "too many differ:", apart.sum(), "of", array.size)
    else:
        check(not apart.any(), mode, digits, "differs at", array[apart][:3], ours[apart][:3], expected[apart][:3])


KINDS = {
    "delta": difference("delta"), "xor": difference("xor"), "floatpred": planes("floatpred"),
    "byteshuffle": planes("byteshuffle"), "bitorder": bitorder, "bitshuffle": bitshuffle, "packints": packints,
    "float24": narrow("float24"), "bfloat16": narrow("bfloat16"), "quantize": quantize,
}
