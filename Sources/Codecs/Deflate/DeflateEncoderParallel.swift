// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// `source` as one complete stream, encoded in pieces of 256 KiB that `concurrency` may run at the
  /// same time.
  ///
  /// The bytes are the same for any number of threads, but not those of ``Encoder``: each piece
  /// begins a block and ends with an empty stored one, though matches reach back into the piece
  /// before it.
  ///
  /// - Parameters:
  ///   - wrapper: what surrounds the data.
  ///   - gzipHeader: what a gzip header says; for ``Wrapper/gzip`` only.
  /// - Throws: `invalidArgument` as ``Encoder``.
  public static func encode(
    _ source: Bytes, _ wrapper: Wrapper = .raw, options: EncodeOptions = EncodeOptions(),
    gzipHeader: Gzip.Header = Gzip.Header(), concurrency: Concurrency
  ) throws(CodecError) -> [UInt8] {
    let pieceByteCount = StreamEncoder.segmentByteCount
    let count = max((source.count + pieceByteCount - 1) / pieceByteCount, 1)
    let pieces = try concurrency.map(count) { (index) throws(CodecError) in
      let start = index * pieceByteCount
      let range = start..<min(start + pieceByteCount, source.count)
      let encoder = try Encoder(wrapper, options: options, gzipHeader: gzipHeader)
      return try encoder.encodePiece(range, of: source)
    }
    // The encoders have checked the header.
    var output = Encoder.prefix(wrapper, options, gzipHeader)
    output.reserveCapacity(output.count + pieces.reduce(8) { $0 + $1.bytes.count })
    var checksum: UInt32 = wrapper == .zlib ? 1 : 0
    for piece in pieces {
      output += piece.bytes
      switch wrapper {
      case .raw: break
      case .zlib:
        checksum = Adler32.combine(checksum, piece.checksum, byteCount: piece.byteCount)
      case .gzip:
        checksum = CRC32.combine(checksum, piece.checksum, byteCount: piece.byteCount)
      }
    }
    switch wrapper {
    case .raw: break
    case .zlib: output += Zlib.trailer(checksum: checksum)
    case .gzip: output += Gzip.trailer(checksum: checksum, byteCount: source.count)
    }
    return output
  }
}

extension Deflate.Encoder {
  /// A part of a stream: its bytes, and checksum and length of what they encode.
  fileprivate struct Piece {
    var bytes: [UInt8]
    var checksum: UInt32
    var byteCount: Int
  }

  /// Encodes `range` of `source` with what comes before it as dictionary.
  fileprivate func encodePiece(
    _ range: Range<Int>, of source: Bytes
  ) throws(CodecError) -> Piece {
    let data = source.span.extracting(range)
    let checksum: UInt32 =
      switch wrapper {
      case .raw: 0
      case .zlib: Adler32.checksum(data)
      case .gzip: CRC32.checksum(data)
      }
    let isFinal = range.upperBound == source.count
    let most = Deflate.windowSize - 1
    let bytes: [UInt8]
    do throws(CodecError) {
      if range.lowerBound == 0, let dictionary = options.dictionary, !dictionary.isEmpty {
        let history = [UInt8](
          copying: dictionary.span.extracting(last: min(dictionary.count, most)))
        let window = Bytes(history + [UInt8](copying: data))
        bytes = try encodePiece(
          window.span, from: history.count, unentered: history.count, isFinal: isFinal,
          isFlushed: !isFinal)
      } else {
        let history = min(range.lowerBound, most)
        let window = source.span.extracting((range.lowerBound - history)..<range.upperBound)
        bytes = try encodePiece(
          window, from: history, unentered: history, isFinal: isFinal, isFlushed: !isFinal)
      }
    } catch {
      throw wrapper == .raw ? error : error.rethrown(by: wrapper.name, part: error.part)
    }
    return Piece(bytes: bytes, checksum: checksum, byteCount: range.count)
  }
}
