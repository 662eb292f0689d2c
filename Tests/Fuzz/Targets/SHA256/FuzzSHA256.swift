// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// The digest does not depend on how the message is cut into pieces.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var sizes = unsafe FuzzInput(start, count)
  let message = sizes.bytes
  var pieces = SHA256()
  var rest = message[...]
  while !rest.isEmpty {
    let piece = rest.prefix(1 + sizes.int(0...200))
    pieces.update(Array(piece))
    rest = rest.dropFirst(piece.count)
  }
  var whole = SHA256()
  whole.update(message)
  require(pieces.finish() == whole.finish(), "pieces differ from the whole")
  return 0
}
