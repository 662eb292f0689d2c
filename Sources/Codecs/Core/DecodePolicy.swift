// SPDX-License-Identifier: Apache-2.0

/// Everything a caller imposes on a decode: bounds, strictness, progress, cancellation, threads.
public struct DecodePolicy: Sendable {
  /// What to do with input that breaks the rules in a way other decoders tolerate.
  public enum Leniency: Sendable, Hashable {
    /// Throw at the first violation: for conformance tests and `iio verify`.
    case strict
    /// Accept what the reference library of the format accepts, with warnings. The default.
    case standard
    /// Return what can be saved of a damaged file; ``Diagnostics/damage`` says how much that is.
    case salvage
  }

  /// Called between rows with the fraction done; return `false` to stop with `cancelled`.
  public typealias ProgressHandler = @Sendable (_ fraction: Double) -> Bool

  public var limits: Limits
  public var leniency: Leniency
  /// Whether checksums that do not match are errors. Off only for fuzzing and forensics.
  public var verifiesChecksums: Bool
  public var progress: ProgressHandler?
  public var concurrency: Concurrency

  public init(
    limits: Limits = .default, leniency: Leniency = .standard, verifiesChecksums: Bool = true,
    progress: ProgressHandler? = nil, concurrency: Concurrency = .serial
  ) {
    self.limits = limits
    self.leniency = leniency
    self.verifiesChecksums = verifiesChecksums
    self.progress = progress
    self.concurrency = concurrency
  }

  /// Default limits, standard leniency, one thread.
  public static var `default`: DecodePolicy { DecodePolicy() }
  /// Everything a file breaks is an error.
  public static var strict: DecodePolicy { DecodePolicy(leniency: .strict) }
  /// As much of a damaged file as there is.
  public static var salvage: DecodePolicy { DecodePolicy(leniency: .salvage) }

  /// Tells the progress handler; throws `cancelled` when it returns `false`.
  ///
  /// Decoders call this once per row group, not per pixel.
  public func report(_ fraction: Double, codec: CodecError.Name) throws(CodecError) {
    if let progress, !progress(fraction) { throw CodecError(.cancelled, codec: codec) }
  }
}

/// How many things may be done at once, and who does them.
///
/// Codecs never make threads: they hand their jobs to this value. IIO supplies one with threads.
/// The bytes that come out are the same for any width.
public struct Concurrency: Sendable {
  /// Jobs that can run at the same time.
  public var width: Int
  /// Images with fewer pixels are decoded by one job. Small for tests alone.
  public var leastPixelCount = 1 << 20
  let run: @Sendable (Int, @Sendable (Int) -> Void) -> Void

  /// - Parameter run: calls the closure once with each of `0..<count`, in any order, and returns
  ///   when all calls have returned.
  public init(
    width: Int, run: @escaping @Sendable (_ count: Int, _ job: @Sendable (Int) -> Void) -> Void
  ) {
    self.width = width
    self.run = run
  }

  /// One job after the other, on the caller's thread.
  public static var serial: Concurrency {
    Concurrency(width: 1) { count, job in
      for index in 0..<count { job(index) }
    }
  }

  /// Calls `job` once with each of `0..<count` and returns when all calls have returned.
  public func perform(_ count: Int, _ job: @Sendable (Int) -> Void) {
    if count == 1 { job(0) } else if count > 1 { run(count, job) }
  }
}
