# SPDX-License-Identifier: Apache-2.0
"""The codecs for which an array is more than its bytes: filters, packed numbers, images.

Each function has imagecodecs' name and parameters, and returns what that returns.
"""

import enum
import math

import numpy

from . import _library
from ._functions import as_bytes, decoded, encoded, run_into, separate, writable
from ._library import IioError, open_image

CONSTANTS = {
    "aec": {
        "FLAG": enum.IntEnum("FLAG", {
            "DATA_SIGNED": 1, "DATA_3BYTE": 2, "DATA_MSB": 4, "DATA_PREPROCESS": 8,
            "RESTRICTED": 16, "PAD_RSI": 32, "NOT_ENFORCE": 64}),
    },
    "szip": {
        "OPTION_MASK": enum.IntEnum("OPTION_MASK", {
            "ALLOW_K13": 1, "CHIP": 2, "EC": 4, "LSB": 8, "MSB": 16, "NN": 32, "RAW": 128}),
    },
    "quantize": {
        "MODE": enum.IntEnum("MODE", {
            "NOQUANTIZE": 0, "BITGROOM": 1, "GRANULARBR": 2, "BITROUND": 3, "SCALE": 100}),
    },
}
_ROUND = enum.IntEnum("ROUND", {"TONEAREST": 0, "UPWARD": 2048, "DOWNWARD": 1024, "TOWARDZERO": 3072})
for _name in ("float24", "bfloat16"):
    CONSTANTS[_name] = {"ROUND": _ROUND}


def _given(**parameters):
    return {name: value for name, value in parameters.items() if value is not None}


def _is_swapped(dtype):
    return dtype.itemsize > 1 and not dtype.isnative


def _array(shape, dtype, out):
    """A new array, or `out` when it is one of that size."""
    if out is None:
        return numpy.empty(shape, dtype)
    view = writable(out)
    if view.nbytes != math.prod(shape) * numpy.dtype(dtype).itemsize:
        raise ValueError("out has another size than the result")
    return view


def _keeping(function, name, data, out, parameters, swaps):
    """Runs a filter that keeps the shape and type of an array.

    `swaps`: for other byte orders, of values going in and coming out.
    """
    array = numpy.ascontiguousarray(data)
    result = _array(array.shape, array.dtype, out)
    if name != "bitorder":
        parameters["itemsize"] = array.itemsize
    if name not in ("bitorder", "bitshuffle"):
        parameters["shape"] = array.shape or (1,)
    source = separate(array, result, may_be_same=True)
    before, after = swaps if _is_swapped(array.dtype) else (False, False)
    if before:  # the whole element, also of two numbers
        source = source.view(f"u{array.itemsize}").byteswap()
    function(name, source, result, parameters)
    if after:
        result.view(f"u{array.itemsize}").byteswap(inplace=True)
    return result


# Which values are swapped before and after, for encoding and for decoding.
_FILTERS = {
    "bitorder": ((), [(False, False)] * 2),
    "delta": (("axis", "dist"), [(True, True)] * 2),
    "xor": (("axis", "dist"), [(False, False)] * 2),
    "floatpred": (("axis", "dist"), [(True, False), (False, True)]),
    "byteshuffle": (("axis", "dist", "delta", "reorder"), None),
    "bitshuffle": (("itemsize", "blocksize"), [(False, False)] * 2),
}


def filter_functions(name):
    known, swaps = _FILTERS[name]

    def make(direction):
        function = _library.decode if direction else _library.encode
        of_bytes = decoded if direction else encoded

        def run(data, *, out=None, **parameters):
            for parameter in parameters:
                if parameter not in known:
                    raise TypeError(f"unexpected keyword argument {parameter!r}")
            if not isinstance(data, numpy.ndarray):
                return of_bytes(name, data, out, parameters, may_be_same=name != "bitshuffle")
            pair = swaps
            if pair is None:  # planes as stored, or most significant first in any byte order
                pair = _FILTERS["floatpred"][1] if parameters.get("reorder") else [(False, False)] * 2
            parameters.pop("itemsize", None)
            if name in ("floatpred", "byteshuffle") and data.ndim and "axis" in parameters:
                parameters["axis"] %= data.ndim  # as imagecodecs does, whatever the number
            return _keeping(function, name, data, out, parameters, pair[direction])

        return run

    return {name + "_encode": make(0), name + "_decode": make(1)}


# Packed numbers


