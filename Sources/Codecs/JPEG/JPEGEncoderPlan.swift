// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What an image and its options come to: headers, tables and frame, before any sample is read.
  struct EncoderPlan {
    /// Largest width and height. Source: libjpeg's JPEG_MAX_DIMENSION.
    static let maxDimension = 65_500

    let frame: Frame
    let stored: ColorSpace
    let conversion: InputConversion
    let channelCount: Int
    /// By table index.
    let quantization: [QuantizationTable]
    let coding: ScanCoding
    /// Whether something is beyond baseline's limits: divisors of more than eight bits, or samples.
    /// Source: T.81 B.2.4.1.
    let isExtended: Bool
    /// `nil` for files of coefficients.
    let lossless: LosslessCoding?

    init(_ image: NDArray, _ options: WriteOptions) throws(CodecError) {
      let precision = try Self.precision(image, options)
      guard image.rank == 2 || image.rank == 3 else {
        throw Self.invalid("the shape is neither [height, width] nor [height, width, channels]")
      }
      let (height, width) = (image.shape[0], image.shape[1])
      guard height > 0, width > 0 else { throw Self.invalid("the image is empty") }
      guard height <= Self.maxDimension, width <= Self.maxDimension else {
        throw Self.invalid("the image is wider or higher than 65500 pixels")
      }
      if precision != 8 * image.dtype.byteCount { try Self.checkSamples(image, precision) }
      channelCount = image.rank == 2 ? 1 : image.shape[2]
      let input = try Self.inputModel(channelCount, options)
      let stored = options.stored ?? (input == .rgb && !options.isLossless ? .ycbcr : input)
      self.stored = stored
      conversion = try Self.conversion(from: input, to: stored)
      guard !options.isLossless || conversion == .none && (stored == .grey) == (input == .grey)
      else { throw Self.invalid("a lossless file has the colours of the array") }
      let components = try Self.components(stored, channelCount, options)
      let quantization = try Self.tables(options)
      self.quantization = quantization
      isExtended =
        precision > 8
        || components.contains { quantization[$0.quantizationTable].needs16Bits }
      let process =
        options.isLossless
        ? Process.lossless
        : Process(
          isProgressive: options.isProgressive, isArithmetic: options.isArithmetic,
          isExtended: isExtended)
      frame = try Frame(
        FrameHeader(
          process: process, precision: precision, height: height, width: width,
          components: components),
        policy: Self.policy, at: 0)
      coding = try ScanCoding(
        script: options.scans, isProgressive: options.isProgressive,
        isArithmetic: options.isArithmetic,
        // The standard's codes do not reach beyond 8 bits.
        optimizesCodes: options.optimizesCodes || options.isSmall || precision > 8,
        restartInterval: options.restartInterval,
        restartRows: options.restartRows, stored, componentCount: components.count)
      lossless =
        options.isLossless
        ? try LosslessCoding(
          options, precision, restartInterval: coding.restartInterval(unitsAcross: width),
          width: width) : nil
    }

    /// Of all components, one after the other.
    func divisors<S: InputSample>(_: S.Type) -> [S.Divisor] {
      frame.components.flatMap { S.divisors(quantization[$0.quantizationTable]) }
    }

    /// The image is there already: what a frame header may claim needs no bounds.
    static var policy: DecodePolicy {
      DecodePolicy(
        limits: Limits(maxDimension: .max, maxPixels: .max, maxImageBytes: .max))
    }

    private static func invalid(_ message: CodecError.Name) -> CodecError {
      CodecError(.invalidArgument, codec: JPEG.name, message)
    }

    /// Bits per sample.
    private static func precision(
      _ image: NDArray, _ options: WriteOptions
    ) throws(CodecError) -> Int {
      switch (image.dtype, options.bitsPerSample) {
      case (.uint8, nil), (.uint8, 8): return 8
      case (.uint16, 12): return 12
      case (.uint16, nil) where options.isLossless: return 16
      case (.uint8, let count?) where options.isLossless && (2...8).contains(count): return count
      case (.uint16, let count?) where options.isLossless && (9...16).contains(count):
        return count
      case (.uint16, nil):
        throw invalid("uint16 takes 12 bits per sample or no loss, which few programs read")
      case (.uint8, _), (.uint16, _):
        throw invalid("the element type has not this number of bits per sample")
      default: throw invalid("the element type is not uint8; convert the image to it")
      }
    }

    /// Requires that no sample has more bits.
    private static func checkSamples(_ image: NDArray, _ precision: Int) throws(CodecError) {
      // Eight bytes at a time, whichever samples they are of.
      var all: UInt64 = 0
      let (bytes, whole) = (image.bytes, image.byteCount & ~7)
      for i in stride(from: 0, to: whole, by: 8) { all |= bytes.loadUnaligned(UInt64.self, at: i) }
      for i in stride(from: whole, to: image.byteCount, by: image.dtype.byteCount) {
        all |=
          image.dtype == .uint8
          ? UInt64(bytes[byteAt: i]) : UInt64(bytes.loadUnaligned(UInt16.self, at: i))
      }
      let beyond =
        image.dtype == .uint8
        ? 0x0101_0101_0101_0101 &* (0xFF &<< UInt64(precision) & 0xFF)
        : 0x0001_0001_0001_0001 &* (0xFFFF &<< UInt64(precision) & 0xFFFF)
      guard all & beyond == 0 else {
        throw invalid("a sample has more bits than asked for")
      }
    }

    private static func inputModel(
      _ channelCount: Int, _ options: WriteOptions
    ) throws(CodecError) -> ColorSpace {
      if let input = options.input {
        let fits =
          switch input {
          case .grey: channelCount == 1
          case .ycbcr, .rgb: channelCount == 3
          case .cmyk, .ycck: channelCount == 4
          case .unknown: (1...4).contains(channelCount)
          }
        guard fits else {
          throw invalid("the number of channels does not fit the colour space")
        }
        return input
      }
      switch channelCount {
      case 1: return .grey
      case 2 where options.isLossless: return .unknown
      case 3: return .rgb
      default: throw invalid("the image has neither one nor three channels; JPEG has no alpha")
      }
    }

    private static func conversion(
      from input: ColorSpace, to stored: ColorSpace
    ) throws(CodecError) -> InputConversion {
      switch (input, stored) {
      case (.rgb, .ycbcr): return .rgbToYCbCr
      case (.rgb, .grey): return .rgbToGrey
      case (.cmyk, .ycck): return .cmykToYCCK
      // Luminance is the first component.
      case (.ycbcr, .grey): return .none
      default:
        guard input == stored else { throw invalid("no conversion between these colour spaces") }
        return .none
      }
    }

    /// Identifiers, factors and table indices as libjpeg assigns them.
    private static func components(
      _ stored: ColorSpace, _ channelCount: Int, _ options: WriteOptions
    ) throws(CodecError) -> [FrameHeader.Component] {
      let subsampling: Subsampling
      switch stored {
      case .ycbcr, .ycck:
        guard !options.isLossless || options.subsampling ?? .s444 == .s444 else {
          throw invalid("a lossless file has no subsampling")
        }
        subsampling = options.isLossless ? .s444 : options.subsampling ?? .s420
      case .grey, .rgb, .cmyk, .unknown:
        guard options.subsampling == nil || options.subsampling == .s444 || stored == .grey else {
          throw invalid("only YCbCr and YCCK files have subsampling")
        }
        subsampling = .s444
      }
      let (h, v) = (subsampling.horizontal, subsampling.vertical)
      guard (1...4).contains(h), (1...4).contains(v) else {
        throw invalid("subsampling is not from 1 to 4 both ways")
      }
      let (identifiers, luminance): ([UInt8], [Bool]) =
        switch stored {
        case .grey: ([1], [true])
        case .ycbcr: ([1, 2, 3], [true, false, false])
        case .rgb: (Array("RGB".utf8), [true, true, true])
        case .cmyk: (Array("CMYK".utf8), [true, true, true, true])
        case .ycck: ([1, 2, 3, 4], [true, false, false, true])
        case .unknown:
          ((0..<channelCount).map { UInt8($0) }, (0..<channelCount).map { _ in true })
        }
      let blockCount = luminance.reduce(0) { $0 + ($1 ? h * v : 1) }
      guard identifiers.count == 1 || blockCount <= JPEG.maxUnitBlocks else {
        throw invalid("subsampling gives more than ten blocks per MCU")
      }
      let tableCount = options.quantizationTables.count
      return identifiers.indices.map { index in
        let isLuminance = luminance[index]
        return FrameHeader.Component(
          identifier: identifiers[index], horizontalSampling: isLuminance ? h : 1,
          verticalSampling: isLuminance ? v : 1,
          quantizationTable: tableCount > 0
            ? min(index, tableCount - 1) : isLuminance ? 0 : 1)
      }
    }

    private static func tables(
      _ options: WriteOptions
    ) throws(CodecError) -> [QuantizationTable] {
      let given = options.quantizationTables
      guard given.count <= 4 else { throw invalid("more than four quantisation tables") }
      if !given.isEmpty { return given }
      return [JPEG.luminanceQuantization, JPEG.chrominanceQuantization].map {
        QuantizationTable(
          base: $0, quality: options.quality, baseline: options.forcesBaseline)
      }
    }
  }
}
