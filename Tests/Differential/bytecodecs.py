# SPDX-License-Identifier: Apache-2.0
"""The byte codecs, filters and checksums against imagecodecs, in both directions."""
import struct

import imagecodecs
import numpy

from harness import Failure, check
from streams import content, run


def both(iio, name, data, encode_words=(), decode_words=(), encode=None, decode=None, exact=False):
    """Ours reads theirs, theirs reads ours; with `exact` the encoded bytes are the same."""
    ours = run(iio, "encode", name, data, *encode_words)
    if encode is not None and (theirs := encode(data)) is not None:
        check(run(iio, "decode", name, bytes(theirs), *decode_words) == data, name, "we read other data")
        if exact:
            check(ours == bytes(theirs), name, "the encoded bytes differ")
    check(run(iio, "decode", name, ours, *decode_words) == data, name, "our own data differ")
    if decode is not None:
        check(bytes(decode(ours)) == data, name, "they read other data")


def snappy(iio, rng, folder):
    both(iio, "snappy", content(rng), encode=imagecodecs.snappy_encode, decode=imagecodecs.snappy_decode)


def lzf(iio, rng, folder):
    data = content(rng)
    header = rng.random() < 0.5 or not data
    words = ["--param=header=true"] if header else []
    both(iio, "lzf", data, words, words,
         encode=(lambda d: imagecodecs.lzf_encode(d, header=header)) if len(data) > 4 else None,
         decode=(lambda e: imagecodecs.lzf_decode(e, header=header, out=len(data))) if data else None)


def pglz(iio, rng, folder):
    data = content(rng)[:100000]
    strategy = rng.choice(("default", "always"))
    both(iio, "pglz", data, ["--param=header=true", f"--param=strategy={strategy}"], ["--param=header=true"],
         encode=lambda d: imagecodecs.pglz_encode(d, header=True, strategy=None if strategy == "default" else strategy),
         decode=lambda e: imagecodecs.pglz_decode(e, header=True))


