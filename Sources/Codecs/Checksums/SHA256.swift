// SPDX-License-Identifier: Apache-2.0

/// SHA-256 of a message that arrives in pieces: the digest of `iio digest`.
///
/// Source: FIPS 180-4, §4.1.2, §5.1.1, §6.2.
public struct SHA256: Sendable {
  private var state: SIMD8<UInt32>
  /// The last, incomplete block.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  static var blockByteCount: Int { 64 }

  public init() {
    state = SHA256Tables.initialState
    pending.reserveCapacity(Self.blockByteCount)
  }

  /// Appends `message` to what has been hashed so far.
  public mutating func update(_ message: RawSpan) {
    byteCount &+= UInt64(message.byteCount)
    var start = 0
    if !pending.isEmpty {
      start = min(message.byteCount, Self.blockByteCount - pending.count)
      append(message.extracting(0..<start))
      guard pending.count == Self.blockByteCount else { return }
      let block = pending
      pending.removeAll(keepingCapacity: true)
      let span = block.rawSpan
      sha256Compress(span, into: &state)
    }
    let blocks = (message.byteCount - start) / Self.blockByteCount * Self.blockByteCount
    sha256Compress(message.extracting(start..<(start + blocks)), into: &state)
    append(message.extracting((start + blocks)..<message.byteCount))
  }

  /// Appends `message` to what has been hashed so far.
  public mutating func update(_ message: [UInt8]) {
    let span = message.rawSpan
    update(span)
  }

  /// The digest of everything so far: 32 bytes. More may be appended afterwards.
  public func finish() -> [UInt8] {
    var copy = self
    let bitCount = byteCount &* 8
    var padding: [UInt8] = [0x80]
    while (pending.count + padding.count) % Self.blockByteCount != Self.blockByteCount - 8 {
      padding.append(0)
    }
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      padding.append(UInt8(truncatingIfNeeded: bitCount >> shift))
    }
    copy.update(padding)
    return (0..<32).map {
      UInt8(truncatingIfNeeded: copy.state[$0 / 4] >> UInt32(24 - $0 % 4 * 8))
    }
  }

  /// ``finish()`` as 64 lower-case hexadecimal digits.
  public func hexDigest() -> String {
    var text = ""
    for byte in finish() { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return text
  }

  /// The digest of one message: 32 bytes.
  public static func digest(_ message: RawSpan) -> [UInt8] {
    var hash = SHA256()
    hash.update(message)
    return hash.finish()
  }

  private mutating func append(_ bytes: RawSpan) {
    for i in 0..<bytes.byteCount { pending.append(bytes[byteAt: i]) }
  }
}
