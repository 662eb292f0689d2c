// SPDX-License-Identifier: Apache-2.0

// The options of writing under the names that imageio and Pillow give them.

extension JPEG.WriteOptions: FormatOptions {
  public static var options: [OptionInfo] {
    [
      OptionInfo("quality", "0 to 100 on libjpeg's scale; 75"),
      OptionInfo("subsampling", "4:4:4, 4:2:2, 4:2:0, 4:4:0, 4:1:1; 0, 1, 2 for the first three"),
      OptionInfo("progressive", "true: several scans of growing precision; false"),
      OptionInfo("optimize", "true: Huffman codes made for the image; false"),
      OptionInfo("bitspersample", "12: uint16 with values up to 4095; 2 to 16 without loss"),
      OptionInfo("small", "true: coefficients and scans that take fewer bytes, slowly; false"),
      OptionInfo("lossless", "true: samples without loss, which few programs read; false"),
      OptionInfo("predictor", "1 to 7, of a lossless file; 1"),
      OptionInfo("point_transform", "lowest bits that a lossless file leaves out; 0"),
      OptionInfo("arithmetic", "true: arithmetic coding, which few programs read; false"),
      OptionInfo("qtables", "1 to 4 quantisation tables of 64 numbers in row order"),
      OptionInfo("restart_marker_blocks", "MCUs between restart markers; 0, none"),
      OptionInfo("restart_marker_rows", "rows of MCUs between restart markers; 0, none"),
      OptionInfo("mode", "L, RGB, YCbCr or CMYK: what the channels are"),
      OptionInfo("keep_rgb", "true: store RGB without conversion to YCbCr"),
      OptionInfo("baseline", "true: a sequential file without metadata"),
      OptionInfo("dpi", "dots per inch: a number, or two, across and down"),
      OptionInfo("icc_profile", "bytes of an ICC profile"),
      OptionInfo("exif", "bytes of an Exif structure"),
      OptionInfo("xmp", "bytes of an XMP packet"),
      OptionInfo("comment", "text or bytes"),
    ]
  }

  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    switch name {
    case "quality":
      guard let quality = value.intValue, (0...100).contains(quality) else {
        throw JPEG.invalidArgument("quality", "must be 0 to 100")
      }
      self.quality = quality
    case "subsampling": try setSubsampling(value)
    case "progressive", "progression": isProgressive = try value.jpegFlag("progressive")
    case "optimize": optimizesCodes = try value.jpegFlag("optimize")
    case "arithmetic": isArithmetic = try value.jpegFlag("arithmetic")
    case "bitspersample":
      guard let count = value.intValue, (2...16).contains(count) else {
        throw JPEG.invalidArgument("bitspersample", "must be 2 to 16")
      }
      bitsPerSample = count
    case "small": isSmall = try value.jpegFlag("small")
    case "lossless": isLossless = try value.jpegFlag("lossless")
    case "predictor": predictor = try count(value, "predictor")
    case "point_transform": pointTransform = try count(value, "point_transform")
    case "qtables": try setTables(value)
    case "restart_marker_blocks": restartInterval = try count(value, "restart_marker_blocks")
    case "restart_marker_rows": restartRows = try count(value, "restart_marker_rows")
    case "mode": try setMode(value)
    case "keep_rgb": if try value.jpegFlag("keep_rgb") { stored = .rgb }
    case "baseline": isPlain = try value.jpegFlag("baseline")
    case "dpi":
      guard JPEG.MetadataSegments.pair(value) != nil else {
        throw JPEG.invalidArgument("dpi", "must be one or two numbers from 1 to 65535")
      }
      metadata["dpi"] = value
    case "icc_profile", "exif", "xmp", "comment": metadata[name] = value
    default: throw Self.unknownOption(JPEG.name)
    }
  }

  private func count(
    _ value: MetadataValue, _ name: CodecError.Name
  ) throws(CodecError) -> Int {
    guard let count = value.intValue, (0...65_535).contains(count) else {
      throw JPEG.invalidArgument(name, "must be 0 to 65535")
    }
    return count
  }

  private mutating func setSubsampling(_ value: MetadataValue) throws(CodecError) {
    switch (value.intValue, value.stringValue) {
    case (0, _), (_, "4:4:4"), (_, "444"): subsampling = .s444
    case (1, _), (_, "4:2:2"), (_, "422"): subsampling = .s422
    case (2, _), (_, "4:2:0"), (_, "420"): subsampling = .s420
    case (_, "4:4:0"), (_, "440"): subsampling = .s440
    case (_, "4:1:1"), (_, "411"): subsampling = .s411
    case (444, _): subsampling = .s444
    case (422, _): subsampling = .s422
    case (420, _): subsampling = .s420
    case (440, _): subsampling = .s440
    case (411, _): subsampling = .s411
    default: throw JPEG.invalidArgument("subsampling", "unknown subsampling")
    }
  }

  private mutating func setMode(_ value: MetadataValue) throws(CodecError) {
    switch value.stringValue {
    case "L": (input, stored) = (nil, .grey)
    case "RGB": input = .rgb
    case "YCbCr": input = .ycbcr
    // Ink is stored as its complement, as Adobe's programs do and readers expect.
    case "CMYK": (input, invertsInk) = (.cmyk, true)
    default: throw JPEG.invalidArgument("mode", "must be L, RGB, YCbCr or CMYK")
    }
  }

  /// One table or a list of tables, each of 64 numbers in row order.
  private mutating func setTables(_ value: MetadataValue) throws(CodecError) {
    let lists = value.arrayValue ?? []
    let isSingle = lists.count == 64 && lists.allSatisfy { $0.intValue != nil }
    var tables: [JPEG.QuantizationTable] = []
    for list in isSingle ? [value] : lists {
      var steps: [UInt16] = []
      for number in list.arrayValue ?? [] {
        guard let step = number.intValue, (0...65_535).contains(step) else {
          throw JPEG.invalidArgument("qtables", "a value is not 0 to 65535")
        }
        steps.append(UInt16(step))
      }
      guard steps.count == 64 else {
        throw JPEG.invalidArgument("qtables", "a table has not 64 values")
      }
      tables.append(JPEG.QuantizationTable(base: steps, quality: 50, baseline: false))
    }
    guard (1...4).contains(tables.count) else {
      throw JPEG.invalidArgument("qtables", "must be 1 to 4 tables")
    }
    quantizationTables = tables
  }
}

extension MetadataValue {
  fileprivate func jpegFlag(_ name: CodecError.Name) throws(CodecError) -> Bool {
    if let value = boolValue { return value }
    guard let value = intValue else { throw JPEG.invalidArgument(name, "must be true or false") }
    return value != 0
  }
}
