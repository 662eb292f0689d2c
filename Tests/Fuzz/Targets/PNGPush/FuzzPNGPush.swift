// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// A PNG file in pieces, whose sizes the first byte chooses, against the same file at once.
// Seeds: png
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe FuzzInput(start, count).bytes
  // In the stream, an animation is its still image, and its chunks are not looked at.
  let isAnimated = bytes.indices.contains { bytes[$0...].starts(with: Array("acTL".utf8)) }
  guard let last = bytes.last, !isAnimated else { return 0 }
  var policy = DecodePolicy.fuzzing
  let choice = PushChoice(last)
  policy.leniency = choice.leniency

  var whole: NDArray?
  var damage: Diagnostics.Damage?
  var expected: CodecError?
  do throws(CodecError) {
    var reader = try PNG.Reader(Bytes(bytes), policy: policy)
    whole = try reader.read(0)
    damage = reader.diagnostics.damage
  } catch { expected = error }

  let pushed = PushResult(pushing: bytes, choice) { () throws(CodecError) in
    try PNG.StreamDecoder(policy: policy)
  }
  require(
    (pushed.error == nil) == (expected == nil),
    "\(choice): \(pushed.error as Any), \(expected as Any)")
  pushed.requireSame(as: whole, damage: damage)
  if pushed.error == nil, let damage { require(pushed.rowCount == damage.rowCount, "other rows") }
  return 0
}
