// SPDX-License-Identifier: Apache-2.0

extension JPEG.Bands {
  /// Makes row `row` of the band (-1 for the last row of the band before) in `plane.scratch`.
  static func upsample(
    _ samples: inout MutableSpan<S>, _ plane: JPEG.Plane, row: Int, width: Int
  ) {
    let target = plane.scratch
    switch plane.upsampling {
    case .none: break
    case .across2:
      acrossTwo(&samples, plane.base + row * plane.stride, target, width)
    case .down2:
      let (near, far) = rows(plane, row)
      // Halves are rounded down above the sample's middle and up below it.
      downTwo(&samples, near, far, target, width, bias: row & 1 == 0 ? 1 : 2)
    case .both2:
      let (near, far) = rows(plane, row)
      bothTwo(&samples, near, far, target, width)
    case .repeated(let across, let down):
      // A row above the band is there only for components with context; it is the last one.
      let source = plane.base + (row < 0 ? -1 : row / down) * plane.stride
      repeated(&samples, source, target, width, across)
    }
  }

  /// The sample row that row `row` of the image lies in, and the one it lies nearer to.
  static func rows(_ plane: JPEG.Plane, _ row: Int) -> (near: Int, far: Int) {
    let near = row >> 1
    let far = row & 1 == 0 ? near - 1 : near + 1
    return (plane.base + near * plane.stride, plane.base + far * plane.stride)
  }

  private static func acrossTwo(
    _ samples: inout MutableSpan<S>, _ source: Int, _ target: Int, _ width: Int
  ) {
    for x in 0..<width {
      let this = 3 &* Int32(truncatingIfNeeded: samples[source &+ x &>> 1])
      let side = x & 1 == 0 ? -1 : 1
      let other = Int32(truncatingIfNeeded: samples[source &+ x &>> 1 &+ side])
      let round: Int32 = x & 1 == 0 ? 1 : 2
      samples[target &+ x] = S(truncatingIfNeeded: (this &+ other &+ round) &>> 2)
    }
  }

  private static func downTwo(
    _ samples: inout MutableSpan<S>, _ near: Int, _ far: Int, _ target: Int, _ width: Int,
    bias: Int32
  ) {
    for x in 0..<width {
      let this = 3 &* Int32(truncatingIfNeeded: samples[near &+ x])
      let other = Int32(truncatingIfNeeded: samples[far &+ x])
      samples[target &+ x] = S(truncatingIfNeeded: (this &+ other &+ bias) &>> 2)
    }
  }

  private static func bothTwo(
    _ samples: inout MutableSpan<S>, _ near: Int, _ far: Int, _ target: Int, _ width: Int
  ) {
    func sum(_ x: Int, _ samples: borrowing MutableSpan<S>) -> Int32 {
      3 &* Int32(truncatingIfNeeded: samples[near &+ x])
        &+ Int32(truncatingIfNeeded: samples[far &+ x])
    }
    for x in 0..<width {
      let this = 3 &* sum(x &>> 1, samples)
      let other = sum(x &>> 1 &+ (x & 1 == 0 ? -1 : 1), samples)
      let round: Int32 = x & 1 == 0 ? 8 : 7
      samples[target &+ x] = S(truncatingIfNeeded: (this &+ other &+ round) &>> 4)
    }
  }

  private static func repeated(
    _ samples: inout MutableSpan<S>, _ source: Int, _ target: Int, _ width: Int, _ across: Int
  ) {
    var (x, index) = (0, source)
    while x < width {
      let sample = samples[index]
      let end = min(x &+ across, width)
      while x < end {
        samples[target &+ x] = sample
        x &+= 1
      }
      index &+= 1
    }
  }
}
