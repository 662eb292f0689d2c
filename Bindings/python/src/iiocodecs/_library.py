# SPDX-License-Identifier: Apache-2.0
"""The C interface of iio through ctypes; see iiocodecs.h. ctypes releases the GIL during calls."""

import ctypes
import json
import os
import sys

import numpy

__all__ = [
    "IioError", "bound", "checksum", "codecs", "decode", "decode_all", "digest", "encode",
    "open_image"
]

OUTPUT_FULL = 7


class IioError(ValueError):
    """A codec's error: `status` as the command's exit codes, `codec`, `part` and byte `offset`."""

    def __init__(self, message, status=2, codec="", part="", offset=None):
        super().__init__(message)
        self.status, self.codec, self.part, self.offset = status, codec, part, offset


class _Parameter(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("kind", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
        ("integer", ctypes.c_int64),
        ("real", ctypes.c_double),
        ("bytes", ctypes.c_void_p),
        ("byte_count", ctypes.c_size_t),
    ]


class _Options(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("parameters", ctypes.POINTER(_Parameter)),
        ("parameter_count", ctypes.c_size_t),
        ("max_output_bytes", ctypes.c_size_t),
        ("format", ctypes.c_char_p),
    ]


class _Error(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("status", ctypes.c_int32),
        ("bit", ctypes.c_int32),
        ("offset", ctypes.c_int64),
        ("codec", ctypes.c_char * 32),
        ("part", ctypes.c_char * 32),
        ("message", ctypes.c_char * 256),
    ]


class _ImageInfo(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("byte_count", ctypes.c_size_t),
        ("image_count", ctypes.c_int64),
        ("dtype", ctypes.c_int32),
        ("rank", ctypes.c_int32),
        ("shape", ctypes.c_int64 * 8),
    ]


def _load():
    name = "libiiocodecs.dylib" if sys.platform == "darwin" else "libiiocodecs.so"
    # The library beside this file, as in a wheel, unless another one is named.
    path = os.environ.get("IIOCODECS_LIBRARY", os.path.join(os.path.dirname(__file__), name))
    library = ctypes.CDLL(path)
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    transform = [
        ctypes.c_char_p, pointer, size, pointer, size, ctypes.POINTER(size),
        ctypes.POINTER(_Options), ctypes.POINTER(_Error),
    ]
    library.iio_encode.argtypes = transform
    library.iio_decode.argtypes = transform
    library.iio_bound.argtypes = [
        ctypes.c_char_p, size, ctypes.POINTER(size), ctypes.POINTER(_Options),
        ctypes.POINTER(_Error),
    ]
    library.iio_checksum.argtypes = [
        ctypes.c_char_p, pointer, size, ctypes.c_uint64, ctypes.POINTER(ctypes.c_uint64)
    ]
    library.iio_digest.argtypes = [
        ctypes.c_char_p, pointer, size, pointer, size, ctypes.POINTER(size)
    ]
    library.iio_codec_info.argtypes = [
        ctypes.c_char_p, ctypes.c_char_p, size, ctypes.POINTER(size)
    ]
    library.iio_strerror.argtypes = [ctypes.c_int32]
    library.iio_strerror.restype = ctypes.c_char_p
    # The small library holds the codecs alone.
    if hasattr(library, "iio_open_memory"):
        library.iio_open_memory.argtypes = [
            pointer, size, ctypes.POINTER(_Options), ctypes.POINTER(pointer), ctypes.POINTER(_Error)
        ]
        library.iio_info.argtypes = [
            pointer, ctypes.c_int64, ctypes.POINTER(_ImageInfo), ctypes.POINTER(_Error)
        ]
        library.iio_read_into.argtypes = [
            pointer, ctypes.c_int64, pointer, size, ctypes.POINTER(_Error)
        ]
        library.iio_close.argtypes = [pointer]
        library.iio_close.restype = None
    return library


_library = _load()


def _error():
    return _Error(size=ctypes.sizeof(_Error), offset=-1)


def _check(status, error=None):
    if status == 0:
        return
    if error is None or not error.message:
        raise IioError(_library.iio_strerror(status).decode(), status)
    raise IioError(
        error.message.decode(errors="replace"), status, error.codec.decode(),
        error.part.decode(), None if error.offset < 0 else error.offset)


class _Call:
    """The options of a call, with what they point to kept alive."""

    def __init__(self, parameters, max_output_bytes=0, format=None):
        parameters = {name: value for name, value in parameters.items() if value is not None}
        self.array = (_Parameter * max(1, len(parameters)))()
        self.kept = []
        for item, (name, value) in zip(self.array, parameters.items()):
            item.name = name.encode()
            self.set(item, value)
        self.options = _Options(
            size=ctypes.sizeof(_Options), parameters=self.array,
            parameter_count=len(parameters), max_output_bytes=max_output_bytes,
            format=format.encode() if format else None)

    def set(self, item, value):
        if isinstance(value, (bool, numpy.bool_)):
            item.kind, item.integer = 2, int(value)
        elif isinstance(value, (int, numpy.integer)):
            item.kind, item.integer = 0, int(value)
        elif isinstance(value, (float, numpy.floating)):
            item.kind, item.real = 1, float(value)
        elif isinstance(value, str):
            self.point(item, 3, value.encode())
        elif isinstance(value, (bytes, bytearray, memoryview)):
            self.point(item, 4, bytes(value))
        else:
            self.point(item, 5, numpy.asarray(value, dtype=numpy.int64).tobytes())

    def point(self, item, kind, data):
        buffer = ctypes.create_string_buffer(data, len(data) + 1)
        self.kept.append(buffer)
        item.kind = kind
        item.bytes, item.byte_count = ctypes.addressof(buffer), len(data)


def _source(data):
    """Any buffer as contiguous bytes without copying, or copied when it has gaps."""
    if isinstance(data, numpy.ndarray):
        array = numpy.ascontiguousarray(data)
    else:
        array = numpy.frombuffer(data, numpy.uint8) if len(data) else numpy.empty(0, numpy.uint8)
    return array, array.ctypes.data, array.nbytes


def _transform(function, codec, data, output, parameters, max_output_bytes=0):
    """Runs an encoder or decoder from `data` into the array `output`, or only measures."""
    source, address, count = _source(data)
    call, error, size = _Call(parameters, max_output_bytes), _error(), ctypes.c_size_t()
    status = function(
        codec.encode(), address, count, None if output is None else output.ctypes.data,
        0 if output is None else output.nbytes, ctypes.byref(size), ctypes.byref(call.options),
        ctypes.byref(error))
    _check(status, error)
    return size.value


def bound(codec, byte_count, parameters):
    """An upper bound on the encoded size of any `byte_count` bytes."""
    call, error, size = _Call(parameters), _error(), ctypes.c_size_t()
    _check(
        _library.iio_bound(
            codec.encode(), byte_count, ctypes.byref(size), ctypes.byref(call.options),
            ctypes.byref(error)), error)
    return size.value


def encode(codec, data, output, parameters):
    """Encodes into a writable contiguous array; returns the number of bytes."""
    return _transform(_library.iio_encode, codec, data, output, parameters)


def decode(codec, data, output, parameters):
    """Decodes into a writable contiguous array; returns the number of bytes."""
    return _transform(_library.iio_decode, codec, data, output, parameters)


def decode_all(codec, data, parameters, most=1 << 30):
    """Decodes data of unknown size into a new array of at most `most` bytes, and a little room."""
    room = max(1 << 16, 4 * _source(data)[2])
    while True:
        buffer = numpy.empty(min(room, most), numpy.uint8)
        try:
            size = decode(codec, data, buffer, parameters)
            # LZW and PackBits have no end but that of the output: a full buffer may want more room.
            if size < buffer.nbytes or size == most:
                return buffer[:size]
        except IioError as error:
            if error.status != OUTPUT_FULL or buffer.nbytes == most:
                raise
        room *= 4


def checksum(name, data, initial):
    """A checksum of contiguous bytes."""
    _, address, count = _source(data)
    value = ctypes.c_uint64()
    _check(_library.iio_checksum(name.encode(), address, count, initial, ctypes.byref(value)))
    return value.value


def digest(name, data):
    """The bytes of md5, sha1 or sha256, or of a checksum with the highest first."""
    _, address, count = _source(data)
    output, size = ctypes.create_string_buffer(32), ctypes.c_size_t()
    _check(
        _library.iio_digest(name.encode(), address, count, output, 32, ctypes.byref(size)))
    return output.raw[: size.value]


def codecs():
    """What the library knows of its codecs, by name."""
    size = ctypes.c_size_t()
    _check(_library.iio_codec_info(None, None, 0, ctypes.byref(size)))
    text = ctypes.create_string_buffer(size.value)
    _check(_library.iio_codec_info(None, text, size.value, ctypes.byref(size)))
    return {codec["name"]: codec for codec in json.loads(text.raw[: size.value])}


_DTYPES = (
    "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 complex64 "
    "complex128"
).split()


class open_image:
    """An image file in memory: `len(image)` images, `image.read(index)` an array of one."""

    def __init__(self, data, format=None, **options):
        self._data, address, count = _source(data)
        self._handle = ctypes.c_void_p()
        call, error = _Call(options, format=format), _error()
        _check(
            _library.iio_open_memory(
                address, count, ctypes.byref(call.options), ctypes.byref(self._handle),
                ctypes.byref(error)), error)

    def _info(self, index):
        info, error = _ImageInfo(size=ctypes.sizeof(_ImageInfo)), _error()
        _check(
            _library.iio_info(self._handle, index, ctypes.byref(info), ctypes.byref(error)), error)
        return info

    def __len__(self):
        return max(0, self._info(0).image_count)

    def read(self, index=None, out=None):
        """Image `index`; None: what the format gives by default; Ellipsis: all, stacked."""
        number = -1 if index is None else -2 if index is Ellipsis else index
        info = self._info(number)
        shape = tuple(info.shape[: info.rank])
        if out is None:
            out = numpy.empty(shape, _DTYPES[info.dtype])
        elif out.shape != shape or out.dtype != _DTYPES[info.dtype] or not out.flags.c_contiguous:
            raise IioError(f"out is not a contiguous array of {shape} {_DTYPES[info.dtype]}")
        error = _error()
        _check(
            _library.iio_read_into(
                self._handle, number, out.ctypes.data, out.nbytes, ctypes.byref(error)), error)
        return out

    def close(self):
        handle, self._handle = self._handle, ctypes.c_void_p()
        _library.iio_close(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_handle", None):
            self.close()
