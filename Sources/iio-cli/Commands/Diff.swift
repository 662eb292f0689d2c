// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  static let diff = Command(
    name: "diff", operands: "A B", summary: "compare the pixels of two files", fileCount: 2...2,
    options: [
      Option("tolerance", value: "N", "differences up to N are none (default 0)"),
      Option("json", "one JSON object"),
    ] + leniencyOptions
  ) { (arguments) throws(Failure) in
    var tolerance = 0.0
    if let text = arguments.value("tolerance") {
      guard let number = Double(text), number >= 0 else {
        throw Failure(.usage, "--tolerance needs a number, not '\(text)'")
      }
      tolerance = number
    }
    let (policy, manager) = (try arguments.policy(), try arguments.manager())
    let a = try readAll(arguments.files[0], policy, manager)
    let b = try readAll(arguments.files[1], policy, manager)
    let result = Comparison(a.images, b.images, tolerance: tolerance)
    Terminal.output(arguments.has("json") ? result.json.text + "\n" : result.text + "\n")
    guard result.isEqual else { return .different }
    return a.code == .ok ? b.code : a.code
  }

  private static func readAll(
    _ path: String, _ policy: DecodePolicy, _ manager: FormatManager
  ) throws(Failure) -> (images: [NDArray], code: ExitCode) {
    do throws(IIOError) {
      var file = try imopen(Resource(path), .read, policy: policy, manager: manager)
      var images: [NDArray] = []
      while let image = try file.next() { images.append(image) }
      return (images, file.diagnostics.tell(of: path))
    } catch {
      throw Failure(reading: path, error)
    }
  }
}

/// How the images of two files differ.
private struct Comparison {
  /// Why the pixels cannot be compared at all.
  var mismatch: String?
  /// Image number and index in it of the first difference.
  var first: (image: Int, position: [Int])?
  var differing = 0
  var count = 0
  var maximum = 0.0
  var mean = 0.0
  /// Peak signal-to-noise ratio in dB; `nil` when equal, or when the type has no peak.
  var psnr: Double?

  var isEqual: Bool { mismatch == nil && differing == 0 }

  init(_ a: [NDArray], _ b: [NDArray], tolerance: Double) {
    if a.count != b.count { mismatch = "\(a.count) and \(b.count) images" }
    var (sum, squares, peak) = (0.0, 0.0, 0.0)
    for (number, (x, y)) in zip(a, b).enumerated() where mismatch == nil {
      if x.shape != y.shape {
        mismatch = "shapes \(x.shape) and \(y.shape)"
      } else if x.dtype != y.dtype {
        mismatch = "types \(x.dtype) and \(y.dtype)"
      } else {
        add(x, y, number, tolerance, &sum, &squares)
        peak = x.dtype.peak
      }
    }
    guard count > 0 else { return }
    mean = sum / Double(count)
    if squares > 0, peak > 0 {
      psnr = 10 * Terminal.log10(peak * peak * Double(count) / squares)
    }
  }

  private mutating func add(
    _ a: NDArray, _ b: NDArray, _ number: Int, _ tolerance: Double, _ sum: inout Double,
    _ squares: inout Double
  ) {
    count += a.count
    // Equal bytes need no arithmetic, and NaN then equals NaN.
    guard a != b, let x = try? a.cast(to: .float64), let y = try? b.cast(to: .float64) else {
      return
    }
    let (p, q) = (x.elements(as: Double.self), y.elements(as: Double.self))
    for i in p.indices where p[i] != q[i] && !(p[i].isNaN && q[i].isNaN) {
      let difference = abs(p[i] - q[i])
      if difference <= tolerance { continue }
      if first == nil { first = (number, Self.position(i, in: a.shape)) }
      differing += 1
      if difference.isNaN { continue }
      maximum = max(maximum, difference)
      sum += difference
      squares += difference * difference
    }
  }

  private static func position(_ flat: Int, in shape: [Int]) -> [Int] {
    var rest = flat
    var result: [Int] = []
    for length in shape.reversed() {
      result.append(rest % length)
      rest /= length
    }
    return result.reversed()
  }

  var text: String {
    if let mismatch { return "different: \(mismatch)" }
    guard let first else { return "equal" }
    var text = "different: \(differing) of \(count) samples, first at \(first.position)"
    if first.image > 0 { text += " of image \(first.image)" }
    text += "; largest difference \(maximum), mean \(mean)"
    if let psnr { text += ", PSNR \((psnr * 100).rounded() / 100) dB" }
    return text
  }

  var json: JSON {
    .object([
      ("equal", .bool(isEqual)), ("mismatch", mismatch.map { .string($0) } ?? .null),
      ("samples", .int(count)), ("differing", .int(differing)),
      ("firstImage", first.map { .int($0.image) } ?? .null),
      ("first", first.map { .ints($0.position) } ?? .null), ("max", .double(maximum)),
      ("mean", .double(mean)), ("psnr", psnr.map { .double($0) } ?? .null),
    ])
  }
}

extension DType {
  /// The largest value of an integer type, 1 for floats: the peak of PSNR.
  fileprivate var peak: Double {
    switch self {
    case .bool, .float16, .float32, .float64: 1
    case .uint8: 255
    case .uint16: 65_535
    case .uint32: 4_294_967_295
    case .int8: 127
    case .int16: 32_767
    case .int32: 2_147_483_647
    case .uint64, .int64, .complex64, .complex128: 0
    }
  }
}
