// SPDX-License-Identifier: Apache-2.0

/// Finds a few colours that stand for all of an image, and the nearest of them for each pixel.
///
/// An image with no more colours than asked for keeps them all. Else the colours are cut into boxes,
/// always the one with the largest squared error at the place that leaves the least; the means of
/// the boxes are then moved to those of the pixels nearest to them. All of that in premultiplied
/// alpha, where equal distances look alike. The result depends on nothing but the pixels.
///
/// Source: X. Wu, "Efficient Statistical Computations for Optimal Color Quantization", Graphics Gems
/// II, 1991; S. Lloyd, "Least Squares Quantization in PCM", 1982.
public struct PaletteQuantizer: Sendable {
  /// Red, green, blue and alpha of each entry, from the highest bits down: transparent ones first,
  /// then dark to light.
  public private(set) var colors: [UInt32] = []
  /// The same, premultiplied.
  private var centers: [SIMD4<Float>] = []
  /// Where each colour is, when the palette has all of the image's.
  private var exact: ColorTable?

  /// Chooses at most `colorCount` colours for `image`.
  ///
  /// - Parameter image: uint8 `[height, width]` or `[height, width, 1 to 4]`: grey, grey and alpha,
  ///   RGB or RGBA.
  /// - Throws: `invalidArgument` for another array, or a count outside 1...256.
  public init(_ image: NDArray, colorCount: Int) throws(CodecError) {
    guard (1...256).contains(colorCount) else {
      throw Self.invalid("colorCount", "the number of colours must be 1 to 256")
    }
    let pixels = try Self.Pixels(image)
    let histogram = ColorHistogram(image, pixels)
    if let histogram, histogram.colors.count <= colorCount {
      colors = Self.sorted(histogram.colors)
      var table = ColorTable()
      for color in colors { _ = table.insert(color) }
      exact = table
      centers = colors.map(Self.premultiplied)
      return
    }
    var points = histogram?.points ?? Self.points(image, pixels)
    centers = Self.boxes(&points, colorCount)
    for _ in 0..<3 { improve(points) }
    colors = Self.sorted(centers.map(Self.color))
    centers = colors.map(Self.premultiplied)
  }

  /// Transparent colours first, so that few bytes say which they are; then dark to light.
  static func sorted(_ colors: [UInt32]) -> [UInt32] {
    func luminance(_ color: UInt32) -> UInt32 {
      299 * (color >> 24) + 587 * (color >> 16 & 0xFF) + 114 * (color >> 8 & 0xFF)
    }
    return colors.sorted { (a, b) in
      let (x, y) = (a & 0xFF, b & 0xFF)
      return x != y ? x < y : (luminance(a), a) < (luminance(b), b)
    }
  }

