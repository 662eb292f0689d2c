// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// The eight bytes every file begins with.
  static var signature: InlineArray<8, UInt8> {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  }

  /// The pixels that one pass over the image delivers: every `xStep`-th of every `yStep`-th row.
  struct Pass: Sendable, Hashable {
    var x: Int
    var y: Int
    var xStep: Int
    var yStep: Int
    /// Size of the pass, in pixels.
    var width = 0
    var height = 0
  }

  /// The passes that hold any pixel of a `width` × `height` image.
  ///
  /// Source: PNG 3rd edition §8.2. A pass without pixels has no bytes at all, not even filter bytes.
  static func passes(width: Int, height: Int, isInterlaced: Bool) -> [Pass] {
    guard isInterlaced else {
      return [Pass(x: 0, y: 0, xStep: 1, yStep: 1, width: width, height: height)]
    }
    let adam7: [Pass] = [
      Pass(x: 0, y: 0, xStep: 8, yStep: 8), Pass(x: 4, y: 0, xStep: 8, yStep: 8),
      Pass(x: 0, y: 4, xStep: 4, yStep: 8), Pass(x: 2, y: 0, xStep: 4, yStep: 4),
      Pass(x: 0, y: 2, xStep: 2, yStep: 4), Pass(x: 1, y: 0, xStep: 2, yStep: 2),
      Pass(x: 0, y: 1, xStep: 1, yStep: 2),
    ]
    var passes: [Pass] = []
    for var pass in adam7 where pass.x < width && pass.y < height {
      pass.width = (width - pass.x + pass.xStep - 1) / pass.xStep
      pass.height = (height - pass.y + pass.yStep - 1) / pass.yStep
      passes.append(pass)
    }
    return passes
  }

  /// Where a chunk may stand, and how often.
  ///
  /// Source: PNG 3rd edition §5.6.
  struct Placement {
    var isBeforePalette = false
    /// Only in palette images: in others there need not be a PLTE.
    var isAfterPalette = false
    var isBeforeData = false
    var isSingle = true
  }

  /// The rule for a known ancillary chunk; `nil` for all others.
  static func placement(of type: ChunkType) -> Placement? {
    switch type {
    case .cHRM, .cICP, .gAMA, .iCCP, .mDCV, .cLLI, .sBIT, .sRGB:
      Placement(isBeforePalette: true, isBeforeData: true)
    case .bKGD, .hIST, .tRNS: Placement(isAfterPalette: true, isBeforeData: true)
    case .acTL, .pHYs: Placement(isBeforeData: true)
    case .sPLT: Placement(isBeforeData: true, isSingle: false)
    // The second edition allowed eXIf behind the image data, and such files exist.
    case .eXIf, .tIME: Placement()
    case .tEXt, .zTXt, .iTXt: Placement(isSingle: false)
    default: nil
    }
  }
}
