// SPDX-License-Identifier: Apache-2.0

/// SHA-1, to tell files apart as other programs do. Not for secrets: it is broken.
///
/// Source: FIPS 180-4, §4.1.1, §5.1.1, §6.1.
public struct SHA1: MessageDigest {
  /// The five words of the chain; the other lanes stay 0.
  private var state = SIMD8<UInt32>(
    0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0, 0, 0, 0)
  private var blocks = DigestBlocks()

  public init() {}

  public mutating func update(_ message: RawSpan) {
    var state = state
    blocks.append(message) { sha1Compress($0, into: &state) }
    self.state = state
  }

  /// The digest of everything so far: 20 bytes. More may be appended afterwards.
  public func finish() -> [UInt8] {
    var copy = self
    copy.update(blocks.padding(bigEndian: true))
    return (0..<20).map {
      UInt8(truncatingIfNeeded: copy.state[$0 / 4] >> UInt32(24 - $0 % 4 * 8))
    }
  }
}
