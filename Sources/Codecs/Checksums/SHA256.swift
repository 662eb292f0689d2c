// SPDX-License-Identifier: Apache-2.0

/// SHA-256: the digest of `iio digest`.
///
/// Source: FIPS 180-4, §4.1.2, §5.1.1, §6.2.
public struct SHA256: MessageDigest {
  private var state: SIMD8<UInt32>
  private var blocks = DigestBlocks()

  public init() { state = SHA256Tables.initialState }

  public mutating func update(_ message: RawSpan) {
    var state = state
    blocks.append(message) { sha256Compress($0, into: &state) }
    self.state = state
  }

  /// The digest of everything so far: 32 bytes. More may be appended afterwards.
  public func finish() -> [UInt8] {
    var copy = self
    copy.update(blocks.padding(bigEndian: true))
    return (0..<32).map {
      UInt8(truncatingIfNeeded: copy.state[$0 / 4] >> UInt32(24 - $0 % 4 * 8))
    }
  }
}
