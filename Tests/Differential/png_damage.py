# SPDX-License-Identifier: Apache-2.0
"""PNG files with something wrong, against libpng (imagecodecs)."""
import io
import os
import struct
import zlib

import imagecodecs
import numpy
from PIL import Image

from harness import Failure, check, quiet, sha256
from png import libpng, random_image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# libpng stops before it would notice that a match right behind the last pixel reaches too far.
STRICTER = "a distance reaches beyond the start of the data"


def split(data):
    """The chunks of a file: type and data."""
    result, place = [], 8
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place:place + 8])
        result.append((name, data[place + 8:place + 8 + length]))
        place += length + 12
    return result


def join(chunks):
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks)


def flipped_bit(rng, data):
    place = rng.randrange(8, len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1:]


def cut(rng, data):
    return data[:rng.randrange(20, len(data))]


def changed_chunk(rng, data):
    chunks = split(data)
    index = rng.randrange(len(chunks))
    name, content = chunks[index]
    content = bytearray(content or b"\0")
    content[rng.randrange(len(content))] = rng.randrange(256)
    return join(chunks[:index] + [(name, bytes(content))] + chunks[index + 1:])


def resized_chunk(rng, data):
    chunks = split(data)
    index = rng.randrange(len(chunks))
    name, content = chunks[index]
    content = content[:rng.randrange(len(content) + 1)] if rng.random() < 0.5 else content + bytes(rng.randrange(1, 9))
    return join(chunks[:index] + [(name, content)] + chunks[index + 1:])


def moved_chunk(rng, data):
    """One chunk is missing, twice there, or at another place."""
    chunks = split(data)
    chunk = chunks[rng.randrange(len(chunks))]
    if rng.random() < 0.7:
        chunks.remove(chunk)
    if rng.random() < 0.7:
        chunks.insert(rng.randrange(1, len(chunks) + 1), chunk)
    return join(chunks)


def changed_pixels(rng, data):
    """The filtered rows are too few, too many or changed; the checksums are right."""
    chunks = split(data)
    rows = bytearray(zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT")))
    kind = rng.randrange(3)
    if kind == 0:
        del rows[rng.randrange(len(rows)):]
    elif kind == 1:
        rows += bytes(rng.randrange(1, 50))
    else:
        rows[rng.randrange(len(rows))] = rng.randrange(256)
    place = [name for name, _ in chunks].index(b"IDAT")
    chunks = [chunk for chunk in chunks if chunk[0] != b"IDAT"]
    chunks.insert(place, (b"IDAT", zlib.compress(bytes(rows))))
    return join(chunks)


def sound(rng):
    """A file of some kind, as libpng or Pillow writes it."""
    if rng.random() < 0.6:
        return libpng(random_image(rng), rng.randint(0, 9))
    image = Image.fromarray(rng.array((rng.size(), rng.size(), 3), numpy.uint8))
    stream = io.BytesIO()
    image.quantize(rng.choice((2, 4, 16, 256))).save(stream, "PNG", dpi=(90, 90), transparency=bytes([9, 99]))
    return stream.getvalue()


def damaged(iio, rng, folder):
    """What libpng decodes we decode to the same pixels; where it gives up and we do not, we warn."""
    damage = rng.choice((flipped_bit, cut, changed_chunk, resized_chunk, moved_chunk, changed_pixels))
    data = damage(rng, sound(rng))
    path = os.path.join(folder, "a.png")
    with open(path, "wb") as file:
        file.write(data)
    try:
        with quiet():
            expected = imagecodecs.png_decode(data)
    except Exception:
        expected = None
    answer = iio.digest(path)
    what = damage.__name__
    if "error" in answer:
        message = answer["error"]["message"]
        if expected is not None and STRICTER not in message:
            raise Failure(f"{what}: refused: {message}")
        return
    if expected is None:
        check(answer.get("warnings"), what, "decoded without a warning; libpng refuses")
        return
    if answer["dtype"] == "bool":
        expected = expected != 0
    check(tuple(answer["shape"]) == expected.shape, what, "shape", answer["shape"], expected.shape)
    check(answer["sha256"] == sha256(expected), what, "pixels differ")


KINDS = {"png: damaged": damaged}
