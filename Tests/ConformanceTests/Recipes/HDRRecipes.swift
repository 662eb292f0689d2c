// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport

/// The files of `Fixtures/hdr`.
let hdrRecipes: [FixtureRecipe] = [
  FixtureRecipe("runs.hdr", how: "RGBE.encode of seeded runs", why: "rows in runs") {
    try hdrFile(width: 23, runs: true)
  },
  FixtureRecipe("flat.hdr", how: "RGBE.encode of seeded runs", why: "pixels as they are") {
    try hdrFile(width: 23, runs: false)
  },
  FixtureRecipe("narrow.hdr", how: "RGBE.encode of seeded runs", why: "too narrow for runs") {
    try hdrFile(width: 7, runs: true)
  },
  FixtureRecipe("old.pic", how: "by hand", why: "runs as they were before 1991") {
    Array("#?RADIANCE\n# a comment\nEXPOSURE=2\nFORMAT=32-bit_rle_rgbe\n\n-Y 3 +X 100\n".utf8)
      + [128, 0, 0, 129, 1, 1, 1, 43, 1, 1, 1, 1, 9, 200, 33, 120]
  },
]

private func hdrFile(width: Int, runs: Bool) throws -> [UInt8] {
  var generator = SeededGenerator(seed: 1)
  let values = ByteContent.runs.make(17 * width * 3, using: &generator).map { Float($0) * 0.37 }
  let image = try NDArray(values, shape: [17, width, 3])
  return try RGBE.encode(image, options: .init(usesRuns: runs))
}
