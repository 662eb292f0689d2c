# SPDX-License-Identifier: Apache-2.0
"""What all differential tests share: random content, the `iio` process, and counting."""
import contextlib
import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile

import numpy

STYLES = ("noise", "gradient", "constant", "few values", "smooth", "sparse")


class Failure(Exception):
    """A case in which we and the reference disagree."""


class Iio:
    """The command under test."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.digester = None

    def run(self, *arguments, data=None):
        return subprocess.run([self.path, *map(str, arguments)], input=data, capture_output=True)

    def convert(self, source, target, flags=(), **options):
        """Converts a file; options are those of the output format."""
        words = list(flags) + [f"--option={name}={str(value).lower() if isinstance(value, bool) else value}"
                 for name, value in options.items()]
        done = self.run("convert", *words, source, target)
        if done.returncode:
            raise Failure(f"convert {words}: {done.stderr.decode(errors='replace').strip()}")

    def digest(self, path):
        """The answer of `iio digest` for one file; one process serves all."""
        if self.digester is None or self.digester.poll() is not None:
            self.digester = subprocess.Popen(
                [self.path, "digest", "--files-from", "-"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True)
        self.digester.stdin.write(path + "\n")
        self.digester.stdin.flush()
        line = self.digester.stdout.readline()
        if not line:
            raise Failure(f"the command died with {self.digester.wait()}")
        return json.loads(line)

    def check_pixels(self, path, expected):
        """Raises unless we decode the file to exactly the expected array."""
        answer = self.digest(path)
        if "error" in answer:
            raise Failure("refused: " + answer["error"]["message"])
        check(tuple(answer["shape"] or ()) == expected.shape, "shape", answer["shape"], expected.shape)
        check(answer["dtype"] == expected.dtype.name, "dtype", answer["dtype"], expected.dtype.name)
        check(answer["sha256"] == sha256(expected), "pixels differ")


def check_png(path):
    """Raises unless pngcheck, where there is one, finds nothing wrong."""
    if shutil.which("pngcheck"):
        done = subprocess.run(["pngcheck", "-q", path], capture_output=True, text=True)
        check(done.returncode == 0, "pngcheck:", done.stdout.strip())


def check(condition, *what):
    if not condition:
        raise Failure(" ".join(str(w) for w in what))


def check_equal(got, expected, what):
    """Raises unless two arrays are the same in shape, type and every element."""
    check(got.shape == expected.shape, what, "shape", got.shape, expected.shape)
    check(got.dtype == expected.dtype, what, "dtype", got.dtype, expected.dtype)
    check(numpy.array_equal(got, expected), what, "pixels differ")


@contextlib.contextmanager
def quiet():
    """Keeps what C libraries print on standard error out of the log."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def sha256(array):
    return hashlib.sha256(numpy.ascontiguousarray(array).tobytes()).hexdigest()


class Random(random.Random):
    """A seeded source of cases."""

    def size(self):
        """Mostly small, sometimes at the places where loops change."""
        return self.choice((self.randint(1, 9), self.randint(1, 70), self.choice((15, 16, 17, 31, 32, 33, 64, 127, 128, 200))))

    def array(self, shape, dtype):
        """An array in one of the content styles."""
        top = 1 if dtype == bool else numpy.iinfo(dtype).max
        generator = numpy.random.default_rng(self.getrandbits(64))
        style = self.choice(STYLES)
        count = int(numpy.prod(shape))
        if style == "noise":
            flat = generator.integers(0, top, count, dtype=numpy.uint64, endpoint=True)
        elif style == "gradient":
            flat = (numpy.arange(count) * self.randint(1, 300)) % (top + 1)
        elif style == "constant":
            flat = numpy.full(count, self.randint(0, top))
        elif style == "few values":
            flat = generator.choice(generator.integers(0, top + 1, self.randint(1, 20)), count)
        elif style == "smooth":
            steps = generator.integers(-3, 4, count) * max(1, top // 255)
            flat = numpy.clip(numpy.cumsum(steps) + top // 2, 0, top)
        else:
            flat = numpy.where(generator.random(count) < 0.05, top, 0)
        return flat.astype(dtype).reshape(shape)


class Runner:
    """Runs numbered cases of a kind; each has its own seed, so one can be repeated alone."""

    def __init__(self, iio, seed):
        self.iio, self.seed = iio, seed
        self.passed = self.failed = 0

    def run(self, kind, function, count, only=None):
        before = self.failed
        for number in range(count) if only is None else [only]:
            rng = Random(f"{self.seed} {kind} {number}")
            with tempfile.TemporaryDirectory() as folder:
                try:
                    function(self.iio, rng, folder)
                    self.passed += 1
                except Failure as failure:
                    self.failed += 1
                    print(f"FAILED {kind} --case {number} --seed {self.seed}: {failure}")
        print(f"{kind}: {count if only is None else 1} cases, {self.failed - before} failed", flush=True)
