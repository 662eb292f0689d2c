// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// From the components of a file to the channels of the output.
  enum Conversion: Sendable, Hashable {
    /// The components one by one, as they are.
    case none
    /// The first component alone: luminance.
    case first
    case ycbcrToRGB(PixelLayout)
    case rgbTo(PixelLayout)
    case greyTo(PixelLayout)
    case rgbToGrey
    case ycckToCMYK
    /// CMYK that is stored as its complement.
    case complement
    /// YCCK → CMYK, whose complement is stored.
    case ycckToComplement

    /// - Throws: `invalidArgument` when the components cannot be converted to `output`.
    init(
      from space: ColorSpace, to output: Output, inverts: Bool
    ) throws(CodecError) {
      switch (output, space) {
      case (.components, _), (.automatic, .unknown), (.automatic, .grey), (.grey, .grey):
        self = .none
      case (.automatic, .ycbcr), (.rgb, .ycbcr): self = .ycbcrToRGB(.rgb)
      case (.automatic, .rgb), (.rgb, .rgb): self = .none
      case (.automatic, .cmyk): self = inverts ? .complement : .none
      case (.automatic, .ycck): self = inverts ? .ycckToComplement : .ycckToCMYK
      case (.grey, .ycbcr): self = .first
      case (.grey, .rgb): self = .rgbToGrey
      case (_, .ycbcr): self = .ycbcrToRGB(PixelLayout(output))
      case (_, .rgb): self = .rgbTo(PixelLayout(output))
      case (_, .grey): self = .greyTo(PixelLayout(output))
      default:
        throw CodecError(
          .invalidArgument, codec: JPEG.name, part: "output",
          "these components cannot be converted to that")
      }
    }

    func channelCount(componentCount: Int) -> Int {
      switch self {
      case .none, .complement: componentCount
      case .first, .rgbToGrey: 1
      case .ycbcrToRGB(let layout), .rgbTo(let layout), .greyTo(let layout): layout.byteCount
      case .ycckToCMYK, .ycckToComplement: 4
      }
    }

    /// Whether only the first component is looked at.
    var needsFirstOnly: Bool {
      switch self {
      case .first, .greyTo: true
      default: false
      }
    }
  }
}

extension JPEG {
  /// How the channels of an output pixel lie in memory.
  enum PixelLayout: Sendable {
    case rgb, bgr, rgba, bgra
    var byteCount: Int { self == .rgb || self == .bgr ? 3 : 4 }
  }

  /// How the chroma of a row of pixels is found.
  enum ChromaSource: Sendable {
    /// A sample per pixel.
    case full
    /// The same, and it is no chroma: the components are red, green and blue.
    case rgb
    /// A sample per two pixels; triangle filter across.
    case half
    /// A sample per two by two pixels; triangle filter in both directions.
    case quarter
  }

  /// Where one output row finds its samples: indices into the planes.
  struct RowSource: Sendable {
    var y: Int
    var cb: Int
    var cr: Int
    /// For ``ChromaSource/quarter``: the chroma rows on the other side, and rows of the image's
    /// width to keep sums in.
    var farCb = 0
    var farCr = 0
    var scratchCb = 0
    var scratchCr = 0

    /// Traps unless all rows for `count` pixels lie in planes of `sampleCount` samples, with
    /// ``ColorKernels/margin`` samples on either side.
    ///
    /// - Returns: how many chroma samples the pixels have.
    @inline(always)
    func requireMargins(_ chroma: ChromaSource, of sampleCount: Int, count: Int) -> Int {
      let chromaCount = chroma == .full || chroma == .rgb ? count : (count + 1) / 2
      let (first, end) = (ColorKernels.margin, sampleCount - ColorKernels.margin)
      precondition(count > 0 && y >= first && y <= end - count)
      precondition(cb >= first && cb <= end - chromaCount)
      precondition(cr >= first && cr <= end - chromaCount)
      if chroma == .quarter {
        precondition(farCb >= first && farCb <= end - chromaCount)
        precondition(farCr >= first && farCr <= end - chromaCount)
      }
      return chromaCount
    }
  }
}

extension JPEG.PixelLayout {
  init(_ output: JPEG.Output) {
    switch output {
    case .bgr: self = .bgr
    case .rgba: self = .rgba
    case .bgra: self = .bgra
    default: self = .rgb
    }
  }
  var isReversed: Bool { self == .bgr || self == .bgra }
}

