# SPDX-License-Identifier: Apache-2.0
"""Codec classes for numcodecs and Zarr, under the ids `iio_<name>`, and under those of imagecodecs
for arrays that were written with it."""

import numpy
from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray, ndarray_copy
from numcodecs.registry import register_codec

from . import CODECS, _foreign, _library

__all__ = ["classes", "register_codecs"]


class _Codec(Codec):
    """Parameters are those of the encoder; decoding takes from them what it knows."""

    _info = {}

    def __init__(self, **parameters):
        known = [item["name"] for item in self._info["encode_parameters"]]
        for name in parameters:
            if name not in known:
                raise TypeError(f"{self.codec_id} has no parameter {name!r}")
        self._parameters = parameters

    def _for(self, direction, array=None):
        known = [item["name"] for item in self._info[direction + "_parameters"]]
        return {name: value for name, value in self._parameters.items() if name in known}

    def get_config(self):
        return {"id": self.codec_id, **self._parameters}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def encode(self, buf):
        array = ensure_contiguous_ndarray(buf)
        name, parameters = self._info["name"], self._for("encode")
        if self._info["format"]:  # an image codec must know what the bytes are
            chunk = numpy.asarray(buf)
            parameters.setdefault("shape", chunk.shape)
            if "dtype" in [item["name"] for item in self._info["encode_parameters"]]:
                parameters.setdefault("dtype", chunk.dtype.name)
        result = numpy.empty(_library.bound(name, array.nbytes, parameters), numpy.uint8)
        return result[: _library.encode(name, array, result, parameters)].tobytes()

    def decode(self, buf, out=None):
        data = ensure_contiguous_ndarray(buf)
        name, parameters = self._info["name"], self._for("decode")
        if out is not None:
            view = ensure_contiguous_ndarray(out)
            if view.flags.writeable:
                size = _library.decode(name, data, view.view(numpy.uint8), parameters)
                if size != view.nbytes:
                    raise ValueError(f"{size} bytes were decoded, not {view.nbytes}")
                return out
        result = _library.decode_all(name, data, parameters)
        return result if out is None else ndarray_copy(result, out)

    def __repr__(self):
        items = ", ".join(f"{name}={value!r}" for name, value in self._parameters.items())
        return f"{type(self).__name__}({items})"


def _make(info):
    body = {"codec_id": "iio_" + info["name"], "_info": info, "__doc__": info["summary"]}
    return type(info["name"].capitalize(), (_Codec,), body)


classes = {
    name: _make(info) for name, info in CODECS.items() if info["encode"] and info["decode"]
}
globals().update({kind.__name__: kind for kind in classes.values()})


def register_codecs(names=None, imagecodecs=True):
    """Makes codecs known to numcodecs, all of them or those named.

    With `imagecodecs` also those that read and write as imagecodecs.numcodecs does, under its ids
    `imagecodecs_<name>`: what was registered for them before is replaced.
    """
    for name in classes if names is None else names:
        register_codec(classes[name])
    for codec_id, kind in _foreign.classes.items() if imagecodecs else ():
        if names is None or codec_id.removeprefix("imagecodecs_") in names:
            register_codec(kind)
