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

  /// Indices of the palette, of which 0 is some opaque colour, cannot tell what was cleared.
  @Test func aClearedBackgroundIsNoColourOfThePalette() throws {
    let animations: [[[UInt8]]] = [
      [[242, 242, 214], [214, 214, 214], [19, 19, 214]],
      [[0, 112, 0], [112, 34, 34], [0, 0, 112]],
    ]
    for animation in animations {
      let frames = try animation.map { (greys: [UInt8]) in
        // Black stands for a transparent colour.
        try NDArray(
          greys.flatMap { $0 == 0 ? [159, 159, 159, 0] : [$0, $0, $0, 255] }, shape: [1, 3, 4])
      }
      for disposal in [AnimationCanvas.Disposal.none, .background, .previous] {
        var options = PNG.WriteOptions()
        options.reduction = .exact
        options.disposal = .all(disposal)
        let file = try PNG.encode(frames, options: options)
        var reader = try PNG.Reader(Bytes(file), options: PNG.ReadOptions(), policy: .strict)
        for frame in frames { #expect(try reader.next() == frame, "\(disposal)") }
      }
    }
  }
}
