// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Any bytes as a deflate, zlib or gzip stream: whole, and in pieces of any size, with one result.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let wrapper = input.pick([Deflate.Wrapper.raw, .raw, .zlib, .gzip])
  let (inputPiece, outputPiece) = (input.int(1...300), input.int(1...600))
  let bytes = Array(input.bytes[input.position...])
  let options = Deflate.DecodeOptions(verifiesChecksum: false)

  var limits = Limits.default
  limits.maxOutputBytes = 1 << 20
  let whole = outcome { () throws(CodecError) in
    switch wrapper {
    case .raw: try Deflate.decode(bytes.rawSpan, limits: limits, options: options)
    case .zlib: try Zlib.decode(bytes.rawSpan, limits: limits, options: options)
    case .gzip: try Gzip.decode(bytes.rawSpan, limits: limits, options: options)
    }
  }
  if case .failure(let error) = whole, case .limitExceeded = error.kind { return 0 }
  let streamed = outcome { () throws(CodecError) in
    try decodeInPieces(bytes, wrapper, options, inputPiece, outputPiece)
  }
  switch (whole, streamed) {
  case (.success(let a), .success(let b)): require(a == b, "the pieces give other bytes")
  case (.failure(let a), .failure(let b)):
    require(a.description == b.description, "the pieces fail with \(b), not \(a)")
  case (.success, .failure(let b)): require(false, "the pieces fail with \(b)")
  case (.failure(let a), .success): require(false, "only the whole fails, with \(a)")
  }
  return 0
}

func outcome(
  _ body: () throws(CodecError) -> [UInt8]
) -> Result<[UInt8], CodecError> {
  do throws(CodecError) { return .success(try body()) } catch { return .failure(error) }
}

func decodeInPieces(
  _ bytes: [UInt8], _ wrapper: Deflate.Wrapper, _ options: Deflate.DecodeOptions,
  _ inputPiece: Int, _ outputPiece: Int
) throws(CodecError) -> [UInt8] {
  var stream = try InflateStream(wrapper, options: options)
  var result: [UInt8] = []
  var position = 0
  while true {
    let end = min(position + inputPiece, bytes.count)
    let piece = Array(bytes[position..<end])
    var reader = ByteReader(piece.rawSpan, codec: "fuzz", base: position)
    var status = StreamStatus.needsOutput
    while status == .needsOutput {
      let part = try [UInt8](capacity: outputPiece) { (output) throws(CodecError) in
        status = try stream.decode(&reader, into: &output, isFinal: end == bytes.count)
      }
      result += part
      require(result.count <= 1 << 21, "more output than the whole has")
    }
    position = end
    if status == .done { return result }
    require(position < bytes.count, "asks for input after the end")
  }
}
