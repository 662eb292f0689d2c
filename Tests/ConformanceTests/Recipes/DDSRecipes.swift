// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport

/// The files of `Fixtures/dds`.
let ddsRecipes: [FixtureRecipe] = [
  FixtureRecipe("rgb.dds", how: "DDS.encode of seeded noise", why: "bit fields") {
    try ddsFile(shape: [9, 5, 3])
  },
  FixtureRecipe("rgba.dds", how: "DDS.encode of seeded noise", why: "bit fields with alpha") {
    try ddsFile(shape: [9, 5, 4])
  },
  FixtureRecipe("grey-alpha.dds", how: "DDS.encode of seeded noise", why: "grey with alpha") {
    try ddsFile(shape: [9, 5, 2])
  },
  FixtureRecipe("bc7.dds", how: "header by hand, seeded noise", why: "blocks of every kind") {
    blockFile(number: 98, blockByteCount: 16)
  },
  FixtureRecipe("bc6h.dds", how: "header by hand, seeded noise", why: "half floats") {
    blockFile(number: 95, blockByteCount: 16)
  },
  FixtureRecipe("bc1.dds", how: "header by hand, seeded noise", why: "a size that cuts blocks") {
    blockFile(number: 71, blockByteCount: 8)
  },
]

private func ddsFile(shape: [Int]) throws -> [UInt8] {
  var generator = SeededGenerator(seed: 1)
  return try DDS.encode(try NDArray(generator.bytes(shape.reduce(1, *)), shape: shape))
}

/// 19 x 10 texels in blocks of a DXGI format.
private func blockFile(number: UInt32, blockByteCount: Int) -> [UInt8] {
  var generator = SeededGenerator(seed: 2)
  var writer = ByteWriter()
  writer.append("DDS ")
  for value in [124, 0x1007, 10, 19, 0, 0, 1] as [UInt32] { writer.u32le(value) }
  writer.zeros(44)
  writer.u32le(32)
  writer.u32le(4)
  writer.append("DX10")
  writer.zeros(40)
  for value in [number, 3, 0, 1, 0] { writer.u32le(value) }
  writer.append(generator.bytes(15 * blockByteCount))
  return writer.bytes
}