def lzo_stream(rng):
    """Random instructions of every kind, and the bytes they stand for."""
    encoded, plain, state = bytearray(), bytearray(), 0

    def literals(count):
        data = rng.randbytes(count)
        encoded.extend(data)
        plain.extend(data)

    def match(distance, length):
        for _ in range(length):
            plain.append(plain[-distance])

    def length(value, bits):
        mask = (1 << bits) - 1
        if value <= mask:
            return value, b""
        rest = value - mask - 1
        return 0, bytes(rest // 255) + bytes([rest % 255 + 1])

    first = rng.randint(1, 238)
    encoded.append(17 + first)
    literals(first)
    state = min(first, 4)
    for _ in range(rng.randint(1, 400)):
        tail, kind = rng.randint(0, 3), rng.randint(0, 4)
        if kind == 0 and state == 0:
            count = rng.randint(4, 700)
            low, more = length(count - 3, 4)
            encoded += bytes([low]) + more
            literals(count)
            state = 4
            continue
        if kind == 0:
            base, size = (2049, 3) if state == 4 else (1, 2)
            if len(plain) < base:
                continue
            far = rng.randint(0, min(len(plain) - base, 1023))
            encoded += bytes([(far & 3) << 2 | tail, far >> 2])
            match(base + far, size)
        elif kind == 1:
            far, size = rng.randint(0, min(len(plain), 2048) - 1), rng.randint(3, 8)
            encoded += bytes([(size - 1) << 5 | (far & 7) << 2 | tail, far >> 3])
            match(far + 1, size)
        elif kind < 4 or len(plain) < 16386:
            far, size = rng.randint(0, min(len(plain), 16384) - 1), rng.randint(3, 600)
            low, more = length(size - 2, 5)
            encoded += bytes([32 | low]) + more + struct.pack("<H", far << 2 | tail)
            match(far + 1, size)
        else:
            far, size = rng.randint(1, min(len(plain) - 16384, 32767)), rng.randint(3, 300)
            low, more = length(size - 2, 3)
            encoded += bytes([16 | far >> 14 << 3 | low]) + more + struct.pack("<H", (far & 0x3FFF) << 2 | tail)
            match(16384 + far, size)
        literals(tail)
        state = tail
    return bytes(encoded) + b"\x11\0\0", bytes(plain)


def lzo(iio, rng, folder):
    encoded, plain = lzo_stream(rng)
    check(bytes(imagecodecs.lzo_decode(encoded, out=len(plain))) == plain, "the stream is not what was meant")
    check(run(iio, "decode", "lzo", encoded) == plain, "lzo: decoded data differ")


def dicomrle(iio, rng, folder):
    size, samples = rng.choice((1, 2, 4)), rng.randint(1, 3)
    columns = rng.randint(1, 90)
    pixels = columns * rng.randint(1, 60)
    data = rng.array((pixels * samples * size,), numpy.uint8).tobytes()
    order = rng.choice("<>")
    words = [f"--param=itemsize={size}", f"--param=bigendian={str(order == '>').lower()}"]
    ours = run(iio, "encode", "dicomrle", data, *words, f"--param=samples={samples}", f"--param=columns={columns}")
    check(run(iio, "decode", "dicomrle", ours, *words) == data, "dicomrle: our own data differ")
    theirs = imagecodecs.dicomrle_decode(ours, f"{order}u{size}")
    check(bytes(theirs) == data, "dicomrle: they read other data")


def rcomp(iio, rng, folder):
    dtype = rng.choice((numpy.uint8, numpy.uint16, numpy.uint32))
    array = rng.array((rng.randint(1, 3000),), dtype)
    block = rng.choice((1, 8, 16, 32, 33, 100))
    words = [f"--param=itemsize={array.itemsize}", f"--param=nblock={block}"]
    both(iio, "rcomp", array.tobytes(), words, words + [f"--param=count={array.size}"],
         encode=lambda d: imagecodecs.rcomp_encode(array, nblock=block, out=4 * array.nbytes + 1000),
         decode=lambda e: imagecodecs.rcomp_decode(e, shape=array.shape, dtype=dtype, nblock=block).tobytes(), exact=True)


def eer(iio, rng, folder):
    # Places of other widths are not in any specification, and the reference writes beyond its output. It
    # takes even numbers of bytes.
    skip, x, y = rng.choice(((7, 2, 2), (8, 2, 2), (5, 2, 2)))
    factor = rng.randint(0, 2)
    shape = rng.randint(1, 40) << min(factor, y), rng.randint(1, 40) << min(factor, x)
    data = rng.randbytes(2 * rng.randint(2, 100))
    size = rng.choice((1, 2))
    image = numpy.zeros(shape, f"u{size}")
    try:
        expected = imagecodecs.eer_decode(data, shape, skip, x, y, superres=factor, out=image)
    except ValueError:  # a shape that it does not take
        return
    except Exception:
        expected = None
    done = iio.run("codec", "decode", "eer", f"--param=shape={shape[0]},{shape[1]}", f"--param=skipbits={skip}",
                   f"--param=horzbits={x}", f"--param=vertbits={y}", f"--param=superres={factor}",
                   f"--param=itemsize={size}", data=data)
    check((done.returncode == 0) == (expected is not None), "eer: they disagree on what is valid", done.stderr)
    if expected is not None:
        check(done.stdout == image.tobytes(), "eer: events lie elsewhere")


def floats(rng):
    """Floats of every size, without those that imagecodecs rounds wrongly to 24 bits."""
    count = rng.randint(1, 2000)
    generator = numpy.random.default_rng(rng.getrandbits(64))
    bits = generator.integers(0, 1 << 32, count, dtype=numpy.uint64).astype(numpy.uint32)
    if rng.random() < 0.5:
        return generator.normal(0, 10.0 ** rng.randint(-5, 5), count).astype(numpy.float32)
    return bits.view(numpy.float32)


def narrow_floats(iio, rng, folder):
    values = floats(rng)
    order, rounding = rng.choice("<>"), rng.choice(("nearest", "up", "down", "zero"))
    constant = {"nearest": "TONEAREST", "up": "UPWARD", "down": "DOWNWARD", "zero": "TOWARDZERO"}[rounding]
    for name in ("float24", "bfloat16"):
        if name == "float24":  # a carry into the exponent, and small numbers: wrong in the reference
            bits = values.view(numpy.uint32)
            values = values[(bits & 0x7FFF80 != 0x7FFF80) & ((bits >> 23 & 255) > 64)]
        kinds = getattr(imagecodecs, name.upper()).ROUND
        expected = getattr(imagecodecs, f"{name}_encode")(values, byteorder=order, rounding=getattr(kinds, constant))
        words = [f"--param=byteorder={order}"]
        ours = run(iio, "encode", name, values.tobytes(), *words, f"--param=rounding={rounding}")
        check(ours == bytes(expected), name, rounding, "encoded floats differ")
        data = rng.randbytes(len(ours))
        theirs = getattr(imagecodecs, f"{name}_decode")(data, byteorder=order)
        check(run(iio, "decode", name, data, *words) == theirs.tobytes(), name, "decoded floats differ")


def quantize(iio, rng, folder):
    dtype = rng.choice((numpy.float32, numpy.float64))
    values = floats(rng).astype(dtype)
    values = values[numpy.isfinite(values)]
    mode = rng.choice(("bitgroom", "bitround", "granularbr", "scale"))
    digits = rng.randint(1, {"bitgroom": 6, "bitround": 22, "granularbr": 6, "scale": 8}[mode])
    expected = imagecodecs.quantize_encode(values, mode, digits)
    ours = run(iio, "encode", "quantize", values.tobytes(), f"--param=mode={mode}", f"--param=nsd={digits}",
               f"--param=itemsize={values.itemsize}")
    ours = numpy.frombuffer(ours, dtype)
    # A logarithm that is almost an integer may be cut either way, and what keeps all bits has no rule.
    apart = (ours != expected) & numpy.isfinite(expected)
    if mode == "granularbr":
        apart &= numpy.abs(values) > 1e-37
        check(apart.sum() <= 1 + values.size // 500, "granularbr: too many differ", apart.sum(), "of", values.size)
    else:
        check(not apart.any(), mode, digits, "differs at", values[apart][:3], ours[apart][:3], expected[apart][:3])


def lz4(iio, rng, folder):
    data = content(rng)
    if not data:
        return
    level = rng.randint(1, 12)
    words = [f"--param=level={level}"] + (["--param=hc=true"] if rng.random() < 0.5 else [])
    both(iio, "lz4", data, words, encode=lambda d: imagecodecs.lz4_encode(d, level, hc=len(words) > 1),
         decode=lambda e: imagecodecs.lz4_decode(e, out=len(data)))
    both(iio, "lz4f", data, words, encode=lambda d: imagecodecs.lz4f_encode(d, rng.randint(0, 12)),
         decode=lambda e: imagecodecs.lz4f_decode(e, out=len(data)))
    both(iio, "lz4h5", data, encode=imagecodecs.lz4h5_encode, decode=imagecodecs.lz4h5_decode)


def lzw_and_packbits(iio, rng, folder):
    data = content(rng)
    both(iio, "lzw", data, encode=lambda d: imagecodecs.lzw_encode(d) if d else None,
         decode=(lambda e: imagecodecs.lzw_decode(e, out=len(data))) if data else None)
    both(iio, "packbits", data, encode=imagecodecs.packbits_encode, exact=True,
         decode=lambda e: imagecodecs.packbits_decode(e, out=len(data)) if data else b"")


def damaged(iio, rng, folder):
    """What the reference accepts we accept, with the same bytes."""
    data = content(rng)[:3000]
    name = rng.choice(("snappy", "packbits"))
    encoded = bytearray(getattr(imagecodecs, f"{name}_encode")(data))
    for _ in range(rng.randint(0, 3)):
        if encoded:
            encoded[rng.randrange(len(encoded))] = rng.randrange(256)
    if encoded and rng.random() < 0.3:
        del encoded[rng.randrange(len(encoded)):]
    try:
        expected = bytes(getattr(imagecodecs, f"{name}_decode")(bytes(encoded)))
    except Exception:
        expected = None
    done = iio.run("codec", "decode", name, data=bytes(encoded))
    check(done.returncode >= 0, "the command died with", done.returncode)
    if expected is not None:
        check(done.returncode == 0 and done.stdout == expected, name, "decoded data differ", done.stderr)
    elif name == "snappy":
        check(done.returncode != 0, name, "they refuse what we accept")


KINDS = {f"bytes: {function.__name__.replace('_', ' ')}": function for function in (
    snappy, lzf, pglz, lzo, dicomrle, rcomp, eer, narrow_floats, quantize, lz4, lzw_and_packbits, damaged)}
