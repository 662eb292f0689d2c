// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// An image drawn from the input, written with options drawn from it, comes back as it was.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let channels = input.int(0...4)
  let width = input.int(1...40)
  let height = input.int(1...40)
  var options = PNG.WriteOptions()
  options.isInterlaced = input.bool()
  options.filter = input.pick([nil] + PNG.FilterChoice.allCases.map { $0 })
  options.compressionLevel = input.pick([nil] + (0...9).map { $0 })
  options.preset = input.pick([.fast, .default, .default, .small])
  options.reduction = input.pick([PNG.Reduction.none, .none, .exact])
  let isWide = input.bool()
  let shape = channels == 0 ? [height, width] : [height, width, channels]
  let samples = input.fill(shape.reduce(1, *) * 2)
  do {
    let image =
      isWide
      ? try NDArray(
        (0..<samples.count / 2).map { UInt16(samples[2 * $0]) << 8 | UInt16(samples[2 * $0 + 1]) },
        shape: shape)
      : try NDArray(Array(samples[..<(samples.count / 2)]), shape: shape)
    let file = try PNG.encode(image, options: options)
    var reader = try PNG.Reader(Bytes(file), policy: .strict)
    let back = try reader.read(0)
    let expected = channels == 1 ? try image.reshaped([height, width]) : image
    require(back == image || back == expected, "reads as another image")
  } catch { require(false, "\(error)") }
  return 0
}
