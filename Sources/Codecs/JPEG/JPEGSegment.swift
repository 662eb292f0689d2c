// SPDX-License-Identifier: Apache-2.0

// The marker segments that steer decoding. Each is read from its payload (what follows the length)
// and written whole: marker, length, payload.

extension JPEG {
  /// SOFn: size, precision and components of a frame. Source: T.81 B.2.2.
  public struct FrameHeader: Sendable, Hashable {
    public struct Component: Sendable, Hashable {
      /// The identifier that scan headers name the component by.
      public var identifier: UInt8
      /// Samples of this component per MCU, across and down: 1 to 4.
      public var horizontalSampling: Int
      public var verticalSampling: Int
      /// Index of the component's quantisation table.
      public var quantizationTable: Int

      public init(
        identifier: UInt8, horizontalSampling: Int, verticalSampling: Int, quantizationTable: Int
      ) {
        self.identifier = identifier
        self.horizontalSampling = horizontalSampling
        self.verticalSampling = verticalSampling
        self.quantizationTable = quantizationTable
      }
    }

    public var process: Process
    /// Bits per sample.
    public var precision: Int
    /// Rows; 0 when a DNL segment after the first scan states them.
    public var height: Int
    public var width: Int
    public var components: [Component]

    public init(
      process: Process, precision: Int, height: Int, width: Int, components: [Component]
    ) {
      self.process = process
      self.precision = precision
      self.height = height
      self.width = width
      self.components = components
    }
  }

  /// SOS: components and parameters of a scan. Source: T.81 B.2.3.
  public struct ScanHeader: Sendable, Hashable {
    public struct Component: Sendable, Hashable {
      /// The identifier that the frame header gave the component.
      public var identifier: UInt8
      /// Indices of its entropy coding tables.
      public var dcTable: Int
      public var acTable: Int

      public init(identifier: UInt8, dcTable: Int, acTable: Int) {
        self.identifier = identifier
        self.dcTable = dcTable
        self.acTable = acTable
      }
    }

    public var components: [Component]
    /// Ss: first coefficient of the scan in zigzag order; the predictor of a lossless scan.
    public var spectralStart: Int
    /// Se: last coefficient of the scan.
    public var spectralEnd: Int
    /// Ah: the point transform of the scan before that this one refines; 0 for a first scan.
    public var approximationHigh: Int
    /// Al: the point transform of this scan.
    public var approximationLow: Int

    public init(
      components: [Component], spectralStart: Int = 0, spectralEnd: Int = 63,
      approximationHigh: Int = 0, approximationLow: Int = 0
    ) {
      self.components = components
      self.spectralStart = spectralStart
      self.spectralEnd = spectralEnd
      self.approximationHigh = approximationHigh
      self.approximationLow = approximationLow
    }
  }

  /// One table of a DQT segment. Source: T.81 B.2.4.1.
  public struct QuantizationTable: Sendable, Hashable {
    /// 64 divisors, in zigzag order as in the file.
    public var values: [UInt16]

    /// - Precondition: `values` has 64 elements.
    public init(_ values: [UInt16]) {
      precondition(values.count == 64, "a quantisation table has 64 values")
      self.values = values
    }

    /// Whether a value needs more than eight bits in the file.
    public var needs16Bits: Bool { values.contains { $0 > 255 } }

    /// The 64 divisors in row order.
    public var naturalOrder: [UInt16] {
      var result = [UInt16](repeating: 0, count: 64)
      for (k, value) in values.enumerated() { result[Int(JPEG.zigzag[k])] = value }
      return result
    }
  }

  /// One table of a DHT segment. Source: T.81 B.2.4.2.
  public struct HuffmanTable: Sendable, Hashable {
    /// BITS: how many codes have 1, 2 … 16 bits.
    public var counts: [UInt8]
    /// HUFFVAL: the symbols, shortest code first.
    public var symbols: [UInt8]

    /// - Precondition: `counts` has 16 elements.
    public init(counts: [UInt8], symbols: [UInt8]) {
      precondition(counts.count == 16, "a Huffman table has counts for 16 code lengths")
      self.counts = counts
      self.symbols = symbols
    }
  }

  /// One entry of a DAC segment. Source: T.81 B.2.4.3.
  public struct ArithmeticConditioning: Sendable, Hashable {
    /// L and U of DC differences, by destination: defaults 0 and 1.
    public var dcLower = [UInt8](repeating: 0, count: 16)
    public var dcUpper = [UInt8](repeating: 1, count: 16)
    /// Kx of AC coefficients, by destination: default 5.
    public var acThreshold = [UInt8](repeating: 5, count: 16)
    public init() {}
  }
}

