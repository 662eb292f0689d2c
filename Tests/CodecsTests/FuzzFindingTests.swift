// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Inputs that fuzzing found, kept so that what they showed stays mended.
@Suite struct FuzzFindingTests {
  /// The metadata of this file is over the limits; its properties must not depend on that.
  @Test func propertiesDoNotNeedTheMetadata() throws {
    let bytes = try #require(Fixtures.read("findings/properties-and-metadata.png"))
    var policy = DecodePolicy(verifiesChecksums: false)
    policy.limits.maxMetadataItemBytes = 1 << 18
    policy.limits.maxMetadataBytes = 1 << 20
    var reader = try PNG.Reader(Bytes(bytes), policy: policy)
    let properties = try reader.properties(reader.automaticIndex)
    let image = try reader.read(reader.automaticIndex)
    #expect(properties.shape == image.shape && properties.dtype == image.dtype)
  }

  /// Neither kind of codes can tell how DC coefficients of this damaged file differ.
  @Test(arguments: [true, false])
  func differencesThatNoCodeTells(isArithmetic: Bool) throws {
    let bytes = try #require(Fixtures.read("findings/dc-differences.jpg"))
    var options = JPEG.TransformOptions()
    options.isArithmetic = isArithmetic
    let error = try #require(throws: CodecError.self) {
      var diagnostics = Diagnostics()
      _ = try JPEG.transform(bytes.rawSpan, options: options, diagnostics: &diagnostics)
    }
    #expect(error.kind == .corrupt)
  }
}
