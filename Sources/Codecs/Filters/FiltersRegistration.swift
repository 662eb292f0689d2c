// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var delta: RegisteredCodec {
    rowFilter(Delta.self, summary: "differences along an axis: TIFF predictor 2") { $0 }
  }

  static var xor: RegisteredCodec {
    rowFilter(XOR.self, summary: "exclusive or of neighbours along an axis") { $0 }
  }

  static var floatPredictor: RegisteredCodec {
    rowFilter(
      FloatPredictor.self, summary: "floating-point predictor: TIFF predictor 3",
      itemByteCounts: 2...8
    ) { $0 }
  }

  static var byteShuffle: RegisteredCodec {
    let own = [
      CodecParameter(
        "delta", .flag, default: .bool(false), "differences of neighbouring bytes in the planes"),
      CodecParameter(
        "reorder", .flag, default: .bool(false), "most significant bytes first"),
    ]
    return RegisteredCodec(
      ByteShuffle.self, name: "byteshuffle", numcodecsID: "imagecodecs_byteshuffle",
      summary: "first bytes of all elements, then second bytes",
      encodeParameters: rowParameters(itemByteCounts: 2...8) + own,
      decodeParameters: rowParameters(itemByteCounts: 2...8) + own,
      encodeOptions: shuffleOptions, decodeOptions: shuffleOptions)
  }

  static var bitShuffle: RegisteredCodec {
    let parameters = [
      CodecParameter("itemsize", .integer(1...65_536), default: .int(1), "bytes of an element"),
      CodecParameter(
        "blocksize", .integer(0...(1 << 30)), default: .int(0),
        "elements of a block, a multiple of 8 (0: as many as 8 KiB hold)"),
    ]
    let options: @Sendable (Metadata) throws(CodecError) -> BitShuffle.Options = {
      (values) throws(CodecError) in
      BitShuffle.Options(
        elementByteCount: values["itemsize"]?.intValue ?? 1,
        blockElementCount: values["blocksize"]?.intValue ?? 0)
    }
    return RegisteredCodec(
      BitShuffle.self, name: "bitshuffle", numcodecsID: "imagecodecs_bitshuffle",
      summary: "lowest bits of all elements, then the next bits", encodeParameters: parameters,
      decodeParameters: parameters, encodeOptions: options, decodeOptions: options)
  }

  static var bitOrder: RegisteredCodec {
    RegisteredCodec(
      BitOrder.self, name: "bitorder", numcodecsID: "imagecodecs_bitorder",
      summary: "the bits of each byte in reverse order: TIFF FillOrder 2",
      encodeOptions: { _ in NoOptions() }, decodeOptions: { _ in NoOptions() })
  }

  static var packInts: RegisteredCodec {
    let parameters = [
      CodecParameter("bitspersample", .integer(1...64), "width of a value: 1 to 32, or 64 bits"),
      CodecParameter(
        "runlen", .integer(0...Int.max), default: .int(0),
        "values after which the next byte begins (0: all)"),
      CodecParameter(
        "bitorder", .choice(["msb", "<", ">"]), default: .string("msb"),
        "highest bit first, lowest bit first (Mono12p), pairs in three bytes (Mono12Packed)"),
    ]
    let options: @Sendable (Metadata) throws(CodecError) -> PackInts.Options = {
      (values) throws(CodecError) in
      guard let bits = values["bitspersample"]?.intValue else {
        throw CodecError(.invalidArgument, codec: "packints", part: "bitspersample", "is missing")
      }
      let run = values["runlen"]?.intValue ?? 0
      let order: PackInts.BitOrder =
        switch values["bitorder"]?.stringValue {
        case "<": .leastSignificantFirst
        case ">": .gigEVision
        default: .mostSignificantFirst
        }
      return PackInts.Options(bitCount: bits, runLength: run == 0 ? nil : run, bitOrder: order)
    }
    return RegisteredCodec(
      PackInts.self, name: "packints", numcodecsID: "imagecodecs_packints",
      summary: "integers of 1 to 32 bits without gaps", encodeParameters: parameters,
      decodeParameters: parameters, encodeOptions: options, decodeOptions: options)
  }

  private static func rowFilter<Codec: ArrayFilter>(
    _ codec: Codec.Type, summary: String, itemByteCounts: ClosedRange<Int> = 1...8,
    options: @escaping @Sendable (RowLayout) -> Codec.EncodeOptions
  ) -> RegisteredCodec {
    let make: @Sendable (Metadata) throws(CodecError) -> Codec.EncodeOptions = {
      (values) throws(CodecError) in options(try rowLayout(values))
    }
    let parameters = rowParameters(itemByteCounts: itemByteCounts)
    return RegisteredCodec(
      codec, name: Codec.name.description, numcodecsID: "imagecodecs_" + Codec.name.description,
      summary: summary, encodeParameters: parameters, decodeParameters: parameters,
      encodeOptions: make, decodeOptions: make)
  }

  private static func rowParameters(itemByteCounts: ClosedRange<Int>) -> [CodecParameter] {
    [
      CodecParameter("shape", .integers, "shape of the array (default: one axis of all elements)"),
      CodecParameter(
        "itemsize", .integer(itemByteCounts), default: .int(Int64(itemByteCounts.lowerBound)),
        "bytes of an element"),
      CodecParameter(
        "axis", .integer(-32...31), default: .int(-1), "the axis to go along, from the end if < 0"),
      CodecParameter(
        "dist", .integer(1...4), default: .int(1), "steps to the neighbour: 1, 2 or 4"),
    ]
  }

  private static func rowLayout(_ values: Metadata) throws(CodecError) -> RowLayout {
    let size = values["itemsize"]?.intValue ?? 1
    let distance = values["dist"]?.intValue ?? 1
    guard let lengths = values["shape"]?.arrayValue else {
      return RowLayout(elementByteCount: size, distance: distance)
    }
    return try RowLayout(
      shape: lengths.compactMap { $0.intValue }, elementByteCount: size,
      axis: values["axis"]?.intValue ?? -1, distance: distance)
  }

  @Sendable private static func shuffleOptions(
    _ values: Metadata
  ) throws(CodecError) -> ByteShuffle.Options {
    ByteShuffle.Options(
      layout: try rowLayout(values),
      planeOrder: values["reorder"]?.boolValue == true ? .mostSignificantFirst : .stored,
      usesDelta: values["delta"]?.boolValue == true)
  }
}
