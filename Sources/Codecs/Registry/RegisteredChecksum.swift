// SPDX-License-Identifier: Apache-2.0

/// A checksum as a value: what the C interface and Python choose from by name.
public enum RegisteredChecksum: Sendable, Hashable, CaseIterable {
  case adler32, crc32, fletcher32, h5crc, h5metadata, h5string, lookup3, xxh32, xxh64

  public var name: String {
    switch self {
    case .adler32: "adler32"
    case .crc32: "crc32"
    case .fletcher32: "fletcher32"
    case .h5crc: "h5crc"
    case .h5metadata: "h5metadata"
    case .h5string: "h5string"
    case .lookup3: "lookup3"
    case .xxh32: "xxh32"
    case .xxh64: "xxh64"
    }
  }

  /// The checksum of that name.
  public init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }

  /// The checksum of `source`.
  ///
  /// - Parameter initial: the checksum of what came before (CRC-32: 0, Adler-32: 1 for nothing), or
  ///   a seed (lookup3, h5metadata, XXH); Fletcher-32, h5crc and h5string have none. Of 32-bit
  ///   checksums the low bits count.
  public func value(of source: RawSpan, initial: UInt64) -> UInt64 {
    let low = UInt32(truncatingIfNeeded: initial)
    switch self {
    case .adler32: return UInt64(Adler32.checksum(source, initial: low))
    case .crc32: return UInt64(CRC32.checksum(source, initial: low))
    case .fletcher32: return UInt64(Fletcher32.checksum(source))
    case .h5crc: return UInt64(HDF5Checksum.crc(source))
    case .h5metadata: return UInt64(HDF5Checksum.metadata(source, initial: low))
    case .h5string: return UInt64(HDF5Checksum.string(source))
    case .lookup3: return UInt64(Lookup3.hash(source, initial: low))
    case .xxh32: return UInt64(XXHash32.hash(source, seed: low))
    case .xxh64: return XXHash64.hash(source, seed: initial)
    }
  }
}
