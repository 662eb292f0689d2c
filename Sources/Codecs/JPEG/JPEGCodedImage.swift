// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// An image as the file holds it: quantised coefficients.
  struct CodedImage: Sendable {
    var frame: Frame
    var colorSpace: ColorSpace
    var coefficients: Coefficients
    /// By table index.
    var quantization: [QuantizationTable?] = [nil, nil, nil, nil]
    /// What the file said, or the default.
    var jfif = JFIF()
    /// Whether width or height are not those of the file.
    var isResized = false

    /// Reads all scans of a file.
    init(
      _ source: RawSpan, policy: DecodePolicy, diagnostics: inout Diagnostics
    ) throws(CodecError) {
      var options = DecodeOptions()
      options.output = .components
      options.smoothsBlocks = false
      var decoder = Decoder(options: options, policy: policy)
      decoder.keepsCoefficients = true
      defer { diagnostics = decoder.diagnostics }
      try decoder.advanceToHeader(source)
      guard decoder.frame?.process.isLossless == false else {
        throw decoder.failure(.unsupported, "SOF", "a lossless file has no coefficients")
      }
      var nothing: [UInt8] = []
      var span = nothing.mutableSpan
      var output = span.rawBytes
      while !decoder.hasAllScans {
        let step = try decoder.advance(
          source, isFinal: true, into: &output, rowStride: 0, firstRow: 0)
        guard case .rows = step else { break }
      }
      guard let frame = decoder.frame, let coefficients = decoder.coefficients else {
        throw decoder.failure(.corrupt, "SOS", "there is no scan")
      }
      (self.frame, self.coefficients, colorSpace) = (frame, coefficients, decoder.colorSpace)
      for (index, component) in frame.components.enumerated() {
        let steps = decoder.quantization[(64 * index)..<(64 * index + 64)]
        let table = QuantizationTable(
          (0..<64).map { UInt16(bitPattern: steps[64 * index + Int(JPEG.zigzag[$0])]) })
        let place = component.quantizationTable
        guard (0..<4).contains(place), quantization[place] == nil || quantization[place] == table
        else { throw decoder.failure(.unsupported, "DQT", "a table changes between scans") }
        quantization[place] = table
      }
      if let found = decoder.jfif {
        if found.majorVersion == 1 || found.majorVersion == 2 {
          (jfif.majorVersion, jfif.minorVersion) = (found.majorVersion, found.minorVersion)
        }
        (jfif.unit, jfif.xDensity, jfif.yDensity) = (found.unit, found.xDensity, found.yDensity)
      }
      // Components have no more than their blocks; the rest of an MCU is made when it is written.
      if frame.components.count == 1 { try setSampling(ofLone: frame.header) }
    }

    /// A lone component's factors mean nothing; 1 and 1 is what every decoder takes.
    private mutating func setSampling(ofLone header: FrameHeader) throws(CodecError) {
      var header = header
      header.components[0].horizontalSampling = 1
      header.components[0].verticalSampling = 1
      frame = try Frame(header, policy: EncoderPlan.policy, at: 0)
    }

    /// Keeps the luminance alone; what is grey already stays as it is.
    mutating func dropChrominance() throws(CodecError) {
      guard colorSpace != .grey else { return }
      let luminance = frame.components[0]
      guard colorSpace == .ycbcr, frame.components.count == 3,
        luminance.horizontalSampling == frame.maxHorizontalSampling,
        luminance.verticalSampling == frame.maxVerticalSampling
      else { throw JPEG.invalidArgument("grey", "the image has no luminance of full size") }
      var header = frame.header
      header.components = [header.components[0]]
      header.components[0].identifier = 1
      header.components[0].horizontalSampling = 1
      header.components[0].verticalSampling = 1
      let grey = try Frame(header, policy: EncoderPlan.policy, at: 0)
      var result = try Coefficients(frame: grey, limits: EncoderPlan.policy.limits)
      let (across, down) = (grey.components[0].blocksAcross, grey.components[0].blocksDown)
      for y in 0..<down {
        for x in 0..<across {
          let (from, to) = (y * luminance.storedBlocksAcross + x, y * across + x)
          result.maps[to] = coefficients.maps[from]
          for i in 0..<64 { result.values[64 * to + i] = coefficients.values[64 * from + i] }
        }
      }
      (frame, coefficients, colorSpace) = (grey, result, .grey)
    }

    /// The frame with the process that a coding needs.
    func frame(of coding: ScanCoding) throws(CodecError) -> Frame {
      var header = frame.header
      let isWide = frame.components.contains {
        quantization[$0.quantizationTable]?.needs16Bits == true
      }
      header.process = Process(
        isProgressive: !coding.script.isEmpty, isArithmetic: coding.isArithmetic,
        isExtended: isWide || frame.precision > 8)
      return try Frame(header, policy: EncoderPlan.policy, at: 0)
    }
  }
}

