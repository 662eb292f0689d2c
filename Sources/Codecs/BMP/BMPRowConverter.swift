// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Turns one stored row into one row of the image.
  struct RowConverter: Sendable {
    private let conversion: Layout.Conversion
    private let channelCount: Int
    /// Of indices, as they arrive here: other encodings are unpacked already.
    private let bitsPerIndex: Int
    private let width: Int
    /// 256 colours; those that the file lacks are black.
    private let palette: [UInt32]
    private let fields: FieldTable
    private let linear: [UInt8]
    /// The row's indices, when the file packs several into a byte.
    private var indices: [UInt8]

    init(layout: Layout, header: Header) {
      conversion = layout.conversion
      channelCount = layout.channelCount
      bitsPerIndex = header.encoding == .rows ? header.bitsPerPixel : 8
      width = header.width
      let missing = 256 - header.palette.count
      palette = header.palette + [UInt32](repeating: 0xFF00_0000, count: missing)
      if case .fields(let list, _) = layout.conversion {
        fields = FieldTable(list, pixelByteCount: header.bitsPerPixel / 8)
      } else {
        fields = FieldTable([], pixelByteCount: 0)
      }
      linear = layout.conversion == .linear(scaled: true) ? BMP.sRGBTable() : []
      let isPacked = layout.conversion == .palette && bitsPerIndex < 8
      indices = [UInt8](repeating: 0, count: isPacked ? header.width : 0)
    }
  }
}

extension BMP.RowConverter {
  /// Converts one row of a bitmap that is not run-length encoded.
  mutating func convert(_ row: RawSpan, into image: inout MutableRawSpan, at start: Int) {
    switch conversion {
    case .indices, .blackAndWhite:
      BMPKernels.unpack(row, bits: bitsPerIndex, count: width, into: &image, at: start)
    case .palette where bitsPerIndex < 8:
      var unpacked: [UInt8] = []
      swap(&unpacked, &indices)
      var bytes = unpacked.mutableRawSpan
      BMPKernels.unpack(row, bits: bitsPerIndex, count: width, into: &bytes, at: 0)
      BMPKernels.expand(bytes.bytes, palette, count: width, into: &image, at: start)
      swap(&unpacked, &indices)
    case .palette: BMPKernels.expand(row, palette, count: width, into: &image, at: start)
    case .swapped: BMPKernels.swap24(row, count: width, into: &image, at: start)
    case .fields(_, scaled: true): fields.scale(row, count: width, into: &image, at: start)
    case .fields(_, scaled: false): fields.extract(row, count: width, into: &image, at: start)
    case .linear(let isScaled):
      convertLinear(row, isScaled: isScaled, into: &image, at: start)
    }
  }

  /// Converts the row that `runs` has read last.
  mutating func convert(
    _ runs: BMP.RunLengthReader, into image: inout MutableRawSpan, at start: Int
  ) {
    let row = runs.values.rawSpan
    guard channelCount == 4 else {
      convert(row, into: &image, at: start)
      return
    }
    for x in 0..<width {
      let color =
        conversion == .palette
        ? palette[Int(row[byteAt: x])]
        : UInt32(row[byteAt: x * 3 + 2]) | UInt32(row[byteAt: x * 3 + 1]) << 8
          | UInt32(row[byteAt: x * 3]) << 16
      let pixel = color & 0x00FF_FFFF | UInt32(runs.coverage[x]) << 24
      image.storeBytes(of: pixel.littleEndian, toByteOffset: start + x * 4, as: UInt32.self)
    }
  }

  /// 64-bit pixels: blue, green, red and alpha as s2.13 numbers, linear in light.
  private func convertLinear(
    _ row: RawSpan, isScaled: Bool, into image: inout MutableRawSpan, at start: Int
  ) {
    for x in 0..<width {
      for channel in 0..<channelCount {
        let place = channel == 3 ? 3 : 2 - channel
        let value = Int16(littleEndian: row.loadUnaligned(Int16.self, at: x * 8 + place * 2))
        let target = x * channelCount + channel
        if isScaled {
          let clamped = min(max(Int(value), 0), 8192)
          let byte = channel == 3 ? UInt8((clamped * 255 + 4096) / 8192) : linear[clamped]
          image.storeBytes(of: byte, toByteOffset: start + target, as: UInt8.self)
        } else {
          image.storeBytes(of: value, toByteOffset: start + target * 2, as: Int16.self)
        }
      }
    }
  }
}

