// SPDX-License-Identifier: Apache-2.0

extension RGBE {
  /// Variables that a header is written with when the metadata have them.
  public static var variables: [String] {
    ["EXPOSURE", "GAMMA", "COLORCORR", "PIXASPECT", "PRIMARIES", "SOFTWARE", "VIEW"]
  }

  static var formats: [String] { ["32-bit_rle_rgbe", "32-bit_rle_xyze"] }

  /// The lines before the pixels.
  struct Header {
    var width: Int
    var height: Int
    var metadata: Metadata = [:]
    /// Where the pixels begin.
    var byteCount = 0
    /// Whether pixels can be in runs, old or new.
    var usesRuns = true

    var shape: [Int] { [height, width, 3] }

    init(_ source: RawSpan, options: DecodeOptions, limits: Limits) throws(CodecError) {
      guard let shape = options.shape else {
        self = try Header(parsing: source, limits: limits)
        return
      }
      guard shape.count >= 2, shape[shape.count - 1] == 3, shape.allSatisfy({ $0 >= 0 }) else {
        throw CodecError(
          .invalidArgument, codec: name, part: "shape", "is not height, width and 3")
      }
      width = shape[shape.count - 2]
      _ = try limits.checkedByteCount(shape: shape, dtype: .float32, codec: name)
      height = shape.dropLast(2).reduce(1, *)
      usesRuns = options.usesRuns
    }

    init(parsing source: RawSpan, limits: Limits) throws(CodecError) {
      var reader = ByteReader(source, codec: name)
      // The first line is a mark, of which there are several.
      _ = try reader.line(limits)
      while true {
        let start = reader.offset
        let line = try reader.line(limits)
        guard !line.isEmpty else { break }
        guard line[0] != UInt8(ascii: "#"), let equals = line.firstIndex(of: UInt8(ascii: "="))
        else { continue }
        try limits.check(
          metadata.count + 1, .metadataItems, codec: name, part: "header", at: start)
        let key = String(decoding: line[..<equals], as: UTF8.self)
        let value = String(decoding: line[(equals + 1)...], as: UTF8.self)
        metadata[key == "FORMAT" ? "format" : key] = .string(value)
      }
      guard let format = metadata["format"]?.stringValue, formats.contains(format) else {
        throw CodecError(
          .unsupported, codec: name, part: "FORMAT", "is neither rgbe nor xyze", at: reader.offset)
      }
      let start = reader.offset
      let words = try reader.line(limits).split(separator: UInt8(ascii: " "))
      guard words.count == 4, words[0].elementsEqual("-Y".utf8), words[2].elementsEqual("+X".utf8)
      else {
        throw CodecError(
          .unsupported, codec: name, part: "size", "is not of the form -Y height +X width",
          at: start)
      }
      guard let height = Self.number(words[1]), let width = Self.number(words[3]) else {
        throw CodecError(.corrupt, codec: name, part: "size", "is not two numbers", at: start)
      }
      (self.width, self.height) = (width, height)
      _ = try limits.checkedImage(
        width: width, height: height, channels: 3, dtype: .float32, codec: name, at: start)
      byteCount = reader.offset
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
      guard !digits.isEmpty, digits.count <= 10 else { return nil }
      var value = 0
      for digit in digits {
        guard 48...57 ~= digit else { return nil }
        value = value * 10 + Int(digit) - 48
      }
      return value
    }
  }

  static func headerText(
    _ width: Int, _ height: Int, _ metadata: Metadata
  ) throws(CodecError) -> [UInt8] {
    var text = "#?RADIANCE\n"
    for variable in variables {
      guard let value = metadata[variable]?.stringValue else { continue }
      guard !value.utf8.contains(10) else {
        throw CodecError(
          .invalidArgument, codec: name, part: "metadata", "a variable has more than one line")
      }
      text += variable + "=" + value + "\n"
    }
    let isXYZ = metadata["format"]?.stringValue == formats[1]
    text += "FORMAT=" + formats[isXYZ ? 1 : 0] + "\n\n"
    text += "-Y \(height) +X \(width)\n"
    return Array(text.utf8)
  }
}

extension ByteReader {
  /// The bytes up to the next line feed, which is skipped.
  @_lifetime(self: copy self)
  mutating func line(_ limits: Limits) throws(CodecError) -> [UInt8] {
    var line: [UInt8] = []
    while true {
      let byte = try u8("header")
      if byte == 10 { return line }
      try limits.check(
        line.count + 1, .metadataItemBytes, codec: codec, part: "header", at: fileOffset)
      line.append(byte)
    }
  }
}
