// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// Images at three, five, six and seven eighths of their size.
@Suite struct JPEGScalingTests {
  /// Made by `djpeg -dct int -scale N/8 [-nosmooth] -pnm`: a fixture, N, whether chroma is
  /// interpolated, the shape, and the first half of the SHA-256 of the pixels.
  static let scaled: [(name: String, eighths: Int, isSmooth: Bool, shape: [Int], hash: String)] = [
    ("baseline-420", 3, true, [14, 17, 3], "1a1e4527aad52568cdeb09a077a20f4b"),
    ("baseline-420", 5, true, [24, 29, 3], "cb33a716fef08cdc19868a46e578c674"),
    ("baseline-420", 6, true, [28, 34, 3], "aa2e40370c9ff7fe3167aa590bc97c25"),
    ("baseline-420", 7, true, [33, 40, 3], "9e0ca66bf1620f35d9e39780399778ea"),
    ("baseline-422", 3, true, [14, 17, 3], "0513c9f92b00df9edf3e14e7eccdf6fb"),
    ("baseline-422", 5, true, [24, 29, 3], "8f7e5a33edc1cfab0b6092dd329d0739"),
    ("baseline-422", 6, true, [28, 34, 3], "b42ab468fce94d5f7bc043d4ace73720"),
    ("baseline-422", 7, true, [33, 40, 3], "edcde369b4e34af24b81e8bfd9a72cfe"),
    ("baseline-440", 3, true, [14, 17, 3], "74a49d68671cea9f07e82f012a4e13cc"),
    ("baseline-440", 5, true, [24, 29, 3], "926ebddb238c30d190ff8c27e8d3979f"),
    ("baseline-440", 6, true, [28, 34, 3], "e35d1854e7775f369c25eb3aed97e6df"),
    ("baseline-440", 7, true, [33, 40, 3], "1ce2bc40422c70082a25d61ffb04ec39"),
    ("baseline-444", 3, true, [14, 17, 3], "359cbf17a0d44287199de0893d3e0494"),
    ("baseline-444", 5, true, [24, 29, 3], "1156f5b2d885249d658b73ba6a607184"),
    ("baseline-444", 6, true, [28, 34, 3], "22c64baa988c54cbbc37c7091515acf6"),
    ("baseline-444", 7, true, [33, 40, 3], "6f304dd42a4a1392c4180ce9d6d573a1"),
    ("baseline-411", 3, true, [14, 17, 3], "7d9b331af842b713233d23dd4cb1a70b"),
    ("baseline-411", 5, true, [24, 29, 3], "677a93ce07034dcb62557b02a96452c1"),
    ("baseline-411", 6, true, [28, 34, 3], "43671a51006ddab28759bdf174268b65"),
    ("baseline-411", 7, true, [33, 40, 3], "1c1083ea23c3ca382ddb81d24bdaea72"),
    ("baseline-410", 3, true, [14, 17, 3], "145c3eab545da82230c35d01242e6afb"),
    ("baseline-410", 5, true, [24, 29, 3], "8c3642a67b3df973ddae786cb445264b"),
    ("baseline-410", 6, true, [28, 34, 3], "f7bd8e39804dd0141479c684110bc7d5"),
    ("baseline-410", 7, true, [33, 40, 3], "f00f17c0e220b638cf543386542bae7b"),
    ("baseline-mixed", 3, true, [14, 17, 3], "f6c2dd8d87fc7dc5de993d6ed3a96cc7"),
    ("baseline-mixed", 5, true, [24, 29, 3], "5a3930b5e6153a14bf3ad212ee3bf4bb"),
    ("baseline-mixed", 6, true, [28, 34, 3], "63763b4bc3fc261d5e8c217d09e414d5"),
    ("baseline-mixed", 7, true, [33, 40, 3], "38596395c88b64ea6a97f53208785bcd"),
    ("grey", 3, true, [14, 17], "4c2a4295e201e4d0620a09e664557e4b"),
    ("grey", 5, true, [24, 29], "ec9e77a0dd2cd586f592ed4d9bad3a85"),
    ("grey", 6, true, [28, 34], "c50728d8aad9ea502cd60de873fdcec7"),
    ("grey", 7, true, [33, 40], "0068a6f0f710dcdc48f5c2869d65fc09"),
    ("progressive-420", 3, true, [14, 17, 3], "1a1e4527aad52568cdeb09a077a20f4b"),
    ("progressive-420", 5, true, [24, 29, 3], "cb33a716fef08cdc19868a46e578c674"),
    ("progressive-420", 6, true, [28, 34, 3], "aa2e40370c9ff7fe3167aa590bc97c25"),
    ("progressive-420", 7, true, [33, 40, 3], "9e0ca66bf1620f35d9e39780399778ea"),
    ("arithmetic", 3, true, [14, 17, 3], "7d8af20f8cc950a35830452d17238022"),
    ("arithmetic", 5, true, [24, 29, 3], "ffb43cfed463f9c06af83b01e9759610"),
    ("arithmetic", 6, true, [28, 34, 3], "a9771b03698aa8eebc656be82fb00801"),
    ("arithmetic", 7, true, [33, 40, 3], "348e7632adf68b2e5fb589997000cf93"),
    ("q1", 3, true, [14, 17, 3], "8d91b6b3339fda4b7124ac5376a1cb55"),
    ("q1", 5, true, [24, 29, 3], "c57fa00ec4bb15ce162932acc7a3a2ad"),
    ("q1", 6, true, [28, 34, 3], "9bf4f80d88f3c7529969c2e66244af03"),
    ("q1", 7, true, [33, 40, 3], "292c4d0f94ad1d78e4a3b3a598f7563d"),
    ("large", 3, true, [150, 188, 3], "a4a1645d6b41aaa75815b66d9ed1b1c0"),
    ("large", 5, true, [250, 313, 3], "a167cf0315d11b71b0d6943fe5f7e5a8"),
    ("large", 6, true, [300, 375, 3], "b0e4d18a3fb43299ed35ecd65060bc7b"),
    ("large", 7, true, [350, 438, 3], "c76e24a267448c4ca1af6cfee13f4c3a"),
    ("one-pixel", 3, true, [1, 1, 3], "1722703a2c804b36a4a2d9ec250bcc7b"),
    ("one-pixel", 5, true, [1, 1, 3], "1722703a2c804b36a4a2d9ec250bcc7b"),
    ("one-pixel", 6, true, [1, 1, 3], "1722703a2c804b36a4a2d9ec250bcc7b"),
    ("one-pixel", 7, true, [1, 1, 3], "1722703a2c804b36a4a2d9ec250bcc7b"),
    ("two-columns", 3, true, [14, 1, 3], "eb9d0246e4ac6b1499599ab8dbd3a75f"),
    ("two-columns", 5, true, [24, 2, 3], "6ee097d69febfb664d38905b34131a55"),
    ("two-columns", 6, true, [28, 2, 3], "39b43b7a9b257714c93bcd81fc5138e0"),
    ("two-columns", 7, true, [33, 2, 3], "29a57b50a193757dfebca591a99b6131"),
    ("baseline-422", 3, false, [14, 17, 3], "b1d52636ba005473978ff074d76922a7"),
    ("baseline-422", 5, false, [24, 29, 3], "ab3ca118c92dc4125d38a04a363ebbfc"),
    ("baseline-422", 6, false, [28, 34, 3], "97f56277475dcbf404e2deb5993ddaaf"),
    ("baseline-422", 7, false, [33, 40, 3], "2777dbfcc1a595e1b9f5c1d625d578f8"),
    ("baseline-411", 3, false, [14, 17, 3], "7d9b331af842b713233d23dd4cb1a70b"),
    ("baseline-411", 5, false, [24, 29, 3], "677a93ce07034dcb62557b02a96452c1"),
    ("baseline-411", 6, false, [28, 34, 3], "43671a51006ddab28759bdf174268b65"),
    ("baseline-411", 7, false, [33, 40, 3], "1c1083ea23c3ca382ddb81d24bdaea72"),
    ("two-columns", 3, false, [14, 1, 3], "eb9d0246e4ac6b1499599ab8dbd3a75f"),
    ("two-columns", 5, false, [24, 2, 3], "6ee097d69febfb664d38905b34131a55"),
    ("two-columns", 6, false, [28, 2, 3], "39b43b7a9b257714c93bcd81fc5138e0"),
    ("two-columns", 7, false, [33, 2, 3], "29a57b50a193757dfebca591a99b6131"),
  ]

