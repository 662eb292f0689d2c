// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// One encoder for each level and strategy, so that what earlier inputs left in its tables counts.
nonisolated(unsafe) private var encoders: [Deflate.Encoder?] = Array(repeating: nil, count: 65)

/// Data of any shape, at any level and strategy, is read back as it was: whole, in pieces with
/// flushes, and as pieces that other threads could have encoded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let level = input.int(0...12)
  let strategy = input.int(0...4)
  let options = Deflate.EncodeOptions(level: level, strategy: Deflate.Strategy.allCases[strategy])
  let kind = input.int(0...7)
  let pieces = (0..<3).map { _ in input.int(0...1_000) }
  let bytes = data(&input)
  do throws(CodecError) {
    let stream: [UInt8]
    switch kind {
    case 0: stream = try inPieces(bytes, pieces, options)
    case 1: stream = try Deflate.encode(Bytes(bytes), options: options, concurrency: .serial)
    default:
      let index = level * 5 + strategy
      let encoder: Deflate.Encoder
      if let known = unsafe encoders[index] {
        encoder = known
      } else {
        encoder = try Deflate.Encoder(options: options)
        unsafe encoders[index] = encoder
      }
      stream = try encoder.encode(bytes.rawSpan)
      require(stream.count <= Deflate.encodedByteCountBound(for: bytes.count), "above the bound")
    }
    let back = try Deflate.decode(stream, byteCount: bytes.count, options: .init())
    require(back == bytes, "level \(level), strategy \(strategy), kind \(kind): other bytes")
  } catch { require(false, "level \(level), strategy \(strategy), kind \(kind): \(error)") }
  return 0
}

/// What the rest of the input describes: literals, and copies of what came before.
private func data(_ input: inout FuzzInput) -> [UInt8] {
  var result: [UInt8] = []
  while input.position < input.bytes.count, result.count < 1 << 17 {
    let first = input.byte()
    switch first & 3 {
    case 0, 1: for _ in 0...(first >> 2) { result.append(input.byte()) }
    case 2: result += [UInt8](repeating: input.byte(), count: Int(first >> 2) * 40)
    default:
      let distance = min(input.int(1...40_000), result.count)
      guard distance > 0 else { continue }
      let from = result.count - distance
      for i in 0..<(Int(first >> 2) * 8 + 3) { result.append(result[from + i]) }
    }
  }
  return result
}

/// The stream of `bytes` cut into pieces of these sizes, in turn, with a flush after some.
private func inPieces(
  _ bytes: [UInt8], _ sizes: [Int], _ options: Deflate.EncodeOptions
) throws(CodecError) -> [UInt8] {
  let encoder = try Deflate.StreamEncoder(options: options)
  var stream: [UInt8] = []
  var (position, turn) = (0, 0)
  while position < bytes.count {
    let size = sizes[turn % 3] + 500 * (turn / 3)
    let end = min(position + size, bytes.count)
    let flush: Deflate.StreamEncoder.Flush =
      size % 3 == 0 ? .sync : size % 3 == 1 ? .full : .none
    let piece = Array(bytes[position..<end])
    stream += try encoder.encode(piece.rawSpan, flush: flush)
    position = end
    turn += 1
  }
  return try stream + encoder.encode([UInt8]().rawSpan, flush: .finish)
}