extension BMP {
  /// How bit fields become samples, prepared for whole rows.
  struct FieldTable: Sendable {
    private let fields: [Field]
    private let pixelByteCount: Int
    /// 256 values per field; empty when a field is wider than 8 bits.
    private let table: [UInt8]

    init(_ fields: [Field], pixelByteCount: Int) {
      self.fields = fields
      self.pixelByteCount = pixelByteCount
      guard fields.allSatisfy({ $0.maximum <= 255 }) else {
        table = []
        return
      }
      var table: [UInt8] = []
      for field in fields {
        for value in 0..<UInt32(256) { table.append(field.scaled(min(value, field.maximum))) }
      }
      self.table = table
    }
  }
}

extension BMP.FieldTable {
  /// Whether the fields are whole bytes: blue, green, red and perhaps alpha.
  private var isByteOrder: Bool {
    pixelByteCount == 4 && fields[0].mask == 0xFF0000 && fields[1].mask == 0x00FF00
      && fields[2].mask == 0x0000FF && (fields.count == 3 || fields[3].mask == 0xFF00_0000)
  }

  /// Writes each field of each pixel as 8 bits.
  func scale(_ row: RawSpan, count: Int, into image: inout MutableRawSpan, at start: Int) {
    if isByteOrder {
      if fields.count == 4 {
        BMPKernels.swap32(row, count: count, into: &image, at: start)
      } else {
        BMPKernels.drop32(row, count: count, into: &image, at: start)
      }
    } else if table.isEmpty {
      var target = start
      for x in 0..<count {
        let pixel = pixel(row, x)
        for field in fields {
          let byte = field.scaled((pixel & field.mask) &>> field.shift)
          image.storeBytes(of: byte, toByteOffset: target, as: UInt8.self)
          target += 1
        }
      }
    } else if pixelByteCount == 2 {
      BMPKernels.scale16(row, fields, table, count: count, into: &image, at: start)
    } else {
      scaleByTable(row, count: count, into: &image, at: start)
    }
  }

  private func scaleByTable(
    _ row: RawSpan, count: Int, into image: inout MutableRawSpan, at start: Int
  ) {
    let (red, green, blue) = (fields[0], fields[1], fields[2])
    let alpha = fields.count == 4 ? fields[3] : nil
    var target = start
    for x in 0..<count {
      let pixel = pixel(row, x)
      let r = table[Int((pixel & red.mask) &>> red.shift)]
      let g = table[256 + Int((pixel & green.mask) &>> green.shift)]
      let b = table[512 + Int((pixel & blue.mask) &>> blue.shift)]
      image.storeBytes(of: r, toByteOffset: target, as: UInt8.self)
      image.storeBytes(of: g, toByteOffset: target + 1, as: UInt8.self)
      image.storeBytes(of: b, toByteOffset: target + 2, as: UInt8.self)
      target += 3
      if let alpha {
        let a = table[768 + Int((pixel & alpha.mask) &>> alpha.shift)]
        image.storeBytes(of: a, toByteOffset: target, as: UInt8.self)
        target += 1
      }
    }
  }

  /// Writes each field of each pixel as it is, in the smallest type that holds all of them.
  func extract(_ row: RawSpan, count: Int, into image: inout MutableRawSpan, at start: Int) {
    let widest = fields.map { $0.maximum }.max() ?? 0
    var target = start
    for x in 0..<count {
      let pixel = pixel(row, x)
      for field in fields {
        let value = (pixel & field.mask) &>> field.shift
        if widest <= 255 {
          let byte = UInt8(truncatingIfNeeded: value)
          image.storeBytes(of: byte, toByteOffset: target, as: UInt8.self)
          target += 1
        } else if widest <= 65_535 {
          let word = UInt16(truncatingIfNeeded: value)
          image.storeBytes(of: word, toByteOffset: target, as: UInt16.self)
          target += 2
        } else {
          image.storeBytes(of: value, toByteOffset: target, as: UInt32.self)
          target += 4
        }
      }
    }
  }

  @inline(__always)
  private func pixel(_ row: RawSpan, _ x: Int) -> UInt32 {
    switch pixelByteCount {
    case 2: UInt32(UInt16(littleEndian: row.loadUnaligned(UInt16.self, at: x * 2)))
    case 3:
      UInt32(UInt16(littleEndian: row.loadUnaligned(UInt16.self, at: x * 3)))
        | UInt32(row[byteAt: x * 3 + 2]) << 16
    default: UInt32(littleEndian: row.loadUnaligned(UInt32.self, at: x * 4))
    }
  }
}
