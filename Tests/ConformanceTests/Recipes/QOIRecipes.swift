// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport

/// The files of `Fixtures/qoi`.
let qoiRecipes: [FixtureRecipe] = [
  FixtureRecipe("rgb.qoi", how: "QOI.encode of seeded runs", why: "three channels") {
    try qoiFile(channels: 3, .runs)
  },
  FixtureRecipe("rgba.qoi", how: "QOI.encode of seeded runs", why: "four channels") {
    try qoiFile(channels: 4, .runs)
  },
  FixtureRecipe("smooth.qoi", how: "QOI.encode of a ramp", why: "differences and places") {
    try qoiFile(channels: 3, .smooth)
  },
]

private func qoiFile(channels: Int, _ content: ByteContent) throws -> [UInt8] {
  var generator = SeededGenerator(seed: 1)
  let bytes = content.make(23 * 17 * channels, using: &generator)
  return try QOI.encode(try NDArray(bytes, shape: [23, 17, channels]))
}