extension JPEG.Conversion {
  /// Converts `count` pixels whose components begin at `rows`, one sample after the other.
  ///
  /// `output` holds samples of the same type, in machine byte order.
  func convert<S: JPEG.Sample>(
    _ samples: Span<S>, _ rows: [Int], largest: S, into output: inout MutableRawSpan,
    at offset: Int, count: Int
  ) {
    var writer = PixelWriter<S>(offset: offset)
    switch self {
    case .none, .complement:
      let mask: S = self == .complement ? largest : 0
      for x in 0..<count {
        for row in rows { writer.put(samples[row &+ x] ^ mask, &output) }
      }
    case .first:
      for x in 0..<count { writer.put(samples[rows[0] &+ x], &output) }
    case .greyTo(let layout):
      for x in 0..<count {
        let grey = samples[rows[0] &+ x]
        writer.put(grey, grey, grey, layout, largest, &output)
      }
    case .rgbTo(let layout):
      for x in 0..<count {
        writer.put(
          samples[rows[0] &+ x], samples[rows[1] &+ x], samples[rows[2] &+ x], layout, largest,
          &output)
      }
    case .rgbToGrey:
      for x in 0..<count {
        let r = Int32(truncatingIfNeeded: samples[rows[0] &+ x])
        let g = Int32(truncatingIfNeeded: samples[rows[1] &+ x])
        let b = Int32(truncatingIfNeeded: samples[rows[2] &+ x])
        let y = (19_595 &* r &+ 38_470 &* g &+ 7_471 &* b &+ 32_768) &>> 16
        writer.put(S(truncatingIfNeeded: y), &output)
      }
    case .ycbcrToRGB(let layout):
      for x in 0..<count {
        let (r, g, b) = Self.rgb(
          samples[rows[0] &+ x], samples[rows[1] &+ x], samples[rows[2] &+ x], largest: largest)
        writer.put(r, g, b, layout, largest, &output)
      }
    case .ycckToCMYK, .ycckToComplement:
      // YCbCr there stands for the complement of CMY.
      let mask: S = self == .ycckToCMYK ? largest : 0
      for x in 0..<count {
        let (r, g, b) = Self.rgb(
          samples[rows[0] &+ x], samples[rows[1] &+ x], samples[rows[2] &+ x], largest: largest)
        writer.put(r ^ mask, &output)
        writer.put(g ^ mask, &output)
        writer.put(b ^ mask, &output)
        writer.put(samples[rows[3] &+ x] ^ (mask ^ largest), &output)
      }
    }
  }

  /// One pixel of YCbCr. Source: ITU-T T.871 clause 7; libjpeg's 16-bit fixed point.
  @inline(__always)
  private static func rgb<S: JPEG.Sample>(_ y: S, _ cb: S, _ cr: S, largest: S) -> (S, S, S) {
    let centre = Int32(truncatingIfNeeded: largest / 2 + 1)
    let luma = Int32(truncatingIfNeeded: y)
    let (u, v) = (
      Int32(truncatingIfNeeded: cb) &- centre, Int32(truncatingIfNeeded: cr) &- centre
    )
    // 64 bits: chroma of 16 bits times a 17-bit factor.
    func scaled(_ sum: Int64) -> Int32 { Int32(truncatingIfNeeded: (sum &+ 32_768) &>> 16) }
    let limit = Int32(truncatingIfNeeded: largest)
    func clamped(_ value: Int32) -> S { S(truncatingIfNeeded: min(max(value, 0), limit)) }
    return (
      clamped(luma &+ scaled(91_881 &* Int64(v))),
      clamped(luma &+ scaled(-22_554 &* Int64(u) &- 46_802 &* Int64(v))),
      clamped(luma &+ scaled(116_130 &* Int64(u)))
    )
  }
}

/// Stores samples one after the other.
private struct PixelWriter<S: JPEG.Sample> {
  var offset: Int

  @inline(__always)
  mutating func put(_ sample: S, _ output: inout MutableRawSpan) {
    output.storeBytes(of: sample, toByteOffset: offset, as: S.self)
    offset &+= MemoryLayout<S>.size
  }

  @inline(__always)
  mutating func put(
    _ r: S, _ g: S, _ b: S, _ layout: JPEG.PixelLayout, _ largest: S,
    _ output: inout MutableRawSpan
  ) {
    put(layout.isReversed ? b : r, &output)
    put(g, &output)
    put(layout.isReversed ? r : b, &output)
    if layout.byteCount == 4 { put(largest, &output) }
  }
}

extension JPEG.Bands {
  /// Emits the ready rows of band `band`.
  ///
  /// - Parameter output: row `firstRow` of the image is at its start.
  mutating func emit(
    band: Int, _ conversion: JPEG.Conversion, largest: S, into output: inout MutableRawSpan,
    rowStride: Int, firstRow: Int
  ) {
    if collects {
      collect(band: band)
      finish(band: band)
      return
    }
    complete(band: band)
    let used = conversion.needsFirstOnly ? 1 : planes.count
    var rows: [Int] = []
    for y in readyRows(band: band) {
      let offset = (y - firstRow) * rowStride
      if S.emitFast(
        &self, conversion, largest: largest, row: y, band: band, into: &output, at: offset)
      {
        continue
      }
      if rows.isEmpty { rows = [Int](repeating: 0, count: used) }
      for component in 0..<used { rows[component] = upsample(component, row: y, band: band) }
      conversion.convert(
        samples.span, rows, largest: largest, into: &output, at: offset, count: imageWidth)
    }
    finish(band: band)
  }
}

