// SPDX-License-Identifier: Apache-2.0

public import Codecs

/// Kinds of bytes that take codecs through their different paths.
public enum ByteContent: CaseIterable, Sendable {
  case zeros, constant, smooth, runs, bits, text, noise

  /// `count` bytes of this kind, the same for the same generator state.
  public func make(_ count: Int, using generator: inout SeededGenerator) -> [UInt8] {
    switch self {
    case .zeros: return [UInt8](repeating: 0, count: count)
    case .constant: return [UInt8](repeating: 0x5A, count: count)
    case .smooth: return (0..<count).map { UInt8(truncatingIfNeeded: $0 / 3) }
    case .runs:
      var bytes: [UInt8] = []
      while bytes.count < count {
        let length = min(Int(generator.next() % 9) * Int(generator.next() % 9), count - bytes.count)
        bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: generator.next()), count: length)
      }
      return bytes
    case .bits: return (0..<count).map { _ in UInt8(generator.next() & 1) }
    case .text:
      let words = ["the ", "of ", "image ", "codec ", "row ", "bit-", "0x1F ", "\n"]
      var bytes: [UInt8] = []
      while bytes.count < count { bytes += Array(words[Int(generator.next() % 8)].utf8) }
      return Array(bytes[..<count])
    case .noise: return generator.bytes(count)
    }
  }
}

/// Checks that hold for every byte codec. Each returns what went wrong first, or `nil`.
public enum ByteCodecChecks {
  /// Sizes around the word, vector, packet and table limits of the codecs.
  public static var sizes: [Int] {
    [0, 1, 2, 3, 4, 7, 8, 11, 12, 13, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256]
      + [257, 511, 512, 1000, 4095, 4096, 4097, 20_000]
  }

  /// What is encoded decodes to the same bytes, within the bound the codec promises.
  public static func roundTrip<C: ByteCodec>(
    _ codec: C.Type, encode: C.EncodeOptions, decode: C.DecodeOptions, sizes: [Int] = sizes
  ) -> String? {
    var generator = SeededGenerator(seed: 0x5EED)
    for size in sizes {
      for content in ByteContent.allCases {
        let bytes = content.make(size, using: &generator)
        do {
          let encoded = try C.encode(bytes, options: encode)
          let decoded = try Self.decode(C.self, encoded, capacity: size, options: decode).get()
          if decoded != bytes { return "\(content) of \(size) bytes decodes to other bytes" }
        } catch { return "\(content) of \(size) bytes: \(error)" }
      }
    }
    return nil
  }

  /// ``truncation``, ``mutation`` and ``shortOutput`` of one stream.
  public static func damage<C: ByteDecoder>(
    _ codec: C.Type, _ encoded: [UInt8], byteCount: Int, options: C.DecodeOptions
  ) -> String? {
    truncation(C.self, encoded, byteCount: byteCount, options: options)
      ?? mutation(C.self, encoded, byteCount: byteCount, options: options)
      ?? shortOutput(C.self, encoded, byteCount: byteCount, options: options)
  }

  /// Every prefix of `encoded` decodes to a prefix of the result or throws; nothing is written
  /// behind the output.
  public static func truncation<C: ByteDecoder>(
    _ codec: C.Type, _ encoded: [UInt8], byteCount: Int, options: C.DecodeOptions
  ) -> String? {
    guard let whole = try? decode(C.self, encoded, capacity: byteCount, options: options).get()
    else { return "the whole stream does not decode" }
    for length in 0..<encoded.count {
      let part = Array(encoded[..<length])
      switch decode(C.self, part, capacity: byteCount, options: options) {
      case .success(let bytes):
        if !whole.starts(with: bytes) { return "prefix of \(length) bytes gives other bytes" }
      case .failure(let error):
        if error.kind == .outOfMemory { return "wrote behind the output at \(length)" }
      }
    }
    return nil
  }

  /// Streams with one to three bytes changed decode or throw; nothing is written behind the output.
  public static func mutation<C: ByteDecoder>(
    _ codec: C.Type, _ encoded: [UInt8], byteCount: Int, options: C.DecodeOptions,
    count: Int = 2_000
  ) -> String? {
    var generator = SeededGenerator(seed: 77)
    for round in 0..<count where !encoded.isEmpty {
      var bytes = encoded
      for _ in 0...(round % 3) {
        let index = Int(generator.next() % UInt64(bytes.count))
        bytes[index] = UInt8(truncatingIfNeeded: generator.next())
      }
      if case .failure(let error) = decode(C.self, bytes, capacity: byteCount, options: options),
        error.kind == .outOfMemory
      {
        return "wrote behind the output in round \(round)"
      }
    }
    return nil
  }

  /// Any smaller output throws `outputFull` or stays within its capacity.
  public static func shortOutput<C: ByteDecoder>(
    _ codec: C.Type, _ encoded: [UInt8], byteCount: Int, options: C.DecodeOptions
  ) -> String? {
    for capacity in 0..<byteCount {
      switch decode(C.self, encoded, capacity: capacity, options: options) {
      case .success(let bytes):
        if bytes.count > capacity { return "more than \(capacity) bytes" }
      case .failure(let error):
        if error.kind == .outOfMemory { return "wrote behind the output of \(capacity) bytes" }
      }
    }
    return nil
  }

  /// Decodes from and into memory between guard pages; the bytes beside the output must not change:
  /// `outOfMemory` stands for "they did". Sizes decide at which end the buffers touch the guards.
  public static func decode<C: ByteDecoder>(
    _ codec: C.Type, _ encoded: [UInt8], capacity: Int, options: C.DecodeOptions
  ) -> Result<[UInt8], CodecError> {
    let place: GuardedMemory.Place = (encoded.count ^ capacity) & 3 == 1 ? .start : .end
    let (input, memory) = (
      GuardedMemory(capacity: encoded.count), GuardedMemory(capacity: capacity)
    )
    let source = unsafe input.buffer(encoded.count, at: place)
    unsafe source.copyBytes(from: encoded)
    let part = unsafe memory.buffer(capacity, at: place)
    var output = unsafe OutputRawSpan(buffer: part, initializedCount: 0)
    var failure: CodecError?
    do throws(CodecError) {
      try unsafe C.decode(
        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(source)), into: &output, options: options)
    } catch { failure = error }
    let count = unsafe output.finalize(for: part)
    guard memory.isUntouched(outside: capacity, at: place) else {
      return .failure(CodecError(.outOfMemory, codec: C.name, "wrote beside the output"))
    }
    if let failure { return .failure(failure) }
    return .success(unsafe Array(part[..<count]))
  }
}

/// `bytes` after `body` has changed them in their place.
public func inPlace(
  _ bytes: [UInt8], _ body: (inout MutableRawSpan) throws -> Void
) throws -> [UInt8] {
  var array = try NDArray(bytes, shape: [bytes.count])
  var failure: (any Error)?
  try array.withMutableBytes { (span) throws(CodecError) in
    do { try body(&span) } catch { failure = error }
  }
  if let failure { throw failure }
  return array.array(as: UInt8.self)
}
