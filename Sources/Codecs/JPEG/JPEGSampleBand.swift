// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// How the channels of a pixel become components.
  enum InputConversion: Sendable { case none, rgbToYCbCr, rgbToGrey, cmykToYCCK }

  /// The samples of one row of MCUs, every component at its own resolution, padded to whole blocks
  /// as libjpeg pads them.
  struct SampleBand<S: InputSample>: Sendable {
    struct Plane: Sendable {
      /// Of the first sample in ``samples``.
      var offset: Int
      var stride: Int
      /// Samples across, with the padding that blocks need.
      var paddedWidth: Int
      /// Input samples per sample, across and down.
      var ratioAcross: Int
      var ratioDown: Int
      /// Where rows at input resolution go: the plane itself when nothing is averaged.
      var inputOffset: Int
      var inputStride: Int
      var rowsPerGroup: Int
    }

    /// Everything but the samples.
    struct Geometry: Sendable {
      let frame: Frame
      let conversion: InputConversion
      let channelCount: Int
      let planes: [Plane]
      /// Where what is not wanted goes.
      let scratch: Int
    }

    var samples: [S]
    let geometry: Geometry
    var planes: [Plane] { geometry.planes }

    /// - Throws: `unsupported` for sampling factors that do not divide the largest ones.
    init(
      _ frame: Frame, conversion: InputConversion, channelCount: Int
    ) throws(CodecError) {
      // Kernels write up to fifteen bytes too many; the last row needs room for them too.
      let margin = 32
      var (planes, size): ([Plane], Int) = ([], 0)
      for component in frame.components {
        let (h, v) = (component.horizontalSampling, component.verticalSampling)
        guard frame.maxHorizontalSampling % h == 0, frame.maxVerticalSampling % v == 0 else {
          throw CodecError(
            .unsupported, codec: JPEG.name, part: "subsampling", "the ratio is not a whole number")
        }
        let (across, down) = (frame.maxHorizontalSampling / h, frame.maxVerticalSampling / v)
        let width = component.blocksAcross * 8
        var plane = Plane(
          offset: size, stride: width + margin, paddedWidth: width, ratioAcross: across,
          ratioDown: down, inputOffset: size, inputStride: width + margin, rowsPerGroup: v)
        size += plane.stride * v * 8
        if across > 1 || down > 1 {
          plane.inputOffset = size
          plane.inputStride = max(width * across, frame.width) + margin
          size += plane.inputStride * frame.maxVerticalSampling
        }
        planes.append(plane)
      }
      geometry = Geometry(
        frame: frame, conversion: conversion, channelCount: channelCount, planes: planes,
        scratch: size)
      if conversion == .rgbToGrey { size += frame.width }
      samples = [S](repeating: 0, count: size + margin)
    }

    /// Fills the band with MCU row `unitRow` of `image`, whose rows follow each other closely.
    mutating func fill(unitRow: Int, from image: RawSpan) {
      let geometry = geometry
      var target = samples.mutableSpan
      geometry.fill(&target, unitRow: unitRow, from: image)
    }
  }
}

extension JPEG.SampleBand.Geometry {
  func fill(_ target: inout MutableSpan<S>, unitRow: Int, from image: RawSpan) {
    let rowsPerGroup = frame.maxVerticalSampling
    for group in 0..<8 {
      let first = (unitRow * 8 + group) * rowsPerGroup
      if first >= frame.height {
        // Below the image, rows of components repeat; inside a group, rows of the image do.
        for plane in planes { Self.repeatRow(&target, plane, group: group) }
        continue
      }
      for row in 0..<rowsPerGroup {
        let y = min(first + row, frame.height - 1)
        convertRow(y, of: image, to: &target, group: group, row: row)
      }
      for plane in planes where plane.ratioAcross > 1 || plane.ratioDown > 1 {
        Self.downsample(&target, plane, group: group)
      }
    }
  }

  /// Row `y` of the image becomes row `row` of a group, at input resolution.
  private func convertRow(
    _ y: Int, of image: RawSpan, to target: inout MutableSpan<S>, group: Int, row: Int
  ) {
    let (width, source) = (frame.width, y * frame.width * channelCount)
    func start(_ index: Int) -> Int {
      let plane = planes[index]
      let row = plane.inputOffset == plane.offset ? group * plane.rowsPerGroup + row : row
      return plane.inputOffset + row * plane.inputStride
    }
    switch conversion {
    case .none:
      for index in planes.indices {
        S.copyChannel(
          image, at: source + index, step: channelCount, count: width, into: &target,
          at: start(index))
      }
    case .rgbToYCbCr:
      S.convertRGB(
        image, at: source, count: width, into: &target,
        at: .init(y: start(0), cb: start(1), cr: start(2)))
    case .rgbToGrey:
      S.convertRGB(
        image, at: source, count: width, into: &target,
        at: .init(y: start(0), cb: scratch, cr: scratch))
    case .cmykToYCCK:
      S.convertCMYK(
        image, at: source, count: width, into: &target,
        at: .init(y: start(0), cb: start(1), cr: start(2)))
      S.copyChannel(
        image, at: source + 3, step: 4, count: width, into: &target, at: start(3))
    }
    for (index, plane) in planes.enumerated() {
      let start = start(index)
      let last = target[start + width - 1]
      for x in width..<max(width, plane.paddedWidth * plane.ratioAcross) {
        target[start + x] = last
      }
    }
  }

  private static func downsample(
    _ samples: inout MutableSpan<S>, _ plane: JPEG.SampleBand<S>.Plane, group: Int
  ) {
    for row in 0..<plane.rowsPerGroup {
      let target = plane.offset + (group * plane.rowsPerGroup + row) * plane.stride
      let source = plane.inputOffset + row * plane.ratioDown * plane.inputStride
      switch (plane.ratioAcross, plane.ratioDown) {
      case (2, 1):
        S.halveWidth(&samples, from: source, to: target, count: plane.paddedWidth)
      case (2, 2):
        S.halveBoth(
          &samples, from: source, and: source + plane.inputStride, to: target,
          count: plane.paddedWidth)
      default:
        average(&samples, plane, from: source, to: target)
      }
    }
  }

  /// Any other ratio: the rounded mean of the box.
  private static func average(
    _ samples: inout MutableSpan<S>, _ plane: JPEG.SampleBand<S>.Plane, from source: Int,
    to target: Int
  ) {
    let count = plane.ratioAcross * plane.ratioDown
    for x in 0..<plane.paddedWidth {
      var sum = count / 2
      for y in 0..<plane.ratioDown {
        for dx in 0..<plane.ratioAcross {
          sum += Int(samples[source + y * plane.inputStride + x * plane.ratioAcross + dx])
        }
      }
      samples[target + x] = S(truncatingIfNeeded: sum / count)
    }
  }

  /// Fills a group with the row above it.
  private static func repeatRow(
    _ samples: inout MutableSpan<S>, _ plane: JPEG.SampleBand<S>.Plane, group: Int
  ) {
    let first = plane.offset + group * plane.rowsPerGroup * plane.stride
    for row in 0..<plane.rowsPerGroup {
      for x in 0..<plane.paddedWidth {
        samples[first + row * plane.stride + x] = samples[first - plane.stride + x]
      }
    }
  }
}
