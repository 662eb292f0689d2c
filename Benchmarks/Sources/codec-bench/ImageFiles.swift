// SPDX-License-Identifier: Apache-2.0

// Just enough of PNG and TIFF to take benchmark inputs out of them.

extension Inputs.File {
  var isPNG: Bool { bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) }

  /// The zlib stream of a PNG file: its IDAT chunks, joined.
  var imageData: [UInt8]? {
    guard isPNG else { return nil }
    var result: [UInt8] = []
    var offset = 8
    while offset + 12 <= bytes.count {
      let length = bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard offset + 12 + length <= bytes.count else { return nil }
      if bytes[(offset + 4)..<(offset + 8)].elementsEqual("IDAT".utf8) {
        result += bytes[(offset + 8)..<(offset + 8 + length)]
      }
      offset += 12 + length
    }
    return result
  }

  /// The strips of all pages of a little-endian, uncompressed, 16-bit TIFF file, and the page width.
  var samples16: (bytes: [UInt8], width: Int)? {
    guard bytes.starts(with: [0x49, 0x49, 42, 0]) else { return nil }
    func integer(_ offset: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) {
        $0 | Int(offset + $1 < bytes.count ? bytes[offset + $1] : 0) << ($1 * 8)
      }
    }
    var result: [UInt8] = []
    var width = 0
    var directory = integer(4, 4)
    while directory > 0, directory + 2 <= bytes.count {
      var tags: [Int: Int] = [:]
      let count = integer(directory, 2)
      for entry in 0..<count {
        let place = directory + 2 + entry * 12
        tags[integer(place, 2)] = integer(place + 8, integer(place + 2, 2) == 3 ? 2 : 4)
      }
      guard tags[258] == 16, tags[259] == 1, let start = tags[273], let size = tags[279],
        start + size <= bytes.count
      else { return nil }
      width = tags[256] ?? 0
      result += bytes[start..<(start + size)]
      directory = integer(directory + 2 + count * 12, 4)
    }
    return (result, width)
  }
}