  /// The index of the nearest colour of each pixel: uint8 `[height, width]`.
  ///
  /// - Throws: as ``init(_:colorCount:)``.
  public func indices(of image: NDArray) throws(CodecError) -> NDArray {
    let pixels = try Self.Pixels(image)
    // No pixel has the colour −1.
    var memory = [(color: Int64, index: UInt8)](repeating: (-1, 0), count: 4096)
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count)
    let bytes = image.bytes
    for i in 0..<pixels.count {
      let color = pixels.color(bytes, i)
      // Neighbours repeat colours; only the first of them is searched for.
      let slot = Int((color &* 0x9E37_79B1) >> 20)
      if memory[slot].color != Int64(color) { memory[slot] = (Int64(color), find(color)) }
      result.append(memory[slot].index)
    }
    return try NDArray(result, shape: Array(image.shape.prefix(2)))
  }

  private func find(_ color: UInt32) -> UInt8 {
    exact?.number(color) ?? UInt8(truncatingIfNeeded: nearest(Self.premultiplied(color)))
  }

  private func nearest(_ point: SIMD4<Float>) -> Int {
    var (best, distance) = (0, Float.infinity)
    for i in 0..<centers.count {
      let difference = centers[i] - point
      let square = (difference * difference).sum()
      if square < distance { (best, distance) = (i, square) }
    }
    return best
  }

  private static func invalid(_ part: CodecError.Name, _ text: CodecError.Name) -> CodecError {
    CodecError(.invalidArgument, codec: "palette", part: part, text)
  }

  // MARK: Pixels

  /// How an array holds pixels.
  private struct Pixels {
    let count: Int
    let channelCount: Int

    init(_ image: NDArray) throws(CodecError) {
      channelCount = image.rank == 3 ? image.shape[2] : 1
      guard image.dtype == .uint8, image.rank == 2 || image.rank == 3,
        (1...4).contains(channelCount)
      else {
        throw PaletteQuantizer.invalid(
          "image", "it is not uint8 [height, width] or [height, width, 1 to 4]")
      }
      count = image.shape[0] * image.shape[1]
    }

    /// Pixel `i`: red, green, blue and alpha, from the highest bits down.
    @inline(__always)
    func color(_ bytes: RawSpan, _ i: Int) -> UInt32 {
      let place = i &* channelCount
      let first = UInt32(bytes[byteAt: place])
      switch channelCount {
      case 1: return first &* 0x0101_0100 | 255
      case 2: return first &* 0x0101_0100 | UInt32(bytes[byteAt: place + 1])
      default:
        let rest = UInt32(bytes[byteAt: place + 1]) << 16 | UInt32(bytes[byteAt: place + 2]) << 8
        return first << 24 | rest | (channelCount == 4 ? UInt32(bytes[byteAt: place + 3]) : 255)
      }
    }
  }

  @inline(__always)
  private static func premultiplied(_ color: UInt32) -> SIMD4<Float> {
    let alpha = Float(color & 255)
    let scale = alpha / 255
    return SIMD4(
      Float(color >> 24) * scale, Float(color >> 16 & 255) * scale, Float(color >> 8 & 255) * scale,
      alpha)
  }

  /// The nearest colour of 8 bits to a premultiplied one.
  private static func color(_ point: SIMD4<Float>) -> UInt32 {
    func byte(_ value: Float) -> UInt32 { UInt32(min(max(value, 0), 255).rounded()) }
    let scale = point.w > 0 ? 255 / point.w : 0
    return byte(point.x * scale) << 24 | byte(point.y * scale) << 16 | byte(point.z * scale) << 8
      | byte(point.w)
  }

  // MARK: Choosing

  /// Colours that are about the same: their mean and how many pixels have one of them.
  private struct Point {
    var mean: SIMD4<Float>
    var weight: Float
  }

  /// The different colours of an image and how often each occurs, when they are not too many.
  private struct ColorHistogram {
    private(set) var colors: [UInt32] = []
    private var counts: [UInt32] = []
    /// Number of the colour that hashes here, plus 1.
    private var slots: [UInt32]

    /// `nil` when there are more than 65,536.
    init?(_ image: NDArray, _ pixels: Pixels) {
      slots = [UInt32](repeating: 0, count: 1 << 17)
      let bytes = image.bytes
      for i in 0..<pixels.count {
        let color = pixels.color(bytes, i)
        var slot = Int((color &* 0x9E37_79B1) >> 15)
        while slots[slot] > 0, colors[Int(slots[slot]) - 1] != color {
          slot = (slot + 1) & (slots.count - 1)
        }
        if slots[slot] == 0 {
          guard colors.count < 1 << 16 else { return nil }
          colors.append(color)
          counts.append(0)
          slots[slot] = UInt32(colors.count)
        }
        counts[Int(slots[slot]) - 1] += 1
      }
    }

    var points: [Point] {
      colors.indices.map {
        Point(mean: PaletteQuantizer.premultiplied(colors[$0]), weight: Float(counts[$0]))
      }
    }
  }

  /// The pixels by the high 6 bits of red, green and blue, or 5 and 3 of alpha: for more colours
  /// than ``ColorHistogram`` takes, so many that these cells are small enough.
  private static func points(_ image: NDArray, _ pixels: Pixels) -> [Point] {
    let hasAlpha = pixels.channelCount & 1 == 0
    let empty = Point(mean: SIMD4(), weight: 0)
    var cells = [Point](repeating: empty, count: 1 << 18)
    let bytes = image.bytes
    for i in 0..<pixels.count {
      let color = pixels.color(bytes, i)
      let (r, g, b) = (color >> 24, color >> 16 & 255, color >> 8 & 255)
      let cell =
        hasAlpha
        ? (r >> 3) << 13 | (g >> 3) << 8 | (b >> 3) << 3 | (color & 255) >> 5
        : (r >> 2) << 12 | (g >> 2) << 6 | b >> 2
      cells[Int(cell)].mean += premultiplied(color)
      cells[Int(cell)].weight += 1
    }
    return cells.filter { $0.weight > 0 }.map {
      Point(mean: $0.mean / $0.weight, weight: $0.weight)
    }
  }

  /// Points next to one another in the list, and what they add up to.
  private struct Box {
    let range: Range<Int>
    private(set) var sum = SIMD4<Float>()
    private(set) var squares = SIMD4<Float>()
    private(set) var weight: Float = 0

    init(_ range: Range<Int>, of points: [Point]) {
      self.range = range
      for i in range {
        let point = points[i]
        sum += point.mean * point.weight
        squares += point.mean * point.mean * point.weight
        weight += point.weight
      }
    }

    var mean: SIMD4<Float> { sum / weight }
    /// The squared error of each channel when the mean stands for all points.
    var errors: SIMD4<Float> { range.count > 1 ? squares - sum * sum / weight : SIMD4() }
  }

  /// Cuts the points into `count` boxes, or fewer when there are not so many points.
  private static func boxes(_ points: inout [Point], _ count: Int) -> [SIMD4<Float>] {
    var boxes = [Box(0..<points.count, of: points)]
    while boxes.count < count {
      var (worst, error) = (0, Float(0))
      for i in boxes.indices where boxes[i].errors.sum() > error {
        (worst, error) = (i, boxes[i].errors.sum())
      }
      guard error > 0 else { break }
      let (first, second) = cut(boxes[worst], &points)
      boxes[worst] = first
      boxes.append(second)
    }
    return boxes.map { $0.mean }
  }

  /// Cuts a box of two points or more across its longest side, where the least error is left.
  private static func cut(_ box: Box, _ points: inout [Point]) -> (Box, Box) {
    let errors = box.errors
    var axis = 0
    for i in 1..<4 where errors[i] > errors[axis] { axis = i }
    points[box.range].sort { $0.mean[axis] < $1.mean[axis] }
    var (best, place) = (-Float.infinity, box.range.lowerBound + 1)
    var sum = SIMD4<Float>()
    var weight: Float = 0
    for i in box.range.dropLast() {
      sum += points[i].mean * points[i].weight
      weight += points[i].weight
      let rest = box.sum - sum
      // The less error, the more the squares of the sums.
      let gain = (sum * sum).sum() / weight + (rest * rest).sum() / max(box.weight - weight, 1)
      if gain > best { (best, place) = (gain, i + 1) }
    }
    return (
      Box(box.range.lowerBound..<place, of: points), Box(place..<box.range.upperBound, of: points)
    )
  }

  /// Moves each centre to the mean of the points nearest to it.
  private mutating func improve(_ points: [Point]) {
    let empty = Point(mean: SIMD4(), weight: 0)
    var sums = [Point](repeating: empty, count: centers.count)
    for point in points {
      let i = nearest(point.mean)
      sums[i].mean += point.mean * point.weight
      sums[i].weight += point.weight
    }
    for i in centers.indices where sums[i].weight > 0 { centers[i] = sums[i].mean / sums[i].weight }
  }
}
