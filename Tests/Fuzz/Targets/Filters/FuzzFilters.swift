// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Filters of rows and blocks: what is encoded decodes to the same bytes, in place too, for any
/// layout, fitting or not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let choice = input.byte() % 6
  let size = input.pick([1, 2, 3, 4, 8, 5, 16, 0])
  let columns = input.int(0...300)
  let samples = input.pick([1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 17, 40, 300, 0])
  let isFitting = input.byte() != 0
  let layout = RowLayout(
    columnCount: columns == 300 ? nil : columns, sampleCount: samples, elementByteCount: size,
    distance: input.pick([1, 2, 4, 0]))
  let shuffle = ByteShuffle.Options(
    layout: layout, planeOrder: input.bool() ? .stored : .mostSignificantFirst,
    usesDelta: input.bool())
  let block = input.int(0...40) * 8 + (input.byte() == 0xFF ? 1 : 0)
  var bytes = Array(input.bytes.dropFirst(input.position))
  if isFitting {
    let row = max(size * samples * (columns == 300 ? 1 : columns), 1)
    bytes = input.fill((bytes.count / row + 1) * row % 20_000 / row * row)
  }
  switch choice {
  case 0:
    check(Delta.self, bytes, layout) { (span) throws(CodecError) in
      try Delta.encode(inPlace: &span, options: layout)
    } decode: { (span) throws(CodecError) in
      try Delta.decode(inPlace: &span, options: layout)
    }
  case 1:
    check(XOR.self, bytes, layout) { (span) throws(CodecError) in
      try XOR.encode(inPlace: &span, options: layout)
    } decode: { (span) throws(CodecError) in
      try XOR.decode(inPlace: &span, options: layout)
    }
  case 2:
    check(ByteShuffle.self, bytes, shuffle) { (span) throws(CodecError) in
      try ByteShuffle.encode(inPlace: &span, options: shuffle)
    } decode: { (span) throws(CodecError) in
      try ByteShuffle.decode(inPlace: &span, options: shuffle)
    }
  case 3:
    check(FloatPredictor.self, bytes, layout) { (span) throws(CodecError) in
      try FloatPredictor.encode(inPlace: &span, options: layout)
    } decode: { (span) throws(CodecError) in
      try FloatPredictor.decode(inPlace: &span, options: layout)
    }
  case 4:
    let options = BitShuffle.Options(elementByteCount: size, blockElementCount: block)
    let encoded = try? BitShuffle.encode(bytes, options: options)
    if let encoded {
      let decoded = try? BitShuffle.decode(encoded, options: options)
      require(decoded == bytes, "decodes to other bytes")
    }
  default:
    check(BitOrder.self, bytes, .init()) {
      BitOrder.reverse(inPlace: &$0)
    } decode: {
      BitOrder.reverse(inPlace: &$0)
    }
  }
  return 0
}

typealias InPlace = (inout MutableRawSpan) throws(CodecError) -> Void

func check<C: ArrayFilter>(
  _ codec: C.Type, _ bytes: [UInt8], _ options: C.EncodeOptions, encode: InPlace, decode: InPlace
) {
  guard let encoded = try? C.encode(bytes, options: options) else {
    require((try? inPlace(bytes, encode)) == nil, "only refused out of place")
    return
  }
  let decoded = try? C.decode(encoded, options: options)
  require(decoded == bytes, "decodes to other bytes")
  require((try? inPlace(bytes, encode)) == encoded, "encodes to other bytes in place")
  require((try? inPlace(encoded, decode)) == bytes, "decodes to other bytes in place")
}

func inPlace(_ bytes: [UInt8], _ body: InPlace) throws(CodecError) -> [UInt8] {
  var array = try NDArray(bytes, shape: [bytes.count])
  try array.withMutableBytes(body)
  return array.array(as: UInt8.self)
}