def packints_encode(data, bitspersample, *, runlen=0, bitorder=None, out=None):
    """Unsigned integers without gaps; see `bitorder` in the registry."""
    array = numpy.ascontiguousarray(data)
    needed = 1 if bitspersample <= 8 else 2 if bitspersample <= 16 else 4 if bitspersample <= 32 else 8
    if array.dtype.kind not in "bu" or array.itemsize != needed:
        raise ValueError("the array's type does not fit bitspersample")
    if _is_swapped(array.dtype) and bitspersample % 8:
        array = array.byteswap()
    return encoded("packints", array, out, _given(
        bitspersample=bitspersample, runlen=runlen, bitorder=bitorder))


def packints_decode(data, dtype, bitspersample, *, runlen=0, bitorder=None, out=None):
    """An array of as many whole runs as the bytes hold."""
    dtype = numpy.dtype(dtype)
    data = as_bytes(data)
    parameters = _given(bitspersample=bitspersample, runlen=runlen, bitorder=bitorder)
    if out is None:
        result = _library.decode_all("packints", data, parameters)
        if result.nbytes % dtype.itemsize:
            raise ValueError("dtype does not fit bitspersample")
        result = result.view(dtype)
    else:
        result = writable(out)
        size = _library.decode("packints", separate(data, result), result, parameters)
        if size != result.nbytes:
            result = result.reshape(-1)[: size // result.itemsize]
    if _is_swapped(dtype) and bitspersample % 8:
        result.byteswap(inplace=True)
    return result


def _narrow(name, byte_count):
    roundings = {0: "nearest", 2048: "up", 1024: "down", 3072: "zero"}

    def encode(data, *, byteorder=None, rounding=None, out=None):
        array = numpy.asarray(data)
        if array.dtype.kind != "f":
            raise ValueError("the array is not of floats")
        array = numpy.ascontiguousarray(array, numpy.float32)
        return encoded(name, array, out, {
            "byteorder": _order(byteorder), "rounding": roundings[int(rounding or 0)]})

    def decode(data, *, byteorder=None, out=None):
        data = as_bytes(data)
        result = _array((data.nbytes // byte_count,), numpy.float32, out)
        _library.decode(name, separate(data, result), result, {"byteorder": _order(byteorder)})
        return result

    return {name + "_encode": encode, name + "_decode": decode}


def _order(byteorder):
    if byteorder in (None, "="):
        return "<" if numpy.little_endian else ">"
    return byteorder


def quantize_encode(data, mode, nsd, *, out=None):
    """Floats of which only the bits that matter are left; `mode` is a name or a MODE."""
    given = numpy.ascontiguousarray(data)
    if given.dtype.kind != "f" or given.itemsize not in (4, 8):
        raise ValueError("the array is not float32 or float64")
    result = _array(given.shape, given.dtype, out)
    array = _natively(given)
    if isinstance(mode, (int, numpy.integer)):
        mode = CONSTANTS["quantize"]["MODE"](mode).name
    if mode.lower() == "noquantize":
        result[...] = array
        return result
    _library.encode("quantize", separate(array, result), result, {
        "mode": mode.lower(), "nsd": nsd, "itemsize": array.itemsize})
    if _is_swapped(result.dtype):
        result.byteswap(inplace=True)
    return result


# Compressors of integers


def _natively(array):
    return array.astype(array.dtype.newbyteorder("="))


def rcomp_encode(data, *, nblock=32, out=None):
    """Rice coded integers of 1, 2 or 4 bytes."""
    array = numpy.ascontiguousarray(data)
    if array.dtype.kind not in "iu" or array.itemsize > 4:
        raise ValueError("the array is not of integers of 1, 2 or 4 bytes")
    return encoded("rcomp", _natively(array), out, {"itemsize": array.itemsize, "nblock": nblock})


def rcomp_decode(data, shape=None, dtype=None, *, nblock=32, out=None):
    """The array of `shape` and `dtype`, or of those of `out`."""
    if out is not None and (shape is None or dtype is None):
        shape, dtype = out.shape, out.dtype
    if shape is None or dtype is None:
        raise TypeError("rcomp_decode() needs shape and dtype, or out")
    dtype = numpy.dtype(dtype)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    result = _array(shape, dtype, out)
    data = as_bytes(data)
    _library.decode("rcomp", separate(data, result), result, {
        "itemsize": dtype.itemsize, "nblock": nblock, "count": math.prod(shape)})
    if _is_swapped(dtype):
        result.byteswap(inplace=True)
    return result


def _aec_parameters(array, bitspersample, flags, blocksize, rsi):
    if isinstance(array, numpy.ndarray):
        if bitspersample is None:
            bitspersample = array.itemsize * 8
        if flags is None:  # imagecodecs takes arrays of another byte order as they are, unsigned
            flags = 8 | (array.dtype.char in "hilqnfde" and array.dtype.isnative)
    flags = 8 if flags is None else int(flags) & 63
    return _given(bitspersample=bitspersample, flags=flags, blocksize=blocksize, rsi=rsi)


def aec_encode(data, *, bitspersample=None, flags=None, blocksize=None, rsi=None, out=None):
    """CCSDS 121.0-B; parameters that are not given are those of an array's type."""
    return encoded("aec", data, out, _aec_parameters(data, bitspersample, flags, blocksize, rsi))


def aec_decode(data, *, bitspersample=None, flags=None, blocksize=None, rsi=None, out=None):
    """As many samples as `out` has room for; parameters as they were for encoding."""
    return decoded("aec", data, out, _aec_parameters(out, bitspersample, flags, blocksize, rsi))


def szip_params(data, /, options_mask=4, pixels_per_block=32):
    """The parameters of HDF5's filter for an array."""
    array = numpy.asarray(data)
    bits, shape = array.itemsize * 8, array.shape
    # Samples of 32 or 64 bits together are a pixel.
    if array.ndim > 1 and bits * shape[-1] in (32, 64):
        bits, shape = bits * shape[-1], shape[:-1]
    block = max(2, min(pixels_per_block, math.prod(shape)) // 2 * 2)
    last = shape[-1] if shape else 0
    line = block if last < pixels_per_block else min(last, 128 * block)
    is_big = array.itemsize > 1 and _is_swapped(array.dtype) == numpy.little_endian
    return {
        "options_mask": int(options_mask) & ~24 | (16 if is_big else 8), "pixels_per_block": block,
        "bits_per_pixel": bits, "pixels_per_scanline": line}


def szip_encode(
    data, /, options_mask, pixels_per_block, bits_per_pixel, pixels_per_scanline, *, header=False,
    out=None,
):
    """HDF5's filter 4; see `szip_params`."""
    return encoded("szip", data, out, dict(
        options_mask=options_mask, pixels_per_block=pixels_per_block, bits_per_pixel=bits_per_pixel,
        pixels_per_scanline=pixels_per_scanline, header=header))


def szip_decode(
    data, /, options_mask, pixels_per_block, bits_per_pixel, pixels_per_scanline, *, header=False,
    out=None,
):
    """HDF5's filter 4. Without header and `out`, whole scanlines."""
    return decoded("szip", data, out, dict(
        options_mask=options_mask, pixels_per_block=pixels_per_block, bits_per_pixel=bits_per_pixel,
        pixels_per_scanline=pixels_per_scanline, header=header))


def lz4_encode(data, level=None, *, hc=False, header=False, out=None):
    """LZ4 block; `level` is the acceleration, or with `hc` the level."""
    most = 12 if hc else 65537
    level = None if level is None else max(1, min(level, most))
    return encoded("lz4", data, out, _given(level=level, hc=hc, header=header))


def lz4f_encode(
    data, level=None, *, blocksizeid=None, contentchecksum=None, blockchecksum=None, linked=None,
    out=None,
):
    """LZ4 frame; `level` from 3 on is that of high compression, below 0 acceleration."""
    level = 0 if level is None else min(level, 12)
    effort = {"level": level, "hc": True} if level > 2 else {"level": max(1, -level)}
    return encoded("lz4f", data, out, _given(
        blocksizeid=blocksizeid, contentchecksum=contentchecksum, blockchecksum=blockchecksum,
        linked=linked, **effort))


def packbits_encode(data, *, axis=None, out=None):
    """Run lengths; of an array, each row from `axis` on (the last) is a stream of its own."""
    parameters = {}
    if isinstance(data, numpy.ndarray) and data.ndim:
        axis = (-1 if axis is None else axis) % data.ndim
        parameters["row"] = max(1, math.prod(data.shape[axis:]) * data.itemsize)
    return encoded("packbits", data, out, parameters)


def dicomrle_encode(data, *, samples=1, columns=None, out=None):
    """Segments of DICOM's run lengths for the samples of an array, plane by plane."""
    array = numpy.ascontiguousarray(data)
    is_big = array.itemsize > 1 and _is_swapped(array.dtype) == numpy.little_endian
    return encoded("dicomrle", array, out, _given(
        itemsize=array.itemsize, bigendian=is_big, samples=samples, columns=columns))


def dicomrle_decode(data, dtype, *, out=None):
    """Samples of `dtype`, plane by plane."""
    dtype = numpy.dtype(dtype)
    is_big = dtype.itemsize > 1 and _is_swapped(dtype) == numpy.little_endian
    return decoded("dicomrle", data, out, {"itemsize": dtype.itemsize, "bigendian": is_big})


# Images


def eer_decode(data, shape, skipbits, horzbits, vertbits, *, superres=0, out=None):
    """Counts of electrons: bool, or added to `out`, which is bool, uint8 or uint16."""
    result = numpy.zeros(shape, bool) if out is None else writable(out)
    counts = numpy.zeros(shape, f"u{result.itemsize}")
    _library.decode("eer", as_bytes(data), counts, {
        "shape": shape, "skipbits": skipbits, "horzbits": horzbits, "vertbits": vertbits,
        "superres": superres, "itemsize": result.itemsize})
    view = result.view(counts.dtype)
    view += counts
    return result


def bcn_decode(data, format, *, shape=None, out=None):
    """Blocks of BC1 to BC7; -6 is BC6H with sign."""
    if shape is None:
        if out is None:
            raise TypeError("bcn_decode() needs shape or out")
        shape = out.shape
    kinds = {4: ((), "u1"), 5: ((2,), "u1"), 6: ((3,), "f2"), -6: ((3,), "f2")}
    channels, dtype = kinds.get(format, ((4,), "u1"))
    size = tuple(int(length) for length in shape[:2])
    result = _array(size + channels, numpy.dtype(dtype), out)
    data = as_bytes(data)
    _library.decode("bcn", separate(data, result), result, {"format": format, "shape": size})
    return result


def image_functions(name, format):
    """Decoding of a file format, and encoding where the registry has it."""

    def decode(data, *, out=None):
        with open_image(data, format) as image:
            return image.read(None, out)

    def encode(data, *, out=None):
        array = numpy.ascontiguousarray(data)
        if _is_swapped(array.dtype):
            array = _natively(array)
        return encoded(name, array, out, {"shape": array.shape, **_dtype(name, array)})

    return {name + "_encode": encode, name + "_decode": decode}


def _dtype(name, array):
    if name == "numpy":
        return {"dtype": array.dtype.name}
    wanted = {"qoi": numpy.uint8, "rgbe": numpy.float32}[name]
    if array.dtype != wanted:
        raise ValueError(f"{name} takes {wanted.__name__}, not {array.dtype}")
    return {}


def rgbe_encode(data, *, header=None, rle=None, out=None):
    """A Radiance picture, or with header=False its pixels alone, not in runs unless `rle`."""
    array = numpy.ascontiguousarray(data)
    if _is_swapped(array.dtype):
        array = _natively(array)
    return encoded("rgbe", array, out, _given(
        shape=array.shape, header=header, rle=rle, **_dtype("rgbe", array)))


def rgbe_decode(data, *, header=None, rle=None, out=None):
    """float32 of a Radiance picture; pixels without header go into `out`."""
    if header is None or header:
        with open_image(data, "HDR") as image:
            return image.read(None, out)
    if out is None:
        raise ValueError("pixels without header need out")
    parameters = _given(header=False, rle=rle, shape=out.shape)
    run_into(_library.decode, "rgbe", data, out, parameters)
    return out


# Checksums


def _checksum(name, start=0):
    def function(data, value=None):
        return _library.checksum(name, as_bytes(data), start if value is None else value)

    return function


CHECKSUMS = {
    "h5checksum_fletcher32": _checksum("fletcher32"),
    "h5checksum_lookup3": _checksum("lookup3"),
    "h5checksum_crc": _checksum("h5crc"),
    "h5checksum_metadata": _checksum("h5metadata"),
    "h5checksum_hash_string": _checksum("h5string"),
    "zlib_crc32": _checksum("crc32"),
    "zlib_adler32": _checksum("adler32", 1),
    "deflate_crc32": _checksum("crc32"),
    "deflate_adler32": _checksum("adler32", 1),
    "xxh32": _checksum("xxh32"),
    "xxh64": _checksum("xxh64"),
}


def functions(codecs):
    """All of the above, by codec."""
    made = {name: filter_functions(name) for name in _FILTERS}
    made["float24"], made["bfloat16"] = _narrow("float24", 3), _narrow("bfloat16", 2)
    for name in ("qoi", "numpy"):
        made[name] = image_functions(name, codecs[name]["format"])
    made["dds"] = {"dds_decode": image_functions("dds", "DDS")["dds_decode"]}
    for function in (
        packints_encode, packints_decode, quantize_encode, rcomp_encode, rcomp_decode, aec_encode,
        aec_decode, szip_encode, szip_decode, szip_params, lz4_encode, lz4f_encode,
        packbits_encode, dicomrle_encode, dicomrle_decode, eer_decode, bcn_decode, rgbe_encode,
        rgbe_decode,
    ):
        made.setdefault(function.__name__.split("_")[0], {})[function.__name__] = function
    return made
