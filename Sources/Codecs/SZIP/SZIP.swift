// SPDX-License-Identifier: Apache-2.0

/// The coder of HDF5's filter 4: ``AEC`` of scanlines that are filled to whole intervals.
///
/// Pixels of 32 and 64 bits are coded as planes of bytes, the first bytes of all pixels first.
///
/// Source: HDF5 1.14, `H5Zszip.c`; CCSDS 121.0-B-3.
public enum SZIP: ByteCodec {
  public static var name: CodecError.Name { "szip" }

  public struct Options: Sendable, Hashable {
    /// Width of a pixel: 1 to 32, or 64.
    public var pixelBitCount: Int
    /// Pixels of a block: even, 2 to 32.
    public var blockLength: Int
    /// Pixels of a scanline, each of which begins with a pixel as it is: at most 4,096 blocks of it.
    public var scanlineLength: Int
    /// Differences to the pixel before are coded, not pixels: HDF5's nearest neighbour.
    public var predicts: Bool
    /// Pixels have their most significant byte first.
    public var isBigEndian: Bool
    /// Whether the decoded size stands in four bytes before the data, as HDF5 has it.
    public var storesSize: Bool

    public init(
      pixelBitCount: Int = 8, blockLength: Int = 32, scanlineLength: Int = 4096,
      predicts: Bool = true, isBigEndian: Bool = false, storesSize: Bool = false
    ) {
      self.pixelBitCount = pixelBitCount
      self.blockLength = blockLength
      self.scanlineLength = scanlineLength
      self.predicts = predicts
      self.isBigEndian = isBigEndian
      self.storesSize = storesSize
    }
  }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    encodedByteCountBound(for: byteCount, options: .init())
  }

  public static func encodedByteCountBound(for byteCount: Int, options: Options) -> Int {
    guard let layout = try? Layout(options) else { return 0 }
    let scanlines = byteCount / layout.scanlineByteCount + 1
    return AEC.encodedByteCountBound(
      for: scanlines * layout.filledByteCount, options: layout.coder)
      + (options.storesSize ? StoredSize.byteCount : 0)
  }

  /// Appends the coded pixels of `source`.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when the options do not go together or with the
  ///   number of bytes.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) {
    let layout = try Layout(options)
    _ = try wholeElements(source, byteCount: layout.pixelByteCount, codec: name)
    if options.storesSize {
      try output.require(StoredSize.byteCount, codec: name)
      try StoredSize.append(of: source, to: &output, codec: name)
    }
    let filled = try layout.filled(source)
    try AEC.encode(filled.rawSpan, into: &output, options: layout.coder)
  }

  /// Appends pixels until there are as many as stored, the output is full, or the data end.
  ///
  /// - Throws: `truncated`, `corrupt`; `outputFull` when the stored size does not fit;
  ///   `invalidArgument` when the options do not go together.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) -> Int {
    let layout = try Layout(options)
    let size = try storedSize(source, layout)
    if let size { try output.require(size, codec: name) }
    let room = output.freeCapacity
    let wanted = min(size ?? room, layout.mostByteCount(of: source))
    let pixels = try layout.decode(source, byteCount: wanted, isExact: size != nil)
    output.append(pixels.rawSpan)
    return source.byteCount
  }

  /// The pixels of `source`; without a stored size, whole scanlines.
  public static func decode(
    _ source: RawSpan, options: Options, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    let layout = try Layout(options)
    let size = try storedSize(source, layout)
    if let size { try limits.check(size, .outputBytes, codec: name, at: 0) }
    let most = layout.mostByteCount(of: source)
    let limit = limits.maxOutputBytes
    let decoded = try layout.decode(
      source, byteCount: size ?? min(most, max(limit, limit &+ layout.scanlineByteCount)),
      isExact: size != nil)
    try limits.check(decoded.count, .outputBytes, codec: name)
    return decoded
  }

  private static func storedSize(
    _ source: RawSpan, _ layout: Layout
  ) throws(CodecError) -> Int? {
    guard layout.start > 0 else { return nil }
    // It is divided by what one byte can stand for, so that no more is asked for than can be there.
    return try StoredSize.read(source, expansion: layout.expansion, codec: name)
  }

  /// Options that go together, and the numbers that follow from them.
  struct Layout {
    /// What codes the filled scanlines.
    let coder: AEC.Options
    let pixelByteCount: Int
    /// Bytes of a pixel that become planes; 1 for none.
    let planeCount: Int
    let scanlineByteCount: Int
    let filledByteCount: Int
    /// Where the data begin.
    let start: Int

    /// Most bytes that one byte of data can stand for: 64 blocks of zeros.
    var expansion: Int { 64 * coder.blockLength * coder.sampleByteCount * 8 }

    init(_ options: Options) throws(CodecError) {
      func fail(_ part: CodecError.Name, _ message: CodecError.Name) -> CodecError {
        CodecError(.invalidArgument, codec: SZIP.name, part: part, message)
      }
      guard 1...32 ~= options.pixelBitCount || options.pixelBitCount == 64 else {
        throw fail("bits_per_pixel", "is not 1 to 32 or 64")
      }
      guard 2...32 ~= options.blockLength, options.blockLength % 2 == 0 else {
        throw fail("pixels_per_block", "is not even, or not 2 to 32")
      }
      let blocks =
        (max(options.scanlineLength, 0) / options.blockLength)
        + (options.scanlineLength % options.blockLength > 0 ? 1 : 0)
      guard 1...4096 ~= blocks else {
        throw fail("pixels_per_scanline", "is not 1 to 4096 blocks")
      }
      let isSplit = options.pixelBitCount == 32 || options.pixelBitCount == 64
      var coder = AEC.Options(
        bitCount: isSplit ? 8 : options.pixelBitCount, blockLength: options.blockLength,
        intervalBlockCount: blocks, isBigEndian: options.isBigEndian, predicts: options.predicts)
      coder.isSZIP = true
      self.coder = coder
      planeCount = isSplit ? options.pixelBitCount / 8 : 1
      pixelByteCount = isSplit ? planeCount : coder.sampleByteCount
      scanlineByteCount = options.scanlineLength * coder.sampleByteCount
      filledByteCount = blocks * options.blockLength * coder.sampleByteCount
      start = options.storesSize ? StoredSize.byteCount : 0
    }

    func mostByteCount(of source: RawSpan) -> Int {
      let most = expansion.multipliedReportingOverflow(by: source.byteCount + 1)
      return most.overflow ? .max : most.partialValue
    }

    /// Pixels of several bytes as planes.
    private var shuffle: ByteShuffle.Options {
      ByteShuffle.Options(layout: RowLayout(elementByteCount: planeCount))
    }

    /// The samples of `source` in scanlines of whole intervals.
    func filled(_ source: RawSpan) throws(CodecError) -> [UInt8] {
      let samples =
        planeCount > 1
        ? try ByteShuffle.encode(source, options: shuffle) : [UInt8](copying: source)
      guard filledByteCount > scanlineByteCount || samples.count % filledByteCount > 0 else {
        return samples
      }
      var result: [UInt8] = []
      let scanlineCount = (samples.count + scanlineByteCount - 1) / scanlineByteCount
      result.reserveCapacity(scanlineCount * filledByteCount)
      for start in stride(from: 0, to: samples.count, by: scanlineByteCount) {
        let line = samples[start..<min(start + scanlineByteCount, samples.count)]
        result += line
        // The last pixel goes on where differences are coded, which then are 0.
        let size = coder.sampleByteCount
        let fill = coder.predicts ? line.suffix(size) : ArraySlice(repeating: 0, count: size)
        while result.count % filledByteCount > 0 { result += fill }
      }
      return result
    }

    /// At most `byteCount` bytes of pixels, exactly so many when `isExact`.
    func decode(
      _ source: RawSpan, byteCount: Int, isExact: Bool
    ) throws(CodecError) -> [UInt8] {
      let data = source.extracting(min(start, source.byteCount)..<source.byteCount)
      let (scanlines, rest) = byteCount.quotientAndRemainder(dividingBy: scanlineByteCount)
      let filled = scanlines.multipliedReportingOverflow(by: filledByteCount)
      let capacity = filled.partialValue.addingReportingOverflow(rest)
      guard !filled.overflow, !capacity.overflow else {
        throw CodecError(.outOfMemory, codec: name)
      }
      var options = coder
      if isExact { options.sampleCount = capacity.partialValue / coder.sampleByteCount }
      let samples: [UInt8]
      do throws(CodecError) {
        samples = try AEC.decode(data, byteCount: capacity.partialValue, options: options)
      } catch { throw error.rethrown(by: name, part: error.part, movedBy: start) }
      return try pixels(samples)
    }

    /// The samples without what fills the scanlines, and not in planes any more.
    private func pixels(_ samples: [UInt8]) throws(CodecError) -> [UInt8] {
      var linear = samples
      if filledByteCount > scanlineByteCount {
        linear.removeAll(keepingCapacity: true)
        for start in stride(from: 0, to: samples.count, by: filledByteCount) {
          linear += samples[start..<min(start + scanlineByteCount, samples.count)]
        }
      }
      guard planeCount > 1 else { return linear }
      linear.removeLast(linear.count % planeCount)
      return try ByteShuffle.decode(linear, byteCount: linear.count, options: shuffle)
    }
  }
}