extension JPEG.CodedImage {
  /// The image after the operation and the cropping of `options`.
  func transformed(
    _ options: JPEG.TransformOptions, limits: Limits
  ) throws(CodecError) -> JPEG.CodedImage {
    let operation = options.operation
    var header = frame.header
    if operation.transposes {
      (header.width, header.height) = (header.height, header.width)
      for i in header.components.indices {
        let component = header.components[i]
        header.components[i].horizontalSampling = component.verticalSampling
        header.components[i].verticalSampling = component.horizontalSampling
      }
    }
    let turned = try JPEG.Frame(header, policy: JPEG.EncoderPlan.policy, at: 0)
    let (unitWidth, unitHeight) = (
      8 * turned.maxHorizontalSampling, 8 * turned.maxVerticalSampling
    )
    // Whole MCUs, which can be mirrored.
    let (across, down) = (turned.width / unitWidth, turned.height / unitHeight)
    if options.isPerfect {
      guard !operation.mirrorsAcross || turned.width % unitWidth == 0,
        !operation.mirrorsDown || turned.height % unitHeight == 0
      else { throw JPEG.invalidArgument("perfect", "MCUs at an edge are not whole") }
    }
    var (firstUnit, firstRow) = (0, 0)
    if let crop = options.crop {
      try crop.check(imageWidth: turned.width, imageHeight: turned.height, codec: JPEG.name)
      (firstUnit, firstRow) = (crop.x / unitWidth, crop.y / unitHeight)
      header.width = crop.width + crop.x % unitWidth
      header.height = crop.height + crop.y % unitHeight
    }
    if options.trims {
      let (units, rows) = (header.width / unitWidth, header.height / unitHeight)
      if operation.mirrorsAcross, units > 0, firstUnit + units == across {
        header.width = units * unitWidth
      }
      if operation.mirrorsDown, rows > 0, firstRow + rows == down {
        header.height = rows * unitHeight
      }
    }
    var result = self
    result.frame = try JPEG.Frame(header, policy: JPEG.EncoderPlan.policy, at: 0)
    result.isResized = header.width != frame.width || header.height != frame.height
    if operation.transposes {
      result.quantization = quantization.map { $0?.transposed }
    }
    result.coefficients = try JPEG.Coefficients(frame: result.frame, limits: limits)
    for index in frame.components.indices {
      let component = result.frame.components[index]
      let (h, v) = (component.horizontalSampling, component.verticalSampling)
      result.coefficients.copy(
        component: index, from: coefficients, frame, to: result.frame,
        JPEG.BlockMove(
          operation, acrossCount: across * h, downCount: down * v, firstAcross: firstUnit * h,
          firstDown: firstRow * v))
    }
    for unitRow in 0..<result.frame.unitsDown {
      result.coefficients.pad(unitRow: unitRow, at: unitRow, frame: result.frame)
    }
    return result
  }
}

