# SPDX-License-Identifier: Apache-2.0
"""X_encode, X_decode and X_check of the codecs between bytes and bytes, by imagecodecs' rules.

`out` is None, `bytes` or `bytearray` (the type of the result), a number of bytes, or a writable
contiguous buffer, of which a view of what was written is returned.
"""

import numpy

from . import _library
from ._library import IioError


def names(info, direction):
    return [parameter["name"] for parameter in info[direction + "_parameters"]]


def as_bytes(data):
    """Any buffer as a contiguous array; a number or a text is none."""
    if isinstance(data, numpy.ndarray):
        return numpy.ascontiguousarray(data)
    return numpy.frombuffer(data, numpy.uint8) if len(data) else numpy.empty(0, numpy.uint8)


def writable(out):
    """The caller's buffer as an array."""
    if isinstance(out, bytes):
        raise TypeError("out is bytes, which cannot be changed")
    view = out if isinstance(out, numpy.ndarray) else numpy.frombuffer(out, numpy.uint8)
    if not (view.flags.c_contiguous and view.flags.writeable):
        raise IioError("out is not contiguous or not writable")
    return view


def separate(data, view, may_be_same=False):
    """`data`, copied when the output lies over it, which is an error but for in-place filters."""
    if not numpy.may_share_memory(data, view):
        return data
    if not may_be_same:
        raise ValueError("data and out share memory")
    return data.copy()


def run_into(function, name, data, out, parameters, may_be_same=False):
    """Runs an encoder or decoder into `out`: a number of bytes, or a writable buffer."""
    data = as_bytes(data)
    if isinstance(out, (int, numpy.integer)):
        buffer = numpy.empty(int(out), numpy.uint8)
        return buffer[: function(name, data, buffer, parameters)].tobytes()
    view = writable(out)
    size = function(name, separate(data, view, may_be_same), view, parameters)
    if isinstance(out, numpy.ndarray):
        return out if size == view.nbytes else view.reshape(-1).view(numpy.uint8)[:size]
    return memoryview(out)[:size]


def encoded(name, data, out, parameters, may_be_same=False):
    """Bytes that `data` encode to."""
    if out is None or out is bytes or out is bytearray:
        data = as_bytes(data)
        result = run_into(
            _library.encode, name, data, _library.bound(name, data.nbytes, parameters), parameters)
        return bytearray(result) if out is bytearray else result
    return run_into(_library.encode, name, data, out, parameters, may_be_same)


def decoded(name, data, out, parameters, may_be_same=False):
    """Bytes that `data` decode to."""
    if out is None or out is bytes or out is bytearray:
        result = _library.decode_all(name, as_bytes(data), parameters)
        return bytearray(result) if out is bytearray else result.tobytes()
    return run_into(_library.decode, name, data, out, parameters, may_be_same)


def level_in_range(info, level):
    """imagecodecs clamps levels; below the least, which is -1 there, stands the default."""
    for parameter in info["encode_parameters"]:
        if parameter["name"] == "level":
            return None if level < parameter["min"] else min(level, parameter["max"])
    return None


def _checked(parameters, known, function):
    for name in parameters:
        if name not in known:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")
    return parameters


def make(info):
    """The functions of one codec, by name."""
    name, functions = info["name"], {}

    if info["encode"]:
        known = names(info, "encode")

        def encode(data, level=None, *, out=None, **parameters):
            if level is not None and "level" in known:
                parameters["level"] = level_in_range(info, level)
            return encoded(name, data, out, _checked(parameters, known, name + "_encode"))

        functions[name + "_encode"] = encode

    if info["decode"]:
        known_decode = names(info, "decode")

        def decode(data, *, out=None, **parameters):
            return decoded(name, data, out, _checked(parameters, known_decode, name + "_decode"))

        functions[name + "_decode"] = decode

    def check(data):
        """True when the data can be this codec's, None when that cannot be told."""
        signature = _SIGNATURES.get(name)
        return signature(bytes(data[:32])) if signature else None

    functions[name + "_check"] = check
    return functions


def _zlib_check(head):
    return len(head) > 1 and head[0] & 15 == 8 and (head[0] << 8 | head[1]) % 31 == 0


_SIGNATURES = {
    "dds": lambda head: head[:4] == b"DDS ",
    "gzip": lambda head: head[:2] == b"\x1f\x8b",
    "lz4f": lambda head: head[:4] == b"\x04\x22\x4d\x18",
    "numpy": lambda head: head[:6] == b"\x93NUMPY",
    "qoi": lambda head: head[:4] == b"qoif",
    "rgbe": lambda head: head[:10] == b"#?RADIANCE" or head[:6] == b"#?RGBE",
    "zlib": _zlib_check,
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


def make_class(info, constants):
    body = {"info": info, "__doc__": info["summary"], **constants.get(info["name"], {})}
    return type(info["name"].upper(), (Codec,), body)
