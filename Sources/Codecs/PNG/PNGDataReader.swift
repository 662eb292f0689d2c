// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// Delivers the data of consecutive IDAT chunks, or of the fdAT chunks of one frame.
  struct DataReader: ~Escapable {
    private var reader: ChunkReader
    private let type: ChunkType
    /// Offset of the first chunk.
    let start: Int
    private let policy: DecodePolicy
    /// The first wrong chunk checksum. Not thrown at once: see ``checkSums(isVerified:diagnostics:)``.
    private(set) var mismatch: CodecError?
    /// What is left of the current chunk's data.
    var piece: ByteReader

    @_lifetime(copy source)
    init(_ source: RawSpan, at offset: Int, type: ChunkType = .IDAT, policy: DecodePolicy) {
      reader = ChunkReader(source, at: offset)
      self.type = type
      start = offset
      self.policy = policy
      piece = ByteReader(source.extracting(0..<0), codec: PNG.name)
    }

    /// Offset of the chunk after those delivered.
    var offset: Int { reader.offset }

    /// Goes on to the data of the next chunk; `false` when the chunks of this type end.
    ///
    /// A chunk that the end of the file cuts off delivers what there is of it.
    @_lifetime(self: copy self)
    mutating func advance() throws(CodecError) -> Bool {
      let start = reader.offset
      var next = try reader.next()
      // Other chunks may stand between those of a frame.
      while type == .fdAT, let other = next, other.type != .fdAT, other.type != .fcTL,
        other.type != .IDAT, other.type != .IEND
      {
        next = try reader.next()
      }
      guard let chunk = next, chunk.type == type else {
        reader.offset = start
        return false
      }
      if chunk.end <= reader.source.byteCount, policy.verifiesChecksums, mismatch == nil {
        let (stored, computed) = reader.checksums(chunk)
        if stored != computed {
          let error = CodecError(
            .checksumMismatch(stored: stored, computed: computed), codec: PNG.name,
            part: type.errorName, at: chunk.data.upperBound)
          guard policy.leniency != .strict else { throw error }
          mismatch = error
        }
      }
      piece = ByteReader(reader.available(chunk), codec: PNG.name, base: chunk.data.lowerBound)
      // The sequence number comes first.
      if type == .fdAT { try piece.skip(4, "fdAT") }
      return true
    }

    /// The error for image data that ends too early.
    var truncated: CodecError {
      CodecError(
        .truncated(needed: 1), codec: PNG.name, part: type.errorName,
        "the image data ends before the image", at: min(offset, reader.source.byteCount))
    }

    /// Bytes of data in all chunks from here on, as far as the file goes.
    func remainingByteCount() -> Int {
      var walker = ChunkReader(reader.source, at: reader.offset)
      var total = 0
      while let chunk = try? walker.next() {
        if chunk.type == type {
          total += walker.available(chunk).byteCount
        } else if type == .IDAT || chunk.type == .fcTL {
          break
        }
      }
      return total
    }

    /// Decides what a wrong chunk checksum means once the image is complete.
    ///
    /// A wrong CRC whose data has the right Adler-32 is a warning: the data is what was compressed.
    /// libspng and Pillow accept such files, libpng does not.
    func checkSums(
      isVerified: Bool, diagnostics: inout Diagnostics
    ) throws(CodecError) {
      guard let mismatch else { return }
      guard isVerified else { throw mismatch }
      try diagnostics.warn(
        Warning(
          codec: PNG.name, part: mismatch.part,
          "the checksum of a chunk is wrong, but that of the data in it is right",
          at: mismatch.offset),
        policy: policy)
    }
  }
}
