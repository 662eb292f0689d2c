// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Codec registry")
struct CodecRegistryTests {
  /// What the first bytes of a stream are.
  enum Beginnings {
    case areDamaged
    /// Some are streams of their own.
    case canBeWhole
    /// Arrays that the caller says the layout of: others do not fit it.
    case areArrays
  }

  /// A codec with what it is told, and a stream of it.
  struct Sample: CustomTestStringConvertible {
    var name: String
    var decoding: Metadata = [:]
    var beginnings = Beginnings.areDamaged
    var stream: [UInt8]

    var testDescription: String { name }
    var codec: RegisteredCodec? { CodecRegistry.standard[name] }
  }

  /// 240 bytes with repeats, differences and noise.
  static let data: [UInt8] = {
    var generator = SeededGenerator(seed: 4)
    return ByteContent.text.make(120, using: &generator) + generator.bytes(40)
      + [UInt8](repeating: 7, count: 80)
  }()

  static func sample(
    _ name: String, _ encoding: Metadata = [:], decoding: Metadata? = nil,
    beginnings: Beginnings = .areDamaged
  ) throws -> Sample {
    let encode = try #require(CodecRegistry.standard[name]?.encode)
    return Sample(
      name: name, decoding: decoding ?? encoding, beginnings: beginnings,
      stream: try encode(data.rawSpan, encoding, .default))
  }

  /// One or more of every codec that decodes.
  static var samples: [Sample] {
    get throws {
      [
        try sample("aec", ["bitspersample": 16], decoding: ["bitspersample": 16, "count": 120]),
        Sample(
          name: "bcn", decoding: ["format": 1, "shape": .array([8, 12])], stream: Array(data[..<48])
        ),
        Sample(
          name: "bcn", decoding: ["format": 7, "shape": .array([8, 12])], stream: Array(data[..<96])
        ),
        try sample("bfloat16", decoding: ["byteorder": "<"], beginnings: .areArrays),
        try sample("bitorder", beginnings: .areArrays),
        try sample("bitshuffle", ["itemsize": 2], beginnings: .areArrays),
        try sample(
          "byteshuffle", ["shape": .array([4, 20]), "itemsize": 3], beginnings: .areArrays),
        try sample("deflate"),
        try sample("delta", ["shape": .array([4, 60]), "itemsize": 1], beginnings: .areArrays),
        // The last byte can be a padding one, and that of QOI is part of an end marker.
        try sample(
          "dicomrle", ["itemsize": 2], decoding: ["itemsize": 2, "pixels": 120],
          beginnings: .canBeWhole),
        Sample(
          name: "eer", decoding: ["shape": .array([8, 40]), "skipbits": 5], beginnings: .canBeWhole,
          stream: eerFrame),
        try sample("float24", beginnings: .areArrays),
        try sample(
          "floatpred", ["shape": .array([5, 12]), "itemsize": 4], beginnings: .areArrays),
        try sample("gzip"),
        try sample("lz4", ["header": true]),
        try sample("lz4", beginnings: .canBeWhole),
        try sample("lz4f", ["contentchecksum": true], decoding: [:]),
        try sample("lz4h5", ["blocksize": 64], decoding: [:]),
        try sample("lzf", ["header": true]),
        try sample("lzf", beginnings: .canBeWhole),
        Sample(
          name: "lzo", stream: [UInt8(17 + 240 - 18)] + data[..<222] + [0x11, 0, 0]),
        try sample("lzw", beginnings: .canBeWhole),
        try sample("numpy", ["shape": .array([15, 4]), "dtype": "float32"], decoding: [:]),
        try sample("packbits", beginnings: .canBeWhole),
        try sample("packints", ["bitspersample": 6], beginnings: .canBeWhole),
        try sample("pglz", ["header": true]),
        try sample("qoi", ["shape": .array([8, 10, 3])], decoding: [:], beginnings: .canBeWhole),
        try sample("rcomp", ["itemsize": 2], decoding: ["itemsize": 2, "count": 120]),
        try sample("rgbe", ["shape": .array([2, 10, 3])], decoding: [:]),
        try sample("snappy"),
        try sample("szip", ["header": true, "pixels_per_scanline": 64]),
        try sample("xor", ["shape": .array([4, 30]), "itemsize": 2], beginnings: .areArrays),
        try sample("zlib"),
      ]
    }
  }

  static let eerFrame: [UInt8] = bytes(hex: "ffe42279f3bd068366a852c1bb9651f3")

  @Test("there is a stream of each codec that decodes")
  func completeness() throws {
    let decoders = CodecRegistry.standard.codecs.filter { $0.decode != nil }.map { $0.name }
    #expect(try Set(Self.samples.map { $0.name }) == Set(decoders))
  }

