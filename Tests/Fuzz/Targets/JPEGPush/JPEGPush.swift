// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// A JPEG file in pieces, whose sizes the last byte chooses, against the same file at once.
// Seeds: jpeg
// Options: -max_len=3000
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe FuzzInput(start, count).bytes
  guard let last = bytes.last else { return 0 }
  var policy = DecodePolicy.fuzzing
  policy.limits.maxPixels = 1 << 13
  policy.limits.maxScans = 20
  policy.leniency = [.strict, .standard, .salvage, .standard][Int(last & 3)]
  let limit = last & 4 == 0 ? Int.max : Int(last >> 6) + 1
  let size = [1, 2, 3, 7, 16, 61, 256, 4096][Int(last >> 3 & 7)]
  var options = JPEG.ReadOptions()
  options.decoding.reduction = last & 0x80 == 0 ? .none : .half

  var whole: NDArray?
  var damage: Diagnostics.Damage?
  var expected: CodecError?
  do throws(CodecError) {
    var diagnostics = Diagnostics()
    whole = try JPEG.decode(
      bytes.rawSpan, options: options.decoding, policy: policy, diagnostics: &diagnostics)
    damage = diagnostics.damage
  } catch { expected = error }

  var pixels: [UInt8] = []
  var rowCount = 0
  var failure: CodecError?
  do throws(CodecError) {
    var decoder = try JPEG.StreamDecoder(options: options, policy: policy)
    var offset = 0
    while true {
      while let rows = try decoder.next(limit: limit) {
        require(rows.first == rowCount && rows.count <= limit, "rows out of order")
        rowCount += rows.count
        pixels += [UInt8](copying: rows.pixels.bytes)
      }
      guard offset < bytes.count else { break }
      let end = min(offset + size, bytes.count)
      try decoder.push(Array(bytes[offset..<end]))
      offset = end
      if offset == bytes.count { decoder.finish() }
    }
    require(decoder.isAtEnd, "not at the end")
    require(decoder.diagnostics.damage == damage, "other damage")
  } catch { failure = error }

  require(failure == expected, "\(size): \(failure as Any), \(expected as Any)")
  if let whole, failure == nil {
    let known = [UInt8](copying: whole.bytes.extracting(0..<pixels.count))
    require(known == pixels, "other pixels")
    if damage == nil { require(rowCount == whole.shape[0], "\(rowCount) rows") }
  }
  return 0
}
