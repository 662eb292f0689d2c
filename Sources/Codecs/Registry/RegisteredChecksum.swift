// SPDX-License-Identifier: Apache-2.0

/// A checksum or a digest as a value: what the C interface and Python choose from by name.
public enum RegisteredChecksum: Sendable, Hashable, CaseIterable {
  case adler32, crc32, fletcher32, h5crc, h5metadata, h5string, lookup3, md5, sha1, sha256, xxh32
  case xxh64

  public var name: String {
    switch self {
    case .adler32: "adler32"
    case .crc32: "crc32"
    case .fletcher32: "fletcher32"
    case .h5crc: "h5crc"
    case .h5metadata: "h5metadata"
    case .h5string: "h5string"
    case .lookup3: "lookup3"
    case .md5: "md5"
    case .sha1: "sha1"
    case .sha256: "sha256"
    case .xxh32: "xxh32"
    case .xxh64: "xxh64"
    }
  }

  /// The checksum of that name.
  public init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }

  /// The checksum of `source` as a number; `nil` for digests of more than 64 bits.
  ///
  /// - Parameter initial: the checksum of what came before (CRC-32: 0, Adler-32: 1 for nothing), or
  ///   a seed (lookup3, h5metadata, XXH); Fletcher-32, h5crc and h5string have none. Of 32-bit
  ///   checksums the low bits count. `nil` begins anew, with no seed.
  public func value(of source: RawSpan, initial: UInt64? = nil) -> UInt64? {
    let low = UInt32(truncatingIfNeeded: initial ?? 0)
    switch self {
    case .adler32: return UInt64(Adler32.checksum(source, initial: initial == nil ? 1 : low))
    case .crc32: return UInt64(CRC32.checksum(source, initial: low))
    case .fletcher32: return UInt64(Fletcher32.checksum(source))
    case .h5crc: return UInt64(HDF5Checksum.crc(source))
    case .h5metadata: return UInt64(HDF5Checksum.metadata(source, initial: low))
    case .h5string: return UInt64(HDF5Checksum.string(source))
    case .lookup3: return UInt64(Lookup3.hash(source, initial: low))
    case .md5, .sha1, .sha256: return nil
    case .xxh32: return UInt64(XXHash32.hash(source, seed: low))
    case .xxh64: return XXHash64.hash(source, seed: initial ?? 0)
    }
  }

  /// The checksum or digest of `source` as bytes in the order in which it is printed: of numbers,
  /// the highest first.
  public func bytes(of source: RawSpan) -> [UInt8] {
    switch self {
    case .md5: return MD5.digest(source)
    case .sha1: return SHA1.digest(source)
    case .sha256: return SHA256.digest(source)
    default:
      let value = value(of: source) ?? 0
      let byteCount = self == .xxh64 ? 8 : 4
      return (1...byteCount).map {
        UInt8(truncatingIfNeeded: value >> UInt64(8 * (byteCount - $0)))
      }
    }
  }
}
