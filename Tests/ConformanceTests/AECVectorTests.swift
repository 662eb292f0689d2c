// SPDX-License-Identifier: Apache-2.0

import IIO
import Testing

/// The vectors of CCSDS 121.0-B-2: every width of samples.
@Suite(.enabled(if: Corpus.folder != nil))
struct AECVectorTests {
  @Test(arguments: 1...32)
  func samplesOfEveryWidthAreReadAndWrittenAsSmall(bitCount: Int) throws {
    let number = bitCount < 10 ? "0\(bitCount)" : "\(bitCount)"
    let stem = "codec/libaec-121B2/test_p\(bitCount > 16 ? 512 : 256)n\(number)"
    let data = try #require(Corpus.read("\(stem).dat"))
    for suffix in bitCount <= 4 ? ["-basic", "-restricted"] : [""] {
      let encoded = try #require(Corpus.read("\(stem)\(suffix).rz"))
      let options = AEC.Options(
        bitCount: bitCount, blockLength: 16, intervalBlockCount: bitCount > 16 ? 32 : 16,
        isRestricted: suffix == "-restricted")
      let decoded = try AEC.decode(encoded, byteCount: data.count, options: options)
      #expect(decoded == data, "\(suffix)")
      let again = try AEC.encode(data, options: options)
      let back = try AEC.decode(again, byteCount: data.count, options: options)
      #expect(back == data)
      #expect(again.count <= encoded.count, "\(suffix)")
    }
  }
}
