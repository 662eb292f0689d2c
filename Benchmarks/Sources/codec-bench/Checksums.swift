// SPDX-License-Identifier: Apache-2.0

import CLibdeflate
import CZlib
import Codecs

/// `crc32` and `adler32` over random bytes, from short to longer than the caches.
enum Checksums {
  static var benchmarks: [Benchmark] {
    [
      Benchmark(name: "crc32") { inputs in
        sizes(inputs).map { size in
          let memory = Memory(Inputs.noise(size))
          return make(
            memory,
            ours: { CRC32.checksum(memory.span) },
            libdeflate: { libdeflate_crc32(0, memory.base, memory.count) },
            zlib: { UInt32(crc32(0, memory.words, UInt32(memory.count))) })
        }
      },
      Benchmark(name: "adler32") { inputs in
        sizes(inputs).map { size in
          let memory = Memory(Inputs.noise(size))
          return make(
            memory,
            ours: { Adler32.checksum(memory.span) },
            libdeflate: { libdeflate_adler32(1, memory.base, memory.count) },
            zlib: { UInt32(adler32(1, memory.words, UInt32(memory.count))) })
        }
      },
    ]
  }

  private static func sizes(_ inputs: Inputs) -> [Int] {
    inputs.isSmoke ? [64, 1_024] : [64, 256, 1_024, 8_192, 65_536, 1 << 20, 1 << 22]
  }

  private static func make(
    _ memory: Memory, ours: @escaping () -> UInt32, libdeflate: @escaping () -> UInt32,
    zlib: @escaping () -> UInt32
  ) -> Case {
    let expected = withUnsafeBytes(of: zlib()) { [UInt8]($0) }
    return Case(
      input: "noise:\(memory.count)", byteCount: memory.count,
      ours: Candidate("ours", checksum: ours),
      peers: [
        Candidate(Peers.libdeflate, checksum: libdeflate),
        Candidate(Peers.zlib, checksum: zlib),
      ],
      check: { $0 == expected ? nil : "is not zlib's checksum" })
  }
}
