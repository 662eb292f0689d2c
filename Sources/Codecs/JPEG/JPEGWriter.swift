// SPDX-License-Identifier: Apache-2.0

extension JPEG: WritableFormat {
  public static var canWriteSeveral: Bool { false }

  public static func makeWriter(options: WriteOptions) throws(CodecError) -> Writer {
    Writer(options: options)
  }

  /// A JPEG file being written.
  public struct Writer: ImageWriter {
    let options: WriteOptions
    private var isDone = false

    public init(options: WriteOptions = WriteOptions()) { self.options = options }

    public mutating func append(
      _ image: NDArray, metadata: Metadata, to output: inout ByteWriter
    ) throws(CodecError) {
      guard !isDone else {
        throw JPEG.invalidArgument("image", "the format holds one image only")
      }
      output.append(try JPEG.encode(image, metadata: metadata, options: options))
      isDone = true
    }

    public mutating func finish(to output: inout ByteWriter) throws(CodecError) {
      guard isDone else { throw JPEG.invalidArgument("image", "no image was written") }
    }
  }
}

extension NDArray {
  /// bool `[height, width]` as uint8, 0 and 255; anything else as it is.
  func boolAsGrey() throws(CodecError) -> NDArray {
    guard dtype == .bool else { return self }
    var result = try NDArray(zeros: shape, dtype: .uint8, limits: .unbounded, codec: JPEG.name)
    let (source, count) = (bytes, byteCount)
    try result.withMutableBytes { (target) throws(CodecError) in
      for i in 0..<count where source[byteAt: i] != 0 {
        target.storeBytes(of: 255, toByteOffset: i, as: UInt8.self)
      }
    }
    return result
  }

  /// Unsigned integers of so many bits with every value subtracted from the largest one.
  func complement(bitCount: Int) throws(CodecError) -> NDArray {
    var result = self
    let (count, isWide) = (byteCount, dtype == .uint16)
    let largest = UInt16.max >> UInt16(16 - bitCount)
    try result.withMutableBytes { (target) throws(CodecError) in
      for i in stride(from: 0, to: count, by: isWide ? 2 : 1) {
        if isWide {
          let value = target.bytes.loadUnaligned(UInt16.self, at: i) ^ largest
          target.storeBytes(of: value, toByteOffset: i, as: UInt16.self)
        } else {
          let value = target.bytes[byteAt: i] ^ UInt8(truncatingIfNeeded: largest)
          target.storeBytes(of: value, toByteOffset: i, as: UInt8.self)
        }
      }
    }
    return result
  }
}
