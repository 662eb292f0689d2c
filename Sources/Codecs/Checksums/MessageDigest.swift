// SPDX-License-Identifier: Apache-2.0

/// A digest of a message that arrives in pieces.
public protocol MessageDigest: Sendable {
  init()
  /// Appends `message` to what has been hashed so far.
  mutating func update(_ message: RawSpan)
  /// The digest of everything so far. More may be appended afterwards.
  func finish() -> [UInt8]
}

extension MessageDigest {
  /// Appends `message` to what has been hashed so far.
  public mutating func update(_ message: [UInt8]) {
    let span = message.rawSpan
    update(span)
  }

  /// ``finish()`` as lower-case hexadecimal digits.
  public func hexDigest() -> String {
    var text = ""
    for byte in finish() { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return text
  }

  /// The digest of one message.
  public static func digest(_ message: RawSpan) -> [UInt8] {
    var hash = Self()
    hash.update(message)
    return hash.finish()
  }
}

/// Cuts the pieces of a message into the blocks of 64 bytes that MD5, SHA-1 and SHA-256 work on.
struct DigestBlocks: Sendable {
  /// The last, incomplete block.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  static var byteCount: Int { 64 }

  init() { pending.reserveCapacity(Self.byteCount) }

  /// Calls `compress` with the whole blocks that `message` completes.
  mutating func append(_ message: RawSpan, _ compress: (RawSpan) -> Void) {
    byteCount &+= UInt64(message.byteCount)
    var start = 0
    if !pending.isEmpty {
      start = min(message.byteCount, Self.byteCount - pending.count)
      keep(message.extracting(0..<start))
      guard pending.count == Self.byteCount else { return }
      let block = pending
      pending.removeAll(keepingCapacity: true)
      compress(block.rawSpan)
    }
    let blocks = (message.byteCount - start) / Self.byteCount * Self.byteCount
    compress(message.extracting(start..<(start + blocks)))
    keep(message.extracting((start + blocks)..<message.byteCount))
  }

  /// What completes the last block: a one bit, zeros, and the number of bits.
  func padding(bigEndian: Bool) -> [UInt8] {
    let zeros = (2 * Self.byteCount - 9 - pending.count) % Self.byteCount
    let bitCount = byteCount &* 8
    return [0x80] + [UInt8](repeating: 0, count: zeros)
      + (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> UInt64(8 * (bigEndian ? 7 - $0 : $0))) }
  }

  private mutating func keep(_ bytes: RawSpan) {
    for i in 0..<bytes.byteCount { pending.append(bytes[byteAt: i]) }
  }
}