  @Test("every default is a value of its parameter, and each name stands once")
  func defaults() {
    let lists = CodecRegistry.standard.codecs.flatMap {
      [$0.encodeParameters, $0.decodeParameters]
    }
    #expect(lists.contains { $0.contains { $0.defaultValue != nil } })
    for parameters in lists {
      #expect(Set(parameters.map { $0.name }).count == parameters.count)
      #expect(parameters.allSatisfy { $0.defaultValue.map($0.accepts) ?? true })
    }
  }

  @Test("a parameter of an unknown name or a wrong kind is refused, with others that are right")
  func refusal() throws {
    let encode = try #require(CodecRegistry.standard["lz4"]?.encode)
    let wrong: [Metadata] = [
      ["level": 1, "levels": 1], ["levels": 1], ["level": "high"], ["level": 1, "header": 7],
    ]
    for parameters in wrong {
      let error = #expect(throws: CodecError.self) {
        try encode(Self.data.rawSpan, parameters, .default)
      }
      #expect(error?.kind == .invalidArgument)
    }
    #expect(
      try encode(Self.data.rawSpan, ["level": 1], .default)
        == encode(Self.data.rawSpan, [:], .default))
  }

  /// What decoding gives, into a new array and into a buffer of `capacity` bytes.
  static func results(
    _ sample: Sample, _ stream: [UInt8], capacity: Int
  ) throws -> [Result<[UInt8], CodecError>] {
    let decode = try #require(sample.codec?.decode)
    let decodeInto = try #require(sample.codec?.decodeInto)
    var limits = Limits.default
    limits.maxOutputBytes = 1 << 16
    return [
      Result { () throws(CodecError) in
        try decode(stream.rawSpan, sample.decoding, limits)
      },
      Result { () throws(CodecError) in
        try [UInt8](capacity: capacity) { (output) throws(CodecError) in
          try decodeInto(stream.rawSpan, sample.decoding, limits, &output)
        }
      },
    ]
  }

  /// What is wrong with an error for damage.
  static func complaint(_ error: CodecError, _ stream: [UInt8], _ sample: Sample) -> String? {
    switch error.kind {
    case .truncated, .corrupt, .checksumMismatch, .unsupported:
      guard let offset = error.offset else { return "\(error): no offset" }
      return 0...stream.count ~= offset ? nil : "\(error): beyond \(stream.count) bytes"
    case .outputFull, .limitExceeded: return nil
    case .invalidArgument where sample.beginnings == .areArrays: return nil
    case .invalidArgument, .outOfMemory, .cancelled: return "\(error): not the caller's fault"
    }
  }

  @Test("a cut stream is an error with its offset", arguments: try samples)
  func truncation(sample: Sample) throws {
    let whole = try Self.results(sample, sample.stream, capacity: 1 << 12).map { try $0.get() }
    #expect(whole[0] == whole[1])
    var complaints: Set<String> = []
    for count in 0..<sample.stream.count {
      let part = Array(sample.stream[..<count])
      for result in try Self.results(sample, part, capacity: whole[0].count) {
        switch result {
        case .failure(let error):
          if let complaint = Self.complaint(error, part, sample) { complaints.insert(complaint) }
        case .success(let bytes):
          if sample.beginnings == .areDamaged {
            complaints.insert("\(count) bytes of \(sample.stream.count) give \(bytes.count)")
          }
        }
      }
    }
    #expect(complaints.isEmpty)
  }

  @Test("a changed stream is decoded, or an error with its offset", arguments: try samples)
  func mutation(sample: Sample) throws {
    var complaints: Set<String> = []
    for position in sample.stream.indices {
      for change: UInt8 in [1, 0x40, 0x80, 0xFF] {
        var stream = sample.stream
        stream[position] ^= change
        for case .failure(let error) in try Self.results(sample, stream, capacity: 1 << 12) {
          if let complaint = Self.complaint(error, stream, sample) { complaints.insert(complaint) }
        }
      }
    }
    #expect(complaints.isEmpty)
  }

  @Test("image codecs decode into the caller's buffer under the caller's limits")
  func images() throws {
    for sample in try Self.samples where ["numpy", "qoi", "rgbe"].contains(sample.name) {
      let whole = try Self.results(sample, sample.stream, capacity: 240)[1].get()
      #expect(whole.count == 240)
      let decodeInto = try #require(sample.codec?.decodeInto)
      func kind(_ limits: Limits, _ capacity: Int) -> CodecError.Kind? {
        let result = Result { () throws(CodecError) in
          try [UInt8](capacity: capacity) { (output) throws(CodecError) in
            try decodeInto(sample.stream.rawSpan, sample.decoding, limits, &output)
          }
        }
        if case .failure(let error) = result { return error.kind }
        return nil
      }
      #expect(kind(.default, 239) == .outputFull(needed: 240))
      #expect(kind(Limits(maxDimension: 2), 240) == .limitExceeded(.dimension))
      // Nothing is allocated: the buffer alone bounds the image.
      #expect(kind(Limits(maxPixels: 1, maxImageBytes: 1), 240) == nil)
      #expect(kind(Limits(maxPixels: 1, maxImageBytes: 1), 100) != nil)
    }
  }
}
