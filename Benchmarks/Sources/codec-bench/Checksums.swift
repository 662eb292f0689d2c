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
          let (base, words) = (memory.base, memory.words)
          return make(
            memory,
            ours: { CRC32.checksum(RawSpan(_unsafeStart: base, byteCount: size)) },
            libdeflate: { libdeflate_crc32(0, base, size) },
            zlib: { UInt32(crc32(0, words, UInt32(size))) })
        }
      },
      Benchmark(name: "adler32") { inputs in
        sizes(inputs).map { size in
          let memory = Memory(Inputs.noise(size))
          let (base, words) = (memory.base, memory.words)
          return make(
            memory,
            ours: { Adler32.checksum(RawSpan(_unsafeStart: base, byteCount: size)) },
            libdeflate: { libdeflate_adler32(1, base, size) },
            zlib: { UInt32(adler32(1, words, UInt32(size))) })
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
      // The candidates have but the address of what `memory` owns.
      check: { output in
        withExtendedLifetime(memory) { output == expected ? nil : "is not zlib's checksum" }
      })
  }
}
