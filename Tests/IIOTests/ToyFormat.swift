// SPDX-License-Identifier: Apache-2.0

import IIO

/// The smallest format there can be: "TOY", an image count, then images of four bytes each.
enum Toy: ReadableFormat, WritableFormat, OutlinedFormat {
  static var formatName: String { "TOY" }
  static var summary: String { "a format for tests" }
  static var fileExtensions: [String] { ["toy"] }
  static var canWriteSeveral: Bool { true }

  static func recognize(_ head: RawSpan) -> Confidence {
    let reader = ByteReader(head, codec: "TOY")
    return reader.isNext(Array("TOY".utf8)) ? .certain : .no
  }

  static func makeReader(
    _ source: Bytes, options: Options, policy: DecodePolicy
  ) throws(CodecError) -> Reader {
    var reader = ByteReader(source.span, codec: "TOY")
    guard reader.isNext(Array("TOY".utf8)) else {
      throw CodecError(.corrupt, codec: "TOY", "no magic", at: 0)
    }
    try reader.skip(3)
    let count = Int(try reader.u8("count"))
    try policy.limits.check(count, .images, codec: "TOY")
    return Reader(images: try reader.array(count * 4), count: count, options: options)
  }

  static func makeWriter(options: Options) -> Writer { Writer() }

  static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    var outline = OutlineReader(source.span, codec: "TOY")
    try outline.field("magic") { (reader) throws(CodecError) in
      try reader.skip(3)
      return "TOY"
    }
    try outline.field("count") { (reader) throws(CodecError) in "\(try reader.u8())" }
    return Outline(format: "TOY", byteCount: source.count, nodes: outline.nodes)
  }

  struct Options: FormatOptions {
    var isInverted = false
    static var options: [OptionInfo] { [OptionInfo("invert", "bool: 255 minus each sample")] }
    mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
      guard name == "invert", let flag = value.boolValue else {
        throw CodecError(.invalidArgument, codec: "TOY", part: "invert", "needs true or false")
      }
      isInverted = flag
    }
  }

  struct Reader: ImageReader {
    var images: [UInt8]
    var count: Int
    var options: Options
    var position = 0
    var imageCount: Int? { count }
    var diagnostics: Diagnostics { Diagnostics() }

    func properties(_ index: ImageIndex) throws(CodecError) -> ImageProperties {
      let one = ImageProperties(shape: [2, 2], dtype: .uint8)
      return index == .all ? one.batched(count: count) : one
    }
    func metadata(_ index: ImageIndex, excludingApplied: Bool) -> Metadata { ["toy": true] }
    mutating func read(_ index: ImageIndex) throws(CodecError) -> NDArray {
      try index.require(count: count, codec: "TOY")
      switch index {
      case .at(let number):
        let samples = images[(number * 4)..<(number * 4 + 4)].map {
          options.isInverted ? 255 - $0 : $0
        }
        return try NDArray(samples, shape: [2, 2])
      case .automatic: return try read(.at(0))
      case .all:
        var all: [NDArray] = []
        for number in 0..<count { all.append(try read(.at(number))) }
        return try NDArray.stack(all)
      }
    }
    mutating func next() throws(CodecError) -> NDArray? {
      guard position < count else { return nil }
      position += 1
      return try read(.at(position - 1))
    }
  }

  struct Writer: ImageWriter {
    var images: [UInt8] = []
    mutating func append(
      _ image: NDArray, metadata: Metadata, to output: inout ByteWriter
    ) throws(CodecError) {
      guard image.shape == [2, 2], image.dtype == .uint8 else {
        throw CodecError(.invalidArgument, codec: "TOY", "needs uint8 [2, 2]")
      }
      images += image.array(as: UInt8.self)
    }
    mutating func finish(to output: inout ByteWriter) {
      output.append("TOY")
      output.u8(UInt8(images.count / 4))
      output.append(images)
    }
  }
}

/// A format that claims everything and reads nothing.
enum Greedy: ReadableFormat {
  static var formatName: String { "GREEDY" }
  static var summary: String { "refuses every file" }
  static var fileExtensions: [String] { ["greedy"] }
  static func recognize(_ head: RawSpan) -> Confidence { .maybe }
  static func makeReader(
    _ source: Bytes, options: NoFormatOptions, policy: DecodePolicy
  ) throws(CodecError) -> Toy.Reader {
    throw CodecError(.corrupt, codec: "GREEDY", "never mine")
  }
}

let toyManager = FormatManager([Greedy.self, Toy.self])
