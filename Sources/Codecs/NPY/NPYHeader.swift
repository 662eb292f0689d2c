// SPDX-License-Identifier: Apache-2.0

extension NPY {
  /// An element as a file has it.
  struct Element: Hashable {
    var dtype: DType
    var isBigEndian = false

    /// The type that numpy calls `descr`, e.g. `<f4`; `nil` for texts, times and objects.
    init?(_ descr: [UInt8]) {
      var code = descr[...]
      switch code.first {
      case UInt8(ascii: ">"):
        isBigEndian = true
        code = code.dropFirst()
      case UInt8(ascii: "<"), UInt8(ascii: "|"): code = code.dropFirst()
      case UInt8(ascii: "="):
        isBigEndian = Element.machineIsBigEndian
        code = code.dropFirst()
      default: isBigEndian = Element.machineIsBigEndian
      }
      guard let dtype = DType.allCases.first(where: { code.elementsEqual($0.code.utf8) }) else {
        return nil
      }
      self.dtype = dtype
    }

    static var machineIsBigEndian: Bool {
      #if _endian(big)
        true
      #else
        false
      #endif
    }
  }

  /// What comes before the pixels.
  struct Header {
    var element: Element
    var isColumnMajor: Bool
    var shape: [Int]
    /// Bytes of the array.
    var byteCount: Int
    /// Where the array begins.
    var start: Int

    init(parsing source: RawSpan, limits: Limits) throws(CodecError) {
      var reader = ByteReader(source, codec: name)
      guard reader.isNext(magic) else {
        throw CodecError(.corrupt, codec: name, part: "magic", "is not that of numpy", at: 0)
      }
      try reader.skip(magic.count)
      let version = try reader.u8("version")
      guard 1...3 ~= version, try reader.u8("version") == 0 else {
        throw CodecError(
          .unsupported, codec: name, part: "version", "is not 1.0, 2.0 or 3.0", at: magic.count)
      }
      let count = version == 1 ? Int(try reader.u16le("size")) : Int(try reader.u32le("size"))
      try limits.check(count, .metadataItemBytes, codec: name, part: "header", at: 8)
      let start = reader.offset
      var literal = Literal(bytes: try reader.array(count, "header"), base: start)
      try literal.parse()
      guard let descr = literal.descr, let isColumnMajor = literal.isColumnMajor,
        let shape = literal.shape
      else { throw literal.corrupt("lacks descr, fortran_order or shape") }
      guard let element = Element(descr) else {
        throw CodecError(
          .unsupported, codec: name, part: "descr", "is not a type of numbers", at: start)
      }
      self.element = element
      self.isColumnMajor = isColumnMajor
      self.shape = shape
      self.start = reader.offset
      // Also of an empty array no product of lengths may overflow.
      let most = try limits.checkedByteCount(
        shape: shape.map { max($0, 1) }, dtype: element.dtype, codec: name, at: start)
      byteCount = shape.contains(0) ? 0 : most
    }
  }

  static func headerBytes(_ shape: [Int], _ dtype: DType) throws(CodecError) -> [UInt8] {
    var text = "{'descr': '"
    text += dtype.byteCount == 1 ? "|" : Element.machineIsBigEndian ? ">" : "<"
    text += dtype.code + "', 'fortran_order': False, 'shape': ("
    for (axis, length) in shape.enumerated() {
      text += axis > 0 ? ", \(length)" : shape.count == 1 ? "\(length)," : "\(length)"
    }
    text += "), }"
    var bytes = Array(text.utf8)
    if let length = shape.first {
      bytes += [UInt8](repeating: 32, count: max(0, growthDigitCount - "\(length)".utf8.count))
    }
    // At least one space, as numpy has it.
    let preamble = magic.count + 4
    bytes += [UInt8](repeating: 32, count: alignment - (preamble + bytes.count + 1) % alignment)
    bytes.append(10)
    guard bytes.count <= 0xFFFF else {
      throw CodecError(.invalidArgument, codec: name, part: "shape", "has too many axes")
    }
    let size = [
      UInt8(truncatingIfNeeded: bytes.count), UInt8(truncatingIfNeeded: bytes.count >> 8),
    ]
    return magic + [1, 0] + size + bytes
  }
}

