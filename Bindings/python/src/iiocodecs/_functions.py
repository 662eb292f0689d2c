# SPDX-License-Identifier: Apache-2.0
"""X_encode, X_decode and X_check for every codec of the library, by imagecodecs' rules for `out`."""

import numpy

from . import _library
from ._library import IioError

def _names(info, direction):
    return [parameter["name"] for parameter in info[direction + "_parameters"]]


def _is_array_codec(info):
    return "itemsize" in _names(info, "encode") or "itemsize" in _names(info, "decode")


def _bytes_result(codec, function, data, out, parameters):
    """Runs `function` into `out`: a number of bytes, or a writable buffer."""
    if isinstance(out, (int, numpy.integer)):
        buffer = numpy.empty(int(out), numpy.uint8)
        return buffer[: function(codec, data, buffer, parameters)].tobytes()
    if isinstance(out, bytes):
        raise TypeError("out is bytes, which cannot be changed")
    view = out if isinstance(out, numpy.ndarray) else numpy.frombuffer(out, numpy.uint8)
    if not (view.flags.c_contiguous and view.flags.writeable):
        raise IioError("out is not contiguous or not writable")
    size = function(codec, data, view, parameters)
    if isinstance(out, numpy.ndarray):
        return out if size == view.nbytes else view.reshape(-1).view(numpy.uint8)[:size]
    return memoryview(out)[:size]


def _array_result(codec, function, data, out, parameters, known):
    """A filter that keeps an array's shape and type."""
    array = numpy.ascontiguousarray(data)
    if "itemsize" in known:
        parameters.setdefault("itemsize", array.itemsize)
    if "shape" in known and array.ndim:
        parameters.setdefault("shape", array.shape)
    if isinstance(out, numpy.ndarray):
        if out.nbytes != array.nbytes or not out.flags.c_contiguous:
            raise IioError("out is not a contiguous array of the same size")
        function(codec, array, out, parameters)
        return out
    result = numpy.empty(array.shape, array.dtype)
    function(codec, array, result, parameters)
    return result


def _checked(parameters, known, function):
    for name in parameters:
        if name not in known:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")
    return parameters


def make(info):
    """The functions of one codec, by name."""
    name, functions = info["name"], {}
    takes_arrays = _is_array_codec(info)

    if info["encode"]:
        known = _names(info, "encode")

        def encode(data, level=None, *, out=None, **parameters):
            if level is not None and "level" in known:
                parameters["level"] = level
            _checked(parameters, known, name + "_encode")
            if takes_arrays and isinstance(data, numpy.ndarray):
                return _array_result(name, _library.encode, data, out, parameters, known)
            if out is None:
                size = data.nbytes if isinstance(data, numpy.ndarray) else len(data)
                out = _library.bound(name, size, parameters)
            return _bytes_result(name, _library.encode, data, out, parameters)

        functions[name + "_encode"] = encode

    if info["decode"]:
        known_decode = _names(info, "decode")

        def decode(data, *, out=None, **parameters):
            _checked(parameters, known_decode, name + "_decode")
            if takes_arrays and isinstance(data, numpy.ndarray):
                return _array_result(name, _library.decode, data, out, parameters, known_decode)
            if out is None:
                return _library.decode_all(name, data, parameters).tobytes()
            return _bytes_result(name, _library.decode, data, out, parameters)

        functions[name + "_decode"] = decode

    def check(data):
        """True when the data can be this codec's, None when that cannot be told."""
        signature = _SIGNATURES.get(name)
        return signature(bytes(data[:32])) if signature else None

    functions[name + "_check"] = check
    for function_name, function in functions.items():
        function.__name__ = function.__qualname__ = function_name
        function.__doc__ = function.__doc__ or info["summary"]
    return functions


def _zlib_check(head):
    return len(head) > 1 and head[0] & 15 == 8 and (head[0] << 8 | head[1]) % 31 == 0


_SIGNATURES = {
    "gzip": lambda head: head[:2] == b"\x1f\x8b",
    "zlib": _zlib_check,
    "lz4f": lambda head: head[:4] == b"\x04\x22\x4d\x18",
}


def deflate_functions(zlib, raw):
    """imagecodecs' deflate is the zlib format unless `raw` is asked for."""

    def deflate_encode(data, level=None, raw=False, *, out=None, **parameters):
        encode = raw_encode if raw else zlib_encode
        return encode(data, level, out=out, **parameters)

    def deflate_decode(data, raw=False, *, out=None, **parameters):
        decode = raw_decode if raw else zlib_decode
        return decode(data, out=out, **parameters)

    zlib_encode, zlib_decode = zlib["zlib_encode"], zlib["zlib_decode"]
    raw_encode, raw_decode = raw["deflate_encode"], raw["deflate_decode"]
    return {"deflate_encode": deflate_encode, "deflate_decode": deflate_decode}


class Codec:
    """A codec's class, as imagecodecs' `ZLIB`, `LZW` …: whether it is `available`, and its parameters."""

    available = True
    info = {}


def make_class(info):
    return type(info["name"].upper(), (Codec,), {"info": info, "__doc__": info["summary"]})