extension JPEG.QuantizationTable {
  /// With rows and columns exchanged.
  var transposed: JPEG.QuantizationTable {
    let order = naturalOrder
    return JPEG.QuantizationTable(
      (0..<64).map { k in
        let position = Int(JPEG.zigzag[k])
        return order[position % 8 * 8 + position / 8]
      })
  }
}

extension JPEG {
  /// Where the blocks of a transformed component come from, and what becomes of them.
  struct BlockMove: Sendable {
    let transposes: Bool
    private let mirrorsAcross: Bool
    private let mirrorsDown: Bool
    /// Blocks of whole MCUs before cropping.
    private let acrossCount: Int
    private let downCount: Int
    /// The first blocks that cropping leaves.
    private let firstAcross: Int
    private let firstDown: Int

    init(
      _ operation: TransformOptions.Operation, acrossCount: Int, downCount: Int, firstAcross: Int,
      firstDown: Int
    ) {
      transposes = operation.transposes
      mirrorsAcross = operation.mirrorsAcross
      mirrorsDown = operation.mirrorsDown
      self.acrossCount = acrossCount
      self.downCount = downCount
      self.firstAcross = firstAcross
      self.firstDown = firstDown
    }

    /// The source of block `x`, `y`, and which frequencies change sign: bit 0 the odd ones across,
    /// bit 1 the odd ones down. Blocks of MCUs that are not whole stay where they are.
    func source(_ x: Int, _ y: Int) -> (x: Int, y: Int, signs: Int) {
      var (x, y, signs) = (x + firstAcross, y + firstDown, 0)
      if mirrorsAcross && x < acrossCount {
        x = acrossCount - 1 - x
        signs |= 1
      }
      if mirrorsDown && y < downCount {
        y = downCount - 1 - y
        signs |= 2
      }
      return transposes ? (y, x, signs) : (x, y, signs)
    }
  }
}

extension JPEG.Coefficients {
  /// Fills the blocks of one component, but not the padding of MCUs.
  mutating func copy(
    component index: Int, from source: JPEG.Coefficients, _ sourceFrame: JPEG.Frame,
    to frame: JPEG.Frame, _ move: JPEG.BlockMove
  ) {
    let (from, to) = (sourceFrame.components[index], frame.components[index])
    // Zigzag positions of the result by those of the source.
    var positions = [Int](repeating: 0, count: 64)
    for (k, position) in JPEG.zigzag[..<64].enumerated() {
      let (u, v) = (Int(position) % 8, Int(position) / 8)
      let wanted = UInt8(move.transposes ? 8 * u + v : 8 * v + u)
      positions[k] = JPEG.zigzag[..<64].firstIndex(of: wanted) ?? k
    }
    for y in 0..<to.blocksDown {
      for x in 0..<to.blocksAcross {
        let (sourceX, sourceY, signs) = move.source(x, y)
        let old =
          source.firstBlocks[index] + sourceY * from.storedBlocksAcross + sourceX
        let new = firstBlocks[index] + y * to.storedBlocksAcross + x
        var (left, map) = (source.maps[old], UInt64(0))
        while left != 0 {
          let k = left.trailingZeroBitCount
          left &= left &- 1
          // Maps of sequential scans may name zeros too.
          guard source.values[64 &* old &+ Int(JPEG.zigzag[k])] != 0 else { continue }
          let place = positions[k]
          map |= 1 &<< UInt64(place)
          let target = Int(JPEG.zigzag[place])
          // The magnitude of -32768 has one bit more than symbols have room for.
          let value = max(source.values[64 &* old &+ Int(JPEG.zigzag[k])], -32_767)
          let isOdd = (target & signs & 1) ^ (target &>> 3 & signs &>> 1 & 1) != 0
          values[64 &* new &+ target] = isOdd ? 0 &- value : value
        }
        maps[new] = map
      }
    }
  }
}
