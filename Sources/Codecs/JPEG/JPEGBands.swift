// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// How a component is brought to the size of the image.
  enum Upsampling: Sendable, Hashable {
    case none
    /// Triangle filters: two pixels per sample across, down, or both.
    case across2, down2, both2
    /// Each sample repeated so many times across and down.
    case repeated(Int, Int)
  }

  /// Where a component's samples are within ``Bands/samples``.
  struct Plane: Sendable {
    /// Index of the first sample of the first row.
    var base: Int
    var stride: Int
    /// Rows in each band, and samples of the image in all: the rest is padding.
    var rowCount: Int
    var width: Int
    var height: Int
    var upsampling: Upsampling
    /// Samples along one side of what a block becomes.
    var unit: Int
    /// Index of a row of the image's width, for the upsampled samples.
    var scratch: Int
  }

  /// The samples of one row of MCUs of every component, with what upsampling needs around them.
  ///
  /// Every plane has a row above (the last one of the MCU row before), a row below, and 32 samples
  /// on either side, so that neither filters nor vectors need special cases at edges.
  struct Bands<S: Sample>: Sendable {
    var samples: [S]
    private(set) var planes: [Plane]
    /// Rows of the image in each band.
    let bandHeight: Int
    let imageWidth: Int
    let imageHeight: Int
    /// Whether some filter looks at the rows above and below.
    let hasContext: Bool
    /// The next row of the image to be emitted.
    private(set) var nextRow = 0
    /// Whether the samples of each component are kept in ``collected`` instead of being emitted.
    var collects = false
    var collected: [[S]] = []

    private static var margin: Int { 32 }

    /// - Parameter scale: pixels along one side of what a block becomes at full resolution.
    init(
      frame: Frame, scale: Int, interpolates: Bool, limits: Limits
    ) throws(CodecError) {
      imageWidth = frame.scaled(frame.width, by: scale)
      imageHeight = frame.scaled(frame.height, by: scale)
      bandHeight = frame.maxVerticalSampling * scale
      planes = []
      planes.reserveCapacity(frame.components.count)
      var hasContext = false
      var count = 0
      let fullStride = JPEG.ceilingDivision(imageWidth, 16) * 16 + 2 * Self.margin
      for component in frame.components {
        let unit = frame.unit(of: component, scale: scale)
        let (h, v) = (component.horizontalSampling * unit, component.verticalSampling * unit)
        let width = JPEG.ceilingDivision(
          frame.width * h, frame.maxHorizontalSampling * frame.blockSize)
        let height = JPEG.ceilingDivision(
          frame.height * v, frame.maxVerticalSampling * frame.blockSize)
        let upsampling = try Upsampling(
          across: (frame.maxHorizontalSampling * scale, h),
          down: (frame.maxVerticalSampling * scale, v), width: width,
          interpolates: interpolates && scale > 1)
        if upsampling == .down2 || upsampling == .both2 { hasContext = true }
        let stride = component.storedBlocksAcross * unit + 2 * Self.margin
        let rowCount = component.verticalSampling * unit
        let base = count + stride + Self.margin
        count += stride * (rowCount + 2)
        planes.append(
          Plane(
            base: base, stride: stride, rowCount: rowCount, width: width, height: height,
            upsampling: upsampling, unit: unit, scratch: count + Self.margin))
        if upsampling != .none { count += fullStride }
      }
      self.hasContext = hasContext
      try limits.check(count * MemoryLayout<S>.size, .scratchBytes, codec: JPEG.name)
      samples = Array(repeatElement(0, count: count))
    }

    /// The rows of the image that can be emitted once band `band` is there.
    func readyRows(band: Int) -> Range<Int> {
      let end = (band + 1) * bandHeight
      // The last row of a band waits for the first samples of the next.
      return nextRow..<max(nextRow, end >= imageHeight ? imageHeight : end - (hasContext ? 1 : 0))
    }

    /// Makes the edges of a band that has just been filled.
    mutating func complete(band: Int) {
      let isLast = (band + 1) * bandHeight >= imageHeight
      let planes = planes
      var samples = self.samples.mutableSpan
      for plane in planes where plane.upsampling != .none {
        if band == 0 { Self.copyRow(&samples, plane, from: 0, to: -1) }
        if isLast {
          let real = min(max(plane.height - band * plane.rowCount, 1), plane.rowCount)
          Self.copyRow(&samples, plane, from: real - 1, to: real)
        }
        for y in -1...plane.rowCount {
          let row = plane.base + y * plane.stride
          samples[row - 1] = samples[row]
          samples[row + plane.width] = samples[row + plane.width - 1]
        }
      }
    }

    /// Notes that the ready rows are emitted, and keeps what the next band needs of this one.
    mutating func finish(band: Int) {
      nextRow = readyRows(band: band).upperBound
      guard hasContext else { return }
      let planes = planes
      var samples = self.samples.mutableSpan
      for plane in planes {
        Self.copyRow(&samples, plane, from: plane.rowCount - 1, to: -1)
      }
    }

    /// Begins with band `band`, without the rows above; the one before is there if it is needed.
    mutating func begin(at band: Int) {
      guard band > 0 else { return }
      complete(band: band - 1)
      finish(band: band - 1)
    }

    private static func copyRow(
      _ samples: inout MutableSpan<S>, _ plane: Plane, from source: Int, to target: Int
    ) {
      let (a, b) = (plane.base + source * plane.stride, plane.base + target * plane.stride)
      JPEG.ColorKernels.move(&samples, from: a, to: b, count: plane.width)
    }

    /// Makes the samples of row `y` of the image of one component.
    ///
    /// - Returns: the index of the first.
    mutating func upsample(_ component: Int, row y: Int, band: Int) -> Int {
      let plane = planes[component]
      let (row, width) = (y - band * bandHeight, imageWidth)
      if plane.upsampling == .none { return plane.base + row * plane.stride }
      var samples = self.samples.mutableSpan
      Self.upsample(&samples, plane, row: row, width: width)
      return plane.scratch
    }
  }
}

extension JPEG.Upsampling {
  /// What libjpeg chooses for a component: the image's samples per MCU and the component's, and
  /// the component's width in samples.
  init(
    across: (Int, Int), down: (Int, Int), width: Int, interpolates: Bool
  ) throws(CodecError) {
    guard across.0 % across.1 == 0, down.0 % down.1 == 0 else {
      throw CodecError(
        .unsupported, codec: JPEG.name, part: "SOF", "fractional sampling ratio")
    }
    switch (across.0 / across.1, down.0 / down.1) {
    case (1, 1): self = .none
    case (2, 1) where interpolates && width > 2: self = .across2
    case (1, 2) where interpolates: self = .down2
    case (2, 2) where interpolates && width > 2: self = .both2
    case (let across, let down): self = .repeated(across, down)
    }
  }
}
