# SPDX-License-Identifier: Apache-2.0
"""deflate, zlib and gzip against zlib (Python's own), libdeflate (imagecodecs) and gzip."""
import gzip
import os
import shutil
import subprocess
import zlib

import imagecodecs
import numpy

from harness import Failure, check

WRAPPERS = {"deflate": -15, "zlib": 15, "gzip": 31}
STRATEGIES = {"default": zlib.Z_DEFAULT_STRATEGY, "filtered": zlib.Z_FILTERED, "rle": zlib.Z_RLE,
              "huffman": zlib.Z_HUFFMAN_ONLY, "fixed": zlib.Z_FIXED}


def content(rng):
    size = rng.choice((rng.randint(0, 40), rng.randint(0, 3000), rng.choice((32767, 32768, 65535, 65536)), rng.randint(0, 300000)))
    if rng.random() < 0.3:  # text-like
        words = [bytes(rng.choices(range(97, 123), k=rng.randint(1, 9))) for _ in range(rng.randint(1, 200))]
        return b" ".join(rng.choices(words, k=size // 5 + 1))[:size]
    return rng.array((size,), numpy.uint8).tobytes()


def run(iio, verb, name, data, *words):
    done = iio.run("codec", verb, name, *words, data=data)
    if done.returncode:
        raise Failure(f"{verb} {name} {words}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def zlib_writes(iio, rng, folder):
    """zlib with any level, strategy, memory, flushes; several gzip members."""
    data = content(rng)
    name = rng.choice(list(WRAPPERS))
    encoded = b""
    members = rng.randint(1, 3) if name == "gzip" else 1
    for part in range(members):
        piece = data[len(data) * part // members:len(data) * (part + 1) // members]
        level, memory = rng.randint(0, 9), rng.randint(1, 9)
        bits = WRAPPERS[name] if rng.random() < 0.7 or name == "deflate" else WRAPPERS[name] - rng.randint(0, 6)
        encoder = zlib.compressobj(level, zlib.DEFLATED, bits, memory, rng.choice(list(STRATEGIES.values())))
        cut = rng.randint(0, len(piece))
        encoded += encoder.compress(piece[:cut])
        encoded += encoder.flush(rng.choice((zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH)))
        encoded += encoder.compress(piece[cut:]) + encoder.flush()
    check(run(iio, "decode", name, encoded) == data, "decoded data differ")


def libdeflate_writes(iio, rng, folder):
    data = content(rng)
    encode, name = rng.choice(((imagecodecs.deflate_encode, "zlib"), (imagecodecs.gzip_encode, "gzip")))
    check(run(iio, "decode", name, bytes(encode(data, level=rng.randint(0, 12)))) == data, "decoded data differ")


def we_write(iio, rng, folder):
    data = content(rng)
    name = rng.choice(list(WRAPPERS))
    words = [f"--param=level={rng.randint(0, 12)}"]
    if rng.random() < 0.3:
        words.append(f"--param=strategy={rng.choice(list(STRATEGIES))}")
    encoded = run(iio, "encode", name, data, *words)
    decoder = zlib.decompressobj(WRAPPERS[name])
    check(decoder.decompress(encoded) + decoder.flush() == data, "zlib reads other data", words)
    check(decoder.eof and not decoder.unused_data, "zlib does not see the end")
    if name == "zlib":
        check(bytes(imagecodecs.deflate_decode(encoded, out=len(data))) == data, "libdeflate reads other data")
    if name == "gzip":
        check(gzip.decompress(encoded) == data, "gzip reads other data")
        if shutil.which("gzip"):
            done = subprocess.run(["gzip", "-t"], input=encoded, capture_output=True)
            check(done.returncode == 0, "gzip -t", done.stderr)


def damaged(iio, rng, folder):
    """What zlib accepts we accept, with the same bytes; what it refuses we refuse."""
    data = content(rng)[:5000]
    name = rng.choice(("deflate", "zlib"))
    encoder = zlib.compressobj(rng.randint(1, 9), zlib.DEFLATED, WRAPPERS[name])
    encoded = bytearray(encoder.compress(data) + encoder.flush())
    for _ in range(rng.randint(1, 3)):
        encoded[rng.randrange(len(encoded))] = rng.randrange(256)
    if rng.random() < 0.2:
        del encoded[rng.randrange(len(encoded)):]
    decoder = zlib.decompressobj(WRAPPERS[name])
    try:
        expected = decoder.decompress(bytes(encoded)) + decoder.flush()
        if not decoder.eof:
            expected = None
    except zlib.error:
        expected = None
    done = iio.run("codec", "decode", name, data=bytes(encoded))
    check(done.returncode >= 0, "the command died with", done.returncode)
    check((done.returncode == 0) == (expected is not None), "zlib disagrees:", done.stderr.decode(errors="replace"))
    if expected is not None:
        check(done.stdout == expected, "decoded data differ")


KINDS = {
    "streams: zlib writes": zlib_writes,
    "streams: libdeflate writes": libdeflate_writes,
    "streams: we write": we_write,
    "streams: damaged": damaged,
}