  @Test(arguments: scaled.indices)
  func aScaledImageIsThatOfLibjpeg(index: Int) throws {
    let expected = Self.scaled[index]
    var options = JPEG.DecodeOptions()
    options.reduction = try #require(JPEG.Reduction(rawValue: expected.eighths))
    options.interpolatesChroma = expected.isSmooth
    let file = try #require(Fixtures.read("jpeg/\(expected.name).jpg"))
    let image = try decodeJPEG(file, options, policy: .strict)
    let properties = try JPEG.inspect(file.rawSpan, options: options)
    #expect(image.shape == expected.shape && properties.shape == expected.shape)
    let hash = SHA256.digest(image.bytes).prefix(16)
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hash == expected.hash)
  }

  /// Source: T.81 A.3.3.
  @Test func factorsAreThoseOfTheTransform() {
    var (row, largest) = (0, 0.0)
    for unit in [3, 5, 6, 7, 10, 12, 14] {
      for k in 0..<(unit + 1) / 2 {
        for j in 0..<8 {
          let angle = Double((2 * k + 1) * j) * Double.pi / Double(2 * unit)
          let exact = j == 0 ? 8_192 : j < unit ? 8_192 * 2.0.squareRoot() * cosine(angle) : 0
          largest = max(largest, abs(Double(JPEG.scaledCosines[8 * row + j]) - exact))
        }
        row += 1
      }
    }
    #expect(JPEG.scaledCosines.count == 8 * row)
    #expect(largest < 1.5)
  }

  /// By its series, for there is no other here.
  private func cosine(_ angle: Double) -> Double {
    var (term, sum, n) = (1.0, 0.0, 0.0)
    while n < 80 {
      sum += term
      term *= -angle * angle / ((n + 1) * (n + 2))
      n += 2
    }
    return sum
  }

  /// Blocks as they are in photographs, at the bounds of what vectors hold, and beyond them.
  @Test(arguments: [3, 5, 6, 7, 10, 12, 14])
  func vectorsAgreeWithPlainArithmetic(unit: Int) {
    var random = SeededGenerator(seed: UInt64(unit))
    var differing: [String] = []
    for round in 0..<3_000 {
      let last = [0, 2, 9, 63][round % 4]
      let largest = [4, 300, 2_000, 16_384, 32_767][round / 4 % 5]
      var block = [Int16](repeating: 0, count: 64)
      for k in 0...last where k == 0 || Int.random(in: 0..<3, using: &random) == 0 {
        block[Int(JPEG.zigzag[k])] = Int16(Int.random(in: -largest...largest, using: &random))
      }
      let table = block.map { _ in Int16(largest > 300 && round % 3 > 0 ? 1 : random.next() % 40) }
      let before = block
      var copy = block
      var (ours, plain) = ([UInt8](repeating: 7, count: 600), [UInt8](repeating: 7, count: 600))
      let (clears, stride) = (round % 2 == 0, unit + round % 7)
      var values = block.mutableSpan
      var plane = ours.mutableSpan
      JPEG.ScaledIDCT.transformVectors(
        &values, at: 0, last: last, quantization: table.span, at: 0, into: &plane, at: 9,
        stride: stride, unit: unit, clears: clears)
      var others = copy.mutableSpan
      var plainPlane = plain.mutableSpan
      JPEG.ScaledIDCT.transform(
        &others, at: 0, last: last, quantization: table.span, at: 0, into: &plainPlane, at: 9,
        stride: stride, unit: unit, clears: clears)
      if ours != plain || block != copy || !clears && block != before {
        differing.append("round \(round)")
      }
    }
    #expect(differing.isEmpty)
  }

  @Test(arguments: ["3/8", "5/8", "3/4", "6/8", "7/8", "1/2", "8/8", "1/1"])
  func fractionsAreNamed(text: String) throws {
    var options = JPEG.ReadOptions()
    try options.set("scale", to: .string(text))
    let (top, bottom) = (Int(String(text.first!)), Int(String(text.last!)))
    #expect(options.decoding.reduction.rawValue * bottom! == 8 * top!)
  }

  @Test(arguments: ["9/8", "0/8", "3/2", "1/3", "5", "", "-1/8", "3/8 "])
  func otherFractionsAreErrors(text: String) {
    var options = JPEG.ReadOptions()
    #expect(throws: CodecError.self) { try options.set("scale", to: .string(text)) }
  }
}
