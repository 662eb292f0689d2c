// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// A PNG file being written.
  public struct Writer: ImageWriter {
    let options: WriteOptions
    private var imageCount = 0

    public init(options: WriteOptions = WriteOptions()) { self.options = options }

    public mutating func append(
      _ image: NDArray, metadata: Metadata, to output: inout ByteWriter
    ) throws(CodecError) {
      guard imageCount == 0 else {
        throw PNG.invalidArgument("image", "the file holds one image only")
      }
      output.append(try PNG.encode(image, metadata: metadata, options: options))
      imageCount = 1
    }

    public mutating func finish(to output: inout ByteWriter) throws(CodecError) {
      guard imageCount > 0 else { throw PNG.invalidArgument("image", "no image was written") }
    }
  }

  /// Encodes one image.
  ///
  /// - Parameters:
  ///   - image: bool or uint8 or uint16 `[height, width]`, uint8 or uint16
  ///     `[height, width, 1 to 4]`.
  ///   - metadata: fields under the names that reading gives; those PNG does not know are left out.
  /// - Throws: `invalidArgument` when PNG cannot hold the image or a field; `outOfMemory`.
  public static func encode(
    _ image: NDArray, metadata: Metadata = [:], options: WriteOptions = WriteOptions()
  ) throws(CodecError) -> [UInt8] {
    var metadata = metadata
    metadata.merge(options.metadata)
    let picture = try Picture(image, metadata: metadata, options: options)
    let info = try Info(metadata, picture)
    var writer = ByteWriter()
    writer.append([137, 80, 78, 71, 13, 10, 26, 10])
    writer.chunk(.IHDR) { picture.header.write(to: &$0) }
    try info.writeBeforePalette(to: &writer)
    if !picture.palette.isEmpty { writer.chunk(.PLTE, picture.palette) }
    if let transparency = picture.transparency { writer.chunk(.tRNS, transparency.bytes) }
    try info.writeBeforeData(picture.header, to: &writer)
    let data = try picture.compressed(options)
    for start in stride(from: 0, to: data.count, by: longestDataChunk) {
      writer.chunk(.IDAT, Array(data[start..<min(start + longestDataChunk, data.count)]))
    }
    info.writeBehindData(to: &writer)
    writer.chunk(.IEND, [])
    return writer.bytes
  }
}

extension PNG.Transparency {
  /// The data of the tRNS chunk.
  fileprivate var bytes: [UInt8] {
    func bigEndian(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
    switch self {
    case .palette(let alpha): return alpha
    case .grey(let sample): return bigEndian(sample)
    case .rgb(let r, let g, let b): return bigEndian(r) + bigEndian(g) + bigEndian(b)
    }
  }
}
