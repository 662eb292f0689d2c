// SPDX-License-Identifier: Apache-2.0

/// How long a frame of an animation is shown: seconds, as a fraction.
public struct FrameDelay: Sendable, Hashable {
  public let numerator: UInt16
  /// Never 0.
  public let denominator: UInt16

  /// As short as possible.
  public static var zero: FrameDelay { FrameDelay(lowest: 0, 1) }

  /// `numerator / denominator` seconds, exactly; `nil` when no fraction of 16 bits is that.
  public init?(_ numerator: Int, _ denominator: Int) {
    guard numerator >= 0, denominator > 0 else { return nil }
    let (n, d) = Self.reduced(numerator, denominator)
    guard n <= Self.largest, d <= Self.largest else { return nil }
    self.init(lowest: n, d)
  }

  /// The fraction nearest to `seconds`; `nil` when that is negative or above 65,535.
  public init?(nearestTo seconds: Double) {
    guard seconds >= 0, seconds <= Double(Self.largest) else { return nil }
    // The convergents of the continued fraction: each is nearer than any with smaller terms.
    var (before, last) = ((n: 0, d: 1), (n: 1, d: 0))
    var rest = seconds
    while true {
      let whole = Int(rest)
      let most = min(
        last.n > 0 ? (Self.largest - before.n) / last.n : .max,
        last.d > 0 ? (Self.largest - before.d) / last.d : .max)
      guard whole <= most else {
        // Between the last convergent and the next, which has too large terms.
        let between = (n: before.n + most * last.n, d: before.d + most * last.d)
        if abs(Double(between.n) / Double(between.d) - seconds)
          < abs(Double(last.n) / Double(last.d) - seconds)
        {
          last = between
        }
        break
      }
      (before, last) = (last, (before.n + whole * last.n, before.d + whole * last.d))
      rest -= Double(whole)
      guard rest > 0, Double(last.n) / Double(last.d) != seconds else { break }
      rest = 1 / rest
      guard rest < Double(Self.largest) * 2 else { break }
    }
    self.init(lowest: last.n, last.d)
  }

  /// The time of one of `rate` frames in a second; `nil` when 16 bits do not hold it.
  public init?(rate: Double) {
    guard rate > 0, let inverse = FrameDelay(nearestTo: rate), inverse.numerator > 0 else {
      return nil
    }
    self.init(lowest: Int(inverse.denominator), Int(inverse.numerator))
  }

  /// Both shown after each other; `nil` when no fraction of 16 bits is their sum.
  public func adding(_ other: FrameDelay) -> FrameDelay? {
    FrameDelay(
      Int(numerator) * Int(other.denominator) + Int(other.numerator) * Int(denominator),
      Int(denominator) * Int(other.denominator))
  }

  private init(lowest numerator: Int, _ denominator: Int) {
    self.numerator = UInt16(numerator)
    self.denominator = UInt16(denominator)
  }

  private static var largest: Int { Int(UInt16.max) }

  private static func reduced(_ a: Int, _ b: Int) -> (Int, Int) {
    var (x, y) = (a, b)
    while y != 0 { (x, y) = (y, x % y) }
    return (a / x, b / x)
  }
}

extension FrameDelay {
  /// Reads imageio's `duration`, which is in milliseconds; `nil` for what is no duration.
  public init?(milliseconds value: MetadataValue) {
    switch value {
    case .int(let number):
      guard let number = Int(exactly: number), number <= 65_535_000 else { return nil }
      if let exact = FrameDelay(number, 1000) { self = exact } else { fallthrough }
    default:
      guard let number = value.doubleValue else { return nil }
      self.init(nearestTo: number / 1000)
    }
  }

  /// Reads a delay in seconds, best as a fraction; `nil` for what is none.
  public init?(seconds value: MetadataValue) {
    if case .rational(let numerator, let denominator) = value,
      let numerator = Int(exactly: numerator), let denominator = Int(exactly: denominator),
      let exact = FrameDelay(numerator, denominator)
    {
      self = exact
    } else if let number = value.doubleValue {
      self.init(nearestTo: number)
    } else {
      return nil
    }
  }
}

/// A property of the frames of an animation: one value for all of them, or one for each.
public enum PerFrame<Value: Sendable & Hashable>: Sendable, Hashable {
  case all(Value)
  case each([Value])

  /// The value for frame `index`; `nil` when there is none.
  public subscript(index: Int) -> Value? {
    switch self {
    case .all(let value): value
    case .each(let values): values.indices.contains(index) ? values[index] : nil
    }
  }

  /// Reads a value, or an array of values, that `read` understands; `nil` for anything else.
  init?(_ value: MetadataValue, _ read: (MetadataValue) -> Value?) {
    if let list = value.arrayValue {
      let values = list.compactMap(read)
      guard values.count == list.count, !values.isEmpty else { return nil }
      self = .each(values)
    } else if let single = read(value) {
      self = .all(single)
    } else {
      return nil
    }
  }
}
