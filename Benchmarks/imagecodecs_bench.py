#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""imagecodecs_bench.py [--only NAME]... [--json] [--smoke] [--seconds S] [--core N] [PHOTO.png]

The byte codecs and filters beside imagecodecs in one process: the C library of this package, which
IIOCODECS_LIBRARY names, against the wheel. Every output is checked before anything is timed: encoded
bytes are read by both, decoded ones must be the data. Then both take turns on one core, with thread
CPU time and the best round counting, into memory of the caller's on both sides.

Prints MB/s of the plain data (1 MB = 10^6 bytes), ours over theirs, the bar that this project has
set itself, and the sizes of encoded data. Inputs: the photo, a 16-bit raster made here, and a part of
the sources of Python's standard library as a tar file.
"""
import argparse
import ctypes
import io
import json
import math
import os
import sys
import sysconfig
import tarfile
import time

import imagecodecs
import numpy

# The calls alone, without the functions that the package makes of them.
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../Bindings/python/src/iiocodecs"))
import _library  # noqa: E402


class Ours:
    """A call of the C library with all that Python has to do for it done before."""

    def __init__(self, function, codec, source, output, parameters):
        self.source = numpy.ascontiguousarray(source)
        self.output, self.size = output, ctypes.c_size_t()
        self.call, self.error = _library._Call(parameters), _library._error()
        address = ctypes.c_void_p(self.source.ctypes.data)
        target = ctypes.c_void_p(output.ctypes.data)
        self.arguments = (
            codec.encode(), address, ctypes.c_size_t(self.source.nbytes), target,
            ctypes.c_size_t(output.nbytes), ctypes.byref(self.size),
            ctypes.byref(self.call.options), ctypes.byref(self.error))
        self.function = function

    def run(self):
        self.function(*self.arguments)

    def result(self):
        self.error.status = self.function(*self.arguments)
        _library._check(self.error.status, self.error)
        return self.output.reshape(-1).view(numpy.uint8)[: self.size.value].tobytes()


def bytes_of(data):
    return numpy.ascontiguousarray(data).tobytes() if isinstance(data, numpy.ndarray) else bytes(data)


class Case:
    """One direction of one codec on one input."""

    def __init__(self, name, what, direction, input_name, byte_count, ours, theirs, bar, most=None):
        self.name, self.what, self.direction, self.input_name = name, what, direction, input_name
        self.byte_count, self.ours, self.theirs, self.bar, self.most = byte_count, ours, theirs, bar, most
        self.sizes = None


def plain(array):
    return numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8)


def buffer(count):
    return numpy.zeros(max(1, count), numpy.uint8)


def compressor(name, what, input_name, data, bars, encoding=None, decoding=None, theirs_encoding=None,
               theirs_decoding=None, shape=None, most=None, is_exact=False, reads_theirs=True):
    """Both directions of a codec from bytes to fewer bytes; `most` bounds our size over theirs."""
    encoding, decoding = encoding or {}, decoding or {}
    their_encode, their_decode = getattr(imagecodecs, name + "_encode"), getattr(imagecodecs, name + "_decode")
    theirs_encoding = encoding if theirs_encoding is None else theirs_encoding
    theirs_decoding = decoding if theirs_decoding is None else theirs_decoding
    source = data if shape is None else data.reshape(shape)
    expected = bytes_of(data)
    reference = bytes_of(their_encode(source, **theirs_encoding))
    room = buffer(_library.bound(name, len(expected), encoding))
    encode = Ours(_library._library.iio_encode, name, plain(data), room, encoding)
    encoded = encode.result()
    back = their_decode(encoded, **{"out": len(expected), **theirs_decoding})
    check(bytes_of(back)[: len(expected)] == expected, name, "the reference reads something else of what we wrote")
    check(not is_exact or encoded == reference, name, "the encoded bytes differ")
    stream = numpy.frombuffer(reference, numpy.uint8)
    decode = Ours(_library._library.iio_decode, name, stream, buffer(len(expected)), decoding)
    check(decode.result() == expected, name, "we read something else of what the reference wrote")
    their_room = bytearray(len(room) + len(reference) + 4096)
    their_output = {"out": bytearray(len(expected)), **theirs_decoding}
    cases = [
        Case(name, what, "encode", input_name, len(expected), encode.run,
             lambda: their_encode(source, out=their_room, **theirs_encoding), bars[0], most),
        Case(name, what, "decode", input_name, len(expected), decode.run,
             lambda: their_decode(reference, **their_output), bars[1]),
    ]
    cases[0].sizes = (len(encoded), len(reference))
    return cases


def transform(name, what, input_name, array, bars, directions=("encode", "decode"), ours=None, theirs=None):
    """Both directions of a filter that keeps the number of bytes; both sides give the same bytes."""
    ours = {**(theirs or {}), **(ours or {})}
    theirs = theirs or {}
    cases, source = [], array
    for direction, bar in zip(directions, bars):
        function = getattr(imagecodecs, f"{name}_{direction}")
        expected = function(source.copy(), **theirs)
        run = Ours(getattr(_library._library, "iio_" + direction), name, source, buffer(array.nbytes), ours)
        check(run.result() == bytes_of(expected), name, f"{direction}: the bytes differ")
        # It writes what it was given into an array of its own, as ours does.
        output = numpy.empty_like(array)
        cases.append(Case(
            name, what, direction, input_name, array.nbytes, run.run,
            lambda source=source, output=output, function=function: function(source, **theirs, out=output), bar))
        source = numpy.frombuffer(bytes_of(expected), array.dtype).reshape(array.shape)
    return cases


def layout(array, **more):
    return {"shape": array.shape, "itemsize": array.itemsize, **more}


def check(condition, name, message):
    if not condition:
        raise SystemExit(f"{name}: {message}")


# The inputs: name → array.

def photo(path, is_smoke):
    if path:
        image = imagecodecs.imread(path)[..., :3]
    else:
        image = synthetic_photo(512)
    return numpy.ascontiguousarray(image[:32, :40] if is_smoke else image)


def synthetic_photo(side):
    """Smooth fields, edges and some noise in three channels."""
    random = numpy.random.default_rng(5)
    y, x = numpy.mgrid[0:side, 0:side] / side
    fields = [128 + 60 * numpy.sin(7 * x + k) * numpy.cos(5 * y - k) + 40 * (x + k * y / 3 > 0.6) for k in range(3)]
    return (numpy.stack(fields, -1) + random.normal(0, 2, (side, side, 3))).clip(0, 255).astype("u1")


def raster16(side):
    """A smooth background, blobs and noise that grows with the light, in a range of 12 bits."""
    random = numpy.random.default_rng(3)
    y, x = numpy.mgrid[0:side, 0:side].astype("f4")
    light = 200 + 150 * numpy.sin(x / side * 3) * numpy.cos(y / side * 2)
    for _ in range(max(1, side * side // 18_000)):
        cx, cy, size, height = random.uniform(0, side), random.uniform(0, side), random.uniform(2, 9), random.uniform(50, 2500)
        left, top = max(0, int(cx - 30)), max(0, int(cy - 30))
        part = numpy.s_[top : top + 60, left : left + 60]
        light[part] += height * numpy.exp(-((x[part] - cx) ** 2 + (y[part] - cy) ** 2) / (2 * size * size))
    return random.normal(light, numpy.sqrt(light) / 2).clip(0, 4095).astype("u2")


def text(byte_count):
    """The beginning of the sources of the standard library as a tar file."""
    folder, file = sysconfig.get_path("stdlib"), io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py") and file.tell() < byte_count:
                tar.add(os.path.join(folder, name), arcname=name)
    return numpy.frombuffer(file.getvalue()[:byte_count], numpy.uint8)


# The cases, by the codec's name: functions of the inputs.

def byte_codecs(inputs):
    flat = {name: plain(array) for name, array in inputs.items()}
    for name, data in flat.items():
        high, optimal = {"hc": True, "level": 9}, {"hc": True, "level": 12}
        yield "lzw", lambda: compressor("lzw", "tiff", name, data, (1.5, 1.5))
        yield "packbits", lambda: compressor("packbits", "", name, data, (1.0, 1.0))
        yield "lz4", lambda: compressor("lz4", "", name, data, (1.0, 1.0), most=1.01)
        yield "lz4", lambda: compressor("lz4", "hc9", name, data, (0.95, 1.0), high, {}, high, {}, most=1.01)
        yield "lz4", lambda: compressor("lz4", "hc12", name, data, (None, 1.0), optimal, {}, optimal, {}, most=1.005)
        yield "lz4f", lambda: compressor("lz4f", "", name, data, (1.0, 1.0), most=1.01)
        yield "lz4h5", lambda: compressor("lz4h5", "", name, data, (1.0, 1.0), most=1.01)
        yield "snappy", lambda: compressor("snappy", "", name, data, (1.0, 1.0))
        yield "lzf", lambda: compressor("lzf", "", name, data, (1.0, 1.0))
        yield "aec", lambda: compressor("aec", "8 bits", name, data, (1.2, 1.2), theirs_encoding={}, theirs_decoding={})


def integer_codecs(inputs):
    raster = inputs["raster16"]
    options = {"bitspersample": 16}
    yield "aec", lambda: compressor(
        "aec", "16 bits", "raster16", raster, (1.2, 1.2), options, options, {},
        {"out": numpy.empty_like(raster)}, shape=raster.shape)
    for name, array in (("raster16", raster), ("raster8", inputs["raster8"])):
        ours, count = {"itemsize": array.itemsize, "nblock": 32}, {"count": array.size}
        yield "rcomp", lambda: compressor(
            "rcomp", array.dtype.name, name, array, (1.2, 1.2), ours, {**ours, **count}, {"nblock": 32},
            {"shape": array.shape, "dtype": array.dtype, "nblock": 32, "out": None}, is_exact=True)


def qoi(inputs):
    image = inputs["photo"]
    options = {"shape": image.shape}
    yield "qoi", lambda: compressor(
        "qoi", "", "photo", image, (1.2, 1.2), options, {}, {}, {"out": numpy.empty_like(image)}, shape=image.shape,
        is_exact=True)


def dicomrle(inputs):
    """The reference has only the decoder."""
    for name, array in inputs.items():
        yield "dicomrle", lambda: dicomrle_cases(name, array)


def dicomrle_cases(name, array):
    options = {"itemsize": array.itemsize}
    if array.ndim == 3:
        options["samples"] = array.shape[2]
    if array.ndim > 1:
        options["columns"] = array.shape[1]
    expected = bytes_of(array)
    room = buffer(_library.bound("dicomrle", array.nbytes, options))
    encoded = Ours(_library._library.iio_encode, "dicomrle", array, room, options).result()
    output = bytearray(array.nbytes)
    back = imagecodecs.dicomrle_decode(encoded, array.dtype, out=output)
    check(bytes_of(back) == expected, "dicomrle", "the reference reads something else")
    decode = Ours(
        _library._library.iio_decode, "dicomrle", numpy.frombuffer(encoded, numpy.uint8),
        buffer(array.nbytes), {"itemsize": array.itemsize})
    check(decode.result() == expected, "dicomrle", "we read something else")
    return [Case("dicomrle", array.dtype.name, "decode", name, array.nbytes, decode.run,
                 lambda: imagecodecs.dicomrle_decode(encoded, array.dtype, out=output), 1.2)]


def textures(inputs):
    """Blocks of any content, as all of them are valid; the bytes of the photo have all modes of BC7."""
    data = plain(inputs["photo"])
    for number in (1, 2, 3, 4, 5, 6, 7):
        yield "bcn", lambda: texture_cases(number, data)


def texture_cases(number, data):
    block = 8 if number in (1, 4) else 16
    side = int(math.sqrt(min(data.size // block, 128 * 128))) * 4
    blocks = data[: side * side // 16 * block].tobytes()
    channels, dtype = {4: (1, "u1"), 5: (2, "u1"), 6: (3, "f2")}.get(number, (4, "u1"))
    shape = (side, side) if channels == 1 else (side, side, channels)
    expected = imagecodecs.bcn_decode(blocks, number, shape=shape)
    run = Ours(
        _library._library.iio_decode, "bcn", numpy.frombuffer(blocks, numpy.uint8), buffer(expected.nbytes),
        {"format": number, "shape": (side, side)})
    check(run.result() == bytes_of(expected), "bcn", f"BC{number} differs")
    output = numpy.empty_like(expected)
    return [Case("bcn", f"BC{number}", "decode", "photo", expected.nbytes, run.run,
                 lambda: imagecodecs.bcn_decode(blocks, number, shape=shape, out=output), 1.2)]


def filters(inputs):
    color, raster, grey = inputs["photo"], inputs["raster16"], inputs["raster8"]
    floats = {"photo": color.astype("f4"), "raster16": raster.astype("f4")}
    for name, array in (("photo", color), ("raster16", raster), ("raster8", grey)):
        for axis in ((-2, -1) if array.ndim == 3 else (-1, -2)):
            # Across samples the reference goes step by step.
            bar = 3.0 if array.ndim == 3 and axis == -1 else 1.0
            for codec in ("delta", "xor"):
                yield codec, lambda: transform(
                    codec, f"{array.dtype} axis {axis}", name, array, (bar, bar), ours=layout(array),
                    theirs={"axis": axis})
        yield "bitorder", lambda: transform("bitorder", str(array.dtype), name, array, (1.0, 1.0))
        yield "bitshuffle", lambda: shuffled("bitshuffle", name, array)
    for name, array in floats.items():
        axis = -2 if array.ndim == 3 else -1
        yield "floatpred", lambda: transform(
            "floatpred", f"float32 axis {axis}", name, array, (1.0, 3.0), ours=layout(array), theirs={"axis": axis})
        yield "bitshuffle", lambda: shuffled("bitshuffle", name, array)
    for name, array in (*floats.items(), ("raster16", raster)):
        axis = -2 if array.ndim == 3 else -1
        for more in ({}, {"delta": True}):
            yield "byteshuffle", lambda: transform(
                "byteshuffle", f"{array.dtype}{' delta' if more else ''}", name, array, (1.0, 1.0),
                ours=layout(array), theirs={"axis": axis, **more})
    for name, array in floats.items():
        yield "float24", lambda: narrowed("float24", name, array)
        yield "bfloat16", lambda: narrowed("bfloat16", name, array)
        for mode, digits in (("bitround", 10), ("bitgroom", 3), ("granularbr", 3), ("scale", 3)):
            yield "quantize", lambda: quantized(mode, digits, name, array)
    for bits in (1, 2, 4, 6, 10, 12, 14):
        yield "packints", lambda: packed(bits, "raster16", raster)


def shuffled(name, input_name, array):
    cases = transform(name, array.dtype.name, input_name, array, (1.0, 1.0), ours={"itemsize": array.itemsize})
    return cases


def narrowed(name, input_name, array):
    encode, decode = getattr(imagecodecs, name + "_encode"), getattr(imagecodecs, name + "_decode")
    expected = bytes_of(encode(array))
    run = Ours(_library._library.iio_encode, name, array, buffer(len(expected)), {})
    check(run.result() == expected, name, "the encoded bytes differ")
    back = bytes_of(decode(expected))
    stream = numpy.frombuffer(expected, numpy.uint8)
    undo = Ours(_library._library.iio_decode, name, stream, buffer(array.nbytes), {})
    check(undo.result() == back, name, "the decoded bytes differ")
    room, output = bytearray(len(expected)), numpy.empty(array.size, "f4")
    return [
        Case(name, "", "encode", input_name, array.nbytes, run.run, lambda: encode(array, out=room), 1.0),
        Case(name, "", "decode", input_name, array.nbytes, undo.run, lambda: decode(expected, out=output), 1.0),
    ]


def quantized(mode, digits, input_name, array):
    expected = imagecodecs.quantize_encode(array, mode, digits)
    run = Ours(
        _library._library.iio_encode, "quantize", array, buffer(array.nbytes),
        {"mode": mode, "nsd": digits, "itemsize": array.itemsize})
    check(run.result() == bytes_of(expected), "quantize", f"{mode}: the bytes differ")
    output = numpy.empty_like(array)
    return [Case("quantize", mode, "encode", input_name, array.nbytes, run.run,
                 lambda: imagecodecs.quantize_encode(array, mode, digits, out=output), 1.0)]


def packed(bits, input_name, array):
    values = (array.reshape(-1) & (2 ** bits - 1)).astype("u1" if bits <= 8 else "u2")
    expected = bytes_of(imagecodecs.packints_encode(values, bits))
    options = {"bitspersample": bits}
    run = Ours(_library._library.iio_encode, "packints", values, buffer(len(expected)), options)
    check(run.result() == expected, "packints", f"{bits} bits: the encoded bytes differ")
    stream = numpy.frombuffer(expected, numpy.uint8)
    undo = Ours(_library._library.iio_decode, "packints", stream, buffer(values.nbytes), options)
    check(undo.result() == values.tobytes(), "packints", f"{bits} bits: the decoded bytes differ")
    # The reference's decoder refuses any array to decode into: it makes its own.
    room = bytearray(len(expected))
    return [
        Case("packints", f"{bits} bits", "encode", input_name, values.nbytes, run.run,
             lambda: imagecodecs.packints_encode(values, bits, out=room), 3.0 if bits > 1 else 1.0),
        Case("packints", f"{bits} bits", "decode", input_name, values.nbytes, undo.run,
             lambda: imagecodecs.packints_decode(expected, values.dtype, bits), 3.0 if bits > 4 else 1.0),
    ]


# Timing.

def measure(run, count):
    start = time.thread_time_ns()
    for _ in range(count):
        run()
    return (time.thread_time_ns() - start) * 1e-9


def best_times(runs, seconds):
    """The least seconds per run of each; rounds take turns, so that both meet the same machine."""
    counts = []
    for run in runs:
        count = 1
        while (elapsed := measure(run, count)) < 0.002:
            count = max(count * 2, int(count * 0.003 / max(elapsed, 1e-7)))
        counts.append(count)
    best, spent, rounds = [math.inf] * len(runs), 0.0, 0
    while rounds < 5 or spent < seconds * len(runs):
        for i, run in enumerate(runs):
            elapsed = measure(run, counts[i])
            best[i], spent = min(best[i], elapsed / counts[i]), spent + elapsed
        rounds += 1
    return best


def report(case, seconds, is_json):
    """Prints a case; whether it is at its bars."""
    row = {"codec": case.name, "what": case.what, "direction": case.direction, "input": case.input_name,
           "bytes": case.byte_count, "bar": case.bar}
    reached = True
    if seconds:
        ours, theirs = (case.byte_count / t / 1e6 for t in best_times([case.ours, case.theirs], seconds))
        row |= {"ours": round(ours, 1), "theirs": round(theirs, 1), "ratio": round(ours / theirs, 3)}
        reached = not case.bar or ours / theirs >= case.bar
    if case.sizes:
        row |= {"size": case.sizes[0], "their_size": case.sizes[1]}
        if case.most:
            row["most"] = case.most
            reached &= case.sizes[0] <= case.most * case.sizes[1] or not seconds
    row["reached"] = reached
    if is_json:
        print(json.dumps(row), flush=True)
    elif seconds:
        size = f"  size {case.sizes[0] / case.sizes[1]:.4f}" if case.sizes else ""
        bar = f"{case.bar:.2f}" if case.bar else "   -"
        print(f"{case.name:<12}{case.what:<18}{case.direction:<8}{case.input_name:<10}{ours:>10.0f}{theirs:>10.0f}"
              f"{ours / theirs:>9.3f}{bar:>7}{'' if reached else '  below'}{size}", flush=True)
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", nargs="?", help="an RGB picture (default: one made here)")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this codec")
    parser.add_argument("--what", metavar="TEXT", help="only the cases with TEXT in codec, kind, direction and input")
    parser.add_argument("--json", action="store_true", help="one JSON object per line instead of the table")
    parser.add_argument("--smoke", action="store_true", help="only check the outputs, on small inputs")
    parser.add_argument("--seconds", type=float, default=0.3, help="time to spend on each side (default 0.3)")
    parser.add_argument("--core", type=int, help="the core to run on (default: the last one allowed)")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0)) if arguments.core is None else arguments.core})
    side = 32 if arguments.smoke else 1024
    raster = raster16(side)
    inputs = {"photo": photo(arguments.photo, arguments.smoke), "raster16": raster,
              "raster8": (raster >> 4).astype("u1"), "text": text(5_000 if arguments.smoke else 2 << 20)}
    if not arguments.json and not arguments.smoke:
        print(f"imagecodecs {imagecodecs.__version__}: MB/s\n{'codec':<12}{'':<18}{'':<8}{'input':<10}{'ours':>10}"
              f"{'theirs':>10}{'ratio':>9}{'bar':>7}")
    count, missed = 0, []
    for group in (byte_codecs, integer_codecs, qoi, dicomrle, textures, filters):
        for name, make in group(inputs):
            if arguments.only and name not in arguments.only:
                continue
            for case in make():
                title = f"{case.name} {case.what} {case.direction} {case.input_name}"
                if arguments.what and arguments.what not in title:
                    continue
                count += 1
                if not report(case, 0 if arguments.smoke else arguments.seconds, arguments.json and not arguments.smoke):
                    missed.append(title)
    if arguments.smoke:
        print(f"{count} comparisons with imagecodecs, outputs checked, nothing timed")
    elif not arguments.json:
        print(f"{count - len(missed)} of {count} at their bars" + "".join(f"\n  below: {title}" for title in missed))


if __name__ == "__main__":
    main()
