// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// A frame header with the sizes that follow from it.
  struct Frame: Sendable {
    struct Component: Sendable {
      var identifier: UInt8
      var horizontalSampling: Int
      var verticalSampling: Int
      var quantizationTable: Int
      /// Size in samples: the image's size times this component's share of the sampling.
      var width: Int
      var height: Int
      /// Blocks that hold samples of the image; a scan of this component alone has just these.
      var blocksAcross: Int
      var blocksDown: Int
      /// Blocks of whole MCUs; what an interleaved scan has.
      var storedBlocksAcross: Int
      var storedBlocksDown: Int
    }

    let header: FrameHeader
    let width: Int
    let height: Int
    let maxHorizontalSampling: Int
    let maxVerticalSampling: Int
    /// Interleaved MCUs.
    let unitsAcross: Int
    let unitsDown: Int
    let components: [Component]

    var process: Process { header.process }
    var precision: Int { header.precision }
    /// uint8, or uint16 for more than eight bits.
    var dtype: DType { header.precision > 8 ? .uint16 : .uint8 }

    /// - Throws: `corrupt`, `unsupported`, or `limitExceeded` for a frame that is not decoded.
    init(_ header: FrameHeader, policy: DecodePolicy, at offset: Int) throws(CodecError) {
      try Self.check(header, at: offset)
      _ = try policy.limits.checkedImage(
        width: header.width, height: header.height, channels: header.components.count,
        dtype: header.precision > 8 ? .uint16 : .uint8, codec: JPEG.name, at: offset)
      self.header = header
      width = header.width
      height = header.height
      // A lone component has one sample per pixel and one block per MCU, whatever it says.
      let isAlone = header.components.count == 1
      let h = isAlone ? 1 : header.components.reduce(1) { max($0, $1.horizontalSampling) }
      let v = isAlone ? 1 : header.components.reduce(1) { max($0, $1.verticalSampling) }
      maxHorizontalSampling = h
      maxVerticalSampling = v
      // A data unit is a block, or one sample in a lossless frame.
      let unit = header.process.isLossless ? 1 : JPEG.blockSize
      let across = JPEG.ceilingDivision(header.width, h * unit)
      let down = JPEG.ceilingDivision(header.height, v * unit)
      unitsAcross = across
      unitsDown = down
      components = header.components.map { component in
        let ch = isAlone ? 1 : component.horizontalSampling
        let cv = isAlone ? 1 : component.verticalSampling
        let width = JPEG.ceilingDivision(header.width * ch, h)
        let height = JPEG.ceilingDivision(header.height * cv, v)
        return Component(
          identifier: component.identifier, horizontalSampling: ch, verticalSampling: cv,
          quantizationTable: component.quantizationTable, width: width, height: height,
          blocksAcross: JPEG.ceilingDivision(width, unit),
          blocksDown: JPEG.ceilingDivision(height, unit),
          storedBlocksAcross: across * ch, storedBlocksDown: down * cv)
      }
    }

    /// The value of white.
    func largestSample<S: Sample>() -> S { S(truncatingIfNeeded: (1 << precision) - 1) }

    /// Samples along one side of a data unit: a DCT block, or one sample in a lossless frame.
    var blockSize: Int { process.isLossless ? 1 : JPEG.blockSize }

    /// Pixels along one side of what a block becomes. Lossless frames have one size only.
    func scale(_ reduction: Reduction) -> Int {
      process.isLossless ? 1 : reduction.rawValue
    }

    /// A length of the image when each block becomes `scale` pixels.
    func scaled(_ length: Int, by scale: Int) -> Int {
      JPEG.ceilingDivision(length * scale, blockSize)
    }

    /// Samples along one side of what a block of a component becomes. As in libjpeg, components
    /// with fewer samples are scaled down less, so that they need less upsampling.
    func unit(of component: Component, scale: Int) -> Int {
      var unit = scale
      while unit < blockSize,
        maxHorizontalSampling * scale % (component.horizontalSampling * unit * 2) == 0,
        maxVerticalSampling * scale % (component.verticalSampling * unit * 2) == 0
      { unit *= 2 }
      return unit
    }

    private static func check(_ header: FrameHeader, at offset: Int) throws(CodecError) {
      func failure(_ kind: CodecError.Kind, _ message: CodecError.Name) -> CodecError {
        CodecError(kind, codec: JPEG.name, part: "SOF", message, at: offset)
      }
      if header.process.isHierarchical {
        throw failure(.unsupported, "hierarchical coding")
      }
      if header.process.isArithmetic && header.process.isLossless {
        throw failure(.unsupported, "arithmetic lossless coding")
      }
      guard header.width > 0, header.height > 0, !header.components.isEmpty else {
        throw failure(.corrupt, "the image is empty")
      }
      guard header.components.count <= 10 else {
        throw failure(.unsupported, "more than 10 components")
      }
      let isKnown =
        header.process.isLossless
        ? (2...16).contains(header.precision) : header.precision == 8 || header.precision == 12
      guard isKnown else { throw failure(.unsupported, "this number of bits per sample") }
      for component in header.components {
        guard (1...4).contains(component.horizontalSampling),
          (1...4).contains(component.verticalSampling)
        else { throw failure(.corrupt, "sampling factor is not 1 to 4") }
      }
    }
  }

  /// `a / b`, rounded up, of positive numbers.
  @inline(__always)
  static func ceilingDivision(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }
}
