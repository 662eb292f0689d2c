# SPDX-License-Identifier: Apache-2.0
"""Codecs of integers and of images, and the checksums."""
import io
import struct
import zlib

import imagecodecs
import iiocodecs
import numpy

from cases import data_array, data_bytes, same, some_shape, values, DTYPES, SIZES
from harness import check

INTEGERS = "u1 i1 u2 i2 u4 i4".split()


def rcomp(rng):
    array = data_array(rng, INTEGERS, orders="=" if rng.random() < 0.8 else "<")
    options = {"nblock": rng.choice((1, 8, 16, 32, 33, 100))}
    expected = imagecodecs.rcomp_encode(array, out=4 * array.nbytes + 1000, **options)
    encoded = iiocodecs.rcomp_encode(array, **options)
    same(encoded, expected, "encoded")
    theirs = imagecodecs.rcomp_decode(encoded, shape=array.shape, dtype=array.dtype, **options)
    same(iiocodecs.rcomp_decode(encoded, shape=array.shape, dtype=array.dtype, **options), theirs, "decoded")
    out = numpy.empty_like(array)
    same(iiocodecs.rcomp_decode(encoded, out=out, **options), array, "decoded into out")


def aec(rng):
    array = data_array(rng, "? u1 u2 i2 u4 i4 f2 f4".split(), orders="=>")
    options = {"blocksize": rng.choice((8, 16, 32, 64)), "rsi": rng.choice((1, 2, 3, 7, 64, 65, 128, 300, 4096))}
    if rng.random() < 0.2:
        bits = rng.randint(1, 32)
        size = 1 if bits <= 8 else 2 if bits <= 16 else 4
        words = rng.array((rng.choice(SIZES[1:30]),), numpy.dtype(f"u{size}"))
        data = (words & numpy.array(2 ** bits - 1, words.dtype)).astype(words.dtype).tobytes()
        options["bitspersample"] = bits
        # Restricted codes are for four bits and less; preprocessing and filling are free.
        options["flags"] = rng.choice((0, 8)) | rng.choice((0, 32)) | (16 if bits <= 4 and rng.random() < 0.5 else 0)
        decoding, theirs, encode_options = dict(options), data, options
    else:
        data, theirs, encode_options = array, array.tobytes(), options
        # Arrays of another byte order are taken as they are, unsigned.
        decoding = {**options, "bitspersample": array.itemsize * 8,
                    "flags": 8 | (array.dtype.char in "hilqnfde" and array.dtype.isnative)}
    ours = iiocodecs.aec_encode(data, **encode_options)
    reference = bytes(imagecodecs.aec_encode(data, out=2 * len(theirs) + 1000, **encode_options))
    size = len(theirs)
    check(bytes(iiocodecs.aec_decode(ours, out=size, **decoding)) == theirs, "our round trip")
    check(bytes(iiocodecs.aec_decode(reference, out=size, **decoding)) == theirs, "we read something else")
    # It decodes the last block to its end.
    decoded = bytes(imagecodecs.aec_decode(ours, out=size + 256, **decoding))[:size]
    check(decoded == theirs, "the reference reads something else")
    check(len(ours) <= len(reference) + 8 + len(reference) // 50, "encoded in", len(ours), "not", len(reference))


def szip(rng):
    array = data_array(rng, "u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 c8".split(), orders="=<>")
    mask = rng.choice((0, 4, 32, 36, 37, 160))
    parameters = imagecodecs.szip_params(array, mask)
    check(iiocodecs.szip_params(array, mask) == parameters, "other parameters", iiocodecs.szip_params(array, mask), parameters)
    if rng.random() < 0.5:
        block = rng.randint(1, 16) * 2
        parameters["pixels_per_block"] = block
        parameters["pixels_per_scanline"] = rng.choice((block, block + 1, 100, rng.randint(1, min(4096, 128 * block))))
    header = rng.random() < 0.5
    data = array.tobytes()
    ours = iiocodecs.szip_encode(array, header=header, **parameters)
    reference = bytes(imagecodecs.szip_encode(array, header=header, out=40 * len(data) + 1000, **parameters))
    for encoded, who in ((ours, "we wrote"), (reference, "the reference wrote")):
        decoded = iiocodecs.szip_decode(encoded, header=header, out=len(data), **parameters)
        check(bytes(decoded) == data, "we read something else of what", who)
    check(bytes(imagecodecs.szip_decode(ours, header=header, out=len(data), **parameters)) == data,
          "the reference reads something else")
    if header:
        check(iiocodecs.szip_decode(ours, header=True, **parameters) == data, "with the stored size")


def dicomrle(rng):
    dtype = numpy.dtype(rng.choice(("u1", "u2", "u4", "i2", "i4"))).newbyteorder(rng.choice("<>"))
    samples = rng.randint(1, 15 // dtype.itemsize)
    columns = rng.randint(1, 90)
    pixels = columns * rng.randint(1, 30)
    array = values(rng, (samples, pixels), dtype)
    encoded = iiocodecs.dicomrle_encode(array, samples=samples, columns=rng.choice((None, columns)))
    check(bytes(imagecodecs.dicomrle_decode(encoded, dtype)) == array.tobytes(), "the reference reads something else")
    check(bytes(iiocodecs.dicomrle_decode(encoded, dtype)) == array.tobytes(), "our round trip")


def eer(rng):
    # Places of other widths are not in any specification, and the reference writes beyond its output.
    skip, x, y = rng.choice(((7, 2, 2), (8, 2, 2)))
    factor = rng.randint(0, 2)
    shape = rng.randint(4, 30) * 4, rng.randint(4, 30) * 4
    # The last distance is to the end of the frame, or a little beyond, or the data end before.
    position, pixels, bits, count = 0, shape[0] * shape[1] >> 2 * factor, 0, 0
    beyond = rng.choice((0, 0, 0, 1, -40))
    largest = (1 << skip) - 1
    while position < pixels + min(beyond, 0):
        distance = min(rng.randrange(largest + 1), pixels + max(beyond, 0) - position)
        position += distance
        bits |= distance << count
        count += skip
        if distance < largest and position < pixels:
            bits |= rng.randrange(1 << x + y) << count
            count += x + y
            position += 1
    # The reference takes even numbers of bytes.
    data = bits.to_bytes((count + 15) // 16 * 2, "little")
    dtype = rng.choice((bool, numpy.uint8, numpy.uint16))
    theirs, ours = numpy.zeros(shape, dtype), numpy.zeros(shape, dtype)
    try:
        imagecodecs.eer_decode(data, shape, skip, x, y, superres=factor, out=theirs)
    except Exception:
        theirs = None
    try:
        iiocodecs.eer_decode(data, shape, skip, x, y, superres=factor, out=ours)
    except iiocodecs.IioError:
        ours = None
    check((ours is None) == (theirs is None), "they disagree on what is valid")
    if ours is not None:
        same(ours.view(f"u{ours.itemsize}"), theirs.view(f"u{ours.itemsize}"), "events")


def bcn(rng):
    format = rng.choice((1, 2, 3, 4, 5, 6, -6, 7))
    size = rng.randint(1, 9) * 4, rng.randint(1, 9) * 4
    block = 8 if format in (1, 4) else 16
    data = rng.randbytes(size[0] * size[1] // 16 * block)
    channels = {4: (), 5: (2,), 6: (3,), -6: (3,)}.get(format, (4,))
    theirs = imagecodecs.bcn_decode(data, format, shape=size + channels)
    same(iiocodecs.bcn_decode(data, format, shape=size + channels), theirs, "decoded", format)
    out = numpy.zeros_like(theirs)
    same(iiocodecs.bcn_decode(data, format, out=out), theirs, "decoded into out", format)
    codes = {1: b"DXT1", 2: b"DXT3", 3: b"DXT5", 4: b"BC4U", 5: b"BC5U"}
    extended = {6: 95, -6: 96, 7: 98}
    header = struct.pack("<4s7I44x", b"DDS ", 124, 0x1007, size[0], size[1], 0, 0, 1)
    header += struct.pack("<2I4s5I", 32, 4, codes.get(format, b"DX10"), 0, 0, 0, 0, 0)
    header += struct.pack("<5I", 0x1000, 0, 0, 0, 0)
    if format in extended:
        header += struct.pack("<5I", extended[format], 3, 0, 1, 0)
    same(iiocodecs.dds_decode(header + data), imagecodecs.dds_decode(header + data), "texture", format)


def qoi(rng):
    array = values(rng, some_shape(rng, rng.choice(("HW3", "HW4"))), "u1")
    encoded = iiocodecs.qoi_encode(array)
    expected = bytearray(imagecodecs.qoi_encode(array))
    expected[13] = encoded[13]  # it says of RGBA that it is linear
    same(encoded, bytes(expected), "encoded")
    same(iiocodecs.qoi_decode(encoded), array, "our round trip")
    same(imagecodecs.qoi_decode(encoded), array, "the reference reads")
    same(iiocodecs.qoi_decode(encoded, out=numpy.zeros_like(array)), array, "decoded into out")


def rgbe(rng):
    shape = some_shape(rng, rng.choice(("HW3", "FHW3", "W3")))
    generator = numpy.random.default_rng(rng.getrandbits(64))
    if rng.random() < 0.5:
        array = rng.array(shape, numpy.dtype("u2")).astype("f4") * numpy.float32(2.0) ** rng.randint(-100, 90)
    else:
        array = numpy.exp2(generator.uniform(-100, 100, shape)).astype("f4")
    if shape[-2] < 8 or shape[-2] > 32767 or rng.random() < 0.7:
        options = rng.choice(({}, {"header": True}))
    else:
        options = {"header": False}
    encoded = iiocodecs.rgbe_encode(array, **options)
    same(encoded, imagecodecs.rgbe_encode(array, out=2 * array.nbytes + 1000, **options), "encoded")
    out = numpy.zeros(shape, "f4")
    if options.get("header") is False and array.ndim == 3:
        theirs = imagecodecs.rgbe_decode(encoded, out=out.copy(), **options)
        same(iiocodecs.rgbe_decode(encoded, out=out, **options), theirs, "decoded")
    elif options.get("header") is not False:
        same(iiocodecs.rgbe_decode(encoded), imagecodecs.rgbe_decode(encoded), "decoded")
    # Any normalised bytes are pixels.
    pixels = generator.integers(0, 256, (shape[-2] * 3, 4), dtype=numpy.uint8)
    pixels[:, generator.integers(0, 3)] |= 128
    noise = numpy.zeros((3, shape[-2], 3), "f4")
    theirs = imagecodecs.rgbe_decode(pixels.tobytes(), header=False, out=noise.copy())
    same(iiocodecs.rgbe_decode(pixels.tobytes(), header=False, out=noise), theirs, "decoded pixels")


def npy(rng):
    array = data_array(rng, orders="=<>")
    if rng.random() < 0.3:
        array = numpy.asfortranarray(array)
    theirs = bytes(imagecodecs.numpy_encode(array))
    native = array.astype(array.dtype.newbyteorder("="), order="C")
    same(iiocodecs.numpy_decode(theirs), native, "decoded")
    encoded = iiocodecs.numpy_encode(array)
    same(encoded, bytes(imagecodecs.numpy_encode(native)), "encoded")
    same(numpy.load(io.BytesIO(encoded)), native, "loaded")
    if rng.random() < 0.3:
        file = io.BytesIO()
        numpy.lib.format.write_array(file, array, version=rng.choice(((1, 0), (2, 0), (3, 0))))
        same(iiocodecs.numpy_decode(file.getvalue()), native, "decoded version")


def checksums(rng):
    data = data_bytes(rng) if rng.random() < 0.7 else data_array(rng)
    seed = rng.choice((0, 1, rng.getrandbits(32)))
    raw = data.tobytes() if isinstance(data, numpy.ndarray) else data
    for name in ("fletcher32", "lookup3", "crc", "metadata", "hash_string"):
        if name in ("metadata", "hash_string") and b"\0" in raw:
            continue
        function, ours = getattr(imagecodecs, "h5checksum_" + name), getattr(iiocodecs, "h5checksum_" + name)
        check(ours(data) == function(raw), name)
        if name == "lookup3":
            check(ours(data, seed) == function(raw, seed), name, "with a seed")
    check(iiocodecs.zlib_crc32(data) == imagecodecs.zlib_crc32(raw) == zlib.crc32(raw), "crc32")
    check(iiocodecs.zlib_crc32(data, seed) == imagecodecs.zlib_crc32(raw, seed), "crc32 of more")
    check(iiocodecs.zlib_adler32(data) == imagecodecs.zlib_adler32(raw) == zlib.adler32(raw), "adler32")


KINDS = {
    "rcomp": rcomp, "aec": aec, "szip": szip, "dicomrle": dicomrle, "eer": eer, "bcn and dds": bcn, "qoi": qoi,
    "rgbe": rgbe, "numpy": npy, "checksums": checksums,
}
