// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Narrow floats of any bits survive being made wide and narrow again, and rounding rounds
/// nothing twice; quantising any floats keeps their number.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let options = NarrowFloatOptions(
    isBigEndian: input.bool(), rounding: input.pick(NarrowFloatOptions.Rounding.allCases))
  let (choice, digits) = (input.byte(), input.int(0...24))
  let bytes = Array(input.bytes.dropFirst(input.position))
  check(Float24.self, bytes, options)
  check(BFloat16.self, bytes, options)
  let mode: Quantize.Mode =
    switch choice & 3 {
    case 0: .bitGroom(digits: digits)
    case 1: .bitRound(bits: digits)
    case 2: .granularBitRound(digits: digits)
    default: .scale(digits: digits)
    }
  let element = choice & 4 == 0 ? Quantize.Element.float32 : .float64
  let whole = Array(bytes[..<(bytes.count / element.rawValue * element.rawValue)])
  let quantized = try? [UInt8](capacity: whole.count) { (output) throws(CodecError) in
    try Quantize.encode(whole.rawSpan, into: &output, mode: mode, element: element)
  }
  require(quantized == nil || quantized?.count == whole.count, "another number of bytes")
  return 0
}

func check<C: NarrowFloat>(_ codec: C.Type, _ bytes: [UInt8], _ options: NarrowFloatOptions) {
  fuzzDecode(C.self, bytes, options: options)
  let narrow = Array(bytes[..<(bytes.count / C.byteCount * C.byteCount)])
  do throws(CodecError) {
    let wide = try C.decode(narrow, options: options)
    let again = try C.encode(wide, options: options)
    let back = try C.decode(again, options: options)
    // A NaN loses its payload, but the first time only.
    let third = try C.decode(try C.encode(back, options: options), options: options)
    require(third == back, "a narrow float changes on the way")
    require(withoutNaNs(back) == withoutNaNs(wide), "a narrow float becomes another")
    let floats = Array(bytes[..<(bytes.count / 4 * 4)])
    let rounded = try C.decode(try C.encode(floats, options: options), options: options)
    let twice = try C.decode(try C.encode(rounded, options: options), options: options)
    require(twice == rounded, "a rounded float is rounded again")
  } catch { require(false, "\(error)") }
}

/// The bytes of 32-bit floats, those of each NaN zero.
func withoutNaNs(_ bytes: [UInt8]) -> [UInt8] {
  var result = bytes
  for i in stride(from: 0, to: bytes.count, by: 4) {
    let pattern = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[i + $1]) << UInt32(8 * $1) }
    if Float(bitPattern: pattern).isNaN { for j in i..<i + 4 { result[j] = 0 } }
  }
  return result
}
