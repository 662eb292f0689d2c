# SPDX-License-Identifier: Apache-2.0
"""The Python package against numpy, imagecodecs, numcodecs, Zarr and Dask."""

import hashlib
import os
import pathlib
import subprocess
import sys
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
            if name in LOSSY_OR_SHAPED or info["format"]:
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
            iiocodecs.lz4f_encode(TEXT, blocksizeid=9)

    def test_errors_name_the_parameter(self):
        for parameters, text in (
            ({"speed": 1}, "lz4 has no parameter 'speed' here; it has level"),
            ({"level": -5}, "lz4: level has to be level=1"),
        ):
            with self.assertRaisesRegex(iiocodecs.IioError, text):
                iiocodecs._library.encode("lz4", TEXT, numpy.empty(9999, "u1"), parameters)

    def test_digests(self):
        for name in ("md5", "sha1", "sha256"):
            self.assertEqual(iiocodecs.digest(name, TEXT), hashlib.new(name, TEXT).digest())
        crc = iiocodecs.zlib_crc32(TEXT).to_bytes(4, "big")
        self.assertEqual(iiocodecs.digest("crc32", TEXT), crc)
        with self.assertRaises(iiocodecs.IioError):
            iiocodecs.digest("md6", TEXT)

    def test_levels_are_clamped(self):
        self.assertEqual(iiocodecs.zlib_encode(TEXT, 99), iiocodecs.zlib_encode(TEXT, 12))
        self.assertEqual(iiocodecs.zlib_encode(TEXT, -1), iiocodecs.zlib_encode(TEXT))
        self.assertEqual(
            iiocodecs.lz4_encode(TEXT, 77, hc=True), iiocodecs.lz4_encode(TEXT, 12, hc=True))

    def test_out_may_be_a_type(self):
        encoded = iiocodecs.lzw_encode(TEXT, out=bytearray)
        self.assertIsInstance(encoded, bytearray)
        self.assertEqual(iiocodecs.lzw_decode(encoded, out=bytearray), bytearray(TEXT))

    def test_filters_work_in_place_and_others_refuse_to(self):
        for name in ("delta", "xor", "bitorder"):
            array = RASTER.copy()
            encode, decode = getattr(iiocodecs, name + "_encode"), getattr(iiocodecs, name + "_decode")
            self.assertIs(encode(array, out=array), array)
            self.assertFalse((array == RASTER).all())
            decode(array, out=array)
            numpy.testing.assert_array_equal(array, RASTER)
        data = numpy.frombuffer(iiocodecs.snappy_encode(TEXT), numpy.uint8).copy()
        with self.assertRaises(ValueError):
            iiocodecs.snappy_decode(data, out=data)

    def test_values_count_whatever_their_byte_order(self):
        swapped = RASTER.astype(">u2")
        encoded = iiocodecs.delta_encode(swapped)
        self.assertEqual(encoded.dtype, swapped.dtype)
        numpy.testing.assert_array_equal(encoded, iiocodecs.delta_encode(RASTER))
        numpy.testing.assert_array_equal(iiocodecs.delta_decode(encoded), RASTER)
        floats = RASTER.astype(">f4")
        self.assertEqual(
            iiocodecs.floatpred_encode(floats).tobytes(),
            iiocodecs.floatpred_encode(RASTER.astype("f4")).tobytes())

    def test_numbers_are_packed_and_narrowed(self):
        values = RASTER % 4096
        packed = iiocodecs.packints_encode(values, 12, runlen=values.shape[1])
        self.assertEqual(len(packed), 90 * 105)
        unpacked = iiocodecs.packints_decode(packed, "u2", 12, runlen=values.shape[1])
        numpy.testing.assert_array_equal(unpacked.reshape(values.shape), values)
        floats = numpy.linspace(-3, 3, 50, dtype="f4")
        rounding = iiocodecs.FLOAT24.ROUND.UPWARD
        narrow = iiocodecs.float24_encode(floats, byteorder=">", rounding=rounding)
        wide = iiocodecs.float24_decode(narrow, byteorder=">")
        self.assertTrue((wide >= floats).all() and (wide - floats < 1e-4).all())
        rounded = iiocodecs.quantize_encode(floats, iiocodecs.QUANTIZE.MODE.BITROUND, 4)
        numpy.testing.assert_array_equal(rounded, imagecodecs.quantize_encode(floats, "bitround", 4))

    def test_integers_are_compressed_with_the_parameters_of_their_type(self):
        array = RASTER.astype("i2")
        parameters = iiocodecs.szip_params(array)
        self.assertEqual(parameters, imagecodecs.szip_params(array))
        encoded = iiocodecs.szip_encode(array, header=True, **parameters)
        self.assertEqual(iiocodecs.szip_decode(encoded, header=True, **parameters), array.tobytes())
        out = numpy.empty_like(array)
        numpy.testing.assert_array_equal(
            iiocodecs.aec_decode(iiocodecs.aec_encode(array), out=out), array)
        encoded = iiocodecs.rcomp_encode(array)
        decoded = iiocodecs.rcomp_decode(encoded, array.shape, array.dtype)
        numpy.testing.assert_array_equal(decoded, array)

    def test_checksums(self):
        self.assertEqual(iiocodecs.zlib_crc32(b"123456789"), 0xCBF43926)
        self.assertEqual(iiocodecs.zlib_crc32(b"6789", iiocodecs.zlib_crc32(b"12345")), 0xCBF43926)
        self.assertEqual(iiocodecs.zlib_adler32(b"123456789"), 0x091E01DE)
        self.assertEqual(
            iiocodecs.h5checksum_lookup3(TEXT), imagecodecs.h5checksum_lookup3(TEXT))
        self.assertEqual(iiocodecs.xxh64(b""), 0xEF46DB3751D8E999)

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


    def test_images_are_written_and_read_under_the_names_of_imagecodecs(self):
        colors = RANDOM.integers(0, 256, (9, 20, 3)).astype("u1")
        self.assertEqual(iiocodecs.qoi_encode(colors), imagecodecs.qoi_encode(colors))
        numpy.testing.assert_array_equal(iiocodecs.qoi_decode(iiocodecs.qoi_encode(colors)), colors)
        light = RANDOM.random((9, 20, 3)).astype("f4")
        encoded = iiocodecs.rgbe_encode(light)
        self.assertEqual(encoded, imagecodecs.rgbe_encode(light))
        numpy.testing.assert_array_equal(iiocodecs.rgbe_decode(encoded), imagecodecs.rgbe_decode(encoded))
        volume = RASTER.reshape(9, 10, 70)
        numpy.testing.assert_array_equal(iiocodecs.numpy_decode(iiocodecs.numpy_encode(volume)), volume)
        blocks = RANDOM.integers(0, 256, 8 * 6).astype("u1").tobytes()
        numpy.testing.assert_array_equal(
            iiocodecs.bcn_decode(blocks, 1, shape=(8, 12, 4)),
            imagecodecs.bcn_decode(blocks, 1, shape=(8, 12, 4)))
        self.assertTrue(iiocodecs.qoi_check(iiocodecs.qoi_encode(colors)))
        with self.assertRaises(ValueError):
            iiocodecs.qoi_encode(light)


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

    def test_image_codecs_take_the_shape_of_the_chunk(self):
        import numcodecs

        colors = RANDOM.integers(0, 256, (9, 20, 3)).astype("u1")
        for name, array in (("iio_qoi", colors), ("iio_numpy", RASTER)):
            codec = numcodecs.get_codec({"id": name})
            encoded = codec.encode(array)
            self.assertEqual(bytes(codec.decode(encoded)), array.tobytes())
            out = numpy.empty_like(array)
            codec.decode(encoded, out)
            numpy.testing.assert_array_equal(out, array)

    def test_arrays_of_imagecodecs_are_read_and_written(self):
        import imagecodecs.numcodecs as theirs
        from iiocodecs import _foreign

        colors = RANDOM.integers(0, 9, (20, 16, 3)).astype("u1")
        floats = RANDOM.normal(0, 1, (20, 16)).astype("f4")
        like = {"shape": RASTER.shape, "dtype": RASTER.dtype}
        cases = [
            ("aec", {"bitspersample": 8}, colors), ("bitorder", {}, colors), ("lzw", {}, RASTER),
            ("bitshuffle", {"itemsize": 2}, RASTER), ("byteshuffle", {**like, "delta": True}, RASTER),
            ("deflate", {"level": 3}, RASTER),
            ("delta", {**like, "axis": 0}, RASTER), ("xor", like, RASTER), ("delta", {}, colors),
            ("floatpred", {"shape": floats.shape, "dtype": "f4"}, floats), ("lz4f", {}, RASTER),
            ("float24", {}, floats), ("bfloat16", {"byteorder": "<"}, floats), ("lz4", {}, RASTER),
            ("lz4", {"header": True, "hc": True}, RASTER), ("lz4h5", {"blocksize": 256}, RASTER),
            ("lzf", {}, RASTER), ("packbits", {}, colors), ("pglz", {}, RASTER), ("qoi", {}, colors),
            ("packints", {"dtype": "u1", "bitspersample": 4}, colors), ("snappy", {}, RASTER),
            ("rcomp", {**like, "nblock": 16}, RASTER), ("zlib", {"level": 1}, RASTER),
            ("quantize", {"mode": "bitround", "nsd": 9}, floats),
            ("rgbe", {"shape": (4, 9, 3)}, RANDOM.uniform(0, 9, (4, 9, 3)).astype("f4")),
            ("szip", {"options_mask": 4, "pixels_per_block": 16, "bits_per_pixel": 16,
                      "pixels_per_scanline": 32}, RASTER),
            *(("checksum", {"kind": kind}, colors) for kind in
              ("crc32", "adler32", "fletcher32", "lookup3", "h5crc")),
        ]
        self.assertEqual(
            set(_foreign.classes) - {"imagecodecs_" + name for name, *_ in cases},
            {"imagecodecs_dds", "imagecodecs_dicomrle", "imagecodecs_eer", "imagecodecs_lzo"})
        for name, parameters, array in cases:
            with self.subTest(name, **parameters):
                # Their class, by its module: the ids are registered for ours.
                other = getattr(theirs, name.capitalize())(**parameters)
                ours = _foreign.classes["imagecodecs_" + name].from_config(
                    {k: v for k, v in other.get_config().items() if k != "id"})
                self.assertEqual(ours.get_config()["id"], other.codec_id)
                expected = bytes(numpy.asarray(other.decode(other.encode(array))).data)
                for encoded in (other.encode(array), ours.encode(array)):
                    self.assertEqual(
                        numpy.asarray(ours.decode(encoded)).tobytes(),
                        numpy.asarray(other.decode(encoded)).tobytes())
                    self.assertEqual(numpy.asarray(other.decode(encoded)).tobytes(), expected)
        with self.assertRaises(TypeError):
            _foreign.classes["imagecodecs_rcomp"](nblock=32)
        with self.assertRaises(TypeError):
            _foreign.classes["imagecodecs_lzw"](level=1)
        damaged = _foreign.classes["imagecodecs_checksum"](kind="crc32")
        with self.assertRaises(ValueError):
            damaged.decode(b"\0" + damaged.encode(colors)[1:-1] + b"\0")

    def test_a_zarr_array_of_imagecodecs_opens(self):
        import imagecodecs.numcodecs
        import numcodecs
        import zarr

        # Written by a process that knows imagecodecs' classes only.
        program = (
            "import sys, numpy, zarr, imagecodecs.numcodecs as n; n.register_codecs();"
            "v = numpy.arange(120 * 90, dtype='u2').reshape(120, 90) // 7;"
            "a = zarr.create_array(sys.argv[1], shape=v.shape, chunks=(50, 40), dtype='u2',"
            "zarr_format=2, filters=[n.Delta(shape=(50, 40), dtype='u2', axis=0)],"
            "compressors=n.Lz4f(level=1)); a[:] = v")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "array.zarr")
            subprocess.run([sys.executable, "-c", program, path], check=True)
            array = zarr.open_array(path, mode="r+")
            module = type(array.metadata.compressor).__module__
            self.assertEqual(module, "iiocodecs._foreign")
            values = numpy.arange(120 * 90, dtype="u2").reshape(120, 90) // 7
            numpy.testing.assert_array_equal(array[:], values)
            array[:50] = 3
            self.assertEqual(array[:].sum(), 3 * 50 * 90 + values[50:].sum())

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
LOSSY_OR_SHAPED = {
    "aec", "bfloat16", "byteshuffle", "dicomrle", "float24", "floatpred", "packints", "rcomp", "szip"
}

if __name__ == "__main__":
    unittest.main()
