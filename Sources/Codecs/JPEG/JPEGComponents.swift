// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// One component of a file as quantised DCT coefficients.
  public struct ComponentCoefficients: Sendable {
    /// int16 `[rows of blocks, blocks across, 8, 8]`: vertical frequencies, then horizontal ones.
    public var blocks: NDArray
    /// What each coefficient is to be multiplied by.
    public var quantization: QuantizationTable
    /// Samples per MCU, relative to the other components.
    public var horizontalSampling: Int
    public var verticalSampling: Int
  }

  /// The coefficients of every component, as the file has them.
  ///
  /// - Throws: as ``decode(_:options:policy:diagnostics:)``; `unsupported` for lossless files.
  public static func decodeCoefficients(
    _ source: RawSpan, policy: DecodePolicy = .default, diagnostics: inout Diagnostics
  ) throws(CodecError) -> [ComponentCoefficients] {
    let image = try CodedImage(source, policy: policy, diagnostics: &diagnostics)
    var result: [ComponentCoefficients] = []
    for (index, component) in image.frame.components.enumerated() {
      let (down, across) = (component.blocksDown, component.blocksAcross)
      var blocks = try NDArray(
        zeros: [down, across, 8, 8], dtype: .int16, limits: policy.limits, codec: name)
      try blocks.withMutableElements(as: Int16.self) { (values) throws(CodecError) in
        for row in 0..<down {
          let first = image.coefficients.firstBlocks[index] + row * component.storedBlocksAcross
          for i in 0..<across * 64 {
            values[row * across * 64 + i] = image.coefficients.values[first * 64 + i]
          }
        }
      }
      guard let table = image.quantization[component.quantizationTable] else {
        throw CodecError(
          .corrupt, codec: name, part: "DQT", "a component has no table", at: source.byteCount)
      }
      result.append(
        ComponentCoefficients(
          blocks: blocks, quantization: table,
          horizontalSampling: component.horizontalSampling,
          verticalSampling: component.verticalSampling))
    }
    return result
  }

  /// The components at their own resolutions, neither upsampled nor converted: planar YCbCr for
  /// most files.
  ///
  /// - Returns: for each component uint8, or uint16 above 8 bits, `[height, width]`. In an image that
  ///   is scaled down, components with fewer samples are scaled less.
  /// - Throws: as ``decode(_:options:policy:diagnostics:)``.
  public static func decodePlanes(
    _ source: RawSpan, options: DecodeOptions = DecodeOptions(), policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> [NDArray] {
    var options = options
    options.output = .components
    var decoder = Decoder(options: options, policy: policy)
    defer { diagnostics = decoder.diagnostics }
    try decoder.advanceToHeader(source)
    decoder.bands8?.collects = true
    decoder.bands16?.collects = true
    var nothing: [UInt8] = []
    var span = nothing.mutableSpan
    var output = span.rawBytes
    var rowCount = 0
    loop: while true {
      do throws(CodecError) {
        let step = try decoder.advance(
          source, isFinal: true, into: &output, rowStride: 0, firstRow: 0)
        guard case .rows(let rows) = step else { break loop }
        rowCount = max(rowCount, rows.upperBound)
      } catch {
        try decoder.diagnostics.salvage(error, rowCount: rowCount, policy: policy)
        guard rowCount == 0, decoder.beginOutput() else { break loop }
      }
    }
    if let bands = decoder.bands8 { return try bands.collectedPlanes() }
    return try decoder.bands16?.collectedPlanes() ?? []
  }
}

extension JPEG.Bands {
  /// Keeps the samples of a band that belong to the image.
  mutating func collect(band: Int) {
    if collected.isEmpty {
      collected = planes.map { [S](repeating: 0, count: $0.width * $0.height) }
    }
    for (index, plane) in planes.enumerated() {
      let first = band * plane.rowCount
      for y in 0..<max(0, min(plane.rowCount, plane.height - first)) {
        for x in 0..<plane.width {
          collected[index][(first + y) * plane.width + x] =
            samples[plane.base + y * plane.stride + x]
        }
      }
    }
  }
}

extension JPEG.Bands where S: NDScalar {
  func collectedPlanes() throws(CodecError) -> [NDArray] {
    var result: [NDArray] = []
    for (index, plane) in planes.enumerated() {
      let samples =
        collected.isEmpty
        ? [S](repeating: 0, count: plane.width * plane.height) : collected[index]
      result.append(try NDArray(samples, shape: [plane.height, plane.width]))
    }
    return result
  }
}
