// SPDX-License-Identifier: Apache-2.0
public import Codecs

/// Choices drawn from the front of a fuzzer's bytes; zeros once they are used up.
///
/// Decode targets hand ``bytes`` to the decoder as they are. Round-trip targets draw a shape,
/// options and samples, so that each mutation of the input is another valid image.
public struct FuzzInput {
  public let bytes: [UInt8]
  public private(set) var position = 0

  /// Copies what libFuzzer passed in; the copy lets address sanitizer see reads past the end.
  public init(_ start: UnsafePointer<UInt8>, _ count: Int) {
    // libFuzzer owns `count` readable bytes at `start` for the duration of the call.
    bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  }

  public mutating func byte() -> UInt8 {
    guard position < bytes.count else { return 0 }
    defer { position += 1 }
    return bytes[position]
  }

  public mutating func bool() -> Bool { byte() & 1 == 1 }

  /// A number within `range`, from two bytes.
  public mutating func int(_ range: ClosedRange<Int>) -> Int {
    let value = Int(byte()) | Int(byte()) << 8
    return range.lowerBound + value % (range.upperBound - range.lowerBound + 1)
  }

  /// One of `items`.
  public mutating func pick<T>(_ items: [T]) -> T { items[int(0...items.count - 1)] }

  /// `count` bytes, the rest of the input over and over.
  public mutating func fill(_ count: Int) -> [UInt8] {
    let rest = bytes[position...]
    position = bytes.count
    guard let first = rest.indices.first else { return [UInt8](repeating: 0, count: count) }
    return (0..<count).map { rest[first + $0 % rest.count] }
  }
}

extension DecodePolicy {
  /// Bounds that keep one execution in the range of milliseconds, and no checksum in the way.
  public static var fuzzing: DecodePolicy {
    DecodePolicy(
      limits: Limits(
        maxPixels: 1 << 18, maxImageBytes: 1 << 22, maxScratchBytes: 1 << 22, maxImages: 64,
        maxMetadataItemBytes: 1 << 18, maxMetadataBytes: 1 << 20, maxOutputBytes: 1 << 22),
      verifiesChecksums: false)
  }
}

/// Stops the fuzzer with a report when `condition` does not hold.
public func require(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { fatalError(message()) }
}
