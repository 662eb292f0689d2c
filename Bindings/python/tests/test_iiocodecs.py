# SPDX-License-Identifier: Apache-2.0
"""The Python package against numpy, imagecodecs, numcodecs, Zarr and Dask."""

import os
import pathlib
import tempfile
import threading
import time
import unittest

import imagecodecs
import iiocodecs
import numpy

RANDOM = numpy.random.default_rng(5)
TEXT = b"the image codec of the row, " * 400
RASTER = (numpy.add.outer(numpy.arange(90), numpy.arange(70)) * 37).astype(numpy.uint16)
FIXTURES = pathlib.Path(__file__).parents[3] / "Fixtures"


class Functions(unittest.TestCase):
    def test_every_codec_gives_back_what_it_was_given(self):
        for name, info in iiocodecs.CODECS.items():
            if not (info["encode"] and info["decode"]):
                continue
            if "itemsize" in [item["name"] for item in info["encode_parameters"]]:
                continue
            if name in LOSSY_OR_SHAPED:
                continue
            with self.subTest(name):
                encode = getattr(iiocodecs, name + "_encode")
                decode = getattr(iiocodecs, name + "_decode")
                encoded = encode(TEXT)
                self.assertIsInstance(encoded, bytes)
                self.assertEqual(decode(encoded), TEXT)
                self.assertEqual(decode(encoded, out=len(TEXT)), TEXT)
                self.assertTrue(getattr(iiocodecs, name.upper()).available)

    def test_imagecodecs_reads_ours_and_we_read_its(self):
        for name in ("zlib", "deflate", "gzip", "lzw", "packbits", "lz4f"):
            with self.subTest(name):
                ours, theirs = getattr(iiocodecs, name + "_encode"), name + "_decode"
                decoded = getattr(imagecodecs, theirs)(ours(TEXT), out=len(TEXT))
                self.assertEqual(bytes(decoded), TEXT)
                encoded = getattr(imagecodecs, name + "_encode")(TEXT)
                self.assertEqual(getattr(iiocodecs, name + "_decode")(encoded), TEXT)

    def test_array_filters_equal_imagecodecs(self):
        for dtype in ("u1", "u2", "i4", "f4", "f8"):
            array = RANDOM.integers(0, 200, (17, 23, 3)).astype(dtype)
            for axis in (0, 1, 2, -1):
                for name in ("delta", "xor"):
                    if name == "delta" and dtype[0] == "f":
                        continue
                    with self.subTest(name, dtype=dtype, axis=axis):
                        ours = getattr(iiocodecs, name + "_encode")(array, axis=axis)
                        theirs = getattr(imagecodecs, name + "_encode")(array, axis=axis)
                        numpy.testing.assert_array_equal(
                            ours.view(numpy.uint8), numpy.asarray(theirs).view(numpy.uint8))
                        back = getattr(iiocodecs, name + "_decode")(ours, axis=axis)
                        self.assertEqual(back.tobytes(), array.tobytes())
                        self.assertEqual(back.dtype, array.dtype)

    def test_out_may_be_a_size_or_a_writable_buffer(self):
        encoded = iiocodecs.zlib_encode(TEXT, 9)
        buffer = bytearray(len(TEXT))
        self.assertEqual(bytes(iiocodecs.zlib_decode(encoded, out=buffer)), TEXT)
        self.assertEqual(bytes(buffer), TEXT)
        array = numpy.empty(len(TEXT), numpy.uint8)
        self.assertIs(iiocodecs.zlib_decode(encoded, out=array), array)
        self.assertEqual(array.tobytes(), TEXT)
        larger = numpy.zeros(len(TEXT) + 9, numpy.uint8)
        self.assertEqual(iiocodecs.zlib_decode(encoded, out=larger).nbytes, len(TEXT))
        with self.assertRaises(TypeError):
            iiocodecs.zlib_decode(encoded, out=bytes(len(TEXT)))
        with self.assertRaises(iiocodecs.IioError) as caught:
            iiocodecs.zlib_decode(encoded, out=10)
        self.assertEqual(caught.exception.status, 7)

    def test_errors_say_what_and_where(self):
        encoded = bytearray(iiocodecs.zlib_encode(TEXT))
        encoded[-1] ^= 1
        with self.assertRaises(iiocodecs.IioError) as caught:
            iiocodecs.zlib_decode(bytes(encoded))
        error = caught.exception
        self.assertEqual(
            (error.status, error.codec, error.part, error.offset),
            (5, "zlib", "trailer", len(encoded) - 4))
        with self.assertRaises(TypeError):
            iiocodecs.zlib_encode(TEXT, colour=3)
        with self.assertRaises(iiocodecs.IioError):
            iiocodecs.zlib_encode(TEXT, 99)

    def test_empty_and_sparse_inputs(self):
        self.assertEqual(iiocodecs.zlib_decode(iiocodecs.zlib_encode(b"")), b"")
        every_second = numpy.arange(1000, dtype=numpy.uint8)[::2]
        decoded = iiocodecs.lz4f_decode(iiocodecs.lz4f_encode(every_second))
        self.assertEqual(decoded, every_second.tobytes())

    def test_checks(self):
        self.assertTrue(iiocodecs.gzip_check(iiocodecs.gzip_encode(TEXT)))
        self.assertFalse(iiocodecs.gzip_check(TEXT))
        self.assertTrue(iiocodecs.zlib_check(iiocodecs.zlib_encode(TEXT)))
        self.assertIsNone(iiocodecs.packbits_check(TEXT))

    def test_calls_leave_the_interpreter_to_other_threads(self):
        data = RANDOM.integers(0, 40, 6_000_000).astype(numpy.uint8)
        ticks, done = [], threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.perf_counter())
                time.sleep(0.001)

        thread = threading.Thread(target=tick)
        thread.start()
        start = time.perf_counter()
        iiocodecs.zlib_encode(data, 9)
        end = time.perf_counter()
        done.set()
        thread.join()
        self.assertGreater(len([time for time in ticks if start < time < end]), 5)


