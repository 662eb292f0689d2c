// SPDX-License-Identifier: Apache-2.0
public import Codecs

/// How a file is handed to a stream decoder and judged: what the last byte of the input chooses.
public struct PushChoice {
  public let leniency: DecodePolicy.Leniency
  /// Bytes of a piece.
  public let size: Int
  /// Rows to take at most at a time.
  public let limit: Int

  public init(_ byte: UInt8) {
    leniency = [.strict, .standard, .salvage, .standard][Int(byte & 3)]
    limit = byte & 4 == 0 ? Int.max : Int(byte >> 6) + 1
    size = [1, 2, 3, 7, 16, 61, 256, 4096][Int(byte >> 3 & 7)]
  }
}

/// What a decoder made of a file.
public struct PushResult {
  public var pixels: [UInt8] = []
  public var rowCount = 0
  public var damage: Diagnostics.Damage?
  public var error: CodecError?

  public init() {}

  /// The rows that come of `bytes` when they arrive in pieces.
  public init<D: ImageStreamDecoder>(
    pushing bytes: [UInt8], _ choice: PushChoice, to make: () throws(CodecError) -> D
  ) {
    do throws(CodecError) {
      var decoder = try make()
      var offset = 0
      while true {
        while let rows = try decoder.next(limit: choice.limit) {
          require(rows.first == rowCount && rows.count <= choice.limit, "rows out of order")
          rowCount += rows.count
          pixels += [UInt8](copying: rows.pixels.bytes)
        }
        guard offset < bytes.count else { break }
        let end = min(offset + choice.size, bytes.count)
        try decoder.push(Array(bytes[offset..<end]))
        offset = end
        if offset == bytes.count { decoder.finish() }
      }
      require(decoder.isAtEnd, "not at the end")
      damage = decoder.diagnostics.damage
    } catch { self.error = error }
  }

  /// Requires the rows to be those of the image that decoding at once gives.
  public func requireSame(as whole: NDArray?, damage: Diagnostics.Damage?) {
    guard let whole, error == nil else { return }
    require(self.damage == damage, "other damage")
    if damage == nil { require(rowCount == whole.shape[0], "\(rowCount) rows") }
    require(pixels == [UInt8](copying: whole.bytes.extracting(0..<pixels.count)), "other pixels")
  }
}
