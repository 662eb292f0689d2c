// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// How the samples of a file become the elements of an array.
  ///
  /// *Presented*, the default, is what libpng gives when it expands: palette entries looked up,
  /// samples of 2 and 4 bits scaled to 8, tRNS turned into an alpha channel, 16 bits kept. One-bit
  /// grey becomes `bool`, as in imageio, so that what was written from `bool` is read as `bool`.
  /// *Stored* is what the file holds: indices, unscaled samples, no tRNS.
  struct Presentation: Sendable {
    /// What is done with one row of samples.
    enum Conversion: Sendable {
      /// 8-bit samples are taken as they are.
      case copy
      /// 16-bit samples get the byte order of the machine.
      case swap16
      /// Each sample of `depth` bits picks an entry; its lowest `channels` bytes are the pixel.
      case lookup(depth: Int, table: [UInt32])
      /// An alpha of 0 for pixels that equal the key, else 255.
      case keyRGB8(UInt32)
      /// An alpha of 0 for pixels that equal the key, else 65535.
      case keyGrey16(UInt16)
      case keyRGB16(UInt16, UInt16, UInt16)
      /// Blue and red change places; with alpha, the colours are divided by it.
      case cgbi
    }

    var channelCount: Int
    var dtype: DType
    var conversion: Conversion

    /// Bytes of one pixel of the result.
    var pixelByteCount: Int { channelCount * dtype.byteCount }
    /// `[height, width]` or `[height, width, channels]`.
    func shape(width: Int, height: Int) -> [Int] {
      channelCount == 1 ? [height, width] : [height, width, channelCount]
    }
  }
}

extension PNG.Presentation {
  init(_ prologue: PNG.Prologue, stored: Bool) {
    let header = prologue.header
    let channels = header.colorType.channelCount
    if prologue.isCgBI, header.bitDepth == 8, channels >= 3, !stored {
      self.init(channelCount: channels, dtype: .uint8, conversion: .cgbi)
      return
    }
    switch (header.colorType, header.bitDepth) {
    case (.palette, _) where !stored: self = Self.palette(prologue)
    case (.grey, ..<16) where header.bitDepth < 8 || prologue.transparency != nil && !stored:
      self = Self.grey(prologue, stored: stored)
    case (.palette, ..<8):
      self.init(
        channelCount: 1, dtype: .uint8,
        conversion: .lookup(depth: header.bitDepth, table: Self.identity))
    case (_, 16):
      self.init(channelCount: channels, dtype: .uint16, conversion: .swap16)
      switch prologue.transparency {
      case .grey(let key)? where !stored: self = Self(2, .keyGrey16(key))
      case .rgb(let r, let g, let b)? where !stored: self = Self(4, .keyRGB16(r, g, b))
      default: break
      }
    default:
      self.init(channelCount: channels, dtype: .uint8, conversion: .copy)
      if case .rgb(let r, let g, let b)? = prologue.transparency, !stored {
        let key = UInt32(r) | UInt32(g) << 8 | UInt32(b) << 16
        self.init(channelCount: 4, dtype: .uint8, conversion: .keyRGB8(key))
      }
    }
  }

  private init(_ channelCount: Int, _ conversion: Conversion) {
    self.init(channelCount: channelCount, dtype: .uint16, conversion: conversion)
  }

  private static var identity: [UInt32] { (0..<256).map { UInt32($0) } }

  private static func palette(_ prologue: PNG.Prologue) -> Self {
    // Indices past the palette are opaque black.
    var table = [UInt32](repeating: 0xFF00_0000, count: 256)
    let palette = prologue.palette
    for i in 0..<prologue.paletteCount {
      table[i] =
        0xFF00_0000 | UInt32(palette[3 * i]) | UInt32(palette[3 * i + 1]) << 8
        | UInt32(palette[3 * i + 2]) << 16
    }
    var channelCount = 3
    if case .palette(let alpha)? = prologue.transparency {
      channelCount = 4
      for i in alpha.indices { table[i] = table[i] & 0xFF_FFFF | UInt32(alpha[i]) << 24 }
    }
    return Self(
      channelCount: channelCount, dtype: .uint8,
      conversion: .lookup(depth: prologue.header.bitDepth, table: table))
  }

  /// Grey of up to 8 bits that cannot be copied.
  private static func grey(_ prologue: PNG.Prologue, stored: Bool) -> Self {
    let depth = prologue.header.bitDepth
    let largest = UInt32(1) << UInt32(depth) - 1
    if !stored, case .grey(let key)? = prologue.transparency {
      let table = (0..<UInt32(256)).map {
        ($0 & largest) * (255 / largest) | ($0 & largest == UInt32(key) ? 0 : 0xFF00)
      }
      return Self(
        channelCount: 2, dtype: .uint8, conversion: .lookup(depth: depth, table: table))
    }
    let isBool = depth == 1 && !stored
    let scale = stored || isBool ? 1 : 255 / largest
    let table = (0..<UInt32(256)).map { ($0 & largest) * scale }
    return Self(
      channelCount: 1, dtype: isBool ? .bool : .uint8,
      conversion: .lookup(depth: depth, table: table))
  }
}
