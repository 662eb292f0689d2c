// SPDX-License-Identifier: Apache-2.0

import Codecs
import FuzzSupport

/// Images of every kind that BMP can hold are read back as they were written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let kind = input.int(0...5)
  let colors = input.int(1...256)
  var options = BMP.EncodeOptions(
    compression: input.bool() && kind < 2, topDown: input.bool(), dpi: [72, Double(input.byte())])
  if options.compression { options.topDown = false }
  let shape = [input.int(1...6), input.int(1...300)]
  let pixels = shape[0] * shape[1]
  do throws(CodecError) {
    let image: NDArray
    var metadata = Metadata()
    switch kind {
    case 0: image = try NDArray(input.fill(pixels), shape: shape)
    case 1:
      image = try NDArray(input.fill(pixels).map { UInt8(Int($0) % colors) }, shape: shape)
      let palette = try NDArray(input.fill(colors * 3), shape: [colors, 3])
      metadata["palette"] = .ndarray(palette)
    case 2: image = try NDArray(input.fill(pixels).map { $0 & 1 == 1 }, shape: shape)
    case 3: image = try NDArray(input.fill(pixels * 3), shape: shape + [3])
    case 4:
      image = try NDArray(input.fill(pixels * 3), shape: shape + [3])
      options.bitsPerPixel = 32
    default:
      image = try NDArray(input.fill(pixels * 4), shape: shape + [4])
      metadata["icc_profile"] = .bytes(Bytes(input.fill(Int(input.byte()))))
    }
    let file = try BMP.encode(image, metadata: metadata, options: options)
    let back = try BMP.decode(file, options: .init(stored: kind == 1), policy: .strict)
    require(back == image, "kind \(kind) of \(shape) differs")
  } catch { require(false, "kind \(kind) of \(shape): \(error)") }
  return 0
}