extension JPEG.FrameHeader {
  /// - Throws: `corrupt` when the length and the component count disagree.
  init(parsing reader: inout ByteReader, process: JPEG.Process) throws(CodecError) {
    self.process = process
    precision = Int(try reader.u8("SOF"))
    height = Int(try reader.u16be("SOF"))
    width = Int(try reader.u16be("SOF"))
    let count = Int(try reader.u8("SOF"))
    guard reader.remaining == count * 3 else {
      throw CodecError(
        .corrupt, codec: JPEG.name, part: "SOF", "length does not match the component count",
        at: reader.fileOffset)
    }
    components = []
    components.reserveCapacity(count)
    for _ in 0..<count {
      let identifier = try reader.u8("SOF")
      let sampling = try reader.u8("SOF")
      let table = try reader.u8("SOF")
      components.append(
        Component(
          identifier: identifier, horizontalSampling: Int(sampling >> 4),
          verticalSampling: Int(sampling & 15), quantizationTable: Int(table)))
    }
  }

  func write(to output: inout ByteWriter) {
    JPEG.writeHead(process.marker, payloadByteCount: 6 + 3 * components.count, to: &output)
    output.u8(UInt8(truncatingIfNeeded: precision))
    output.u16be(UInt16(truncatingIfNeeded: height))
    output.u16be(UInt16(truncatingIfNeeded: width))
    output.u8(UInt8(truncatingIfNeeded: components.count))
    for component in components {
      output.u8(component.identifier)
      output.u8(
        UInt8(
          truncatingIfNeeded: component.horizontalSampling << 4 | component.verticalSampling))
      output.u8(UInt8(truncatingIfNeeded: component.quantizationTable))
    }
  }
}

extension JPEG.ScanHeader {
  /// - Throws: `corrupt` when the length and the component count disagree.
  init(parsing reader: inout ByteReader) throws(CodecError) {
    let count = Int(try reader.u8("SOS"))
    guard count >= 1, count <= JPEG.maxScanComponents, reader.remaining == count * 2 + 3 else {
      throw CodecError(
        .corrupt, codec: JPEG.name, part: "SOS", "length does not match the component count",
        at: reader.fileOffset)
    }
    components = []
    components.reserveCapacity(count)
    for _ in 0..<count {
      let identifier = try reader.u8("SOS")
      let tables = try reader.u8("SOS")
      components.append(
        Component(identifier: identifier, dcTable: Int(tables >> 4), acTable: Int(tables & 15)))
    }
    spectralStart = Int(try reader.u8("SOS"))
    spectralEnd = Int(try reader.u8("SOS"))
    let approximation = try reader.u8("SOS")
    approximationHigh = Int(approximation >> 4)
    approximationLow = Int(approximation & 15)
  }

  func write(to output: inout ByteWriter) {
    JPEG.writeHead(.sos, payloadByteCount: 4 + 2 * components.count, to: &output)
    output.u8(UInt8(truncatingIfNeeded: components.count))
    for component in components {
      output.u8(component.identifier)
      output.u8(UInt8(truncatingIfNeeded: component.dcTable << 4 | component.acTable))
    }
    output.u8(UInt8(truncatingIfNeeded: spectralStart))
    output.u8(UInt8(truncatingIfNeeded: spectralEnd))
    output.u8(UInt8(truncatingIfNeeded: approximationHigh << 4 | approximationLow))
  }
}

extension JPEG.QuantizationTable {
  /// Reads one table of a DQT segment, which may hold several.
  ///
  /// - Returns: the table and the index it is to be stored under.
  static func parse(
    _ reader: inout ByteReader
  ) throws(CodecError) -> (index: Int, table: JPEG.QuantizationTable) {
    let head = try reader.u8("DQT")
    guard head & 15 < 4 else {
      throw CodecError(
        .corrupt, codec: JPEG.name, part: "DQT", "table index is above 3",
        at: reader.fileOffset - 1)
    }
    var values = Array(repeatElement(UInt16(0), count: 64))
    var span = values.mutableSpan
    if head >> 4 == 0, reader.remaining >= 64 {
      // Nearly all tables, at once: small files pay for their headers.
      let bytes = try reader.take(64, "DQT")
      for k in 0..<64 { span[k] = UInt16(bytes[byteAt: k]) }
      return (Int(head & 15), JPEG.QuantizationTable(values))
    }
    for k in span.indices {
      span[k] = head >> 4 == 0 ? UInt16(try reader.u8("DQT")) : try reader.u16be("DQT")
    }
    return (Int(head & 15), JPEG.QuantizationTable(values))
  }

  /// Writes a DQT segment of this table alone.
  ///
  /// - Returns: whether the values took 16 bits each, which baseline files may not have.
  @discardableResult
  func write(index: Int, to output: inout ByteWriter) -> Bool {
    let wide = needs16Bits
    JPEG.writeHead(.dqt, payloadByteCount: wide ? 129 : 65, to: &output)
    output.u8(UInt8(truncatingIfNeeded: (wide ? 0x10 : 0) | index))
    for value in values {
      if wide { output.u16be(value) } else { output.u8(UInt8(truncatingIfNeeded: value)) }
    }
    return wide
  }
}

