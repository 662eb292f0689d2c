# SPDX-License-Identifier: Apache-2.0
"""Codec classes that read and write what imagecodecs.numcodecs does, under its ids.

Their parameters are those of imagecodecs' classes, so that what a Zarr array says of its chunks is
understood. They call the functions of this package, which take imagecodecs' arguments.
"""

import numpy
from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray, ensure_ndarray, ndarray_copy

import iiocodecs

_REQUIRED = object()


class _Foreign(Codec):
    """A codec whose parameters go to its functions by their names."""

    _name = ""
    _defaults = {}
    _encoding, _decoding = (), ()
    # Whether the decoder takes an array of the shape and type that the parameters tell.
    _is_filter = False

    def __init__(self, *values, **parameters):
        parameters = {**dict(zip(self._defaults, values)), **parameters}
        for name in parameters:
            if name not in self._defaults:
                raise TypeError(f"{self.codec_id} has no parameter {name!r}")
        for name, default in self._defaults.items():
            value = parameters.get(name, default)
            if value is _REQUIRED:
                raise TypeError(f"{self.codec_id} needs {name}")
            if value is not None and name == "shape":
                value = tuple(value)
            elif value is not None and name == "dtype":
                value = numpy.dtype(value).str
            setattr(self, name, value)

    def get_config(self):
        return {"id": self.codec_id, **{name: getattr(self, name) for name in self._defaults}}

    def _given(self, names):
        given = {name: getattr(self, name) for name in names}
        return {name: value for name, value in given.items() if value is not None}

    def encode(self, buf):
        function = getattr(iiocodecs, self._name + "_encode", None)
        if function is None:
            raise NotImplementedError(f"{self.codec_id} cannot encode")
        array = ensure_ndarray(buf)
        for name in ("shape", "dtype"):
            stated = getattr(self, name, None) if self._is_filter else None
            if stated is not None and stated != getattr(array, name):
                raise ValueError(f"the {name} is {getattr(array, name)}, not {stated}")
        result = function(array, **self._given(self._encoding))
        return result.tobytes() if isinstance(result, numpy.ndarray) else result

    def decode(self, buf, out=None):
        # Bytes and no array: of an array functions would take shape and type for parameters.
        data = memoryview(ensure_contiguous_ndarray(buf)).cast("B")
        if self._is_filter:
            data = numpy.frombuffer(data, numpy.uint8)
            if self.dtype is not None:
                data = data.view(self.dtype)
            if self.shape is not None:
                data = data.reshape(self.shape)
        function = getattr(iiocodecs, self._name + "_decode", None)
        result = data if function is None else function(data, **self._given(self._decoding))
        return result if out is None else ndarray_copy(result, out)

    def __repr__(self):
        items = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._defaults)
        return f"{type(self).__name__}({items})"


class _Rgbe(_Foreign):
    def decode(self, buf, out=None):
        if not self.header and out is None:
            out = numpy.empty(self.shape, numpy.float32)
        return iiocodecs.rgbe_decode(
            ensure_contiguous_ndarray(buf), header=self.header, rle=self.rle, out=out)


