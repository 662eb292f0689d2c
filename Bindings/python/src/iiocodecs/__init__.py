# SPDX-License-Identifier: Apache-2.0
"""iio's byte codecs, filters, checksums and image readers under imagecodecs' names.

For each codec of the library there are `X_encode`, `X_decode`, `X_check` and a class `X` with
`.available`; `imread(data)` reads an image file in memory, `digest(name, data)` hashes data. `iiocodecs.numcodecs.register_codecs()`
makes the codecs known to numcodecs and Zarr.
"""

from . import _arrays, _functions, _library
from ._library import IioError, digest, open_image

CODECS = _library.codecs()

__all__ = ["CODECS", "IioError", "digest", "imread", "open_image"]


def _publish():
    made = {name: _functions.make(info) for name, info in CODECS.items()}
    made["deflate"].update(_functions.deflate_functions(made["zlib"], dict(made["deflate"])))
    known = {**CODECS, "dds": {"name": "dds", "summary": "Microsoft texture", "encode": False,
                               "decode": True, "encode_parameters": [], "decode_parameters": []}}
    made["dds"] = _functions.make(known["dds"])
    for name, functions in _arrays.functions(CODECS).items():
        made[name].update(functions)
    for name, functions in made.items():
        for function_name, function in functions.items():
            function.__name__ = function.__qualname__ = function_name
            function.__doc__ = function.__doc__ or known[name]["summary"]
        yield from functions.items()
        made_class = _functions.make_class(known[name], _arrays.CONSTANTS)
        yield made_class.__name__, made_class
    for name, function in _arrays.CHECKSUMS.items():
        function.__name__ = function.__qualname__ = name
        yield name, function


for _name, _value in _publish():
    globals()[_name] = _value
    __all__.append(_name)


def imread(data, index=None, *, format=None, out=None, **options):
    """Reads an image of a file in memory; None: what the format gives by default, Ellipsis: all."""
    with open_image(data, format, **options) as image:
        return image.read(index, out)
