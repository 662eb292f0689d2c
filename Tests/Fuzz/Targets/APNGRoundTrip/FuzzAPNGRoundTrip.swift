// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// A rectangle becomes noise, opaque noise, one value, or what is transparent.
struct Change {
  var x, y, width, height, kind: Int
  var value: UInt8

  func apply(
    to samples: inout [UInt8], _ noise: [UInt8], width imageWidth: Int, height imageHeight: Int,
    channels: Int
  ) {
    for row in y..<min(y + height, imageHeight) {
      let start = row * imageWidth
      for i in (start + x) * channels..<(start + min(x + width, imageWidth)) * channels {
        let isAlpha = channels & 1 == 0 && i % channels == channels - 1
        switch kind {
        case 0: samples[i] = isAlpha ? 255 : noise[i & 7]
        case 1: samples[i] = value
        case 2: samples[i] = 0
        default: samples[i] = noise[i & 7]
        }
      }
    }
  }
}

/// The frames of an animation drawn from the input, written with options drawn from it, are what is
/// seen, whatever formula for alpha the reader uses.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let channels = input.int(1...4)
  let width = input.int(1...12)
  let height = input.int(1...12)
  let isWide = input.bool()
  var options = PNG.WriteOptions()
  options.isInterlaced = input.bool()
  options.preset = input.pick([.fast, .default, .default, .small])
  options.compressionLevel = input.pick([nil, 1, 6])
  options.hasSeparateImage = input.bool()
  options.reduction = input.pick([PNG.Reduction.none, .none, .exact])
  options.filter = input.pick([nil] + PNG.FilterChoice.allCases.map { $0 })
  if input.bool() { options.disposal = .all(input.pick([.none, .background, .previous])) }
  let shape = channels == 1 ? [height, width] : [height, width, channels]
  let sampleCount = shape.reduce(1, *)
  // Everything else comes before the samples, which take the rest of the input.
  let changes = (0..<input.int(1...5)).map { _ in
    Change(
      x: input.int(0...(width - 1)), y: input.int(0...(height - 1)), width: input.int(0...12),
      height: input.int(0...12), kind: input.int(0...3), value: input.byte())
  }
  let material = input.fill(sampleCount + 8 * changes.count)
  var samples = Array(material[..<sampleCount])
  var frames: [NDArray] = []
  do {
    for (i, change) in changes.enumerated() {
      let noise = Array(material[(sampleCount + 8 * i)...].prefix(8))
      change.apply(to: &samples, noise, width: width, height: height, channels: channels)
      frames.append(
        isWide
          ? try NDArray(
            samples.map { UInt16($0) << 8 | UInt16($0 == 255 ? 255 : $0 & 0xFD) }, shape: shape)
          : try NDArray(samples, shape: shape))
    }
    let file = try PNG.encode(frames, options: options)
    for isExact in [false, true] {
      var reading = PNG.ReadOptions()
      reading.blendsExactly = isExact
      var reader = try PNG.Reader(Bytes(file), options: reading, policy: .strict)
      for frame in frames {
        let shown = try reader.next()
        require(shown == frame, "another picture is seen")
      }
      let rest = try reader.next()
      require(rest == nil, "there is a frame too many")
    }
  } catch { require(false, "\(error)") }
  return 0
}
