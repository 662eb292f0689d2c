# SPDX-License-Identifier: Apache-2.0
"""What the cases of the codecs are made of: bytes, arrays of any type and shape, and comparing."""
import math

import numpy

from harness import check

# The types and shapes of the reference's table of support.
DTYPES = "? u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 c8 c16".split()
SHAPES = "W HW HW1 HW2 HW3 HW4 HW5 FHW FHW3 FHW4".split()
# Around the words, packets, blocks and windows of the codecs.
SIZES = (0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 130, 255, 256,
         257, 258, 259, 260, 510, 511, 512, 1023, 1024, 1025, 2047, 2048, 2049, 4093, 4094, 4095, 4096, 4097, 8191,
         8192, 8193, 32767, 32768, 32769, 65535, 65536, 65537)


def data_bytes(rng, most=70000):
    """Bytes of a style, of a size at a boundary or any."""
    size = rng.choice(SIZES) if rng.random() < 0.5 else int(2 ** (rng.random() * 15))
    return rng.array((min(size, most),), numpy.dtype("u1")).tobytes()


def some_shape(rng, kind=None, most=12000):
    """A shape of a kind: letters are lengths of any size, digits samples."""
    kind = kind or rng.choice(SHAPES)
    while True:
        shape = []
        for letter in kind:
            if letter.isdigit():
                shape.append(int(letter))
            elif letter == "F":
                shape.append(rng.randint(1, 4))
            else:
                shape.append(rng.choice((1, 2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 31, 32, 33, 64, 65, 100, 129)))
        if math.prod(shape) <= most:
            return tuple(shape)


def values(rng, shape, dtype):
    """Values of a style in any type: bit patterns as they come, or numbers."""
    dtype = numpy.dtype(dtype)
    native = dtype.newbyteorder("=")
    count = math.prod(shape)
    if native.kind == "b":
        return rng.array(shape, numpy.dtype("u1")) > 127
    if native.kind in "fc" and rng.random() < 0.5:
        return (rng.array(shape, numpy.dtype("u2")) / 7 - 100).astype(dtype)
    whole = numpy.dtype({1: "u1", 2: "u2"}.get(native.itemsize, "u4"))
    words = rng.array((count * native.itemsize // whole.itemsize,), whole)
    return words.view(native).reshape(shape).astype(dtype) if native == dtype else words.view(dtype).reshape(shape)


def data_array(rng, dtypes=DTYPES, shapes=SHAPES, orders="=", most=12000):
    """An array of any of the types, shapes and byte orders."""
    dtype = numpy.dtype(rng.choice(dtypes)).newbyteorder(rng.choice(orders))
    return values(rng, some_shape(rng, rng.choice(shapes), most), dtype)


def strided(rng, array):
    """The same values, sometimes not one after the other in memory."""
    choice = rng.random()
    if choice < 0.7 or array.size == 0:
        return array
    if choice < 0.85:
        wide = numpy.zeros(array.shape[:-1] + (array.shape[-1] * 2,), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    return numpy.asfortranarray(array)


def raw(data):
    return data.tobytes() if isinstance(data, numpy.ndarray) else bytes(data)


def same(ours, theirs, *what):
    """Raises unless both are the same bytes, and arrays of the same shape and type if they are any."""
    if isinstance(theirs, numpy.ndarray) and isinstance(ours, numpy.ndarray):
        check(ours.shape == theirs.shape, *what, "shape", ours.shape, theirs.shape)
        check(ours.dtype == theirs.dtype, *what, "dtype", ours.dtype, theirs.dtype)
    check(raw(ours) == raw(theirs), *what, "differ")


def outputs(rng, call, expected, reference=None):
    """One of the ways to say where the result goes, against the bytes that are expected."""
    size = len(expected)
    kind = rng.randrange(8)
    if kind == 0:
        result = call(out=bytes)
        check(type(result) is bytes, "out=bytes gives", type(result))
    elif kind == 1:
        result = call(out=bytearray)
        check(type(result) is bytearray, "out=bytearray gives", type(result))
    elif kind == 2:
        result = call(out=size)
        check(type(result) is bytes, "out=int gives", type(result))
    elif kind == 3:
        result = call(out=size + rng.randint(1, 50))
    elif kind == 4:
        buffer = bytearray(size)
        result = call(out=buffer)
        check(bytes(buffer) == expected, "the buffer differs")
    elif kind == 5:
        buffer = numpy.zeros(size + rng.randint(0, 9), "u1")
        result = call(out=buffer)
        check(buffer[:size].tobytes() == expected, "the array differs")
    elif kind == 6:
        buffer = bytearray(size + 2)
        result = call(out=memoryview(buffer)[1:-1])
        check(buffer[0] == buffer[-1] == 0, "bytes around the view were written")
    else:
        result = call()
    check(bytes(result) == expected, "the result differs for out of kind", kind)
