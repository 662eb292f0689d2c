// SPDX-License-Identifier: Apache-2.0

extension PNG.Picture {
  /// Finds the colour type and bit depth that hold `image` as it is.
  ///
  /// - Throws: `invalidArgument` when none does.
  init(
    _ image: NDArray, metadata: Metadata, options: PNG.WriteOptions
  ) throws(CodecError) {
    let channels = image.rank == 3 ? image.shape[2] : 1
    guard image.rank == 2 || image.rank == 3, image.shape[0] > 0, image.shape[1] > 0,
      (1...4).contains(channels)
    else {
      throw PNG.invalidArgument(
        "image", "the shape is not [height, width] or [height, width, 1 to 4]")
    }
    guard image.shape[0] <= PNG.largestInteger, image.shape[1] <= PNG.largestInteger else {
      throw PNG.invalidArgument("image", "width and height go up to 2147483647")
    }
    let types: [PNG.ColorType] = [.grey, .greyAlpha, .rgb, .rgba]
    pixels = image
    header = PNG.Header(
      width: image.shape[1], height: image.shape[0], bitDepth: 8,
      colorType: types[channels - 1], isInterlaced: options.isInterlaced)
    switch image.dtype {
    case .uint8: break
    case .uint16: header.bitDepth = 16
    case .bool where channels == 1: header.bitDepth = 1
    case .bool:
      throw PNG.invalidArgument("image", "bool images have one channel; convert to uint8")
    default:
      throw PNG.invalidArgument("image", "PNG holds bool, uint8 and uint16; convert to one of them")
    }
    if let palette = options.palette ?? metadata["palette"], image.dtype == .uint8, channels == 1 {
      try usePalette(palette, options)
    } else if let depth = options.bitDepth {
      try useDepth(depth, isStored: options.stored)
    }
    try setTransparency(
      options.transparency ?? metadata["transparency"], isAsked: options.transparency != nil)
  }

  private mutating func useDepth(_ depth: Int, isStored: Bool) throws(CodecError) {
    guard depth != header.bitDepth else { return }
    guard header.colorType == .grey, pixels.dtype == .uint8, depth < 8 else {
      throw PNG.invalidArgument("bit_depth", "1, 2 and 4 bits are for uint8 images of one channel")
    }
    header.bitDepth = depth
    scale = isStored ? 1 : UInt8(255 / ((1 << depth) - 1))
  }

  private mutating func usePalette(
    _ value: MetadataValue, _ options: PNG.WriteOptions
  ) throws(CodecError) {
    guard case .ndarray(let table) = value, table.rank == 2, table.dtype == .uint8,
      (1...256).contains(table.shape[0]), table.shape[1] == 3 || table.shape[1] == 4
    else {
      throw PNG.invalidArgument("palette", "it is not uint8 [1 to 256, 3 or 4]")
    }
    let count = table.shape[0]
    let largest = pixels.largestByte
    guard largest < count else {
      throw PNG.invalidArgument("palette", "an index is past its end")
    }
    header.colorType = .palette
    header.bitDepth =
      options.bitDepth ?? [1, 2, 4, 8].first { count <= 1 << $0 } ?? 8
    guard header.colorType.allows(bitDepth: header.bitDepth), count <= 1 << header.bitDepth else {
      throw PNG.invalidArgument("bit_depth", "the palette has more entries")
    }
    let entries = table.array(as: UInt8.self)
    let width = table.shape[1]
    palette = (0..<count).flatMap { entries[($0 * width)..<($0 * width + 3)] }
    guard width == 4 else { return }
    var alpha = (0..<count).map { entries[$0 * 4 + 3] }
    while alpha.last == 255 { alpha.removeLast() }
    if !alpha.isEmpty { transparency = .palette(alpha) }
  }

  /// - Parameter isAsked: whether what does not fit the image is an error; metadata that came from
  ///   another file is left out instead.
  private mutating func setTransparency(
    _ value: MetadataValue?, isAsked: Bool
  ) throws(CodecError) {
    guard let value else { return }
    let largest = (1 << header.bitDepth) - 1
    switch header.colorType {
    case .palette:
      if let alpha = value.bytesValue?.array, (1...palette.count / 3).contains(alpha.count) {
        transparency = .palette(alpha)
        return
      }
      if let index = value.intValue, (0..<palette.count / 3).contains(index) {
        transparency = .palette([UInt8](repeating: 255, count: index) + [0])
        return
      }
    case .grey:
      if let sample = value.intValue, (0...largest).contains(sample) {
        transparency = .grey(UInt16(sample))
        return
      }
    case .rgb:
      let samples = value.arrayValue?.compactMap { $0.intValue } ?? []
      if samples.count == 3, samples.allSatisfy({ (0...largest).contains($0) }) {
        transparency = .rgb(UInt16(samples[0]), UInt16(samples[1]), UInt16(samples[2]))
        return
      }
    case .greyAlpha, .rgba: break
    }
    if isAsked { throw PNG.invalidArgument("transparency", "it does not fit the image") }
  }
}

extension NDArray {
  /// The largest byte of a uint8 array.
  fileprivate var largestByte: Int {
    let bytes = elements(as: UInt8.self)
    var largest: UInt8 = 0
    for i in 0..<bytes.count { largest = max(largest, bytes[i]) }
    return Int(largest)
  }
}