extension JPEG.Bands {
  /// Emits a row whose samples need no conversion; `false` when they do.
  fileprivate mutating func emitCopy(
    _ conversion: JPEG.Conversion, row y: Int, band: Int, into output: inout MutableRawSpan,
    at offset: Int
  ) -> Bool {
    guard conversion.copies(planes.count) else { return false }
    let source = upsample(0, row: y, band: band)
    JPEG.ColorKernels.copyRow(
      samples.span, source, into: &output, at: offset, count: imageWidth)
    return true
  }
}

extension UInt8 {
  /// Emits a row by vector code; `false` when there is none for the case.
  static func emitFast(
    _ bands: inout JPEG.Bands<UInt8>, _ conversion: JPEG.Conversion, largest: UInt8, row y: Int,
    band: Int, into output: inout MutableRawSpan, at offset: Int
  ) -> Bool {
    guard
      let (source, chroma, layout) = bands.rowSource(conversion, row: y, band: band)
    else {
      return bands.emitCopy(conversion, row: y, band: band, into: &output, at: offset)
    }
    let width = bands.imageWidth
    var samples = bands.samples.mutableSpan
    JPEG.ColorKernels.convertRow(
      &samples, source, chroma, layout, into: &output, at: offset, count: width)
    return true
  }
}

extension UInt16 {
  /// Emits a row by vector code; `false` when there is none for the case.
  static func emitFast(
    _ bands: inout JPEG.Bands<UInt16>, _ conversion: JPEG.Conversion, largest: UInt16,
    row y: Int, band: Int, into output: inout MutableRawSpan, at offset: Int
  ) -> Bool {
    guard
      let (source, chroma, layout) = bands.rowSource(conversion, row: y, band: band)
    else {
      return bands.emitCopy(conversion, row: y, band: band, into: &output, at: offset)
    }
    // The arithmetic is for twelve bits.
    guard chroma == .rgb || largest == 4_095 else { return false }
    let width = bands.imageWidth
    var samples = bands.samples.mutableSpan
    JPEG.WideColorKernels.convertRow(
      &samples, source, chroma, layout, largest: largest, into: &output, at: offset,
      count: width)
    return true
  }
}

extension JPEG.Conversion {
  /// Whether the output is the first of so many components as it is.
  fileprivate func copies(_ componentCount: Int) -> Bool {
    self == .first || self == .none && componentCount == 1
  }
}

extension JPEG.Bands {
  /// Where the vector code finds the three components of a row; upsamples what it cannot. `nil`
  /// when the output is not made of three components.
  @inline(__always)
  fileprivate mutating func rowSource(
    _ conversion: JPEG.Conversion, row y: Int, band: Int
  ) -> (JPEG.RowSource, JPEG.ChromaSource, JPEG.PixelLayout)? {
    guard planes.count == 3 else { return nil }
    let layout: JPEG.PixelLayout
    switch conversion {
    case .ycbcrToRGB(let wanted): layout = wanted
    case .rgbTo(let wanted): layout = wanted
    case .none: layout = .rgb
    default: return nil
    }
    let luma = upsample(0, row: y, band: band)
    let (cb, cr) = (planes[1], planes[2])
    let row = y - band * bandHeight
    guard case .ycbcrToRGB = conversion else {
      return (
        JPEG.RowSource(
          y: luma, cb: upsample(1, row: y, band: band), cr: upsample(2, row: y, band: band)),
        .rgb, layout
      )
    }
    if cb.upsampling == cr.upsampling, cb.upsampling == .across2 {
      return (
        JPEG.RowSource(y: luma, cb: cb.base + row * cb.stride, cr: cr.base + row * cr.stride),
        .half, layout
      )
    }
    if cb.upsampling == cr.upsampling, cb.upsampling == .both2 {
      let (u, v) = (Self.rows(cb, row), Self.rows(cr, row))
      return (
        JPEG.RowSource(
          y: luma, cb: u.near, cr: v.near, farCb: u.far, farCr: v.far, scratchCb: cb.scratch,
          scratchCr: cr.scratch), .quarter, layout
      )
    }
    return (
      JPEG.RowSource(
        y: luma, cb: upsample(1, row: y, band: band), cr: upsample(2, row: y, band: band)), .full,
      layout
    )
  }
}
