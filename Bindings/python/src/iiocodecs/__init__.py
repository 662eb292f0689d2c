# SPDX-License-Identifier: Apache-2.0
"""iio's byte codecs, filters and image readers under imagecodecs' names.

For each codec of the library there are `X_encode`, `X_decode`, `X_check` and a class `X` with
`.available`; `imread(data)` reads an image file in memory. `iiocodecs.numcodecs.register_codecs()`
makes the codecs known to numcodecs and Zarr.
"""

from . import _functions, _library
from ._library import IioError, open_image

CODECS = _library.codecs()

__all__ = ["CODECS", "IioError", "imread", "open_image"]

_made = {name: _functions.make(info) for name, info in CODECS.items()}
_made["deflate"].update(_functions.deflate_functions(_made["zlib"], dict(_made["deflate"])))

for _info in CODECS.values():
    for _name, _function in _made[_info["name"]].items():
        globals()[_name] = _function
        __all__.append(_name)
    _class = _functions.make_class(_info)
    globals()[_class.__name__] = _class
    __all__.append(_class.__name__)
del _made, _info, _name, _function, _class


def imread(data, index=None, *, format=None, out=None, **options):
    """Reads an image of a file in memory; None: what the format gives by default, Ellipsis: all."""
    with open_image(data, format, **options) as image:
        return image.read(index, out)
