// SPDX-License-Identifier: Apache-2.0

/// The lossless coder of the Consultative Committee for Space Data Systems, as libaec has it; also
/// the core of ``SZIP``.
///
/// Source: CCSDS 121.0-B-3, "Lossless Data Compression".
public enum AEC: ByteCodec {
  public static var name: CodecError.Name { "aec" }

  public struct Options: Sendable, Hashable {
    /// Width of a sample: 1 to 32.
    public var bitCount: Int
    /// Samples of a block: 8, 16, 32 or 64.
    public var blockLength: Int
    /// Blocks after which a sample is stored as it is: 1 to 4,096.
    public var intervalBlockCount: Int
    /// Samples are two's complement numbers.
    public var isSigned: Bool
    /// Samples of 17 to 24 bits take three bytes instead of four.
    public var usesThreeBytes: Bool
    /// Samples have their most significant byte first.
    public var isBigEndian: Bool
    /// Differences to the sample before are coded, not samples.
    public var predicts: Bool
    /// Samples of at most four bits have fewer ways of being coded.
    public var isRestricted: Bool
    /// Each interval begins at a byte.
    public var alignsIntervals: Bool
    /// Decoding: how many samples there are. `nil` is all that the output has room for or the data
    /// hold; the data may hold some more than were encoded, which fill the last block.
    public var sampleCount: Int?
    /// Blocks of SZIP have any even number of samples up to 32.
    var isSZIP = false

    public init(
      bitCount: Int = 8, blockLength: Int = 8, intervalBlockCount: Int = 2, isSigned: Bool = false,
      usesThreeBytes: Bool = false, isBigEndian: Bool = false, predicts: Bool = true,
      isRestricted: Bool = false, alignsIntervals: Bool = false, sampleCount: Int? = nil
    ) {
      self.bitCount = bitCount
      self.blockLength = blockLength
      self.intervalBlockCount = intervalBlockCount
      self.isSigned = isSigned
      self.usesThreeBytes = usesThreeBytes
      self.isBigEndian = isBigEndian
      self.predicts = predicts
      self.isRestricted = isRestricted
      self.alignsIntervals = alignsIntervals
      self.sampleCount = sampleCount
    }

    /// Size of a sample in memory.
    public var sampleByteCount: Int {
      bitCount <= 8 ? 1 : bitCount <= 16 ? 2 : bitCount <= 24 && usesThreeBytes ? 3 : 4
    }
  }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    encodedByteCountBound(for: byteCount, options: .init())
  }

  public static func encodedByteCountBound(for byteCount: Int, options: Options) -> Int {
    guard (try? Layout(options)) != nil else { return 0 }
    // At worst a block is stored as it is behind five bits, and an interval filled to a byte.
    let blocks = byteCount / options.sampleByteCount / options.blockLength + 1
    return blocks * ((options.blockLength * options.bitCount + 12) / 8 + 1) + 16
  }

  /// Appends the coded samples of `source`.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when the options do not go together or with the bytes.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) {
    let layout = try Layout(options)
    _ = try wholeElements(source, byteCount: options.sampleByteCount, codec: name)
    guard source.byteCount > 0 else { return }
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      try encodeIntervals(source, into: &output, layout)
    }
  }

  /// Appends samples until there are as many as stated, the output is full, or the data end.
  ///
  /// - Throws: `truncated`, `corrupt`; `outputFull` when the stated number does not fit;
  ///   `invalidArgument` when the options do not go together.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) -> Int {
    let layout = try Layout(options)
    if let count = options.sampleCount {
      try output.require(try byteCount(of: count, source, layout), codec: name)
    }
    return try decodeIntervals(source, into: &output, layout)
  }

  public static func decode(
    _ source: RawSpan, options: Options, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    let layout = try Layout(options)
    if let count = options.sampleCount {
      let byteCount = try byteCount(of: count, source, layout)
      try limits.check(byteCount, .outputBytes, codec: name)
      return try decode(source, byteCount: byteCount, options: options)
    }
    var capacity = min(limits.maxOutputBytes, max(1 << 16, source.byteCount &* 4))
    while true {
      // With an interval more than wanted, what stays within is the end of the data.
      let decoded = try decode(
        source, byteCount: capacity + layout.intervalByteCount, options: options)
      if decoded.count <= capacity { return decoded }
      guard capacity < limits.maxOutputBytes else {
        throw CodecError(.limitExceeded(.outputBytes), codec: name)
      }
      capacity = min(limits.maxOutputBytes, capacity &* 4)
    }
  }

  /// Bytes of `count` samples, if the data can hold so many.
  private static func byteCount(
    of count: Int, _ source: RawSpan, _ layout: Layout
  ) throws(CodecError) -> Int {
    // A run of blocks of zeros is 64 blocks in a few bits.
    let (bound, overflow) = (layout.blockLength * 64).multipliedReportingOverflow(
      by: source.byteCount + 1)
    guard count >= 0, overflow || count / 8 <= bound else {
      throw CodecError(
        .truncated(needed: 1), codec: name, "too few bytes for the samples", at: source.byteCount)
    }
    let bytes = count.multipliedReportingOverflow(by: layout.sampleByteCount)
    return bytes.overflow ? .max : bytes.partialValue
  }

  /// Options that go together, and the numbers that follow from them.
  struct Layout {
    let options: Options
    let bitCount: Int
    let blockLength: Int
    let intervalBlockCount: Int
    let sampleByteCount: Int
    /// Bits of the code that says how a block is coded.
    let idBitCount: Int
    /// Least and largest sample.
    let least: Int
    let most: Int

    /// The id of a block that is stored as it is.
    var storedID: Int { (1 << idBitCount) - 1 }
    /// Most low bits that a block can split off.
    var splitLimit: Int { storedID - 2 }
    var intervalByteCount: Int { intervalBlockCount * blockLength * sampleByteCount }

    init(_ options: Options) throws(CodecError) {
      func fail(_ message: CodecError.Name) -> CodecError {
        CodecError(.invalidArgument, codec: AEC.name, part: "options", message)
      }
      guard 1...32 ~= options.bitCount else { throw fail("a sample does not have 1 to 32 bits") }
      guard
        options.isSZIP
          ? 2...32 ~= options.blockLength && options.blockLength % 2 == 0
          : [8, 16, 32, 64].contains(options.blockLength)
      else { throw fail("a block does not have 8, 16, 32 or 64 samples") }
      guard 1...4096 ~= options.intervalBlockCount else {
        throw fail("an interval does not have 1 to 4096 blocks")
      }
      guard !options.isRestricted || options.bitCount <= 4 else {
        throw fail("restricted codes are for samples of at most four bits")
      }
      self.options = options
      (bitCount, blockLength) = (options.bitCount, options.blockLength)
      intervalBlockCount = options.intervalBlockCount
      sampleByteCount = options.sampleByteCount
      switch (bitCount, options.isRestricted) {
      case (...2, true): idBitCount = 1
      case (_, true): idBitCount = 2
      case (...8, _): idBitCount = 3
      case (...16, _): idBitCount = 4
      default: idBitCount = 5
      }
      least = options.isSigned ? -(1 << (bitCount - 1)) : 0
      most = least + (1 << bitCount) - 1
    }
  }
}