class Images(unittest.TestCase):
    def test_an_image_is_read_from_memory(self):
        data = (FIXTURES / "png" / "photo.png").read_bytes()
        image = iiocodecs.imread(data)
        numpy.testing.assert_array_equal(image, imagecodecs.png_decode(data))
        out = numpy.empty_like(image)
        self.assertIs(iiocodecs.imread(data, out=out), out)
        with iiocodecs.open_image(data) as file:
            self.assertEqual(len(file), 1)
        with self.assertRaises(iiocodecs.IioError):
            iiocodecs.imread(data[:300])
        with self.assertRaises(iiocodecs.IioError):
            iiocodecs.imread(b"not an image")


class Arrays(unittest.TestCase):
    """numcodecs, Zarr and Dask: written and read with our codecs, by several processes."""

    def setUp(self):
        import iiocodecs.numcodecs

        iiocodecs.numcodecs.register_codecs()

    def test_numcodecs(self):
        import numcodecs

        codec = numcodecs.get_codec({"id": "iio_zlib", "level": 3})
        self.assertEqual(codec.get_config(), {"id": "iio_zlib", "level": 3})
        encoded = codec.encode(RASTER)
        self.assertEqual(bytes(codec.decode(encoded)), RASTER.tobytes())
        out = numpy.empty_like(RASTER)
        codec.decode(encoded, out)
        numpy.testing.assert_array_equal(out, RASTER)
        theirs = numcodecs.Zlib(3)
        self.assertEqual(bytes(theirs.decode(encoded)), RASTER.tobytes())

    def test_zarr_through_a_cluster_of_processes(self):
        import dask.array
        import numcodecs
        import zarr
        from dask.distributed import Client, LocalCluster

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "array.zarr")
            values = numpy.arange(400 * 300, dtype=numpy.uint16).reshape(400, 300) // 5
            array = zarr.create_array(
                path, shape=values.shape, chunks=(100, 100), dtype=values.dtype, zarr_format=2,
                filters=[numcodecs.get_codec({"id": "iio_delta", "itemsize": 2})],
                compressors=numcodecs.get_codec({"id": "iio_lz4f"}))
            self.assertEqual(array.metadata.compressor.codec_id, "iio_lz4f")
            with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
                with Client(cluster) as client:
                    client.run(register)
                    dask.array.from_array(values, chunks=(100, 100)).store(array, lock=False)
                    total = dask.array.from_zarr(path).astype("u8").sum().compute()
            self.assertEqual(total, values.astype("u8").sum())
            numpy.testing.assert_array_equal(zarr.open_array(path, mode="r")[:], values)


def register():
    import iiocodecs.numcodecs

    iiocodecs.numcodecs.register_codecs()


# Codecs that need to be told what the bytes are, or do not give them back as they were.
LOSSY_OR_SHAPED = {"packints", "bfloat16", "float24"}

if __name__ == "__main__":
    unittest.main()
