// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport

/// The files of `Fixtures/npy`.
let npyRecipes: [FixtureRecipe] = [
  FixtureRecipe("stack.npy", how: "NPY.encode of seeded noise", why: "four axes of uint16") {
    var generator = SeededGenerator(seed: 1)
    let image = try NDArray(shape: [2, 3, 5, 3], dtype: .uint16) {
      $0.append(generator.bytes(180).rawSpan)
    }
    return try NPY.encode(image)
  },
  FixtureRecipe("scalar.npy", how: "NPY.encode", why: "no axes") {
    try NPY.encode(try NDArray([-1.5] as [Double], shape: []))
  },
  FixtureRecipe("columns.npy", how: "by hand", why: "column-major, big-endian, version 2") {
    let text = Array("{'shape': (2L, 3L), 'fortran_order': True, 'descr': '>i2'}\n".utf8)
    return [0x93] + Array("NUMPY".utf8) + [2, 0, UInt8(text.count), 0, 0, 0] + text
      + [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0xFF, 0xFF]
  },
]
