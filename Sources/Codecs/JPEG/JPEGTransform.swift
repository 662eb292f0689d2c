// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Turns, mirrors, crops or recodes a file by moving its coefficients: nothing is lost.
  ///
  /// The result is that of libjpeg-turbo's jpegtran for the same choices.
  ///
  /// - Throws: as decoding, and `invalidArgument` for a region outside the image or, when asked for
  ///   a perfect result, an image that has none.
  public static func transform(
    _ source: RawSpan, options: TransformOptions, policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> [UInt8] {
    var image = try CodedImage(source, policy: policy, diagnostics: &diagnostics)
    if options.isGrey { try image.dropChrominance() }
    image = try image.transformed(options, limits: policy.limits)
    let coding = try ScanCoding(options, image.frame, image.colorSpace)
    image.frame = try image.frame(of: coding)
    var output = ByteWriter()
    output.reserve(source.byteCount)
    write(.soi, to: &output)
    copySegments(of: source, options, image, to: &output)
    writeFrameHeader(image.frame, image.quantization, to: &output)
    try coding.write(image.coefficients, image.frame, to: &output)
    write(.eoi, to: &output)
    return output.bytes
  }

  /// The segments to keep, after those that say what the components are.
  private static func copySegments(
    of source: RawSpan, _ options: TransformOptions, _ image: CodedImage,
    to output: inout ByteWriter
  ) {
    var kept: [(marker: Marker, payload: Range<Int>)] = []
    var walk = SegmentWalk(source)
    while let stretch = walk.next(), stretch.content != .marker(.eoi) {
      guard case .segment(let marker, let payload) = stretch.content else { continue }
      let isKept =
        marker == .com
        ? options.kept != .none
        : marker.applicationNumber != nil && options.kept == .all
      if isKept { kept.append((marker, payload)) }
    }
    func begins(_ payload: Range<Int>, _ signature: [UInt8]) -> Bool {
      ByteReader(source.extracting(payload), codec: name).isNext(signature)
    }
    // A file that begins with Exif has no JFIF.
    let isExif =
      kept.first.map { $0.marker == .app(1) && begins($0.payload, Array("Exif".utf8)) } ?? false
    let writesJFIF = (image.colorSpace == .grey || image.colorSpace == .ycbcr) && !isExif
    if writesJFIF { image.jfif.write(to: &output) }
    let adobe = image.colorSpace.adobe
    adobe?.write(to: &output)
    for (index, segment) in kept.enumerated() {
      if writesJFIF, segment.marker == .app(0), begins(segment.payload, Signature.jfif) { continue }
      if adobe != nil, segment.marker == .app(14), begins(segment.payload, Signature.adobe) {
        continue
      }
      var payload = [UInt8](repeating: 0, count: segment.payload.count)
      for i in payload.indices { payload[i] = source[byteAt: segment.payload.lowerBound + i] }
      if isExif && index == 0 && image.isResized {
        Exif.setSize(width: image.frame.width, height: image.frame.height, in: &payload)
      }
      writeHead(segment.marker, payloadByteCount: payload.count, to: &output)
      output.append(payload)
    }
  }
}

extension JPEG.ColorSpace {
  /// What libjpeg writes for files that are not JFIF's.
  var adobe: JPEG.Adobe? {
    switch self {
    case .grey, .ycbcr, .unknown: nil
    case .rgb, .cmyk: JPEG.Adobe(transform: 0)
    case .ycck: JPEG.Adobe(transform: 2)
    }
  }

  /// Which of two Huffman tables each component has.
  func codeTables(componentCount: Int) -> [Int] {
    switch self {
    case .ycbcr: [0, 1, 1]
    case .ycck: [0, 1, 1, 0]
    case .grey, .rgb, .cmyk, .unknown: [Int](repeating: 0, count: componentCount)
    }
  }
}

extension Exif {
  /// Overwrites the image's size in the Exif directory, where it is given.
  ///
  /// - Parameter bytes: `Exif\0\0` and the structure. One that is damaged stays as it is.
  static func setSize(width: Int, height: Int, in bytes: inout [UInt8]) {
    guard bytes.count >= 20 else { return }
    let isBigEndian = bytes[6] == 0x4D
    let copy = bytes
    func integer(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset + 6 + count <= copy.count else { return nil }
      let part = copy[(offset + 6)..<(offset + 6 + count)]
      return (isBigEndian ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    /// Offsets of the entries of the directory at `offset`.
    func entries(_ offset: Int?) -> [Int] {
      guard let offset, let count = integer(offset, 2), offset + 2 + 12 * count + 6 <= copy.count
      else { return [] }
      return (0..<count).map { offset + 2 + 12 * $0 }
    }
    let first = entries(integer(4, 4)).first { integer($0, 2) == 0x8769 }
    for entry in entries(first.flatMap { integer($0 + 8, 4) }) {
      let value: Int
      switch integer(entry, 2) {
      case 0xA002: value = width
      case 0xA003: value = height
      default: continue
      }
      // One value of 32 bits.
      let field: [(value: Int, count: Int)] = [(4, 2), (1, 4), (value, 4)]
      var position = entry + 8
      for (value, count) in field {
        for i in 0..<count {
          let shift = 8 * (isBigEndian ? count - 1 - i : i)
          bytes[position + i] = UInt8(truncatingIfNeeded: value >> shift)
        }
        position += count
      }
    }
  }
}
