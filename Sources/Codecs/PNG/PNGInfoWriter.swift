// SPDX-License-Identifier: Apache-2.0

extension PNG.Info {
  /// Appends the chunks that stand before the palette.
  func writeBeforePalette(to writer: inout ByteWriter) throws(CodecError) {
    if let points = codingIndependentCodePoints { writer.chunk(.cICP, points) }
    if let display = masteringDisplay {
      writer.chunk(.mDCV) {
        for value in display.chromaticities { $0.u16be(value) }
        $0.u32be(display.maximumLuminance)
        $0.u32be(display.minimumLuminance)
      }
    }
    if let levels = contentLightLevel {
      writer.chunk(.cLLI) { for level in levels { $0.u32be(level) } }
    }
    if let profile = iccProfile {
      let name = profile.name.latin1 ?? Array("ICC Profile".utf8)
      let data = try Zlib.encode(profile.profile, options: Deflate.EncodeOptions())
      writer.chunk(.iCCP, name.prefix(79) + [0, 0] + data)
    }
    if let renderingIntent { writer.chunk(.sRGB, [renderingIntent]) }
    if let gamma { writer.chunk(.gAMA) { $0.u32be(gamma) } }
    if let chromaticities {
      writer.chunk(.cHRM) { for value in chromaticities { $0.u32be(UInt32(bitPattern: value)) } }
    }
    if let significantBits { writer.chunk(.sBIT, significantBits) }
  }

  /// Appends the chunks between the palette and the image data.
  func writeBeforeData(
    _ header: PNG.Header, to writer: inout ByteWriter
  ) throws(CodecError) {
    if let background {
      writer.chunk(.bKGD) {
        if header.colorType == .palette {
          $0.u8(UInt8(truncatingIfNeeded: background[0]))
        } else {
          for value in background { $0.u16be(value) }
        }
      }
    }
    if let histogram { writer.chunk(.hIST) { for value in histogram { $0.u16be(value) } } }
    if let density = pixelDensity {
      writer.chunk(.pHYs) {
        $0.u32be(density.x)
        $0.u32be(density.y)
        $0.u8(density.isPerMetre ? 1 : 0)
      }
    }
    for palette in suggestedPalettes {
      writer.chunk(.sPLT) {
        $0.append((palette.name.latin1 ?? []) + [0, UInt8(palette.depth)])
        for entry in palette.entries {
          for (i, value) in entry.enumerated() {
            if palette.depth == 8, i < 4 {
              $0.u8(UInt8(truncatingIfNeeded: value))
            } else {
              $0.u16be(value)
            }
          }
        }
      }
    }
    if let exif { writer.chunk(.eXIf, exif.array) }
    if let time = modificationTime {
      writer.chunk(.tIME) {
        $0.u16be(UInt16(truncatingIfNeeded: time.year))
        for part in [time.month, time.day, time.hour, time.minute, time.second] {
          $0.u8(UInt8(truncatingIfNeeded: part))
        }
      }
    }
    for text in texts { try write(text, to: &writer) }
    for chunk in unknownChunks where !chunk.isBehindData {
      writer.chunk(chunk.type, chunk.data.array)
    }
  }

  /// Appends the chunks behind the image data.
  func writeBehindData(to writer: inout ByteWriter) {
    for chunk in unknownChunks where chunk.isBehindData {
      writer.chunk(chunk.type, chunk.data.array)
    }
  }

  private func write(_ text: PNG.Text, to writer: inout ByteWriter) throws(CodecError) {
    guard let keyword = text.keyword.latin1, PNG.Text.isKeyword(text.keyword) else {
      throw PNG.invalidArgument(
        "text", "a keyword must be 1 to 79 Latin-1 characters without spaces at its ends")
    }
    let utf8 = Array(text.text.utf8)
    if !text.isInternational, let latin1 = text.text.latin1, !latin1.contains(0) {
      if text.isCompressed {
        let data = try Zlib.encode(latin1, options: Deflate.EncodeOptions())
        writer.chunk(.zTXt, keyword + [0, 0] + data)
      } else {
        writer.chunk(.tEXt, keyword + [0] + latin1)
      }
      return
    }
    guard !utf8.contains(0) else { throw PNG.invalidArgument("text", "a text has a zero byte") }
    let data =
      text.isCompressed ? try Zlib.encode(utf8, options: Deflate.EncodeOptions()) : utf8
    let fields =
      [0, text.isCompressed ? 1 : 0, 0] + Array(text.language.utf8) + [0]
      + Array(text.translatedKeyword.utf8) + [0]
    writer.chunk(.iTXt, keyword + fields + data)
  }
}

extension PNG.Text {
  /// Whether `text` can be a keyword: printable Latin-1, 1 to 79 characters, no spaces at the ends
  /// or in a row. Source: PNG 3rd edition §11.3.3.1.
  static func isKeyword(_ text: String) -> Bool {
    guard let bytes = text.latin1, (1...79).contains(bytes.count) else { return false }
    var previous: UInt8 = 0x20
    for byte in bytes {
      guard (0x20...0x7E).contains(byte) || byte >= 0xA1, byte != 0x20 || previous != 0x20 else {
        return false
      }
      previous = byte
    }
    return previous != 0x20
  }
}
