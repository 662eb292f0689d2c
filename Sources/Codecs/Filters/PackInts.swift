// SPDX-License-Identifier: Apache-2.0

/// Unsigned integers of 1 to 32 bits without gaps: TIFF samples, camera formats Mono10p to 14p.
///
/// Unpacked values have 1, 2 or 4 bytes in machine byte order, the fewest that hold them. Values of
/// 8, 16, 32 and 64 bits are copied as they are.
///
/// Source: TIFF 6.0 specification, section 8, "BitsPerSample"; GenICam Pixel Format Naming
/// Convention 2.4, section 6; GigE Vision 2.0, "Mono12Packed".
public enum PackInts: MeasurableCodec {
  public static var name: CodecError.Name { "packints" }

  /// How values follow one another.
  public enum BitOrder: Sendable, Hashable {
    /// From the most significant bit of each byte on; values with their highest bit first.
    case mostSignificantFirst
    /// From the least significant bit of each byte on; values with their lowest bit first.
    case leastSignificantFirst
    /// Two values of 10 or 12 bits in three bytes: their high parts around a byte of low parts.
    case gigEVision
  }

  public struct Options: Sendable, Hashable {
    /// Width of a value: 1 to 32, or 64.
    public var bitCount: Int
    /// Values after which the packed form goes on at the next byte, as TIFF rows do; `nil` for all.
    public var runLength: Int?
    public var bitOrder: BitOrder

    public init(
      bitCount: Int, runLength: Int? = nil, bitOrder: BitOrder = .mostSignificantFirst
    ) {
      self.bitCount = bitCount
      self.runLength = runLength
      self.bitOrder = bitOrder
    }

    /// Size of an unpacked value, in bytes.
    public var elementByteCount: Int {
      bitCount <= 8 ? 1 : bitCount <= 16 ? 2 : bitCount <= 32 ? 4 : 8
    }
  }

  public static func encodedByteCountBound(for byteCount: Int) -> Int { byteCount }

  public static func encodedByteCountBound(for byteCount: Int, options: Options) -> Int {
    guard let plan = try? PackedRuns(packing: byteCount, options) else { return byteCount }
    return plan.packedByteCount
  }

  /// Appends the low bits of each value.
  ///
  /// - Throws: `invalidArgument` when the options do not go together or with the number of bytes,
  ///   `outputFull`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options
  ) throws(CodecError) {
    let plan = try PackedRuns(packing: source.byteCount, options)
    try output.require(plan.packedByteCount, codec: name)
    plan.pack(source, into: &output)
  }

  /// Appends as many whole values (whole runs, when there are runs) as the bytes hold.
  ///
  /// Without runs, padding bits at the end can look like one more value; the caller knows how many
  /// there are.
  ///
  /// - Throws: `invalidArgument` when the options do not go together, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options
  ) throws(CodecError) -> Int {
    let plan = try PackedRuns(unpacking: source.byteCount, options)
    try output.require(plan.unpackedByteCount, codec: name)
    plan.unpack(source, into: &output)
    return plan.packedByteCount
  }

  public static func decodedByteCount(
    of source: RawSpan, options: Options, limits: Limits
  ) throws(CodecError) -> Int {
    let byteCount = try PackedRuns(unpacking: source.byteCount, options).unpackedByteCount
    try limits.check(byteCount, .outputBytes, codec: name)
    return byteCount
  }
}

/// Options that go together, with a number of runs.
struct PackedRuns {
  var options: PackInts.Options
  var runCount: Int
  var valuesPerRun: Int

  var packedRunByteCount: Int {
    options.bitOrder == .gigEVision
      ? valuesPerRun / 2 * 3
      : Self.byteCount(ofBits: options.bitCount, times: valuesPerRun)
  }
  var unpackedRunByteCount: Int { valuesPerRun * options.elementByteCount }
  var packedByteCount: Int { runCount * packedRunByteCount }
  var unpackedByteCount: Int { runCount * unpackedRunByteCount }

  init(packing byteCount: Int, _ options: PackInts.Options) throws(CodecError) {
    try Self.check(options)
    self.options = options
    let count = byteCount / options.elementByteCount
    valuesPerRun = options.runLength ?? count
    runCount = valuesPerRun == 0 ? 0 : count / valuesPerRun
    guard byteCount % options.elementByteCount == 0, runCount * valuesPerRun == count,
      options.bitOrder != .gigEVision || count % 2 == 0
    else { throw Self.error("the bytes are not whole values and runs") }
  }

  init(unpacking byteCount: Int, _ options: PackInts.Options) throws(CodecError) {
    try Self.check(options)
    self.options = options
    if let run = options.runLength {
      let (bits, overflow) = run.multipliedReportingOverflow(by: options.bitCount)
      guard !overflow, bits <= .max - 7 else { throw Self.error("the run is too long") }
      valuesPerRun = run
      runCount = byteCount / Self.byteCount(ofBits: options.bitCount, times: run)
    } else if options.bitOrder == .gigEVision {
      (runCount, valuesPerRun) = (1, byteCount / 3 * 2)
    } else {
      // The same as 8 * byteCount / bitCount, but it cannot overflow.
      let (whole, rest) = byteCount.quotientAndRemainder(dividingBy: options.bitCount)
      (runCount, valuesPerRun) = (1, whole * 8 + rest * 8 / options.bitCount)
    }
  }

  /// The bytes that hold that many bits.
  private static func byteCount(ofBits bits: Int, times count: Int) -> Int {
    let (whole, rest) = count.quotientAndRemainder(dividingBy: 8)
    return whole * bits + (rest * bits + 7) / 8
  }

  private static func check(_ options: PackInts.Options) throws(CodecError) {
    guard (1...32).contains(options.bitCount) || options.bitCount == 64 else {
      throw error("the width is not 1 to 32, or 64, bits")
    }
    if let run = options.runLength, run <= 0 { throw error("the run length is not positive") }
    guard options.bitOrder == .gigEVision else { return }
    guard options.bitCount == 10 || options.bitCount == 12, options.runLength == nil else {
      throw error("this bit order takes 10 or 12 bits and no runs")
    }
  }

  private static func error(_ message: CodecError.Name) -> CodecError {
    CodecError(.invalidArgument, codec: PackInts.name, part: "options", message)
  }
}
