// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// What the ancillary chunks say: everything in a file but its pixels and animation.
  public struct Info: Sendable {
    /// gAMA: the image's gamma × 100,000.
    public var gamma: UInt32?
    /// cHRM: x and y of white, red, green and blue, × 100,000.
    public var chromaticities: [Int32]?
    /// sRGB: the rendering intent.
    public var renderingIntent: UInt8?
    public var iccProfile: ICCProfile?
    /// cICP: primaries, transfer function, matrix (0) and full range, as in ITU-T H.273.
    public var codingIndependentCodePoints: [UInt8]?
    public var masteringDisplay: MasteringDisplay?
    /// cLLI: the largest and the largest average light level, in 0.0001 cd/m².
    public var contentLightLevel: [UInt32]?
    /// sBIT: bits of each channel that the source had.
    public var significantBits: [UInt8]?
    /// bKGD: a grey sample, a palette index, or red, green and blue.
    public var background: [UInt16]?
    /// hIST: how often each palette entry is used, roughly.
    public var histogram: [UInt16]?
    public var pixelDensity: PixelDensity?
    public var suggestedPalettes: [SuggestedPalette] = []
    /// eXIf: a TIFF structure.
    public var exif: Bytes?
    public var modificationTime: Time?
    public var texts: [Text] = []
    /// Chunks this library does not know, in file order.
    public var unknownChunks: [UnknownChunk] = []

    public init() {}
  }

  /// iCCP.
  public struct ICCProfile: Sendable, Hashable {
    public var name: String
    public var profile: [UInt8]
    public init(name: String, profile: [UInt8]) {
      self.name = name
      self.profile = profile
    }
  }

  /// mDCV: the display on which the image was made.
  public struct MasteringDisplay: Sendable, Hashable {
    /// x and y of red, green, blue and white, in 0.00002.
    public var chromaticities: [UInt16]
    /// In 0.0001 cd/m².
    public var maximumLuminance: UInt32
    public var minimumLuminance: UInt32

    public init(chromaticities: [UInt16], maximumLuminance: UInt32, minimumLuminance: UInt32) {
      self.chromaticities = chromaticities
      self.maximumLuminance = maximumLuminance
      self.minimumLuminance = minimumLuminance
    }
  }

  /// pHYs.
  public struct PixelDensity: Sendable, Hashable {
    public var x: UInt32
    public var y: UInt32
    /// Whether the densities are pixels per metre; otherwise only their ratio means something.
    public var isPerMetre: Bool

    public init(x: UInt32, y: UInt32, isPerMetre: Bool) {
      self.x = x
      self.y = y
      self.isPerMetre = isPerMetre
    }
  }

  /// sPLT.
  public struct SuggestedPalette: Sendable, Hashable {
    public var name: String
    /// Bits of a colour sample: 8 or 16.
    public var depth: Int
    /// Red, green, blue, alpha and frequency of each entry.
    public var entries: [[UInt16]]

    public init(name: String, depth: Int, entries: [[UInt16]]) {
      self.name = name
      self.depth = depth
      self.entries = entries
    }
  }

  /// tIME, in UTC.
  public struct Time: Sendable, Hashable {
    public var year: Int
    public var month: Int
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int

    public init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
      self.year = year
      self.month = month
      self.day = day
      self.hour = hour
      self.minute = minute
      self.second = second
    }
  }

  /// tEXt, zTXt or iTXt.
  public struct Text: Sendable, Hashable {
    public var keyword: String
    public var text: String
    /// Whether it is Unicode with a language: an iTXt chunk.
    public var isInternational: Bool
    public var isCompressed: Bool
    public var language: String
    public var translatedKeyword: String

    public init(
      keyword: String, text: String, isInternational: Bool = false, isCompressed: Bool = false,
      language: String = "", translatedKeyword: String = ""
    ) {
      self.keyword = keyword
      self.text = text
      self.isInternational = isInternational
      self.isCompressed = isCompressed
      self.language = language
      self.translatedKeyword = translatedKeyword
    }

    /// The keyword under which iTXt holds an XMP packet.
    static var xmpKeyword: String { "XML:com.adobe.xmp" }
  }

  /// A chunk that is passed through.
  public struct UnknownChunk: Sendable, Equatable {
    public var type: ChunkType
    public var data: Bytes
    /// Whether it stands behind the image data.
    public var isBehindData: Bool

    public init(type: ChunkType, data: Bytes, isBehindData: Bool) {
      self.type = type
      self.data = data
      self.isBehindData = isBehindData
    }
  }
}
