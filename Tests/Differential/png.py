# SPDX-License-Identifier: Apache-2.0
"""PNG against libpng (imagecodecs) and Pillow."""
import io
import os
import struct

import imagecodecs
import numpy
from PIL import Image, ImageCms, PngImagePlugin

from harness import check, check_equal, check_png, quiet


def random_image(rng, dtypes=(numpy.uint8, numpy.uint16)):
    dtype = rng.choice(dtypes)
    shape = (rng.size(), rng.size())
    channels = rng.choice((1, 2, 3, 4))
    return rng.array(shape if channels == 1 else shape + (channels,), dtype)


def libpng(image, level):
    """`image` as PNG; the room is given because the wheel's own guess is too small for some."""
    return bytes(imagecodecs.png_encode(image, level=level, out=2 * image.nbytes + 4096))


def libpng_writes(iio, rng, folder):
    image = random_image(rng)
    path = os.path.join(folder, "a.png")
    with open(path, "wb") as file:
        file.write(libpng(image, rng.randint(0, 9)))
    iio.check_pixels(path, image)


def pillow_writes(iio, rng, folder):
    """Palettes, transparency, 1-bit: Pillow writes, libpng is the truth."""
    mode = rng.choice(("1", "L", "P", "RGB", "RGBA", "LA"))
    shape = (rng.size(), rng.size())
    channels = {"RGB": 3, "RGBA": 4, "LA": 2}.get(mode)
    image = Image.fromarray(
        rng.array(shape + ((channels,) if channels else ()), bool if mode == "1" else numpy.uint8))
    options = {"optimize": rng.random() < 0.5, "compress_level": rng.randint(0, 9)}
    if mode == "P":
        bits = rng.choice((1, 2, 4, 8))
        indices = rng.array(shape, numpy.uint8) & ((1 << bits) - 1)
        image = Image.fromarray(indices).convert("L")
        image = Image.frombytes("P", image.size, indices.tobytes())
        image.putpalette(rng.array((1 << bits, 3), numpy.uint8).tobytes())
        options["bits"] = bits
        if rng.random() < 0.5:
            options["transparency"] = bytes(rng.array((1 << bits,), numpy.uint8))
    path = os.path.join(folder, "a.png")
    image.save(path, **options)
    with open(path, "rb") as file:
        data = file.read()
    expected = imagecodecs.png_decode(data)
    if mode == "1":  # libpng expands one bit to 8; imageio's bool is ours
        expected = expected.astype(bool)
    iio.check_pixels(path, expected)


def write_options(rng):
    """Options that change how the pixels are stored, not what they are."""
    options = {"interlace": rng.random() < 0.2}
    if rng.random() < 0.5:
        options["compress_level"] = rng.randint(0, 12)
    else:
        options["preset"] = rng.choice(("fast", "default", "small"))
    if rng.random() < 0.3:
        options["filter"] = rng.choice(("none", "sub", "up", "average", "paeth", "adaptive", "entropy", "brute"))
    return options


def seen(image):
    """Red, green, blue and alpha in 16 bits, whatever the type and channels."""
    top = {"bool": 65535, "uint8": 257, "uint16": 1}[image.dtype.name]
    image = image.astype(numpy.uint16) * numpy.uint16(top)
    image = image[..., None] if image.ndim == 2 else image
    colors = image[..., :3] if image.shape[2] > 2 else image[..., :1].repeat(3, 2)
    alpha = image[..., -1:] if image.shape[2] in (2, 4) else numpy.full_like(image[..., :1], 65535)
    return numpy.concatenate([colors, alpha], 2)


def we_write(iio, rng, folder):
    image = random_image(rng)
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
    with open(source, "wb") as file:
        file.write(libpng(image, 1))
    iio.convert(source, target, **write_options(rng), reduce="none")
    with open(target, "rb") as file:
        data = file.read()
    with quiet():  # libpng warns about every interlaced file
        check_equal(imagecodecs.png_decode(data), image, "libpng")
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 4 or image.dtype == numpy.uint8 and channels != 2:  # the others it refuses
        check_equal(imagecodecs.spng_decode(data), image, "libspng")
    if image.dtype == numpy.uint8:
        check_equal(numpy.asarray(Image.open(io.BytesIO(data))), image, "Pillow")
    check_png(target)


