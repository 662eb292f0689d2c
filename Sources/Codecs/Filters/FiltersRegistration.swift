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

  static var float24: RegisteredCodec {
    narrowFloat(Float24.self, summary: "floats of 24 bits: TIFF Technical Note 3")
  }

  static var bfloat16: RegisteredCodec {
    narrowFloat(BFloat16.self, summary: "floats of 16 bits with the range of float32")
  }

  private static func narrowFloat<Codec: ByteCodec>(
    _ codec: Codec.Type, summary: String
  ) -> RegisteredCodec
  where Codec.EncodeOptions == NarrowFloatOptions, Codec.DecodeOptions == NarrowFloatOptions {
    let order = CodecParameter(
      "byteorder", .choice(["<", ">"]), default: "<", "of the narrow floats: little or big endian")
    return RegisteredCodec(
      codec, name: Codec.name.description, numcodecsID: "imagecodecs_" + Codec.name.description,
      summary: summary,
      encodeParameters: [
        order,
        CodecParameter(
          "rounding", .choice(["nearest", "up", "down", "zero"]), default: "nearest",
          "where what lies between two floats goes"),
      ],
      decodeParameters: [order],
      encodeOptions: { (values) throws(CodecError) in
        let rounding: NarrowFloatOptions.Rounding =
          switch values["rounding"]?.stringValue {
          case "up": .up
          case "down": .down
          case "zero": .towardZero
          default: .toNearest
          }
        return NarrowFloatOptions(
          isBigEndian: values["byteorder"]?.stringValue == ">", rounding: rounding)
      },
      decodeOptions: { NarrowFloatOptions(isBigEndian: $0["byteorder"]?.stringValue == ">") })
  }

  static var quantize: RegisteredCodec {
    RegisteredCodec(
      encoder: "quantize", numcodecsID: "imagecodecs_quantize",
      summary: "clears bits of floats that do not matter, as netCDF does",
      encodeParameters: [
        CodecParameter(
          "mode", .choice(["bitgroom", "bitround", "granularbr", "scale"]), default: "bitround",
          "what decides which bits matter"),
        CodecParameter("nsd", .integer(0...52), "significant digits; for bitround, bits"),
        CodecParameter("itemsize", .integer(4...8), default: 4, "bytes of a float: 4 or 8"),
      ],
      encodeInto: { (source, values, output) throws(CodecError) in
        guard let digits = values["nsd"]?.intValue,
          let element = Quantize.Element(rawValue: values["itemsize"]?.intValue ?? 4)
        else {
          throw CodecError(
            .invalidArgument, codec: Quantize.name, "nsd is missing or itemsize not 4 or 8")
        }
        let mode: Quantize.Mode =
          switch values["mode"]?.stringValue {
          case "bitgroom": .bitGroom(digits: digits)
          case "granularbr": .granularBitRound(digits: digits)
          case "scale": .scale(digits: digits)
          default: .bitRound(bits: digits)
          }
        try Quantize.encode(source, into: &output, mode: mode, element: element)
      })
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
