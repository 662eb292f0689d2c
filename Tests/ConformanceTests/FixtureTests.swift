// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport
import Testing

/// How one file of `Fixtures` is made.
struct FixtureRecipe: Sendable {
  /// Without the format's folder.
  var name: String
  var how: String
  var why: String
  var make: @Sendable () throws -> [UInt8]

  init(_ name: String, how: String, why: String, _ make: @escaping @Sendable () throws -> [UInt8]) {
    self.name = name
    self.how = how
    self.why = why
    self.make = make
  }
}

/// The recipes of each format, under the name of its folder.
let fixtureRecipes: [(format: String, recipes: [FixtureRecipe])] = [
  ("bmp", bmpRecipes), ("qoi", qoiRecipes), ("dds", ddsRecipes), ("hdr", hdrRecipes),
  ("npy", npyRecipes),
]

/// The files of `Fixtures` are what the index says, and nothing else is there.
///
/// `IIO_REWRITE_FIXTURES=1 swift test --filter FixtureTests` makes them anew from the recipes.
@Suite(.serialized) struct FixtureTests {
  @Test(.enabled(if: Fixtures.isRewriting), arguments: fixtureRecipes.map { $0.format })
  func rewrite(format: String) throws {
    let recipes = try #require(fixtureRecipes.first { $0.format == format }).recipes
    try Fixtures.rewrite(
      format,
      recipes.map { recipe in
        let bytes = try recipe.make()
        let name = "\(format)/\(recipe.name)"
        let image = try read(bytes, name: name)
        let entry = Fixtures.Entry(
          name: name, shape: image.shape, dtype: image.dtype, sha256: digest(image),
          how: recipe.how, why: recipe.why)
        return (entry, bytes)
      })
  }

  @Test(.enabled(if: !Fixtures.isRewriting), arguments: fixtureRecipes.map { $0.format })
  func theIndexListsTheFilesOfTheFolderAndOfTheRecipes(format: String) throws {
    let listed = Fixtures.entries(of: format).map { $0.name }.sorted()
    let recipes = try #require(fixtureRecipes.first { $0.format == format }).recipes
    #expect(listed == Fixtures.files(of: format))
    #expect(listed == recipes.map { "\(format)/\($0.name)" }.sorted())
  }

  @Test(.enabled(if: !Fixtures.isRewriting), arguments: fixtureRecipes.map { $0.format })
  func fixturesDecodeToTheirIndexedPixels(format: String) throws {
    let entries = Fixtures.entries(of: format)
    #expect(!entries.isEmpty)
    for entry in entries {
      let image = try read(try #require(Fixtures.read(entry.name)), name: entry.name)
      #expect(image.shape == entry.shape, "\(entry)")
      #expect(image.dtype == entry.dtype, "\(entry)")
      #expect(digest(image) == entry.sha256, "\(entry)")
    }
  }

  private func read(_ bytes: [UInt8], name: String) throws -> NDArray {
    try imread(.bytes(Bytes(bytes)), extension: Resource(name).fileExtension)
  }

  private func digest(_ image: NDArray) -> String {
    var hash = SHA256()
    hash.update(image.bytes)
    return hash.hexDigest()
  }
}