def we_reduce(iio, rng, folder):
    """Fewer bits: libpng and Pillow see the same picture, and exactly means exactly."""
    image = random_image(rng)
    if rng.random() < 0.6:  # few colours, often opaque or clear, often grey, often of 8 bits
        palette = rng.array((rng.randint(1, 300),) + image.shape[2:], image.dtype)
        if image.ndim == 3 and image.shape[2] in (2, 4) and rng.random() < 0.7:
            top = numpy.iinfo(image.dtype).max
            palette[:, -1] = numpy.where(palette[:, -1] > top // 4, top, 0)
            if rng.random() < 0.7:
                palette[palette[:, -1] == 0] = 0
        if image.ndim == 3 and image.shape[2] > 2 and rng.random() < 0.3:
            palette[:, 1] = palette[:, 2] = palette[:, 0]
        if image.dtype == numpy.uint16 and rng.random() < 0.6:
            palette = (palette >> 8) * numpy.uint16(257)
        if image.ndim == 2 and rng.random() < 0.6:
            palette = palette // 85 * 85
        image = palette[rng.array(image.shape[:2], numpy.uint16) % len(palette)]
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
    with open(source, "wb") as file:
        file.write(libpng(image, 1))
    reduce = rng.choice(("exact", "visible"))
    iio.convert(source, target, **write_options(rng), reduce=reduce)
    with open(target, "rb") as file:
        data = file.read()
    with quiet():
        back = imagecodecs.png_decode(data)
    if reduce == "exact":
        check_equal(back, image, "libpng")
        iio.check_pixels(target, image)
    check(numpy.array_equal(seen(back), seen(image)), "libpng sees another picture")
    picture = Image.open(io.BytesIO(data))
    if image.dtype == numpy.uint8:
        got = numpy.asarray(picture.convert("RGBA"))
        check(numpy.array_equal(seen(got), seen(image)), "Pillow sees another picture")
    check_png(target)


def we_quantize(iio, rng, folder):
    """At most so many colours, none lost that fit, and about as good a choice as Pillow's or better."""
    channels = rng.choice((1, 3, 4))
    shape = (rng.size(), rng.size()) + ((channels,) if channels > 1 else ())
    image = rng.array(shape, numpy.uint8)
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
    with open(source, "wb") as file:
        file.write(libpng(image, 1))
    count = rng.randint(2, 256)
    iio.convert(source, target, **write_options(rng), quantize=count)
    got = numpy.asarray(Image.open(target).convert("RGBA")).astype(float)
    pillow = Image.fromarray(image).convert("RGBA")
    wanted = numpy.asarray(pillow).astype(float)
    colors = numpy.unique(wanted.reshape(-1, 4), axis=0)
    check(len(numpy.unique(got.reshape(-1, 4), axis=0)) <= count, "more colours than asked for")
    if len(colors) <= count:
        check(numpy.array_equal(got, wanted), "colours were lost that fit")
    elif channels != 4:
        theirs = numpy.asarray(pillow.convert("RGB").quantize(count).convert("RGBA")).astype(float)
        error, their_error = ((got - wanted) ** 2).mean(), ((theirs - wanted) ** 2).mean()
        check(error <= 1.1 * their_error + 0.2, f"the squared error is {error:.2f}, Pillow's {their_error:.2f}")
    check_png(target)


def every_chunk(iio, rng, folder):
    """What Pillow says of a file it wrote, it says of our copy of it."""
    shape = (rng.size(), rng.size(), 3)
    image = Image.fromarray(rng.array(shape, numpy.uint8))
    info = PngImagePlugin.PngInfo()
    texts = {"Title": "caf\u00e9", "Comment": "word " * rng.randint(1, 200), "Author": "\u03a9"}
    for key, value in texts.items():
        if key == "Author":
            info.add_itxt(key, value, "el", "", zip=rng.random() < 0.5)
        else:
            info.add_text(key, value, zip=rng.random() < 0.5)
    info.add(b"gAMA", struct.pack(">I", rng.randint(1, 200000)))
    info.add(b"cHRM", struct.pack(">8I", *(rng.randint(1, 50000) for _ in range(8))))
    info.add(b"sBIT", bytes(rng.randint(1, 8) for _ in range(3)))
    info.add(b"bKGD", struct.pack(">3H", *(rng.randint(0, 255) for _ in range(3))), after_idat=False)
    info.add(b"tIME", struct.pack(">H5B", rng.randint(1995, 2100), 2, 28, 23, 59, 60), after_idat=False)
    info.add(b"sPLT", b"name\0\x08" + bytes(rng.randrange(256) for _ in range(6 * 3)), after_idat=False)
    info.add(b"prVt", bytes(rng.randrange(256) for _ in range(9)), after_idat=rng.random() < 0.5)
    is_new = rng.random() < 0.5  # chunks of the third edition, which pngcheck does not know yet
    if is_new:
        info.add(b"cICP", bytes((9, 16, 0, 1)))
        info.add(b"mDCV", struct.pack(">8H2I", *range(1, 9), 10000000, 1))
        info.add(b"cLLI", struct.pack(">2I", 10000000, 4000000))
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "maker", rng.randint(1, 8)
    source, target = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(source, pnginfo=info, dpi=(rng.randint(1, 2400), 300), exif=exif, icc_profile=profile,
               transparency=(1, 2, 3) if rng.random() < 0.3 else None)
    iio.convert(source, target, flags=["--read-option=stored=true"], **write_options(rng), reduce="none")
    if not is_new:
        check_png(target)
    old, new = Image.open(source), Image.open(target)
    check_equal(numpy.asarray(new), numpy.asarray(old), "Pillow")
    old.load(), new.load()
    for name in sorted(set(old.info) | set(new.info)):
        if name != "interlace":
            check(old.info.get(name) == new.info.get(name), name, old.info.get(name), new.info.get(name))
    before, after = chunks(source), chunks(target)
    for name in (b"gAMA", b"cHRM", b"sBIT", b"bKGD", b"tIME", b"sPLT", b"prVt", b"cICP", b"mDCV", b"cLLI", b"pHYs", b"eXIf", b"tRNS"):
        check(before.get(name) == after.get(name), name, before.get(name), after.get(name))


def chunks(path):
    """The data of each chunk of a file, by name."""
    with open(path, "rb") as file:
        data = file.read()
    result, place = {}, 8
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place:place + 8])
        result[name] = data[place + 8:place + 8 + length]
        place += length + 12
    return result


KINDS = {
    "png: libpng writes": libpng_writes,
    "png: Pillow writes": pillow_writes,
    "png: we write": we_write,
    "png: we reduce": we_reduce,
    "png: we quantize": we_quantize,
    "png: every chunk": every_chunk,
}
