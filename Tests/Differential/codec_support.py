# SPDX-License-Identifier: Apache-2.0
"""The reference's table of support: what it takes of every type, shape, byte order and layout in memory, we
take, with the same result."""
import imagecodecs
import iiocodecs
import numpy

from cases import DTYPES, SHAPES, same, some_shape, values
from harness import check

# Codec → what encoding is told, and what decoding is told of the array that was encoded.
ROWS = {
    "aec": ({}, lambda array: {"bitspersample": 8 * array.itemsize, "out": array.nbytes}),
    "bfloat16": ({}, lambda array: {}),
    "bitorder": ({}, lambda array: {}),
    "bitshuffle": ({}, lambda array: {}),
    "byteshuffle": ({}, lambda array: {}),
    "deflate": ({}, lambda array: {}),
    "delta": ({}, lambda array: {}),
    "float24": ({}, lambda array: {}),
    "floatpred": ({"axis": 1}, lambda array: {"axis": 1}),
    "gzip": ({}, lambda array: {}),
    "lz4": ({}, lambda array: {"out": array.nbytes}),
    "lz4f": ({}, lambda array: {}),
    "lz4h5": ({}, lambda array: {}),
    "lzf": ({}, lambda array: {"out": array.nbytes}),
    "lzw": ({}, lambda array: {"out": array.nbytes}),
    "numpy": ({}, lambda array: {}),
    "packbits": ({}, lambda array: {"out": array.nbytes}),
    "pglz": ({"header": True}, lambda array: {"header": True}),
    "qoi": ({}, lambda array: {}),
    "rcomp": ({}, lambda array: {"shape": array.shape, "dtype": array.dtype}),
    "rgbe": ({}, lambda array: {}),
    "snappy": ({}, lambda array: {}),
    "szip": (None, None),
    "xor": ({}, lambda array: {}),
    "zlib": ({}, lambda array: {}),
}


def outcome(module, name, array, encoding, decoding):
    """What comes back of an array, and whether it was encoded as an array; `None` when it is refused."""
    try:
        encoded = getattr(module, name + "_encode")(array, **encoding)
        decoded = getattr(module, name + "_decode")(encoded, **decoding)
    except (TypeError, ValueError, NotImplementedError, RuntimeError):
        return None
    # numpy's files keep the byte order of the array, of which we give the values.
    if name == "numpy":
        decoded = decoded.astype(decoded.dtype.newbyteorder("="))
    return decoded, isinstance(encoded, numpy.ndarray)


def variants(rng, array):
    """The array in both byte orders, with and without gaps."""
    for order in "=>" if array.itemsize > 1 else "=":
        ordered = array.astype(array.dtype.newbyteorder(order))
        yield ordered
        wide = numpy.zeros([2 * length for length in array.shape], ordered.dtype)
        wide[tuple(slice(None, None, 2) for _ in array.shape)] = ordered
        yield wide[tuple(slice(None, None, 2) for _ in array.shape)]


def row(rng):
    """One codec and shape with all types."""
    name, shape = rng.choice(list(ROWS)), some_shape(rng, rng.choice(SHAPES), 4000)
    for dtype in DTYPES:
        # The reference rounds some floats to others than the nearest 24 bits, and makes pixels of negative
        # and endless ones: small whole numbers are the same for both.
        array = values(rng, shape, "u1" if name in ("float24", "rgbe") else dtype).astype(dtype)
        for array in variants(rng, array):
            if name == "rgbe" and not array.dtype.isnative:
                continue  # The reference takes the bytes as if they were native.
            encoding, decoding = ROWS[name]
            if name == "szip":
                try:
                    encoding = {"header": True, **imagecodecs.szip_params(array)}
                except (TypeError, ValueError, RuntimeError):
                    continue
            theirs = outcome(imagecodecs, name, array, encoding, decoding(array) if decoding else encoding)
            if theirs is None:
                continue
            ours = outcome(iiocodecs, name, array, encoding, decoding(array) if decoding else encoding)
            what = (name, array.dtype.str, array.shape, "contiguous" if array.flags.c_contiguous else "with gaps")
            check(ours is not None, *what, "refused")
            check(ours[1] == theirs[1], *what, "bytes instead of an array, or the other way")
            same(ours[0], theirs[0], *what)


def quantized(rng):
    """Floats of the other byte order, which the reference takes as they lie in memory."""
    array = values(rng, some_shape(rng, most=2000), numpy.dtype(rng.choice(("f4", "f8")))).copy()
    array[~numpy.isfinite(array)] = 1
    mode, digits = rng.choice((("bitround", 9), ("bitgroom", 3), ("granularbr", 3)))
    expected = iiocodecs.quantize_encode(array, mode, digits)
    swapped = iiocodecs.quantize_encode(array.astype(array.dtype.newbyteorder(">")), mode, digits)
    same(swapped, expected.astype(swapped.dtype), mode)


KINDS = {"table of support": row, "quantize of big-endian floats": quantized}