class _Checksum(Codec):
    """Data with a checksum before or behind it."""

    codec_id = "imagecodecs_checksum"
    _functions = {
        "crc32": (iiocodecs.zlib_crc32, True), "adler32": (iiocodecs.zlib_adler32, True),
        "fletcher32": (iiocodecs.h5checksum_fletcher32, False),
        "lookup3": (iiocodecs.h5checksum_lookup3, False),
        "h5crc": (iiocodecs.h5checksum_crc, False),
    }

    def __init__(self, *, kind, value=None, prefix=None, prepend=None, byteorder="<"):
        if kind not in self._functions:
            raise ValueError(f"there is no checksum {kind!r}")
        self._function, is_first = self._functions[kind]
        self.kind, self.value, self.prefix = kind, value, prefix
        self.prepend = is_first if prepend is None else bool(prepend)
        self.byteorder = {"<": "little", ">": "big"}.get(byteorder, byteorder)

    def _checksum(self, data):
        value = self._function((self.prefix or b"") + data, self.value)
        return value.to_bytes(4, self.byteorder)

    def encode(self, buf):
        data = ensure_contiguous_ndarray(buf).tobytes()
        checksum = self._checksum(data)
        return checksum + data if self.prepend else data + checksum

    def decode(self, buf, out=None):
        data = ensure_contiguous_ndarray(buf).tobytes()
        if len(data) < 4:
            raise iiocodecs.IioError("there is no room for a checksum", 5, "checksum")
        start, end = (data[:4], data[4:]) if self.prepend else (data[-4:], data[:-4])
        if self._checksum(end) != start:
            raise iiocodecs.IioError(f"the {self.kind} differs", 5, "checksum")
        return end if out is None else ndarray_copy(end, out)


def _make(name, encoding="", decoding="", own="", kind=_Foreign, is_filter=False, **defaults):
    """A class; names with an asterisk are required, `own` ones go to no function."""
    parameters = {}
    for item in f"{encoding} {decoding} {own}".split():
        key = item.rstrip("*")
        parameters.setdefault(key, _REQUIRED if item.endswith("*") else defaults.get(key))
    body = {
        "__module__": __name__, "codec_id": "imagecodecs_" + name, "_name": name, "_defaults": parameters,
        "_encoding": encoding.replace("*", "").split(),
        "_decoding": decoding.replace("*", "").split(), "_is_filter": is_filter,
    }
    return type(name.capitalize(), (kind,), body)


_AEC = "bitspersample flags blocksize rsi"
_SZIP = "options_mask* pixels_per_block* bits_per_pixel* pixels_per_scanline* header"
_SHUFFLE = "axis dist delta reorder"

classes = {
    item.codec_id: item for item in (
        _make("aec", _AEC, _AEC),
        _make("bfloat16", "byteorder rounding", "byteorder"),
        _make("bitorder"),
        _make("bitshuffle", "itemsize blocksize", "itemsize blocksize", itemsize=1, blocksize=0),
        _make("byteshuffle", _SHUFFLE, _SHUFFLE, "shape* dtype*", is_filter=True, axis=-1, dist=1,
              delta=False, reorder=False),
        _Checksum,
        _make("dds", "", "", "mipmap", mipmap=0),
        _make("deflate", "level raw", "raw", raw=False),
        _make("delta", "axis dist", "axis dist", "shape dtype", is_filter=True, axis=-1, dist=1),
        _make("dicomrle", "", "dtype*"),
        _make("eer", "", "shape* skipbits* horzbits* vertbits* superres", superres=0),
        _make("float24", "byteorder rounding", "byteorder"),
        _make("floatpred", "axis dist", "axis dist", "shape* dtype*", is_filter=True, axis=-1,
              dist=1),
        _make("lz4", "level hc header", "header", hc=False, header=False),
        _make("lz4f", "level blocksizeid contentchecksum blockchecksum"),
        _make("lz4h5", "level blocksize"),
        _make("lzf", "header", "header", header=True),
        _make("lzo", "", "header", header=False),
        _make("lzw"),
        _make("packbits", "axis"),
        _make("packints", "bitspersample* bitorder runlen", "dtype* bitspersample* bitorder runlen",
              runlen=0),
        _make("pglz", "strategy header", "header", "checkcomplete", header=True),
        _make("qoi", "", "", "squeeze"),
        _make("quantize", "mode* nsd*"),
        _make("rcomp", "nblock", "shape* dtype* nblock"),
        _make("rgbe", "header rle", "header rle", "shape squeeze", kind=_Rgbe, header=False),
        _make("snappy"),
        _make("szip", _SZIP, _SZIP, header=True),
        _make("xor", "axis", "axis", "shape dtype", is_filter=True, axis=-1),
        _make("zlib", "level"),
    )
}
