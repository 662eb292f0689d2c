// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Luminance samples for each chrominance sample, across and down.
  public struct Subsampling: Sendable, Hashable {
    public var horizontal: Int
    public var vertical: Int

    public init(horizontal: Int, vertical: Int) {
      self.horizontal = horizontal
      self.vertical = vertical
    }

    /// 4:4:4, chrominance at full resolution.
    public static var s444: Subsampling { Subsampling(horizontal: 1, vertical: 1) }
    /// 4:2:2, half across.
    public static var s422: Subsampling { Subsampling(horizontal: 2, vertical: 1) }
    /// 4:2:0, half both ways.
    public static var s420: Subsampling { Subsampling(horizontal: 2, vertical: 2) }
    /// 4:4:0, half down.
    public static var s440: Subsampling { Subsampling(horizontal: 1, vertical: 2) }
    /// 4:1:1, a quarter across.
    public static var s411: Subsampling { Subsampling(horizontal: 4, vertical: 1) }
  }

  /// How an image is written. The defaults give libjpeg-turbo's default file, byte for byte.
  public struct WriteOptions: Sendable, Equatable {
    /// 1 to 100; libjpeg's scale. Values outside are taken as the nearest inside.
    public var quality = 75
    /// Averaging of chrominance; `nil` is 4:2:0. Only for files with YCbCr or YCCK components.
    public var subsampling: Subsampling?
    /// Bits of each sample: 8 for uint8, and 12 for uint16 with values up to 4095, in a file that few
    /// programs read. `nil` is 8. Without loss 2 to 8 and 9 to 16, and `nil` is all of them.
    public var bitsPerSample: Int?
    /// Whether the samples are coded without loss, in a file that few programs read. The components
    /// are the channels of the array; there are neither quality nor subsampling.
    public var isLossless = false
    /// Which neighbours each sample of a lossless file is predicted from, 1 to 7: the one on the
    /// left, above, diagonally above, or combinations of them. Source: T.81 table H.1.
    public var predictor = 1
    /// Lowest bits of the samples of a lossless file that are left out; they are read back as zeros.
    public var pointTransform = 0
    /// What the channels of the array are; `nil` is grey for one channel, RGB for three.
    /// Four channels are CMYK only when said so, because most arrays of four hold RGBA.
    public var input: ColorSpace?
    /// What the file stores; `nil` is YCbCr for RGB input, and otherwise what the input is.
    public var stored: ColorSpace?
    /// Whether ink is stored as its complement, as Adobe's programs do.
    public var invertsInk = false
    /// Divisors to use instead of those of ``quality``, up to four tables: each component has its
    /// own, or the last one.
    public var quantizationTables: [QuantizationTable] = []
    /// Keep divisors of low qualities within eight bits, which baseline decoders need.
    public var forcesBaseline = true
    /// Whether the image comes in scans of growing precision; ``optimizesCodes`` then is implied.
    public var isProgressive = false
    /// The scans of a progressive file; `nil` is libjpeg's script.
    public var scans: [ScanStep]?
    /// Whether Huffman codes are made for the image instead of taken from the standard's examples.
    public var optimizesCodes = false
    /// Whether the file is arithmetic-coded: some 5 to 10 % smaller, but few programs read it.
    /// There are no Huffman codes to optimise then.
    public var isArithmetic = false
    /// MCUs between restart markers; 0 for none.
    public var restartInterval = 0
    /// Rows of MCUs between restart markers; wins over ``restartInterval`` unless 0.
    public var restartRows = 0
    /// Whether coefficients are chosen by what they cost and what error they save, and scans by
    /// their sizes: some 10 % fewer bytes for the same error, in many times the time. Whether the
    /// file is progressive is chosen too, unless ``scans`` are given or it is arithmetic-coded.
    public var isSmall = false
    /// Segments to write, under the names that reading gives: `dpi`, `exif`, `xmp`, `icc_profile`,
    /// `comment`, `jfif_unit` and `jfif_density`. They win over those of the image.
    public var metadata = Metadata()
    /// Whether no metadata are written at all, and one sequential scan of Huffman codes.
    public var isPlain = false

    public init() {}
    public init(quality: Int) { self.quality = quality }
  }
}
