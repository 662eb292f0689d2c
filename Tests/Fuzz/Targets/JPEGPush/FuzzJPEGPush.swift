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
  let choice = PushChoice(last)
  policy.leniency = choice.leniency
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

  let pushed = PushResult(pushing: bytes, choice) { () throws(CodecError) in
    try JPEG.StreamDecoder(options: options, policy: policy)
  }
  require(pushed.error == expected, "\(choice): \(pushed.error as Any), \(expected as Any)")
  pushed.requireSame(as: whole, damage: damage)
  return 0
}
