// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport
import Testing

/// The jobs of the JPEG decoder on threads that run at the same time.
@Suite struct JPEGThreadsTests {
  @Test(arguments: [false, true], [0, 50])
  func threadsGiveTheSamePixels(isProgressive: Bool, restartInterval: Int) throws {
    let (width, height) = (1_155, 921)
    var generator = SeededGenerator(seed: 9)
    var samples: [UInt8] = []
    samples.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 1...3 {
          let value = x * channel / 5 + y * 3 / 7 + Int(generator.next() & 31)
          samples.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    var options = JPEG.WriteOptions(quality: 85)
    options.isProgressive = isProgressive
    options.restartInterval = restartInterval
    let sound = try JPEG.encode(
      try NDArray(samples, shape: [height, width, 3]), options: options)
    var damaged = sound
    for i in stride(from: sound.count / 3, to: sound.count, by: 4_999) { damaged[i] ^= 0x5A }
    for file in [sound, damaged, Array(sound[..<(sound.count / 2)])] {
      func decode(_ concurrency: Concurrency) -> (NDArray?, [Warning], CodecError?) {
        var diagnostics = Diagnostics()
        do throws(CodecError) {
          let image = try JPEG.decode(
            file.rawSpan, options: JPEG.DecodeOptions(),
            policy: DecodePolicy(concurrency: concurrency), diagnostics: &diagnostics)
          return (image, diagnostics.warnings, nil)
        } catch {
          return (nil, diagnostics.warnings, error)
        }
      }
      let expected = decode(.serial)
      for count in [2, 3, 7] {
        let isSame = decode(.threads(count)) == expected
        #expect(isSame, "\(count) threads")
      }
    }
  }
}