extension DType {
  /// numpy's code without byte order: kind and bytes.
  fileprivate var code: String {
    let kind =
      switch self {
      case .bool: "b"
      case .uint8, .uint16, .uint32, .uint64: "u"
      case .int8, .int16, .int32, .int64: "i"
      case .float16, .float32, .float64: "f"
      case .complex64, .complex128: "c"
      }
    return kind + "\(byteCount)"
  }
}

extension NPY {
  /// The dictionary of a header: Python's notation, of which only these three entries are taken.
  struct Literal {
    let bytes: [UInt8]
    /// Position of the first byte in the file.
    let base: Int
    private var position = 0
    private(set) var descr: [UInt8]?
    private(set) var isColumnMajor: Bool?
    private(set) var shape: [Int]?

    init(bytes: [UInt8], base: Int) {
      self.bytes = bytes
      self.base = base
    }

    func corrupt(_ message: CodecError.Name) -> CodecError {
      CodecError(.corrupt, codec: NPY.name, part: "header", message, at: base + position)
    }

    mutating func parse() throws(CodecError) {
      try expect("{")
      while !skip("}") {
        let key = try string()
        try expect(":")
        if key.elementsEqual("descr".utf8), descr == nil {
          guard !isNext("[") else {
            throw CodecError(
              .unsupported, codec: NPY.name, part: "descr", "is a record", at: base + position)
          }
          descr = try string()
        } else if key.elementsEqual("fortran_order".utf8), isColumnMajor == nil {
          isColumnMajor = try boolean()
        } else if key.elementsEqual("shape".utf8), shape == nil {
          shape = try tuple()
        } else {
          throw corrupt("has another key")
        }
        guard !skip(",") else { continue }
        try expect("}")
        break
      }
      skipSpace()
      guard position == bytes.count else { throw corrupt("goes on behind the dictionary") }
    }

    private mutating func skipSpace() {
      while position < bytes.count, [32, 9, 10, 13].contains(bytes[position]) { position += 1 }
    }

    private mutating func isNext(_ mark: Unicode.Scalar) -> Bool {
      skipSpace()
      return position < bytes.count && bytes[position] == UInt8(ascii: mark)
    }

    private mutating func skip(_ mark: Unicode.Scalar) -> Bool {
      guard isNext(mark) else { return false }
      position += 1
      return true
    }

    private mutating func expect(_ mark: Unicode.Scalar) throws(CodecError) {
      guard skip(mark) else { throw corrupt("is not the dictionary that it should be") }
    }

    private mutating func string() throws(CodecError) -> [UInt8] {
      skipSpace()
      guard position < bytes.count, bytes[position] == 39 || bytes[position] == 34 else {
        throw corrupt("has something else where a text should be")
      }
      let (quote, start) = (bytes[position], position + 1)
      position = start
      while position < bytes.count, bytes[position] != quote {
        // None of the texts that are taken has any.
        guard bytes[position] != 92 else { throw corrupt("has an escape") }
        position += 1
      }
      guard position < bytes.count else { throw corrupt("has a text without end") }
      position += 1
      return Array(bytes[start..<(position - 1)])
    }

    private mutating func boolean() throws(CodecError) -> Bool {
      skipSpace()
      for (word, value) in [("True", true), ("False", false)]
      where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      throw corrupt("has something else where True or False should be")
    }

    private mutating func tuple() throws(CodecError) -> [Int] {
      try expect("(")
      var values: [Int] = []
      while !skip(")") {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, 48...57 ~= bytes[position] {
          let digit = Int(bytes[position]) - 48
          guard value <= (Int.max - digit) / 10 else { throw corrupt("has a length beyond all") }
          value = value * 10 + digit
          position += 1
        }
        guard position > start else { throw corrupt("has a length that is not a number") }
        // Python 2 wrote long integers with it.
        _ = skip("L")
        values.append(value)
        // numpy takes 64 axes.
        guard values.count <= 64 else { throw corrupt("has more than 64 axes") }
        guard !skip(",") else { continue }
        try expect(")")
        break
      }
      return values
    }
  }
}