extension JPEG.HuffmanTable {
  /// Which of the two sets of tables one belongs to.
  enum Class: UInt8, Sendable { case dc, ac }

  /// Reads one table of a DHT segment, which may hold several.
  static func parse(
    _ reader: inout ByteReader
  ) throws(CodecError) -> (tableClass: Class, index: Int, table: JPEG.HuffmanTable) {
    let start = reader.fileOffset
    let head = try reader.u8("DHT")
    guard head & 0xEF < 4 else {
      throw CodecError(
        .corrupt, codec: JPEG.name, part: "DHT", "table index is above 3", at: start)
    }
    let counts = try reader.take(16, "DHT")
    var total = 0
    for i in 0..<16 { total += Int(counts[byteAt: i]) }
    guard total <= 256, total <= reader.remaining else {
      throw CodecError(
        .corrupt, codec: JPEG.name, part: "DHT", "more symbols than the segment or a byte holds",
        at: start)
    }
    let symbols = try reader.take(total, "DHT")
    return (
      head & 0x10 == 0 ? .dc : .ac, Int(head & 3),
      standard(counts: counts, symbols: symbols)
        ?? JPEG.HuffmanTable(
          counts: [UInt8](copying: counts), symbols: [UInt8](copying: symbols))
    )
  }

  /// The one of the standard's example tables that these are: nearly all files have them, and
  /// small ones pay for memory of their own.
  private static func standard(counts: RawSpan, symbols: RawSpan) -> JPEG.HuffmanTable? {
    func isSame(_ table: JPEG.HuffmanTable) -> Bool {
      table.counts.rawSpan.isEqual(to: counts) && table.symbols.rawSpan.isEqual(to: symbols)
    }
    if symbols.byteCount == JPEG.luminanceAC.symbols.count {
      if isSame(JPEG.luminanceAC) { return JPEG.luminanceAC }
      if isSame(JPEG.chrominanceAC) { return JPEG.chrominanceAC }
    } else if symbols.byteCount == JPEG.luminanceDC.symbols.count {
      if isSame(JPEG.luminanceDC) { return JPEG.luminanceDC }
      if isSame(JPEG.chrominanceDC) { return JPEG.chrominanceDC }
    }
    return nil
  }

  /// Writes a DHT segment of this table alone.
  func write(_ tableClass: Class, index: Int, to output: inout ByteWriter) {
    JPEG.writeHead(.dht, payloadByteCount: 17 + symbols.count, to: &output)
    output.u8(tableClass.rawValue << 4 | UInt8(truncatingIfNeeded: index))
    output.append(counts)
    output.append(symbols)
  }
}

extension JPEG.ArithmeticConditioning {
  /// Reads all entries of a DAC segment over the values there are.
  mutating func update(parsing reader: inout ByteReader) throws(CodecError) {
    while !reader.isAtEnd {
      let head = Int(try reader.u8("DAC"))
      let value = try reader.u8("DAC")
      guard head < 32, head >= 16 || value & 15 <= value >> 4 else {
        throw CodecError(
          .corrupt, codec: JPEG.name, part: "DAC", "index above 31, or L above U",
          at: reader.fileOffset - 2)
      }
      if head < 16 {
        dcLower[head] = value & 15
        dcUpper[head] = value >> 4
      } else {
        acThreshold[head - 16] = value
      }
    }
  }

  /// Writes a DAC segment with the entries of the given destinations, in libjpeg's order.
  func write(dc: Set<Int>, ac: Set<Int>, to output: inout ByteWriter) {
    JPEG.writeHead(.dac, payloadByteCount: 2 * (dc.count + ac.count), to: &output)
    for index in 0..<16 {
      if dc.contains(index) {
        output.u8(UInt8(truncatingIfNeeded: index))
        output.u8(dcUpper[index] << 4 | dcLower[index])
      }
      if ac.contains(index) {
        output.u8(0x10 | UInt8(truncatingIfNeeded: index))
        output.u8(acThreshold[index])
      }
    }
  }
}

extension JPEG {
  /// Writes `FF`, the marker, and the length of a segment whose payload follows.
  static func writeHead(_ marker: Marker, payloadByteCount: Int, to output: inout ByteWriter) {
    output.u8(0xFF)
    output.u8(marker.rawValue)
    output.u16be(UInt16(truncatingIfNeeded: payloadByteCount + 2))
  }

  /// Writes a marker that stands alone.
  static func write(_ marker: Marker, to output: inout ByteWriter) {
    output.u8(0xFF)
    output.u8(marker.rawValue)
  }

  /// DRI: MCUs between restart markers. Source: T.81 B.2.4.4.
  static func writeRestartInterval(_ unitCount: Int, to output: inout ByteWriter) {
    writeHead(.dri, payloadByteCount: 2, to: &output)
    output.u16be(UInt16(truncatingIfNeeded: unitCount))
  }
}
