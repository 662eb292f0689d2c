// SPDX-License-Identifier: Apache-2.0

/// MD5, to tell files apart as other programs do. Not for secrets: it is broken.
///
/// Source: RFC 1321.
public struct MD5: MessageDigest {
  private var state = SIMD4<UInt32>(0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476)
  private var blocks = DigestBlocks()

  public init() {}

  public mutating func update(_ message: RawSpan) {
    var state = state
    blocks.append(message) { md5Compress($0, into: &state) }
    self.state = state
  }

  /// The digest of everything so far: 16 bytes. More may be appended afterwards.
  public func finish() -> [UInt8] {
    var copy = self
    copy.update(blocks.padding(bigEndian: false))
    return (0..<16).map { UInt8(truncatingIfNeeded: copy.state[$0 / 4] >> UInt32($0 % 4 * 8)) }
  }
}
